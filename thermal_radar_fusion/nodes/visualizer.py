"""Node: tracks and contacts in, markers for RViz out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from geometry_msgs.msg import Point
from visualization_msgs.msg import Marker, MarkerArray

from thermal_radar_fusion.contacts.proximity import track_name
from thermal_radar_fusion.fusion.screened import Screening, by_track
from thermal_radar_fusion.msg import (
    Contact,
    ContactArray,
    IdentityArray,
    RadarTrackArray,
    ScreeningArray,
)
from thermal_radar_fusion.nodes import conversions, markers
from thermal_radar_fusion.nodes.fusion_node import IDENTITIES, LATCHED, TRACKS, FusionNode, run
from thermal_radar_fusion.nodes.ros_parameters import declare_area
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.reid.track_names import TrackNames

Pair = tuple[str, str]


@dataclass(frozen=True)
class VisualizerParameters(Parameters):
    """How long things stay on display."""

    frame_id: str = parameter('map', 'frame of the outlines', reconfigurable=False)
    contact_memory: float = parameter(
        1.0, 'a contact of which nothing more is heard disappears', unit='s', low=0.1, high=60.0
    )


class VisualizerNode(FusionNode):
    """Shows where everybody is, who is in contact, and what is watched."""

    def __init__(self) -> None:
        super().__init__('visualizer', 'radar/tracks')
        self._settings = self.parameters.group(VisualizerParameters(), apply=self._set)
        rooms = self.parameters.names('rooms', 'rooms whose radar/tracks are shown')
        screened = self.parameters.names('screened', 'those of them that have thermal cameras')
        areas = {room: declare_area(self.parameters, f'area.{room}.') for room in rooms}
        self.parameters.finish()
        self.reset()
        self._ledger = markers.MarkerLedger()
        self._publisher = self.create_publisher(MarkerArray, 'markers', TRACKS)
        self._outlines = self.create_publisher(MarkerArray, 'outlines', LATCHED)
        outlines = [*self._outline_markers(areas), *self._notices(areas, screened)]
        self._outlines.publish(MarkerArray(markers=outlines))
        for room in rooms:
            self.create_subscription(
                RadarTrackArray, f'{room}/radar/tracks', self._on_tracks, TRACKS
            )
        for room in screened:
            self.create_subscription(
                ScreeningArray, f'{room}/screenings', partial(self._on_screenings, room), TRACKS
            )
        self.create_subscription(IdentityArray, 'identities', self._on_identities, IDENTITIES)
        self.create_subscription(ContactArray, 'contacts', self._on_contacts, TRACKS)

    def reset(self) -> None:
        """Forget where people were, who they are, and how warm."""
        self._names = TrackNames()
        self._screened: dict[str, dict[int, Screening]] = {}
        self._positions: dict[str, dict[str, Point]] = {}
        self._contacts: dict[Pair, tuple[float, Contact]] = {}

    def _set(self, settings: VisualizerParameters) -> None:
        self._settings = settings

    def _on_tracks(self, tracks: RadarTrackArray) -> None:
        stamp = conversions.seconds(tracks.header.stamp)
        with self.diagnostics.measured(stamp, len(tracks.tracks)):
            self._positions[tracks.room] = {
                track_name(tracks.room, track.track_id): track.position for track in tracks.tracks
            }
            known = self._screened.get(tracks.room, {})
            names = self._names.of(tracks.room, [track.track_id for track in tracks.tracks])
            shown = [
                marker
                for track in tracks.tracks
                for marker in markers.track_markers(
                    tracks, track, known.get(track.track_id), names.get(track.track_id, '')
                )
            ]
            self._publisher.publish(self._ledger.replace(tracks.room, shown))

    def _on_screenings(self, room: str, screenings: ScreeningArray) -> None:
        self._screened[room] = by_track(conversions.screenings_from(screenings))

    def _on_identities(self, identities: IdentityArray) -> None:
        self._names.update(identities.room, conversions.identities_from(identities))

    def _on_contacts(self, contacts: ContactArray) -> None:
        stamp = conversions.seconds(contacts.header.stamp)
        for contact in contacts.contacts:
            self._contacts[contact.person_a, contact.person_b] = (stamp, contact)
        self._forget(stamp)
        current = [contact for _, contact in self._contacts.values()]
        shown = [m for i, c in enumerate(current) for m in self._line(contacts, i, c)]
        self._publisher.publish(self._ledger.replace('contacts', shown))

    def _forget(self, stamp: float) -> None:
        """Drop contacts that ended, or of which nothing was heard for long."""
        memory = self._settings.contact_memory
        self._contacts = {
            pair: (seen, contact)
            for pair, (seen, contact) in self._contacts.items()
            if contact.state != Contact.END and abs(stamp - seen) <= memory
        }

    def _line(self, contacts: ContactArray, number: int, contact: Contact) -> list[Marker]:
        """Return the markers of a contact; none if one of the two is not in sight."""
        positions = self._positions.get(contact.room, {})
        ends = [positions.get(name) for name in (contact.person_a, contact.person_b)]
        if None in ends:
            return []
        return markers.contact_markers(contacts.header, number, contact, ends)

    def _notices(self, areas: dict, screened: Sequence[str]) -> Iterator[Marker]:
        header = conversions.header(0.0, self._settings.frame_id)
        for room in screened:
            area = areas.get(room)
            corners = [(0.0, 0.0)] if area is None or area.bounds is None else area.bounds
            yield markers.notice_marker(header, f'{room}/notice', 0, corners)

    def _outline_markers(self, areas: dict) -> Iterator[Marker]:
        header = conversions.header(0.0, self._settings.frame_id)
        for room, area in areas.items():
            if area.bounds is not None:
                yield markers.polygon_marker(header, f'{room}/bounds', 0, area.bounds)
            for number, zone in enumerate(area.exclusion_zones):
                yield markers.polygon_marker(header, f'{room}/exclusion', number, zone, True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the node; return its exit status."""
    return run(VisualizerNode, arguments)


if __name__ == '__main__':
    raise SystemExit(main())

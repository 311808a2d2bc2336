"""Node: tracks and temperatures of all rooms in, people and their contacts out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from thermal_radar_fusion.contacts.proximity import ContactDetector, ContactParameters
from thermal_radar_fusion.fusion.screened import Screening, by_track
from thermal_radar_fusion.msg import (
    ContactArray,
    IdentityArray,
    PersonArray,
    RadarTrackArray,
    ScreeningArray,
)
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.nodes.fusion_node import IDENTITIES, LATCHED, TRACKS, FusionNode, run
from thermal_radar_fusion.reid.track_names import TrackNames


class ContactTracerNode(FusionNode):
    """Wraps `ContactDetector`; one node for all rooms."""

    def __init__(self) -> None:
        super().__init__('contact_tracer', 'radar/tracks')
        parameters = self.parameters.group(ContactParameters(), apply=self._retune)
        rooms = self.parameters.names('rooms', 'rooms whose radar/tracks are followed')
        self.parameters.finish()
        self._detector = ContactDetector(parameters)
        self._people = self.create_publisher(PersonArray, 'people', TRACKS)
        self._contacts = self.create_publisher(ContactArray, 'contacts', LATCHED)
        self._screened: dict[str, dict[int, Screening]] = {room: {} for room in rooms}
        self._names = TrackNames()
        self.create_subscription(IdentityArray, 'identities', self._on_identities, IDENTITIES)
        for room in rooms:
            self.create_subscription(
                RadarTrackArray, f'{room}/radar/tracks', self._on_tracks, TRACKS
            )
            self.create_subscription(
                ScreeningArray, f'{room}/screenings', partial(self._on_screenings, room), TRACKS
            )

    def reset(self) -> None:
        """Forget who was near whom, who they are, and how warm."""
        self._detector.reset()
        self._names = TrackNames()
        for screened in self._screened.values():
            screened.clear()

    def _retune(self, parameters: ContactParameters) -> None:
        self._detector.reconfigure(parameters)

    def _on_screenings(self, room: str, screenings: ScreeningArray) -> None:
        self._screened[room] = by_track(conversions.screenings_from(screenings))

    def _on_identities(self, identities: IdentityArray) -> None:
        self._names.update(identities.room, conversions.identities_from(identities))

    def _on_tracks(self, tracks: RadarTrackArray) -> None:
        stamp = conversions.seconds(tracks.header.stamp)
        with self.diagnostics.measured(stamp, len(tracks.tracks)):
            screened = self._screened.get(tracks.room, {})
            people = conversions.tracked_people(tracks, screened)
            contacts = self._detector.update(stamp, people, tracks.room)
            self._contacts.publish(conversions.contacts_message(tracks.header, contacts))
            names = self._names.of(tracks.room, [track.track_id for track in tracks.tracks])
            self._people.publish(conversions.people_message(tracks, screened, names))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the node; return its exit status."""
    return run(ContactTracerNode, arguments)


if __name__ == '__main__':
    raise SystemExit(main())

"""Node: the tracks of all rooms in, people and their contacts out."""

from __future__ import annotations

from collections.abc import Sequence

from thermal_radar_fusion.contacts.proximity import ContactDetector, ContactParameters
from thermal_radar_fusion.msg import ContactArray, PersonArray, RadarTrackArray
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.nodes.fusion_node import LATCHED, TRACKS, FusionNode, run


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
        for room in rooms:
            self.create_subscription(
                RadarTrackArray, f'{room}/radar/tracks', self._on_tracks, TRACKS
            )

    def reset(self) -> None:
        """Forget who was near whom."""
        self._detector.reset()

    def _retune(self, parameters: ContactParameters) -> None:
        self._detector.reconfigure(parameters)

    def _on_tracks(self, tracks: RadarTrackArray) -> None:
        stamp = conversions.seconds(tracks.header.stamp)
        with self.diagnostics.measured(stamp, len(tracks.tracks)):
            people = conversions.tracked_people(tracks)
            contacts = self._detector.update(stamp, people, tracks.room)
            self._contacts.publish(conversions.contacts_message(tracks.header, contacts))
            self._people.publish(conversions.people_message(tracks))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the node; return its exit status."""
    return run(ContactTracerNode, arguments)


if __name__ == '__main__':
    raise SystemExit(main())

"""Node: three simulated people who cross before a radar, as points and as ground truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from thermal_radar_fusion.msg import PersonArray
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.nodes.frame_publisher import FramePublisherNode
from thermal_radar_fusion.nodes.fusion_node import TRACKS, run
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.simulation.scenarios import crossing

PERIOD = 0.01


@dataclass(frozen=True)
class SimulatorParameters(Parameters):
    """What is simulated."""

    room: str = parameter('lab', 'name of the room', reconfigurable=False)
    frame_id: str = parameter('map', 'frame of the ground truth', reconfigurable=False)
    radar: str = parameter('radar', 'name of the radar', reconfigurable=False)
    duration: float = parameter(
        25.0, 'then everybody starts again', unit='s', low=1, high=3600, reconfigurable=False
    )
    seed: int = parameter(0, 'of chance', low=0, reconfigurable=False)


class SimulatorNode(FramePublisherNode):
    """Publishes the scene `crossing` at its own pace, again and again."""

    def __init__(self) -> None:
        super().__init__('simulator', 'simulated frames')
        self._settings = settings = self.parameters.group(SimulatorParameters())
        self.parameters.finish()
        self._recording = crossing(
            settings.duration, settings.seed, room=settings.room, sensor=settings.radar
        )
        self.frame_id = settings.radar
        self._truth = self.create_publisher(PersonArray, 'ground_truth', TRACKS)
        self.reset()
        self.create_timer(PERIOD, self._on_timer)

    def reset(self) -> None:
        """Begin with the first frame."""
        self._next = 0
        self._begin: float | None = None

    def _on_timer(self) -> None:
        """Publish the frames that are due."""
        if self._begin is None:
            self._begin = self.now()
        while self._begin + self._elapsed() <= self.now():
            self._publish_frame(self._begin + self._elapsed())
            self._next += 1
            if self._next == len(self._recording.frames):
                self._next, self._begin = 0, self._begin + self._settings.duration

    def _elapsed(self) -> float:
        """Return when the next frame is due, in seconds from the start of the scene."""
        frames = self._recording.frames
        return frames[self._next].stamp - frames[0].stamp

    def _publish_frame(self, stamp: float) -> None:
        settings = self._settings
        self.publish(RadarFrame(stamp, self._recording.frames[self._next].points))
        people = self._recording.truth[self._next]
        self._truth.publish(
            conversions.truth_message(settings.room, stamp, people, settings.frame_id)
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the node; return its exit status."""
    return run(SimulatorNode, arguments)


if __name__ == '__main__':
    raise SystemExit(main())

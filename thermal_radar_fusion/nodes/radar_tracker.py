"""Node: the radar points of one room in, tracks of its people out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sensor_msgs.msg import PointCloud2

from thermal_radar_fusion.msg import RadarTrackArray
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.nodes.fusion_node import SENSOR, TRACKS, FusionNode, run
from thermal_radar_fusion.nodes.ros_parameters import declare_area, declare_mountings
from thermal_radar_fusion.nodes.transforms import broadcast_mountings
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.cloud_fields import CloudFieldError
from thermal_radar_fusion.radar.tracker import RadarTracker, TrackerParameters

CHECK_PERIOD = 0.1


@dataclass(frozen=True)
class TrackerNodeParameters(Parameters):
    """What the node needs to know besides the tracker's own parameters."""

    room: str = parameter('room', 'name of the room', reconfigurable=False)
    frame_id: str = parameter('map', 'frame of the tracks', reconfigurable=False)
    silence: float = parameter(
        0.5,
        'without frames for so long, predicted tracks are published, as late as this',
        unit='s',
        low=0.05,
        high=60.0,
    )


class RadarTrackerNode(FusionNode):
    """Wraps `RadarTracker`; goes on publishing predictions when the radar falls silent."""

    def __init__(self) -> None:
        super().__init__('radar_tracker', 'radar/points')
        self._settings = self.parameters.group(TrackerNodeParameters(), apply=self._set)
        mountings = declare_mountings(self.parameters)
        self._tracker = RadarTracker(
            self.parameters.group(TrackerParameters(), apply=self._retune),
            mountings,
            declare_area(self.parameters),
        )
        self.parameters.finish()
        self._received: float | None = None
        self._stamp = 0.0
        self._tracks = self.create_publisher(RadarTrackArray, 'radar/tracks', TRACKS)
        self._points = self.create_publisher(PointCloud2, 'radar/track_points', TRACKS)
        self.create_subscription(PointCloud2, 'radar/points', self._on_points, SENSOR)
        self.create_timer(CHECK_PERIOD, self._on_timer)
        self._broadcaster = broadcast_mountings(self, self._settings.frame_id, mountings)

    def reset(self) -> None:
        """Forget everybody."""
        self._tracker.reset()
        self._received = None

    def _set(self, settings: TrackerNodeParameters) -> None:
        self._settings = settings

    def _retune(self, parameters: TrackerParameters) -> None:
        self._tracker.reconfigure(parameters)

    def _on_points(self, cloud: PointCloud2) -> None:
        stamp = conversions.seconds(cloud.header.stamp)
        with self.diagnostics.measured(stamp, cloud.width * cloud.height):
            try:
                frame = conversions.frame_from_cloud(cloud)
            except CloudFieldError as error:
                self.diagnostics.dropped(str(error))
                return
            tracked = self._tracker.update(frame)
            self._publish(stamp, tracked.tracks)
            message = conversions.track_points_message(tracked, self._settings.frame_id)
            self._points.publish(message)
        self._stamp, self._received = stamp, self.now()

    def _on_timer(self) -> None:
        """Publish predictions while no frames come, until nobody is left."""
        if self._received is None or self.now() - self._received < self._settings.silence:
            return
        # Behind by the time of waiting: a frame that is merely late must not find people ahead.
        ahead = self.now() - self._received - self._settings.silence
        tracks = self._tracker.coasted(self._stamp + ahead)
        self._publish(self._stamp + ahead, tracks)
        if not tracks:
            self._received = None

    def _publish(self, stamp: float, tracks: Sequence) -> None:
        settings = self._settings
        message = conversions.tracks_message(settings.room, stamp, tracks, settings.frame_id)
        self._tracks.publish(message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the node; return its exit status."""
    return run(RadarTrackerNode, arguments)


if __name__ == '__main__':
    raise SystemExit(main())

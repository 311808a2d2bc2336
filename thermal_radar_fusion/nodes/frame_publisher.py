"""What hands canonical clouds on, whatever they were read from."""

from __future__ import annotations

from sensor_msgs.msg import PointCloud2

from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.nodes.fusion_node import TRACKS, FusionNode
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.stamps import StampGuard

OUTPUT = 'radar/points'


class FramePublisherNode(FusionNode):
    """A node that publishes the frames of one radar on radar/points.

    Attributes:
        frame_id: name of the radar, under which its points are published.
    """

    def __init__(self, name: str, source: str) -> None:
        """Start; see `FusionNode`."""
        super().__init__(name, source)
        self.frame_id = 'radar'
        self._guard = StampGuard(self.get_logger().warning)
        self._publisher = self.create_publisher(PointCloud2, OUTPUT, TRACKS)

    @property
    def output_topic(self) -> str:
        """Full name of the topic that the canonical clouds go to."""
        return self._publisher.topic_name

    def publish(self, frame: RadarFrame) -> None:
        """Send one canonical frame out under this radar's name; empty ones too."""
        stamp = self._guard.stamp(frame.stamp, self.now())
        with self.diagnostics.measured(stamp, len(frame.points)):
            canonical = RadarFrame(stamp, frame.points, self.frame_id).finite()
            self._publisher.publish(conversions.cloud_message(canonical, self.frame_id))

"""Node: whatever a radar or its driver sends in, canonical clouds out on radar/points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sensor_msgs.msg import PointCloud2

from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.nodes.fusion_node import FusionNode, run
from thermal_radar_fusion.nodes.radar_inputs import open_input
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.cloud_fields import IngestParameters
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.stamps import StampGuard

OUTPUT = 'radar/points'


@dataclass(frozen=True)
class IngestNodeParameters(Parameters):
    """What the node needs to know besides where the points come from."""

    frame_id: str = parameter('radar', 'name of the radar, frame of its points')
    message_type: str = parameter(
        'ti_mmwave_rospkg_msgs/msg/RadarScan',
        'one_point: type of the messages; needs header and either x, y, z, velocity, intensity,'
        ' or returns as radar_msgs/msg/RadarScan has them',
        reconfigurable=False,
    )


class RadarIngestNode(FusionNode):
    """Publishes what one of the inputs of `radar_inputs` reads."""

    def __init__(self) -> None:
        super().__init__('radar_ingest', 'radar input')
        self._settings = self.parameters.group(IngestNodeParameters(), apply=self._rename)
        ingest = self.parameters.group(IngestParameters(), apply=self._retune)
        self.parameters.finish()
        self._guard = StampGuard(self.get_logger().warning)
        self._publisher = self.create_publisher(PointCloud2, OUTPUT, 10)
        self._input = open_input(self, ingest, self._settings.message_type)

    @property
    def output_topic(self) -> str:
        """Full name of the topic that the canonical clouds go to."""
        return self._publisher.topic_name

    def publish(self, frame: RadarFrame) -> None:
        """Send one canonical frame out under this radar's name; empty ones too."""
        stamp = self._guard.stamp(frame.stamp, self.now())
        with self.diagnostics.measured(stamp, len(frame.points)):
            name = self._settings.frame_id
            canonical = RadarFrame(stamp, frame.points, name).finite()
            self._publisher.publish(conversions.cloud_message(canonical, name))

    def destroy_node(self) -> None:
        """Close the input, then the node."""
        self._input.close()
        super().destroy_node()

    def _rename(self, settings: IngestNodeParameters) -> None:
        self._settings = settings

    def _retune(self, parameters: IngestParameters) -> None:
        self._input.retune(parameters)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the node; return its exit status."""
    return run(RadarIngestNode, arguments)


if __name__ == '__main__':
    raise SystemExit(main())

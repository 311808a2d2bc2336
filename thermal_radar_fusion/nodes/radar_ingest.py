"""Node: whatever a radar or its driver sends in, canonical clouds out on radar/points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from thermal_radar_fusion.nodes.frame_publisher import FramePublisherNode
from thermal_radar_fusion.nodes.fusion_node import run
from thermal_radar_fusion.nodes.radar_inputs import open_input
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.cloud_fields import IngestParameters


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


class RadarIngestNode(FramePublisherNode):
    """Publishes what one of the inputs of `radar_inputs` reads."""

    def __init__(self) -> None:
        super().__init__('radar_ingest', 'radar input')
        settings = self.parameters.group(IngestNodeParameters(), apply=self._rename)
        ingest = self.parameters.group(IngestParameters(), apply=self._retune)
        self.parameters.finish()
        self._rename(settings)
        self._input = open_input(self, ingest, settings.message_type)

    def destroy_node(self) -> None:
        """Close the input, then the node."""
        self._input.close()
        super().destroy_node()

    def _rename(self, settings: IngestNodeParameters) -> None:
        self.frame_id = settings.frame_id

    def _retune(self, parameters: IngestParameters) -> None:
        self._input.retune(parameters)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the node; return its exit status."""
    return run(RadarIngestNode, arguments)


if __name__ == '__main__':
    raise SystemExit(main())

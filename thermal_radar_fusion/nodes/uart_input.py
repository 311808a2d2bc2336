"""The serial ports of a TI radar as an input of the node radar_ingest."""

from __future__ import annotations

import threading

from thermal_radar_fusion.nodes.frame_publisher import FramePublisherNode
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.radar.cloud_fields import IngestParameters
from thermal_radar_fusion.radar.serial_source import SerialSource
from thermal_radar_fusion.radar.ti_command import CommandError

POLL_TIME = 0.1


class UartInput:
    """Reads the data port in a thread of its own; reconnects by itself."""

    def __init__(self, node: FramePublisherNode, parameters: IngestParameters) -> None:
        """Begin to read.

        Raises:
            ParameterError: the sensor's configuration file cannot be read.
        """
        self._node = node
        try:
            self._source = SerialSource.from_parameters(
                parameters, log=node.get_logger().warning, wall_clock=node.now
            )
        except CommandError as error:
            raise ParameterError(f'config_file: {error}') from None
        node.diagnostics.add_figures(self._figures)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._read, name='uart', daemon=True)
        self._thread.start()

    def retune(self, parameters: IngestParameters) -> None:
        """Nothing of a serial port changes while it is read."""

    def close(self) -> None:
        """Let go of the port."""
        self._stopped.set()
        self._source.close()
        self._thread.join()

    def _read(self) -> None:
        while not self._stopped.is_set():
            for frame in self._source.poll(POLL_TIME):
                # Between a signal and `close`, there is no ROS to publish with.
                if self._node.context.ok():
                    self._node.publish(frame)

    def _figures(self) -> dict[str, str]:
        """Return what diagnostics say of the port."""
        stats = self._source.stats
        return {
            'connected': str(self._source.connected),
            'problem': self._source.problem,
            'firmware': stats.firmware,
            'bytes': str(stats.bytes),
            'bytes skipped': str(stats.bytes_skipped),
            'corrupt frames': str(stats.corrupt_frames),
            'lost frames': str(stats.lost_frames),
        }

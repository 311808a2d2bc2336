"""The ways in which a radar's points reach the node radar_ingest."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from sensor_msgs.msg import PointCloud2

from thermal_radar_fusion.nodes import conversions, message_types
from thermal_radar_fusion.nodes.frame_publisher import FramePublisherNode
from thermal_radar_fusion.nodes.fusion_node import SENSOR
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.radar import cloud_fields
from thermal_radar_fusion.radar.cloud_fields import CloudFieldError, IngestParameters
from thermal_radar_fusion.radar.frame_grouping import FrameGrouper
from thermal_radar_fusion.radar.point_cloud import RadarFrame

# One message per point: a frame is some tens of them in a burst.
BURST = 500


class RadarInput(Protocol):
    """Where frames come from; it hands each to `FramePublisherNode.publish`."""

    def retune(self, parameters: IngestParameters) -> None:
        """Take other parameters while running."""

    def close(self) -> None:
        """Give up what is held."""


def open_input(
    node: FramePublisherNode, parameters: IngestParameters, message_type: str
) -> RadarInput:
    """Begin to read as the parameters say.

    Raises:
        ParameterError: the message type is not installed, the topic is the node's own output, or
            the configuration file of the sensor cannot be read.
    """
    if parameters.source == 'ti_uart':
        from thermal_radar_fusion.nodes.uart_input import UartInput

        return UartInput(node, parameters)
    if node.resolve_topic_name(parameters.topic) == node.output_topic:
        raise ParameterError(
            f'topic must not be {parameters.topic}: the canonical clouds go there'
        )
    if parameters.source == 'point_cloud2':
        return CloudInput(node, parameters)
    return PointInput(node, parameters, message_class(message_type))


class CloudInput:
    """A driver's PointCloud2."""

    def __init__(self, node: FramePublisherNode, parameters: IngestParameters) -> None:
        self._node = node
        self._mapping = parameters.cloud
        self._warned = False
        node.create_subscription(PointCloud2, parameters.topic, self._on_cloud, SENSOR)

    def retune(self, parameters: IngestParameters) -> None:
        """Take other field names, axes and sign."""
        self._mapping = parameters.cloud
        self._warned = False

    def close(self) -> None:
        """Nothing is held: the subscription goes with the node."""

    def _on_cloud(self, cloud: PointCloud2) -> None:
        try:
            points = conversions.cloud_points(cloud, self._mapping)
            self._warn_without_velocity(cloud)
        except CloudFieldError as error:
            self._node.diagnostics.dropped(str(error))
            return
        self._node.publish(RadarFrame(conversions.seconds(cloud.header.stamp), points))

    def _warn_without_velocity(self, cloud: PointCloud2) -> None:
        """Say once that the driver's clouds lack Doppler."""
        if self._warned or not cloud.width:
            return
        self._warned = True
        if not cloud_fields.has_velocity(conversions.fields_of(cloud), self._mapping):
            self._node.get_logger().warning('the clouds have no velocity: 0 is filled in')


class PointInput:
    """A driver that sends one message per point, or a radar_msgs/RadarScan per frame."""

    def __init__(self, node: FramePublisherNode, parameters: IngestParameters, kind: type) -> None:
        self._node = node
        self._grouper = FrameGrouper()
        self._lag = 0.0
        self.retune(parameters)
        node.create_subscription(kind, parameters.topic, self._on_message, BURST)
        # A frame is complete when nothing follows; the next one may be far away.
        node.create_timer(max(parameters.point_gap, 0.01), self._on_timer)

    def retune(self, parameters: IngestParameters) -> None:
        """Take other axes, sign and gap."""
        self._hand_out(self._grouper.flush())
        self._grouper = FrameGrouper(gap=parameters.point_gap)
        self._mapping = parameters.cloud
        self._ids = parameters.point_ids

    def close(self) -> None:
        """Hand out the frame under way."""
        self._hand_out(self._grouper.flush())

    def _on_message(self, message: Any) -> None:
        stamp = conversions.seconds(message.header.stamp)
        if hasattr(message, 'returns'):
            self._hand_out(RadarFrame(stamp, scan_points(message)))
            return
        stamp = stamp or self._node.now()
        # How far the driver's clock is behind ours, to know when its gap has passed.
        self._lag = self._node.now() - stamp
        number = message.point_id if self._ids else None
        self._hand_out(self._grouper.push(stamp, number, *point_columns(message)))

    def _on_timer(self) -> None:
        self._hand_out(self._grouper.expire(self._node.now() - self._lag))

    def _hand_out(self, frame: RadarFrame | None) -> None:
        if frame is not None:
            points = cloud_fields.to_ros_axes(frame.points, self._mapping)
            self._node.publish(RadarFrame(frame.stamp, points))


def point_columns(message: Any) -> tuple[float, float, float, float, float]:
    """Return x, y, z, velocity and power of a RadarScan of TI's drivers."""
    return message.x, message.y, message.z, message.velocity, message.intensity


def scan_points(scan: Any) -> np.ndarray:
    """Return the canonical points (N, 5) of a radar_msgs/RadarScan: polar, angles in radians."""
    columns = ('range', 'azimuth', 'elevation', 'doppler_velocity', 'amplitude')
    rows = [[getattr(item, name) for name in columns] for item in scan.returns]
    reach, azimuth, elevation, velocity, power = np.array(rows, dtype=float).reshape(-1, 5).T
    level = reach * np.cos(elevation)
    x, y, z = level * np.cos(azimuth), level * np.sin(azimuth), reach * np.sin(elevation)
    return np.column_stack([x, y, z, velocity, power])


def message_class(name: str) -> type:
    """Return the class of a message type such as radar_msgs/msg/RadarScan.

    Raises:
        ParameterError: it is not installed.
    """
    try:
        return message_types.message_class(name)
    except (ImportError, AttributeError, ValueError):
        raise ParameterError(f'message_type {name!r} is not installed') from None

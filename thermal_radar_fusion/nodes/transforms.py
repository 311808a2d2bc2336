"""Where the sensors hang, as static transforms; only where tf2 is installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rclpy.node import Node

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.nodes import conversions

try:
    from tf2_ros import StaticTransformBroadcaster
except ImportError:  # tf2 is not on PyPI
    StaticTransformBroadcaster = None


def broadcast_mountings(
    node: Node, frame_id: str, mountings: Mapping[str, RigidTransform]
) -> Any | None:
    """Publish poses on /tf_static; return what must be kept alive for that, None without tf2."""
    if StaticTransformBroadcaster is None or not mountings:
        return None
    broadcaster = StaticTransformBroadcaster(node)
    broadcaster.sendTransform(conversions.WRITER.transforms(0.0, frame_id, mountings))
    return broadcaster

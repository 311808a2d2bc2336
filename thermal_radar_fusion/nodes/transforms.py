"""Where the sensors hang, as static transforms; only where tf2 is installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geometry_msgs.msg import Quaternion, TransformStamped, Vector3
from rclpy.node import Node

from thermal_radar_fusion.geometry import RigidTransform

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
    messages = [transform_message(frame_id, name, pose) for name, pose in mountings.items()]
    broadcaster.sendTransform(messages)
    return broadcaster


def transform_message(
    frame_id: str, child_frame_id: str, pose: RigidTransform
) -> TransformStamped:
    """Return the pose of a sensor in a frame as a message, unstamped."""
    # Here, because its import takes long and only tf2 needs it.
    from scipy.spatial.transform import Rotation

    message = TransformStamped(child_frame_id=child_frame_id)
    message.header.frame_id = frame_id
    x, y, z = (float(value) for value in pose.translation)
    message.transform.translation = Vector3(x=x, y=y, z=z)
    x, y, z, w = (float(value) for value in Rotation.from_matrix(pose.rotation).as_quat())
    message.transform.rotation = Quaternion(x=x, y=y, z=z, w=w)
    return message

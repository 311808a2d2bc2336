"""What all nodes have in common: parameters, diagnostics, jumps of time, start and end."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from contextlib import suppress

import rclpy
from rclpy.clock import JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.executors import Executor, ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from thermal_radar_fusion.nodes.diagnostics import Diagnostics
from thermal_radar_fusion.nodes.ros_parameters import RosParameters
from thermal_radar_fusion.parameters import ParameterError

# Sensor data: best effort, so that a lossy link never holds frames back. Deeper than ROS's own
# profile: a moment without CPU time should not cost frames.
SENSOR = QoSProfile(depth=20, reliability=ReliabilityPolicy.BEST_EFFORT)
TRACKS = QoSProfile(depth=10)
# One topic of all rooms, whose frames come in bursts when their turn has come.
IDENTITIES = QoSProfile(depth=100)
# What a late joiner needs to know.
LATCHED = QoSProfile(depth=5, durability=DurabilityPolicy.TRANSIENT_LOCAL)

USAGE_ERROR = 2


class FusionNode(Node):
    """A node that declares `Parameters`, publishes diagnostics and resets on a jump back."""

    def __init__(self, name: str, source: str) -> None:
        """Start a node.

        Args:
            name: default name, ROS may remap it.
            source: what the diagnostics count.
        """
        super().__init__(name, automatically_declare_parameters_from_overrides=True)
        self.parameters = RosParameters(self)
        self.diagnostics = Diagnostics(self, source)
        # The handle must be kept, or the callback goes with it.
        self._jump_handle = self.get_clock().create_jump_callback(
            JumpThreshold(
                min_forward=None, min_backward=Duration(nanoseconds=-1), on_clock_change=True
            ),
            post_callback=self._on_jump,
        )

    def reset(self) -> None:
        """Forget what was tracked, because time jumped back."""

    def now(self) -> float:
        """Return the node's time in seconds."""
        return self.get_clock().now().nanoseconds * 1e-9

    def _on_jump(self, _: TimeJump) -> None:
        self.get_logger().info('time jumped back: starting anew')
        self.reset()


def run(node_class: type[FusionNode], arguments: Sequence[str] | None = None) -> int:
    """Run one node until it is told to stop; return the exit status of the process."""
    try:
        rclpy.init(args=arguments)
        return _work(node_class)
    except (KeyboardInterrupt, ExternalShutdownException):
        return 0
    finally:
        rclpy.try_shutdown()


def _work(node_class: type[FusionNode]) -> int:
    """Make the node and let it work until a signal or ROS ends it."""
    # First of all: an executor that is made after a signal leaves a traceback behind.
    executor = SingleThreadedExecutor()
    try:
        _spin(executor, _made(node_class))
    except ParameterError as error:
        print(f'error: {node_class.__name__}: {error}', file=sys.stderr)
        return USAGE_ERROR
    except Exception:
        # A signal takes ROS away from under whatever is at work; what fails then is no failure.
        if rclpy.ok():
            raise
    finally:
        executor.shutdown()
    return 0


def _made(node_class: type[FusionNode]) -> FusionNode:
    """Make a node; what there is of one that cannot be made is destroyed.

    Left to the interpreter's end, DDS is taken down in any order, and such a process was once
    seen to hang for good.
    """
    node = node_class.__new__(node_class)
    try:
        node.__init__()
    except BaseException:
        # ROS's part alone: what else a node does at its end may need what it never came to
        # make. Where not even that part was made there is nothing to destroy.
        with suppress(AttributeError):
            Node.destroy_node(node)
        raise
    return node


def _spin(executor: Executor, node: Node) -> None:
    """Hand messages and timers to the node."""
    # What was imported stays for good: a garbage collection that walks through it costs a frame.
    gc.collect()
    gc.freeze()
    executor.add_node(node)
    try:
        executor.spin()
    finally:
        node.destroy_node()

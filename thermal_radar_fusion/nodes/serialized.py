"""Publish and receive messages as bytes: what plays, records and watches the graph uses this."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType

import rclpy
from rclpy.duration import Duration
from rclpy.executors import SingleThreadedExecutor
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.signals import SignalHandlerOptions

from thermal_radar_fusion.nodes.message_types import message_class

Receiver = Callable[[bytes, float], None]

DEPTH = 100


class SerializedPort:
    """One node whose topics carry CDR bytes; a context manager that owns ROS in this process.

    Args:
        name: of the node.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._publishers: dict[str, Publisher] = {}

    def __enter__(self) -> SerializedPort:
        # Signals stay with the command, which has to stop the rest of the graph too.
        rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
        self._node = rclpy.create_node(self._name)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self._node)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._executor.shutdown()
        self._node.destroy_node()
        rclpy.try_shutdown()

    def advertise(self, topic: str, kind: str, latched: bool = False) -> None:
        """Announce a topic of a type such as `sensor_msgs/msg/PointCloud2`.

        Args:
            latched: whether who subscribes later gets the last messages too.

        Raises:
            ModuleNotFoundError, AttributeError: the type is not installed.
        """
        if topic not in self._publishers:
            durability = DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE
            self._publishers[topic] = self._node.create_publisher(
                message_class(kind), topic, QoSProfile(depth=DEPTH, durability=durability)
            )

    def publish(self, topic: str, data: bytes) -> None:
        """Send the bytes of one message on an announced topic."""
        self._publishers[topic].publish(data)

    def subscribe(self, topic: str, kind: str, receiver: Receiver) -> None:
        """Call `receiver(bytes, time)` for each message; the time is `time.time()` of receipt."""

        def receive(data: bytes) -> None:
            receiver(data, time.time())

        self._node.create_subscription(
            message_class(kind), topic, receive, QoSProfile(depth=DEPTH), raw=True
        )

    def readers(self, topic: str) -> int:
        """Return how many subscriptions the publisher of an announced topic has found."""
        return self._publishers[topic].get_subscription_count()

    def deliver(self, seconds: float) -> bool:
        """Wait until all that was published has arrived; tell whether that came in time."""
        end = time.monotonic() + seconds
        return all(
            publisher.wait_for_all_acked(Duration(seconds=max(end - time.monotonic(), 0.0)))
            for publisher in self._publishers.values()
        )

    def spin(self, seconds: float) -> None:
        """Take in what arrives for some time; what is there already if there is no time left."""
        end = time.monotonic() + seconds
        self._executor.spin_once(timeout_sec=max(seconds, 0.0))
        while (left := end - time.monotonic()) > 0:
            self._executor.spin_once(timeout_sec=left)

    def spin_until(self, done: Callable[[], bool], seconds: float) -> bool:
        """Take in what arrives until something is the case; tell whether that came in time."""
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                return False
            self._executor.spin_once(timeout_sec=0.05)
        return True

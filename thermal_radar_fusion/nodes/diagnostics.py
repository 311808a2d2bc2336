"""What a node tells about itself on /diagnostics once a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node

PERIOD = 1.0


class Diagnostics:
    """Counts what a node takes in and publishes rate, latency, points and drops."""

    def __init__(self, node: Node, source: str) -> None:
        """Begin to publish.

        Args:
            node: whose diagnostics these are.
            source: what the rate is counted of, for example `radar/points`.
        """
        self._node = node
        self._source = source
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 10)
        # Not the node's clock: a paused bag must not silence the diagnostics.
        self._timer = node.create_timer(PERIOD, self._publish, clock=_steady_clock())
        self._further: Callable[[], dict[str, str]] = dict
        self._total = 0
        self._drops = 0
        self._last_drop = ''
        self._clear()

    @contextmanager
    def measured(self, stamp: float, points: int) -> Iterator[None]:
        """Count one input and how long the block takes to work on it.

        Args:
            points: what it holds: points, tracks, faces.
        """
        begin = time.perf_counter()
        yield
        end = time.perf_counter()
        self._total += 1
        self._processing.append(end - begin)
        self._ages.append(self._node.get_clock().now().nanoseconds * 1e-9 - stamp)
        self._points.append(points)

    def add_figures(self, figures: Callable[[], dict[str, str]]) -> None:
        """Publish further figures with the rest."""
        self._further = figures

    def dropped(self, reason: str) -> None:
        """Count one input that could not be used; the first of its kind is also logged."""
        if reason != self._last_drop:
            self._node.get_logger().warning(reason)
        self._drops += 1
        self._drops_now += 1
        self._last_drop = reason

    def _clear(self) -> None:
        self._since = time.perf_counter()
        self._processing: list[float] = []
        self._ages: list[float] = []
        self._points: list[int] = []
        self._drops_now = 0

    def _publish(self) -> None:
        message = DiagnosticArray(status=[self._status()])
        message.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(message)
        self._clear()

    def _status(self) -> DiagnosticStatus:
        level, text = self._judgement()
        return DiagnosticStatus(
            level=level,
            name=self._node.get_fully_qualified_name().lstrip('/'),
            message=text,
            hardware_id=self._source,
            values=[KeyValue(key=key, value=value) for key, value in self._figures().items()],
        )

    def _judgement(self) -> tuple[bytes, str]:
        if self._drops_now:
            return DiagnosticStatus.WARN, self._last_drop
        if not self._processing:
            return DiagnosticStatus.STALE, f'nothing arrives on {self._source}'
        return DiagnosticStatus.OK, 'running'

    def _figures(self) -> dict[str, str]:
        elapsed = max(time.perf_counter() - self._since, 1e-9)
        return {
            'rate [Hz]': f'{len(self._processing) / elapsed:.2f}',
            'latency mean [ms]': _milliseconds(_mean(self._processing)),
            'latency max [ms]': _milliseconds(max(self._processing, default=0.0)),
            'age of stamps [ms]': _milliseconds(_mean(self._ages)),
            'points per frame': f'{_mean(self._points):.1f}',
            'frames': str(self._total),
            'drops': str(self._drops),
            **self._further(),
        }


def _steady_clock() -> Clock:
    return Clock(clock_type=ClockType.STEADY_TIME)


def _mean(values: list) -> float:
    return sum(values) / len(values) if values else 0.0


def _milliseconds(seconds: float) -> str:
    return f'{seconds * 1e3:.3f}'

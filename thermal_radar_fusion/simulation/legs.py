"""Straight legs from rest to rest, with a smooth start, a steady pace and a smooth stop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# The most that a leg accelerates: ordinary starts and stops of walking people [m/s2].
ACCELERATION = 1.2
TURN_BEFORE = 0.3  # the trunk begins to turn around before the feet stand still [s]
TURN_TIME = 1.6  # how long the trunk turns [s]


@dataclass(frozen=True)
class Leg:
    """One straight way from rest to rest.

    Attributes:
        start: when it begins [s].
        way: how long it is [m].
        pace: speed between start and stop [m/s]; less where the way is too short to reach it.
    """

    start: float
    way: float
    pace: float

    @cached_property
    def speed(self) -> float:
        """The steady speed that is reached [m/s]."""
        return min(self.pace, math.sqrt(self.way * ACCELERATION / (math.pi / 2)))

    @property
    def ramp(self) -> float:
        """How long it takes to reach the speed [s]: it rises as sin^2."""
        return math.pi / 2 * self.speed / ACCELERATION

    @property
    def end(self) -> float:
        """When it is over [s]."""
        return self.start + self.way / self.speed + self.ramp

    def distance(self, times: Array) -> Array:
        """Return the metres (T,) walked at some times (T,) [s]."""
        first = np.clip(times - self.start, 0.0, self.end - self.start)
        last = self.end - self.start - first
        steady = np.clip(first - self.ramp, 0.0, self.end - self.start - 2 * self.ramp)
        started = self._ramped(np.minimum(first, self.ramp))
        stopped = self.speed * self.ramp / 2 - self._ramped(np.minimum(last, self.ramp))
        return started + self.speed * steady + stopped

    def _ramped(self, elapsed: Array) -> Array:
        """Return the integral of speed sin^2(pi t / 2 ramp)."""
        angle = np.pi * elapsed / self.ramp
        return self.speed * (elapsed / 2 - self.ramp / (2 * np.pi) * np.sin(angle))


def walked(legs: Sequence[Leg], times: Array) -> Array:
    """Return the distance (T,) from the start of somebody who walks one way to and fro.

    Args:
        legs: all of the same length, one after another.
        times: (T,) ascending [s].
    """
    distance = np.zeros(len(times))
    for number, (leg, part) in enumerate(zip(legs, _parts(legs, times), strict=True)):
        gone = leg.distance(times[part])
        distance[part] = gone if number % 2 == 0 else leg.way - gone
    return distance


def turned(legs: Sequence[Leg], times: Array) -> Array:
    """Return how far (T,) the trunk has turned: half a turn after each leg [rad]."""
    angle = np.zeros(len(times))
    for leg, part in zip(legs, _parts(legs, times, TURN_TIME), strict=True):
        share = np.clip((times[part] - leg.end + TURN_BEFORE) / TURN_TIME, 0.0, 1.0)
        angle[part] += np.pi * (0.5 - 0.5 * np.cos(np.pi * share))
        angle[part.stop :] += np.pi
    return angle


def _parts(legs: Sequence[Leg], times: Array, overhang: float = 0.0) -> list[slice]:
    """Return the times from the start of each leg to that of the next, and `overhang` more."""
    starts = np.array([leg.start for leg in legs])
    first = np.searchsorted(times, starts)
    last = np.append(np.searchsorted(times, starts[1:] + overhang), len(times))[: len(legs)]
    return [slice(int(a), int(b)) for a, b in zip(first, last, strict=True)]

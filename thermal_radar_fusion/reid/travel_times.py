"""How long it takes from room to room: who was far away a moment ago is not here now."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from scipy.sparse.csgraph import shortest_path

SPREAD = 0.35
"""Standard deviation of the logarithm of a person's travel time: some run, most do not hurry."""


class TravelTimeError(ValueError):
    """A way between rooms is impossible; one line that says which."""


@dataclass(frozen=True)
class Way:
    """A direct way between two rooms, in both directions.

    Attributes:
        rooms: the names of both.
        seconds: that most people take, from being seen last in one to being seen in the other.
    """

    rooms: tuple[str, str]
    seconds: float


class TravelTimes:
    """Times between all rooms that a chain of ways connects."""

    def __init__(self, ways: Iterable[Way] = ()) -> None:
        """Take in the direct ways; of several between the same rooms the shortest counts.

        Raises:
            TravelTimeError: a way leads nowhere or takes no time.
        """
        ways = tuple(ways)
        for way in ways:
            _check(way)
        self._rooms = {
            name: i for i, name in enumerate(sorted({r for w in ways for r in w.rooms}))
        }
        self._seconds = self._shortest(ways)

    def seconds(self, origin: str, target: str) -> float:
        """Return the usual time [s]; 0 within a room, and where no way is known."""
        if origin == target or not {origin, target} <= self._rooms.keys():
            return 0.0
        time = float(self._seconds[self._rooms[origin], self._rooms[target]])
        return time if math.isfinite(time) else 0.0

    def arrival_probability(self, origin: str, target: str, elapsed: float) -> float:
        """Return the probability that somebody gets from room to room in at most this time.

        Args:
            origin, target: names of rooms.
            elapsed: since last seen in `origin` [s]; nobody arrives before leaving.
        """
        usual = self.seconds(origin, target)
        if elapsed < 0 or usual == 0:
            return float(elapsed >= 0)
        return NormalDist().cdf(math.log(max(elapsed, 1e-9) / usual) / SPREAD)

    def _shortest(self, ways: tuple[Way, ...]) -> np.ndarray:
        """Return the times (R, R) [s] by the quickest chain of ways, infinite without one."""
        direct = np.full((len(self._rooms), len(self._rooms)), np.inf)
        for way in ways:
            a, b = (self._rooms[name] for name in way.rooms)
            direct[a, b] = direct[b, a] = min(direct[a, b], way.seconds)
        return shortest_path(direct) if len(direct) else direct


def _check(way: Way) -> None:
    a, b = way.rooms
    if a == b:
        raise TravelTimeError(f'a way must lead from one room to another, got {a!r} twice')
    if not (math.isfinite(way.seconds) and way.seconds > 0):
        raise TravelTimeError(f'the way between {a!r} and {b!r} must take some seconds')

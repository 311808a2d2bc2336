"""The frames of several rooms in the order of their stamps, however they arrive."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar('T')


class FrameOrder(Generic[T]):
    """Holds frames back until no other room can have an earlier one.

    Trackers of several rooms are processes of their own: what arrives first is a matter of chance.
    The order in which frames are handed on is not: by stamp, then by name of the room; a late
    frame of a room counts as of that room's newest stamp. A room that falls silent is waited for
    only so long, in time of the others' stamps.
    """

    def __init__(self, rooms: Iterable[str] = (), wait: float = 1.0) -> None:
        """Start without frames.

        Args:
            rooms: that will send some; others may follow.
            wait: for a silent room [s].
        """
        self.wait = wait
        self._rooms = tuple(rooms)
        self.reset()

    def reset(self) -> None:
        """Drop what is held back."""
        self._newest: dict[str, float] = dict.fromkeys(self._rooms, -math.inf)
        self._held: list[tuple[float, str, int, T]] = []
        self._count = itertools.count()

    def newest(self, room: str) -> float:
        """Return the newest stamp of a room [s], minus infinity before its first frame."""
        return self._newest.get(room, -math.inf)

    def add(self, room: str, stamp: float, frame: T) -> list[T]:
        """Take in one frame; return the ones whose turn has come.

        Args:
            room: name.
            stamp: of the frame [s].
            frame: anything.
        """
        stamp = self._newest[room] = max(stamp, self.newest(room))
        heapq.heappush(self._held, (stamp, room, next(self._count), frame))
        stamps = self._newest.values()
        return self._until(max(min(stamps), max(stamps) - self.wait))

    def rest(self) -> list[T]:
        """Return all that is held back, in its order."""
        return self._until(math.inf)

    def _until(self, stamp: float) -> list[T]:
        frames = []
        while self._held and self._held[0][0] <= stamp:
            frames.append(heapq.heappop(self._held)[-1])
        return frames

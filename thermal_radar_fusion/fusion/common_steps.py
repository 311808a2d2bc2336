"""Tracks of two sensors with rates of their own, laid side by side at common instants."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class TrackSamples:
    """What one sensor's tracks say at one instant.

    Attributes:
        stamp: seconds.
        ids: (N,) of the tracks, ascending.
        values: (N, C) quantities that may be interpolated linearly.
    """

    stamp: float
    ids: Ids
    values: Array


class CommonSteps:
    """Interpolates the tracks of two sensors to multiples of a fixed time step.

    Frames are kept only until the other sensor has caught up, and no longer than `memory`: a
    sensor that falls silent costs no memory, and nothing is interpolated across its silence.

    Args:
        step: seconds between the instants.
        longest_gap: frames of one sensor that are farther apart [s] are not interpolated.
        memory: how far [s] one sensor may be behind the other.
    """

    def __init__(self, step: float, longest_gap: float, memory: float) -> None:
        self.step = step
        self._longest_gap = longest_gap
        self._memory = memory
        self._frames: tuple[deque[TrackSamples], ...] = (deque(), deque())
        self._next: int | None = None

    def add(self, sensor: int, samples: TrackSamples) -> None:
        """Take the next frame of sensor 0 or 1; frames that come late are left out."""
        frames = self._frames[sensor]
        if not frames or samples.stamp > frames[-1].stamp:
            frames.append(samples)
        newest = max(own[-1].stamp for own in self._frames if own)
        for own in self._frames:
            while len(own) > 1 and own[1].stamp < newest - self._memory:
                own.popleft()

    def take(self) -> Iterator[tuple[TrackSamples, TrackSamples]]:
        """Yield both sensors' tracks at each instant that both have reached, each once."""
        if not all(self._frames):
            return
        first = max(own[0].stamp for own in self._frames)
        last = min(own[-1].stamp for own in self._frames)
        start = math.ceil(first / self.step)
        start = start if self._next is None else max(start, self._next)
        for number in range(start, math.floor(last / self.step) + 1):
            self._next = number + 1
            # A multiple of the step may come out as a little more than the stamp it equals.
            time = min(number * self.step, last)
            both = [self._at(own, time) for own in self._frames]
            if both[0] is not None and both[1] is not None:
                yield both[0], both[1]
        self._forget(last)

    def _at(self, frames: deque[TrackSamples], time: float) -> TrackSamples | None:
        """Return the tracks at an instant, None in a gap; who is in one frame only is left out."""
        # An instant may be later than the last frame by a rounding error.
        index = min(bisect_left(frames, time, key=lambda own: own.stamp), len(frames) - 1)
        after, before = frames[index], frames[max(index - 1, 0)]
        span = after.stamp - before.stamp
        if span > self._longest_gap:
            return None
        share = min((time - before.stamp) / span, 1.0) if span > 0 else 1.0
        ids, old, new = np.intersect1d(before.ids, after.ids, return_indices=True)
        return TrackSamples(
            time, ids, (1 - share) * before.values[old] + share * after.values[new]
        )

    def _forget(self, last: float) -> None:
        """Drop the frames that no instant to come lies between."""
        for own in self._frames:
            while len(own) > 1 and own[1].stamp <= last:
                own.popleft()

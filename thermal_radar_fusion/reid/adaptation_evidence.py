"""What the tracks of a room tell of its features, without anybody's name: sums of bounded size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.reid.features import checked_features

Array = NDArray[np.float64]

# What there is of a room beside the sum of its features.
SUMS = ('windows', 'degrees', 'scatter', 'pairs', 'distance')


@dataclass
class RoomEvidence:
    """Sums over the windows of one room's tracks.

    Features have unit length, so that no window counts more than another.

    Attributes:
        total: (D,) sum of the features.
        windows: how many there were; fewer once old ones have faded.
        degrees: of freedom: windows that were not the first of their track.
        scatter: sum of squared distances from the mean of the own track: the same track is the
            same person.
        pairs: of windows of two tracks at the same time, which are two people.
        distance: sum over the pairs of half the squared distance.
    """

    total: Array
    windows: float = 0.0
    degrees: float = 0.0
    scatter: float = 0.0
    pairs: float = 0.0
    distance: float = 0.0

    @classmethod
    def empty(cls, dimension: int) -> RoomEvidence:
        """Return the sums of no window."""
        return cls(np.zeros(dimension))

    @classmethod
    def of_content(cls, content: Mapping[str, Any], dimension: int) -> RoomEvidence:
        """Return the sums whose `content` this is, of features of D numbers.

        Raises:
            ValueError: a sum is of another size, not finite or negative.
            KeyError, TypeError: it is no such content.
        """
        values = {name: float(content[name]) for name in SUMS}
        if not all(math.isfinite(value) and value >= 0 for value in values.values()):
            raise ValueError('a sum is no number')
        return cls(checked_features(content['total'], dimension)[0], **values)

    def content(self) -> dict[str, Any]:
        """Return all sums as JSON has them."""
        return {'total': self.total.tolist(), **{name: getattr(self, name) for name in SUMS}}

    @property
    def mean(self) -> Array:
        """(D,) of the features; zeros where there is none."""
        return self.total / max(self.windows, 1.0)

    @property
    def tracks(self) -> float:
        """How many tracks the windows are of."""
        return self.windows - self.degrees

    @property
    def inside(self) -> float:
        """Variance about the mean of the own track, summed over the axes."""
        return self.scatter / max(self.degrees, 1.0)

    @property
    def between(self) -> float:
        """Variance of the tracks' means about that of the room, summed over the axes.

        That of unit vectors about their mean is 1 - |mean|^2; what is not within tracks is between
        them.
        """
        mean = self.mean
        return max(1.0 - float(mean @ mean) - self.inside, 0.0)

    def add_pair(self, a: Array, b: Array) -> None:
        """Take in two features (D,) of the same time, of different tracks."""
        self.pairs += 1
        self.distance += 0.5 * float(np.sum((a - b) ** 2))

    def fade(self, most: float) -> None:
        """Let all windows count for less, so that together they count for no more than `most`."""
        if self.windows > most:
            share = most / self.windows
            self.total = share * self.total
            for name in SUMS:
                setattr(self, name, share * getattr(self, name))


@dataclass
class TrackEvidence:
    """What one track has shown so far.

    Attributes:
        latest: (D,) its last feature.
        stamp: of that [s].
        mean: (D,) of those that count.
        windows: how many count.
    """

    latest: Array
    stamp: float
    mean: Array
    windows: int = 0

    def add(self, feature: Array, room: RoomEvidence) -> None:
        """Let a feature (D,) count in the sums of the track and of its room (Welford 1962)."""
        before = feature - self.mean
        self.windows += 1
        self.mean = self.mean + before / self.windows
        room.total = room.total + feature
        room.windows += 1
        if self.windows > 1:
            room.degrees += 1
            room.scatter += float(before @ (feature - self.mean))

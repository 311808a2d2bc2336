"""People whose features are known from two occasions: a gallery and probes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.gait_recordings import GaitRecording
from thermal_radar_fusion.evaluation.reid_walkers import GALLERY, PROBE, SAME, Visits

Array = NDArray[np.float64]
Features = Callable[[NDArray[np.float32], NDArray[np.bool_]], Array]

Runs = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Begin (M,) and end (M,), exclusive, of stretches of windows."""


@dataclass(frozen=True)
class Walk:
    """What one walk gave.

    Attributes:
        features: (N, D).
        stamps: (N,) of the end of each window [s], ascending.
    """

    features: Array
    stamps: Array

    def first(self, seconds: float) -> Array:
        """Return the features (n, D) of the first so many seconds, those of the first window."""
        return self.features[self.stamps <= self.stamps[0] + seconds]

    def runs(self, seconds: float) -> Runs:
        """Return all stretches of so many seconds.

        Each ends with a window; of a shorter walk it is the whole, once.
        """
        ends = np.flatnonzero(self.stamps >= self.stamps[0] + seconds)
        if not len(ends):
            return np.array([0]), np.array([len(self.stamps)])
        return np.searchsorted(self.stamps, self.stamps[ends] - seconds), ends + 1


@dataclass(frozen=True)
class Acquaintance:
    """One person.

    Attributes:
        name: unique.
        gallery: the walk that the person is known from.
        probes: later walks, by where the radar hung.
    """

    name: str
    gallery: Walk
    probes: Mapping[str, Walk]

    @property
    def walks(self) -> tuple[Walk, ...]:
        """All of them."""
        return (self.gallery, *self.probes.values())

    def before(self, mounting: str) -> Acquaintance:
        """Return the same person with the probes before one radar only."""
        return replace(self, probes={mounting: self.probes[mounting]})


def means(values: Array, runs: Runs) -> Array:
    """Return the mean (M, C) of the rows of values (N, C) in each of the runs (algorithm 2)."""
    begins, ends = runs
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    return (sums[ends] - sums[begins]) / (ends - begins)[:, None]


def walk_of(recording: GaitRecording, features: Features) -> Walk:
    """Return the features of a recording of at least one window."""
    return Walk(features(recording.points, recording.mask), recording.stamps)


def acquaintances(seen: Sequence[Visits], features: Features) -> list[Acquaintance]:
    """Return simulated people who were seen on both occasions."""
    people = []
    for visits in seen:
        gallery = visits[GALLERY, SAME]
        probes = {
            where if visit == PROBE else f'{where}, {visit}': own
            for (visit, where), own in visits.items()
            if visit != GALLERY
        }
        if len(gallery) and all(map(len, probes.values())):
            people.append(
                Acquaintance(
                    gallery.subject,
                    walk_of(gallery, features),
                    {where: walk_of(own, features) for where, own in probes.items()},
                )
            )
    return people

"""HOTA: detection and association in one figure, neither outweighing the other.

Luiten and others, "HOTA: a higher order metric for evaluating multi-object tracking", IJCV 2021.
The similarity of a person and a track falls linearly with their distance on the floor, from 1 at
the same place to 0 at `reach`; the thresholds alpha are the paper's, 0.05 to 0.95.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from thermal_radar_fusion.evaluation.comparison import ComparedFrame

Array = NDArray[np.float64]

ALPHAS = np.arange(1, 20) / 20


@dataclass(frozen=True)
class HotaSums:
    """What HOTA is made of, for each threshold alpha; sums of several recordings add up.

    Attributes:
        matches: (A,) matched pairs, the true positives.
        people: people, summed over frames.
        tracks: tracks, summed over frames.
        association: (A,) association accuracy A(c), summed over matched pairs c.
    """

    matches: Array
    people: int
    tracks: int
    association: Array

    def __add__(self, other: HotaSums) -> HotaSums:
        return HotaSums(
            self.matches + other.matches,
            self.people + other.people,
            self.tracks + other.tracks,
            self.association + other.association,
        )

    def figures(self) -> tuple[float, float, float]:
        """Return HOTA, DetA and AssA, each the mean over alpha; NaN of nobody."""
        if not self.people:
            return (np.nan,) * 3
        detection = self.matches / (self.people + self.tracks - self.matches)
        association = self.association / np.maximum(self.matches, 1)
        hota = np.sqrt(detection * association)
        return float(hota.mean()), float(detection.mean()), float(association.mean())


def hota_sums(frames: Sequence[ComparedFrame], reach: float) -> HotaSums:
    """Return the sums that HOTA is made of.

    Args:
        frames: people and tracks of one recording.
        reach: distance at which nothing is left of the similarity [m].
    """
    tracks = np.unique(np.concatenate([np.empty(0, np.int64), *(f.tracks for f in frames)]))
    people = max((int(f.people.max(initial=-1)) for f in frames), default=-1) + 1
    columns = [np.searchsorted(tracks, frame.tracks) for frame in frames]
    similarities = [np.maximum(1 - frame.distances / reach, 0.0) for frame in frames]
    rows = [frame.people for frame in frames]
    lengths = _lengths(rows, people)[:, None], _lengths(columns, len(tracks))[None]
    alignment = _alignment(rows, columns, similarities, lengths)
    together = _matched(rows, columns, similarities, alignment)
    # Accuracy of a matched pair: TPA / (TPA + FNA + FPA), equation 9 of the paper.
    accuracy = together / np.maximum(lengths[0] + lengths[1] - together, 1)
    return HotaSums(
        together.sum(axis=(1, 2)),
        int(lengths[0].sum()),
        int(lengths[1].sum()),
        (together * accuracy).sum(axis=(1, 2)),
    )


def _lengths(indices: Sequence[NDArray[np.int64]], count: int) -> Array:
    """Return in how many frames each one is."""
    return np.bincount(np.concatenate([np.empty(0, np.int64), *indices]), minlength=count)


def _alignment(
    rows: Sequence[NDArray[np.int64]],
    columns: Sequence[NDArray[np.int64]],
    similarities: Sequence[Array],
    lengths: tuple[Array, Array],
) -> Array:
    """Return how well each person and track fit over the whole recording (P, K).

    It steers the matching of single frames towards the best association (section 6 of the paper:
    a Jaccard index of similarities).
    """
    shared = np.zeros((len(lengths[0]), lengths[1].shape[1]))
    for row, column, similarity in zip(rows, columns, similarities, strict=True):
        sums = similarity.sum(axis=0)[None] + similarity.sum(axis=1)[:, None] - similarity
        shared[np.ix_(row, column)] += similarity / np.where(sums > 0, sums, 1.0)
    return shared / np.maximum(lengths[0] + lengths[1] - shared, 1e-9)


def _matched(
    rows: Sequence[NDArray[np.int64]],
    columns: Sequence[NDArray[np.int64]],
    similarities: Sequence[Array],
    alignment: Array,
) -> Array:
    """Return in how many frames each person and track are matched at each alpha (A, P, K)."""
    together = np.zeros((len(ALPHAS), *alignment.shape))
    for row, column, similarity in zip(rows, columns, similarities, strict=True):
        scores = alignment[np.ix_(row, column)] * similarity
        first, second = linear_sum_assignment(scores, maximize=True)
        reached = similarity[first, second] >= ALPHAS[:, None] - np.finfo(float).eps
        together[:, row[first], column[second]] += reached
    return together

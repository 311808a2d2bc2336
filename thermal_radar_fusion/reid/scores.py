"""What all classifiers of feature vectors have in common, and scores that add up over time."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.reid.features import FeatureError

Array = NDArray[np.float64]


class Classifier(Protocol):
    """Tells for features how much they speak for each of its classes."""

    labels: tuple[Hashable, ...]

    def scores(self, features: ArrayLike) -> Array:
        """Return the score (N, C) of each of `labels` for features (N, D)."""
        ...


def class_indices(labels: Sequence[Hashable]) -> tuple[tuple[Hashable, ...], NDArray[np.intp]]:
    """Return the distinct labels in order of appearance, and the index (N,) of each label."""
    known: dict[Hashable, int] = {}
    indices = [known.setdefault(label, len(known)) for label in labels]
    return tuple(known), np.array(indices, dtype=np.intp)


def cumulative_scores(scores: Array) -> Array:
    """Return the mean of the scores up to each feature (milliTRACE-IR, algorithm 2, lines 6-9).

    Args:
        scores: (W, C) of the features of one track, one after another.

    Returns:
        (W, C): row j is xi_j, the mean of rows 0..j.

    Raises:
        FeatureError: the window is empty.
    """
    if not len(scores):
        raise FeatureError('an empty window has no scores')
    return np.cumsum(scores, axis=0) / np.arange(1, len(scores) + 1)[:, None]


def identified(classifier: Classifier, features: ArrayLike) -> Hashable:
    """Return the label of a track (W, D): the largest of its mean scores (algorithm 2, line 10).

    Raises:
        FeatureError: the window is empty or a feature is no number.
    """
    means = cumulative_scores(classifier.scores(features))[-1]
    return classifier.labels[int(means.argmax())]

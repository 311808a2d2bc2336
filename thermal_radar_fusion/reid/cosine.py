"""Cosine similarity to the centroid of each class: the baseline of milliTRACE-IR, table 6."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.reid.features import FeatureError, checked_features, directions
from thermal_radar_fusion.reid.scores import class_indices

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CosineClassifier:
    """Scores features by the cosine of their angle to the centroid of each class.

    Attributes:
        labels: of the classes.
        centroids: (C, D) of length 1; one of zeros, where features cancel out, scores 0.
    """

    labels: tuple[Hashable, ...]
    centroids: Array

    def scores(self, features: ArrayLike) -> Array:
        """Return s_m = c_m^T v / (|c_m| |v|) for each feature (N, D) and class, (N, C).

        Raises:
            FeatureError: there is no feature, or one is of another size or no number.
        """
        rows = checked_features(features, self.centroids.shape[1])
        return directions(rows) @ self.centroids.T


def fit_cosine(features: ArrayLike, labels: Sequence[Hashable]) -> CosineClassifier:
    """Return the classifier of the centroids of features (N, D) with a label each.

    Raises:
        FeatureError: there is no feature, one is no number, or labels and features differ in
            number.
    """
    rows = checked_features(features)
    known, indices = class_indices(labels)
    if len(indices) != len(rows):
        raise FeatureError(f'{len(rows)} features have {len(indices)} labels')
    sums = np.zeros((len(known), rows.shape[1]))
    np.add.at(sums, indices, rows)
    return CosineClassifier(known, directions(sums))

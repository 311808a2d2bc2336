"""What the outputs of a WELM say of each class, from where they lie and how they scatter.

Least squares on indicators masks classes: one that lies amid others is nobody's largest output,
however well its own outputs are known (Hastie, Tibshirani and Friedman, 'The Elements of
Statistical Learning', section 4.2). Discriminant analysis of the outputs undoes that (Hastie,
Tibshirani and Buja, 'Flexible discriminant analysis by optimal scoring', JASA 89, 1994). How
outputs scatter within a class a gallery does not tell, as it mostly has one walk of each person;
what is known of other people's walks does, put through the WELM.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.reid.scatter import FeatureScatter
from thermal_radar_fusion.reid.welm import WelmClassifier

Array = NDArray[np.float64]

# Of the scatter of single windows so much is left in the mean of as many as make a decision.
SINGLE = 0.05
# So much of the scatter is taken to be alike in all directions: outputs nearly add up to 1.
ROUND = 0.01


@dataclass(frozen=True)
class Discriminant:
    """The classes of a WELM, each with a normal distribution of its outputs.

    Attributes:
        labels: of the classes.
        welm: gives the outputs.
        weights, offsets: (C, C) and (C,): make scores of outputs.
    """

    labels: tuple[Hashable, ...]
    welm: WelmClassifier
    weights: Array
    offsets: Array

    def scores(self, features: ArrayLike) -> Array:
        """Return the log-likelihood (N, C) of each class, but for what all have in common.

        Linear in what the WELM's units make of features (N, D), so that the mean of the scores
        is the score of the mean.

        Raises:
            FeatureError: there is no feature, or one is of another size or no number.
        """
        return self.of_outputs(self.welm.scores(features))

    def of_outputs(self, outputs: Array) -> Array:
        """Return the scores (N, C) of outputs (N, C) of the WELM."""
        return outputs @ self.weights + self.offsets


def discriminant(welm: WelmClassifier, scatter: FeatureScatter | None = None) -> Discriminant:
    """Return the discriminants of a WELM's outputs.

    Args:
        welm: that was trained.
        scatter: of the features of people's walks; None if that is not known, windows of the
            same walk are then taken for all there is.
    """
    middles = welm.class_outputs
    within = window_scatter(welm)
    if scatter is not None:
        within = SINGLE * within + walk_scatter(welm, scatter)
    count = len(middles)
    within += ROUND * np.trace(within) / count * np.eye(count)
    weights = np.linalg.solve(within, middles.T)
    offsets = -0.5 * np.sum(middles.T * weights, axis=0)
    return Discriminant(welm.labels, welm, weights, offsets)


def window_scatter(welm: WelmClassifier) -> Array:
    """Return the covariance (C, C) of the outputs within the classes, the mean of all.

    Not a sample is needed for it: with (lambda I + N) B = Y, N the sum over classes of the mean
    of h h^T and Y their means of h, the outputs' second moment is B^T N B = B^T (Y - lambda B).
    """
    weights, middles = welm.output_weights, welm.class_outputs
    moment = middles - welm.layer.regularisation * weights.T @ weights
    within = (moment - middles.T @ middles) / len(middles)
    return 0.5 * (within + within.T)


def walk_scatter(welm: WelmClassifier, scatter: FeatureScatter) -> Array:
    """Return the covariance (C, C) of outputs that walks of one person differ by.

    To first order about each class's mean feature, the mean over classes.
    """
    slopes = welm.slopes()
    return np.einsum('kdc,de,kef->cf', slopes, scatter.within, slopes, optimize=True) / len(slopes)

"""Other classifiers of the same features, from scikit-learn, to compare the WELM with."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.evaluation.reid_accuracy import SECONDS, mean_levels, shares_right
from thermal_radar_fusion.evaluation.reid_people import Acquaintance, Walk
from thermal_radar_fusion.reid.cosine import fit_cosine
from thermal_radar_fusion.reid.discriminant import discriminant
from thermal_radar_fusion.reid.scatter import FeatureScatter
from thermal_radar_fusion.reid.scores import Classifier
from thermal_radar_fusion.reid.welm import fit_welm

Array = NDArray[np.float64]
Fit = Callable[[Array, Sequence[Hashable]], Classifier]


@dataclass(frozen=True)
class Foreign:
    """A classifier of scikit-learn.

    Attributes:
        labels: of the classes.
        score: turns features (N, D) into scores (N, C).
    """

    labels: tuple[Hashable, ...]
    score: Callable[[Array], Array]

    def scores(self, features: ArrayLike) -> Array:
        """Return the score (N, C) of each class; where there are two, for and against the last."""
        found = self.score(np.asarray(features, dtype=float))
        return np.column_stack([-found, found]) if found.ndim == 1 else found


def classifiers(scatter: FeatureScatter | None = None) -> dict[str, Fit]:
    """Return ours, and those of scikit-learn where that is installed; scatter as they need it."""
    ours: dict[str, Fit] = {
        'WELM, discriminants': lambda rows, labels: discriminant(fit_welm(rows, labels), scatter),
        'WELM': fit_welm,
        'cosine similarity': fit_cosine,
    }
    try:
        import sklearn  # noqa: F401
    except ModuleNotFoundError:
        return ours
    return ours | {
        'ridge': _ridge,
        'logistic regression': _logistic,
        'nearest centroid': _nearest,
    }


def compared(
    groups: Sequence[Sequence[Acquaintance]],
    seconds: float,
    mounting: str,
    scatter: FeatureScatter | None = None,
) -> dict[str, Array]:
    """Return the accuracy of each classifier for all people of each group, the mean.

    Args:
        groups: of people who are told apart.
        seconds: for which everybody was watched.
        mounting: of the radar before the probes.
        scatter: of the features; None where it is not known.

    Returns:
        (W,) for each of `reid_accuracy.SECONDS`, by name.
    """
    return {
        name: np.mean([_accuracy(group, fit, seconds, mounting) for group in groups], axis=0)
        for name, fit in classifiers(scatter).items()
    }


def _accuracy(group: Sequence[Acquaintance], fit: Fit, seconds: float, mounting: str) -> Array:
    """Return the mean accuracy (W,) of one classifier over people, each counting alike."""
    rows = [person.gallery.first(seconds) for person in group]
    labels = np.repeat(np.arange(len(rows)), [len(own) for own in rows]).tolist()
    classifier = fit(np.concatenate(rows), labels)
    walks = [person.probes[mounting] for person in group]
    return np.mean([_right(classifier, walk, truth) for truth, walk in enumerate(walks)], axis=0)


def _right(classifier: Classifier, walk: Walk, truth: int) -> Array:
    """Return how often a walk's stretches are told to be the truth (W,)."""
    runs = [walk.runs(w) for w in SECONDS]
    return shares_right(mean_levels(classifier.scores(walk.features), runs), truth)


def _ridge(rows: Array, labels: Sequence[Hashable]) -> Foreign:
    from sklearn.linear_model import RidgeClassifier

    fitted = RidgeClassifier(alpha=1.0, class_weight='balanced').fit(rows, labels)
    return _foreign(fitted, fitted.decision_function)


def _logistic(rows: Array, labels: Sequence[Hashable]) -> Foreign:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(class_weight='balanced', max_iter=1000).fit(rows, labels)
    # Windows are taken for independent here: the mean of logarithms is that of their product.
    return _foreign(fitted, fitted.predict_log_proba)


def _nearest(rows: Array, labels: Sequence[Hashable]) -> Foreign:
    from sklearn.neighbors import NearestCentroid

    fitted = NearestCentroid().fit(rows, labels)
    centres = fitted.centroids_
    return _foreign(fitted, lambda v: -np.linalg.norm(v[:, None] - centres, axis=2))


def _foreign(fitted: Any, score: Callable[[Array], Array]) -> Foreign:
    return Foreign(tuple(fitted.classes_.tolist()), score)

"""How alike features of one person's visits are, beside those of different people's.

The cosine takes all directions of a feature for equally telling. Here it is known how much the
mean feature of a walk varies between people, and how much between the walks of one person; the
ratio of the likelihoods of their difference tells a stranger from somebody who is known. The model
is that of speaker verification (two covariances: Brummer and de Villiers 2010), the ratio that of
differences (Koestinger and others, 'Large scale metric learning from equivalence constraints',
CVPR 2012): what all people have in common drops out, which is other than where it was fitted as
soon as radar or room are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh

from thermal_radar_fusion.parameters import ParameterError

Array = NDArray[np.float64]

# So much of the scatter within people is taken to be alike in all directions.
ROUND = 0.1

KEYS = ('axes', 'spread')


class ScatterError(ValueError):
    """Walks do not determine the scatters; one line that says why."""


@dataclass(frozen=True)
class FeatureScatter:
    """The model, in axes along which one person's walks vary by 1 and people independently.

    Attributes:
        axes: (D, D), the most telling first.
        spread: (D,) variance between people along each axis, none below 0.
    """

    axes: Array
    spread: Array

    @property
    def within(self) -> Array:
        """(D, D) covariance of the features of one person's walks."""
        inverse = np.linalg.inv(self.axes)
        return inverse @ inverse.T

    def log_ratios(self, track: Array, people: Array) -> Array:
        """Return the log-likelihood ratio (..., P) of the same person against a stranger.

        Args:
            track: (D,) mean feature of a walk, or (..., 1, D) of several.
            people: (P, D) mean feature of each person, of another walk.
        """
        squares = ((track - people) @ self.axes.T) ** 2
        # A difference of two walks has the variance 2, of two people 2 (1 + spread).
        share = self.spread / (1 + self.spread)
        return 0.5 * (np.log1p(self.spread) - 0.5 * squares * share).sum(axis=-1)

    def as_lists(self) -> dict[str, Any]:
        """Return the attributes as a file has them, to five digits."""
        return {name: _rounded(getattr(self, name)) for name in KEYS}

    @classmethod
    def from_lists(cls, content: Any) -> FeatureScatter:
        """Return the model that `as_lists` gave.

        Raises:
            ParameterError: something is missing, no number, or of another size.
        """
        if not isinstance(content, Mapping) or set(content) != set(KEYS):
            raise ParameterError(f'scatter must have {" and ".join(KEYS)}, and nothing else')
        axes, spread = (_numbers(name, content[name]) for name in KEYS)
        if axes.shape != 2 * spread.shape or (spread < 0).any():
            raise ParameterError(
                f'scatter: axes {axes.shape} do not go with spreads {spread.shape}, none below 0'
            )
        if np.linalg.matrix_rank(axes) < len(axes):
            raise ParameterError('scatter: axes depend on each other')
        return cls(axes, spread)


def fit_scatter(people: Sequence[Sequence[ArrayLike]]) -> FeatureScatter:
    """Fit the model to people of whom there are several walks.

    Args:
        people: of each person the walks, and of each walk the mean features (n, D) of stretches
            that are as long as tracks are when somebody decides on them.

    Raises:
        ScatterError: there are fewer than two people, or nobody has two walks.
    """
    walks = [[np.atleast_2d(np.asarray(walk, dtype=float)) for walk in own] for own in people]
    if len(walks) < 2 or max(map(len, walks)) < 2:
        raise ScatterError('scatters need at least two people, and two walks of each')
    middles = [np.array([walk.mean(axis=0) for walk in own]) for own in walks]
    centres = np.array([own.mean(axis=0) for own in middles])
    between_walks = _mean_scatter(middles)
    within = between_walks + _mean_scatter([walk for own in walks for walk in own])
    # What centres vary by because a person has few walks is no difference between people.
    few = between_walks * np.mean([1 / len(own) for own in middles])
    size = within.shape[0]
    rounded = (1 - ROUND) * within + ROUND * np.trace(within) / size * np.eye(size)
    spread, vectors = eigh(np.cov(centres.T) - few, rounded)
    return FeatureScatter(vectors.T[::-1], np.maximum(spread[::-1], 0.0))


def _mean_scatter(groups: Sequence[Array]) -> Array:
    """Return the scatter (D, D) of rows about the mean of their group (n, D), all together."""
    inside = [group - group.mean(axis=0) for group in groups]
    freedom = sum(len(group) - 1 for group in groups)
    rows = np.concatenate(inside)
    return rows.T @ rows / max(freedom, 1)


def _rounded(values: Array) -> Any:
    if values.ndim > 1:
        return [_rounded(row) for row in values]
    return [float(f'{value:.5g}') for value in values]


def _numbers(name: str, values: Any) -> Array:
    """Return finite numbers.

    Raises:
        ParameterError: they are something else.
    """
    try:
        numbers = np.array(values, dtype=float)
    except (TypeError, ValueError):
        numbers = np.array(np.nan)
    if not np.isfinite(numbers).all() or not numbers.ndim:
        raise ParameterError(f'scatter: {name} must be finite numbers')
    return numbers

"""Feature vectors of gait windows, as the network gives them: checked once, where they come in."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class FeatureError(ValueError):
    """Features are missing, of another size or no numbers; one line that says which."""


def checked_features(features: ArrayLike, dimension: int | None = None) -> Array:
    """Return features as an array (N, D), N >= 1, of finite numbers.

    Args:
        features: (N, D), or (D,) of one window.
        dimension: D that is expected, None for any.

    Raises:
        FeatureError: there is none, one is of another size or not finite.
    """
    rows = np.atleast_2d(np.asarray(features, dtype=float))
    if not rows.size:
        raise FeatureError('there are no features')
    if rows.ndim != 2 or (dimension is not None and rows.shape[1] != dimension):
        expected = 'N rows' if dimension is None else f'N rows of {dimension}'
        raise FeatureError(f'features must be {expected}, got the shape {rows.shape}')
    bad = int((~np.isfinite(rows)).any(axis=1).sum())
    if bad:
        raise FeatureError(f'{bad} of {len(rows)} features are not finite')
    return rows


def directions(vectors: Array) -> Array:
    """Return rows (N, D) scaled to length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1.0)

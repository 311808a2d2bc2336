"""Smooth random textures and the helpers that draw temperature maps of skin and walls."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def lattice_noise(lattice: Array, x: ArrayLike, y: ArrayLike) -> Array:
    """Interpolate a lattice (M, N) of values smoothly at x, y [cells]; it repeats for ever.

    Value noise (Perlin's fade curve between lattice points): sums and products only, so that
    every machine gets the same numbers.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    column, row = np.floor(x), np.floor(y)
    u, v = _fade(x - column), _fade(y - row)
    j, i = column.astype(int) % lattice.shape[1], row.astype(int) % lattice.shape[0]
    j1, i1 = (j + 1) % lattice.shape[1], (i + 1) % lattice.shape[0]
    top = lattice[i, j] * (1 - u) + lattice[i, j1] * u
    bottom = lattice[i1, j] * (1 - u) + lattice[i1, j1] * u
    return top * (1 - v) + bottom * v


def _fade(t: Array) -> Array:
    return t * t * (3 - 2 * t)


def bump(x: Array, y: Array, radius_x: float, radius_y: float) -> Array:
    """Return a smooth hill: 1 at the origin, 0 outside the ellipse of these radii."""
    square = (x / radius_x) ** 2 + (y / radius_y) ** 2
    return np.maximum(1 - square, 0.0) ** 2


def step(x: Array, width: float) -> Array:
    """Return 0 below -width/2, 1 above width/2, a straight ramp between."""
    return np.clip(x / width + 0.5, 0.0, 1.0)


def blend(below: Array, above: ArrayLike, share: Array) -> Array:
    """Lay one temperature over another where the share is 1."""
    return below + (above - below) * share

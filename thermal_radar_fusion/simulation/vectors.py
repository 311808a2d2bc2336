"""Small vector mathematics of the walking model; everything works along the last axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def vectors(*components: ArrayLike) -> Array:
    """Return vectors (..., N) of N components (...); the first one has the full shape."""
    joined = np.empty((*np.shape(components[0]), len(components)))
    for index, component in enumerate(components):
        joined[..., index] = component
    return joined


def horizontal(direction: Array) -> Array:
    """Return unit vectors (..., 3) in the plane of the floor."""
    return vectors(np.cos(direction), np.sin(direction), 0.0)


def tilted(direction: Array, tilt: Array) -> Array:
    """Return unit vectors (..., 3) that point up, tilted [rad] towards a direction."""
    aside = np.sin(tilt)
    return vectors(aside * np.cos(direction), aside * np.sin(direction), np.cos(tilt))


def smooth_step(x: Array) -> Array:
    """Return a cubic from 0 to 1 that is flat at both ends, and stays there beyond them."""
    x = np.minimum(np.maximum(x, 0.0), 1.0)
    return x * x * (3.0 - 2.0 * x)

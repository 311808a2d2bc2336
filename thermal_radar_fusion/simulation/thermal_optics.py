"""The blur of a lens, in arithmetic that is the same on every machine."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]


def blurred(image: Image, sigma: float) -> Image:
    """Return an image (H, W) blurred by a Gaussian of sigma pixels over five pixels each way.

    The border is repeated outwards. Only sums and products of float32 in a fixed order.
    """
    if sigma <= 0:
        return image
    middle, near, far = kernel(sigma)
    for axis in (0, 1):
        widths = [(2, 2) if axis == k else (0, 0) for k in (0, 1)]
        wide = np.pad(image, widths, mode='edge')
        a, b, c, d, e = (_shifted(wide, axis, shift) for shift in range(5))
        image = c * middle
        image += (b + d) * near
        image += (a + e) * far
    return image


def kernel(sigma: float) -> tuple[np.float32, np.float32, np.float32]:
    """Return the weights of a pixel, of its neighbours and of theirs, in steps of 1/4096."""
    near, far = (math.exp(-0.5 * (k / sigma) ** 2) for k in (1, 2))
    total = 1 + 2 * near + 2 * far
    near, far = (round(4096 * weight / total) / 4096 for weight in (near, far))
    return np.float32(1 - 2 * near - 2 * far), np.float32(near), np.float32(far)


def _shifted(wide: Image, axis: int, shift: int) -> Image:
    size = wide.shape[axis] - 4
    return wide[shift : shift + size] if axis == 0 else wide[:, shift : shift + size]

"""What a simulated camera looks along: the ray of every pixel, and its pose in the building."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.camera_model import OPTICAL, Intrinsics
from thermal_radar_fusion.geometry import RigidTransform

Array = NDArray[np.float64]
Window = tuple[slice, slice]

# So that rotations which differ in the last bit between machines give the same rays.
DECIMALS = 9


class PixelRays:
    """The ray of every pixel, and which pixels may see a rectangle of the plane z = 1.

    Attributes:
        x, y: (H, W) where the rays pass the plane z = 1 of the optical frame.
        coarse: the same two in single precision, twice as fast.
    """

    def __init__(self, intrinsics: Intrinsics) -> None:
        columns, rows = np.meshgrid(np.arange(intrinsics.width), np.arange(intrinsics.height))
        rays = intrinsics.undistorted(np.stack([columns, rows], axis=-1))
        self.x, self.y = np.ascontiguousarray(np.moveaxis(np.round(rays, 12), -1, 0))
        self.coarse = self.x.astype(np.float32), self.y.astype(np.float32)
        self._left, self._right = self.x.min(axis=0), self.x.max(axis=0)
        self._top, self._bottom = self.y.min(axis=1), self.y.max(axis=1)

    def window(self, low: ArrayLike, high: ArrayLike) -> Window:
        """Return the rows and columns of a rectangle from low (x, y) to high; may be empty."""
        return (
            _range(self._top, self._bottom, low[1], high[1]),
            _range(self._left, self._right, low[0], high[0]),
        )


def _range(least: Array, most: Array, low: float, high: float) -> slice:
    first = int(np.searchsorted(most, low))
    return slice(first, max(first, int(np.searchsorted(least, high, side='right'))))


def is_empty(window: Window) -> bool:
    """Tell whether a window has no pixels."""
    return any(part.stop <= part.start for part in window)


class CameraPose:
    """Where a camera is: points of `map` into its optical frame.

    Attributes:
        rotation: (3, 3) from `map` to the optical frame.
        position: (3,) of the camera in `map` [m].
    """

    def __init__(self, mounting: RigidTransform) -> None:
        pose = OPTICAL @ mounting.inverse()
        self.rotation = np.round(pose.rotation, DECIMALS)
        self.position = np.round(mounting.translation, DECIMALS)

    def apply(self, points: Array) -> Array:
        """Map points (..., 3) of `map` into the optical frame [m]."""
        return self.turned(points - self.position)

    def turned(self, vectors: Array) -> Array:
        """Rotate vectors (..., 3) of `map` into the optical frame, the same on every machine."""
        x, y, z = vectors[..., 0:1], vectors[..., 1:2], vectors[..., 2:3]
        return x * self.rotation[:, 0] + y * self.rotation[:, 1] + z * self.rotation[:, 2]

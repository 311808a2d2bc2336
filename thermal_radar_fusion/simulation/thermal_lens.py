"""The pinhole camera with Brown's distortion: from points to pixels and from pixels to rays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.geometry import RigidTransform

Array = NDArray[np.float64]
Window = tuple[slice, slice]

# From the mounted frame (x forward, y left, z up) to the optical one (x right, y down, z forward).
OPTICAL = RigidTransform(np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]]))
# So that rotations which differ in the last bit between machines give the same rays.
DECIMALS = 9
ITERATIONS = 60


@dataclass(frozen=True)
class Intrinsics:
    """A camera matrix and the distortion `plumb_bob` of sensor_msgs/CameraInfo and OpenCV.

    Attributes:
        fx, fy: focal lengths [pixels].
        cx, cy: principal point [pixels]; the centre of the first pixel is 0, 0.
        distortion: k1, k2, p1, p2, k3 (Brown 1966, in OpenCV's order).
        width, height: pixels.
    """

    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, float, float, float, float]
    width: int
    height: int

    def project(self, points: ArrayLike) -> Array:
        """Return the pixels (..., 2) of points (..., 3) [m, optical frame, z > 0]."""
        points = np.asarray(points, dtype=float)
        return self._pixels(points[..., :2] / points[..., 2:])

    def _pixels(self, rays: Array) -> Array:
        """Return the pixels (..., 2) of rays that pass the plane z = 1 at places (..., 2)."""
        x, y = self.distorted(rays[..., 0], rays[..., 1])
        return np.stack([self.fx * x + self.cx, self.fy * y + self.cy], axis=-1)

    def distorted(self, x: Array, y: Array) -> tuple[Array, Array]:
        """Return where the lens puts points of the plane z = 1 of an ideal pinhole."""
        p1, p2 = self.distortion[2:4]
        square = x * x + y * y
        radial = self._radial(square)
        return (
            x * radial + 2 * p1 * x * y + p2 * (square + 2 * x * x),
            y * radial + p1 * (square + 2 * y * y) + 2 * p2 * x * y,
        )

    def _radial(self, square: Array) -> Array:
        k1, k2, _, _, k3 = self.distortion
        return 1 + square * (k1 + square * (k2 + square * k3))

    def is_invertible(self) -> bool:
        """Tell whether the corners of the image, and all nearer the middle, have rays."""
        corners = np.array([[x, y] for x in (0, self.width - 1) for y in (0, self.height - 1)])
        rays = self.undistorted(corners)
        if not (np.isfinite(rays).all() and np.abs(self._pixels(rays) - corners).max() < 1e-6):
            return False
        outwards = self._pixels(np.linspace(0, 1, 50)[:, None, None] * rays)
        steps = np.diff(outwards, axis=0) * np.sign(rays)
        return bool((steps > 0).all())

    def undistorted(self, pixels: ArrayLike) -> Array:
        """Return the points (..., 2) of the plane z = 1 that are seen at pixels (..., 2).

        The fixed point iteration of OpenCV's undistortPoints, until nothing moves.
        """
        pixels = np.asarray(pixels, dtype=float)
        u, v = (pixels[..., 0] - self.cx) / self.fx, (pixels[..., 1] - self.cy) / self.fy
        x, y = u, v
        for _ in range(ITERATIONS):
            at_x, at_y = self.distorted(x, y)
            radial = self._radial(x * x + y * y)
            step_x, step_y = (u - at_x) / radial, (v - at_y) / radial
            x, y = x + step_x, y + step_y
            if max(np.abs(step_x).max(), np.abs(step_y).max()) < 1e-13:
                break
        return np.stack([x, y], axis=-1)


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

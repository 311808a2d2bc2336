"""The pinhole camera with Brown's distortion, and where in a room such a camera looks.

Pixels follow OpenCV and sensor_msgs/CameraInfo: the centre of the first pixel is 0, 0. The optical
frame has x to the right, y down and z forward; a mounting gives the frame of REP-103, x forward.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.geometry import RigidTransform

Array = NDArray[np.float64]

# From the mounted frame (x forward, y left, z up) to the optical one (x right, y down, z forward).
OPTICAL = RigidTransform(np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]]))

ITERATIONS = 60
NEAREST = 1e-3  # what is nearer to the plane of the camera than this [m] has no pixel


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
        corners = self._corners()
        rays = self.undistorted(corners)
        if not (np.isfinite(rays).all() and np.abs(self._pixels(rays) - corners).max() < 1e-6):
            return False
        outwards = self._pixels(np.linspace(0, 1, 50)[:, None, None] * rays)
        steps = np.diff(outwards, axis=0) * np.sign(rays)
        return bool((steps > 0).all())

    def widest(self) -> float:
        """Return how far from the axis the rays of the corners pass the plane z = 1.

        Beyond it the polynomial of the distortion may fold back into the image.
        """
        return float(np.linalg.norm(self.undistorted(self._corners()), axis=1).max())

    def _corners(self) -> Array:
        """Return the pixels (4, 2) of the corners."""
        return np.array([[x, y] for x in (0, self.width - 1) for y in (0, self.height - 1)])

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
            if max(np.abs(step_x).max(initial=0), np.abs(step_y).max(initial=0)) < 1e-13:
                break
        return np.stack([x, y], axis=-1)


class ThermalCameraView:
    """A camera in a room: what of `map` it sees where, and what a pixel looks at.

    Attributes:
        intrinsics: camera matrix and distortion.
        mounting: pose of the camera's frame (x along the optical axis, y left, z up) in `map`.
    """

    def __init__(self, intrinsics: Intrinsics, mounting: RigidTransform) -> None:
        self.intrinsics = intrinsics
        self.mounting = mounting
        self._to_optical = OPTICAL @ mounting.inverse()
        self._widest = intrinsics.widest()

    @property
    def position(self) -> Array:
        """(3,) of the camera in `map` [m]."""
        return self.mounting.translation

    def project(self, points: ArrayLike) -> tuple[Array, Array]:
        """Return where points appear and how far they are.

        Args:
            points: (N, 3) in `map` [m].

        Returns:
            Pixels (N, 2), NaN for what is behind the camera, also outside of the image; and
            distances (N,) from the camera [m]. `sees` tells what is in the image.
        """
        seen = self._to_optical.apply(np.asarray(points, dtype=float).reshape(-1, 3))
        distances = np.linalg.norm(seen, axis=1)
        seen[seen[:, 2] < NEAREST] = np.nan
        return self.intrinsics.project(seen), distances

    def sees(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Tell which points (N, 3) of `map` [m] are in the image if nothing hides them."""
        pixels, _ = self.project(points)
        seen = self._to_optical.apply(np.asarray(points, dtype=float).reshape(-1, 3))
        unfolded = np.hypot(seen[:, 0], seen[:, 1]) <= self._widest * seen[:, 2] * (1 + 1e-9)
        size = np.array([self.intrinsics.width, self.intrinsics.height])
        # Half a pixel more on each side: a pixel is as wide as one.
        return unfolded & ((pixels >= -0.5) & (pixels <= size - 0.5)).all(axis=1)

    def rays(self, pixels: ArrayLike) -> Array:
        """Return the directions (N, 3) in `map`, of length 1, in which pixels (N, 2) look."""
        flat = self.intrinsics.undistorted(np.asarray(pixels, dtype=float).reshape(-1, 2))
        seen = np.column_stack([flat, np.ones(len(flat))])
        unit = seen / np.linalg.norm(seen, axis=1, keepdims=True)
        return unit @ self._to_optical.rotation

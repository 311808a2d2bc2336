"""Rigid transforms between sensors and rooms, and polygons on the floor (REP-103 axes, metres)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RigidTransform:
    """A pose: `target = rotation @ source + translation`.

    Attributes:
        rotation: (3, 3) orthonormal matrix, determinant +1.
        translation: (3,) metres, the source's origin seen from the target frame.
    """

    rotation: Array = field(default_factory=lambda: np.eye(3))
    translation: Array = field(default_factory=lambda: np.zeros(3))

    @classmethod
    def from_xyz_rpy(cls, xyz: ArrayLike, rpy: ArrayLike) -> RigidTransform:
        """Build from metres and from roll, pitch, yaw in radians (fixed axes x, y, z; REP-103)."""
        roll, pitch, yaw = np.asarray(rpy, dtype=float)
        rotation = _rotation(2, yaw) @ _rotation(1, pitch) @ _rotation(0, roll)
        return cls(rotation, np.asarray(xyz, dtype=float))

    def apply(self, points: ArrayLike) -> Array:
        """Map points of shape (..., 3) from the source frame into the target frame."""
        return np.asarray(points, dtype=float) @ self.rotation.T + self.translation

    def inverse(self) -> RigidTransform:
        """Return the transform from target back to source."""
        return RigidTransform(self.rotation.T, -self.rotation.T @ self.translation)

    def __matmul__(self, other: RigidTransform) -> RigidTransform:
        """Compose: `(a @ b).apply(p) == a.apply(b.apply(p))`."""
        return RigidTransform(self.rotation @ other.rotation, self.apply(other.translation))


def _rotation(axis: int, angle: float) -> Array:
    """Return the (3, 3) rotation about coordinate axis 0, 1 or 2 by an angle in radians."""
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = np.cos(angle)
    matrix[i, j], matrix[j, i] = -np.sin(angle), np.sin(angle)
    return matrix


def inside_polygon(points: ArrayLike, polygon: ArrayLike) -> NDArray[np.bool_]:
    """Tell which points (N, 2) lie inside a simple polygon (M, 2), by the even-odd rule.

    A point exactly on an edge may fall on either side.
    """
    x, y = np.asarray(points, dtype=float).reshape(-1, 2).T
    vertices = np.asarray(polygon, dtype=float)
    inside = np.zeros(x.shape, dtype=bool)
    for (x1, y1), (x2, y2) in zip(vertices, np.roll(vertices, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        straddles = (y1 > y) != (y2 > y)
        inside ^= straddles & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return inside

"""Which wall, floor or ceiling each pixel of an infrared camera sees, and how far away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.simulation.thermal_lens import CameraPose, PixelRays

Array = NDArray[np.float64]

# Rays that meet nothing end here [m]; walls nearer than this carry the camera itself [m].
FAR = 40.0
NEAR = 0.08
FLOOR, CEILING, OPEN = -1, -2, -3


class Scene:
    """Which surface each pixel sees, and where on it.

    Attributes:
        depth: (H, W) along the optical axis [m].
        surface: (H, W) index of a wall, FLOOR, CEILING or OPEN.
        along, up: (H, W) m: along a wall and above the floor; x and y of floor and ceiling.
    """

    def __init__(self, rays: PixelRays, pose: CameraPose, walls: Array, ceiling: float) -> None:
        back = pose.rotation.T
        self._origin = pose.position
        self._way = [row[0] * rays.x + row[1] * rays.y + row[2] for row in back]
        shape = rays.x.shape
        self.depth, self.surface = np.full(shape, FAR), np.full(shape, OPEN)
        self.along, self.up = np.zeros(shape), np.full(shape, 1.5)
        self._add_level(0.0, FLOOR)
        if ceiling < FAR:
            self._add_level(ceiling, CEILING)
        for index, (start, end) in enumerate(np.asarray(walls, dtype=float).reshape(-1, 2, 2)):
            self._add_wall(index, start, end)

    def _add_level(self, height: float, code: int) -> None:
        depth = _divided(float(height - self._origin[2]), self._way[2])
        x, y = (self._origin[k] + depth * self._way[k] for k in (0, 1))
        self._add(depth, code, x, y, True)

    def _add_wall(self, index: int, start: Array, end: Array) -> None:
        way = end - start
        length = float(np.sqrt(way[0] ** 2 + way[1] ** 2))
        if length < 1e-6:
            return
        x, y = way / length
        distance = (start[0] - self._origin[0]) * y - (start[1] - self._origin[1]) * x
        depth = _divided(distance, self._way[0] * y - self._way[1] * x)
        at_x, at_y, up = (self._origin[k] + depth * self._way[k] for k in (0, 1, 2))
        along = (at_x - start[0]) * x + (at_y - start[1]) * y
        self._add(depth, index, along, up, (along >= 0) & (along <= length))

    def _add(self, depth: Array, code: int, along: Array, up: Array, within: Array | bool) -> None:
        nearer = (depth > NEAR) & (depth < self.depth) & within
        self.depth[nearer], self.surface[nearer] = depth[nearer], code
        self.along[nearer], self.up[nearer] = along[nearer], up[nearer]


def _divided(distance: float, way: Array) -> Array:
    """Return distance / way, FAR where a ray runs along the surface or away from it."""
    return np.where(way * distance > 1e-12, distance / np.where(way == 0, 1.0, way), FAR)

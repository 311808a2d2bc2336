"""The part of a room's floor on which people are looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.geometry import inside_polygon
from thermal_radar_fusion.parameters import ParameterError

Polygon = Sequence[Sequence[float]]


@dataclass(frozen=True)
class MonitoredArea:
    """Bounds and exclusion zones as simple polygons in the room's frame, metres.

    Attributes:
        bounds: (M, 2) corners of the area to watch, None for no limit.
        exclusion_zones: polygons inside which every point is ignored: a fan, a curtain, a mirror.
    """

    bounds: Polygon | None = None
    exclusion_zones: tuple[Polygon, ...] = ()

    def __post_init__(self) -> None:
        if self.bounds is not None:
            _check_polygon('bounds', self.bounds)
        for index, zone in enumerate(self.exclusion_zones):
            _check_polygon(f'exclusion_zones[{index}]', zone)

    @property
    def walls(self) -> NDArray[np.float64]:
        """(M, 2, 2) both ends of each side of the bounds, which are taken for walls."""
        if self.bounds is None:
            return np.empty((0, 2, 2))
        corners = np.asarray(self.bounds, dtype=float)
        return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)

    def contains(self, positions: ArrayLike) -> NDArray[np.bool_]:
        """Tell which positions (N, 2) lie within the bounds and outside every exclusion zone."""
        positions = np.asarray(positions, dtype=float).reshape(-1, 2)
        inside = np.ones(len(positions), dtype=bool)
        if self.bounds is not None:
            inside &= inside_polygon(positions, self.bounds)
        for zone in self.exclusion_zones:
            inside &= ~inside_polygon(positions, zone)
        return inside


def _check_polygon(name: str, polygon: Polygon) -> None:
    """Raise ParameterError unless the polygon has three or more finite corners of two numbers."""
    try:
        corners = np.asarray(polygon, dtype=float)
    except (TypeError, ValueError):
        raise ParameterError(f'{name} must be a list of [x, y] corners') from None
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3:
        raise ParameterError(f'{name} must have at least three [x, y] corners')
    if not np.isfinite(corners).all():
        raise ParameterError(f'{name} must have finite corners')

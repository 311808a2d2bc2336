"""The picture under construction: temperatures, whose body a pixel shows, and what is behind."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.simulation.thermal_lens import PixelRays, Window, is_empty

Array = NDArray[np.float64]
Image = NDArray[np.float32]

# Codes of owner: person * PARTS + part; NOBODY is background.
PARTS = 2
BODY, HEAD = range(PARTS)
NOBODY = -1


@dataclass
class Canvas:
    """What has been painted so far.

    Attributes:
        rays: of the camera's pixels.
        temperature: (H, W) °C, as it arrives at the camera.
        owner: (H, W) int16, person * PARTS + part, or NOBODY.
        depth: (H, W) m, of the background along the optical axis; it hides what is behind it.
        air: temperature [°C] of the air between.
        absorption: share of the radiation [1/m] that the air replaces by its own.
    """

    rays: PixelRays
    temperature: Image
    owner: NDArray[np.int16]
    depth: Image
    air: float
    absorption: float

    @classmethod
    def empty(
        cls,
        rays: PixelRays,
        temperature: Image,
        depth: Image,
        air: float = 0.0,
        absorption: float = 0.0,
    ) -> Canvas:
        """Build from a background, which is kept as it is: temperature [°C] and depth [m]."""
        owner = np.full(temperature.shape, NOBODY, np.int16)
        return cls(rays, temperature.copy(), owner, depth, air, absorption)

    def may_show(self, low: Array, high: Array) -> bool:
        """Tell whether some of a box from low to high (3,) [m, optical frame] may be seen."""
        if high[2] <= 0:
            return False
        if low[2] <= 0:
            return True
        corners = np.array([[x / z, y / z] for x, y, z in product(*zip(low, high, strict=True))])
        window = self.rays.window(corners.min(axis=0), corners.max(axis=0))
        return not is_empty(window) and bool(self.depth[window].max() > low[2])

    def paint(
        self, window: Window, shown: NDArray[np.bool_], values: Image, depth: float, owner: int
    ) -> None:
        """Lay temperatures [°C] over the pixels of a window where `shown` and not behind walls.

        Args:
            window: rows and columns of all that follows.
            shown: (h, w) what to paint.
            values: (h, w) °C, at the surface.
            depth: of the surface along the optical axis [m].
            owner: code of the surface.
        """
        visible = shown & (self.depth[window] > depth)
        share = np.float32(min(self.absorption * depth, 1.0))
        seen = values + (np.float32(self.air) - values) * share
        np.copyto(self.temperature[window], seen, where=visible)
        np.copyto(self.owner[window], np.int16(owner), where=visible)

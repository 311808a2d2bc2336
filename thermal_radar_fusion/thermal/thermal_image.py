"""One frame of a thermal camera as the detector and the measurement take it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ThermalImage:
    """A frame.

    Attributes:
        stamp: seconds, the camera's clock.
        values: (height, width) float32; °C where `radiometric`, else grey levels that rise with
            the temperature in an unknown way.
        radiometric: whether the values are temperatures: grey levels are good for detection,
            never for a measurement.
    """

    stamp: float
    values: NDArray[np.float32]
    radiometric: bool = True

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.values.shape

"""How warm a face is in one image: the hottest skin, measured against a reference body."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.thermal.temperature import Reading, TemperatureCorrection
from thermal_radar_fusion.thermal.thermal_image import ThermalImage

Box = tuple[float, float, float, float]
Image = NDArray[np.float32]

FEWEST_PIXELS = 6
"""A face with fewer pixels is not measured."""


@dataclass(frozen=True)
class TemperatureParameters(Parameters):
    """How faces are measured."""

    method: str = parameter(
        'region',
        "a high percentile of the face's oval, or milliTRACE-IR's maximum of the box",
        choices=('region', 'maximum'),
    )
    percentile: float = parameter(
        97.0, "of the smoothed pixels of the face's oval", unit='%', low=50.0, high=100.0
    )
    neck: float = parameter(
        0.12, 'share of the box left out at its lower end: neck', low=0.0, high=0.5
    )
    noise: float = parameter(
        0.05, 'temporal noise of a pixel (NETD), 1 sigma', unit='K', low=0.0, high=5.0
    )
    correction: TemperatureCorrection = parameter(
        TemperatureCorrection(), 'of readings for distance: trf calibrate temperature'
    )


class Thermometer:
    """Measures faces in the images of one camera."""

    def __init__(self, parameters: TemperatureParameters | None = None) -> None:
        self.parameters = parameters or TemperatureParameters()

    def reset(self) -> None:
        """Forget where the reference body was."""

    def read(self, image: ThermalImage, boxes: Sequence[Box]) -> list[Reading]:
        """Return the temperature of each box's face; grey images are not measured."""
        if not image.radiometric:
            return [Reading() for _ in boxes]
        return [self._face(image.values, box) for box in boxes]

    def _face(self, values: Image, box: Box) -> Reading:
        """Return the reading of one face."""
        if self.parameters.method == 'maximum':
            return self._maximum(values, box)
        pixels = _oval(values, box, self.parameters.neck)
        if len(pixels) < FEWEST_PIXELS:
            return Reading()
        share = 1 - self.parameters.percentile / 100
        std = self.parameters.noise / math.sqrt(max(share * len(pixels), 1.0))
        return Reading(float(np.percentile(pixels, self.parameters.percentile)), std)

    def _maximum(self, values: Image, box: Box) -> Reading:
        """Return milliTRACE-IR's reading (section IV-C): the hottest pixel of the box."""
        pixels = _window(values, box)
        if pixels.size < FEWEST_PIXELS:
            return Reading()
        return Reading(float(pixels.max()), self.parameters.noise)


def _window(values: Image, box: Box) -> Image:
    """Return the pixels whose centres lie in a box, what of it is inside the image."""
    x0, y0, x1, y1 = box
    rows = slice(max(math.ceil(y0), 0), max(math.floor(y1) + 1, 0))
    columns = slice(max(math.ceil(x0), 0), max(math.floor(x1) + 1, 0))
    return values[rows, columns]


def _oval(values: Image, box: Box, neck: float) -> Image:
    """Return the pixels (N,) of the ellipse in a box, without its lower end."""
    x0, y0, x1, y1 = box
    pixels = _window(values, box)
    rows = max(math.ceil(y0), 0) + np.arange(pixels.shape[0])[:, None]
    columns = max(math.ceil(x0), 0) + np.arange(pixels.shape[1])[None]
    x, y = (2 * columns - x0 - x1) / (x1 - x0), (2 * rows - y0 - y1) / (y1 - y0)
    return pixels[(x * x + y * y <= 1) & (y <= 1 - 2 * neck)]

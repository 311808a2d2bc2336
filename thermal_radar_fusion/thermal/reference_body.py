"""A body of known temperature in view: found in its own region, it tells what the camera is off.

Uncooled cameras drift by tenths of a kelvin; what the image of the reference body says beside its
known temperature is the error of the camera at that moment (paper, section V-C; IEC 80601-2-59).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.thermal.temperature import Reading

Image = NDArray[np.float32]

INNER = 0.6
"""Share of the radius that is measured: away from the blurred edge."""

SIZES = (0.5, 1.7)
"""Pixels of the body, over those of a disc of its radius, between which it counts as seen."""

CONTRAST = 2.0
"""The body must differ so much from what is around it [K]."""

JUMP = 0.5
"""A camera's error does not change by more than this from one image to the next [K]..."""

PATIENCE = 3.0
"""... unless it stays so for this long [s]."""

DRIFT = 0.005
"""How fast an error that was not measured again grows uncertain [K/s]."""

STEPS = 4


@dataclass(frozen=True)
class ReferenceParameters(Parameters):
    """Where in the image the reference body is, and how warm it is."""

    temperature: float | None = parameter(
        None, 'of its surface; none: there is no reference body', unit='°C', low=-40, high=200
    )
    x: float = parameter(0.0, 'its middle in the image', unit='px', low=0, high=1e4)
    y: float = parameter(0.0, 'its middle in the image', unit='px', low=0, high=1e4)
    radius: float = parameter(10.0, 'in the image', unit='px', low=2.0, high=1e3)
    search: float = parameter(
        8.0, 'it is looked for so far from there', unit='px', low=0, high=1e3
    )
    hold: float = parameter(
        30.0, 'hidden for longer, nothing is measured', unit='s', low=0, high=1e5
    )


class ReferenceBody:
    """Follows the reference body of one camera and tells the camera's error."""

    def __init__(self, parameters: ReferenceParameters, noise: float) -> None:
        """Look for a body; `noise` is that of a pixel, 1 sigma [K]."""
        self.parameters, self._noise = parameters, noise
        self.reset()

    def reset(self) -> None:
        """Forget where it was seen and what it told."""
        self._centre = self.parameters.x, self.parameters.y
        self._error = Reading()
        self._measured = -math.inf
        self._jumped: float | None = None

    def error(self, stamp: float, values: Image) -> Reading:
        """Return by how much an image [°C] reads too high [K]; none without a body, or hidden.

        Args:
            stamp: seconds, of the image.
            values: (H, W) °C.
        """
        if self.parameters.temperature is None:
            return Reading(0.0, 0.0)
        found = self._found(values)
        if found is not None:
            self._take(stamp, found)
        age = stamp - self._measured
        if age > self.parameters.hold:
            return Reading()
        return Reading(self._error.temperature, math.hypot(self._error.std, DRIFT * age))

    def _take(self, stamp: float, found: Reading) -> None:
        """Believe a measurement, unless it jumped: somebody with warm hands may stand there."""
        change = abs(found.temperature - self._error.temperature)
        if change > JUMP and stamp - self._measured <= self.parameters.hold:
            self._jumped = stamp if self._jumped is None else self._jumped
            if stamp - self._jumped < PATIENCE:
                return
        self._error, self._measured, self._jumped = found, stamp, None

    def _found(self, values: Image) -> Reading | None:
        """Return what the body tells in one image, None where it is not seen."""
        window, x, y = self._window(values)
        if window.size == 0:
            return None
        centre = _centred(window, x, y, self._centre, self.parameters.radius)
        if centre is None:
            return None
        inner = window[np.hypot(x - centre[0], y - centre[1]) <= INNER * self.parameters.radius]
        self._centre = centre
        std = 1.25 * self._noise / math.sqrt(len(inner))
        return Reading(float(np.median(inner)) - self.parameters.temperature, std)

    def _window(self, values: Image) -> tuple[Image, Image, Image]:
        """Return the pixels around the place of the body, their columns and their rows."""
        own = self.parameters
        reach = 1.5 * own.radius + own.search + 2
        rows = slice(max(round(own.y - reach), 0), max(round(own.y + reach) + 1, 0))
        columns = slice(max(round(own.x - reach), 0), max(round(own.x + reach) + 1, 0))
        window = values[rows, columns]
        y, x = np.indices(window.shape)
        return window, x + columns.start, y + rows.start


def _centred(
    window: Image, x: Image, y: Image, start: tuple[float, float], radius: float
) -> tuple[float, float] | None:
    """Return the middle of the body in a window, None where it is hidden or half hidden.

    Pixels nearer to the body's level than to its surroundings' are the body; their centre of mass
    is the next place to look at, a few times.
    """
    around = float(np.median(np.concatenate([window[0], window[-1], window[:, 0], window[:, -1]])))
    centre = start
    for _ in range(STEPS):
        distance = np.hypot(x - centre[0], y - centre[1])
        inner = window[distance <= INNER * radius]
        if inner.size < 3 or abs(np.median(inner) - around) < CONTRAST:
            return None
        above = (window - around) / (np.median(inner) - around)
        body = (above > 0.5) & (distance <= 1.5 * radius)
        if not SIZES[0] < body.sum() / (math.pi * radius**2) < SIZES[1]:
            return None
        centre = float(x[body].mean()), float(y[body].mean())
    return centre

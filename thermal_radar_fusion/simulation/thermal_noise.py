"""What an uncooled thermal camera adds: temporal noise, fixed pattern, drift and shutter.

All of it is a function of a seed and of the frame's number alone, so that frames may be left
out or asked for in any order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter

Image = NDArray[np.float32]

# A normal law by table: exact and the same on every machine, and faster than drawing it.
LEVELS = 4096
NORMAL = np.round(ndtri((np.arange(LEVELS) + 0.5) / LEVELS), 6).astype(np.float32)
NORMAL.flags.writeable = False


@dataclass(frozen=True)
class NoiseModel(Parameters):
    """How far the readings of a camera are off; the defaults are a FLIR A65's."""

    temporal: float = parameter(
        0.05, 'noise of each pixel in each frame (NETD), 1 sigma', unit='K', low=0, high=5
    )
    pixels: float = parameter(
        0.05, 'fixed pattern of the pixels, 1 sigma', unit='K', low=0, high=5
    )
    rows: float = parameter(0.03, 'fixed pattern of the rows, 1 sigma', unit='K', low=0, high=5)
    columns: float = parameter(
        0.03, 'fixed pattern of the columns, 1 sigma', unit='K', low=0, high=5
    )
    offset: float = parameter(
        0.4, 'error of an uncalibrated camera, constant, 1 sigma', unit='K', low=0, high=10
    )
    drift: float = parameter(
        0.1, 'change within a minute after a shutter event, 1 sigma', unit='K', low=0, high=10
    )
    residual: float = parameter(
        0.05, 'error right after a shutter event, 1 sigma', unit='K', low=0, high=5
    )
    shutter_interval: float = parameter(
        120.0, 'between shutter events, 0 = never', unit='s', low=0, high=86400
    )
    shutter_duration: float = parameter(
        0.4, 'that the image is frozen at a shutter event', unit='s', low=0, high=2
    )

    def check(self) -> None:
        """Refuse a shutter that never opens."""
        if 0 < self.shutter_interval <= self.shutter_duration:
            raise ParameterError('shutter_interval must be longer than shutter_duration')


class CameraNoise:
    """The errors of one camera in one run.

    Attributes:
        offset: constant error of all readings [K].
        pattern: (H, W) fixed pattern [K].
    """

    def __init__(self, model: NoiseModel, shape: tuple[int, int], seed: int) -> None:
        """Draw the errors of a camera of shape (H, W) from a seed."""
        self._model, self._shape, self._seed = model, shape, seed
        draw = self._generator(0)
        self.offset = round(draw.normal(0, model.offset), 6)
        self._phase = draw.uniform(0, max(model.shutter_interval, 1.0))
        self.pattern = _pattern(model, shape, draw)

    def drift(self, time: float) -> float:
        """Return the error [K] that grows between shutter events, at a time [s]."""
        since, event = self._since_shutter(time)
        start, slope, bend = self._generator(1, event).standard_normal(3)
        minutes = min(since / 60, 5.0)
        model = self._model
        growth = model.drift * (0.9 * slope + 0.44 * bend * minutes) * minutes
        return round(model.residual * start + growth, 6)

    def shutter_start(self, time: float) -> float | None:
        """Return when the shutter closed if it is closed at a time [s], else None."""
        if not self._model.shutter_interval:
            return None
        since, _ = self._since_shutter(time)
        return time - since if since < self._model.shutter_duration else None

    def temporal(self, frame: int) -> Image:
        """Return (H, W) the temporal noise [K] of frame number `frame`."""
        rows, columns = self._shape
        count = rows * columns
        words = np.random.PCG64(self._sequence(2, frame)).random_raw(-(-count // 4))
        levels = words.astype('<u8', copy=False).view('<u2')[:count] >> np.uint16(4)
        return _scaled_levels(self._model.temporal).take(levels).reshape(rows, columns)

    def _since_shutter(self, time: float) -> tuple[float, int]:
        """Return the seconds since the last shutter event, and its number (0 or more)."""
        interval = self._model.shutter_interval
        if not interval:
            return max(time, 0.0), 0
        event = max(math.floor((time + self._phase) / interval), 0)
        return time + self._phase - event * interval, event

    def _sequence(self, *key: int) -> np.random.SeedSequence:
        return np.random.SeedSequence(self._seed, spawn_key=key)

    def _generator(self, *key: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64(self._sequence(*key)))


def _scaled_levels(sigma: float) -> Image:
    return NORMAL * np.float32(sigma)


def _pattern(model: NoiseModel, shape: tuple[int, int], draw: np.random.Generator) -> Image:
    """Draw a fixed pattern (H, W) [K] of rows, columns and pixels."""
    rows = draw.standard_normal((shape[0], 1)) * model.rows
    columns = draw.standard_normal((1, shape[1])) * model.columns
    pixels = draw.standard_normal(shape) * model.pixels
    return np.round(rows + columns + pixels, 5).astype(np.float32)

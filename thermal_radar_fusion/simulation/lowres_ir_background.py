"""The empty image of a low-resolution infrared sensor: pattern, cold corners, drift, noise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from thermal_radar_fusion.simulation.lowres_ir_model import LowResModel

Array = NDArray[np.float64]

# Periods of the slow drift of a room and its heating [s].
PERIODS = (240.0, 610.0, 1730.0)


class LowResBackground:
    """What the sensor shows of an empty room, a function of seed and time alone."""

    def __init__(self, model: LowResModel, seed: int) -> None:
        """Draw a background."""
        self._model, self._seed = model, seed
        draw = self._generator(0)
        self._level = model.background + model.session * draw.standard_normal()
        self._phases = draw.uniform(0, 2 * math.pi, len(PERIODS))
        pattern = model.pattern * draw.standard_normal((model.rows, model.columns))
        self._still = np.round(self._level + pattern + cold_border(model), 6)

    def at(self, time: float) -> Array:
        """Return (rows, columns) °C at a time [s], without noise."""
        waves = (
            math.sin(2 * math.pi * time / period + phase)
            for period, phase in zip(PERIODS, self._phases, strict=True)
        )
        amplitude = self._model.drift * math.sqrt(2 / len(PERIODS))
        return self._still + round(amplitude * sum(waves), 6)

    def noise(self, frame: int) -> Array:
        """Return (rows, columns) the noise [K] of frame number `frame`."""
        shape = (self._model.rows, self._model.columns)
        return np.round(self._model.noise * self._generator(1, frame).standard_normal(shape), 6)

    def _generator(self, *key: int) -> np.random.Generator:
        sequence = np.random.SeedSequence(self._seed, spawn_key=key)
        return np.random.Generator(np.random.PCG64(sequence))


def cold_border(model: LowResModel) -> Array:
    """Return (rows, columns) how much colder [K, <= 0] corners and the last rows are."""
    row = np.linspace(-1, 1, model.rows)[:, None]
    column = np.linspace(-1, 1, model.columns)[None]
    corner = ((row * row + column * column) / 2) ** 2
    return -model.corners * corner - model.bottom * np.maximum(row, 0) ** 3

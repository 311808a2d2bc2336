"""Powers of points in units that differ between radars, on one scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# A sensor's mean and variance count the latest points, about so many.
MEMORY = 20000.0
# Assumed of a sensor before its first point: so many points that vary by so much (of the log).
PRIOR, SPREAD = 20.0, 0.5


@dataclass
class _Moments:
    count: float = 0.0
    mean: float = 0.0
    square: float = PRIOR * SPREAD**2

    def add(self, values: Array) -> None:
        """Take in values (n,), n >= 1 (Chan, Golub and LeVeque 1983)."""
        total = self.count + len(values)
        shift = float(values.mean()) - self.mean
        self.square += float(values.var()) * len(values)
        self.square += shift**2 * self.count * len(values) / total
        self.mean += shift * len(values) / total
        fading = min(1.0, MEMORY / total)
        self.count, self.square = total * fading, self.square * fading

    @property
    def std(self) -> float:
        return float(np.sqrt(self.square / (self.count + PRIOR)))


class PowerScale:
    """Scales each sensor's log power by the mean and the deviation that it had so far."""

    def __init__(self) -> None:
        self._moments: dict[str, _Moments] = {}

    def observe(self, sensor: str, powers: Array) -> None:
        """Take in the powers (n,) of a frame; what is not finite is left out."""
        finite = powers[np.isfinite(powers)]
        if len(finite):
            self._moments.setdefault(sensor, _Moments()).add(_log(finite))

    def scaled(self, sensor: str, powers: Array) -> Array:
        """Return powers (n,) as deviations from the sensor's usual one."""
        moments = self._moments.get(sensor, _Moments())
        return (_log(powers) - moments.mean) / moments.std


def _log(powers: Array) -> Array:
    return np.log(np.maximum(powers, 1.0))

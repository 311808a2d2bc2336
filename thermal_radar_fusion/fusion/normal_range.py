"""What is usual among a few people, some of whom may be ill: a robust mean and spread."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

# Readings further than so many spreads from the mean are not of the usual.
CLIP = 2.0
# Variance of a standard normal variable cut at +-CLIP: the kept readings spread less by this.
KEPT_VARIANCE = 1 - 2 * CLIP * math.exp(-(CLIP**2) / 2) / (
    math.sqrt(2 * math.pi) * math.erf(CLIP / math.sqrt(2))
)
MAD_TO_STD = 1.4826
ITERATIONS = 20


@dataclass(frozen=True)
class NormalRange:
    """The usual temperature.

    Attributes:
        mean: of the usual readings [°C].
        spread: their standard deviation [K].
        count: number of readings that the mean is of.
    """

    mean: float
    spread: float
    count: int

    def upper(self, spreads: float) -> float:
        """Return the limit [°C] that many spreads above the mean for a reading yet to come.

        That the mean itself is uncertain widens the limit by sqrt(1 + 1/count): the prediction
        interval of the normal distribution with the spread taken as known.
        """
        return self.mean + spreads * self.spread * math.sqrt(1 + 1 / self.count)


def normal_range(readings: ArrayLike, prior_spread: float, prior_weight: float) -> NormalRange:
    """Return the usual range of readings of which fewer than half are unusual.

    From the median on, readings beyond CLIP spreads are left out and mean and spread of the others
    taken, corrected for the cut (iterated, as in sigma clipping), until nobody changes sides. A
    person with fever therefore hardly moves the mean and does not widen the spread.

    Args:
        readings: (N,) one per person [°C], N >= 1.
        prior_spread: standard deviation between healthy people [K].
        prior_weight: how many people that is worth.
    """
    readings = np.asarray(readings, dtype=float)
    mean = float(np.median(readings))
    spread = _blended(_squared_mad(readings, mean), len(readings), prior_spread, prior_weight)
    kept = readings
    for _ in range(ITERATIONS):
        inside = np.abs(readings - mean) <= CLIP * spread
        if not inside.any():
            break
        kept, before = readings[inside], (mean, spread)
        mean = float(kept.mean())
        variance = float(kept.var()) / KEPT_VARIANCE
        spread = _blended(variance, len(kept), prior_spread, prior_weight)
        if (mean, spread) == before:
            break
    return NormalRange(mean, spread, len(kept))


def _squared_mad(readings: Array, median: float) -> float:
    """Return the variance of normal readings by their median absolute deviation [K^2]."""
    return float((MAD_TO_STD * np.median(np.abs(readings - median))) ** 2)


def _blended(variance: float, count: int, prior_spread: float, prior_weight: float) -> float:
    """Return the spread of people and prior together."""
    total = count * variance + prior_weight * prior_spread**2
    return math.sqrt(total / (count + prior_weight))

"""From readings of a face at several distances to the temperature of its person.

milliTRACE-IR, section IV-G: readings fall with the distance, a linear factor puts them right, and
the mean over the track is the estimate. A screening aid, not a medical device.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.parameters import Parameters, parameter

Array = NDArray[np.float64]

CORRELATION_TIME = 1.0
"""Readings of a face so far apart count as independent [s]: it turns and moves slowly."""

WARMER = 0.5
"""Share of the readings of a track that count: the warmer ones."""

OUTLIER = 0.6
"""A reading so far above three quarters of its track is not skin [K]."""

EARLIER, SCATTER = 5, 0.4
"""So many readings that scatter so much [K] are assumed before the first one."""

FITS, FAR, TINY = 10, 4.5, 1e-3
"""Repetitions of a fit; what lies farther than so many medians of the residuals, of which the
least is TINY [K], is left out: three standard deviations of a normal law."""

KEPT = 1800
"""Readings kept of one track: two minutes at 15 Hz."""


class TemperatureCorrectionError(ValueError):
    """Readings do not determine a correction; one line that says why."""


@dataclass(frozen=True)
class Reading:
    """One temperature of a face in one image.

    Attributes:
        temperature: °C, not corrected for distance; NaN where nothing was measured.
        std: standard deviation [K], NaN likewise.
    """

    temperature: float = math.nan
    std: float = math.nan


@dataclass(frozen=True)
class TemperatureCorrection(Parameters):
    """T = alpha(d) times the reading, with alpha(d) = a0 + a1 d (section IV-G, eq. 13)."""

    a0: float = parameter(1.0, 'factor at no distance', low=0.5, high=2.0)
    a1: float = parameter(0.0, 'more of it per metre', unit='1/m', low=-0.5, high=0.5)
    std: float = parameter(
        0.3, 'error that the correction leaves of a person, 1 sigma', unit='K', low=0.0, high=10.0
    )

    def alpha(self, distance: ArrayLike) -> Array:
        """Return the factor at distances [m]."""
        return self.a0 + self.a1 * np.asarray(distance, float)

    def apply(self, temperature: ArrayLike, distance: ArrayLike) -> Array:
        """Return the temperatures [°C] of readings [°C] at distances [m]."""
        return self.alpha(distance) * np.asarray(temperature, float)


def fit_temperature_correction(
    readings: ArrayLike, distances: ArrayLike, temperatures: ArrayLike
) -> TemperatureCorrection:
    """Fit a0 and a1 by least squares (section IV-G, eq. 14); `std` is what remains.

    Readings of faces that look away are wrong by kelvins. What lies farther from the fit than most
    readings do is left out and the fit repeated, a few times.

    Args:
        readings: (N,) °C as measured.
        distances: (N,) metres.
        temperatures: (N,) °C, the true ones.

    Raises:
        TemperatureCorrectionError: there are too few readings, some are impossible, or all were
            taken at one distance.
    """
    readings, distances, temperatures = _checked(readings, distances, temperatures)
    columns = np.column_stack([readings, readings * distances])
    # From the median, which no quarter of bad readings moves far.
    factors = np.array([np.median(temperatures / readings), 0.0])
    for _ in range(FITS):
        residuals = temperatures - columns @ factors
        kept = np.abs(residuals) <= FAR * max(float(np.median(np.abs(residuals))), TINY)
        factors = np.linalg.lstsq(columns[kept], temperatures[kept], rcond=None)[0]
    residuals = temperatures - columns @ factors
    std = math.sqrt(float(np.sum(residuals[kept] ** 2)) / max(int(kept.sum()) - 2, 1))
    return TemperatureCorrection(*factors.tolist(), std)


def _checked(*columns: ArrayLike) -> tuple[Array, ...]:
    """Return readings, distances and temperatures as arrays (N,)."""
    arrays = tuple(np.asarray(column, float) for column in columns)
    if len({array.shape for array in arrays}) != 1 or arrays[0].ndim != 1:
        raise TemperatureCorrectionError('each reading needs one distance and one temperature')
    if not all(np.isfinite(array).all() for array in arrays):
        raise TemperatureCorrectionError('readings, distances and temperatures must be numbers')
    if len(np.unique(arrays[1])) < 2:
        raise TemperatureCorrectionError('a fit needs readings from at least two distances')
    return arrays


@dataclass(frozen=True)
class TemperatureEstimate:
    """What is known of a person's temperature.

    Attributes:
        mean: °C, NaN without readings.
        std: standard deviation of the mean [K], NaN without readings.
        samples: readings that the warmer half was taken of.
    """

    mean: float
    std: float
    samples: int


class TrackTemperature:
    """The readings of one face track and what they say together (section IV-G, eq. 15)."""

    def __init__(self, correction: TemperatureCorrection | None = None) -> None:
        self.correction = correction or TemperatureCorrection()
        self._rows: deque[tuple[float, float, float, float]] = deque(maxlen=KEPT)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, stamp: float, temperature: float, std: float, distance: float) -> None:
        """Take a reading; one that is not a number is left out.

        Args:
            stamp: seconds.
            temperature, std: °C and K, not corrected.
            distance: from the camera [m]: the radar's where it is known, else the coarse one.
        """
        if math.isfinite(temperature) and math.isfinite(distance):
            self._rows.append((stamp, temperature, std, distance))

    @property
    def stamps(self) -> Array:
        """(N,) seconds of the readings kept: where better distances are wanted."""
        return self._columns()[0]

    def estimate(self, distances: ArrayLike | None = None) -> TemperatureEstimate:
        """Return the mean of the corrected readings (eq. 15), of the warmer half, by their weight.

        A face that looks aside, that something hides or that motion blurs reads too low, hardly
        anything too high: the paper's mean over all readings would depend on how much somebody
        looked around. Readings weigh by inverse variance; a turned face says by its deviation that
        it is in doubt, so that a track of nothing but profiles keeps a large one, however long.

        Args:
            distances: (N,) metres at `stamps`, instead of those that came with the readings.
        """
        if not self._rows:
            return TemperatureEstimate(math.nan, math.nan, 0)
        stamps, temperatures, stds, known = self._columns()
        corrected = self.correction.apply(temperatures, known if distances is None else distances)
        weights = _weights(corrected, stds)
        mean = float(np.average(corrected, weights=weights))
        square = float(np.average((corrected - mean) ** 2, weights=weights))
        # Few readings agree by chance: as if some with an ordinary scatter had come before. One
        # that outweighs all others is few.
        count = float(weights.sum() ** 2 / np.sum(weights**2))
        scatter = math.sqrt((count * square + EARLIER * SCATTER**2) / (count + EARLIER))
        independent = min(1 + np.ptp(stamps) / CORRELATION_TIME, count)
        # How a face is turned is no noise: it does not average out.
        turned = float(np.average(stds, weights=weights))
        std = math.hypot(scatter / math.sqrt(independent), turned, self.correction.std)
        return TemperatureEstimate(mean, std, len(corrected))

    def _columns(self) -> Array:
        """Return (4, N) stamps, temperatures, deviations and distances."""
        return np.array(self._rows, float).reshape(-1, 4).T


def _weights(corrected: Array, stds: Array) -> Array:
    """Return the weight (N,) of each reading: inverse variances, none for those that do not count.

    What is far above the others is a lamp; of the rest the warmer ones count. The reading at the
    limit counts in part, so that the mean moves smoothly as readings come.
    """
    order = np.argsort(corrected)
    weights = 1 / np.maximum(stds[order], 1e-3) ** 2
    warm = corrected[order][np.searchsorted(np.cumsum(weights), 0.75 * weights.sum())]
    weights[corrected[order] > warm + OUTLIER] = 0.0
    upper = np.cumsum(weights)
    kept = upper - np.maximum(upper - weights, (1 - WARMER) * upper[-1])
    result = np.empty_like(kept)
    result[order] = np.maximum(kept, 0.0)
    return result

"""What is fitted to people of known temperature: height of faces over distance, and alpha."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.evaluation.comparison import EvaluationError
from thermal_radar_fusion.evaluation.temperature_runs import MeasuredSequence
from thermal_radar_fusion.thermal.distance_model import (
    DistanceModel,
    DistanceModelError,
    fit_distance_model,
)
from thermal_radar_fusion.thermal.temperature import (
    TemperatureCorrection,
    TemperatureCorrectionError,
    TrackTemperature,
    fit_temperature_correction,
)

Array = NDArray[np.float64]

FRONTAL_STD = 0.25
"""Readings more in doubt are of turned faces: nothing is fitted to them [K]."""

SURE = 0.35
"""A temperature in more doubt is not one: the face was never seen from the front [K]."""


@dataclass(frozen=True)
class Models:
    """What the calibration found.

    Attributes:
        distance: height of faces over distance.
        region, maximum: alpha of the readings of the region and of the hottest pixel.
    """

    distance: DistanceModel
    region: TemperatureCorrection
    maximum: TemperatureCorrection


def fitted(measured: Sequence[MeasuredSequence]) -> Models:
    """Fit distance model and corrections to sequences of people whose truth is known.

    The paper's readings are all used. Of ours those that the estimate of a track is made of: first
    by the factors of all views from the front, then by these.
    """
    sizes = np.concatenate([entry.sizes for entry in measured])
    try:
        distance = fit_distance_model(sizes[:, 0], sizes[:, 1])
        maximum = _fit(measured, 'maximum', _everything)
        region = _fit(measured, 'region', lambda entry: stds_of(entry) <= FRONTAL_STD)
        for _ in range(2):
            region = _fit(measured, 'region', partial(_counted, region))
    except (DistanceModelError, TemperatureCorrectionError) as error:
        raise EvaluationError(f'too few faces were found to calibrate: {error}') from None
    return Models(distance, region, maximum)


def _fit(
    measured: Sequence[MeasuredSequence],
    name: str,
    chosen: Callable[[MeasuredSequence], NDArray[np.bool_]],
) -> TemperatureCorrection:
    """Fit alpha to the readings that are chosen of each sequence."""
    rows = [
        np.column_stack(
            [
                values_of(entry, name),
                distances_of(entry),
                np.full(len(entry.readings), entry.temperature),
            ]
        )[chosen(entry)]
        for entry in measured
        if entry.readings
    ]
    return fit_temperature_correction(*np.concatenate([np.zeros((0, 3)), *rows]).T)


def _everything(entry: MeasuredSequence) -> NDArray[np.bool_]:
    return np.ones(len(entry.readings), dtype=bool)


def _counted(correction: TemperatureCorrection, entry: MeasuredSequence) -> NDArray[np.bool_]:
    """Tell which readings the estimate of a sequence is made of, none where it is in doubt."""
    track = track_of(entry, correction.replace(std=0.0))
    return track.counted() & (track.estimate().std <= SURE)


def track_of(entry: MeasuredSequence, correction: TemperatureCorrection) -> TrackTemperature:
    """Return all readings of a sequence as one track."""
    track = TrackTemperature(correction)
    for reading in entry.readings:
        track.add(reading.stamp, reading.temperature, reading.std, reading.radar)
    return track


def values_of(entry: MeasuredSequence, name: str) -> Array:
    """Return the readings (N,) of the region or of the hottest pixel."""
    attribute = {'region': 'temperature', 'maximum': 'maximum'}[name]
    return np.array([getattr(reading, attribute) for reading in entry.readings])


def distances_of(entry: MeasuredSequence) -> Array:
    """Return the radar's distances (N,) [m]."""
    return np.array([reading.radar for reading in entry.readings])


def stds_of(entry: MeasuredSequence) -> Array:
    """Return the deviations (N,) [K] of the readings of the region."""
    return np.array([reading.std for reading in entry.readings])

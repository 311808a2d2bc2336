"""What is fitted to people of known temperature: height of faces over distance, and alpha."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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

    The paper's readings are all used, of ours those of faces from the front.
    """
    sizes = np.concatenate([entry.sizes for entry in measured])
    try:
        distance = fit_distance_model(sizes[:, 0], sizes[:, 1])
        maximum = _fit(measured, 'maximum', _everything)
        region = _fit(measured, 'region', lambda entry: stds_of(entry) <= FRONTAL_STD)
    except (DistanceModelError, TemperatureCorrectionError) as error:
        raise EvaluationError(f'too few faces were found to calibrate: {error}') from None
    return Models(distance, _levelled(region, measured), maximum)


def _levelled(
    correction: TemperatureCorrection, measured: Sequence[MeasuredSequence]
) -> TemperatureCorrection:
    """Return a correction by which the estimates of whole tracks are right in the middle.

    Readings err to one side and a track's estimate is of the warmer ones: what is fitted to single
    readings is a little too high for it. The deviation is that of the tracks.
    """
    alone = correction.replace(std=0.0)
    found = [(track_of(entry, alone).estimate(), entry.temperature) for entry in measured]
    sure = np.array([(seen.mean, truth) for seen, truth in found if seen.std <= SURE])
    if not len(sure):
        return correction
    level = float(np.median(sure[:, 1] / sure[:, 0]))
    errors = sure[:, 0] * level - sure[:, 1]
    std = 1.48 * float(np.median(np.abs(errors)))
    return TemperatureCorrection(correction.a0 * level, correction.a1 * level, std)


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

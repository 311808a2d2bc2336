"""The figures of tracking, and the sums that they are made of, which several recordings share."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.evaluation.gospa import root_mean_square
from thermal_radar_fusion.evaluation.hota import HotaSums

Array = NDArray[np.float64]

SEQUENCE_SECONDS = 90.0
PERCENTILE = 80


@dataclass(frozen=True)
class TrackingScore:
    """How well tracks follow the people of a recording; NaN where nothing can be said.

    Attributes:
        duration_s: seconds from the first to the last frame.
        people: number of different people who are present at any time.
        mota: multiple object tracking accuracy, 1 is perfect, may be negative.
        idf1: share of frames in which people keep the identity that fits them best, in [0, 1].
        id_switches: times that a person is matched to another track than before.
        id_switches_per_90s: the same per 90 s.
        misses: people without a track, summed over frames.
        false_positives: tracks without a person, summed over frames.
        position_error_p80_m: 80th percentile of the distance of a matched track from its person.
        position_rmse_m: root mean square of the same.
        distance_error_p80_m: 80th percentile of |estimated - true distance| over all pairs of
            people who are both matched.
        distance_rmse_m: root mean square of the same.
        separation_ratio: share of the frames with people close together in which each of them
            is separated: see `separation.separated_frames`.
        failed_tracks: people matched in less than `tracking.MOSTLY_TRACKED` of their frames, the
            first `tracking.SETTLING` seconds not counted.
        confirmed_tracks: distinct ids ever confirmed.
        coverage: see `tracking.TrackingSummary`.
        matching_distance_m: farther apart, a track and a person are not matched.
        hota, deta, assa: higher order tracking accuracy, and its detection and association
            accuracy, in [0, 1]: see `hota.py`.
        gospa: root mean square over frames of GOSPA, in metres: see `gospa.py`.
        gospa_localisation, gospa_missed, gospa_false: its parts in metres; their squares add up.
    """

    duration_s: float
    people: int
    mota: float
    idf1: float
    id_switches: int
    id_switches_per_90s: float
    misses: int
    false_positives: int
    position_error_p80_m: float
    position_rmse_m: float
    distance_error_p80_m: float
    distance_rmse_m: float
    separation_ratio: float
    failed_tracks: int
    confirmed_tracks: int
    coverage: float
    matching_distance_m: float
    hota: float
    deta: float
    assa: float
    gospa: float
    gospa_localisation: float
    gospa_missed: float
    gospa_false: float

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name; NaN becomes None, as JSON has no NaN."""
        return {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in dataclasses.asdict(self).items()
        }


@dataclass(frozen=True)
class Counts:
    """Whole numbers that add up over recordings.

    Attributes:
        people, failed_tracks, confirmed_tracks: as in `TrackingScore`.
        frames, held: frames from the first with a track on, and those of them that hold one.
        objects, predictions: people and tracks, summed over frames.
        misses, false_positives, switches: errors as CLEAR MOT counts them.
        identity_matches: people who have the identity that fits them best, summed over frames.
    """

    people: int
    failed_tracks: int
    confirmed_tracks: int
    frames: int
    held: int
    objects: int
    predictions: int
    misses: int
    false_positives: int
    switches: int
    identity_matches: int

    def __add__(self, other: Counts) -> Counts:
        pairs = zip(dataclasses.astuple(self), dataclasses.astuple(other), strict=True)
        return Counts(*(a + b for a, b in pairs))


@dataclass(frozen=True)
class TrackingSamples:
    """Everything that a score is computed from; that of several recordings is pooled by `+`.

    Attributes:
        duration: seconds.
        counts: see `Counts`.
        position_errors: of every matched pair [m].
        distance_errors: |estimated - true distance| of every two matched people of a frame [m].
        separated: of each frame with people close together, whether they are told apart.
        gospa: (T, 3) squared GOSPA of each frame in its parts [m^2].
        hota: see `HotaSums`.
        matching_distance: metres.
    """

    duration: float
    counts: Counts
    position_errors: Array
    distance_errors: Array
    separated: NDArray[np.bool_]
    gospa: Array
    hota: HotaSums
    matching_distance: float

    def __add__(self, other: TrackingSamples) -> TrackingSamples:
        return TrackingSamples(
            self.duration + other.duration,
            self.counts + other.counts,
            np.concatenate([self.position_errors, other.position_errors]),
            np.concatenate([self.distance_errors, other.distance_errors]),
            np.concatenate([self.separated, other.separated]),
            np.concatenate([self.gospa, other.gospa]),
            self.hota + other.hota,
            self.matching_distance,
        )

    def score(self) -> TrackingScore:
        """Return the figures."""
        gospa, localisation, missed, false = root_mean_square(self.gospa)
        hota, deta, assa = self.hota.figures()
        return TrackingScore(
            duration_s=self.duration,
            **_clear_mot(self.counts, self.duration),
            **_errors(self.position_errors, self.distance_errors),
            separation_ratio=float(self.separated.mean()) if len(self.separated) else math.nan,
            matching_distance_m=self.matching_distance,
            hota=hota,
            deta=deta,
            assa=assa,
            gospa=gospa,
            gospa_localisation=localisation,
            gospa_missed=missed,
            gospa_false=false,
        )


def pooled(samples: Sequence[TrackingSamples]) -> TrackingSamples:
    """Return those of all recordings together, as if they were one; at least one is needed."""
    return functools.reduce(lambda a, b: a + b, samples)


def _clear_mot(counts: Counts, duration: float) -> dict[str, Any]:
    """Return what follows from the counts; accuracies of nobody are NaN."""
    wrong = counts.misses + counts.false_positives + counts.switches
    everybody = counts.objects + counts.predictions
    return {
        'people': counts.people,
        'mota': 1 - wrong / counts.objects if counts.objects else math.nan,
        'idf1': 2 * counts.identity_matches / everybody if everybody else math.nan,
        'id_switches': counts.switches,
        'id_switches_per_90s': (
            counts.switches / duration * SEQUENCE_SECONDS if duration else math.nan
        ),
        'misses': counts.misses,
        'false_positives': counts.false_positives,
        'failed_tracks': counts.failed_tracks,
        'confirmed_tracks': counts.confirmed_tracks,
        'coverage': counts.held / counts.frames if counts.frames else 0.0,
    }


def _errors(positions: Array, distances: Array) -> dict[str, float]:
    return {
        'position_error_p80_m': percentile(positions),
        'position_rmse_m': rmse(positions),
        'distance_error_p80_m': percentile(distances),
        'distance_rmse_m': rmse(distances),
    }


def percentile(errors: Array, percent: float = PERCENTILE) -> float:
    """Return a percentile, the 80th unless told otherwise, and NaN of nothing."""
    return float(np.percentile(errors, percent)) if len(errors) else math.nan


def rmse(errors: Array) -> float:
    """Return the root mean square, NaN of nothing."""
    return float(np.sqrt((errors**2).mean())) if len(errors) else math.nan

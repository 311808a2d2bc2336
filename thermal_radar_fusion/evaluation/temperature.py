"""How near the temperatures are to the truth: table 3 and figure 8 of milliTRACE-IR.

The models are fitted on other people than those who are measured: g(d) on the boxes that were
found on their faces and true distances, alpha(d) on their readings and the radar's distances.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.evaluation.tasks import Progress, run_tasks
from thermal_radar_fusion.evaluation.temperature_models import (
    SURE,
    Models,
    distances_of,
    fitted,
    values_of,
)
from thermal_radar_fusion.evaluation.temperature_runs import MeasuredSequence, Setup, measure
from thermal_radar_fusion.evaluation.temperature_scenes import sequences
from thermal_radar_fusion.thermal.temperature import TrackTemperature

Array = NDArray[np.float64]

FIXED_DISTANCE = 2.0
"""Of the comparison in figure 8a [m]."""

CALIBRATION = 1000
"""Numbers of the people to whom the models are fitted begin here."""


@dataclass(frozen=True)
class Plan:
    """What is run.

    Attributes:
        setup: how sequences are measured.
        subjects, calibration: how many people are measured, and fitted to.
    """

    setup: Setup = field(default_factory=Setup)
    subjects: int = 4
    calibration: int = 6


@dataclass(frozen=True)
class Estimated:
    """Temperatures of one sequence by one method.

    Attributes:
        subject: number of the person.
        temperature: the true one [°C].
        estimate: °C, at the end of the sequence.
        std: that the method itself claims [K], NaN where it claims none.
        samples: (N,) °C: readings, or the running estimate wherever it was sure.
    """

    subject: int
    temperature: float
    estimate: float
    std: float
    samples: Array


def run(
    plan: Plan, jobs: int = 1, progress: Progress | None = None
) -> tuple[Models, list[MeasuredSequence]]:
    """Fit the models to some people, and measure others.

    Raises:
        EvaluationError: too few faces are found to fit a model.
        DetectorError: the detector lacks its weights.
    """
    others = range(CALIBRATION, CALIBRATION + plan.calibration)
    models = fitted(_measured(others, plan.setup, jobs, progress))
    known = replace(plan.setup, distance=models.distance)
    return models, _measured(range(plan.subjects), known, jobs, progress)


def _measured(
    subjects: Iterable[int], setup: Setup, jobs: int, progress: Progress | None
) -> list[MeasuredSequence]:
    chosen = sequences(subjects)
    names = [f'person {entry.subject}, sequence {entry.number}' for entry in chosen]
    return run_tasks(measure, [(entry, setup) for entry in chosen], names, jobs, progress)


def estimates(
    measured: Sequence[MeasuredSequence], models: Models
) -> dict[str, dict[str, list[Estimated]]]:
    """Return what each method makes of each sequence, by reading and variant.

    Readings are `region` and `maximum`; variants those of figure 8a: `raw`, `fixed` (alpha at
    2 m), `corrected` (eq. 15 with the radar's distances).
    """
    return {
        name: {
            'raw': [_plain(entry, name, 1.0) for entry in measured if entry.readings],
            'fixed': [
                _plain(entry, name, float(getattr(models, name).alpha(FIXED_DISTANCE)))
                for entry in measured
                if entry.readings
            ],
            'corrected': [_corrected(entry, name, models) for entry in measured if entry.readings],
        }
        for name in ('region', 'maximum')
    }


def _plain(entry: MeasuredSequence, name: str, factor: float) -> Estimated:
    """Return the readings times a factor, and their mean."""
    samples = factor * values_of(entry, name)
    return Estimated(entry.subject, entry.temperature, float(samples.mean()), np.nan, samples)


def _corrected(entry: MeasuredSequence, name: str, models: Models) -> Estimated:
    """Return the running estimate of eq. 15: ours of the region, the paper's of the maximum.

    Ours says how sure it is, and is no temperature before it is.
    """
    if name == 'maximum':
        values = models.maximum.apply(values_of(entry, name), distances_of(entry))
        samples = np.cumsum(values) / np.arange(1, len(values) + 1)
        return Estimated(entry.subject, entry.temperature, float(samples[-1]), np.nan, samples)
    track, means = TrackTemperature(models.region), []
    for reading in entry.readings:
        track.add(reading.stamp, reading.temperature, reading.std, reading.radar)
        estimate = track.estimate()
        if estimate.std <= SURE:
            means.append(estimate.mean)
    found = estimate.mean, estimate.std, np.array(means)
    return Estimated(entry.subject, entry.temperature, *found)


def figures(measured: Sequence[MeasuredSequence], models: Models) -> dict[str, Any]:
    """Return everything that is reported, as JSON has it.

    `raw`, `fixed` and `corrected` are of the region; those of the paper's own reading are under
    `maximum`. Sequences whose estimate is in more doubt than SURE count as not measured, for
    every method alike.
    """
    kept = sure_estimates(measured, models)
    scores = {
        name: {variant: score(rows) for variant, rows in variants.items()}
        for name, variants in kept.items()
    }
    return {
        **scores['region'],
        'maximum': scores['maximum'],
        'subjects': _subjects(kept['region']['corrected']),
        'sequences': len(measured),
        'not_measured': len(measured) - len(kept['region']['corrected']),
        'models': {name: asdict(model) for name, model in vars(models).items()},
        'coarse_distance': _distance_errors(measured),
    }


def sure_estimates(
    measured: Sequence[MeasuredSequence], models: Models
) -> dict[str, dict[str, list[Estimated]]]:
    """Return `estimates` without the sequences whose estimate is in more doubt than SURE."""
    found = estimates(measured, models)
    sure = [entry.std <= SURE for entry in found['region']['corrected']]
    return {
        name: {variant: list(compress(rows, sure)) for variant, rows in variants.items()}
        for name, variants in found.items()
    }


def score(rows: Sequence[Estimated]) -> dict[str, float]:
    """Return how far estimates are from the truth.

    `max_error_c` and `mean_error_c` are over sequences, of the absolute error at the end of each.
    `std_c` is the paper's: of all samples of one person about their mean, and the largest of all
    people.
    """
    errors = np.array([abs(row.estimate - row.temperature) for row in rows])
    spreads = [_spread(rows, subject) for subject in {row.subject for row in rows}]
    return {
        'max_error_c': float(errors.max(initial=0.0)) if rows else np.nan,
        'mean_error_c': float(errors.mean()) if rows else np.nan,
        'std_c': max(spreads, default=np.nan),
    }


def _spread(rows: Sequence[Estimated], subject: int) -> float:
    """Return the standard deviation of all samples of one person."""
    samples = np.concatenate([row.samples for row in rows if row.subject == subject])
    return float(np.std(samples)) if len(samples) else np.nan


def _subjects(rows: Sequence[Estimated]) -> list[dict[str, float]]:
    """Return table 3: truth, mean and deviation of each person."""
    table = []
    for subject in sorted({row.subject for row in rows}):
        own = [row for row in rows if row.subject == subject]
        mean = float(np.mean([row.estimate for row in own]))
        table.append(
            {
                'subject': subject,
                'sequences': len(own),
                'true_c': own[0].temperature,
                'mean_c': mean,
                'error_c': mean - own[0].temperature,
                'std_c': _spread(own, subject),
            }
        )
    return table


def _distance_errors(measured: Sequence[MeasuredSequence]) -> dict[str, float]:
    """Return how far the coarse distances are from the radar's [m]."""
    apart = np.array(
        [reading.coarse - reading.radar for entry in measured for reading in entry.readings]
    )
    if not len(apart):
        return {'mean_m': np.nan, 'rms_m': np.nan}
    return {'mean_m': float(apart.mean()), 'rms_m': float(np.sqrt(np.mean(apart**2)))}

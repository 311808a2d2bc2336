"""What adaptation without labels is worth: people known from one room who come to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.gait_recordings import find_recordings, read_windows
from thermal_radar_fusion.datasets.recording import DatasetError
from thermal_radar_fusion.evaluation.adaptation_buildings import simulated_building
from thermal_radar_fusion.evaluation.adaptation_methods import Map, maps_of
from thermal_radar_fusion.evaluation.adaptation_stream import Outcomes, outcomes
from thermal_radar_fusion.evaluation.adaptation_visits import (
    Trial,
    Visit,
    building_trials,
    building_visits,
    radars_of,
    recorded_trials,
)
from thermal_radar_fusion.evaluation.tasks import Progress
from thermal_radar_fusion.reid.cosine import fit_cosine
from thermal_radar_fusion.reid.gait_features import GaitFeatures
from thermal_radar_fusion.reid.open_set_file import OpenSet
from thermal_radar_fusion.reid.reidentification import ReidentificationParameters
from thermal_radar_fusion.reid.scores import Classifier, cumulative_scores
from thermal_radar_fusion.reid.welm import fit_welm

Array = NDArray[np.float64]

Streams = dict[str, dict[str, Outcomes]]
"""Windows by radars, adaptation ('none' or 'ours'), half and outcome."""

CLASSIFIERS = {'welm': fit_welm, 'cosine': fit_cosine}
# The classifier of the streams learns what was added at least so late [s]: it saves time.
RETRAIN = 5.0
# Windows that are 20 s of walking, and how far stretches of them are apart.
LONG, STRIDE = 40, 20


@dataclass(frozen=True)
class Row:
    """Accuracies in one situation.

    Attributes:
        radars, situation: see `Trial`.
        trials: how many.
        people: known, on average.
        accuracy: by method, then by classifier and length ('welm', 'welm_20s', ...).
        error: standard error of the mean over trials of the difference to no adaptation.
    """

    radars: str
    situation: str
    trials: int
    people: float
    accuracy: Mapping[str, Mapping[str, float]]
    error: Mapping[str, Mapping[str, float]]


def evaluate_buildings(
    seeds: Sequence[int],
    cache: Path,
    features: GaitFeatures,
    fitted: OpenSet,
    tell: Progress,
) -> tuple[list[Row], Streams]:
    """Return what simulated buildings show.

    Args:
        seeds: of the buildings.
        cache: folder where windows are kept.
        features: the network.
        fitted: what its scores are worth; the reidentifier is tried with adaptation and without.
        tell: is told of every building.

    Raises:
        DatasetError: what is kept cannot be read.
    """
    trials: list[Trial] = []
    streams: Streams = {}
    for done, seed in enumerate(seeds):
        tell(f'Building {seed}', done, len(seeds))
        building = simulated_building(cache, seed, features.windows)
        visits = building_visits(building, features.of)
        trials += building_trials(building, visits)
        _add(streams.setdefault(radars_of(building), {}), streamed(visits, fitted))
    return rows_of(trials), streams


def streamed(visits: Sequence[Visit], fitted: OpenSet) -> dict[str, Outcomes]:
    """Return the `outcomes` of one building without adaptation and with it."""
    parameters = ReidentificationParameters(retrain=RETRAIN, open_set=fitted.parameters)
    return {
        name: outcomes(visits, parameters.changed({'adaptation.enabled': on}), fitted.scatter)
        for name, on in (('none', False), ('ours', True))
    }


def _add(sums: dict[str, Outcomes], more: Mapping[str, Outcomes]) -> None:
    for method, halves in more.items():
        for half, counts in halves.items():
            own = sums.setdefault(method, {}).setdefault(half, dict.fromkeys(counts, 0))
            for outcome, count in counts.items():
                own[outcome] += count


def evaluate_recordings(
    folder: Path, subjects: Sequence[str], cache: Path, features: GaitFeatures
) -> list[Row]:
    """Return the rows of real people whom two radars saw, in the layout of mmGait.

    Raises:
        DatasetError: a file is missing or cannot be read, or somebody has one radar only.
    """
    recordings = [
        read_windows(file, features.windows, cache) for file in find_recordings(folder, subjects)
    ]
    for name in sorted({recording.subject for recording in recordings}):
        if len({r.sensor for r in recordings if r.subject == name}) < 2:
            raise DatasetError(f'{folder}: {name} was seen by one radar only')
    return rows_of(recorded_trials(recordings, features.of))


def rows_of(trials: Iterable[Trial]) -> list[Row]:
    """Return the mean accuracies of all trials of the same radars and situation."""
    kinds: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        kinds.setdefault((trial.radars, trial.situation), []).append(trial)
    return [_row(key, own) for key, own in kinds.items()]


def _row(key: tuple[str, str], trials: Sequence[Trial]) -> Row:
    found: dict[str, list[dict[str, float]]] = {}
    for trial in trials:
        for name, mapped in maps_of(trial.evidence).items():
            found.setdefault(name, []).append(accuracies(trial, mapped))
    people = float(np.mean([len(trial.gallery) for trial in trials]))
    means = {name: _mean(values) for name, values in found.items()}
    errors = {name: _errors(values, found['none']) for name, values in found.items()}
    return Row(*key, len(trials), people, means, errors)


def _mean(values: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {key: float(np.mean([value[key] for value in values])) for key in values[0]}


def _errors(values: Sequence[Mapping[str, float]], plain: Sequence[Mapping[str, float]]) -> dict:
    """Return the standard error of the mean of what values are more than plain ones."""
    more = {key: [a[key] - b[key] for a, b in zip(values, plain, strict=True)] for key in plain[0]}
    count = np.sqrt(max(len(plain) - 1, 1))
    return {key: float(np.std(differences) / count) for key, differences in more.items()}


def accuracies(trial: Trial, mapped: Map) -> dict[str, float]:
    """Return the shares of windows and of 20 s that are right, each person counting alike.

    Args:
        trial: gallery and probes.
        mapped: what is done to features of a room.
    """
    there, here = trial.rooms
    rows = mapped(there, np.concatenate(list(trial.gallery.values())))
    labels = [person for person, own in trial.gallery.items() for _ in own]
    result = {}
    for name, fit in CLASSIFIERS.items():
        classifier = fit(rows, labels)
        shares = [_shares(classifier, mapped(here, own), p) for p, own in trial.probe.items()]
        result[name], result[f'{name}_20s'] = np.mean(shares, axis=0).tolist()
    return result


def _shares(classifier: Classifier, rows: Array, person: int) -> tuple[float, float]:
    """Return how often the largest score, of windows and of 20 s, is a person's."""
    scores, truth = classifier.scores(rows), classifier.labels.index(person)
    starts = range(0, max(len(scores) - LONG // 2, 1), STRIDE)
    long = np.stack([cumulative_scores(scores[k : k + LONG])[-1] for k in starts])
    return tuple(float((s.argmax(axis=1) == truth).mean()) for s in (scores, long))

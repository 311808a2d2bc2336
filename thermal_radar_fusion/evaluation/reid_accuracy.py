"""How often people are recognised, after how long: milliTRACE-IR, figure 11 and table 6."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.evaluation.reid_people import Acquaintance, means
from thermal_radar_fusion.evaluation.tasks import Progress, run_tasks
from thermal_radar_fusion.reid.cosine import fit_cosine
from thermal_radar_fusion.reid.running_welm import RunningWelm
from thermal_radar_fusion.reid.welm import WelmParameters

Array = NDArray[np.float64]
Label = tuple[int, float]
"""Index of a person, and how long the person was watched [s]."""

# W [s]: 0 is a single window. Walking takes a window longer.
SECONDS = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0)

WELM, COSINE = 'welm', 'cosine'


@dataclass(frozen=True)
class Training:
    """For how long people were watched.

    Attributes:
        name: of the curve.
        shorter, longer: half of the people, and the other half [s].
    """

    name: str
    shorter: float
    longer: float

    def labels(self, people: Sequence[int], draw: np.random.Generator) -> tuple[Label, ...]:
        """Draw who belongs to which half."""
        many = set(draw.permutation(people)[len(people) // 2 :].tolist())
        return tuple((p, self.longer if p in many else self.shorter) for p in people)


@dataclass(frozen=True)
class Curve:
    """What one curve is of.

    Attributes:
        classifier: WELM or COSINE.
        training: name.
        mounting: where the radar hung before the probes.
        people: who were told apart at a time.
    """

    classifier: str
    training: str
    mounting: str
    people: int


Curves = dict[Curve, Array]
"""Mean accuracy after each of SECONDS."""


@dataclass(frozen=True)
class Experiment:
    """One initialisation of the WELM, for one group of people.

    Attributes:
        group: the people.
        trainings: how long they were watched.
        seed: of the random units, and of who was watched for longer.
    """

    group: tuple[Acquaintance, ...]
    trainings: tuple[Training, ...]
    seed: int


def figure_11(
    groups: Sequence[Sequence[Acquaintance]],
    trainings: Sequence[Training],
    initialisations: int,
    jobs: int = 1,
    tell: Progress | None = None,
) -> Curves:
    """Return the curves of groups of people, the mean of all.

    Args:
        groups: of people; all combinations of two and more of each group are told apart.
        trainings: how long the people were watched.
        initialisations: of the WELM.
        jobs: processes.
        tell: is told of every experiment.
    """
    tasks = [
        Experiment(tuple(group), tuple(trainings), seed)
        for seed in range(initialisations)
        for group in groups
    ]
    found = run_tasks(curves_of, tasks, ['Telling apart'] * len(tasks), jobs, tell)
    return mean_curves(found)


def mean_curves(found: Sequence[Curves]) -> Curves:
    """Return the mean of each curve over those who have it."""
    return {
        curve: np.mean([own[curve] for own in found if curve in own], axis=0)
        for curve in dict.fromkeys(itertools.chain(*found))
    }


def curves_of(experiment: Experiment) -> Curves:
    """Return the curves of one group with one WELM."""
    draw = np.random.default_rng(experiment.seed)
    scorers = (_Welm(experiment), _Cosine(experiment))
    collected: dict[Curve, list[Array]] = defaultdict(list)
    for training in experiment.trainings:
        for people in _combinations(len(experiment.group)):
            labels = training.labels(people, draw)
            for scorer in scorers:
                for mounting, accuracy in _accuracies(scorer.scores(labels), experiment.group):
                    curve = Curve(scorer.name, training.name, mounting, len(people))
                    collected[curve].append(accuracy)
    return {curve: np.mean(rows, axis=0) for curve, rows in collected.items()}


def _combinations(count: int) -> Iterator[tuple[int, ...]]:
    """Yield all choices of two people and more."""
    for size in range(2, count + 1):
        yield from itertools.combinations(range(count), size)


Scores = dict[tuple[int, str], tuple[int, Array]]
"""Of each person and mounting: the person's column, and the scores (N, C) of the probe."""


def _accuracies(scores: Scores, group: Sequence[Acquaintance]) -> Iterator[tuple[str, Array]]:
    """Yield mounting and mean accuracy (W,) over people, each counting alike."""
    for mounting in group[0].probes:
        rows = [
            accuracies(values, group[person], where, column)
            for (person, where), (column, values) in scores.items()
            if where == mounting
        ]
        yield mounting, np.mean(rows, axis=0)


def accuracies(scores: Array, person: Acquaintance, mounting: str, truth: int) -> Array:
    """Return how often the mean scores of each of SECONDS are largest for the truth (W,).

    Args:
        scores: (N, C) of the windows of the person's probe.
        person: whose it is.
        mounting: before which radar.
        truth: column of the person.
    """
    walk = person.probes[mounting]
    return np.array(
        [np.mean(means(scores, walk.runs(w)).argmax(axis=1) == truth) for w in SECONDS]
    )


def _labels(experiment: Experiment) -> Iterator[tuple[Label, Array]]:
    """Yield what may be learnt of each person: label and features (N, D)."""
    times = {t for training in experiment.trainings for t in (training.shorter, training.longer)}
    for index, person in enumerate(experiment.group):
        for seconds in sorted(times):
            yield (index, seconds), person.gallery.first(seconds)


class _Welm:
    """Scores of all probes by WELMs of any of the labels, all with the same random units."""

    name = WELM

    def __init__(self, experiment: Experiment) -> None:
        dimension = experiment.group[0].gallery.features.shape[1]
        self._welm = RunningWelm(dimension, WelmParameters(seed=experiment.seed))
        for label, rows in _labels(experiment):
            self._welm.add(label, rows)
        self._hidden = {
            (index, mounting): self._welm.layer.activate(walk.features)
            for index, person in enumerate(experiment.group)
            for mounting, walk in person.probes.items()
        }

    def scores(self, labels: Sequence[Label]) -> Scores:
        """Return the scores of the people with these labels."""
        weights = self._welm.classifier(labels).output_weights
        columns = {person: column for column, (person, _) in enumerate(labels)}
        return {
            key: (columns[key[0]], hidden @ weights)
            for key, hidden in self._hidden.items()
            if key[0] in columns
        }


class _Cosine:
    """Scores of all probes by the cosine similarity to centroids of any of the labels."""

    name = COSINE

    def __init__(self, experiment: Experiment) -> None:
        parts = dict(_labels(experiment))
        names = [label for label, rows in parts.items() for _ in rows]
        classifier = fit_cosine(np.concatenate(list(parts.values())), names)
        self._known = classifier.labels
        self._scores = {
            (index, mounting): classifier.scores(walk.features)
            for index, person in enumerate(experiment.group)
            for mounting, walk in person.probes.items()
        }

    def scores(self, labels: Sequence[Label]) -> Scores:
        """Return the scores of the people with these labels."""
        chosen = [self._known.index(label) for label in labels]
        columns = {person: column for column, (person, _) in enumerate(labels)}
        return {
            key: (columns[key[0]], scores[:, chosen])
            for key, scores in self._scores.items()
            if key[0] in columns
        }


def by_seconds(curve: Array) -> dict[str, float]:
    """Return a curve (W,) by W [s], as JSON has it."""
    return {f'{w:g}': float(value) for w, value in zip(SECONDS, curve, strict=True)}

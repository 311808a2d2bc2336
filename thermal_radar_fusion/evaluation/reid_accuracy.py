"""How often people are recognised, after how long: milliTRACE-IR, figure 11 and table 6."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.evaluation.reid_people import Acquaintance, Runs, Walk, means
from thermal_radar_fusion.evaluation.tasks import Progress, run_tasks
from thermal_radar_fusion.reid.cosine import fit_cosine
from thermal_radar_fusion.reid.discriminant import discriminant
from thermal_radar_fusion.reid.open_set import likeness_of_means
from thermal_radar_fusion.reid.open_set_file import OpenSet
from thermal_radar_fusion.reid.running_welm import RunningWelm
from thermal_radar_fusion.reid.welm import WelmParameters

Array = NDArray[np.float64]
Label = tuple[int, float]
"""Index of a person, and how long the person was watched [s]."""
Probe = tuple[int, str]
"""Index of a person, and where the radar hung."""

# W [s]: 0 is a single window. Walking takes a window longer.
SECONDS = (0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0)

# The paper's classifier, the baseline, and what the node goes by: the WELM's discriminants and how
# alike mean features are.
WELM, COSINE, EVIDENCE = 'welm', 'cosine', 'evidence'


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
        classifier: WELM, COSINE or EVIDENCE.
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
        open_set: makes evidence of scores.
        seed: of the random units, and of who was watched for longer.
    """

    group: tuple[Acquaintance, ...]
    trainings: tuple[Training, ...]
    open_set: OpenSet
    seed: int

    @cached_property
    def learned(self) -> dict[Label, Array]:
        """What may be learnt of each person: features (N, D)."""
        times = {t for training in self.trainings for t in (training.shorter, training.longer)}
        return {
            (index, seconds): person.gallery.first(seconds)
            for index, person in enumerate(self.group)
            for seconds in sorted(times)
        }

    @cached_property
    def probes(self) -> dict[Probe, Walk]:
        """The walks of everybody."""
        return {
            (index, mounting): walk
            for index, person in enumerate(self.group)
            for mounting, walk in person.probes.items()
        }

    @cached_property
    def runs(self) -> dict[Probe, list[Runs]]:
        """The stretches of each walk for each of SECONDS."""
        return {probe: [walk.runs(w) for w in SECONDS] for probe, walk in self.probes.items()}


def figure_11(
    groups: Sequence[Sequence[Acquaintance]],
    trainings: Sequence[Training],
    open_set: OpenSet,
    initialisations: int,
    jobs: int = 1,
    tell: Progress | None = None,
) -> Curves:
    """Return the curves of groups of people, the mean of all.

    Args:
        groups: of people; all combinations of two and more of each group are told apart.
        trainings: how long the people were watched.
        open_set: of the network that their features are of.
        initialisations: of the WELM.
        jobs: processes.
        tell: is told of every experiment.
    """
    tasks = [
        Experiment(tuple(group), tuple(trainings), open_set, seed)
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
    scorers = (_Welms(experiment), _Cosine(experiment))
    collected: dict[Curve, list[Array]] = defaultdict(list)
    for training in experiment.trainings:
        for people in _combinations(len(experiment.group)):
            labels = training.labels(people, draw)
            for name, levels in itertools.chain(*(own.levels(labels) for own in scorers)):
                for mounting, accuracy in _accuracies(levels, people):
                    curve = Curve(name, training.name, mounting, len(people))
                    collected[curve].append(accuracy)
    return {curve: np.mean(rows, axis=0) for curve, rows in collected.items()}


def _combinations(count: int) -> Iterator[tuple[int, ...]]:
    """Yield all choices of two people and more."""
    for size in range(2, count + 1):
        yield from itertools.combinations(range(count), size)


Levels = dict[Probe, list[Array]]
"""What speaks for each of C people (M, C), of the stretches of a walk, for each of SECONDS."""


def _accuracies(levels: Levels, people: Sequence[int]) -> Iterator[tuple[str, Array]]:
    """Yield mounting and mean accuracy (W,) over people, each counting alike."""
    for mounting in dict.fromkeys(where for _, where in levels):
        rows = [shares_right(levels[p, mounting], column) for column, p in enumerate(people)]
        yield mounting, np.mean(rows, axis=0)


def shares_right(levels: Sequence[Array], truth: int) -> Array:
    """Return how often each of the levels (M, C) is greatest for the truth (W,)."""
    return np.array([np.mean(own.argmax(axis=1) == truth) for own in levels])


def mean_levels(scores: Array, runs: Sequence[Runs]) -> list[Array]:
    """Return the mean of the scores (N, C) of a walk over stretches of each length (M, C)."""
    return [means(scores, own) for own in runs]


class _Welms:
    """WELMs of any of the labels, all with the same random units, and evidence by them."""

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        dimension = experiment.group[0].gallery.features.shape[1]
        self._welm = RunningWelm(dimension, WelmParameters(seed=experiment.seed))
        for label, rows in experiment.learned.items():
            self._welm.add(label, rows)
        self._hidden = {
            probe: self._welm.layer.activate(walk.features)
            for probe, walk in experiment.probes.items()
        }
        self._known = list(experiment.learned)
        self._likeness = {probe: self._likeness_of(probe) for probe in experiment.probes}

    def _likeness_of(self, probe: Probe) -> list[Array]:
        """Return how alike a walk's stretches (M, D) are to everybody (M, K), weighted."""
        experiment = self._experiment
        weight, scatter = experiment.open_set.parameters.similarity, experiment.open_set.scatter
        people = np.stack([rows.mean(axis=0) for rows in experiment.learned.values()])
        stretches = mean_levels(experiment.probes[probe].features, experiment.runs[probe])
        return [weight * likeness_of_means(own, people, scatter) for own in stretches]

    def levels(self, labels: Sequence[Label]) -> Iterator[tuple[str, Levels]]:
        """Yield the levels of the people with these labels, by the name of the classifier."""
        welm = self._welm.classifier(labels)
        rule = discriminant(welm, self._experiment.open_set.scatter)
        weight = self._experiment.open_set.parameters.contrast
        columns = [self._known.index(label) for label in labels]
        plain: Levels = {}
        evidence: Levels = {}
        for probe in _probes_of(labels, self._experiment):
            outputs = self._hidden[probe] @ welm.output_weights
            plain[probe] = mean_levels(outputs, self._experiment.runs[probe])
            # Linear, and what is left out of it is the same for all of the people.
            evidence[probe] = [
                weight * rule.of_outputs(own) + likeness[:, columns]
                for own, likeness in zip(plain[probe], self._likeness[probe], strict=True)
            ]
        yield WELM, plain
        yield EVIDENCE, evidence


class _Cosine:
    """The cosine similarity to centroids of any of the labels."""

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        names = [label for label, rows in experiment.learned.items() for _ in rows]
        classifier = fit_cosine(np.concatenate(list(experiment.learned.values())), names)
        self._known = classifier.labels
        self._levels = {
            probe: mean_levels(classifier.scores(walk.features), experiment.runs[probe])
            for probe, walk in experiment.probes.items()
        }

    def levels(self, labels: Sequence[Label]) -> Iterator[tuple[str, Levels]]:
        """Yield the levels of the people with these labels, with the name of the classifier."""
        columns = [self._known.index(label) for label in labels]
        probes = _probes_of(labels, self._experiment)
        yield COSINE, {p: [own[:, columns] for own in self._levels[p]] for p in probes}


def _probes_of(labels: Sequence[Label], experiment: Experiment) -> list[Probe]:
    """Return the walks of the people with these labels."""
    people = {person for person, _ in labels}
    return [probe for probe in experiment.probes if probe[0] in people]


def by_seconds(curve: Array) -> dict[str, float]:
    """Return a curve (W,) by W [s], as JSON has it."""
    return {f'{w:g}': float(value) for w, value in zip(SECONDS, curve, strict=True)}

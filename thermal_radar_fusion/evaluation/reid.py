"""`trf evaluate reid` on simulated people: what the paper's section V-F shows, and more.

People come back: a gallery from one walk, probes from another one before the radar where it hung,
and before the same kind of radar on the opposite wall.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_radar_fusion.evaluation.reid_accuracy import (
    COSINE,
    EVIDENCE,
    SECONDS,
    WELM,
    Curve,
    Curves,
    Training,
    by_seconds,
    figure_11,
    mean_curves,
)
from thermal_radar_fusion.evaluation.reid_classifiers import compared
from thermal_radar_fusion.evaluation.reid_open_set import (
    detection_auroc,
    drawn_trials,
    fitted,
    reliability,
    trials_of,
)
from thermal_radar_fusion.evaluation.reid_people import Acquaintance, acquaintances
from thermal_radar_fusion.evaluation.reid_walkers import (
    EVALUATED,
    FITTED,
    GALLERY,
    MOVED,
    PROBE,
    SAME,
    TOGETHER,
    Visit,
    walkers,
)
from thermal_radar_fusion.evaluation.tasks import Progress
from thermal_radar_fusion.evaluation.welm_timing import BATCH, UPDATE, training_times
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.reid.gait_features import GaitFeatures
from thermal_radar_fusion.reid.open_set_file import OpenSet

IMBALANCED = 'imbalanced'
# What the node goes by, in tables.
OURS = 'WELM, discriminants, likeness'
# W of the headline [s], and of the paper's worst case: people, and features of each.
LONG, WORST_PEOPLE, WORST_FEATURES = 20.0, 6, 540
# How often training is timed, and galleries of several sizes are drawn.
RUNS, GALLERIES = 15, 21


@dataclasses.dataclass(frozen=True)
class Plan(Parameters):
    """What is simulated, and how much of it."""

    groups: int = parameter(4, 'of people; those of the others are strangers', low=2, high=100)
    people: int = parameter(6, 'in a group, told apart', low=2, high=12)
    initialisations: int = parameter(20, 'of the WELM', low=1, high=1000)
    population: int = parameter(EVALUATED, 'seed from which people are drawn', low=0)
    minute: float = parameter(60.0, 'people are watched for 1, 3, or 1 or 4', unit='s', low=1)
    probe: float = parameter(120.0, 'how long people walk to be recognised', unit='s', low=6)

    @property
    def trainings(self) -> tuple[Training, ...]:
        """The curves of figure 11 a, b and c."""
        one = self.minute
        return (
            Training(f'{one:g} s', one, one),
            Training(self.main_training, 3 * one, 3 * one),
            Training(IMBALANCED, one, 4 * one),
        )

    @property
    def main_training(self) -> str:
        """Name of that with three minutes."""
        return f'{3 * self.minute:g} s'

    @property
    def visits(self) -> tuple[Visit, ...]:
        """The walks of everybody; the first window of the gallery takes a while."""
        gallery = 5 * self.minute
        return (Visit(GALLERY, gallery), Visit(PROBE, self.probe, (SAME, MOVED)))


QUICK = Plan(groups=2, people=3, initialisations=2, minute=6.0, probe=15.0)
"""Enough to see that all of it runs; no figure."""


@dataclasses.dataclass(frozen=True)
class Fitting(Parameters):
    """Whom the open set is fitted to."""

    people: int = parameter(28, 'simulated', low=8, high=1000)
    gallery: float = parameter(180.0, 'that they walk to be known', unit='s', low=20)
    probe: float = parameter(90.0, 'and to be recognised', unit='s', low=6)
    together: float = parameter(60.0, 'and once more beside somebody else', unit='s', low=6)
    galleries: int = parameter(35, 'that are drawn of each half of them', low=1, high=10000)

    @property
    def visits(self) -> tuple[Visit, ...]:
        """The walks of everybody."""
        both = (SAME, MOVED)
        return (
            Visit(GALLERY, self.gallery),
            Visit(PROBE, self.probe, both),
            Visit(TOGETHER, self.together, both, company=True),
        )


def fitted_open_set(
    fitting: Fitting, features: GaitFeatures, folder: Path, jobs: int, tell: Progress
) -> OpenSet:
    """Return the open set of a network, fitted to people whom no figure is about.

    Args:
        fitting: whom.
        features: of the network.
        folder: where windows are kept.
        jobs: processes.
        tell: is told what is done.
    """
    seen = walkers(FITTED, fitting.people, fitting.visits, features.windows, folder, jobs, tell)
    people = acquaintances(seen, features.of)
    return fitted(people, fitting.galleries, np.random.default_rng(FITTED))


def people_of(
    plan: Plan, features: GaitFeatures, folder: Path, jobs: int, tell: Progress
) -> list[list[Acquaintance]]:
    """Return the groups of people of a plan; see `fitted_open_set` for the rest."""
    count = plan.groups * plan.people
    seen = walkers(plan.population, count, plan.visits, features.windows, folder, jobs, tell)
    people = acquaintances(seen, features.of)
    return [people[k : k + plan.people] for k in range(0, count, plan.people)]


def figures(
    plan: Plan,
    groups: Sequence[Sequence[Acquaintance]],
    open_set: OpenSet,
    jobs: int = 1,
    tell: Progress | None = None,
) -> dict[str, Any]:
    """Return all figures as JSON has them.

    Args:
        plan: what was simulated.
        groups: the people.
        open_set: of the network that their features are of.
        jobs: processes.
        tell: is told what is done.
    """
    chosen = (plan.trainings, open_set, plan.initialisations, jobs, tell)
    by_group = [figure_11([group], *chosen) for group in groups]
    curves = mean_curves(by_group)
    return {
        **_headline(plan, curves),
        **_spread(plan, by_group),
        **_detection(plan, groups, open_set),
        **_times(groups),
        'plan': {name: value for name, value, _ in plan.flattened()},
        'curves': _nested(curves),
        'classifiers': _classifiers(plan, groups, open_set, curves),
    }


def _of_six(curves: Curves, classifier: str, training: str, mounting: str) -> float:
    """Return the accuracy for six people after W = 20 s, NaN where there are fewer people."""
    curve = Curve(classifier, training, mounting, WORST_PEOPLE)
    return float(curves[curve][SECONDS.index(LONG)]) if curve in curves else float('nan')


def _spread(plan: Plan, by_group: Sequence[Curves]) -> dict[str, Any]:
    """Return the headline of each group, and their standard deviation."""
    found: dict[str, Any] = {}
    for mounting, end in ((SAME, ''), (MOVED, '_moved')):
        values = [_of_six(own, EVIDENCE, plan.main_training, mounting) for own in by_group]
        found[f'accuracy_w20_6_groups{end}'] = values
        found[f'accuracy_w20_6_std{end}'] = float(np.std(values))
    return found


def _headline(plan: Plan, curves: Curves) -> dict[str, Any]:
    """Return the figures of the contract, and beside them those of the other trainings."""

    def at_20(classifier: str, training: str, mounting: str) -> float:
        return _of_six(curves, classifier, training, mounting)

    one, three, mixed = (training.name for training in plan.trainings)
    names = {'accuracy_w20_6': EVIDENCE, 'accuracy_welm': WELM, 'accuracy_cosine': COSINE}
    found: dict[str, Any] = {}
    for mounting, end in ((SAME, ''), (MOVED, '_moved')):
        for name, classifier in names.items():
            found |= {
                f'{name}{end}': at_20(classifier, three, mounting),
                f'{name}_1min{end}': at_20(classifier, one, mounting),
                f'{name}_imbalanced{end}': at_20(classifier, mixed, mounting),
            }
    return found | {'accuracy': _nested(curves)[three][SAME][EVIDENCE]}


def _nested(curves: Curves) -> dict[str, Any]:
    """Return curves by training, mounting, classifier, people and W."""
    nested: dict[str, Any] = {}
    for curve, values in curves.items():
        place = nested
        for key in (curve.training, curve.mounting, curve.classifier):
            place = place.setdefault(key, {})
        place[str(curve.people)] = by_seconds(values)
    return nested


def _detection(
    plan: Plan, groups: Sequence[Sequence[Acquaintance]], open_set: OpenSet
) -> dict[str, Any]:
    """Return how well new people are told from known ones, and how honest confidences are."""
    by_mounting: dict[str, float] = {}
    for mounting in (SAME, MOVED):
        seen = [[person.before(mounting) for person in group] for group in groups]
        found = []
        for index, known in enumerate(seen):
            strangers = [p for other in seen[:index] + seen[index + 1 :] for p in other]
            watched = [3 * plan.minute] * len(known)
            trials = list(trials_of(known, strangers, watched, open_set.scatter, (LONG,)))
            found.append(detection_auroc(trials, open_set.parameters))
        by_mounting[mounting] = float(np.mean(found))
    everybody = [person for group in groups for person in group]
    draw = np.random.default_rng(plan.population)
    trials = drawn_trials(everybody, GALLERIES, draw, open_set.scatter)
    judged = reliability(trials, open_set.parameters)
    return {
        'unknown_detection_auroc': by_mounting[SAME],
        'unknown_detection_auroc_moved': by_mounting[MOVED],
        'calibration_error': judged.error,
        'reliability': judged.as_lists(),
        'open_set': {name: value for name, value, _ in open_set.parameters.flattened()},
    }


def _times(groups: Sequence[Sequence[Acquaintance]]) -> dict[str, float]:
    """Return how long training takes at the paper's worst case [ms]."""
    group = groups[0][:WORST_PEOPLE]
    parts = [np.concatenate([walk.features for walk in person.walks]) for person in group]
    parts = [part[:WORST_FEATURES] for part in parts]
    labels = np.repeat(np.arange(len(parts)), [len(part) for part in parts]).tolist()
    times = training_times(np.concatenate(parts), labels, RUNS)
    return {
        'train_ms': times[BATCH].p50,
        'update_ms': times[UPDATE].p50,
        'train_features': len(labels),
    }


def _classifiers(
    plan: Plan, groups: Sequence[Sequence[Acquaintance]], open_set: OpenSet, curves: Curves
) -> dict[str, Any]:
    """Return the accuracy of each classifier by training, mounting, name and W."""
    return {
        training.name: {
            mounting: {
                OURS: by_seconds(curves[Curve(EVIDENCE, training.name, mounting, len(groups[0]))]),
                **_others(groups, training.shorter, mounting, open_set),
            }
            for mounting in (SAME, MOVED)
        }
        for training in plan.trainings[:2]
    }


def _others(
    groups: Sequence[Sequence[Acquaintance]], seconds: float, mounting: str, open_set: OpenSet
) -> dict[str, dict[str, float]]:
    """Return the accuracy of each other classifier by W."""
    found = compared(groups, seconds, mounting, open_set.scatter)
    return {name: by_seconds(values) for name, values in found.items()}

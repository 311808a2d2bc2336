"""How well rules of screening find people with fever in a table of skin and oral temperatures.

Every rule takes each person once. The fixed threshold was chosen on the FDA table, so that its
figures there are of the table it knows; the cross-validated rules are fitted on the other folds;
the adaptive rules are `fusion.screening.Screener` itself, which is never told who is ill and
meets the people one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from thermal_radar_fusion.evaluation.comparison import EvaluationError
from thermal_radar_fusion.fusion.screening import Screener, ScreeningParameters

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Fit = Callable[[Array, Flags], float]

FOLDS = 10
INTERVAL = 60.0  # [s] between people in a stream; any will do that `memory` allows
SIGMAS = (1.0, 1.25, 1.5, 2.0, 3.0)
HEALTHY_SIGMAS = 1.5  # what docs/screening.md found on the FDA table
SWING_PEOPLE = 1000  # a day's worth: then an offset that swings is back where it was


@dataclass(frozen=True)
class ScreenedPeople:
    """A table of people, in the order in which they were measured.

    Attributes:
        temperatures: (N,) of the skin [°C].
        febrile: (N,) who has fever by the reference.
    """

    temperatures: Array
    febrile: Flags

    def __post_init__(self) -> None:
        counts = np.bincount(self.febrile.astype(int), minlength=2)
        if counts.min() < FOLDS:
            raise EvaluationError(
                f'at least {FOLDS} people with and without fever are needed,'
                f' got {counts[1]} with and {counts[0]} without'
            )

    def ordered(self, order: NDArray[np.intp]) -> ScreenedPeople:
        """Return the same people in another order."""
        return ScreenedPeople(self.temperatures[order], self.febrile[order])

    def with_swing(self, amplitude: float) -> ScreenedPeople:
        """Return the people as a camera sees them whose offset swings by +-amplitude [K]."""
        phase = 2 * np.pi * np.arange(len(self.temperatures)) / SWING_PEOPLE
        return ScreenedPeople(self.temperatures + amplitude * np.sin(phase), self.febrile)


@dataclass(frozen=True)
class Verdict:
    """What a rule said of each person.

    Attributes:
        elevated: (N,) who was flagged.
        judged: (N,) who was judged at all: nobody while a rule warms up.
    """

    elevated: Flags
    judged: Flags


@dataclass(frozen=True)
class RuleScore:
    """How a rule did, of those it judged.

    Attributes:
        sensitivity, specificity: share of the febrile flagged, and of the others not flagged.
        sensitivity_interval, specificity_interval: 95 % intervals by Wilson (1927).
        judged: number of people.
    """

    sensitivity: float
    specificity: float
    sensitivity_interval: tuple[float, float]
    specificity_interval: tuple[float, float]
    judged: int


def area_under_curve(people: ScreenedPeople) -> float:
    """Return the area under the ROC curve: how often the febrile one of a pair is the warmer.

    The statistic of Mann and Whitney (1947); ties count half.
    """
    ranks = rankdata(people.temperatures)
    ill = int(people.febrile.sum())
    healthy = len(ranks) - ill
    return float((ranks[people.febrile].sum() - ill * (ill + 1) / 2) / (ill * healthy))


def rules(
    people: ScreenedPeople, parameters: ScreeningParameters | None = None, seed: int = 0
) -> dict[str, Verdict]:
    """Return what every rule says of the people.

    Args:
        parameters: of the screener; `sigmas` is varied, `threshold` is that of the fixed rule.
        seed: of the folds.
    """
    parameters = parameters or ScreeningParameters()
    folds = stratified_folds(people.febrile, np.random.default_rng(seed))
    adaptive = parameters.replace(rule='adaptive')
    return {
        'fixed': streamed(people, parameters.replace(rule='fixed')),
        'fixed_cross_validated': _cross_validated(people, folds, balanced_threshold),
        f'healthy_{HEALTHY_SIGMAS:g}_sigma_cross_validated': _cross_validated(
            people, folds, _healthy_threshold
        ),
        **{f'adaptive_{c:g}_sigma': streamed(people, adaptive.replace(sigmas=c)) for c in SIGMAS},
    }


def score(people: ScreenedPeople, verdict: Verdict) -> RuleScore:
    """Return sensitivity and specificity among the people who were judged.

    Raises:
        EvaluationError: nobody with fever, or nobody without, was judged.
    """
    ill, healthy = verdict.judged & people.febrile, verdict.judged & ~people.febrile
    if not ill.any() or not healthy.any():
        raise EvaluationError('too few people for the warm-up of the adaptive rule')
    found, passed = verdict.elevated[ill], ~verdict.elevated[healthy]
    return RuleScore(
        float(found.mean()),
        float(passed.mean()),
        wilson_interval(int(found.sum()), len(found)),
        wilson_interval(int(passed.sum()), len(passed)),
        int(verdict.judged.sum()),
    )


def scores(people: ScreenedPeople, verdicts: Mapping[str, Verdict]) -> dict[str, RuleScore]:
    """Return the score of every rule by its name."""
    return {name: score(people, verdict) for name, verdict in verdicts.items()}


def spread_over_orders(
    people: ScreenedPeople, parameters: ScreeningParameters, orders: int, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Return mean and standard deviation of the screener's figures over random orders."""
    rng = np.random.default_rng(seed)
    shuffled = (people.ordered(rng.permutation(len(people.febrile))) for _ in range(orders))
    scores = [score(order, streamed(order, parameters)) for order in shuffled]
    figures = {
        name: np.array([getattr(each, name) for each in scores])
        for name in ('sensitivity', 'specificity')
    }
    return {name: (float(f.mean()), float(f.std())) for name, f in figures.items()}


def streamed(people: ScreenedPeople, parameters: ScreeningParameters) -> Verdict:
    """Return what a screener says that meets the people one after another."""
    screener = Screener(parameters)
    results = [
        screener.update(index, float(temperature), 0.0, index * INTERVAL)
        for index, temperature in enumerate(people.temperatures)
    ]
    judged = np.array([np.isfinite(result.threshold) for result in results])
    return Verdict(np.array([result.elevated for result in results]), judged)


def balanced_threshold(temperatures: Array, febrile: Flags) -> float:
    """Return the threshold at which the lesser of sensitivity and specificity is the greatest.

    Halfway between two readings, so that it does not hang on one.
    """
    values = np.unique(temperatures)
    thresholds = (values[1:] + values[:-1]) / 2
    ill, healthy = np.sort(temperatures[febrile]), np.sort(temperatures[~febrile])
    sensitivity = 1 - np.searchsorted(ill, thresholds) / len(ill)
    specificity = np.searchsorted(healthy, thresholds) / len(healthy)
    return float(thresholds[np.argmax(np.minimum(sensitivity, specificity))])


def stratified_folds(febrile: Flags, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the fold (N,) of each person; the febrile are spread evenly over all folds."""
    folds = np.empty(len(febrile), dtype=np.int64)
    for group in (febrile, ~febrile):
        folds[group] = rng.permutation(np.arange(group.sum()) % FOLDS)
    return folds


def wilson_interval(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a share (Wilson 1927)."""
    z = float(norm.ppf((1 + level) / 2))
    share, squared = successes / trials, z * z / trials
    centre = (share + squared / 2) / (1 + squared)
    half = z * np.sqrt(share * (1 - share) / trials + squared / (4 * trials)) / (1 + squared)
    return float(centre - half), float(centre + half)


def _healthy_threshold(temperatures: Array, febrile: Flags) -> float:
    """Return mean + HEALTHY_SIGMAS standard deviations of the people without fever."""
    healthy = temperatures[~febrile]
    return float(healthy.mean() + HEALTHY_SIGMAS * healthy.std())


def _cross_validated(people: ScreenedPeople, folds: NDArray[np.int64], fit: Fit) -> Verdict:
    """Return what a threshold says of each fold that was fitted on the others."""
    elevated = np.zeros(len(folds), dtype=bool)
    for held_out in _each_fold(folds):
        threshold = fit(people.temperatures[~held_out], people.febrile[~held_out])
        elevated[held_out] = people.temperatures[held_out] > threshold
    return Verdict(elevated, np.ones(len(folds), dtype=bool))


def _each_fold(folds: NDArray[np.int64]) -> Iterator[Flags]:
    return (folds == fold for fold in np.unique(folds))

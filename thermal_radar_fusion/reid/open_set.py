"""How much a track's scores speak for each person known, against being somebody new.

The paper takes the largest score for the answer, whoever it is. Here scores become log-likelihood
ratios, whose few coefficients are fitted so that the probabilities that follow from them are as
often right as they say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.reid.features import directions
from thermal_radar_fusion.reid.scatter import FeatureScatter

Array = NDArray[np.float64]

NEW = -1
"""Instead of an index: nobody of the people known."""

# Coefficients are fitted as if so many trials had said to leave them alone.
PRIOR_TRIALS = 1.0


class CalibrationError(ValueError):
    """Trials do not determine the coefficients; one line that says why."""


@dataclass(frozen=True)
class OpenSetParameters(Parameters):
    """Log-likelihood ratio = t / (t + half_time) (contrast c + similarity s - offset).

    t is how long the track walked, c what the scores say beyond guessing, see `Evidence`, s the
    similarity of mean features, see `similarities_of`. The evidence of correlated windows
    saturates: after `half_time` half of what a whole day would bring is there. How similar
    strangers are depends on the network, so that the coefficients belong to it: see
    `fit_open_set`. The defaults are for cosines.
    """

    contrast: float = parameter(1.0, 'weight of the WELM', low=0, high=1e4)
    similarity: float = parameter(40.0, 'weight of the similarity of features', low=0, high=1e4)
    offset: float = parameter(24.0, 'level of somebody new', low=-1e4, high=1e4)
    half_time: float = parameter(
        3.0, 'walked when half of the evidence is in', unit='s', low=0.01, high=1e4
    )
    newcomers: float = parameter(
        0.5, 'prior probability that a track is of somebody new', low=1e-6, high=1 - 1e-6
    )


@dataclass(frozen=True)
class Evidence:
    """What the windows of one track say of P people.

    Attributes:
        scores: (P,) mean log-likelihood of each, but for what all have in common: see
            `discriminant`. With fewer than two people it says nothing.
        similarities: (P,) of the mean feature to that of each.
        seconds: that the track walked.
    """

    scores: Array
    similarities: Array
    seconds: float

    @property
    def contrasts(self) -> Array:
        """(P,) logarithms of how much more probable each is than by guessing, 1/P.

        At most log(P): somebody new resembles one of the people more than the others, too.
        """
        count = len(self.scores)
        return log_softmax(self.scores) + np.log(count) if count else self.scores


@dataclass(frozen=True)
class Trial:
    """A track of which it is known who it was.

    Attributes:
        evidence: of its windows.
        truth: index of the person, NEW for none of them.
    """

    evidence: Evidence
    truth: int


def similarities_of(features: Array, people: Array, scatter: FeatureScatter | None) -> Array:
    """Return how alike a track is to each person (P,), by their mean features.

    The mean of a track's features tells strangers from people who are known better than the mean
    of their similarities: what windows scatter by is no difference between people.

    Args:
        features: (n, D) of the track.
        people: (P, D) mean feature of each person.
        scatter: of features; None to take cosines.
    """
    return likeness_of_means(features.mean(axis=0)[None], people, scatter)[0]


def likeness_of_means(means: Array, people: Array, scatter: FeatureScatter | None) -> Array:
    """Return how alike tracks with such mean features (N, D) are to each person (N, P)."""
    if scatter is not None:
        return scatter.log_ratios(means[:, None], people)
    return directions(means) @ directions(people).T


def log_ratios(evidence: Evidence, parameters: OpenSetParameters) -> Array:
    """Return the log-likelihood ratio (P,) of each person against somebody new."""
    return _levels(evidence.contrasts, evidence.similarities, evidence.seconds, parameters)


def _levels(
    contrasts: Array, similarities: Array, seconds: float | Array, parameters: OpenSetParameters
) -> Array:
    weighted = parameters.contrast * contrasts + parameters.similarity * similarities
    return (weighted - parameters.offset) * seconds / (seconds + parameters.half_time)


def fit_open_set(
    trials: Sequence[Trial], start: OpenSetParameters | None = None
) -> OpenSetParameters:
    """Return the coefficients under which the truth of the trials is most probable.

    Args:
        trials: of galleries and times like those in use, with known and with new people.
        start: where to begin, and what little data is drawn to; None for the defaults.

    Raises:
        CalibrationError: there are no trials of known, or none of new people.
    """
    start = start or OpenSetParameters()
    if len({trial.truth == NEW for trial in trials if len(trial.evidence.scores)}) < 2:
        raise CalibrationError('trials of known and of new people are needed')
    positive = np.log([start.contrast, start.similarity, start.half_time])
    first = np.append(positive, start.offset)
    table = _table([trial for trial in trials if len(trial.evidence.scores)])

    def cost(values: Array) -> float:
        drawn = 0.5 * PRIOR_TRIALS * float(np.sum((values - first) ** 2))
        return _surprise(table, _with(start, values)) + drawn

    bounds = [(np.log(1e-3), np.log(5e3))] * 2 + [(np.log(0.02), np.log(5e3)), (-5e3, 5e3)]
    return _with(start, minimize(cost, first, method='L-BFGS-B', bounds=bounds).x)


def _with(start: OpenSetParameters, values: Array) -> OpenSetParameters:
    """Return coefficients of the logarithms of the positive ones, and the offset."""
    contrast, similarity, half_time = np.exp(values[:3]).tolist()
    return start.replace(
        contrast=contrast, similarity=similarity, half_time=half_time, offset=float(values[3])
    )


@dataclass(frozen=True)
class _Table:
    """All trials side by side, filled up to P people.

    Attributes:
        evidence: contrasts and similarities (N, P), seconds (N, 1).
        people: (N, P) whether there is such a person.
        truths: (N,) column of the truth, P for somebody new.
    """

    evidence: tuple[Array, Array, Array]
    people: NDArray[np.bool_]
    truths: NDArray[np.intp]


def _table(trials: Sequence[Trial]) -> _Table:
    counts = np.array([len(trial.evidence.scores) for trial in trials])
    people = np.arange(counts.max()) < counts[:, None]
    contrasts, similarities = np.zeros(people.shape), np.zeros(people.shape)
    contrasts[people] = np.concatenate([trial.evidence.contrasts for trial in trials])
    similarities[people] = np.concatenate([trial.evidence.similarities for trial in trials])
    seconds = np.array([[trial.evidence.seconds] for trial in trials])
    truths = np.array([trial.truth for trial in trials])
    truths[truths == NEW] = people.shape[1]
    return _Table((contrasts, similarities, seconds), people, truths)


def _surprise(table: _Table, parameters: OpenSetParameters) -> float:
    """Return the sum of -log P(truth), every person being as probable a priori."""
    prior = (1 - parameters.newcomers) / table.people.sum(axis=1, keepdims=True)
    known = np.log(prior) + _levels(*table.evidence, parameters)
    new = np.full((len(known), 1), np.log(parameters.newcomers))
    levels = np.hstack([np.where(table.people, known, -np.inf), new])
    return float(np.sum(logsumexp(levels, axis=1) - levels[np.arange(len(levels)), table.truths]))

"""Known or new: tracks of both kinds, and whether what is said of them is as often right.

A trial is a stretch of somebody's probe beside a gallery that has the person in it or not. The
open set is fitted to trials of some people, and judged on those of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from scipy.stats import rankdata

from thermal_radar_fusion.evaluation.reid_people import Acquaintance, Runs, Walk, means
from thermal_radar_fusion.reid.discriminant import discriminant
from thermal_radar_fusion.reid.open_set import (
    NEW,
    Evidence,
    OpenSetParameters,
    Trial,
    fit_open_set,
    log_ratios,
    similarities_of,
)
from thermal_radar_fusion.reid.open_set_file import OpenSet
from thermal_radar_fusion.reid.scatter import FeatureScatter, fit_scatter
from thermal_radar_fusion.reid.scores import Classifier
from thermal_radar_fusion.reid.welm import fit_welm

Array = NDArray[np.float64]

# Tracks are this long [s]: from when the node first decides to the whole of its window.
TIMES = (4.0, 8.0, 12.0, 20.0)
# Stretches of a probe begin so far apart [s]; those of one probe are much alike.
STRIDE = 10.0
# Galleries that are drawn: how many people, and for how long each was watched [s].
SIZES, WATCHED = (1, 2, 3, 4, 5, 6, 8), (20.0, 60.0, 180.0)

BINS = 10

# Where the fit begins: a ratio of likelihoods is worth itself, the WELM says much of it again.
BEGIN = OpenSetParameters(contrast=0.5, similarity=1.0, offset=0.5, half_time=3.0)


@dataclass(frozen=True)
class GalleryClassifiers:
    """What a gallery knows.

    Attributes:
        welm: with its discriminants, where there is more than one person.
        people: (P, D) mean feature of each.
        scatter: of features; None for cosines.
    """

    welm: Classifier | None
    people: Array
    scatter: FeatureScatter | None

    @classmethod
    def of(cls, rows: Sequence[Array], scatter: FeatureScatter | None) -> GalleryClassifiers:
        """Train on the features (N, D) of each person; labels are indices."""
        labels = np.repeat(np.arange(len(rows)), [len(own) for own in rows]).tolist()
        welm = None
        if len(rows) > 1:
            welm = discriminant(fit_welm(np.concatenate(list(rows)), labels), scatter)
        return cls(welm, np.stack([own.mean(axis=0) for own in rows]), scatter)

    def evidence(self, person: Acquaintance, seconds: float) -> Iterator[Evidence]:
        """Yield the evidence of stretches of all probes of a person."""
        for walk in person.probes.values():
            scores = np.ones((len(walk.features), len(self.people)))
            if self.welm is not None:
                scores = self.welm.scores(walk.features)
            for begin, end in zip(*apart(walk, seconds), strict=True):
                own = walk.features[begin:end]
                similarities = similarities_of(own, self.people, self.scatter)
                yield Evidence(scores[begin:end].mean(axis=0), similarities, seconds)


def apart(walk: Walk, seconds: float) -> Runs:
    """Return begin and end of stretches of so many seconds that do not begin close together."""
    begins, ends = walk.runs(seconds)
    stamps = walk.stamps[begins]
    _, chosen = np.unique(np.floor((stamps - stamps[0]) / STRIDE), return_index=True)
    return begins[chosen], ends[chosen]


def trials_of(
    known: Sequence[Acquaintance],
    strangers: Sequence[Acquaintance],
    watched: Sequence[float],
    scatter: FeatureScatter | None,
    times: Sequence[float] = TIMES,
) -> Iterator[Trial]:
    """Yield the trials of one gallery.

    Args:
        known: the people in it.
        strangers: people who are not.
        watched: for how long each of the known was watched [s].
        scatter: of features; None for cosines.
        times: how long tracks are [s].
    """
    rows = [p.gallery.first(time) for p, time in zip(known, watched, strict=True)]
    classifiers = GalleryClassifiers.of(rows, scatter)
    for time in times:
        for index, person in enumerate(known):
            yield from (Trial(one, index) for one in classifiers.evidence(person, time))
        for person in strangers:
            yield from (Trial(one, NEW) for one in classifiers.evidence(person, time))


def drawn_trials(
    people: Sequence[Acquaintance],
    galleries: int,
    draw: np.random.Generator,
    scatter: FeatureScatter | None,
) -> list[Trial]:
    """Return trials of galleries of several sizes, with as many strangers as known people.

    Args:
        people: who is drawn from; at least two.
        galleries: that are drawn.
        draw: of random numbers.
        scatter: of features; None for cosines.
    """
    found: list[Trial] = []
    most = len(people) // 2
    for index in range(galleries):
        size = min(SIZES[index % len(SIZES)], most)
        chosen = [people[k] for k in draw.permutation(len(people))[: 2 * size]]
        watched = draw.choice(WATCHED, size).tolist()
        found += trials_of(chosen[:size], chosen[size:], watched, scatter)
    return found


def fitted(people: Sequence[Acquaintance], galleries: int, draw: np.random.Generator) -> OpenSet:
    """Return the open set of people: scatter, and what scores are worth.

    The scatter fits the people whom it comes from too well. So scores are judged by scatters of
    the other half of the people; the one that is returned is of all.

    Args:
        people: at least eight.
        galleries: that are drawn of each half.
        draw: of random numbers.
    """
    halves = people[::2], people[1::2]
    trials: list[Trial] = []
    for own, others in (halves, halves[::-1]):
        trials += drawn_trials(own, galleries, draw, scatter_of(others))
    return OpenSet(fit_open_set(trials, BEGIN), scatter_of(people))


def scatter_of(people: Sequence[Acquaintance]) -> FeatureScatter:
    """Return how the mean features of tracks vary between people and walks."""
    return fit_scatter(
        [
            [means(walk.features, apart(walk, max(TIMES))) for walk in person.walks]
            for person in people
        ]
    )


def posterior(trial: Trial, parameters: OpenSetParameters) -> Array:
    """Return the probability (P + 1,) of each person known, last: of somebody new.

    What `joint_posterior` says of a track that is alone, everybody being as probable a priori.
    """
    ratios = log_ratios(trial.evidence, parameters)
    prior = (1 - parameters.newcomers) / len(ratios)
    return softmax(np.append(ratios + np.log(prior), np.log(parameters.newcomers)))


def detection_auroc(trials: Sequence[Trial], parameters: OpenSetParameters) -> float:
    """Return how well the probability of somebody new tells new people from known ones.

    The probability that of a new and a known person the new one has the greater value, a tie
    counting half (Hanley and McNeil 1982).
    """
    new = np.array([trial.truth == NEW for trial in trials])
    values = np.array([posterior(trial, parameters)[-1] for trial in trials])
    count = int(new.sum())
    ranks = rankdata(values)[new].sum() - count * (count + 1) / 2
    return float(ranks / (count * (len(trials) - count)))


@dataclass(frozen=True)
class Reliability:
    """How often answers are right, by how sure they are.

    Attributes:
        edges: (BINS + 1,) of the confidences that are counted together.
        counts: (BINS,) answers.
        confidence, right: (BINS,) means; NaN where there is no answer.
        error: mean distance of both, each answer counting alike (expected calibration error).
    """

    edges: Array
    counts: NDArray[np.int64]
    confidence: Array
    right: Array
    error: float

    def as_lists(self) -> dict[str, list[float]]:
        """Return the bins as JSON has them."""
        names = ('edges', 'counts', 'confidence', 'right')
        return {name: getattr(self, name).tolist() for name in names}


def reliability(trials: Sequence[Trial], parameters: OpenSetParameters) -> Reliability:
    """Judge the most probable answer to each trial, known person or new one."""
    answers = [posterior(trial, parameters) for trial in trials]
    sure = np.array([row.max() for row in answers])
    right = [
        row.argmax() == (len(row) - 1 if trial.truth == NEW else trial.truth)
        for row, trial in zip(answers, trials, strict=True)
    ]
    edges = np.linspace(0.0, 1.0, BINS + 1)
    places = np.clip(np.searchsorted(edges, sure, side='right') - 1, 0, BINS - 1)
    counts = np.bincount(places, minlength=BINS)
    sums = [np.bincount(places, values, BINS) for values in (sure, np.array(right, float))]
    filled = np.where(counts > 0, counts, np.nan)
    confidence, shares = (values / filled for values in sums)
    error = np.abs(sums[0] - sums[1]).sum() / len(trials)
    return Reliability(edges, counts, confidence, shares, float(error))

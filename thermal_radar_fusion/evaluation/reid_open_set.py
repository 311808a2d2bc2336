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

from thermal_radar_fusion.evaluation.reid_people import Acquaintance, means
from thermal_radar_fusion.reid.cosine import fit_cosine
from thermal_radar_fusion.reid.open_set import NEW, Evidence, OpenSetParameters, Trial, log_ratios
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


@dataclass(frozen=True)
class GalleryClassifiers:
    """What a gallery knows: a WELM where there is more than one person, and centroids."""

    welm: Classifier | None
    cosine: Classifier

    @classmethod
    def of(cls, rows: Sequence[Array]) -> GalleryClassifiers:
        """Train on the features (N, D) of each person; labels are indices."""
        labels = np.repeat(np.arange(len(rows)), [len(own) for own in rows]).tolist()
        together = np.concatenate(list(rows))
        welm = fit_welm(together, labels) if len(rows) > 1 else None
        return cls(welm, fit_cosine(together, labels))

    def evidence(self, person: Acquaintance, seconds: float) -> Iterator[Evidence]:
        """Yield the evidence of stretches of all probes of a person."""
        for walk in person.probes.values():
            begins, ends = walk.runs(seconds)
            stamps = walk.stamps[begins]
            _, apart = np.unique(np.floor((stamps - stamps[0]) / STRIDE), return_index=True)
            runs = begins[apart], ends[apart]
            cosines = means(self.cosine.scores(walk.features), runs)
            scores = np.ones(cosines.shape)
            if self.welm is not None:
                scores = means(self.welm.scores(walk.features), runs)
            for row, similarities in zip(scores, cosines, strict=True):
                yield Evidence(row, similarities, seconds)


def trials_of(
    known: Sequence[Acquaintance],
    strangers: Sequence[Acquaintance],
    watched: Sequence[float],
    times: Sequence[float] = TIMES,
) -> Iterator[Trial]:
    """Yield the trials of one gallery.

    Args:
        known: the people in it.
        strangers: people who are not.
        watched: for how long each of the known was watched [s].
        times: how long tracks are [s].
    """
    rows = [p.gallery.first(time) for p, time in zip(known, watched, strict=True)]
    classifiers = GalleryClassifiers.of(rows)
    for time in times:
        for index, person in enumerate(known):
            yield from (Trial(one, index) for one in classifiers.evidence(person, time))
        for person in strangers:
            yield from (Trial(one, NEW) for one in classifiers.evidence(person, time))


def drawn_trials(
    people: Sequence[Acquaintance], galleries: int, draw: np.random.Generator
) -> list[Trial]:
    """Return trials of galleries of several sizes, with as many strangers as known people.

    Args:
        people: who is drawn from; at least two.
        galleries: that are drawn.
        draw: of random numbers.
    """
    found: list[Trial] = []
    most = len(people) // 2
    for index in range(galleries):
        size = min(SIZES[index % len(SIZES)], most)
        chosen = [people[k] for k in draw.permutation(len(people))[: 2 * size]]
        watched = draw.choice(WATCHED, size).tolist()
        found += trials_of(chosen[:size], chosen[size:], watched)
    return found


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

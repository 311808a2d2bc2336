"""How well people whom a network never saw are told apart by its features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.gait_recordings import GaitRecording
from thermal_radar_fusion.reid.scores import Classifier, cumulative_scores
from thermal_radar_fusion.reid.welm import fit_welm

Array = NDArray[np.float64]
Features = Callable[[GaitRecording], Array]
Fit = Callable[[Array, Sequence[int]], Classifier]

# Seconds that scores are added up over, and that lie between gallery and probe.
LONG, APART = 24.0, 4.5
# People who are told apart at a time.
GROUP = 6


@dataclass(frozen=True)
class Accuracy:
    """Shares that are right, each person counting alike.

    Attributes:
        window: of single windows.
        long: of LONG seconds of windows.
        chance: of guesses.
    """

    window: float
    long: float
    chance: float


def halves(stamps: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which windows (N,) by their stamps are the gallery: the first half; and the probe."""
    middle = (stamps[0] + stamps[-1]) / 2
    return stamps <= middle, stamps > middle + APART


def told_apart(
    recordings: Sequence[GaitRecording], features: Sequence[Array], fit: Fit = fit_welm
) -> Accuracy:
    """Tell people apart by the first halves of their recordings in the second halves.

    Args:
        recordings: one of each person.
        features: (N, D) of their windows.
        fit: trains the classifier on the gallery.
    """
    parts = [halves(recording.stamps) for recording in recordings]
    gallery = [own[first] for own, (first, _) in zip(features, parts, strict=True)]
    labels = np.repeat(np.arange(len(gallery)), list(map(len, gallery)))
    classifier = fit(np.concatenate(gallery), labels.tolist())
    single, long = [], []
    for person, (own, (_, second)) in enumerate(zip(features, parts, strict=True)):
        scores = classifier.scores(own[second])
        added = over_time(scores, recordings[person].stamps[second])
        single.append((scores.argmax(1) == person).mean())
        long.append((added.argmax(1) == person).mean())
    return Accuracy(float(np.mean(single)), float(np.mean(long)), 1 / len(recordings))


def over_time(scores: Array, stamps: Array) -> Array:
    """Return the mean of the scores (N, C) of the windows of the last LONG seconds, each time.

    Only times (M, C) that so much lies before; of shorter recordings the mean of all (1, C).
    """
    first = np.searchsorted(stamps, stamps - LONG)
    full = stamps - stamps[0] >= LONG
    if not full.any():
        return cumulative_scores(scores)[-1:]
    sums = np.concatenate([np.zeros((1, scores.shape[1])), np.cumsum(scores, axis=0)])
    ends = np.flatnonzero(full)
    return (sums[ends + 1] - sums[first[ends]]) / (ends + 1 - first[ends])[:, None]


def mean_accuracy(recordings: Sequence[GaitRecording], features: Features) -> Accuracy:
    """Return the mean accuracy of groups of GROUP people, and of those who are left."""
    groups = [recordings[k : k + GROUP] for k in range(0, len(recordings), GROUP)]
    groups = [group for group in groups if len(group) > 1]
    results = [told_apart(group, [features(one) for one in group]) for group in groups]
    table = [(result.window, result.long, result.chance) for result in results]
    return Accuracy(*map(float, np.mean(table, axis=0)))

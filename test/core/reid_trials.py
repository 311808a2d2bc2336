"""Tracks of synthetic people of whom it is known who they are, to fit and judge the open set."""

import functools

import numpy as np
from spheres import People

from thermal_radar_fusion.reid.cosine import fit_cosine
from thermal_radar_fusion.reid.discriminant import discriminant
from thermal_radar_fusion.reid.open_set import (
    NEW,
    Evidence,
    Trial,
    fit_open_set,
    similarities_of,
)
from thermal_radar_fusion.reid.welm import WelmParameters, fit_welm

RATE = 3.0
WELM = WelmParameters(hidden_units=128)


def crowd(count, seed, visit):
    """People who are not easy to tell apart, the less so the more visits differ."""
    return People(count, seed, window=0.3, visit=visit, heading=0.7)


def trials_of(seed, size, visit):
    """As many trials of known as of new people, with a gallery of a size."""
    people = crowd(2 * size, seed, visit)
    rows, labels = people.gallery(range(size), 60)
    cosine, order = fit_cosine(rows, labels), list(dict.fromkeys(labels))
    welm = discriminant(fit_welm(rows, labels, WELM)) if size > 1 else None
    for person in range(2 * size):
        for seconds in (2.0, 6.0, 20.0):
            windows = people.windows(person, round(RATE * seconds))
            scores = np.ones(1) if welm is None else welm.scores(windows).mean(axis=0)
            similarities = similarities_of(windows, cosine.centroids, None)
            evidence = Evidence(scores, similarities, seconds)
            yield Trial(evidence, order.index(person) if person < size else NEW)


def all_trials(first, count=30, visit=0.13):
    """Trials with galleries of one to eight people."""
    return [t for s in range(first, first + count) for t in trials_of(s, 1 + s % 8, visit)]


@functools.cache
def fitted(visit=0.13):
    """The open set of the people of `crowd`."""
    return fit_open_set(all_trials(0, visit=visit))

"""Which cluster is whose: gating and NN-JPDA (milliTRACE-IR, section IV-D).

Joint probabilities over all ways of giving each track at most one cluster and each cluster to at
most one track; then the nearest neighbour by those probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.kalman import GaussianState

Array = NDArray[np.float64]

EXACT_UP_TO = 10
"""Clusters in one group of tracks up to which the joint probabilities are exact."""


@dataclass(frozen=True)
class AssociationParameters(Parameters):
    """What is assumed of detections and clutter."""

    detection_probability: float = parameter(
        0.9, 'probability that a person in view yields a cluster', low=0.01, high=0.999
    )
    gate: float = parameter(
        9.21, 'squared Mahalanobis distance within which a cluster may be a track', low=0.1
    )
    cluster_error: float = parameter(
        0.12,
        'error of a centroid, in the choice of a cluster, by points that are missing or not his',
        unit='m',
        low=0.0,
        high=2.0,
    )
    birth_distance: float = parameter(
        0.6, 'no birth nearer than this to a track', unit='m', low=0.0, high=10.0
    )
    false_density: float = parameter(
        0.05, 'clusters per frame and square metre that are nobody', unit='1/m^2', low=1e-9
    )


def gate(
    states: Sequence[GaussianState], centroids: Array, noises: Array, limit: float
) -> tuple[NDArray[np.bool_], Array]:
    """Return which clusters (T, D) are possible for which tracks, and their densities (T, D).

    Args:
        states: T predicted tracks.
        centroids: (D, 2) metres.
        noises: (D, 2, 2) covariances of the centroids.
        limit: squared Mahalanobis distance of the innovation.
    """
    means = np.array([state.mean[:2] for state in states]).reshape(-1, 2)
    priors = np.array([state.covariance[:2, :2] for state in states]).reshape(-1, 2, 2)
    innovations = centroids[None] - means[:, None]
    covariances = priors[:, None] + noises[None]
    squares = np.einsum('tdi,tdij,tdj->td', innovations, np.linalg.inv(covariances), innovations)
    volumes = 2 * np.pi * np.sqrt(np.linalg.det(covariances))
    return squares <= limit, np.exp(-0.5 * squares) / volumes


def joint_probabilities(ratios: Array, missed: Array) -> Array:
    """Return JPDA's marginals (T, D + 1): column d is cluster d, the last one no cluster.

    Exact for every group of tracks that share clusters while the group has at most EXACT_UP_TO
    clusters; beyond that by the approximation of Fitzgerald ("cheap JPDA"), so that the time
    stays polynomial.

    Args:
        ratios: (T, D) weight of each pair against a false alarm; 0 = outside the gate.
        missed: (T,) weight of each track having no cluster, > 0.
    """
    result = np.zeros((ratios.shape[0], ratios.shape[1] + 1))
    for tracks, clusters in _independent_groups(ratios > 0):
        solve = _exact if len(clusters) <= EXACT_UP_TO else _cheap
        marginals = solve(ratios[np.ix_(tracks, clusters)], missed[tracks])
        result[np.ix_(tracks, [*clusters, -1])] = marginals
    return result


def _independent_groups(
    possible: NDArray[np.bool_],
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Split tracks and clusters into groups that share nothing."""
    size = sum(possible.shape)
    graph = np.zeros((size, size), dtype=bool)
    graph[: len(possible), len(possible) :] = possible
    labels = connected_components(graph, directed=False)[1]
    of_tracks, of_clusters = labels[: len(possible)], labels[len(possible) :]
    return [
        (np.flatnonzero(of_tracks == label), np.flatnonzero(of_clusters == label))
        for label in np.unique(of_tracks)
    ]


def _exact(ratios: Array, missed: Array) -> Array:
    """Sum over all joint events by dynamic programming over the sets of used clusters.

    Sets are bit masks; `before[t][mask]` is the weight of tracks 0..t-1 using exactly mask,
    `after[t][mask]` that of tracks t.. given that mask is taken. O(T D 2^D).
    """
    tracks, clusters = ratios.shape
    masks = np.arange(1 << clusters)
    without = [masks[(masks >> d) & 1 == 0] for d in range(clusters)]
    after = _weights_after(ratios, missed, without)
    marginals = np.empty((tracks, clusters + 1))
    before = (masks == 0).astype(float)
    for t in range(tracks):
        step = before * missed[t]
        marginals[t, clusters] = step @ after[t + 1]
        for d, free in enumerate(without):
            taken = free | (1 << d)
            used = before[free] * ratios[t, d]
            marginals[t, d] = used @ after[t + 1][taken]
            step[taken] += used
        before = step / step.sum()
    return marginals / marginals.sum(axis=1, keepdims=True)


def _weights_after(ratios: Array, missed: Array, without: list[NDArray[np.intp]]) -> list[Array]:
    """Return, for t = 0..T, the weight of all events of tracks t.. for each set already used."""
    tracks, clusters = ratios.shape
    after = [np.ones(1 << clusters)]
    for t in reversed(range(tracks)):
        weights = after[0] * missed[t]
        for d, free in enumerate(without):
            weights[free] += ratios[t, d] * after[0][free | (1 << d)]
        after.insert(0, weights / weights.max())
    return after


def _cheap(ratios: Array, missed: Array) -> Array:
    """Approximate the marginals from row and column sums alone (Fitzgerald 1986)."""
    rows = ratios.sum(axis=1, keepdims=True)
    columns = ratios.sum(axis=0, keepdims=True)
    marginals = ratios / (rows + columns - ratios + missed[:, None])
    return np.column_stack([marginals, np.maximum(1 - marginals.sum(axis=1), 0.0)])


def nearest_neighbours(probabilities: Array) -> NDArray[np.intp]:
    """Return the cluster (T,) of each track, -1 for none, by the greatest sum of probabilities.

    Args:
        probabilities: (T, D + 1) of `joint_probabilities`. No cluster is given to two tracks.
    """
    tracks, clusters = probabilities.shape[0], probabilities.shape[1] - 1
    misses = np.where(np.eye(tracks, dtype=bool), probabilities[:, -1:], -1.0)
    worth = np.column_stack([probabilities[:, :-1], misses])
    rows, columns = linear_sum_assignment(worth, maximize=True)
    real = (columns < clusters) & (worth[rows, columns] > 0)
    return np.where(real, columns, -1)


def associate_clusters(
    states: Sequence[GaussianState],
    centroids: Array,
    noises: Array,
    parameters: AssociationParameters,
) -> NDArray[np.intp]:
    """Return the cluster (T,) of each track by NN-JPDA, -1 where it has none."""
    if not states or not len(centroids):
        return np.full(len(states), -1, dtype=np.intp)
    possible, densities = gate(states, centroids, noises, parameters.gate)
    detected = parameters.detection_probability
    ratios = np.where(possible, detected * densities / parameters.false_density, 0.0)
    missed = np.full(len(states), 1 - detected)
    return nearest_neighbours(joint_probabilities(ratios, missed))

"""Points to groups: DBSCAN and a Gaussian mixture with a warm start.

scikit-learn's `DBSCAN` and `GaussianMixture` are the references (test/core/test_clustering.py);
these two are several times faster at the tens to hundreds of points of a radar frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Array = NDArray[np.float64]
Labels = NDArray[np.intp]

NOISE = -1


def dbscan(positions: ArrayLike, radius: float, min_points: int) -> Labels:
    """Group points (N, D) that are density-connected; return labels 0.. in order, or NOISE.

    Same core points, same groups and same order of labels as scikit-learn's DBSCAN; a border
    point within reach of two groups goes to that of its nearest core point, where scikit-learn
    gives it to the group with the lesser label.

    Args:
        positions: (N, D) metres.
        radius: epsilon, metres; a neighbour at exactly this distance counts.
        min_points: neighbours within the radius, the point itself included, of a core point.
    """
    positions = np.asarray(positions, dtype=float)
    labels = np.full(len(positions), NOISE, dtype=np.intp)
    if len(positions) < min_points:
        return labels
    pairs = cKDTree(positions).query_pairs(radius, output_type='ndarray')
    degree = np.bincount(pairs.ravel(), minlength=len(positions)) + 1
    core = degree >= min_points
    labels[core] = _components(pairs[core[pairs].all(axis=1)], len(positions))[core]
    _adopt_border_points(positions, pairs, core, labels)
    return _in_order(labels)


def _components(pairs: Labels, size: int) -> Labels:
    """Return the component of each of `size` nodes of the graph with these edges."""
    ones = np.ones(len(pairs), dtype=np.int8)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    return connected_components(graph.tocsr(), directed=False)[1].astype(np.intp)


def _adopt_border_points(
    positions: Array, pairs: Labels, core: NDArray[np.bool_], labels: Labels
) -> None:
    """Give every point that is next to a core point, but none itself, the nearest one's label."""
    mixed = pairs[core[pairs].sum(axis=1) == 1]
    border = np.where(core[mixed[:, 0]], mixed[:, 1], mixed[:, 0])
    centre = np.where(core[mixed[:, 0]], mixed[:, 0], mixed[:, 1])
    distance = np.linalg.norm(positions[border] - positions[centre], axis=1)
    farthest_first = np.lexsort((-centre, -distance))
    labels[border[farthest_first]] = labels[centre[farthest_first]]


def _in_order(labels: Labels) -> Labels:
    """Renumber labels 0, 1, ... by the first point of each group; NOISE stays."""
    found, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    order = np.argsort(np.where(found == NOISE, -1, first))
    rank = np.empty(len(found), dtype=np.intp)
    rank[order] = np.arange(len(found))
    return rank[inverse] - int(NOISE in found)


def groups(labels: Labels) -> tuple[Labels, ...]:
    """Return the index array of every group of a labelling, in order, NOISE left out."""
    return tuple(np.flatnonzero(labels == label) for label in range(labels.max(initial=-1) + 1))


@dataclass(frozen=True)
class Mixture:
    """A fitted Gaussian mixture.

    Attributes:
        weights: (K,) sum to one.
        means: (K, D).
        covariances: (K, D, D).
        responsibilities: (N, K) of the points that it was fitted to.
    """

    weights: Array
    means: Array
    covariances: Array
    responsibilities: Array

    @property
    def labels(self) -> Labels:
        """(N,) the most probable component of each point."""
        return self.responsibilities.argmax(axis=1)


def fit_mixture(
    positions: Array,
    means: Array,
    covariances: Array,
    *,
    iterations: int = 100,
    tolerance: float = 1e-3,
    regularisation: float = 1e-6,
) -> Mixture:
    """Fit a mixture of full Gaussians by expectation-maximisation, started where told.

    The steps, the stopping rule and the regularisation are those of scikit-learn's
    GaussianMixture with `weights_init` equal, `means_init` and `precisions_init`.

    Args:
        positions: (N, D), N >= 1.
        means: (K, D) at the start.
        covariances: (K, D, D) at the start.
        iterations: at most.
        tolerance: stop when the mean log-likelihood of a point rises by less.
        regularisation: added to the diagonal of every covariance.
    """
    weights = np.full(len(means), 1 / len(means))
    previous = -np.inf
    for _ in range(iterations):
        responsibilities, likelihood = _expect(positions, weights, means, covariances)
        weights, means, covariances = _maximise(positions, responsibilities, regularisation)
        if abs(likelihood - previous) < tolerance:
            break
        previous = likelihood
    responsibilities, _ = _expect(positions, weights, means, covariances)
    return Mixture(weights, means, covariances, responsibilities)


def _expect(
    positions: Array, weights: Array, means: Array, covariances: Array
) -> tuple[Array, float]:
    """Return responsibilities (N, K) and the mean log-likelihood of a point."""
    logs = log_gaussians(positions, means, covariances) + np.log(weights)
    peak = logs.max(axis=1, keepdims=True)
    shares = np.exp(logs - peak)
    total = shares.sum(axis=1, keepdims=True)
    return shares / total, float((np.log(total) + peak).mean())


def _maximise(
    positions: Array, responsibilities: Array, regularisation: float
) -> tuple[Array, Array, Array]:
    """Return weights (K,), means (K, D) and covariances (K, D, D) given responsibilities."""
    counts = responsibilities.sum(axis=0) + 10 * np.finfo(float).eps
    means = responsibilities.T @ positions / counts[:, None]
    offsets = positions[None] - means[:, None]
    covariances = (responsibilities.T[:, :, None] * offsets).transpose(0, 2, 1) @ offsets
    covariances /= counts[:, None, None]
    covariances += np.eye(positions.shape[1]) * regularisation
    return counts / counts.sum(), means, covariances


def log_gaussians(positions: Array, means: Array, covariances: Array) -> Array:
    """Return the log-densities (N, K) of points (N, D) under K Gaussians."""
    offsets = positions[:, None] - means[None]
    precisions = np.linalg.inv(covariances)
    distances = np.einsum('nki,kij,nkj->nk', offsets, precisions, offsets)
    log_volumes = np.linalg.slogdet(2 * np.pi * covariances)[1]
    return -0.5 * (distances + log_volumes)

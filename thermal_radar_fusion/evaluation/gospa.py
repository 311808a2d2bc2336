"""GOSPA: one distance in metres between a set of people and a set of tracks.

Rahmathullah, Garcia-Fernandez and Svensson, "Generalized optimal sub-pattern assignment metric",
FUSION 2017, with alpha = 2 and p = 2: the least sum, over all assignments, of the squared
distances of assigned pairs and c^2 / 2 for each person and each track that is left over. It
falls into localisation, missed people and false tracks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment


class Gospa(NamedTuple):
    """Squared GOSPA of one frame in m^2, in its three parts, which add up to it."""

    localisation: float
    missed: float
    false: float


def squared_gospa(distances: ArrayLike, cutoff: float) -> Gospa:
    """Return squared GOSPA, p = 2 and alpha = 2.

    Args:
        distances: (P, K) between people and tracks [m].
        cutoff: c; a pair that is farther apart is not assigned [m].
    """
    costs = np.minimum(np.asarray(distances, dtype=float), cutoff) ** 2
    rows, columns = linear_sum_assignment(costs)
    # A pair at the cutoff costs as much as two left over: it is counted as those.
    assigned = costs[rows, columns]
    assigned = assigned[assigned < cutoff**2]
    people, tracks = costs.shape
    left_over = cutoff**2 / 2
    return Gospa(
        float(assigned.sum()),
        left_over * (people - len(assigned)),
        left_over * (tracks - len(assigned)),
    )


def root_mean_square(squared: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return RMS GOSPA over frames and its parts in metres; NaN of no frame.

    Args:
        squared: (T, 3) `Gospa` of each frame.

    Returns:
        Total, localisation, missed, false: the squares of the parts add up to that of the total.
    """
    if not len(squared):
        return (np.nan,) * 4
    localisation, missed, false = squared.mean(axis=0)
    total = localisation + missed + false
    return tuple(float(np.sqrt(part)) for part in (total, localisation, missed, false))

"""Who is who among tracks that are there at the same time: nobody is two of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.radar.data_association import joint_probabilities

Array = NDArray[np.float64]

LARGEST = 50.0
"""Log-ratios are cut here: beyond it is certainty, and nothing overflows."""


def joint_posterior(log_ratios: Array, priors: Array, newcomers: float) -> Array:
    """Return the probability (T, P + 1) of each track being each person, last: somebody new.

    The sum over all assignments in which each person is at most one track, each weighted by its
    priors and likelihood ratios; any number of tracks may be somebody new.

    Args:
        log_ratios: (T, P) likelihood ratio of each person against somebody new.
        priors: (T, P) of each person; 0 where it cannot be.
        newcomers: prior of somebody new, > 0.
    """
    weights = np.exp(np.clip(log_ratios, -LARGEST, LARGEST)) * priors / newcomers
    # Tracks and people change roles: for the sum it is all one, and it is exact for few columns.
    known = joint_probabilities(weights.T, np.ones(weights.shape[1]))[:, :-1].T
    return np.column_stack([known, np.maximum(1 - known.sum(axis=1), 0.0)])

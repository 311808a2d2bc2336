"""The common ground of the two ways of telling whose point is whose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.radar.cloud import Cloud
from thermal_radar_fusion.radar.kalman import GaussianState

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Prediction:
    """What an associator knows of one track before it has seen the frame.

    Attributes:
        state: predicted to the frame's stamp.
        expected_points: smoothed number of points that the person returns per frame.
        spread: (2, 2) covariance of the person's points in earlier frames [m^2].
        dwelling: whether the person stays in one place, where arms return most of the points.
    """

    state: GaussianState
    expected_points: float
    spread: Array
    dwelling: bool = False


@dataclass(frozen=True)
class Association:
    """Whose points are whose.

    Attributes:
        responsibilities: (T, N) share in [0, 1] of point n that belongs to track t; the columns
            sum to at most one, the rest is clutter.
        births: index arrays of the groups of points that may be somebody new.
    """

    responsibilities: Array
    births: tuple[NDArray[np.intp], ...]


class PointAssociator(Protocol):
    """Tells the points of a frame apart: `SoftAssignment` or `ClusterAssociation`."""

    def associate(self, cloud: Cloud, predictions: Sequence[Prediction]) -> Association:
        """Share the points of one frame among the predicted tracks and possible newcomers."""
        ...


@dataclass(frozen=True)
class Evidence:
    """What one frame says of each track: weighted moments of its points.

    Attributes:
        points: (T,) sum of responsibilities.
        own_points: (T,) of these, how many are beyond doubt: the excess over an even chance.
        centroids: (T, 2) metres.
        spreads: (T, 2, 2) covariance about the centroid [m^2].
        dopplers: (T,) mean radial velocity [m/s].
        directions: (T, 2) mean floor part of the line of sight.
        heights: (T,) mean z [m].

    Every moment of a track without points is zero.
    """

    points: Array
    own_points: Array
    centroids: Array
    spreads: Array
    dopplers: Array
    directions: Array
    heights: Array


def summarise(cloud: Cloud, responsibilities: Array) -> Evidence:
    """Return the moments of the points of every track, weighted by responsibilities (T, N)."""
    points = responsibilities.sum(axis=1)
    weights = responsibilities / np.maximum(points, 1e-9)[:, None]
    columns = np.column_stack([cloud.positions, cloud.frame.points[:, 2:4], cloud.directions])
    means = weights @ columns
    offsets = cloud.positions[None] - means[:, None, :2]
    spreads = (weights[:, :, None] * offsets).transpose(0, 2, 1) @ offsets
    own = np.maximum(2 * responsibilities - 1, 0.0).sum(axis=1)
    return Evidence(points, own, means[:, :2], spreads, means[:, 3], means[:, 4:6], means[:, 2])

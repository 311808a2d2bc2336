"""Each point softly assigned to the predicted tracks, to clutter, or to somebody new.

A mixture over the points of one frame with one component per predicted track and one for clutter,
fitted by a few passes of expectation-maximisation in which every track's mean keeps its Kalman
prediction as a prior. A component explains position and Doppler of a point. What no track claims
and is dense enough is a birth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.association import Association, Prediction
from thermal_radar_fusion.radar.cloud import Cloud
from thermal_radar_fusion.radar.clustering import dbscan, groups

Array = NDArray[np.float64]

TWO_PEOPLE = 3.5
"""Halves of a track are two people if so many of their own standard deviations apart."""

ALONE = 0.7
"""A body is measured only if nobody else is nearer than this [m]."""

BODY_RATE, MARGIN, WIDEST = 0.05, 1.25, 2.0
"""How fast the width of bodies is learned per frame, beyond which share of `body_std` it counts,
and up to how many times `body_std`."""


@dataclass(frozen=True)
class SoftAssignmentParameters(Parameters):
    """The mixture over points."""

    passes: int = parameter(4, 'passes of expectation-maximisation', low=1, high=50)
    body_std: float = parameter(
        0.12, "spread of one person's points about their centre", unit='m', low=0.01, high=1.0
    )
    dwelling_std: float = parameter(
        0.2,
        'the same of somebody who stays in one place: arms reach out',
        unit='m',
        low=0.01,
        high=1.0,
    )
    dwelling_reach: float = parameter(
        0.7, 'no birth nearer than this to such a person', unit='m', low=0.0, high=10.0
    )
    doppler_std: float = parameter(
        0.35,
        "spread of the points' radial velocity about that of the body",
        unit='m/s',
        low=0.01,
        high=5.0,
    )
    stray_doppler: float = parameter(
        0.15, "share of a person's points with any Doppler at all", low=0.001, high=1.0
    )
    doppler_span: float = parameter(
        4.7, "width of the radar's unambiguous Doppler interval", unit='m/s', low=0.1, high=100.0
    )
    clutter_density: float = parameter(
        0.075, 'clutter points per frame and square metre', unit='1/m^2', low=1e-6, high=100.0
    )
    birth_distance: float = parameter(
        0.4, 'no birth nearer than this to a track', unit='m', low=0.0, high=10.0
    )
    birth_radius: float = parameter(0.4, 'DBSCAN radius of births', unit='m', low=0.01, high=10.0)
    split_distance: float = parameter(
        0.4, 'two halves of a track so far apart may be two people', unit='m', low=0.0, high=10.0
    )
    birth_points: int = parameter(5, 'DBSCAN core size of births', low=1, high=1000)


class SoftAssignment:
    """Shares points among tracks by their likelihood; see the module's text."""

    def __init__(self, parameters: SoftAssignmentParameters | None = None) -> None:
        self.parameters = parameters or SoftAssignmentParameters()
        self._scale = 1.0

    @property
    def body_std(self) -> float:
        """Spread of a person's points as learned so far [m], at least the parameter's."""
        return self.parameters.body_std * self._scale

    def associate(self, cloud: Cloud, predictions: Sequence[Prediction]) -> Association:
        """Share the points of one frame among predicted tracks; find possible newcomers."""
        responsibilities, means = self._fit(cloud, predictions)
        dwelling = np.array([prediction.dwelling for prediction in predictions], dtype=bool)
        births = (
            *self._births(cloud, means, dwelling),
            # Who dwells is as wide as two who walk: arms are no second person.
            *self._splits(cloud, responsibilities[~dwelling]),
        )
        if not births:
            self._learn_body(cloud, responsibilities, means)
        return Association(responsibilities, births)

    def _learn_body(self, cloud: Cloud, shares: Array, means: Array) -> None:
        """Learn how wide people appear to this radar, from those who are alone."""
        offsets = means[:, None] - means[None]
        crowded = ((offsets**2).sum(axis=2) < ALONE**2).sum(axis=1) > 1
        for row in shares[~crowded]:
            own = cloud.positions[row > 0.5]
            if len(own) >= self.parameters.birth_points:
                ratio = np.sqrt(own.var(axis=0).mean()) / self.parameters.body_std / MARGIN
                scale = self._scale + BODY_RATE * (ratio - self._scale)
                self._scale = float(np.clip(scale, 1.0, WIDEST))

    def _fit(self, cloud: Cloud, predictions: Sequence[Prediction]) -> tuple[Array, Array]:
        """Return responsibilities (T, N) and the fitted means (T, 2)."""
        if not predictions or not len(cloud):
            return np.zeros((len(predictions), len(cloud))), _means(predictions)
        priors = _means(predictions)
        prior_precisions = np.linalg.inv(_covariances(predictions))
        counts = np.array([prediction.expected_points for prediction in predictions])
        weights = counts[:, None] * self._doppler_likelihood(cloud, predictions)
        variance = self._widths(predictions) ** 2
        widened = variance + np.trace(_covariances(predictions), axis1=1, axis2=2) / 2
        means = priors
        for step in range(self.parameters.passes):
            shares = self._shares(cloud, means, widened if step == 0 else variance, weights)
            means = _posterior_means(cloud, shares, priors, prior_precisions, variance)
        return self._shares(cloud, means, variance, weights), means

    def _widths(self, predictions: Sequence[Prediction]) -> Array:
        """Return the spread (T,) of everybody's points [m]."""
        dwelling = np.array([prediction.dwelling for prediction in predictions])
        return np.where(dwelling, max(self.parameters.dwelling_std, self.body_std), self.body_std)

    def _shares(self, cloud: Cloud, means: Array, variances: Array, weights: Array) -> Array:
        """Return responsibilities (T, N) given means (T, 2) and weights (T, N) of the tracks."""
        offsets = cloud.positions[None] - means[:, None]
        squares = (offsets**2).sum(axis=2) / variances[:, None]
        densities = weights * np.exp(-0.5 * squares) / (2 * np.pi * variances)[:, None]
        clutter = self.parameters.clutter_density / self.parameters.doppler_span
        return densities / (densities.sum(axis=0) + clutter)

    def _doppler_likelihood(self, cloud: Cloud, predictions: Sequence[Prediction]) -> Array:
        """Return the density (T, N) of each point's Doppler if it belonged to each track."""
        p = self.parameters
        velocities = np.array([prediction.state.mean[2:] for prediction in predictions])
        covariances = np.array([prediction.state.covariance[2:, 2:] for prediction in predictions])
        expected = velocities @ cloud.directions.T
        variances = p.doppler_std**2 + np.einsum(
            'ni,tij,nj->tn', cloud.directions, covariances, cloud.directions
        )
        squares = (cloud.velocities[None] - expected) ** 2 / variances
        densities = np.exp(-0.5 * squares) / np.sqrt(2 * np.pi * variances)
        return (1 - p.stray_doppler) * densities + p.stray_doppler / p.doppler_span

    def _births(
        self, cloud: Cloud, means: Array, dwelling: NDArray[np.bool_]
    ) -> tuple[NDArray[np.intp], ...]:
        """Return the groups of points that are far from every track and dense enough."""
        p = self.parameters
        offsets = cloud.positions[:, None] - means[None]
        reach = np.where(dwelling, p.dwelling_reach, p.birth_distance * self._scale)
        free = np.flatnonzero(((offsets**2).sum(axis=2) > reach**2).all(axis=1))
        labels = dbscan(cloud.positions[free], p.birth_radius, p.birth_points)
        return tuple(free[group] for group in groups(labels))

    def _splits(self, cloud: Cloud, shares: Array) -> Iterator[NDArray[np.intp]]:
        """Yield, for every track that looks like two people, the lesser half of its points."""
        for row in shares:
            own = np.flatnonzero(row > 0.5)
            if len(own) < 2 * self.parameters.birth_points:
                continue
            half = _lesser_half(cloud.positions[own], self.parameters.split_distance * self._scale)
            if half.sum() >= self.parameters.birth_points:
                yield own[half]


def _lesser_half(positions: Array, distance: float) -> NDArray[np.bool_]:
    """Tell which of a person's points (N, 2) are a second person's; none if it is one person.

    The points are cut across their principal axis. Halves of one Gaussian lie 2.7 of their own
    standard deviations apart; those of two people farther, by TWO_PEOPLE or more.
    """
    offsets = positions - positions.mean(axis=0)
    axis = np.linalg.eigh(offsets.T @ offsets)[1][:, -1]
    along = offsets @ axis
    upper = along > 0
    gap = along[upper].mean() - along[~upper].mean()
    within = np.sqrt(
        (along[upper].var() * upper.sum() + along[~upper].var() * (~upper).sum()) / len(along)
    )
    if gap < distance or gap < TWO_PEOPLE * within:
        return np.zeros(len(positions), dtype=bool)
    return upper if 2 * upper.sum() < len(upper) else ~upper


def _means(predictions: Sequence[Prediction]) -> Array:
    """Return the predicted positions (T, 2)."""
    return np.array([prediction.state.mean[:2] for prediction in predictions]).reshape(-1, 2)


def _covariances(predictions: Sequence[Prediction]) -> Array:
    """Return the covariances (T, 2, 2) of the predicted positions."""
    return np.array([prediction.state.covariance[:2, :2] for prediction in predictions])


def _posterior_means(
    cloud: Cloud, shares: Array, priors: Array, prior_precisions: Array, variances: Array
) -> Array:
    """Return the means (T, 2) that weigh the shared points against the Kalman predictions."""
    weights = shares / variances[:, None]
    precisions = prior_precisions + weights.sum(axis=1)[:, None, None] * np.eye(2)
    pulls = weights @ cloud.positions + (prior_precisions @ priors[..., None])[..., 0]
    return np.linalg.solve(precisions, pulls[..., None])[..., 0]

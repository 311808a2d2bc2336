"""Constant-velocity Kalman filter of one person on the floor, in seconds and metres.

State: x, y [m], vx, vy [m/s] (milliTRACE-IR, section IV-D). Positions come from the centroid of
the person's points; the mean Doppler of the same points is a second, gated measurement of the
velocity along the line of sight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter

Array = NDArray[np.float64]

_POSITION = np.eye(2, 4)

SETTLING = 0.5
"""How fast somebody at rest stops [s]."""

REST_DENSITY = 0.02
"""Spectral density of what disturbs somebody at rest [m^2/s^3]."""


@dataclass(frozen=True)
class FilterParameters(Parameters):
    """Noise of the motion and of the two measurements."""

    acceleration_density: float = parameter(
        0.5,
        'power spectral density of the white acceleration that disturbs a straight walk',
        unit='m^2/s^3',
        low=1e-4,
        high=100.0,
    )
    rest_density: float = parameter(
        0.1,
        'the same of somebody who stands or sits (life_cycle.rest_speed)',
        unit='m^2/s^3',
        low=1e-4,
        high=100.0,
    )
    body_std: float = parameter(
        0.12, "spread of one person's points about their centre", unit='m', low=0.01, high=1.0
    )
    centroid_std: float = parameter(
        0.04, 'error of a centroid that no number of points removes', unit='m', low=0.0, high=1.0
    )
    doppler_std: float = parameter(
        0.3,
        "spread of the points' radial velocity about that of the body: arms and legs",
        unit='m/s',
        low=0.01,
        high=5.0,
    )
    mean_doppler_std: float = parameter(
        0.15,
        'error of a mean Doppler that no number of points removes',
        unit='m/s',
        low=0.01,
        high=5.0,
    )
    doppler_gate: float = parameter(
        3.0, 'a mean Doppler beyond this many standard deviations is not used', low=0.0, high=100.0
    )
    initial_speed_std: float = parameter(
        1.0, 'uncertainty of the velocity at birth', unit='m/s', low=0.01, high=10.0
    )


@dataclass(frozen=True)
class GaussianState:
    """What is believed of a person's motion.

    Attributes:
        mean: (4,) x, y, vx, vy.
        covariance: (4, 4) of the mean, symmetric positive definite.
    """

    mean: Array
    covariance: Array


def transition(dt: float) -> Array:
    """Return the (4, 4) matrix of a straight walk over dt seconds."""
    matrix = np.eye(4)
    matrix[0, 2] = matrix[1, 3] = dt
    return matrix


def process_noise(dt: float, density: float) -> Array:
    """Return the (4, 4) covariance that white acceleration of this density adds in dt seconds."""
    noise = np.zeros((4, 4))
    noise[0, 0] = noise[1, 1] = density * dt**3 / 3
    noise[0, 2] = noise[2, 0] = noise[1, 3] = noise[3, 1] = density * dt**2 / 2
    noise[2, 2] = noise[3, 3] = density * dt
    return noise


def predict(state: GaussianState, dt: float, density: float) -> GaussianState:
    """Return the state dt seconds later; dt = 0 changes nothing."""
    if dt <= 0:
        return state
    step = transition(dt)
    covariance = step @ state.covariance @ step.T + process_noise(dt, density)
    return GaussianState(step @ state.mean, covariance)


def settle(state: GaussianState, dt: float) -> GaussianState:
    """Return the state dt seconds later of somebody at rest whom the radar does not see.

    The velocity dies away within SETTLING seconds and is stirred a little (an Ornstein-Uhlenbeck
    process), so that the position grows uncertain by a hand's breadth in a second and by less
    than a step in half a minute.
    """
    if dt <= 0:
        return state
    keep = float(np.exp(-dt / SETTLING))
    step = np.eye(4)
    step[0, 2] = step[1, 3] = SETTLING * (1.0 - keep)
    step[2, 2] = step[3, 3] = keep
    covariance = step @ state.covariance @ step.T + process_noise(dt, REST_DENSITY)
    return GaussianState(step @ state.mean, covariance)


def update(state: GaussianState, innovation: Array, model: Array, noise: Array) -> GaussianState:
    """Return the posterior for one linear measurement, by Joseph's form.

    Joseph's form keeps the covariance symmetric positive definite whatever the rounding.

    Args:
        state: prior.
        innovation: (m,) measurement minus its prediction.
        model: (m, 4) measurement matrix.
        noise: (m, m) covariance of the measurement.
    """
    cross = state.covariance @ model.T
    gain = np.linalg.solve(model @ cross + noise, cross.T).T
    keep = np.eye(4) - gain @ model
    covariance = keep @ state.covariance @ keep.T + gain @ noise @ gain.T
    return GaussianState(state.mean + gain @ innovation, (covariance + covariance.T) / 2)


def update_position(state: GaussianState, centroid: Array, noise: Array) -> GaussianState:
    """Return the posterior for a centroid (2,) with covariance (2, 2)."""
    return update(state, centroid - state.mean[:2], _POSITION, noise)


def update_doppler(
    state: GaussianState, doppler: float, direction: Array, variance: float, gate: float
) -> GaussianState:
    """Return the posterior for a mean Doppler, or the prior where it lies outside the gate.

    Args:
        state: prior.
        doppler: mean radial velocity of the person's points [m/s], positive = moving away.
        direction: (2,) floor part of the mean unit vector from the radar to the points.
        variance: of the mean Doppler [m^2/s^2].
        gate: in standard deviations of the innovation.
    """
    innovation = doppler - direction @ state.mean[2:]
    spread = direction @ state.covariance[2:, 2:] @ direction + variance
    if innovation**2 > gate**2 * spread:
        return state
    model = np.concatenate([np.zeros(2), direction])[None]
    return update(state, np.array([innovation]), model, np.array([[variance]]))


def centroid_noise(points: float, parameters: FilterParameters) -> Array:
    """Return the (2, 2) covariance of the centroid of so many points (may be fractional)."""
    variance = parameters.body_std**2 / points + parameters.centroid_std**2
    return np.eye(2) * variance


def doppler_variance(points: float, parameters: FilterParameters) -> float:
    """Return the variance of the mean Doppler of so many points (may be fractional)."""
    return parameters.doppler_std**2 / points + parameters.mean_doppler_std**2


def born(centroid: Array, points: int, parameters: FilterParameters) -> GaussianState:
    """Return the state of somebody first seen at centroid (2,): at rest within a walking pace."""
    covariance = np.eye(4) * parameters.initial_speed_std**2
    covariance[:2, :2] = centroid_noise(points, parameters)
    return GaussianState(np.concatenate([centroid, np.zeros(2)]), covariance)

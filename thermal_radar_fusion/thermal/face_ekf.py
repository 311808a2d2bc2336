"""The extended Kalman filter of one face: milliTRACE-IR, section IV-B.

State: x, y [px], vx, vy [px/s], height h [px], distance d [m], its rate r [m/s]. A face moves at
constant velocity in the image and in distance, and its height is g(d). Four independent noises
act: accelerations of x, y and d, and what g does not explain of h:

    x' = x + dt vx + dt^2/2 (h/H) ux      vx' = vx + dt (h/H) ux      the same for y
    d' = d + dt r + dt^2/2 ud             r'  = r + dt ud
    h' = g(d') + uh

The measurement is x, y, h of the detector's box. Two things differ from the paper: accelerations
in the image are in metres, scaled by the pixels per metre of the face itself (h/H with H the
height of the mean face), so that near and far faces need no parameters of their own; and they are
densities over time, so that the rate of the camera does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.thermal.distance_model import FACE_HEIGHT, DistanceModel

Array = NDArray[np.float64]

X, Y, VX, VY, H, D, R = range(7)

_MEASURED = np.eye(7)[[X, Y, H]]


@dataclass(frozen=True)
class FaceFilterParameters(Parameters):
    """Noise of the motion and of the detector's boxes."""

    acceleration_density: float = parameter(
        1.0,
        'power spectral density of the acceleration of heads across the line of sight',
        unit='m^2/s^3',
        low=1e-4,
        high=1000.0,
    )
    distance_density: float = parameter(
        0.5, 'the same along the line of sight', unit='m^2/s^3', low=1e-4, high=1000.0
    )
    box_share: float = parameter(
        0.04, 'error of centre and height of a box, as a share of its height', low=0.0, high=1.0
    )
    box_floor: float = parameter(
        1.0, 'error of centre and height of the smallest boxes', unit='px', low=0.05, high=100.0
    )
    size_spread: float = parameter(
        0.06, 'height of faces from person to person, as a share, 1 sigma', low=0.0, high=0.5
    )
    initial_speed_std: float = parameter(
        1.0, 'uncertainty of every velocity at birth', unit='m/s', low=0.01, high=10.0
    )


@dataclass(frozen=True)
class FaceState:
    """What is believed of a face.

    Attributes:
        mean: (7,) x, y, vx, vy, h, d, r.
        covariance: (7, 7) of the mean, symmetric positive definite.
    """

    mean: Array
    covariance: Array


def moved(mean: Array, noise: Array, dt: float, model: DistanceModel) -> Array:
    """Return f(x, u): the state (7,) dt seconds later under noises (4,) ux, uy, uh, ud.

    Units of the noises: m/s^2, m/s^2, px, m/s^2.
    """
    x, y, vx, vy, h, d, r = mean
    ux, uy, uh, ud = noise
    scale, half = h / FACE_HEIGHT, dt * dt / 2
    distance = d + dt * r + half * ud
    return np.array(
        [
            x + dt * vx + half * scale * ux,
            y + dt * vy + half * scale * uy,
            vx + dt * scale * ux,
            vy + dt * scale * uy,
            float(model.height(distance)) + uh,
            distance,
            r + dt * ud,
        ]
    )


def state_jacobian(mean: Array, dt: float, model: DistanceModel) -> Array:
    """Return (7, 7) derivatives of `moved` by the state, without noise."""
    matrix = np.eye(7)
    matrix[X, VX] = matrix[Y, VY] = matrix[D, R] = dt
    slope = float(model.slope(mean[D] + dt * mean[R]))
    matrix[H] = 0.0
    matrix[H, D], matrix[H, R] = slope, slope * dt
    return matrix


def noise_jacobian(mean: Array, dt: float, model: DistanceModel) -> Array:
    """Return (7, 4) derivatives of `moved` by the noises, at no noise: the paper's L."""
    scale, half = mean[H] / FACE_HEIGHT, dt * dt / 2
    slope = float(model.slope(mean[D] + dt * mean[R]))
    matrix = np.zeros((7, 4))
    matrix[X, 0] = matrix[Y, 1] = half * scale
    matrix[VX, 0] = matrix[VY, 1] = dt * scale
    matrix[H, 2] = 1.0
    matrix[H, 3], matrix[D, 3], matrix[R, 3] = slope * half, half, dt
    return matrix


def predict(
    state: FaceState, dt: float, model: DistanceModel, parameters: FaceFilterParameters
) -> FaceState:
    """Return the state dt seconds later; dt = 0 changes nothing."""
    if dt <= 0:
        return state
    step, push = state_jacobian(state.mean, dt, model), noise_jacobian(state.mean, dt, model)
    across, along = parameters.acceleration_density / dt, parameters.distance_density / dt
    noise = np.diag([across, across, model.residual_std**2, along])
    covariance = step @ state.covariance @ step.T + push @ noise @ push.T
    mean = moved(state.mean, np.zeros(4), dt, model)
    return FaceState(mean, (covariance + covariance.T) / 2)


def innovation(state: FaceState, measured: Array, noise: Array) -> tuple[Array, Array]:
    """Return measurement minus its prediction (3,), and the covariance (3, 3) of that."""
    spread = _MEASURED @ state.covariance @ _MEASURED.T + noise
    return measured - _MEASURED @ state.mean, spread


def update(state: FaceState, measured: Array, noise: Array) -> FaceState:
    """Return the posterior for a box's x, y, h (3,) with covariance (3, 3), by Joseph's form."""
    difference, spread = innovation(state, measured, noise)
    gain = np.linalg.solve(spread, _MEASURED @ state.covariance).T
    keep = np.eye(7) - gain @ _MEASURED
    covariance = keep @ state.covariance @ keep.T + gain @ noise @ gain.T
    return FaceState(state.mean + gain @ difference, (covariance + covariance.T) / 2)


def born(
    measured: Array, noise: Array, model: DistanceModel, parameters: FaceFilterParameters
) -> FaceState:
    """Return the state of a face first seen as x, y, h (3,): at rest within a walking pace."""
    x, y, height = measured
    distance = max(float(model.distance(height)), 0.1)
    slope = min(float(model.slope(distance)), -1e-3)
    speed = parameters.initial_speed_std
    covariance = np.zeros((7, 7))
    covariance[[X, Y], [X, Y]] = noise[[0, 1], [0, 1]]
    covariance[[VX, VY], [VX, VY]] = (speed * height / FACE_HEIGHT) ** 2
    covariance[H, H] = noise[2, 2]
    covariance[H, D] = covariance[D, H] = noise[2, 2] / slope
    covariance[D, D] = (noise[2, 2] + model.residual_std**2 + 1e-6) / slope**2
    covariance[R, R] = speed**2
    return FaceState(np.array([x, y, 0.0, 0.0, height, distance, 0.0]), covariance)


def reported_covariance(state: FaceState, parameters: FaceFilterParameters) -> Array:
    """Return the covariance (7, 7) with the size of this person's face as unknown.

    No number of frames tells whether a face is small or far away: a face taller than the mean by
    a factor s is taken to be at d/s, moving at r/s. The filter's own noise is white and averages
    out; this does not, and is added to what others are told.
    """
    way = np.zeros(7)
    way[[D, R]] = state.mean[[D, R]]
    return state.covariance + parameters.size_spread**2 * np.outer(way, way)

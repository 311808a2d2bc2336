"""The pose of a camera from points that are known in `map` and seen by it, as least squares.

What is compared are directions as seen from the camera, in the axes of `map`: bearing about the
vertical and elevation. They exist wherever the camera looks, unlike pixels of points behind it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, least_squares
from scipy.spatial.transform import Rotation

from thermal_radar_fusion.geometry import RigidTransform

Array = NDArray[np.float64]

# Unknowns: position [m], turn from the start as rotation vector in `map` [rad], height of the
# points [m], logarithm of how much too small distances are told, delay of the points [s].
POSITION, TURN = slice(0, 3), slice(3, 6)
HEIGHT, SCALE, DELAY = 6, 7, 8
UNKNOWNS = 9
OUTLIER = 3.0  # deviations beyond so many standard deviations count linearly (Huber)
LEAST_RANGE = 0.05
WORST_CONDITION = 1e12
MOST_STEPS = 40  # enough where the minimum is one; along a valley there is no end


@dataclass(frozen=True)
class SeenPoints:
    """Points in `map` and the directions in which the camera sees them.

    Attributes:
        points: (N, 3) [m]; the height is ignored where it is unknown.
        velocities: (N, 3) [m/s].
        rays: (N, 3) unit vectors in the camera's frame (x forward, y left, z up).
        distances: (N,) from the camera as told by the camera alone [m]; NaN where it tells none.
        side_std, up_std: (N,) of bearing and elevation [rad].
        distance_std: (N,) relative.
    """

    points: Array
    velocities: Array
    rays: Array
    distances: Array
    side_std: Array
    up_std: Array
    distance_std: Array


@dataclass(frozen=True)
class Prior:
    """What is known beforehand, each as mean and standard deviation.

    Attributes:
        height: of the points above the floor [m]; None where their own heights are known.
        roll: how far the camera is turned about its axis [rad].
        scale: standard deviation of the logarithm of the scale of distances.
        delay: standard deviation of the delay between the sensors [s].
    """

    height: tuple[float, float] | None
    roll: tuple[float, float]
    scale: float
    delay: float


@dataclass(frozen=True)
class PoseSolution:
    """A minimum.

    Attributes:
        pose: of the camera in `map`.
        values: (9,) the unknowns; the turn is zero.
        covariance: (9, 9) of the unknowns; NaN where the problem does not determine them.
        cost: sum of squared deviations in standard deviations, outliers bounded.
        deviations: (N, 2) of bearing and elevation [rad].
    """

    pose: RigidTransform
    values: Array
    covariance: Array
    cost: float
    deviations: Array


class PoseProblem:
    """Points, what is known beforehand, and how much one point counts.

    Args:
        weight: of each point: less than 1 where the errors of neighbours are alike.
    """

    def __init__(self, seen: SeenPoints, prior: Prior, weight: float = 1.0) -> None:
        self._seen = seen
        self._prior = prior
        self._weight = weight

    def solve(self, start: RigidTransform) -> PoseSolution:
        """Return the minimum that is next to a start."""
        found, rotation = self._minimum(self._values(start), start.rotation)
        # Once more, with turns counted from the minimum.
        found, rotation = self._minimum(found.x, rotation)
        side, up, _ = self._deviations(found.x, rotation)
        return PoseSolution(
            RigidTransform(rotation, found.x[POSITION]),
            found.x,
            self._covariance(found),
            2 * float(found.cost),
            np.column_stack([side, up]),
        )

    def cost(self, pose: RigidTransform) -> float:
        """Return how badly a pose explains the points; what is known beforehand taken as it is."""
        residuals = np.abs(self._residuals(self._values(pose), pose.rotation))
        return float(np.minimum(residuals, OUTLIER).sum())

    def _values(self, pose: RigidTransform) -> Array:
        """Return the unknowns at a pose."""
        values = np.zeros(UNKNOWNS)
        values[POSITION] = pose.translation
        values[HEIGHT] = self._prior.height[0] if self._prior.height else 0.0
        return values

    def _minimum(self, values: Array, rotation: Array) -> tuple[OptimizeResult, Array]:
        """Return where a search ends, the turn being zero there, and the rotation there."""
        found = least_squares(
            lambda v: self._residuals(v, rotation),
            values,
            loss='huber',
            f_scale=OUTLIER,
            x_scale='jac',
            max_nfev=MOST_STEPS,
        )
        rotation = _turned(found.x, rotation)
        found.x[TURN] = 0.0
        return found, rotation

    def _covariance(self, found: OptimizeResult) -> Array:
        """Return the covariance at a minimum, wider where the points fit worse than they should.

        SciPy's Jacobian has the weights of Huber's loss in it.
        """
        information = found.jac.T @ found.jac
        scale = np.sqrt(np.diag(information))
        if (scale == 0).any():
            return np.full((UNKNOWNS, UNKNOWNS), np.nan)
        scaled = information / np.outer(scale, scale)
        if np.linalg.cond(scaled) > WORST_CONDITION:
            return np.full((UNKNOWNS, UNKNOWNS), np.nan)
        told = np.isfinite(self._seen.distances).sum() + 2 * len(self._seen.points)
        excess = 2 * found.cost / max(told * self._weight - UNKNOWNS, 1.0)
        return np.linalg.inv(scaled) / np.outer(scale, scale) * max(1.0, excess)

    def _residuals(self, values: Array, rotation: Array) -> Array:
        """Return all deviations in standard deviations."""
        side, up, distance = self._deviations(values, rotation)
        seen = self._seen
        points = [side / seen.side_std, up / seen.up_std, distance / seen.distance_std]
        weighted = np.sqrt(self._weight) * np.concatenate(points)
        return np.concatenate([weighted, self._beforehand(values, rotation)])

    def _deviations(self, values: Array, rotation: Array) -> tuple[Array, Array, Array]:
        """Return how far bearings, elevations [rad] and logarithms of distances (N,) are off."""
        seen = self._seen
        points = seen.points - values[DELAY] * seen.velocities
        if self._prior.height is not None:
            points[:, 2] = values[HEIGHT]
        expected = points - values[POSITION]
        rays = seen.rays @ _turned(values, rotation).T
        level, length = _level(expected), np.linalg.norm(expected, axis=1)
        side = np.arctan2(rays[:, 1], rays[:, 0]) - np.arctan2(expected[:, 1], expected[:, 0])
        side = (side + np.pi) % (2 * np.pi) - np.pi
        up = np.arctan2(rays[:, 2], _level(rays)) - np.arctan2(expected[:, 2], level)
        told = np.log(seen.distances / np.maximum(length, LEAST_RANGE)) + values[SCALE]
        # Bearings of what is nearly above or below the camera mean little.
        return side * level / np.maximum(length, LEAST_RANGE), up, np.nan_to_num(told)

    def _beforehand(self, values: Array, rotation: Array) -> Array:
        """Return how far the unknowns are from what is known beforehand, in its deviations."""
        prior = self._prior
        roll, roll_std = prior.roll
        left = _turned(values, rotation) @ np.array([0.0, np.cos(roll), -np.sin(roll)])
        height, height_std = prior.height or (0.0, 1.0)
        return np.array(
            [
                left[2] / roll_std,
                (values[HEIGHT] - height) / height_std,
                values[SCALE] / prior.scale,
                values[DELAY] / prior.delay,
            ]
        )


def level_starts(seen: SeenPoints, prior: Prior, pitches: Array) -> list[RigidTransform]:
    """Return poses to start from: for each pitch the one that puts the points where they are.

    With the roll known and a pitch assumed, directions and distances give the places of the
    points about the camera up to its heading and position, which follow in closed form (rigid
    alignment in the plane, after Kabsch 1976).
    """
    height = prior.height[0] if prior.height else None
    starts = []
    for pitch in pitches:
        tilt = Rotation.from_euler('xyz', [prior.roll[0], pitch, 0.0]).as_matrix()
        about = (seen.rays * seen.distances[:, None]) @ tilt.T
        yaw, shift = _aligned(about[:, :2], seen.points[:, :2])
        z = np.median((seen.points[:, 2] if height is None else height) - about[:, 2])
        heading = Rotation.from_euler('z', yaw).as_matrix()
        starts.append(RigidTransform(heading @ tilt, np.array([*shift, z])))
    return starts


def _aligned(source: Array, target: Array) -> tuple[float, Array]:
    """Return the turn [rad] and shift (2,) that bring points (N, 2) onto others at best."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    turn = np.arctan2(np.sum(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]), np.sum(a * b))
    cosine, sine = np.cos(turn), np.sin(turn)
    matrix = np.array([[cosine, -sine], [sine, cosine]])
    return float(turn), target.mean(axis=0) - matrix @ source.mean(axis=0)


def _turned(values: Array, rotation: Array) -> Array:
    return Rotation.from_rotvec(values[TURN]).as_matrix() @ rotation


def _level(vectors: Array) -> Array:
    """Return the lengths (N,) of vectors (N, 3) along the floor."""
    return np.hypot(vectors[:, 0], vectors[:, 1])

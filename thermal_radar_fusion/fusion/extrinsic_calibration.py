"""Where a thermal camera hangs: from markers, or from one person who walks before it and a radar.

The radar knows where people are on the floor, not how tall they are. A walk therefore determines
the camera's height only against that of the walker's face, which is told beforehand, and gravity
enters by the camera hanging level but for a known rotation about its axis. Both come with standard
deviations, so that the walk may correct them. Everything else is measured: milliTRACE-IR has its
roto-translation from markers alone (section V-B).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from thermal_radar_fusion.camera_model import OPTICAL, Intrinsics
from thermal_radar_fusion.fusion.common_walk import STEP, CommonWalk
from thermal_radar_fusion.fusion.extrinsic_parameters import ExtrinsicParameters
from thermal_radar_fusion.fusion.pose_problem import (
    DELAY,
    POSITION,
    PoseProblem,
    PoseSolution,
    Prior,
    SeenPoints,
    level_starts,
)
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.mounting import Mounting

Array = NDArray[np.float64]

PITCHES = np.radians([-15.0, 0.0, 15.0, 30.0, 50.0, 75.0])
TRIED = 3  # the likeliest of these to start from
SAME = 5.0  # two minima whose positions differ by fewer standard deviations are one
RIVAL = 9.0  # a second minimum that costs no more than this above the best might be the truth
FEWEST_MARKERS = 4
FIXED = 1e-6  # of what markers leave out: sizes of faces, and delays of tracks
NAMES = ('x', 'y', 'height z', 'tilt about x', 'tilt about y', 'heading')
CURES = (
    'walk also to the sides',
    'walk also to the sides',
    'say how tall the walker is, and walk near and far',
    'walk near and far, and to the sides',
    'walk near and far, and to the sides',
    'walk towards the camera and away, not in circles',
)
SPREAD = 'spread them over the view, not all on one line'


class ExtrinsicError(ValueError):
    """Walk or markers do not determine where the camera hangs; one line that says why."""


@dataclass(frozen=True)
class ExtrinsicCalibration:
    """Where a camera hangs and how sure that is.

    Attributes:
        mounting: pose in `map`, as a deployment has it.
        covariance: (6, 6) of position [m] and of small turns about the axes of `map` [rad].
        residual: root mean square angle between where points are and where they are seen [rad].
        points: number of instants or markers.
        delay: by which the radar is behind the camera [s]; 0 with markers.
    """

    mounting: Mounting
    covariance: Array
    residual: float
    points: int
    delay: float = 0.0

    @property
    def position_std(self) -> Array:
        """(3,) standard deviations of x, y, z [m]."""
        return np.sqrt(np.diag(self.covariance)[:3])

    @property
    def turn_std(self) -> Array:
        """(3,) standard deviations of turns about x, y, z of `map` [rad]."""
        return np.sqrt(np.diag(self.covariance)[3:])


def calibrate_from_walk(
    walk: CommonWalk, intrinsics: Intrinsics, parameters: ExtrinsicParameters | None = None
) -> ExtrinsicCalibration:
    """Return where the camera hangs by one person who walked through both views.

    Raises:
        ExtrinsicError: too short, several people, no pose explains what both saw, or the motion
            does not determine the pose.
    """
    parameters = parameters or ExtrinsicParameters()
    _check_walk(walk, parameters)
    seen, prior = _walk_seen(walk, intrinsics, parameters), _walk_prior(parameters)
    weight = min(1.0, STEP / parameters.correlation_time)
    problem = PoseProblem(seen, prior, weight)
    starts = sorted(level_starts(seen, prior, PITCHES), key=problem.cost)
    best = _only([problem.solve(start) for start in starts[:TRIED]])
    return _checked(best, parameters, CURES)


def calibrate_from_markers(
    points: ArrayLike,
    pixels: ArrayLike,
    intrinsics: Intrinsics,
    parameters: ExtrinsicParameters | None = None,
) -> ExtrinsicCalibration:
    """Return where the camera hangs by markers that radar or tape measure and camera have found.

    Args:
        points: (N, 3) in `map` [m], N >= 4.
        pixels: (N, 2) where the camera sees them.

    Raises:
        ExtrinsicError: too few, or they do not determine the pose, or no pose explains them.
    """
    parameters = parameters or ExtrinsicParameters()
    points = np.asarray(points, dtype=float).reshape(-1, 3)
    pixels = np.asarray(pixels, dtype=float).reshape(-1, 2)
    if len(points) < FEWEST_MARKERS:
        raise ExtrinsicError(f'at least {FEWEST_MARKERS} markers are needed, got {len(points)}')
    seen = _marker_seen(points, pixels, intrinsics, parameters)
    prior = Prior(None, (parameters.roll, math.pi), FIXED, FIXED)
    start = _perspective_pose(points, pixels, intrinsics)
    solution = PoseProblem(seen, prior).solve(start)
    return _checked(solution, parameters, (SPREAD,) * len(NAMES))


def _check_walk(walk: CommonWalk, parameters: ExtrinsicParameters) -> None:
    """Raise ExtrinsicError unless one person was seen by both for long enough."""
    both = len(walk.stamps) + walk.crowded
    if walk.crowded > parameters.most_crowded * both:
        raise ExtrinsicError(
            f'several people in {walk.crowded / both:.0%} of the time: let one person walk alone'
        )
    if walk.time < parameters.least_time:
        raise ExtrinsicError(
            f'radar and camera both saw the walker for {walk.time:.1f} s only,'
            f' {parameters.least_time:g} s are needed'
        )


def _walk_seen(
    walk: CommonWalk, intrinsics: Intrinsics, parameters: ExtrinsicParameters
) -> SeenPoints:
    """Return a walk as directions and floor positions."""
    count = len(walk.stamps)
    focal = parameters.pixel_std / intrinsics.fx
    return SeenPoints(
        np.column_stack([walk.positions, np.zeros(count)]),
        np.column_stack([walk.velocities, np.zeros(count)]),
        _rays(walk.pixels, intrinsics),
        walk.distances,
        np.hypot(focal, parameters.side_std / walk.distances),
        np.hypot(focal, parameters.up_std / walk.distances),
        np.full(count, parameters.distance_std),
    )


def _walk_prior(parameters: ExtrinsicParameters) -> Prior:
    return Prior(
        (parameters.face_height, parameters.face_height_std),
        (parameters.roll, math.radians(parameters.level_std)),
        parameters.scale_std,
        parameters.delay_std,
    )


def _marker_seen(
    points: Array, pixels: Array, intrinsics: Intrinsics, parameters: ExtrinsicParameters
) -> SeenPoints:
    """Return markers as directions and points."""
    std = np.full(len(points), parameters.pixel_std / intrinsics.fx)
    unknown = np.full(len(points), np.nan)
    return SeenPoints(
        points,
        np.zeros_like(points),
        _rays(pixels, intrinsics),
        unknown,
        std,
        std,
        np.ones(len(points)),
    )


def _rays(pixels: Array, intrinsics: Intrinsics) -> Array:
    """Return directions (N, 3) of length 1 in the camera's frame (x forward, y left, z up)."""
    flat = intrinsics.undistorted(pixels)
    optical = np.column_stack([flat, np.ones(len(flat))])
    rays = OPTICAL.inverse().apply(optical)
    return rays / np.linalg.norm(rays, axis=1, keepdims=True)


def _perspective_pose(points: Array, pixels: Array, intrinsics: Intrinsics) -> RigidTransform:
    """Return a pose to start from by the perspective-n-point solver SQPnP (Terzakis 2020).

    Raises:
        ExtrinsicError: there is none.
    """
    import cv2

    points = np.ascontiguousarray(points)
    flat = np.ascontiguousarray(intrinsics.undistorted(pixels)).reshape(-1, 1, 2)
    try:
        found, turn, shift = cv2.solvePnP(points, flat, np.eye(3), None, flags=cv2.SOLVEPNP_SQPNP)
    except cv2.error:  # an assertion in it, of points on one line
        found = False
    if not found or not np.isfinite(shift).all():
        raise ExtrinsicError(f'the markers do not determine where the camera is: {SPREAD}')
    optical = RigidTransform(Rotation.from_rotvec(turn.ravel()).as_matrix(), shift.ravel())
    return (OPTICAL.inverse() @ optical).inverse()


def _only(solutions: list[PoseSolution]) -> PoseSolution:
    """Return the best of several minima.

    Raises:
        ExtrinsicError: another one elsewhere is nearly as good.
    """
    best, *others = sorted(solutions, key=lambda solution: solution.cost)
    std = np.sqrt(np.diag(best.covariance)[POSITION])
    for other in others:
        apart = np.abs(other.values[POSITION] - best.values[POSITION])
        if other.cost < best.cost + RIVAL and (apart > SAME * std).any():
            raise ExtrinsicError(
                f'two places of the camera, {np.linalg.norm(apart):.1f} m apart, explain the walk'
                ' equally well: walk near and far, and to the sides'
            )
    return best


def _checked(
    solution: PoseSolution, parameters: ExtrinsicParameters, cures: tuple[str, ...]
) -> ExtrinsicCalibration:
    """Return a solution as a calibration.

    Raises:
        ExtrinsicError: it fits badly or is not sure enough; the text names what is not.
    """
    residual = float(np.sqrt(np.mean(np.sum(solution.deviations**2, axis=1))))
    if not math.degrees(residual) <= parameters.most_residual:
        raise ExtrinsicError(
            f'no pose explains both sensors: directions differ by {math.degrees(residual):.1f} deg'
        )
    covariance = solution.covariance[:6, :6]
    std = np.sqrt(np.diag(covariance))
    limits = [parameters.most_position_std] * 3 + [math.radians(parameters.most_turn_std)] * 3
    worst = int(np.nanargmax(np.where(np.isnan(std), np.inf, std) / limits))
    if not std[worst] <= limits[worst]:
        raise ExtrinsicError(
            f"the camera's {NAMES[worst]} is not determined ({_amount(std[worst], worst)}):"
            f' {cures[worst]}'
        )
    return ExtrinsicCalibration(
        _mounting(solution.pose),
        covariance,
        residual,
        len(solution.deviations),
        float(solution.values[DELAY]),
    )


def _amount(std: float, index: int) -> str:
    """Return a standard deviation as text."""
    if not math.isfinite(std):
        return 'not at all'
    return f'+-{std:.2f} m' if index in range(6)[POSITION] else f'+-{math.degrees(std):.1f} deg'


def _mounting(pose: RigidTransform) -> Mounting:
    """Return a pose as a person would measure it."""
    roll, pitch, yaw = Rotation.from_matrix(pose.rotation).as_euler('xyz')
    return Mounting(*pose.translation, roll, pitch, yaw)

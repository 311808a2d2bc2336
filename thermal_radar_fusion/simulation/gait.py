"""A walker's cycle: the published model of what pelvis, thorax and arms do, and for how long.

Boulic, Magnenat-Thalmann and Thalmann, 'A global human walking model with real-time kinematic
personification', The Visual Computer 6 (1990), 344-358: curves fitted to measured walkers, as
functions of the phase of the cycle and of the relative velocity RV, the speed in lengths of the
leg per second. It is the model of the micro-Doppler literature (V. C. Chen, 'The Micro-Doppler
Effect in Radar', 2011, section 4.1).

Here phase 0 is the heel strike of the left foot, 0.5 that of the right; x points forward, y to
the left, z up; angles are in radians. All functions work element by element on arrays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

from thermal_radar_fusion.simulation.vectors import vectors

Array = NDArray[np.float64]

# Section 3: the cycle's length in legs is CYCLE * sqrt(RV), up to the fastest walk they measured.
CYCLE = 1.346
FASTEST = 3.0

# Appendix D, torsion of the thorax: degrees per RV at phases of the cycle.
THORAX = ((0.1, 4 / 3), (0.4, -4.5 / 3), (0.6, -4 / 3), (0.9, 4.5 / 3))

# Appendix D, flexion of the elbow at phases 0.05, 0.5 and 0.9: degrees at values of RV.
ELBOW_PHASES = (0.05, 0.5, 0.9)
ELBOW_SPEEDS = (0.0, 0.5, 1.3, 3.0)
ELBOW_FLEXION = ((3.0, 6.0, 14.0, 8.0), (3.0, 20.0, 44.0, 70.0), (3.0, 8.0, 17.0, 11.0))


def cycles_per_second(relative_velocity: ArrayLike) -> Array:
    """Return the frequency of the cycle (two steps) at a speed in legs per second (section 3)."""
    return np.sqrt(np.maximum(relative_velocity, 0.0)) / CYCLE


def support_share(relative_velocity: ArrayLike) -> Array:
    """Return the share of its cycle that a foot is on the floor (section 3: Ds = .752 Dc - .143).

    Double support vanishes at 0.5, where walking ends; slow walkers stay within 0.7.
    """
    share = 0.752 - 0.143 * cycles_per_second(relative_velocity)
    return np.clip(share, 0.52, 0.7)


def pelvis_translation(phase: Array, rv: Array) -> Array:
    """Return the pelvis' offset (..., 3) in lengths of the leg (appendix A).

    It is lowest, and fastest forward, when both feet are on the floor, and leans over the foot
    that carries.
    """
    vertical = 0.015 * rv * (np.sin(2 * np.pi * (2 * phase - 0.35)) - 1.0)
    lateral = _saturating(0.128, rv) * np.sin(2 * np.pi * (phase - 0.1))
    late = 0.625 - support_share(rv)
    forward = _saturating(0.084, rv) * np.sin(2 * np.pi * (2 * phase - 2 * late))
    return vectors(forward, lateral, vertical)


def pelvis_rotation(phase: Array, rv: Array) -> Array:
    """Return roll (left side up), pitch (forward) and yaw (left) of the pelvis (..., 3).

    Appendix B. The pelvis falls on the side of the leg that swings and turns that side forward.
    """
    pitch = _saturating(8.0, rv) * (np.sin(2 * np.pi * (2 * phase - 0.1)) - 1.0)
    roll = 1.66 * rv * _fall(phase)
    yaw = -4.0 * rv * np.cos(2 * np.pi * phase)
    return np.radians(vectors(roll, pitch, yaw))


def thorax_yaw(phase: Array, rv: Array) -> Array:
    """Return how far the shoulders turn to the left, against the pelvis (appendix D)."""
    return np.radians(rv * _THORAX(np.mod(phase, 1.0)))


def shoulder_flexion(phase: Array, rv: Array) -> Array:
    """Return how far the left arm swings forward (appendix D): backward at its heel strike."""
    swing = 9.88 * rv
    return np.radians(3.0 - swing / 2 - swing * np.cos(2 * np.pi * phase))


def elbow_flexion(phase: Array, rv: Array) -> Array:
    """Return the flexion of the left elbow (appendix D)."""
    values = _ELBOW_POINTS(np.minimum(rv, FASTEST))
    weights = _ELBOW_CYCLE(np.mod(phase, 1.0))
    return np.radians((values * weights).sum(axis=-1))


def _saturating(slope: float, rv: Array) -> Array:
    """Return an amplitude that grows as slope * (RV - RV^2) up to RV = 0.5, then stays."""
    slow = np.minimum(rv, 0.5)
    return slope * slow * (1.0 - slow)


def _fall(phase: Array) -> Array:
    """Return the pelvis' fall, 1 where the left side is highest, at phase 0.15, -1 at 0.65."""
    half = np.mod(phase, 0.5)
    rising = 1.0 - np.cos(np.pi * half / 0.15)
    falling = 1.0 + np.cos(np.pi * (half - 0.15) / 0.35)
    side = np.where(np.mod(phase, 1.0) < 0.5, 1.0, -1.0)
    return 0.5 * side * np.where(half < 0.15, rising, falling)


def _periodic(phases: ArrayLike, values: ArrayLike) -> PchipInterpolator:
    """Return a monotone interpolant through points of the cycle that repeats at 0 and 1."""
    phases, values = np.asarray(phases, dtype=float), np.asarray(values, dtype=float)
    repeated = np.concatenate([phases - 1, phases, phases + 1])
    return PchipInterpolator(repeated, np.concatenate([values, values, values]))


_THORAX = _periodic(*zip(*THORAX, strict=True))
_ELBOW_POINTS = PchipInterpolator(ELBOW_SPEEDS, np.transpose(ELBOW_FLEXION))
_ELBOW_CYCLE = _periodic(ELBOW_PHASES, np.eye(3))

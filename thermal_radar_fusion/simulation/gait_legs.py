"""Feet between their footfalls, and the legs that join them to the hips.

In stance the sole lies flat, or the foot rolls: about the heel just after it strikes, about the
ball while the heel rises. In the swing the foot travels to its next place. Knees follow by
inverse kinematics, which is also how Boulic and others (section 5) keep feet from sliding.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.simulation.anatomy import Anatomy
from thermal_radar_fusion.simulation.vectors import horizontal, smooth_step, vectors

Array = NDArray[np.float64]

# Angles of the foot against the floor in a full stride [rad] and the phases of its own cycle
# between which they grow and vanish (Winter, 'Biomechanics and Motor Control', chapter 3).
HEEL_RISE, RISE_PHASES = 1.15, (0.36, 0.64, 0.92)
TOE_UP, TOE_PHASES = 0.45, (0.78, 1.0, 1.10)
# A stride of this many legs rolls the foot fully.
FULL_STRIDE = 1.2
# How high a foot is carried over the floor in its swing, in legs: in place, and per stride.
LIFT, LIFT_PER_STRIDE = 0.035, 0.02
# Legs are never quite stretched, and the hips come down softly where they would be.
STRETCHED, SOFTNESS = 0.998, 0.008
# Feet that are farther away than this share of the leg do not pull the hips down any more.
SPREAD = 0.8


def foot_motion(
    rows: Array, cycle: Array, activity: Array, leg_swing: float, anatomy: Anatomy
) -> tuple[Array, Array]:
    """Return the ankle and the toes (T, 3) of one foot.

    Args:
        rows: (F, 4) the foot's footfalls (see `StepPlan.feet`).
        cycle: (T,) phase of this foot's cycle: whole numbers where it falls.
        activity: (T,) 0 standing to 1 walking: scales how the foot rolls.
        leg_swing: amplitude of what the leg does beyond the stride.
        anatomy: of the person.
    """
    index = np.clip(np.floor(cycle).astype(int), 0, len(rows) - 2)
    within = np.minimum(np.maximum(cycle - index, 0.0), 1.0)
    here, there = rows[index], rows[index + 1]
    swing = np.maximum((within - here[:, 3]) / (1.0 - here[:, 3]), 0.0)
    ground = here[:, :3] + (there - here)[:, :3] * _swung(swing)[:, None]
    stride, forward = _strides(rows) / anatomy.leg
    rise, toe_up = _rolling(within, forward[index], forward[index + 1], activity * leg_swing)
    lift = leg_swing * anatomy.leg * (LIFT + LIFT_PER_STRIDE * stride[index + 1])
    clearance = lift * 16.0 * (swing * (1.0 - swing)) ** 2
    joints = ((0.0, anatomy.ankle), (anatomy.ball, anatomy.toe))
    ankle, toe = (_rolled(x, z, rise, toe_up, anatomy) for x, z in joints)
    return _on_floor(ground, ankle, clearance), _on_floor(ground, toe, clearance)


def reach(hips: Array, ankles: Array, anatomy: Anatomy) -> Array:
    """Return how high (...) hips (..., 3) may be so that legs reach the ankles (..., 3)."""
    x, y = hips[..., 0] - ankles[..., 0], hips[..., 1] - ankles[..., 1]
    away = np.minimum(x**2 + y**2, (SPREAD * anatomy.leg) ** 2)
    return ankles[..., 2] + np.sqrt((STRETCHED * anatomy.leg) ** 2 - away)


def soft_minimum(a: Array, b: Array) -> Array:
    """Return a smooth function just below the smaller of two."""
    return 0.5 * (a + b - np.sqrt((a - b) ** 2 + SOFTNESS**2))


def knees(hips: Array, ankles: Array, direction: Array, anatomy: Anatomy) -> Array:
    """Return knees (..., 3) that bend towards a horizontal direction [rad]."""
    leg = ankles - hips
    length = np.sqrt((leg**2).sum(axis=-1))[..., None]
    axis = leg / length
    forward = horizontal(direction)
    aside = forward - (forward * axis).sum(axis=-1)[..., None] * axis
    aside = aside / np.sqrt((aside**2).sum(axis=-1))[..., None]
    along = (length**2 + anatomy.thigh**2 - anatomy.shank**2) / (2.0 * length)
    bend = np.sqrt(np.maximum(anatomy.thigh**2 - along**2, 0.0))
    return hips + along * axis + bend * aside


def _swung(x: Array) -> Array:
    """Return the share of its way that a foot has gone after a share of its swing.

    Its speed is flat at both ends and, as measured (Winter), 1.4 times the mean at its peak.
    """
    w = 2.0 * x - 1.0
    return 0.5 * smooth_step(x) + 0.25 + 0.3125 * (w - 0.2 * w**5)


def _strides(rows: Array) -> Array:
    """Return the stride that ends at each footfall (2, F): its length, and how far forward."""
    x, y = np.diff(rows[:, :2], axis=0, prepend=rows[:1, :2]).T
    forward = x * np.cos(rows[:, 2]) + y * np.sin(rows[:, 2])
    return np.stack([np.hypot(x, y), np.maximum(forward, 0.0)])


def _bump(within: Array, phases: tuple[float, float, float]) -> Array:
    """Return a smooth bump that begins, peaks and ends at phases of the cycle."""
    begin, peak, end = phases
    up = smooth_step((within - begin) / (peak - begin))
    return up * (1.0 - smooth_step((within - peak) / (end - peak)))


def _rolling(within: Array, last: Array, stride: Array, amplitude: Array) -> tuple[Array, Array]:
    """Return the angles [rad] (T,) of the heel's rise, and of the toes' before and after a strike.

    Args:
        within: phase of the foot's cycle, 0 at its footfall.
        last, stride: how far forward, in legs, the strides go that end and begin there.
        amplitude: 1 for everybody's.
    """
    # Who stops has a short stride to come but a long one behind them: the heel rises all the same.
    heel = np.tanh(np.maximum(last, stride) / FULL_STRIDE) * _bump(within, RISE_PHASES)
    before = np.tanh(stride / FULL_STRIDE) * _bump(within, TOE_PHASES)
    after = np.tanh(last / FULL_STRIDE) * _bump(within + 1.0, TOE_PHASES)
    return amplitude * HEEL_RISE * heel, amplitude * TOE_UP * (before + after)


def _rolled(x: float, z: float, rise: Array, toe_up: Array, anatomy: Anatomy) -> Array:
    """Return where a point (x, z) of the flat foot is (T, 2) once rolled on heel and ball."""
    x = x + anatomy.heel
    cosine, sine = np.cos(toe_up), np.sin(toe_up)
    x, z = x * cosine - z * sine - anatomy.heel, x * sine + z * cosine
    x = x - anatomy.ball
    cosine, sine = np.cos(rise), np.sin(rise)
    return vectors(anatomy.ball + x * cosine + z * sine, z * cosine - x * sine)


def _on_floor(ground: Array, rolled: Array, clearance: Array) -> Array:
    """Return a joint (T, 3) in the map: of a foot at a place (T, 3: x, y, direction)."""
    x = ground[:, 0] + np.cos(ground[:, 2]) * rolled[:, 0]
    y = ground[:, 1] + np.sin(ground[:, 2]) * rolled[:, 0]
    return vectors(x, y, rolled[:, 1] + clearance)

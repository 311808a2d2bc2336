"""Arms that swing in the walk, rest, lie on the thighs of who sits, or gesture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.simulation import gait
from thermal_radar_fusion.simulation.anatomy import Anatomy
from thermal_radar_fusion.simulation.person import Gait, Person
from thermal_radar_fusion.simulation.posture import Doing, Trunk
from thermal_radar_fusion.simulation.vectors import horizontal, smooth_step, tilted

Array = NDArray[np.float64]

# Angles [rad] of shoulder (forward) and elbow of arms that hang, lie on thighs, or gesture.
HANGING = (0.04, 0.22)
ON_THIGHS = (0.35, 0.95)
GESTURING = (0.45, 1.45)
# How far elbows stand off the trunk, and how far forearms turn inwards while bent.
ABDUCTION, INWARD = 0.13, 0.35
# How far the trunk twists after an arm that is raised, and leans back, per angle of the arm: an
# arm weighs a twentieth of the body, so that momentum moves the chest by 0.05 m/s when both
# hands move by 0.5 m/s.
TWIST, LEAN = 0.3, 0.13


def arm_joints(person: Person, anatomy: Anatomy, doing: Doing, trunk: Trunk) -> dict[str, Array]:
    """Return shoulders, elbows and hands (T, 3) by name."""
    middle = trunk.along_spine(anatomy.shoulder)
    left = horizontal(trunk.thorax + np.pi / 2)
    named = {}
    for side, outward, shift in (('left', left, 0.0), ('right', -left, 0.5)):
        shoulder = middle + anatomy.shoulders * outward
        raised, bent = _angles(side, shift, person.gait, doing)
        out = ABDUCTION * person.build
        upper = _limb(trunk.thorax, outward, raised, out)
        lower = _limb(trunk.thorax, outward, raised + bent, out - INWARD * np.sin(bent))
        elbow = shoulder + anatomy.upper_arm * upper
        hand = elbow + anatomy.forearm * lower
        named |= {f'{side}_shoulder': shoulder, f'{side}_elbow': elbow, f'{side}_hand': hand}
    return named


def _angles(side: str, shift: float, style: Gait, doing: Doing) -> tuple[Array, Array]:
    """Return the flexion (T,) of shoulder and elbow of one arm."""
    phase = doing.phase + shift
    shoulder = style.arm_swing * doing.along * gait.shoulder_flexion(phase, doing.rv)
    elbow = style.elbow + style.arm_swing * gait.elbow_flexion(phase, doing.rv)
    walking = np.stack([shoulder, elbow])
    resting = _resting(side, doing)
    return tuple(resting + doing.activity * (walking - resting))


def _resting(side: str, doing: Doing) -> Array:
    """Return flexion of shoulder and elbow (2, T) of an arm of somebody who stands or sits."""
    habits = doing.habits
    hanging = np.array(HANGING)[:, None]
    still = hanging + doing.sitting * (np.array(ON_THIGHS)[:, None] - hanging)
    still = still + habits[f'{side}_fidget']
    lively = np.array(GESTURING)[:, None]
    lively = lively + np.stack([habits[f'{side}_raise'], habits[f'{side}_bend']])
    return still + _liveliness(side, doing) * (lively - still)


def _liveliness(side: str, doing: Doing) -> Array:
    """Return how much an arm gestures (T,): in bouts, people let an arm sink now and then."""
    return doing.gesture * smooth_step(0.75 + 0.6 * doing.habits[f'{side}_bout'])


def trunk_reaction(doing: Doing) -> tuple[Array, Array]:
    """Return how far the trunk twists to its left and leans forward (T,) with gestures [rad].

    A shoulder follows its arm, and the trunk gives way to the weight of both (Bouisset and
    Zattara 1987: the trunk moves against an arm that is raised).
    """
    left, right = (
        _liveliness(side, doing) * doing.habits[f'{side}_raise'] for side in ('left', 'right')
    )
    return doing.rest * TWIST * (right - left), -doing.rest * LEAN * (left + right)


def _limb(direction: Array, outward: Array, raised: Array, out: Array | float) -> Array:
    """Return unit vectors (T, 3): down, raised forward and spread outward by angles [rad]."""
    spread = np.broadcast_to(out, raised.shape)[:, None]
    ahead = tilted(direction, np.pi - raised)
    return np.cos(spread) * ahead + np.sin(spread) * outward

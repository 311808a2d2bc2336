"""People who hold still in every posture that a camera at a door may see, as joints."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.simulation.anatomy import Anatomy
from thermal_radar_fusion.simulation.body import HEAD, JOINTS

Array = NDArray[np.float64]

# Standard deviations [rad] of how heads turn, nod and tilt on their trunks.
TURN, NOD, TILT = 0.45, 0.32, 0.22
# Shares of people who sit, and of arms that are raised, some before the face.
SITTING, RAISED = 0.25, 0.25
FORWARD, UP = np.array([1.0, 0, 0]), np.array([0.0, 0, 1])


def posed_body(height: float, draw: np.random.Generator) -> Array:
    """Return the joints (J, 3) [m] of somebody who looks along x, their head at the origin.

    Args:
        height: standing [m].
        draw: of the posture.
    """
    anatomy = Anatomy.of(height)
    lean = _turn(draw.normal(0, 0.06), draw.normal(0.05, 0.12), 0.0)
    trunk = {'pelvis': 0.0 * UP, 'chest': anatomy.chest * UP, 'neck': anatomy.neck * UP}
    joints = {name: lean @ place for name, place in trunk.items()}
    joints |= _head(anatomy, joints['neck'], draw)
    sits = draw.random() < SITTING
    for side, sign in (('left', 1.0), ('right', -1.0)):
        joints |= _arm(anatomy, side, sign, lean, draw)
        joints |= _leg(anatomy, side, sign, sits, draw)
    posed = np.array([joints[name] for name in JOINTS])
    return posed - posed[HEAD]


def facing(joints: Array, heading: float, head: Array) -> Array:
    """Return joints (J, 3) turned to a heading [rad], with their head at a place (3,) [m]."""
    return RigidTransform.from_xyz_rpy((0, 0, 0), (0, 0, heading)).apply(joints) + head


def _turn(roll: float, pitch: float, yaw: float) -> Array:
    return RigidTransform.from_xyz_rpy((0, 0, 0), (roll, pitch, yaw)).rotation


def _head(anatomy: Anatomy, neck: Array, draw: np.random.Generator) -> dict[str, Array]:
    """Return the head on a neck, turned, nodding and tilted."""
    turned = _turn(draw.normal(0, TILT), draw.normal(0.05, NOD), draw.normal(0, TURN))
    head = neck + turned @ (0.02 * FORWARD + (anatomy.head - anatomy.neck) * UP)
    return {'head': head, 'face': head + anatomy.face * (turned @ FORWARD)}


def _arm(
    anatomy: Anatomy, side: str, sign: float, lean: Array, draw: np.random.Generator
) -> dict[str, Array]:
    """Return an arm that hangs, or is raised in any way."""
    shoulder = lean @ np.array([0.0, sign * anatomy.shoulders, anatomy.shoulder])
    raised = draw.random() < RAISED
    upper = np.array([draw.uniform(-0.2, 0.4), sign * draw.uniform(0, 0.4), -1.0])
    fore = np.array([draw.uniform(-0.1, 0.9), sign * draw.uniform(-0.4, 0.2), -1.0])
    if raised:
        upper = np.array([draw.uniform(0, 1), sign * draw.uniform(-0.2, 1), draw.uniform(-1, 0.6)])
        fore = np.array([draw.uniform(0, 1), sign * draw.uniform(-1.2, 0.4), draw.uniform(0, 1.2)])
    elbow = shoulder + anatomy.upper_arm * _unit(upper)
    hand = elbow + anatomy.forearm * _unit(fore)
    return {f'{side}_shoulder': shoulder, f'{side}_elbow': elbow, f'{side}_hand': hand}


def _leg(
    anatomy: Anatomy, side: str, sign: float, sits: bool, draw: np.random.Generator
) -> dict[str, Array]:
    """Return a leg that stands or sits."""
    hip = np.array([0.0, sign * anatomy.hips, 0.0])
    thigh = np.array([draw.uniform(-0.2, 0.3), sign * draw.uniform(0, 0.2), -1.0])
    shank = np.array([draw.uniform(-0.2, 0.1), 0.0, -1.0])
    if sits:
        thigh = np.array([1.0, sign * draw.uniform(0, 0.5), draw.uniform(-0.3, 0.1)])
    knee = hip + anatomy.leg / 2 * _unit(thigh)
    ankle = knee + anatomy.leg / 2 * _unit(shank)
    toe = ankle + np.array([anatomy.ball, 0.0, -anatomy.ankle])
    parts = {'hip': hip, 'knee': knee, 'ankle': ankle, 'toe': toe}
    return {f'{side}_{name}': place for name, place in parts.items()}


def _unit(vector: Array) -> Array:
    return vector / max(float(np.linalg.norm(vector)), 1e-9)

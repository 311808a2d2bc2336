"""A body as a few dozen reflecting points: where they are, how fast, how strong.

Each point lies at a fixed fraction of the line between two joints and is pushed out to the
surface that faces the radar, so position and velocity are linear in the joints. The split of
the radar cross section over the body (trunk above half, limbs the rest) follows the simulators
of S. S. Ram, H. Ling (2008) and V. C. Chen, 'The Micro-Doppler Effect in Radar' (Artech 2011),
chapter 4, and the measured 0.1 to 1 square metre in all of a person at 77 GHz.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.simulation.body import CHEST, JOINTS, PELVIS, BodyMotion

Array = NDArray[np.float64]

# From joint, to joint, fraction of the way, share of the cross section, radius [m], whether it
# is of the trunk (a broad plate: stronger from the front than from the side).
_SCATTERERS = (
    ('head', 'neck', 0.1, 0.04, 0.09, False),
    ('neck', 'chest', 0.3, 0.05, 0.10, True),
    ('chest', 'pelvis', 0.00, 0.08, 0.12, True),
    ('chest', 'pelvis', 0.35, 0.08, 0.12, True),
    ('chest', 'pelvis', 0.70, 0.08, 0.12, True),
    ('chest', 'pelvis', 1.00, 0.07, 0.12, True),
    ('left_shoulder', 'right_hip', 0.20, 0.04, 0.10, True),
    ('left_shoulder', 'right_hip', 0.45, 0.05, 0.11, True),
    ('left_shoulder', 'right_hip', 0.80, 0.05, 0.11, True),
    ('right_shoulder', 'left_hip', 0.20, 0.04, 0.10, True),
    ('right_shoulder', 'left_hip', 0.45, 0.05, 0.11, True),
    ('right_shoulder', 'left_hip', 0.80, 0.05, 0.11, True),
    ('left_shoulder', 'left_elbow', 0.6, 0.004, 0.045, False),
    ('left_elbow', 'left_hand', 0.5, 0.003, 0.035, False),
    ('left_elbow', 'left_hand', 1.0, 0.003, 0.035, False),
    ('right_shoulder', 'right_elbow', 0.6, 0.004, 0.045, False),
    ('right_elbow', 'right_hand', 0.5, 0.003, 0.035, False),
    ('right_elbow', 'right_hand', 1.0, 0.003, 0.035, False),
    ('left_hip', 'left_knee', 0.4, 0.03, 0.08, False),
    ('left_hip', 'left_knee', 0.9, 0.03, 0.07, False),
    ('left_knee', 'left_ankle', 0.4, 0.025, 0.055, False),
    ('left_knee', 'left_ankle', 0.9, 0.02, 0.05, False),
    ('left_ankle', 'left_toe', 0.5, 0.015, 0.04, False),
    ('right_hip', 'right_knee', 0.4, 0.03, 0.08, False),
    ('right_hip', 'right_knee', 0.9, 0.03, 0.07, False),
    ('right_knee', 'right_ankle', 0.4, 0.025, 0.055, False),
    ('right_knee', 'right_ankle', 0.9, 0.02, 0.05, False),
    ('right_ankle', 'right_toe', 0.5, 0.015, 0.04, False),
)

_FROM = np.array([JOINTS.index(row[0]) for row in _SCATTERERS])
_TO = np.array([JOINTS.index(row[1]) for row in _SCATTERERS])
_FRACTION = np.array([row[2] for row in _SCATTERERS])
_SHARE = np.array([row[3] for row in _SCATTERERS]) / sum(row[3] for row in _SCATTERERS)
_RADIUS = np.array([row[4] for row in _SCATTERERS])
_TRUNK = np.array([row[5] for row in _SCATTERERS])

COUNT = len(_SCATTERERS)


@dataclass(frozen=True)
class Bodies:
    """Bodies at instants, one after another: B entries, in the order of their frames.

    Attributes:
        frames: (B,) index of the instant, ascending.
        people: (B,) index of the person.
        joints, velocities: (3, B, J) metres, metres per second, in the radar's frame.
        heading: (2, B) horizontal unit vector of where the trunk points, in the radar's frame.
    """

    frames: NDArray[np.int64]
    people: NDArray[np.int64]
    joints: Array
    velocities: Array
    heading: Array

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def positions(self) -> Array:
        """(3, B) the middle of chest and pelvis."""
        return 0.5 * (self.joints[:, :, CHEST] + self.joints[:, :, PELVIS])

    def chosen(self, which: NDArray) -> Bodies:
        """Return some of the bodies: a mask or indices."""
        return Bodies(
            self.frames[which],
            self.people[which],
            self.joints[:, which],
            self.velocities[:, which],
            self.heading[:, which],
        )


@dataclass(frozen=True)
class Scatterers:
    """The points of B bodies, K each, in the radar's frame.

    Attributes:
        positions: (3, B, K) metres.
        distances: (B, K) metres from the radar.
        speeds: (B, K) radial velocity [m/s], positive away.
        shares: (B, K) of a body's cross section seen from the front, aspect included.
    """

    positions: Array
    distances: Array
    speeds: Array
    shares: Array


def bodies_of(motions: Sequence[BodyMotion], to_radar: RigidTransform) -> Bodies:
    """Return everybody who is present at the instants of the motions, in the radar's frame."""
    present = np.stack([motion.present for motion in motions], axis=1)
    frames, people = np.nonzero(present)
    joints = np.stack([motion.joints for motion in motions], axis=1)[frames, people]
    velocities = np.stack([motion.velocities for motion in motions], axis=1)[frames, people]
    heading = np.stack([motion.heading for motion in motions], axis=1)[frames, people]
    pointing = np.stack([np.cos(heading), np.sin(heading), np.zeros(len(heading))])
    return Bodies(
        frames,
        people,
        _turned(np.moveaxis(joints, -1, 0), to_radar.rotation)
        + to_radar.translation[:, None, None],
        _turned(np.moveaxis(velocities, -1, 0), to_radar.rotation),
        _turned(pointing, to_radar.rotation)[:2],
    )


def path_speeds(motions: Sequence[BodyMotion]) -> Array:
    """Return how fast every scatterer of every person moves, whichever way (T, P, K) [m/s]."""
    velocities = np.stack([motion.velocities for motion in motions], axis=1)
    speeds = np.sqrt(velocities[..., 0] ** 2 + velocities[..., 1] ** 2 + velocities[..., 2] ** 2)
    return speeds[..., _FROM] + _FRACTION * (speeds[..., _TO] - speeds[..., _FROM])


def _turned(vectors: Array, rotation: Array) -> Array:
    """Return the vectors (3, ...) after a rotation.

    Term by term, not by BLAS, whose last bit differs from machine to machine.
    """
    x, y, z = vectors
    return np.stack([row[0] * x + row[1] * y + row[2] * z for row in rotation])


def scatterers_of(bodies: Bodies, side_aspect: float) -> Scatterers:
    """Return the reflecting points of bodies.

    Args:
        bodies: in the radar's frame.
        side_aspect: what is left of the trunk's cross section seen from the side.
    """
    positions = _between(bodies.joints)
    velocities = _between(bodies.velocities)
    flat = np.sqrt(positions[0] ** 2 + positions[1] ** 2)
    # To the surface that faces the radar: horizontally, since people stand upright.
    positions[:2] *= np.maximum(1.0 - _RADIUS / np.maximum(flat, 1e-6), 0.01)
    distances = np.sqrt(positions[0] ** 2 + positions[1] ** 2 + positions[2] ** 2)
    distances = np.maximum(distances, 1e-3)
    speeds = positions[0] * velocities[0] + positions[1] * velocities[1]
    speeds = (speeds + positions[2] * velocities[2]) / distances
    return Scatterers(positions, distances, speeds, _shares(bodies, side_aspect))


def _between(joints: Array) -> Array:
    """Return the points (3, B, K) on the lines between joints (3, B, J)."""
    start = joints[:, :, _FROM]
    return start + _FRACTION * (joints[:, :, _TO] - start)


def _shares(bodies: Bodies, side_aspect: float) -> Array:
    """Return the shares (B, K) of the cross section as seen from where the radar is."""
    x, y, _ = bodies.positions
    ahead = bodies.heading[0] * x + bodies.heading[1] * y
    frontal = ahead**2 / np.maximum(x**2 + y**2, 1e-6)
    trunk = side_aspect + (1.0 - side_aspect) * frontal
    return _SHARE * np.where(_TRUNK, trunk[:, None], 1.0)

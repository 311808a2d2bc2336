"""A body as joints and the segments between them: what all sensors are simulated from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Indices into the joints of a body. HEAD is the centre of the head (between the ears),
# FACE a point at its front (the nose's root): HEAD -> FACE is where the person looks.
JOINTS = (
    'head',
    'face',
    'neck',
    'chest',
    'pelvis',
    'left_shoulder',
    'left_elbow',
    'left_hand',
    'right_shoulder',
    'right_elbow',
    'right_hand',
    'left_hip',
    'left_knee',
    'left_ankle',
    'left_toe',
    'right_hip',
    'right_knee',
    'right_ankle',
    'right_toe',
)
HEAD, FACE, NECK, CHEST, PELVIS = range(5)

# Segments (from joint, to joint) and their mean radius in metres for build 1.
SEGMENTS = (
    ('head', 'neck', 0.09),
    ('neck', 'chest', 0.13),
    ('chest', 'pelvis', 0.14),
    ('left_shoulder', 'left_elbow', 0.045),
    ('left_elbow', 'left_hand', 0.035),
    ('right_shoulder', 'right_elbow', 0.045),
    ('right_elbow', 'right_hand', 0.035),
    ('left_hip', 'left_knee', 0.08),
    ('left_knee', 'left_ankle', 0.055),
    ('left_ankle', 'left_toe', 0.04),
    ('right_hip', 'right_knee', 0.08),
    ('right_knee', 'right_ankle', 0.055),
    ('right_ankle', 'right_toe', 0.04),
)


@dataclass(frozen=True)
class BodyMotion:
    """What one person's body does at a series of instants.

    Attributes:
        times: (T,) seconds since the scenario began.
        present: (T,) whether the person is in the building; joints are finite either way.
        joints: (T, J, 3) metres, frame `map` (z up from the floor), in the order of JOINTS.
        velocities: (T, J, 3) metres per second, the derivative of the joints.
        heading: (T,) radians, where the trunk points.
    """

    times: Array
    present: NDArray[np.bool_]
    joints: Array
    velocities: Array
    heading: Array

    @property
    def position(self) -> Array:
        """(T, 2) the middle of the body on the floor: below the middle of chest and pelvis."""
        return self.joints[:, (CHEST, PELVIS), :2].mean(axis=1)

    @property
    def velocity(self) -> Array:
        """(T, 2) its velocity."""
        return self.velocities[:, (CHEST, PELVIS), :2].mean(axis=1)

    @property
    def head(self) -> Array:
        """(T, 3) the centre of the head."""
        return self.joints[:, HEAD]

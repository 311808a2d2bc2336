"""How a body is held at a series of instants: what it does, and where its trunk is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.simulation.vectors import horizontal, tilted

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Doing:
    """What a body is asked to do, all (T,) unless told.

    Attributes:
        ground: (T, 2) place on the floor, frame `map`.
        heading: of the trunk [rad].
        sitting, gesture: 0 to 1 (see `Trajectory`).
        phase: of the walking cycle, 0 at a footfall of the left foot.
        rv: relative velocity (see `gait`), 0 while standing.
        along: cosine of the direction of walking against the heading.
        activity: 0 stands, 1 walks.
        habits: small movements by name (see `activities`).
    """

    ground: Array
    heading: Array
    sitting: Array
    gesture: Array
    phase: Array
    rv: Array
    along: Array
    activity: Array
    habits: Mapping[str, Array]

    @property
    def rest(self) -> Array:
        """How much the body stands or sits, 0 to 1."""
        return 1.0 - self.activity


@dataclass(frozen=True)
class Trunk:
    """How the trunk is held.

    Attributes:
        pelvis: (T, 3) the middle between the hips.
        roll, pitch: (T,) of the pelvis to its right side, of the spine forward [rad].
        yaw, thorax: (T,) directions of pelvis and thorax [rad].
    """

    pelvis: Array
    roll: Array
    pitch: Array
    yaw: Array
    thorax: Array

    def along_spine(self, length: float) -> Array:
        """Return the point (T, 3) of the trunk at a distance over the pelvis."""
        return self.pelvis + length * tilted(self.thorax, self.pitch)

    def hips(self, half: float) -> dict[str, Array]:
        """Return the hip joints (T, 3) by side, `half` to each side of the pelvis."""
        flat = np.cos(self.roll)[:, None] * horizontal(self.yaw + np.pi / 2)
        flat[:, 2] = np.sin(self.roll)
        return {'left': self.pelvis + half * flat, 'right': self.pelvis - half * flat}

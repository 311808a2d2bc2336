"""Whether somebody looks towards the camera: by the way that the face moves.

People look where they walk. A face that grows is walked towards the camera, one that shrinks is a
head from behind, one that crosses the image is seen from the side. Who stands keeps the heading of
the last steps for a while; then, and of who was never seen to walk, the best is assumed.
"""

from __future__ import annotations

import math

from thermal_radar_fusion.thermal import face_ekf
from thermal_radar_fusion.thermal.distance_model import FACE_HEIGHT
from thermal_radar_fusion.thermal.face_ekf import FaceState
from thermal_radar_fusion.thermal.face_region import Orientation

WALKING = 0.35
"""Who is slower stands [m/s]: heads sway, and distances by the height of a face are coarse."""

TURNING = 0.4
"""A heading is averaged over so long [s]."""

PAUSE = 0.5
"""Who stands for so long from the first image on is measured [s]: speeds take as long to know."""

MEMORY = 4.0
"""Who stands is taken to look where the last steps led for so long [s]."""


class Heading:
    """Follows where one person walks.

    Attributes:
        facing: cosine between the way of walking and the way to the camera: 1 towards it, 0
            across, -1 away from it. 0 at first; 1 of who stands and is not known to look aside.
    """

    def __init__(self) -> None:
        self.facing = 0.0
        self._begun: float | None = None
        self._walked = -math.inf

    def update(self, stamp: float, dt: float, state: FaceState, orientation: Orientation) -> None:
        """Take in a face's state at a stamp [s], dt seconds after the last one."""
        nearer, speed = walking(state, orientation)
        self._begun = stamp if self._begun is None else self._begun
        if speed < WALKING:
            if stamp - self._walked > MEMORY and stamp - self._begun >= PAUSE:
                self.facing = 1.0
            return
        known = stamp - self._walked <= MEMORY
        share = 1.0 - math.exp(-dt / TURNING) if known else 1.0
        self.facing += share * (nearer / speed - self.facing)
        self._walked = stamp


def walking(state: FaceState, orientation: Orientation) -> tuple[float, float]:
    """Return how fast somebody comes nearer, and walks at all [m/s].

    Movements up and down in the image are the head's bob.
    """
    across = state.mean[face_ekf.VY if orientation.is_sideways else face_ekf.VX]
    across *= FACE_HEIGHT / max(state.mean[face_ekf.H], 1.0)
    nearer = -state.mean[face_ekf.R]
    return float(nearer), math.hypot(across, nearer)

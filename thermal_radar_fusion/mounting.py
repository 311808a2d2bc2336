"""Where a sensor hangs in its room, as a person measures it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.parameters import Parameters, parameter

TURN = 2 * math.pi


@dataclass(frozen=True)
class Mounting(Parameters):
    """Pose of a sensor in its room's frame: REP-103 axes, fixed-axis roll, pitch, yaw."""

    x: float = parameter(0.0, 'position', unit='m', low=-1000, high=1000, reconfigurable=False)
    y: float = parameter(0.0, 'position', unit='m', low=-1000, high=1000, reconfigurable=False)
    z: float = parameter(
        0.0, 'height above the floor', unit='m', low=-1000, high=1000, reconfigurable=False
    )
    roll: float = parameter(
        0.0, 'about x, first', unit='rad', low=-TURN, high=TURN, reconfigurable=False
    )
    pitch: float = parameter(
        0.0, 'about y, positive looks down', unit='rad', low=-TURN, high=TURN, reconfigurable=False
    )
    yaw: float = parameter(
        0.0,
        'about z, positive to the left',
        unit='rad',
        low=-TURN,
        high=TURN,
        reconfigurable=False,
    )

    @property
    def transform(self) -> RigidTransform:
        """The transform from the sensor's frame into the room's."""
        return RigidTransform.from_xyz_rpy(
            (self.x, self.y, self.z), (self.roll, self.pitch, self.yaw)
        )

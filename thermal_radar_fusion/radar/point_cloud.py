"""The canonical radar cloud: what every driver's data is turned into before tracking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.geometry import RigidTransform

Array = NDArray[np.float64]

COLUMNS = ('x', 'y', 'z', 'velocity', 'power')


@dataclass(frozen=True)
class RadarFrame:
    """All points that one radar saw in one frame.

    Attributes:
        stamp: seconds, the sensor's clock.
        points: (N, 5) x, y, z [m, ROS axes: forward, left, up], radial velocity [m/s, positive
            = moving away] and power [as the device gives it: not comparable between devices].
        sensor: frame_id of the radar; the tracker looks its mounting up by this name.
    """

    stamp: float
    points: Array
    sensor: str = 'radar'

    def finite(self) -> RadarFrame:
        """Drop every point that has a NaN or an infinity in any of its columns."""
        keep = np.isfinite(self.points).all(axis=1)
        return self if keep.all() else RadarFrame(self.stamp, self.points[keep], self.sensor)

    def mounted(self, mounting: RigidTransform) -> RadarFrame:
        """Return the frame with positions in the room's frame; velocity stays radial."""
        points = np.column_stack([mounting.apply(self.points[:, :3]), self.points[:, 3:]])
        return RadarFrame(self.stamp, points, self.sensor)

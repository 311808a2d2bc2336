"""A radar frame as the tracker uses it: gated, in the room's frame, with lines of sight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.area import MonitoredArea
from thermal_radar_fusion.radar.point_cloud import RadarFrame

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GateParameters(Parameters):
    """Which points of a radar are believed at all, in the radar's own frame."""

    min_forward: float = parameter(
        0.2, 'points nearer than this in front of the radar are dropped', unit='m', low=0.0
    )
    max_range: float = parameter(
        20.0, 'points farther than this from the radar are dropped', unit='m', low=0.1
    )
    max_height: float = parameter(
        1.8, 'points higher above or lower below the radar are dropped', unit='m', low=0.1
    )
    body_depth: float = parameter(
        0.1,
        'a radar sees the skin: the middle of the body lies so far behind it',
        unit='m',
        low=0.0,
        high=0.5,
    )


@dataclass(frozen=True)
class Cloud:
    """The usable points of one frame.

    Attributes:
        frame: points in the room's frame.
        positions: (N, 2) x, y of the points [m], moved from the skin to the middle of the body.
        directions: (N, 2) floor part of the unit vectors from the radar to the points; a body
            that moves with velocity v has the radial velocity `directions @ v`.
        origin: (2,) position of the radar on the floor.
        rows: (N,) which row of the radar's own frame each point was.
    """

    frame: RadarFrame
    positions: Array
    directions: Array
    origin: Array
    rows: NDArray[np.intp]

    @property
    def velocities(self) -> Array:
        """(N,) radial velocity in m/s."""
        return self.frame.points[:, 3]

    def __len__(self) -> int:
        return len(self.frame.points)


def cloud_in_room(
    frame: RadarFrame, mounting: RigidTransform, area: MonitoredArea, parameters: GateParameters
) -> Cloud:
    """Gate a frame, bring it into the room's frame and drop what lies outside the area."""
    rows = np.flatnonzero(_believed(frame.points, parameters))
    points = RadarFrame(frame.stamp, frame.points[rows], frame.sensor).mounted(mounting).points
    inside = area.contains(points[:, :2])
    points, origin = points[inside], mounting.translation
    return Cloud(
        RadarFrame(frame.stamp, points, frame.sensor),
        behind(points[:, :2], origin[:2], parameters.body_depth),
        _directions(points, origin),
        origin[:2],
        rows[inside],
    )


def behind(positions: Array, origin: Array, depth: float) -> Array:
    """Return positions (N, 2) moved away from origin (2,) by a depth in metres."""
    offsets = positions - origin
    distances = np.linalg.norm(offsets, axis=1, keepdims=True)
    return positions + depth * offsets / np.maximum(distances, 1e-6)


def _believed(points: Array, parameters: GateParameters) -> NDArray[np.bool_]:
    """Tell which points (N, 5) in the radar's frame are finite and within the gate."""
    keep = np.isfinite(points).all(axis=1)
    keep &= points[:, 0] > parameters.min_forward
    keep &= np.abs(points[:, 2]) <= parameters.max_height
    keep &= np.abs(points[:, :3]).max(axis=1, initial=0.0) <= parameters.max_range
    keep[keep] = np.linalg.norm(points[keep, :3], axis=1) <= parameters.max_range
    return keep


def _directions(points: Array, origin: Array) -> Array:
    """Return the floor part (N, 2) of the unit vectors from origin (3,) to the points."""
    offsets = points[:, :3] - origin
    return offsets[:, :2] / np.maximum(np.linalg.norm(offsets, axis=1, keepdims=True), 1e-6)

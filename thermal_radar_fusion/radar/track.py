"""A tracked person as the radar tracker reports it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.radar.point_cloud import RadarFrame

Array = NDArray[np.float64]

UNASSIGNED = -1


class TrackStatus(IntEnum):
    """Life of a track; the values are those of RadarTrack.msg."""

    TENTATIVE = 0
    CONFIRMED = 1
    COASTING = 2


@dataclass(frozen=True)
class RadarTrack:
    """One person as estimated after one frame, in the room's frame.

    Attributes:
        track_id: unique for the life of the tracker, never reused, starts at 1.
        status: CONFIRMED saw points in this frame, COASTING is predicted only.
        state: (4,) x, y [m], vx, vy [m/s].
        covariance: (4, 4) of the state, same order.
        height: mean height of the person's points above the floor [m], smoothed.
        spread: (2, 2) covariance of the person's points on the floor [m^2], smoothed.
        existence: probability in [0, 1] that somebody is there.
        points: number of points of this frame that are attributed to the track.
        first_seen: stamp of the first detection [s].
        last_seen: stamp of the last detection [s].
    """

    track_id: int
    status: TrackStatus
    state: Array
    covariance: Array
    height: float
    spread: Array
    existence: float
    points: int
    first_seen: float
    last_seen: float

    @property
    def position(self) -> Array:
        """(2,) x, y in metres."""
        return self.state[:2]

    @property
    def velocity(self) -> Array:
        """(2,) vx, vy in metres per second."""
        return self.state[2:]


@dataclass(frozen=True)
class TrackedFrame:
    """What the tracker says about one frame.

    Attributes:
        frame: the frame's usable points, in the room's frame.
        tracks: confirmed and coasting tracks, by ascending id.
        track_ids: (N,) the track id of each point of `frame`, UNASSIGNED for none.
        rows: (N,) which row of the frame that was given each point was; None where that is
            not known, as of tracks from a bag.
    """

    frame: RadarFrame
    tracks: tuple[RadarTrack, ...]
    track_ids: NDArray[np.int64]
    rows: NDArray[np.intp] | None = None

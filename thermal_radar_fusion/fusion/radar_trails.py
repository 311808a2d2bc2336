"""Where radar tracks were lately: for distances at the instants of other sensors."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.radar.track import RadarTrack

Array = NDArray[np.float64]

# Two minutes at 15 Hz, as readings of faces are kept.
KEPT = 1800
# Between or beyond frames that are farther apart than this, nobody knows [s].
LONGEST_GAP = 0.5


class RadarTrails:
    """The recent positions of the radar tracks of one room.

    Attributes:
        alive: ids of the tracks of the newest frame.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all positions."""
        self.alive: frozenset[int] = frozenset()
        self._trails: dict[int, list[tuple[float, float, float]]] = {}

    def add(self, stamp: float, tracks: Sequence[RadarTrack]) -> None:
        """Take in one frame of tracks."""
        self.alive = frozenset(track.track_id for track in tracks)
        for track in tracks:
            trail = self._trails.setdefault(track.track_id, [])
            # Two radars of one room may send at the same instant.
            if not trail or stamp > trail[-1][0]:
                trail.append((stamp, *(float(value) for value in track.position)))
            if len(trail) > 2 * KEPT:
                del trail[:KEPT]

    def keep(self, ids: frozenset[int]) -> None:
        """Forget tracks that are neither alive nor among these."""
        known = self.alive | ids
        self._trails = {number: trail for number, trail in self._trails.items() if number in known}

    def at(self, track_id: int, stamps: Array) -> Array:
        """Return positions (N, 2) [m] of a track at stamps (N,) [s], NaN where it is not known."""
        places = np.full((len(stamps), 2), np.nan)
        trail = self._trails.get(track_id, [])
        # Often it is about the newest instant only.
        begin = bisect_left(trail, min(stamps, default=0.0), key=itemgetter(0)) - 1
        end = bisect_right(trail, max(stamps, default=0.0), key=itemgetter(0)) + 1
        trail = trail[max(begin, 0) : end]
        if not trail or not len(stamps):
            return places
        times, *axes = np.array(trail).T
        after = np.clip(np.searchsorted(times, stamps), 1, max(len(times) - 1, 1))
        before, after = after - 1, np.minimum(after, len(times) - 1)
        near = np.minimum(abs(times[before] - stamps), abs(times[after] - stamps)) <= LONGEST_GAP
        for column, values in enumerate(axes):
            places[near, column] = np.interp(stamps[near], times, values)
        return places

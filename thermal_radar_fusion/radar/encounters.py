"""Two tracks in one place: one person seen double, or two people who met?

Tracks that were never well apart are one person seen double and are merged at once. Two that had
lives of their own are two people who met; they are kept apart for as long as that is plausible,
because a person who is merged away comes back under a new identity.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.track_state import Track

Array = NDArray[np.float64]


@dataclass(frozen=True)
class EncounterParameters(Parameters):
    """When two tracks are one."""

    merge_distance: float = parameter(
        0.3, 'tracks nearer than this may be one person', unit='m', low=0.0, high=2.0
    )
    apart_distance: float = parameter(
        0.8, 'tracks farther apart than this are surely two people', unit='m', low=0.0, high=5.0
    )
    apart_time: float = parameter(
        1.0, 'two tracks so long apart have lives of their own', unit='s', low=0.0, high=60.0
    )
    merge_time: float = parameter(
        0.3, 'one person seen double is merged after so long', unit='s', low=0.0, high=60.0
    )
    keep_time: float = parameter(
        10.0, 'two people in one place are merged after so long', unit='s', low=0.0, high=3600.0
    )


@dataclass
class _Pair:
    """Seconds that two tracks were apart in all, and together without a break."""

    apart: float = 0.0
    together: float = 0.0


class Encounters:
    """Watches every pair of tracks; tells which of them are doubles."""

    def __init__(self, parameters: EncounterParameters) -> None:
        self.parameters = parameters
        self._pairs: dict[tuple[int, int], _Pair] = {}

    def doubles(self, tracks: Iterable[Track], dt: float) -> list[Track]:
        """Step all pairs by dt and return the tracks that double an older one."""
        pairs = {}
        redundant = []
        for older, newer in combinations(sorted(tracks, key=_seniority), 2):
            key = (older.serial, newer.serial)
            pairs[key] = pair = self._pairs.get(key, _Pair())
            if self._is_double(pair, _distance(older, newer), dt):
                redundant.append(newer)
        self._pairs = pairs
        return redundant

    def _is_double(self, pair: _Pair, distance: float, dt: float) -> bool:
        p = self.parameters
        pair.apart += dt if distance > p.apart_distance else 0.0
        pair.together = pair.together + dt if distance < p.merge_distance else 0.0
        patience = p.keep_time if pair.apart >= p.apart_time else p.merge_time
        return pair.together > patience


def _seniority(track: Track) -> tuple[bool, int]:
    """Sort key: confirmed before tentative, then by age."""
    return not track.confirmed, track.serial


def _distance(a: Track, b: Track) -> float:
    return float(np.hypot(*(a.state.mean[:2] - b.state.mean[:2])))

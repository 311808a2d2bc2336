"""What /ground_truth of a bag says, by room and stamp."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from typing import Any

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.datasets.recording import TruePerson

# Truth at another rate than the radar's serves the frames within half a frame of it.
TRUTH_TOLERANCE = 0.06


class Truth:
    """Who was where, by room and stamp."""

    def __init__(self) -> None:
        self._stamps: dict[str | None, list[float]] = {}
        self._people: dict[str | None, list[tuple[TruePerson, ...]]] = {}

    def add(self, stamp: float, persons: Sequence[Any]) -> None:
        """Take in one PersonArray; an empty one speaks for every room."""
        for room in {person.room for person in persons} or {None}:
            here = [messages.true_person_from(p) for p in persons if p.room == room]
            stamps = self._stamps.setdefault(room, [])
            # Not simply the last: stamps jump back where a bag was looped.
            place = bisect.bisect(stamps, stamp)
            stamps.insert(place, stamp)
            self._people.setdefault(room, []).insert(place, tuple(here))

    def at(self, room: str, stamp: float) -> tuple[TruePerson, ...]:
        """Return who was in a room at the known instant nearest to a stamp, () if none is near."""
        stamps = self._stamps.get(room, [])
        after = bisect.bisect_left(stamps, stamp)
        near = [i for i in (after - 1, after) if 0 <= i < len(stamps)]
        best = min(near, key=lambda i: abs(stamps[i] - stamp), default=None)
        if best is None or abs(stamps[best] - stamp) > TRUTH_TOLERANCE:
            return ()
        if self._nobody_nearer(stamp, abs(stamps[best] - stamp)):
            return ()
        return self._people[room][best]

    def people(self, room: str) -> tuple[str, ...]:
        """Return the names of everybody who was ever in a room, ascending."""
        return tuple(sorted({p.person for people in self._people.get(room, []) for p in people}))

    def _nobody_nearer(self, stamp: float, distance: float) -> bool:
        """Tell whether an empty array is nearer to a stamp than `distance` seconds."""
        stamps = self._stamps.get(None, [])
        after = bisect.bisect_left(stamps, stamp)
        return any(abs(s - stamp) < distance for s in stamps[max(after - 1, 0) : after + 1])

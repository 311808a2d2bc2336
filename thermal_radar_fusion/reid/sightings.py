"""Where people were seen last, and so who can be where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from thermal_radar_fusion.reid.followed import FollowedTrack
from thermal_radar_fusion.reid.travel_times import TravelTimes


@dataclass(frozen=True)
class Sighting:
    """Where somebody was seen last.

    Attributes:
        room: name.
        stamp: seconds.
        confidence: probability in [0, 1] that it was they.
    """

    room: str
    stamp: float
    confidence: float


class Sightings:
    """The last sighting of each person."""

    def __init__(self) -> None:
        self._last: dict[str, Sighting] = {}

    def add(self, track: FollowedTrack) -> None:
        """Take in where the person of a decided track is."""
        identity = track.identity
        known = self._last.get(identity.person)
        if known is None or known.stamp <= track.last_seen:
            self._last[identity.person] = Sighting(
                identity.room, track.last_seen, identity.certainty
            )

    def forget(self, people: Iterable[str]) -> None:
        """Drop what is known of some people."""
        for person in people:
            self._last.pop(person, None)

    def arrived(
        self, person: str, track: FollowedTrack, travel_times: TravelTimes, overlap: float
    ) -> float:
        """Return the probability of getting in time from a person's last place to a track's start.

        Args:
            person: name.
            track: that began somewhere, at some time.
            travel_times: between the rooms.
            overlap: seconds for which two rooms may see one person.
        """
        last = self._last.get(person)
        if last is None:
            return 1.0
        elapsed = track.first_seen - last.stamp + overlap
        return travel_times.arrival_probability(last.room, track.identity.room, elapsed)

    def certainty(self, person: str) -> float:
        """Return the probability that it was the person who was seen last."""
        return self._last[person].confidence if person in self._last else 0.0

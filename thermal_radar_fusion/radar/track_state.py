"""A track as the tracker keeps it between frames."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.radar import life_cycle
from thermal_radar_fusion.radar.appearance import Profile, Window
from thermal_radar_fusion.radar.dwelling import Place
from thermal_radar_fusion.radar.kalman import GaussianState
from thermal_radar_fusion.radar.track import UNASSIGNED

Array = NDArray[np.float64]


@dataclass(eq=False)
class Track:
    """What the tracker remembers of one, possibly not yet confirmed, person.

    Attributes:
        serial: unique among all tracks ever started, ascending.
        state: in the room's frame.
        spread: (2, 2) covariance of the points of the last sighting [m^2].
        expected_points: smoothed number of points per frame.
        height: smoothed mean z of the points [m].
        first_seen, last_seen: stamps [s].
        odds: log-odds that somebody is there.
        track_id: UNASSIGNED until the track is confirmed.
        points: number of points of the last frame.
        born_at, seen_at: (2,) where it was seen first and last [m].
        profile: appearance as long as the identity is beyond doubt.
        fresh: appearance since the identity came into doubt.
        window: features of the window that is not full yet.
        seen_by: when each radar saw the track last [s].
        resting: whether the person stood or sat when last seen.
        dwelling: whether that has been so in one place for a while, arms aside.
        place: where the person is, and since when.
        updated: whether a window was closed in this frame.
    """

    serial: int
    state: GaussianState
    spread: Array
    expected_points: float
    height: float
    first_seen: float
    last_seen: float
    odds: float = field(default_factory=lambda: life_cycle.log_odds(life_cycle.BIRTH))
    track_id: int = UNASSIGNED
    points: int = 0
    place: Place = field(init=False)
    born_at: Array = field(init=False)
    seen_at: Array = field(init=False)
    profile: Profile = field(default_factory=Profile)
    fresh: Profile = field(default_factory=Profile)
    window: Window = field(default_factory=Window)
    seen_by: dict[str, float] = field(default_factory=dict)
    resting: bool = False
    dwelling: bool = False
    updated: bool = False

    def __post_init__(self) -> None:
        self.born_at = self.seen_at = self.state.mean[:2]
        self.place = Place(self.born_at, self.first_seen)

    @property
    def confirmed(self) -> bool:
        """Whether the track has an id."""
        return self.track_id != UNASSIGNED

"""Who is who after people met, and who comes back.

While two people are in one place, nobody can say which track is whose. The pair stays in doubt
until both have been seen alone for some windows; then their appearance before and after decides
whether the identities stay or are exchanged. A track that is newly confirmed where an identity
was lost shortly before takes that identity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.appearance import (
    AppearanceParameters,
    Comparison,
    Profile,
    Window,
    frame_features,
    frame_view,
)
from thermal_radar_fusion.radar.cloud import Cloud
from thermal_radar_fusion.radar.life_cycle import log_odds, probability
from thermal_radar_fusion.radar.track_state import Array, Track


@dataclass(frozen=True)
class IdentityParameters(Parameters):
    """When identities are exchanged or taken up again."""

    meeting_distance: float = parameter(
        0.6, 'people nearer than this may be mistaken for each other', unit='m', low=0.0, high=5.0
    )
    exchange_evidence: float = parameter(
        4.0, 'log-likelihood ratio from which identities are exchanged', low=0.0, high=1e3
    )
    keep_evidence: float = parameter(
        4.0, 'log-likelihood ratio from which identities are held to be right', low=0.0, high=1e3
    )
    mistake_probability: float = parameter(
        0.1, 'how often a meeting ends with the wrong identities', low=0.001, high=0.5
    )
    least_memory: int = parameter(
        8, 'windows of both before a meeting without which nothing is decided', low=1, high=100
    )
    tempering: float = parameter(
        1.0, 'trust in the likelihoods: windows are not independent', low=0.0, high=1.0
    )
    revive_time: float = parameter(
        8.0, 'a lost identity is remembered for so long', unit='s', low=0.0, high=3600.0
    )
    revive_speed: float = parameter(
        1.5, 'somebody lost is looked for as far as this speed leads', unit='m/s', low=0.0
    )
    revive_distance: float = parameter(0.6, 'and this much farther', unit='m', low=0.0, high=10.0)


Pair = tuple[int, int]

MOST_LOST = 50
"""Lost identities that are remembered at most."""


@dataclass(eq=False)
class Lost:
    """An identity whose track died.

    Attributes:
        track_id: the identity.
        position: (2,) where it was seen last [m].
        first_seen, last_seen: stamps [s].
        profile: its appearance.
        near: serials of the tracks that were near when it died.
    """

    track_id: int
    position: Array
    first_seen: float
    last_seen: float
    profile: Profile
    near: frozenset[int]


class Identities:
    """Keeps the appearance of every confirmed track, and repairs identities."""

    def __init__(self, parameters: IdentityParameters, appearance: AppearanceParameters) -> None:
        self.parameters = parameters
        self.appearance = appearance
        self._doubts: dict[Pair, float] = {}
        self._lost: list[Lost] = []

    # What happens in a frame ------------------------------------------------------------------

    def observe(self, cloud: Cloud, shares: Array, tracks: Sequence[Track], dt: float) -> None:
        """Look at the tracks that walk alone, then settle what can be settled.

        Args:
            cloud: of this frame.
            shares: (T, N) responsibilities of the tracks for its points.
            tracks: T, tentative ones too.
            dt: seconds since the last frame.
        """
        distances = _distances(tracks)
        self._note_meetings(tracks, distances)
        for index, track in enumerate(tracks):
            track.updated = False
            if self._is_clear(track, index, tracks, distances):
                self._look(track, cloud.frame.points[shares[index] > 0.5], cloud.origin, dt)
        self.settle({track.serial: track for track in tracks})

    def _note_meetings(self, tracks: Sequence[Track], distances: Array) -> None:
        """Put every pair of confirmed tracks that is close together in doubt."""
        for i, j in np.argwhere(np.triu(distances < self.parameters.meeting_distance, 1)):
            if tracks[i].confirmed and tracks[j].confirmed:
                self._meet(tracks[i], tracks[j], {track.serial: track for track in tracks})

    def _meet(self, a: Track, b: Track, tracks: dict[int, Track]) -> None:
        """Let two tracks lose their certainty; what was seen of them before is used up first."""
        met_already = _pair(a, b) in self._doubts and not (len(a.fresh) or len(b.fresh))
        if not met_already:
            self._use_up({a.serial, b.serial}, tracks)
            before = probability(self._doubts.get(_pair(a, b), -np.inf))
            mistake = self.parameters.mistake_probability
            self._doubts[_pair(a, b)] = log_odds(before + mistake - 2 * before * mistake)
        for track in (a, b):
            track.fresh, track.window = Profile(), Window()

    def _use_up(self, serials: set[int], tracks: dict[int, Track]) -> None:
        """Put the evidence of the last windows of some tracks into the doubts about them."""
        for pair in self._doubts:
            if serials & set(pair) and all(serial in tracks for serial in pair):
                self._doubts[pair] = self._belief(pair, tracks)

    def _is_clear(
        self, track: Track, index: int, tracks: Sequence[Track], distances: Array
    ) -> bool:
        """Tell whether a track walks, with nobody else near it."""
        confirmed = np.array([other.confirmed for other in tracks])
        crowded = (distances[index] < self.appearance.clear_distance) & confirmed
        speed = np.hypot(*track.state.mean[2:])
        return not crowded.any() and speed >= self.appearance.least_speed

    def _look(self, track: Track, points: Array, origin: Array, dt: float) -> None:
        """Take one frame of a track into its window; close the window when it is full."""
        if len(points) < self.appearance.least_points:
            return
        state = track.state.mean
        features = frame_features(points, float(np.hypot(*state[2:])))
        track.window.add(features, frame_view(state, origin), dt)
        if track.window.seconds >= self.appearance.window:
            track.fresh.absorb(track.window.profile())
            track.window, track.updated = Window(), True

    def _in_doubt(self, serial: int) -> bool:
        return any(serial in pair for pair in self._doubts)

    # Exchange ---------------------------------------------------------------------------------

    def settle(self, tracks: dict[int, Track]) -> None:
        """Decide every doubtful pair of which enough was seen since; forget dead ones."""
        self._doubts = {
            pair: odds
            for pair, odds in self._doubts.items()
            if all(serial in tracks for serial in pair)
        }
        for pair in sorted(self._doubts):
            self._decide(pair, tracks)
        for serial, track in tracks.items():
            if len(track.fresh) and not self._in_doubt(serial):
                track.profile.absorb(track.fresh)
                track.fresh = Profile()

    def _decide(self, pair: Pair, tracks: dict[int, Track]) -> None:
        """Exchange the identities of a pair, or hold them to be right, or wait."""
        a, b = (tracks[serial] for serial in pair)
        if not (a.updated or b.updated):
            return
        known = min(len(a.profile), len(b.profile)) >= self.parameters.least_memory
        odds = self._belief(pair, tracks) if known else -np.inf
        if odds > self.parameters.exchange_evidence:
            exchange(a, b)
        if not -self.parameters.keep_evidence <= odds <= self.parameters.exchange_evidence:
            del self._doubts[pair]

    def _belief(self, pair: Pair, tracks: dict[int, Track]) -> float:
        """Return the log-odds of a pair having each other's identity."""
        a, b = (tracks[serial] for serial in pair)
        if not (len(a.fresh) or len(b.fresh)):
            return self._doubts[pair]
        profiles = [track.profile for track in tracks.values()]
        likelihood = Comparison(profiles, self.appearance.prior_windows).log_likelihood
        keep = likelihood(a.fresh, a.profile) + likelihood(b.fresh, b.profile)
        swap = likelihood(a.fresh, b.profile) + likelihood(b.fresh, a.profile)
        return self._doubts[pair] + self.parameters.tempering * (swap - keep)

    # Loss and return --------------------------------------------------------------------------

    def lose(self, track: Track, tracks: Sequence[Track]) -> None:
        """Remember the identity of a confirmed track that is being deleted; `tracks` go on."""
        near = frozenset(
            other.serial
            for other in tracks
            if _distance(other.state.mean, track.state.mean) < self.appearance.clear_distance
        )
        times = track.first_seen, track.last_seen
        self._lost.append(Lost(track.track_id, track.seen_at, *times, track.profile, near))
        self._lost = self._lost[-MOST_LOST:]

    def revive(self, track: Track) -> bool:
        """Give a newly confirmed track the lost identity that it continues, if there is one."""
        candidates = [lost for lost in self._lost if self._continues(track, lost)]
        if not candidates:
            return False
        chosen = min(candidates, key=lambda lost: _distance(track.born_at, lost.position))
        self._lost.remove(chosen)
        track.track_id, track.first_seen = chosen.track_id, chosen.first_seen
        track.profile = chosen.profile
        for other in chosen.near:
            self._doubts[min(track.serial, other), max(track.serial, other)] = 0.0
        return True

    def _continues(self, track: Track, lost: Lost) -> bool:
        """Tell whether a track began where and when a lost person may have been.

        It may have begun before the lost one was seen last: two tracks on one person.
        """
        gap = max(track.first_seen - lost.last_seen, 0.0)
        reach = self.parameters.revive_distance + self.parameters.revive_speed * gap
        near = _distance(track.born_at, lost.position) <= reach
        return gap <= self.parameters.revive_time and lost.last_seen <= track.last_seen and near


def _distance(a: Array, b: Array) -> float:
    """Return the distance on the floor of two positions or states [m]."""
    return float(np.hypot(a[0] - b[0], a[1] - b[1]))


def _pair(a: Track, b: Track) -> Pair:
    """Return the key of a pair."""
    return min(a.serial, b.serial), max(a.serial, b.serial)


def exchange(a: Track, b: Track) -> None:
    """Let two tracks change identities: id, profile, and since when it is known."""
    a.track_id, b.track_id = b.track_id, a.track_id
    a.profile, b.profile = b.profile, a.profile
    a.first_seen, b.first_seen = b.first_seen, a.first_seen


def _distances(tracks: Sequence[Track]) -> Array:
    """Return the distances (T, T) between tracks, infinite on the diagonal."""
    means = np.array([track.state.mean[:2] for track in tracks]).reshape(-1, 2)
    distances = np.linalg.norm(means[:, None] - means[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return distances

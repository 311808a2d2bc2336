"""What a report tells, gathered from processed frames: tracks over time, pairs, contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.bags import Truth
from thermal_radar_fusion.contacts.proximity import Contact, track_name
from thermal_radar_fusion.processed_bag import ProcessedBag, ProcessedFrame
from thermal_radar_fusion.radar.track import TrackStatus

Array = NDArray[np.float64]

# Everybody is missed in a frame now and then; that is nothing to tell.
MOMENT = 0.4


@dataclass(frozen=True)
class TrackHistory:
    """One track from its first to its last report.

    Attributes:
        name: `room#id`.
        times: (N,) seconds since the recording began.
        positions: (N, 2) metres.
        deviations: (N,) standard deviation of the position along its worst axis [m].
        seen: (N,) whether points were seen in this frame or a moment ago; else it is predicted.
    """

    name: str
    room: str
    times: Array
    positions: Array
    deviations: Array
    seen: NDArray[np.bool_]

    @property
    def duration(self) -> float:
        """Seconds from the first to the last report."""
        return float(self.times[-1] - self.times[0])

    @property
    def path_length(self) -> float:
        """Metres walked, of steps of half a second so that jitter does not count."""
        if len(self.times) < 2:
            return 0.0
        step = max(1, round(0.5 / max(float(np.median(np.diff(self.times))), 0.01)))
        if len(self.times) <= step:
            return 0.0
        return float(np.linalg.norm(np.diff(self.positions[::step], axis=0), axis=1).sum())


@dataclass(frozen=True)
class PairHistory:
    """The distance of two tracks of one room over the time in which both are reported."""

    name_a: str
    name_b: str
    times: Array
    distances: Array

    @property
    def names(self) -> tuple[str, str]:
        """Names of both, in the order in which contacts have them."""
        return (min(self.name_a, self.name_b), max(self.name_a, self.name_b))

    @property
    def nearest(self) -> float:
        """Smallest distance [m]."""
        return float(self.distances.min())


@dataclass(frozen=True)
class TruePath:
    """Where one person really was: times (N,) [s] and positions (N, 2) [m], NaN while away."""

    person: str
    times: Array
    positions: Array


@dataclass(frozen=True)
class History:
    """Everything that a report shows of one recording."""

    processed: ProcessedBag
    truth: Truth | None = None

    @cached_property
    def begin(self) -> float:
        """Stamp of the first frame; all times of a history count from it."""
        return min((frame.stamp for frame in self.processed.frames), default=0.0)

    @property
    def rooms(self) -> tuple[str, ...]:
        """Names of the rooms."""
        return self.processed.rooms

    @property
    def contacts(self) -> Sequence[Contact]:
        """Every contact, in the order of their starts."""
        return self.processed.contacts

    @cached_property
    def tracks(self) -> list[TrackHistory]:
        """Every track, by room and id."""
        reports: dict[tuple[str, int], list[tuple]] = {}
        for frame in self.processed.frames:
            for track in frame.tracked.tracks:
                deviation = np.sqrt(np.linalg.eigvalsh(track.covariance[:2, :2])[-1])
                seen = track.status == TrackStatus.CONFIRMED
                report = (frame.stamp - self.begin, track.position, deviation, seen)
                reports.setdefault((frame.room, track.track_id), []).append(report)
        return [_track_history(*key, reports[key]) for key in sorted(reports)]

    @cached_property
    def pairs(self) -> list[PairHistory]:
        """Every two tracks that were reported together, the nearest first."""
        pairs = [_pair_history(a, b) for a, b in combinations(self.tracks, 2) if a.room == b.room]
        return sorted((p for p in pairs if p is not None), key=lambda pair: pair.nearest)

    def true_paths(self, room: str) -> list[TruePath]:
        """Return where everybody really was, [] where nobody knows."""
        if self.truth is None:
            return []
        frames = self.processed.of_room(room)
        return [
            _true_path(person, frames, self.truth, self.begin)
            for person in self.truth.people(room)
        ]

    def place(self, contact: Contact) -> Array | None:
        """Return the mean (2,) of the places between two people while they were in contact."""
        times, middles = _together(self._track(contact.person_a), self._track(contact.person_b))
        start, last = contact.start - self.begin, contact.last - self.begin
        during = (times >= start - 1e-3) & (times <= last + 1e-3)
        return middles[during].mean(axis=0) if during.any() else None

    def frame_times(self) -> Array:
        """Return the time (N,) of every frame."""
        return np.array([frame.stamp - self.begin for frame in self.processed.frames])

    def _track(self, name: str) -> TrackHistory | None:
        return next((track for track in self.tracks if track.name == name), None)


def _track_history(room: str, track_id: int, reports: list[tuple]) -> TrackHistory:
    times, positions, deviations, seen = zip(*reports, strict=True)
    return TrackHistory(
        track_name(room, track_id),
        room,
        np.array(times),
        np.array(positions),
        np.array(deviations),
        _lately(np.array(times), np.array(seen)),
    )


def _lately(times: Array, seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell for each time whether something was seen within MOMENT before it."""
    last = np.maximum.accumulate(np.where(seen, times, -np.inf))
    return times - last <= MOMENT


def _pair_history(a: TrackHistory, b: TrackHistory) -> PairHistory | None:
    """Return two tracks' distance, None if they were never reported together."""
    times, in_a, in_b = np.intersect1d(a.times, b.times, return_indices=True)
    if not len(times):
        return None
    distances = np.linalg.norm(a.positions[in_a] - b.positions[in_b], axis=1)
    return PairHistory(a.name, b.name, times, distances)


def _together(a: TrackHistory | None, b: TrackHistory | None) -> tuple[Array, Array]:
    """Return the common times (N,) of two tracks and the places (N, 2) between them."""
    if a is None or b is None:
        return np.empty(0), np.empty((0, 2))
    times, in_a, in_b = np.intersect1d(a.times, b.times, return_indices=True)
    return times, (a.positions[in_a] + b.positions[in_b]) / 2


def _true_path(
    person: str, frames: Sequence[ProcessedFrame], truth: Truth, begin: float
) -> TruePath:
    positions = np.full((len(frames), 2), np.nan)
    for index, frame in enumerate(frames):
        for true in truth.at(frame.room, frame.stamp):
            if true.person == person:
                positions[index] = true.position[:2]
    return TruePath(person, np.array([frame.stamp - begin for frame in frames]), positions)

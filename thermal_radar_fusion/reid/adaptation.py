"""Features refined at run time, from the tracks themselves and without labels.

milliTRACE-IR leaves this to future work. A radar of another kind, or that hangs elsewhere, moves
everybody's features alike. Where different people have been, the mean of their features shows
how far, and each room's features are moved to the mean of all rooms. How different the people of a
room are is told by its tracks: the same track is the same person, tracks at the same time
are different people. Where one person comes and goes, the mean is that person, and is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.reid.adaptation_evidence import RoomEvidence, TrackEvidence
from thermal_radar_fusion.reid.features import checked_features, directions

Array = NDArray[np.float64]


@dataclass(frozen=True)
class AdaptationParameters(Parameters):
    """Whether and how fast features are refined at run time."""

    enabled: bool = parameter(
        False, "whether rooms' features are made alike from unlabelled tracks"
    )
    prior: float = parameter(
        5.0, 'pairs that count as much as the guess that people differ in all', low=0.1, high=1e6
    )
    overlap: float = parameter(
        9.0, 'windows in a row that tell as much as one, as they share steps', low=1, high=1000
    )
    track_windows: int = parameter(
        60, 'windows of one track that count, so that nobody counts for all', low=2, high=100000
    )
    memory: float = parameter(
        20000.0, 'windows of a room that count; older ones fade', low=10, high=1e9
    )
    together: float = parameter(
        0.6, 'windows of two tracks at most so far apart are two people', unit='s', low=0, high=10
    )
    over: float = parameter(
        120.0, 'a track without a window for this is over', unit='s', low=1, high=1e6
    )
    growth: float = parameter(
        0.2, 'features are moved anew once there are more windows by this share', low=0.01, high=10
    )


@dataclass(frozen=True)
class FeatureMap:
    """How features are moved before anything compares them.

    Attributes:
        offsets: (D,) of each room whose features are moved.
    """

    offsets: Mapping[str, Array] = field(default_factory=dict)

    def __call__(self, rooms: str | Iterable[str], features: Array) -> Array:
        """Return features (N, D) of a room, or of one each, moved and of unit length again.

        Those of other rooms stay bit by bit as they are.
        """
        names = np.broadcast_to(np.asarray(rooms), len(features))
        moved = features
        for name in set(names.tolist()) & self.offsets.keys():
            own = names == name
            moved = moved.copy() if moved is features else moved
            moved[own] = directions(features[own] + self.offsets[name])
        return moved


UNMOVED = FeatureMap()
"""What is done to features as long as nothing is known."""


class FeatureAdaptation:
    """Learns from tracks how features of rooms differ, and how to make them alike.

    Attributes:
        rooms: what is known of each; it belongs to whoever keeps it for the next start.
        map: what is done to features now. It changes seldom, as all that was learnt from
            features has to be learnt anew then: each time when there is more evidence by a share.
    """

    def __init__(
        self,
        dimension: int,
        parameters: AdaptationParameters | None = None,
        rooms: dict[str, RoomEvidence] | None = None,
    ) -> None:
        """Start without tracks.

        Args:
            dimension: D of the features.
            parameters: None for the defaults.
            rooms: what is known already; it learns. None for nothing.
        """
        self.parameters = parameters or AdaptationParameters()
        self.rooms = {} if rooms is None else rooms
        self.map = UNMOVED
        self._dimension, self._fresh = dimension, 0
        self.reset()

    def reset(self) -> None:
        """Forget the tracks; what is known of rooms stays."""
        self._tracks: dict[str, dict[int, TrackEvidence]] = {}

    def observe(self, room: str, track_id: int, stamp: float, feature: ArrayLike) -> None:
        """Take in a feature (D,) of a track at a stamp [s].

        Raises:
            FeatureError: it is of another size or no number; nothing has changed then.
        """
        row = directions(checked_features(feature, self._dimension))[0]
        if not self.parameters.enabled:
            return
        evidence = self.rooms.setdefault(room, RoomEvidence.empty(self._dimension))
        tracks = self._present(room, stamp)
        track = tracks.setdefault(track_id, TrackEvidence(row, stamp, np.zeros(self._dimension)))
        if track.windows < self.parameters.track_windows:
            track.add(row, evidence)
            self._pair(track_id, stamp, row, room)
            self._fresh += 1
        track.latest, track.stamp = row, stamp
        evidence.fade(self.parameters.memory)

    def _present(self, room: str, stamp: float) -> dict[int, TrackEvidence]:
        """Return the tracks of a room that are not over."""
        oldest = stamp - self.parameters.over
        kept = {k: t for k, t in self._tracks.get(room, {}).items() if t.stamp >= oldest}
        self._tracks[room] = kept
        return kept

    def _pair(self, track_id: int, stamp: float, row: Array, room: str) -> None:
        """Compare a feature with those of other tracks of the room at the same time."""
        for other_id, other in self._tracks[room].items():
            if other_id != track_id and abs(stamp - other.stamp) <= self.parameters.together:
                self.rooms[room].add_pair(row, other.latest)

    def refresh(self) -> FeatureMap:
        """Return `map`, made anew first if there is enough new evidence."""
        if not self.parameters.enabled:
            self.map = UNMOVED
        elif self.map is UNMOVED or self._fresh >= self.parameters.growth * self._known():
            self._fresh = 0
            self.map = fitted_map(self.rooms, self.parameters.prior, self.parameters.overlap)
        return self.map

    def _known(self) -> float:
        """Return how many windows the map was made of."""
        return sum(room.windows for room in self.rooms.values()) - self._fresh

    def transform(self, room: str, features: ArrayLike) -> Array:
        """Return features (N, D) of a room as they are compared with those of other rooms.

        Raises:
            FeatureError: there is none, or one is of another size or no number.
        """
        return self.map(room, checked_features(features, self._dimension))


def fitted_map(rooms: Mapping[str, RoomEvidence], prior: float, overlap: float) -> FeatureMap:
    """Return the map that moves the mean of each room to that of all, as far as it is trusted.

    A random-effects model: a room moves features, people differ, windows scatter. How far rooms
    move features is what their means differ by beyond what comes of having seen few people
    (DerSimonian and Laird 1986), and each room's own share of that is shrunk by its noise.

    Args:
        rooms: what their tracks have shown.
        prior: pairs that count as much as the guess that people differ in everything.
        overlap: windows in a row that tell as much as one.
    """
    seen = {name: room for name, room in rooms.items() if room.windows}
    if len(seen) < 2:
        return UNMOVED
    people = between_people(seen.values(), prior)
    noise = np.array([noise_of(room, people, overlap) for room in seen.values()])
    means = np.stack([room.mean for room in seen.values()])
    shift = between_rooms(means, noise)
    if not shift:
        return UNMOVED
    middle = np.average(means, axis=0, weights=1 / (shift + noise))
    offsets = (shift / (shift + noise))[:, None] * (middle - means)
    return FeatureMap(dict(zip(seen, offsets, strict=True)))


def between_people(rooms: Iterable[RoomEvidence], prior: float) -> float:
    """Return the variance between people, summed over the axes.

    Half the squared distance of two people at the same time is on average the variance within
    tracks and that between people. Before anybody was seen together it is taken to be 1, that
    of unit vectors which point anywhere.
    """
    rooms = list(rooms)
    apart = sum(room.distance - room.pairs * room.inside for room in rooms)
    return (max(apart, 0.0) + prior) / (sum(room.pairs for room in rooms) + prior)


def noise_of(room: RoomEvidence, people: float, overlap: float) -> float:
    """Return the variance of a room's mean, summed over the axes, that comes of who was there.

    Of n people who come equally often, 1 - 1/n of the variance between people shows, and 1/n of
    it is left in the mean: that is what does not show. There are no more people than tracks.
    """
    hidden = max(people - room.between, people / room.tracks)
    return hidden + overlap * room.inside / room.windows


def between_rooms(means: Array, noise: Array) -> float:
    """Return the variance between rooms, summed over the axes, of their means (R, D).

    Args:
        means: (R, D), R > 1.
        noise: (R,) variance of each that is no difference between rooms.
    """
    weights = 1 / noise
    apart = np.sum((means - np.average(means, axis=0, weights=weights)) ** 2, axis=1)
    surplus = float(weights @ apart) - (len(means) - 1)
    total = weights.sum()
    return max(surplus, 0.0) / float(total - weights @ weights / total)

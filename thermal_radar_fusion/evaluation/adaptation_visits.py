"""Who was where, and what of it an adaptation may see: trials of its evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.gait_recordings import GaitRecording
from thermal_radar_fusion.datasets.recording import NOBODY
from thermal_radar_fusion.evaluation.adaptation_buildings import (
    SECONDS,
    TOGETHER,
    WALLS,
    Building,
    RoomWindows,
)

Array = NDArray[np.float64]
Features = Callable[[NDArray[np.float32], NDArray[np.bool_]], Array]

LAB, OFFICE = WALLS
# Windows that go through the network at a time, and fewest that somebody is known or judged by.
CHUNK, FEWEST = 256, 10
# Seconds between the starts of two pairs, who never meet; and between gallery and probe.
APART, GAP = 200.0, 4.5

# What unlabelled tracks there were beside those of the gallery: none, or those of other pairs in
# both rooms, by their number ('1', '3'); these and the probes; in the room of the probes only
# those of other people, of one pair, of one person. At home is who comes back to the same room.
NOTHING, PROBES, OTHERS, PAIR, ONE, HOME = 'none', 'probe', 'other', 'pair', 'one', 'home'
ONE_KIND, TWO_KINDS = 'radars of one kind', 'radars of two kinds'


@dataclass(frozen=True)
class Visit:
    """Windows of one track.

    Attributes:
        group: who were there together.
        room: where.
        occasion: 0 for the first half of a walk, 1 for the second.
        track: unique in its room.
        stamps: (N,) [s], of all visits on one clock.
        features: (N, D).
        people: (N,) index of the person, NOBODY for ghosts and mixtures.
    """

    group: int
    room: str
    occasion: int
    track: int
    stamps: Array
    features: Array
    people: NDArray[np.int64]

    def chosen(self, which: NDArray[np.bool_]) -> Visit:
        """Return some of the windows (N,)."""
        parts = (self.stamps[which], self.features[which], self.people[which])
        return replace(self, stamps=parts[0], features=parts[1], people=parts[2])


@dataclass(frozen=True)
class Trial:
    """People known from one room who come to another.

    Attributes:
        radars: of which kinds they are.
        situation: what unlabelled tracks there were.
        gallery, probe: features (n, D) of each person.
        rooms: of gallery and of probe.
        evidence: the unlabelled tracks.
    """

    radars: str
    situation: str
    gallery: dict[int, Array]
    probe: dict[int, Array]
    rooms: tuple[str, str]
    evidence: tuple[Visit, ...]


def building_visits(building: Building, features: Features) -> list[Visit]:
    """Return what was seen of everybody: first halves of walks in both rooms, then second ones."""
    visits = []
    for group, rooms in enumerate(building.pairs):
        middle = min(seen.stamps[0] for seen in rooms) + SECONDS / 2
        for room, seen in zip(WALLS, rooms, strict=True):
            visits += _visits(group, room, seen, middle, _features_of(seen, features))
    return visits


def _visits(
    group: int, room: str, seen: RoomWindows, middle: float, rows: Array
) -> Iterator[Visit]:
    people = np.where(seen.people == NOBODY, NOBODY, TOGETHER * group + seen.people)
    for track in np.unique(seen.tracks).tolist():
        own = seen.tracks == track
        halves = (own & (seen.stamps <= middle), own & (seen.stamps > middle + GAP))
        for occasion, which in enumerate(halves):
            if which.any():
                number = 100 * group + 2 * track + occasion
                stamps = seen.stamps[which] + APART * group
                yield Visit(group, room, occasion, number, stamps, rows[which], people[which])


def _features_of(seen: RoomWindows | GaitRecording, features: Features) -> Array:
    parts = [
        features(seen.points[k : k + CHUNK], seen.mask[k : k + CHUNK])
        for k in range(0, len(seen.stamps), CHUNK)
    ]
    return np.concatenate(parts)


def radars_of(building: Building) -> str:
    """Return whether the rooms have radars of one kind or of two."""
    return ONE_KIND if len(set(building.kinds)) == 1 else TWO_KINDS


def building_trials(building: Building, visits: Sequence[Visit]) -> Iterator[Trial]:
    """Yield the trials of a building: either half of the pairs is known from either room.

    Everybody is in the laboratory in the first half of the walk and in the office in the second,
    so that gallery and probe are never one walk.
    """
    pairs = range(len(building.pairs))
    half = len(pairs) // 2
    seen = [v for v in visits if (v.room, v.occasion) in ((LAB, 0), (OFFICE, 1))]
    radars = radars_of(building)
    for known, others in ((pairs[:half], pairs[half:]), (pairs[half:], pairs[:half])):
        for rooms in ((LAB, OFFICE), (OFFICE, LAB)):
            gallery, probe = (_people(seen, known, room) for room in rooms)
            for situation, evidence in _situations(seen, known, others, rooms):
                yield _trial(radars, situation, gallery, probe, rooms, evidence)
        first = _people(seen, known, LAB)
        later = _people([v for v in visits if v.occasion == 1], known, LAB)
        yield _trial(radars, HOME, first, later, (LAB, LAB), seen)


def _trial(
    radars: str,
    situation: str,
    gallery: dict[int, Array],
    probe: dict[int, Array],
    rooms: tuple[str, str],
    evidence: Sequence[Visit],
) -> Trial:
    """Return a trial of those of whom there is enough."""
    there = [p for p in gallery if len(gallery[p]) >= FEWEST]
    judged = {p: probe[p] for p in there if len(probe.get(p, ())) >= FEWEST}
    known = {p: gallery[p] for p in there}
    return Trial(radars, situation, known, judged, rooms, tuple(evidence))


def _situations(
    seen: Sequence[Visit], known: Sequence[int], others: Sequence[int], rooms: tuple[str, str]
) -> Iterator[tuple[str, list[Visit]]]:
    """Yield names and unlabelled tracks of what may have been before."""
    first, second = rooms
    own = [v for v in seen if v.group in known and v.room == first]
    probes = [v for v in seen if v.group in known and v.room == second]
    strangers = {room: [v for v in seen if v.group in others and v.room == room] for room in rooms}
    yield NOTHING, own
    for count in (1, len(others)):
        some = [v for v in seen if v.group in others[:count]]
        yield str(count), own + some
    yield PROBES, [v for v in seen if v.group in others] + own + probes
    yield OTHERS, own + strangers[second]
    pair = [v for v in probes if v.group == known[0]]
    yield PAIR, own + strangers[first] + pair
    alone = [v.chosen(v.people == TOGETHER * known[0]) for v in pair]
    yield ONE, own + strangers[first] + [v for v in alone if len(v.stamps)]


def _people(visits: Sequence[Visit], groups: Sequence[int], room: str) -> dict[int, Array]:
    """Return the features (n, D) of each person of some pairs in a room, by time."""
    own = [v for v in visits if v.group in groups and v.room == room]
    if not own:
        return {}
    stamps = np.concatenate([v.stamps for v in own])
    rows = np.concatenate([v.features for v in own])[np.argsort(stamps, kind='stable')]
    people = np.concatenate([v.people for v in own])[np.argsort(stamps, kind='stable')]
    return {p: rows[people == p] for p in np.unique(people[people != NOBODY]).tolist()}


def recorded_trials(recordings: Sequence[GaitRecording], features: Features) -> list[Trial]:
    """Return the trials of people recorded by two radars each, from one radar to the other.

    Each was recorded alone; here they come as if they had been there at the same time.
    """
    sensors = sorted({recording.sensor for recording in recordings})
    visits = [visit for r in recordings for visit in _halves(r, recordings, features)]
    trials = []
    for first, second in ((sensors[0], sensors[-1]), (sensors[-1], sensors[0])):
        sides = ((first, 0), (second, 1))
        seen = [v for v in visits if (v.room, v.occasion) in sides]
        gallery, probe = (_people(seen, (0,), room) for room, _ in sides)
        for situation, evidence in ((NOTHING, seen[:0]), (PROBES, seen)):
            name = f'{first}, {second}'
            trials.append(_trial(name, situation, gallery, probe, (first, second), evidence))
    return trials


def _halves(
    recording: GaitRecording, recordings: Sequence[GaitRecording], features: Features
) -> Iterator[Visit]:
    """Yield both halves of a recording, its clock set to start with that of the others."""
    person = sorted({r.subject for r in recordings}).index(recording.subject)
    stamps = recording.stamps - recording.stamps[0]
    rows, middle = _features_of(recording, features), stamps[-1] / 2
    for occasion, which in enumerate((stamps <= middle, stamps > middle + GAP)):
        start = stamps[which][0]
        people = np.full(int(which.sum()), person)
        yield Visit(
            0, recording.sensor, occasion, person, stamps[which] - start, rows[which], people
        )

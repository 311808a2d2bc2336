"""Rosbag2 in and out, without ROS installed: recordings, and the names of all that bags need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from thermal_radar_fusion.bag_reader import BagFrame, BagImage, BagReader, RadarSource, open_bag
from thermal_radar_fusion.bag_truth import Truth
from thermal_radar_fusion.bag_writer import MAP_FRAME, STORAGES, BagError, BagWriter
from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.topics import (
    CONTACTS_TOPIC,
    IDENTITIES_TOPIC,
    PEOPLE_TOPIC,
    PERSON_FIELD,
    TRUTH_TOPIC,
    radar_topic,
)

__all__ = [
    'CONTACTS_TOPIC',
    'IDENTITIES_TOPIC',
    'MAP_FRAME',
    'PEOPLE_TOPIC',
    'PERSON_FIELD',
    'STORAGES',
    'TRUTH_TOPIC',
    'BagError',
    'BagFrame',
    'BagImage',
    'BagReader',
    'BagWriter',
    'RadarSource',
    'Truth',
    'open_bag',
    'radar_topic',
    'read_recording',
    'write_recording',
]


def write_recording(
    path: str | Path, *recordings: Recording, storage: str = 'mcap', force: bool = False
) -> None:
    """Write recordings, one room each, with whatever truth they have.

    Raises:
        BagError: no frames at all, or see `BagWriter`.
    """
    if not any(recording.frames for recording in recordings):
        raise BagError(f'{path}: not written, there are no frames')
    with BagWriter(path, storage=storage, force=force) as bag:
        for recording in recordings:
            bag.names(recording.room, recording.people)
        for recording, index in _by_stamp(recordings):
            people = recording.point_people
            bag.frame(recording.room, recording.frames[index], people and people[index])
            if recording.truth is not None:
                stamp = recording.frames[index].stamp
                bag.truth(recording.room, stamp, recording.truth[index])


def _by_stamp(recordings: Sequence[Recording]) -> list[tuple[Recording, int]]:
    """Return every frame of all recordings as (recording, index), in the order of stamps."""
    entries = [(recording, i) for recording in recordings for i in range(len(recording.frames))]
    return sorted(entries, key=lambda entry: entry[0].frames[entry[1]].stamp)


def read_recording(
    path: str | Path,
    room: str | None = None,
    sources: Mapping[str, RadarSource] | None = None,
) -> list[Recording]:
    """Return the recordings of a bag, one for each room, ascending by name.

    Args:
        path: of the bag.
        room: only this one.
        sources: topics of a driver that are to be read as radar clouds.

    Raises:
        BagError: see `open_bag` and `BagReader.radar_sources`; or the room is not in the bag.
    """
    with open_bag(path) as bag:
        chosen = bag.radar_sources(sources)
        rooms = sorted({source.room for source in chosen.values()})
        if room is not None and room not in rooms:
            raise BagError(f'{path}: has no room {room!r}; it has {", ".join(rooms)}')
        by_room: dict[str, list[BagFrame]] = {name: [] for name in rooms if room in (None, name)}
        chosen = {t: s for t, s in chosen.items() if s.room in by_room}
        for frame in bag.frames(chosen):
            by_room[frame.room].append(frame)
        truth = bag.truth()
        return [_recording(r, frames, truth, bag.names(r)) for r, frames in by_room.items()]


def _recording(
    room: str, entries: Sequence[BagFrame], truth: Truth | None, names: tuple[str, ...]
) -> Recording:
    """Put the frames and the truth of one room together."""
    labelled = bool(entries) and all(entry.people is not None for entry in entries)
    return Recording(
        frames=tuple(entry.frame for entry in entries),
        point_people=tuple(e.people for e in entries if e.people is not None)
        if labelled
        else None,
        truth=None if truth is None else tuple(truth.at(room, e.frame.stamp) for e in entries),
        people=names or (truth.people(room) if truth else ()),
        room=room,
    )

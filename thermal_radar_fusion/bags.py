"""Rosbag2 in and out (mcap and sqlite3), without ROS installed: what `ros2 bag play` plays."""

from __future__ import annotations

import bisect
import json
import re
import shutil
import struct
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.contacts.proximity import Contact
from thermal_radar_fusion.datasets.recording import Recording, TruePerson
from thermal_radar_fusion.radar.cloud_fields import CloudFieldError, FieldMapping
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.stamps import to_seconds
from thermal_radar_fusion.radar.track import RadarTrack

if TYPE_CHECKING:
    from rosbags.interfaces import Connection, Qos

STORAGES = ('mcap', 'sqlite3')
MAP_FRAME = 'map'

PEOPLE_TOPIC = '/people'
CONTACTS_TOPIC = '/contacts'
TRUTH_TOPIC = '/ground_truth'
PERSON_FIELD = 'person'

# The seconds of a ROS stamp are an int32.
LAST_STAMP = 2.0**31 - 1

# Of a database's header: the size of its pages (1 stands for 65536) and their number.
SQLITE_HEADER = struct.Struct('>16xH10xI')

# Truth at another rate than the radar's serves the frames within half a frame of it.
TRUTH_TOLERANCE = 0.06


class BagError(ValueError):
    """A bag is missing, damaged, of another kind or in the way; the text is one line."""


def radar_topic(room: str, name: str) -> str:
    """Return the name of a room's radar topic: `/lab/radar/points`."""
    return f'/{room}/radar/{name}'


@dataclass(frozen=True)
class RadarSource:
    """Where a bag holds the clouds of one radar, and how they are to be read.

    Attributes:
        room: name of the room that the radar looks into.
        sensor: name of the radar, None for the frame_id of each cloud.
        mapping: fields, axes and sign of the driver's clouds.
    """

    room: str
    sensor: str | None = None
    mapping: FieldMapping = field(default_factory=FieldMapping)


@dataclass(frozen=True)
class BagFrame:
    """One cloud of a bag.

    Attributes:
        room: name of the room.
        frame: the points, in the sensor's frame, finite.
        people: (N,) index of the person each point came from, None where nobody knows.
    """

    room: str
    frame: RadarFrame
    people: NDArray[np.int64] | None


# ---------------------------------------------------------------------------------- writing


class BagWriter:
    """Writes canonical topics to a new bag; a context manager.

    The bag appears under its name when everything is in it: an error or Ctrl-C leaves nothing.

    Raises:
        BagError: something of that name exists and `force` is not given, or it is no bag.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        storage: str = 'mcap',
        force: bool = False,
        map_frame: str = MAP_FRAME,
    ) -> None:
        self.path = Path(path)
        self.map_frame = map_frame
        self._storage = storage
        _check_free(self.path, force)

    def __enter__(self) -> BagWriter:
        from rosbags.rosbag2 import StoragePlugin, Writer

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._scratch = Path(tempfile.mkdtemp(prefix='.bag-', dir=self.path.parent))
        except OSError as error:
            raise BagError(f'{self.path}: cannot be written ({error.strerror})') from None
        plugin = StoragePlugin[self._storage.upper()]
        self._writer = Writer(self._scratch / self.path.name, version=9, storage_plugin=plugin)
        self._writer.__enter__()
        self._connections: dict[str, Connection] = {}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._writer.__exit__(kind, error, trace)
            if kind is None:
                if self.path.exists():
                    self.path.rename(self._scratch / '.old')
                (self._scratch / self.path.name).rename(self.path)
        finally:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def frame(self, room: str, frame: RadarFrame, people: NDArray[np.int64] | None = None) -> None:
        """Write one cloud; non-finite points are left out together with their person."""
        finite = frame.finite()
        labels = {}
        if people is not None:
            labels[PERSON_FIELD] = people[np.isfinite(frame.points).all(axis=1)]
        cloud = messages.WRITER.cloud(finite, frame.sensor, **labels)
        self._write(radar_topic(room, 'points'), messages.CLOUD, frame.stamp, cloud)

    def truth(self, room: str, stamp: float, people: Sequence[TruePerson]) -> None:
        """Write where everybody in a room really is."""
        content = messages.WRITER.truth(room, stamp, people, self.map_frame)
        self._write(TRUTH_TOPIC, messages.PEOPLE, stamp, content)

    def tracks(self, room: str, stamp: float, tracks: Sequence[RadarTrack]) -> None:
        """Write the tracks of a room after one frame."""
        content = messages.WRITER.tracks(room, stamp, tracks, self.map_frame)
        self._write(radar_topic(room, 'tracks'), messages.TRACKS, stamp, content)

    def people(self, room: str, stamp: float, tracks: Sequence[RadarTrack]) -> None:
        """Write the tracked people of a room."""
        content = messages.WRITER.people(room, stamp, tracks, self.map_frame)
        self._write(PEOPLE_TOPIC, messages.PEOPLE, stamp, content)

    def contacts(self, stamp: float, contacts: Sequence[Contact]) -> None:
        """Write what the contact detector reports at one instant."""
        content = messages.WRITER.contacts(messages.WRITER.header(stamp, self.map_frame), contacts)
        self._write(CONTACTS_TOPIC, messages.CONTACTS, stamp, content)

    def names(self, room: str, people: Sequence[str]) -> None:
        """Write the names that the `person` field of a room's clouds counts through."""
        self._writer.set_custom_data(_names_key(room), json.dumps(list(people)))

    def serialized(self, topic: str, kind: str, nanoseconds: int, data: bytes) -> None:
        """Write a message that is serialised already, as a recorder receives it."""
        if topic not in self._connections:
            self._connections[topic] = self._writer.add_connection(
                topic,
                kind,
                typestore=messages.typestore(),
                offered_qos_profiles=[_reliable()],
            )
        self._writer.write(self._connections[topic], nanoseconds, data)

    def _write(self, topic: str, kind: str, stamp: float, content: Any) -> None:
        if not 0.0 <= stamp <= LAST_STAMP:
            raise BagError(f'{self.path}: not written, {stamp:g} s is no time that ROS can tell')
        data = messages.serialized(kind, content)
        self.serialized(topic, kind, messages.nanoseconds(stamp), data)


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


def _names_key(room: str) -> str:
    return f'people.{room}'


def _check_free(path: Path, force: bool) -> None:
    """Raise BagError where a new bag would overwrite what it must not."""
    if not path.exists():
        return
    if not force:
        raise BagError(f'{path}: exists already; --force overwrites a bag')
    if not (path / 'metadata.yaml').exists():
        raise BagError(f'{path}: exists and is no bag, it is not overwritten')


def _reliable() -> Qos:
    """Return the quality of service that ROS publishers have by default, as bags store it."""
    from rosbags.interfaces import (
        Qos,
        QosDurability,
        QosHistory,
        QosLiveliness,
        QosReliability,
        QosTime,
    )

    forever = QosTime(9223372036, 854775807)
    return Qos(
        QosHistory.KEEP_LAST,
        10,
        QosReliability.RELIABLE,
        QosDurability.VOLATILE,
        forever,
        forever,
        QosLiveliness.AUTOMATIC,
        forever,
        False,
    )


# ---------------------------------------------------------------------------------- reading


class BagReader:
    """An open bag; see `open_bag`.

    Attributes:
        path: of the bag.
        topics: type of each topic.
        counts: number of messages of each topic.
    """

    def __init__(self, path: Path, reader: Any, names: Mapping[str, list[str]]) -> None:
        self.path = path
        self.topics = {c.topic: c.msgtype for c in reader.connections}
        self.counts: dict[str, int] = {}
        for connection in reader.connections:
            total = self.counts.get(connection.topic, 0) + connection.msgcount
            self.counts[connection.topic] = total
        self._reader = reader
        self._names = names

    def messages(self, topics: Collection[str]) -> Iterator[tuple[Connection, int, bytes]]:
        """Yield connection, nanoseconds and CDR bytes of every message of some topics, in order.

        Raises:
            BagError: the bag is damaged.
        """
        chosen = [c for c in self._reader.connections if c.topic in topics]
        # Without connections rosbags would yield everything.
        stream = self._reader.messages(chosen) if chosen else iter(())
        while True:
            with _damage(self.path):
                entry = next(stream, None)
            if entry is None:
                return
            yield entry

    def radar_sources(
        self, given: Mapping[str, RadarSource] | None = None
    ) -> dict[str, RadarSource]:
        """Return which topics hold radar clouds.

        Canonical topics (`/<room>/radar/points`), and the ones given of rooms without: a bag of
        everything holds what a driver sent and what ingestion made of it. In a bag with neither
        every PointCloud2 is taken for one radar's of the room 'room'.

        Raises:
            BagError: there is no such topic; the text lists those there are.
        """
        clouds = [t for t, kind in self.topics.items() if kind == messages.CLOUD]
        sources = {t: RadarSource(room) for t in clouds if (room := _room_of(t))}
        rooms = {source.room for source in sources.values()}
        drivers = {t: s for t, s in (given or {}).items() if t in clouds and s.room not in rooms}
        sources |= drivers
        if not sources:
            sources = {t: RadarSource('room') for t in clouds if not t.endswith('/track_points')}
        if not sources:
            topics = ', '.join(sorted(self.topics)) or 'no topics at all'
            raise BagError(f'{self.path}: has no radar topic; it has {topics}')
        return sources

    def frame_count(self, sources: Mapping[str, RadarSource]) -> int:
        """Return the number of clouds in some topics."""
        return sum(self.counts[topic] for topic in sources)

    def frames(self, sources: Mapping[str, RadarSource]) -> Iterator[BagFrame]:
        """Yield every cloud of some topics in the order of the bag.

        Raises:
            BagError: the bag is damaged, or a cloud lacks a field.
        """
        for connection, nanoseconds, data in self.messages(sources):
            source = sources[connection.topic]
            cloud = self._decoded(connection, data)
            stamp = messages.time_seconds(cloud.header.stamp) or _seconds(nanoseconds)
            try:
                points, people = messages.cloud_from(cloud, source.mapping, PERSON_FIELD)
            except CloudFieldError as error:
                raise BagError(f'{self.path}: {connection.topic}: {error}') from None
            sensor = source.sensor or cloud.header.frame_id
            yield BagFrame(source.room, RadarFrame(stamp, points, sensor), people)

    def tracks(self) -> Iterator[tuple[str, float, tuple[RadarTrack, ...]]]:
        """Yield room, stamp and tracks of every RadarTrackArray."""
        for content in self._contents(messages.TRACKS):
            tracks = tuple(messages.track_from(track) for track in content.tracks)
            yield content.room, messages.time_seconds(content.header.stamp), tracks

    def contacts(self) -> Iterator[tuple[float, tuple[Contact, ...]]]:
        """Yield stamp and contacts of every ContactArray."""
        for content in self._contents(messages.CONTACTS):
            contacts = tuple(messages.contact_from(contact) for contact in content.contacts)
            yield messages.time_seconds(content.header.stamp), contacts

    def truth(self) -> Truth | None:
        """Return what /ground_truth says, None where the bag does not have it."""
        if not self.counts.get(TRUTH_TOPIC):
            return None
        truth = Truth()
        for content in self._contents(messages.PEOPLE, {TRUTH_TOPIC}):
            truth.add(messages.time_seconds(content.header.stamp), content.people)
        return truth

    def names(self, room: str) -> tuple[str, ...]:
        """Return the names that the `person` field of a room counts through, () if unknown."""
        return tuple(self._names.get(_names_key(room), ()))

    def _contents(self, kind: str, topics: Collection[str] | None = None) -> Iterator[Any]:
        """Yield all messages of one type."""
        if topics is None:
            topics = {topic for topic, of in self.topics.items() if of == kind}
        for connection, _, data in self.messages(topics):
            yield self._decoded(connection, data)

    def _decoded(self, connection: Connection, data: bytes) -> Any:
        with _damage(self.path):
            return self._reader.deserialize(data, connection.msgtype)


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


@contextmanager
def open_bag(path: str | Path) -> Iterator[BagReader]:
    """Open a bag: a folder with metadata.yaml, or a single .mcap or .db3 file.

    Raises:
        BagError: the bag is missing, of another kind, or damaged.
    """
    from rosbags.highlevel import AnyReader

    path = Path(path)
    _check_kind(path)
    for file in path.glob('*.db3') if path.is_dir() else [path]:
        _check_length(file)
    with _damage(path):
        reader = AnyReader([path], default_typestore=messages.typestore())
        reader.open()
    try:
        yield BagReader(path, reader, _custom_names(path))
    finally:
        reader.close()


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


def _room_of(topic: str) -> str | None:
    """Return the room of a canonical cloud topic, None for any other topic."""
    match = re.fullmatch(r'(?:.*/)?(?P<room>[^/]+)?/radar/points', topic)
    return None if match is None else match['room'] or 'room'


def _check_kind(path: Path) -> None:
    """Raise BagError unless the path may be a bag."""
    if not path.exists():
        raise BagError(f'{path}: does not exist')
    if path.is_dir() and not (path / 'metadata.yaml').exists():
        raise BagError(f'{path}: is no bag, the folder has no metadata.yaml')
    if path.is_file() and path.suffix not in ('.mcap', '.db3'):
        raise BagError(f'{path}: is no bag (a folder with metadata.yaml, .mcap or .db3)')


def _check_length(path: Path) -> None:
    """Raise BagError if a database lacks some of its end, which SQLite reads as zeros."""
    if path.suffix != '.db3':
        return
    with path.open('rb') as file:
        head = file.read(SQLITE_HEADER.size)
    if len(head) == SQLITE_HEADER.size:
        page, pages = SQLITE_HEADER.unpack(head)
        if path.stat().st_size < (65536 if page == 1 else page) * pages:
            raise BagError(f'{path}: damaged or truncated bag (it ends within its last page)')


def _custom_names(path: Path) -> dict[str, list[str]]:
    """Return what the metadata of a bag says of the people's names."""
    import yaml

    metadata = (path if path.is_dir() else path.parent) / 'metadata.yaml'
    if not metadata.exists():
        return {}
    content = yaml.safe_load(metadata.read_text())['rosbag2_bagfile_information']
    custom = content.get('custom_data') or {}
    return {k: json.loads(v) for k, v in custom.items() if k.startswith(_names_key(''))}


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """Turn what rosbags raises on a damaged bag, which is almost anything, into a BagError."""
    try:
        yield
    except BagError:
        raise
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BagError(f'{path}: damaged or truncated bag ({reason})') from None


def _seconds(nanoseconds: int) -> float:
    return to_seconds(*divmod(nanoseconds, messages.NANOSECONDS))

"""New rosbag2 bags (mcap and sqlite3), without ROS installed: what `ros2 bag play` plays."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.contacts.proximity import Contact
from thermal_radar_fusion.datasets.recording import TruePerson
from thermal_radar_fusion.fusion.screened import Screening
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.message_content import NOBODY, UNNAMED
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import RadarTrack
from thermal_radar_fusion.reid.followed import Identity
from thermal_radar_fusion.thermal.faces import TrackedFaces
from thermal_radar_fusion.topics import (
    CONTACTS_TOPIC,
    IDENTITIES_TOPIC,
    PEOPLE_TOPIC,
    PERSON_FIELD,
    TRANSFORMS_TOPIC,
    TRUTH_TOPIC,
    radar_topic,
    screenings_topic,
)

if TYPE_CHECKING:
    from rosbags.interfaces import Connection, Qos

STORAGES = ('mcap', 'sqlite3')
MAP_FRAME = 'map'

# Keys of a bag's custom data.
DEPLOYMENT_KEY = 'deployment'
NAMES_KEY = 'people.'

# The seconds of a ROS stamp are an int32.
LAST_STAMP = 2.0**31 - 1


class BagError(ValueError):
    """A bag is missing, damaged, of another kind or in the way; the text is one line."""


class BagWriter:
    """Writes canonical topics to a new bag; a context manager.

    The bag appears under its name when everything is in it: an error or Ctrl-C leaves nothing.
    The same content makes the same bytes: a bag does not say when it was written.

    Args:
        path: of the bag, a folder.
        storage: one of STORAGES.
        force: whether to replace a bag that is there.
        map_frame: frame of what is about people.
        compress: whether to compress mcap's chunks, for images; sqlite3 is never compressed.

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
        compress: bool = False,
    ) -> None:
        self.path = Path(path)
        self.map_frame = map_frame
        self._storage = storage
        self._compress = compress
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
        if self._compress and plugin is StoragePlugin.MCAP:
            self._compress_chunks()
        self._writer.__enter__()
        self._connections: dict[str, Connection] = {}
        return self

    def _compress_chunks(self) -> None:
        from rosbags.rosbag2 import CompressionFormat, CompressionMode

        self._writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)

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
        self.write(radar_topic(room, 'points'), messages.CLOUD, frame.stamp, cloud)

    def truth(self, room: str, stamp: float, people: Sequence[TruePerson]) -> None:
        """Write where everybody in a room really is."""
        content = messages.WRITER.truth(room, stamp, people, self.map_frame)
        self.write(TRUTH_TOPIC, messages.PEOPLE, stamp, content)

    def tracks(self, room: str, stamp: float, tracks: Sequence[RadarTrack]) -> None:
        """Write the tracks of a room after one frame."""
        content = messages.WRITER.tracks(room, stamp, tracks, self.map_frame)
        self.write(radar_topic(room, 'tracks'), messages.TRACKS, stamp, content)

    def people(
        self,
        room: str,
        stamp: float,
        tracks: Sequence[RadarTrack],
        screened: Mapping[int, Screening] = NOBODY,
        names: Mapping[int, str] = UNNAMED,
    ) -> None:
        """Write the tracked people of a room, with temperatures and names of tracks if known."""
        content = messages.WRITER.people(room, stamp, tracks, self.map_frame, screened, names)
        self.write(PEOPLE_TOPIC, messages.PEOPLE, stamp, content)

    def contacts(self, stamp: float, contacts: Sequence[Contact]) -> None:
        """Write what the contact detector reports at one instant."""
        content = messages.WRITER.contacts(messages.WRITER.header(stamp, self.map_frame), contacts)
        self.write(CONTACTS_TOPIC, messages.CONTACTS, stamp, content)

    def identities(self, room: str, stamp: float, identities: Sequence[Identity]) -> None:
        """Write who is there in a room."""
        header = messages.WRITER.header(stamp, self.map_frame)
        content = messages.WRITER.identities(header, room, identities)
        self.write(IDENTITIES_TOPIC, messages.IDENTITIES, stamp, content)

    def faces(
        self, topic: str, camera: str, tracked: TrackedFaces, shape: tuple[int, int]
    ) -> None:
        """Write the faces of one image of `shape` (height, width) on a topic."""
        content = messages.WRITER.faces(tracked, shape, camera)
        self.write(topic, messages.FACES, tracked.stamp, content)

    def screenings(self, room: str, stamp: float, screenings: Sequence[Screening]) -> None:
        """Write the temperatures of the people of a room."""
        header = messages.WRITER.header(stamp, self.map_frame)
        content = messages.WRITER.screenings(header, screenings)
        self.write(screenings_topic(room), messages.SCREENINGS, stamp, content)

    def names(self, room: str, people: Sequence[str]) -> None:
        """Write the names that the `person` field of a room's clouds counts through."""
        self._writer.set_custom_data(NAMES_KEY + room, json.dumps(list(people)))

    def deployment(self, content: Mapping[str, Any]) -> None:
        """Write what a deployment file would hold: the rooms and radars of this bag."""
        self._writer.set_custom_data(DEPLOYMENT_KEY, json.dumps(content))

    def mountings(self, stamp: float, mountings: Mapping[str, RigidTransform]) -> None:
        """Write where sensors hang, by name, so that RViz and others know too."""
        transforms = messages.WRITER.transforms(stamp, self.map_frame, mountings)
        content = messages.message(messages.TRANSFORMS, transforms=transforms)
        self.write(TRANSFORMS_TOPIC, messages.TRANSFORMS, stamp, content)

    def write(self, topic: str, kind: str, stamp: float, content: Any) -> None:
        """Write a message of a ROS type under its stamp [s].

        Raises:
            BagError: no ROS clock can tell that time.
        """
        if not 0.0 <= stamp <= LAST_STAMP:
            raise BagError(f'{self.path}: not written, {stamp:g} s is no time that ROS can tell')
        data = messages.serialized(kind, content)
        self.serialized(topic, kind, messages.nanoseconds(stamp), data)

    def serialized(self, topic: str, kind: str, nanoseconds: int, data: bytes) -> None:
        """Write a message that is serialised already, as a recorder receives it."""
        if topic not in self._connections:
            self._connections[topic] = self._writer.add_connection(
                topic,
                kind,
                typestore=messages.typestore(),
                offered_qos_profiles=[_reliable(latched=topic == TRANSFORMS_TOPIC)],
            )
        self._writer.write(self._connections[topic], nanoseconds, data)


def _check_free(path: Path, force: bool) -> None:
    """Raise BagError where a new bag would overwrite what it must not."""
    if not path.exists():
        return
    if not force:
        raise BagError(f'{path}: exists already; --force overwrites a bag')
    if not (path / 'metadata.yaml').exists():
        raise BagError(f'{path}: exists and is no bag, it is not overwritten')


def _reliable(latched: bool) -> Qos:
    """Return what a ROS publisher offers as bags store it; latched is what latecomers get too."""
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
        QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE,
        forever,
        forever,
        QosLiveliness.AUTOMATIC,
        forever,
        False,
    )

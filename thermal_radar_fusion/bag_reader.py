"""Bags of ours and of others as our types, without ROS installed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.bag_files import check_files, custom_data, damage
from thermal_radar_fusion.bag_truth import Truth
from thermal_radar_fusion.bag_writer import DEPLOYMENT_KEY, NAMES_KEY, BagError
from thermal_radar_fusion.contacts.proximity import Contact
from thermal_radar_fusion.fusion.screened import Screening
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.radar.cloud_fields import CloudFieldError, FieldMapping
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.stamps import to_seconds
from thermal_radar_fusion.radar.track import RadarTrack
from thermal_radar_fusion.reid.followed import Identity
from thermal_radar_fusion.thermal.faces import TrackedFaces
from thermal_radar_fusion.thermal_messages import faces_from, image_from, screening_from
from thermal_radar_fusion.topics import PERSON_FIELD, TRANSFORMS_TOPIC, TRUTH_TOPIC, room_of_clouds

if TYPE_CHECKING:
    from rosbags.interfaces import Connection


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


@dataclass(frozen=True)
class BagImage:
    """One image of a bag.

    Attributes:
        sensor: name of the camera.
        stamp: seconds.
        pixels: (H, W) uint8, uint16 or float32, as its encoding says.
    """

    sensor: str
    stamp: float
    pixels: NDArray


class BagReader:
    """An open bag; see `open_bag`.

    Attributes:
        path: of the bag.
        topics: type of each topic.
        counts: number of messages of each topic.
        latched: the topics whose last messages are meant for who subscribes later, too.
        deployment: what a deployment file of this bag would hold, None where the bag has none.
    """

    def __init__(self, path: Path, reader: Any, custom: Mapping[str, Any]) -> None:
        self.path = path
        self.topics = {c.topic: c.msgtype for c in reader.connections}
        self.counts: dict[str, int] = {}
        for connection in reader.connections:
            total = self.counts.get(connection.topic, 0) + connection.msgcount
            self.counts[connection.topic] = total
        self.latched = {c.topic for c in reader.connections if _is_latched(c)}
        self._reader = reader
        self._custom = custom
        self.deployment: dict[str, Any] | None = custom.get(DEPLOYMENT_KEY)

    def messages(self, topics: Collection[str]) -> Iterator[tuple[Connection, int, bytes]]:
        """Yield connection, nanoseconds and CDR bytes of every message of some topics, in order.

        Raises:
            BagError: the bag is damaged.
        """
        chosen = [c for c in self._reader.connections if c.topic in topics]
        # Without connections rosbags would yield everything.
        stream = self._reader.messages(chosen) if chosen else iter(())
        while True:
            with damage(self.path):
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
        sources = {t: RadarSource(room) for t in clouds if (room := room_of_clouds(t))}
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
        return self.readings(sources, {})

    def readings(
        self, sources: Mapping[str, RadarSource], cameras: Mapping[str, str]
    ) -> Iterator[BagFrame | BagImage]:
        """Yield every cloud of some topics, and every image of others, in the order of the bag.

        Args:
            cameras: name of the camera by the topic of its images.

        Raises:
            BagError: the bag is damaged, a cloud lacks a field, or an image is of an encoding
                that is not known here.
        """
        for connection, nanoseconds, data in self.messages({**sources, **cameras}):
            topic, content = connection.topic, self._decoded(connection, data)
            stamp = messages.time_seconds(content.header.stamp) or _seconds(nanoseconds)
            if topic in sources:
                yield self._frame(topic, content, stamp, sources[topic])
            else:
                yield BagImage(cameras[topic], stamp, self._pixels(topic, content))

    def _frame(self, topic: str, cloud: Any, stamp: float, source: RadarSource) -> BagFrame:
        try:
            points, people = messages.cloud_from(cloud, source.mapping, PERSON_FIELD)
        except CloudFieldError as error:
            raise BagError(f'{self.path}: {topic}: {error}') from None
        sensor = source.sensor or cloud.header.frame_id
        return BagFrame(source.room, RadarFrame(stamp, points, sensor), people)

    def _pixels(self, topic: str, content: Any) -> NDArray:
        try:
            return image_from(content)
        except ValueError as error:
            raise BagError(f'{self.path}: {topic}: {error}') from None

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

    def screenings(self) -> Iterator[tuple[float, tuple[Screening, ...]]]:
        """Yield stamp and screenings of every ScreeningArray."""
        for content in self._contents(messages.SCREENINGS):
            screenings = tuple(screening_from(screening) for screening in content.screenings)
            yield messages.time_seconds(content.header.stamp), screenings

    def identities(self) -> Iterator[tuple[str, float, tuple[Identity, ...]]]:
        """Yield room, stamp and identities of every IdentityArray."""
        for content in self._contents(messages.IDENTITIES):
            identities = tuple(messages.identity_from(entry) for entry in content.identities)
            yield content.room, messages.time_seconds(content.header.stamp), identities

    def faces(self) -> Iterator[tuple[str, TrackedFaces]]:
        """Yield the camera's name and the faces of every FaceTrackArray."""
        for content in self._contents(messages.FACES):
            yield content.header.frame_id, faces_from(content)[0]

    def images(self, topic: str) -> Iterator[BagImage]:
        """Yield every image of a topic.

        Raises:
            BagError: the topic holds no images, or some of an encoding that is not known here.
        """
        for content in self._contents_of(topic, messages.IMAGE):
            header, pixels = content.header, self._pixels(topic, content)
            yield BagImage(header.frame_id, messages.time_seconds(header.stamp), pixels)

    def camera_infos(self, topic: str) -> Iterator[Any]:
        """Yield every sensor_msgs/CameraInfo of a topic.

        Raises:
            BagError: the topic holds none.
        """
        return self._contents_of(topic, messages.CAMERA_INFO)

    def mountings(self) -> dict[str, RigidTransform]:
        """Return where the sensors hang by their names, as /tf_static says; {} if nothing does."""
        return {
            transform.child_frame_id: messages.pose_from(transform.transform)
            for content in self._contents(messages.TRANSFORMS, {TRANSFORMS_TOPIC})
            for transform in content.transforms
        }

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
        return tuple(self._custom.get(NAMES_KEY + room, ()))

    def _contents(self, kind: str, topics: Collection[str] | None = None) -> Iterator[Any]:
        """Yield all messages of one type."""
        if topics is None:
            topics = {topic for topic, of in self.topics.items() if of == kind}
        for connection, _, data in self.messages(topics):
            yield self._decoded(connection, data)

    def _contents_of(self, topic: str, kind: str) -> Iterator[Any]:
        """Yield all messages of one topic, which has to be of one type."""
        if self.topics.get(topic) != kind:
            topics = ', '.join(sorted(self.topics))
            raise BagError(f'{self.path}: has no {kind} on {topic}; it has {topics}')
        return self._contents(kind, {topic})

    def _decoded(self, connection: Connection, data: bytes) -> Any:
        with damage(self.path):
            return self._reader.deserialize(data, connection.msgtype)


def _is_latched(connection: Connection) -> bool:
    profiles = connection.ext.offered_qos_profiles
    return any(profile.durability.name == 'TRANSIENT_LOCAL' for profile in profiles)


@contextmanager
def open_bag(path: str | Path) -> Iterator[BagReader]:
    """Open a bag: a folder with metadata.yaml, or a single .mcap or .db3 file.

    Raises:
        BagError: the bag is missing, of another kind, or damaged.
    """
    from rosbags.highlevel import AnyReader

    path = Path(path)
    check_files(path)
    with damage(path):
        custom = custom_data(path)
        reader = AnyReader([path], default_typestore=messages.typestore())
        reader.open()
    try:
        yield BagReader(path, reader, custom)
    finally:
        reader.close()


def _seconds(nanoseconds: int) -> float:
    return to_seconds(*divmod(nanoseconds, messages.NANOSECONDS))

"""Our types as rosbag2 messages and back, without ROS: what lies inside a bag of ours."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.contacts.proximity import Contact, ContactState, track_name
from thermal_radar_fusion.datasets.recording import TruePerson
from thermal_radar_fusion.radar import cloud_fields
from thermal_radar_fusion.radar.cloud_fields import CloudLayout, FieldMapping
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.stamps import to_sec_nanosec, to_seconds
from thermal_radar_fusion.radar.track import RadarTrack, TrackStatus
from thermal_radar_fusion.resources import PACKAGE, resource

if TYPE_CHECKING:
    from rosbags.typesys.store import Typestore

Array = NDArray[np.float64]

CLOUD = 'sensor_msgs/msg/PointCloud2'
TRACKS = f'{PACKAGE}/msg/RadarTrackArray'
PEOPLE = f'{PACKAGE}/msg/PersonArray'
CONTACTS = f'{PACKAGE}/msg/ContactArray'

NANOSECONDS = 1_000_000_000


@cache
def typestore() -> Typestore:
    """Return the ROS 2 message types together with the ones of this package."""
    from rosbags.typesys import Stores, get_types_from_msg, get_typestore

    store = get_typestore(Stores.ROS2_JAZZY)
    types: dict = {}
    for path in sorted(resource('msg').glob('*.msg')):
        types.update(get_types_from_msg(path.read_text(), f'{PACKAGE}/msg/{path.stem}'))
    store.register(types)
    return store


def message(kind: str, **fields: Any) -> Any:
    """Build a message of a ROS type, e.g. `message('geometry_msgs/msg/Point', x=..., ...)`."""
    return typestore().types[kind](**fields)


def serialized(kind: str, content: Any) -> bytes:
    """Return the CDR bytes of a message."""
    return bytes(typestore().serialize_cdr(content, kind))


def time_message(stamp: float) -> Any:
    """Return seconds as builtin_interfaces/Time."""
    sec, nanosec = to_sec_nanosec(stamp)
    return message('builtin_interfaces/msg/Time', sec=sec, nanosec=nanosec)


def time_seconds(time: Any) -> float:
    """Return builtin_interfaces/Time as seconds."""
    return to_seconds(time.sec, time.nanosec)


def nanoseconds(stamp: float) -> int:
    """Return seconds as whole nanoseconds, as bags date their messages."""
    sec, nanosec = to_sec_nanosec(stamp)
    return sec * NANOSECONDS + nanosec


def header(stamp: float, frame_id: str) -> Any:
    """Return a std_msgs/Header."""
    return message('std_msgs/msg/Header', stamp=time_message(stamp), frame_id=frame_id)


def cloud_message(frame: RadarFrame, frame_id: str, **labels: NDArray[np.int64]) -> Any:
    """Return points as PointCloud2: the canonical columns, then one int32 field per label."""
    cloud = cloud_fields.encode(frame.points, labels)
    return message(
        CLOUD,
        header=header(frame.stamp, frame_id),
        height=1,
        width=cloud.width,
        fields=[message('sensor_msgs/msg/PointField', **f._asdict()) for f in cloud.fields],
        is_bigendian=False,
        point_step=cloud.point_step,
        row_step=len(cloud.data),
        data=np.frombuffer(cloud.data, dtype=np.uint8),
        is_dense=True,
    )


def cloud_from(
    cloud: Any, mapping: FieldMapping, label: str
) -> tuple[Array, NDArray[np.int64] | None]:
    """Return the finite points (N, 5) of a PointCloud2 and one label (N,), None if it has none."""
    fields = [(f.name, f.offset, f.datatype, f.count) for f in cloud.fields]
    layout = CloudLayout(
        fields, cloud.point_step, cloud.row_step, cloud.width, cloud.height, cloud.is_bigendian
    )
    names = [label] if label in [f[0] for f in fields] else []
    data = np.ascontiguousarray(cloud.data)
    points, columns = cloud_fields.decode_labelled(data, layout, names, mapping)
    return points, columns.get(label)


def tracks_message(room: str, stamp: float, tracks: Sequence[RadarTrack], frame_id: str) -> Any:
    """Return the tracks of one room at one instant as RadarTrackArray."""
    return message(
        TRACKS,
        header=header(stamp, frame_id),
        room=room,
        tracks=[_track_message(track) for track in tracks],
    )


def _track_message(track: RadarTrack) -> Any:
    return message(
        f'{PACKAGE}/msg/RadarTrack',
        track_id=track.track_id,
        status=int(track.status),
        position=_point(track.position, track.height),
        velocity=_vector(track.velocity),
        covariance=np.asarray(track.covariance, dtype=float).ravel(),
        spread=np.asarray(track.spread, dtype=float).ravel(),
        existence=float(track.existence),
        points=min(int(track.points), 65535),
        first_seen=time_message(track.first_seen),
        last_seen=time_message(track.last_seen),
    )


def track_from(content: Any) -> RadarTrack:
    """Return a RadarTrack message as our type."""
    p, v = content.position, content.velocity
    return RadarTrack(
        track_id=int(content.track_id),
        status=TrackStatus(int(content.status)),
        state=np.array([p.x, p.y, v.x, v.y]),
        covariance=np.array(content.covariance).reshape(4, 4),
        height=float(p.z),
        spread=np.array(content.spread).reshape(2, 2),
        existence=float(content.existence),
        points=int(content.points),
        first_seen=time_seconds(content.first_seen),
        last_seen=time_seconds(content.last_seen),
    )


def people_message(room: str, stamp: float, tracks: Sequence[RadarTrack], frame_id: str) -> Any:
    """Return the tracked people of one room as PersonArray, as contact_tracer publishes them."""
    people = [
        _person(
            track_name(room, t.track_id),
            room,
            _point(t.position, t.height),
            _vector(t.velocity),
            np.asarray(t.covariance, dtype=float).ravel(),
        )
        for t in tracks
    ]
    return _person_array(stamp, people, frame_id)


def truth_message(room: str, stamp: float, people: Sequence[TruePerson], frame_id: str) -> Any:
    """Return the true positions of everybody in one room as PersonArray."""
    persons = [
        _person(
            p.person,
            room,
            _point(p.position[:2], p.position[2]),
            _vector(p.velocity),
            np.zeros(16),
        )
        for p in people
    ]
    return _person_array(stamp, persons, frame_id)


def _person_array(stamp: float, people: list[Any], frame_id: str) -> Any:
    people.sort(key=lambda person: person.person)
    return message(PEOPLE, header=header(stamp, frame_id), people=people)


def _person(name: str, room: str, position: Any, velocity: Any, covariance: Array) -> Any:
    return message(
        f'{PACKAGE}/msg/Person',
        person=name,
        room=room,
        position=position,
        velocity=velocity,
        covariance=covariance,
    )


def true_person_from(content: Any) -> TruePerson:
    """Return a Person message of /ground_truth as our type."""
    p, v = content.position, content.velocity
    return TruePerson(content.person, np.array([p.x, p.y, p.z]), np.array([v.x, v.y, v.z]))


def contacts_message(stamp: float, contacts: Sequence[Contact], frame_id: str) -> Any:
    """Return contacts as ContactArray."""
    return message(
        CONTACTS,
        header=header(stamp, frame_id),
        contacts=[_contact_message(contact) for contact in contacts],
    )


def _contact_message(contact: Contact) -> Any:
    return message(
        f'{PACKAGE}/msg/Contact',
        state=int(contact.state),
        person_a=contact.person_a,
        person_b=contact.person_b,
        room=contact.room,
        start=time_message(contact.start),
        last=time_message(contact.last),
        distance=contact.distance,
        distance_stddev=contact.distance_std,
        distance_min=contact.distance_min,
        distance_mean=contact.distance_mean,
        duration=contact.duration,
    )


def contact_from(content: Any) -> Contact:
    """Return a Contact message as our type."""
    return Contact(
        state=ContactState(int(content.state)),
        person_a=content.person_a,
        person_b=content.person_b,
        room=content.room,
        start=time_seconds(content.start),
        last=time_seconds(content.last),
        distance=float(content.distance),
        distance_std=float(content.distance_stddev),
        distance_min=float(content.distance_min),
        distance_mean=float(content.distance_mean),
    )


def _point(position: Array, height: float) -> Any:
    x, y = (float(value) for value in position)
    return message('geometry_msgs/msg/Point', x=x, y=y, z=float(height))


def _vector(velocity: Array) -> Any:
    x, y, *z = (float(value) for value in velocity)
    return message('geometry_msgs/msg/Vector3', x=x, y=y, z=z[0] if z else 0.0)

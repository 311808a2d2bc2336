"""Our types as rosbag2 messages and back, without ROS: what lies inside a bag of ours."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.contacts.proximity import Contact, ContactState
from thermal_radar_fusion.datasets.recording import TruePerson
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.message_content import MessageWriter
from thermal_radar_fusion.radar import cloud_fields
from thermal_radar_fusion.radar.cloud_fields import CloudLayout, FieldMapping
from thermal_radar_fusion.radar.stamps import to_sec_nanosec, to_seconds
from thermal_radar_fusion.radar.track import RadarTrack, TrackStatus
from thermal_radar_fusion.reid.followed import Identity, IdentityState
from thermal_radar_fusion.resources import PACKAGE, resource

if TYPE_CHECKING:
    from rosbags.typesys.store import Typestore

Array = NDArray[np.float64]

CLOUD = 'sensor_msgs/msg/PointCloud2'
TRACKS = f'{PACKAGE}/msg/RadarTrackArray'
PEOPLE = f'{PACKAGE}/msg/PersonArray'
CONTACTS = f'{PACKAGE}/msg/ContactArray'
FACES = f'{PACKAGE}/msg/FaceTrackArray'
SCREENINGS = f'{PACKAGE}/msg/ScreeningArray'
IDENTITIES = f'{PACKAGE}/msg/IdentityArray'
IMAGE = 'sensor_msgs/msg/Image'
CAMERA_INFO = 'sensor_msgs/msg/CameraInfo'
TRANSFORMS = 'tf2_msgs/msg/TFMessage'

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


def _packed(data: bytes, code: str) -> NDArray:
    return np.frombuffer(data, dtype=code)


WRITER = MessageWriter(message, _packed)


def serialized(kind: str, content: Any) -> bytes:
    """Return the CDR bytes of a message."""
    return bytes(typestore().serialize_cdr(content, kind))


def time_seconds(time: Any) -> float:
    """Return builtin_interfaces/Time as seconds."""
    return to_seconds(time.sec, time.nanosec)


def nanoseconds(stamp: float) -> int:
    """Return seconds as whole nanoseconds, as bags date their messages."""
    sec, nanosec = to_sec_nanosec(stamp)
    return sec * NANOSECONDS + nanosec


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


def pose_from(content: Any) -> RigidTransform:
    """Return a geometry_msgs/Transform as our type."""
    # Here, because its import takes long and few need it.
    from scipy.spatial.transform import Rotation

    q = content.rotation
    rotation = Rotation.from_quat([q.x, q.y, q.z, q.w]).as_matrix()
    return RigidTransform(rotation, _triple(content.translation))


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


def true_person_from(content: Any) -> TruePerson:
    """Return a Person message of /ground_truth as our type."""
    # Bags of version 0.1 have neither head nor temperature.
    head = getattr(content, 'head', None)
    known = head is not None and math.isfinite(head.x)
    return TruePerson(
        content.person,
        _triple(content.position),
        _triple(content.velocity),
        _triple(head) if known else None,
        float(getattr(content, 'temperature', math.nan)),
    )


def _triple(point: Any) -> Array:
    return np.array([point.x, point.y, point.z])


def identity_from(content: Any) -> Identity:
    """Return an Identity message as our type."""
    scores = (float(score) for score in content.scores)
    return Identity(
        room=content.room,
        track_id=int(content.track_id),
        state=IdentityState(int(content.state)),
        person=content.person,
        confidence=float(content.confidence),
        probabilities=dict(zip(content.people, scores, strict=True)),
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
        # Bags of earlier versions do not have it.
        elevated=bool(getattr(content, 'elevated', False)),
    )

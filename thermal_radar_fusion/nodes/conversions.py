"""Messages to the core's types and back."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point, Vector3
from numpy.typing import NDArray
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

from thermal_radar_fusion.contacts.proximity import Contact, TrackedPerson, track_name
from thermal_radar_fusion.datasets.recording import TruePerson
from thermal_radar_fusion.msg import (
    Contact as ContactMessage,
)
from thermal_radar_fusion.msg import (
    ContactArray,
    Person,
    PersonArray,
    RadarTrackArray,
)
from thermal_radar_fusion.msg import (
    RadarTrack as RadarTrackMessage,
)
from thermal_radar_fusion.radar import cloud_fields
from thermal_radar_fusion.radar.cloud_fields import FieldMapping
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.stamps import to_sec_nanosec, to_seconds
from thermal_radar_fusion.radar.track import RadarTrack, TrackedFrame

Array = NDArray[np.float64]

MOST_POINTS = 2**16 - 1
CANONICAL = FieldMapping()


def seconds(time: Time) -> float:
    """Return a stamp in seconds."""
    return to_seconds(time.sec, time.nanosec)


def time_message(stamp: float) -> Time:
    """Return seconds as a stamp."""
    sec, nanosec = to_sec_nanosec(stamp)
    return Time(sec=sec, nanosec=nanosec)


def header(stamp: float, frame_id: str) -> Header:
    """Return a header of a stamp in seconds."""
    return Header(stamp=time_message(stamp), frame_id=frame_id)


def fields_of(cloud: PointCloud2) -> list[tuple[str, int, int, int]]:
    """Return name, offset, datatype and count of each field of a cloud."""
    return [(field.name, field.offset, field.datatype, field.count) for field in cloud.fields]


def cloud_points(cloud: PointCloud2, mapping: FieldMapping = CANONICAL) -> Array:
    """Return the canonical points (N, 5) of any radar's cloud.

    Raises:
        CloudFieldError: the cloud has no x or y, or contradicts itself.
    """
    return cloud_fields.decode(
        memoryview(cloud.data),
        fields_of(cloud),
        cloud.point_step,
        cloud.row_step,
        cloud.width,
        cloud.height,
        cloud.is_bigendian,
        mapping,
    )


def frame_from_cloud(cloud: PointCloud2) -> RadarFrame:
    """Return a canonical cloud as the tracker takes it.

    Raises:
        CloudFieldError: see `cloud_points`.
    """
    stamp = seconds(cloud.header.stamp)
    return RadarFrame(stamp, cloud_points(cloud), cloud.header.frame_id)


def cloud_message(frame: RadarFrame, frame_id: str, **labels: NDArray[np.int64]) -> PointCloud2:
    """Return points as PointCloud2: the canonical columns, then one int32 field per label."""
    encoded = cloud_fields.encode(frame.points, labels)
    return PointCloud2(
        header=header(frame.stamp, frame_id),
        height=1,
        width=encoded.width,
        fields=[
            PointField(name=n, offset=o, datatype=d, count=c) for n, o, d, c in encoded.fields
        ],
        point_step=encoded.point_step,
        row_step=len(encoded.data),
        # rclpy takes an array as it is and checks anything else byte by byte.
        data=array('B', encoded.data),
        is_dense=True,
    )


def track_points_message(tracked: TrackedFrame, frame_id: str) -> PointCloud2:
    """Return the points of a frame in the room's frame, each with the id of its track."""
    return cloud_message(tracked.frame, frame_id, track_id=tracked.track_ids)


def tracks_message(
    room: str, stamp: float, tracks: Sequence[RadarTrack], frame_id: str
) -> RadarTrackArray:
    """Return the people of one room at one instant."""
    return RadarTrackArray(
        header=header(stamp, frame_id),
        room=room,
        tracks=[_track_message(track) for track in tracks],
    )


def _track_message(track: RadarTrack) -> RadarTrackMessage:
    return RadarTrackMessage(
        track_id=track.track_id,
        status=int(track.status),
        position=_point(track.position, track.height),
        velocity=Vector3(x=float(track.velocity[0]), y=float(track.velocity[1])),
        covariance=np.ascontiguousarray(track.covariance, dtype=float).ravel(),
        spread=np.ascontiguousarray(track.spread, dtype=float).ravel(),
        existence=float(track.existence),
        points=min(int(track.points), MOST_POINTS),
        first_seen=time_message(track.first_seen),
        last_seen=time_message(track.last_seen),
    )


def tracked_people(tracks: RadarTrackArray) -> list[TrackedPerson]:
    """Return the people of one room as the contact detector takes them."""
    return [
        TrackedPerson(
            track_name(tracks.room, track.track_id),
            np.array([track.position.x, track.position.y]),
            np.reshape(track.covariance, (4, 4))[:2, :2],
        )
        for track in tracks.tracks
    ]


def people_message(tracks: RadarTrackArray) -> PersonArray:
    """Return the people of one room under the names that their tracks give them."""
    people = [
        Person(
            person=track_name(tracks.room, track.track_id),
            room=tracks.room,
            position=track.position,
            velocity=track.velocity,
            covariance=track.covariance,
        )
        for track in tracks.tracks
    ]
    return PersonArray(header=tracks.header, people=sorted(people, key=lambda p: p.person))


def truth_message(
    room: str, stamp: float, people: Sequence[TruePerson], frame_id: str
) -> PersonArray:
    """Return where people really are; the covariance stays zero."""
    persons = [
        Person(
            person=person.person,
            room=room,
            position=_point(person.position[:2], person.position[2]),
            velocity=Vector3(**dict(zip('xyz', person.velocity.tolist(), strict=True))),
        )
        for person in sorted(people, key=lambda p: p.person)
    ]
    return PersonArray(header=header(stamp, frame_id), people=persons)


def contacts_message(tracks: Header, contacts: Sequence[Contact]) -> ContactArray:
    """Return contacts under the header of the tracks that they were found in."""
    return ContactArray(header=tracks, contacts=[_contact_message(c) for c in contacts])


def _contact_message(contact: Contact) -> ContactMessage:
    return ContactMessage(
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


def _point(position: Array, height: float) -> Point:
    return Point(x=float(position[0]), y=float(position[1]), z=float(height))

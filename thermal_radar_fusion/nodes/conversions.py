"""Messages to the core's types and back."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from numpy.typing import NDArray
from sensor_msgs.msg import PointCloud2

from thermal_radar_fusion.bag_messages import identity_from, track_from
from thermal_radar_fusion.contacts.proximity import TrackedPerson, track_name
from thermal_radar_fusion.fusion.screened import Screening, is_elevated
from thermal_radar_fusion.message_content import (
    NOBODY,
    UNNAMED,
    MessageWriter,
    temperature_fields,
)
from thermal_radar_fusion.msg import (
    IdentityArray,
    PersonArray,
    RadarTrackArray,
    ScreeningArray,
)
from thermal_radar_fusion.nodes.message_types import message_class
from thermal_radar_fusion.radar import cloud_fields
from thermal_radar_fusion.radar.cloud_fields import CloudLayout, FieldMapping
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.stamps import to_seconds
from thermal_radar_fusion.radar.track import RadarTrack, TrackedFrame
from thermal_radar_fusion.reid.followed import Identity
from thermal_radar_fusion.thermal_messages import screening_from

Array = NDArray[np.float64]

CANONICAL = FieldMapping()


def _make(kind: str, **fields: Any) -> Any:
    return message_class(kind)(**fields)


def _packed(data: bytes, code: str) -> array:
    # rclpy takes an array as it is and checks anything else element by element.
    return array(code, data)


WRITER = MessageWriter(_make, _packed)
time_message, header, cloud_message = WRITER.time, WRITER.header, WRITER.cloud
tracks_message, truth_message, contacts_message = WRITER.tracks, WRITER.truth, WRITER.contacts
faces_message, screenings_message = WRITER.faces, WRITER.screenings
identities_message = WRITER.identities
image_message = WRITER.image


def seconds(time: Time) -> float:
    """Return a stamp in seconds."""
    return to_seconds(time.sec, time.nanosec)


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


def radar_tracks(tracks: RadarTrackArray) -> list[RadarTrack]:
    """Return the tracks of one room as our type."""
    return [track_from(track) for track in tracks.tracks]


def track_points_message(tracked: TrackedFrame, frame_id: str) -> PointCloud2:
    """Return the points of a frame in the room's frame, each with the id of its track."""
    return WRITER.cloud(tracked.frame, frame_id, track_id=tracked.track_ids)


def tracked_frame_from(cloud: PointCloud2) -> TrackedFrame:
    """Return track_points as the tracker made them, without the tracks themselves.

    Raises:
        CloudFieldError: see `cloud_points`; or no track_id.
    """
    layout = CloudLayout(
        fields_of(cloud),
        cloud.point_step,
        cloud.row_step,
        cloud.width,
        cloud.height,
        cloud.is_bigendian,
    )
    points, labels = cloud_fields.decode_labelled(memoryview(cloud.data), layout, ['track_id'])
    frame = RadarFrame(seconds(cloud.header.stamp), points, cloud.header.frame_id)
    return TrackedFrame(frame, (), labels['track_id'])


def identities_from(identities: IdentityArray) -> tuple[Identity, ...]:
    """Return who is there in one room as our type."""
    return tuple(identity_from(identity) for identity in identities.identities)


def screenings_from(screenings: ScreeningArray) -> tuple[Screening, ...]:
    """Return what is known of the temperatures of one room."""
    return tuple(screening_from(screening) for screening in screenings.screenings)


def tracked_people(
    tracks: RadarTrackArray, screened: Mapping[int, Screening] = NOBODY
) -> list[TrackedPerson]:
    """Return the people of one room as the contact detector takes them.

    Args:
        screened: what is known of their temperatures, by the ids of their tracks.
    """
    return [
        TrackedPerson(
            track_name(tracks.room, track.track_id),
            np.array([track.position.x, track.position.y]),
            np.reshape(track.covariance, (4, 4))[:2, :2],
            is_elevated(screened, track.track_id),
        )
        for track in tracks.tracks
    ]


def people_message(
    tracks: RadarTrackArray,
    screened: Mapping[int, Screening] = NOBODY,
    names: Mapping[int, str] = UNNAMED,
) -> PersonArray:
    """Return the people of one room under their names, or else those of their tracks."""
    people = [
        WRITER.person(
            names.get(track.track_id) or track_name(tracks.room, track.track_id),
            tracks.room,
            track.position,
            track.velocity,
            track_id=track.track_id,
            covariance=track.covariance,
            **temperature_fields(screened.get(track.track_id)),
        )
        for track in tracks.tracks
    ]
    return PersonArray(header=tracks.header, people=sorted(people, key=lambda p: p.person))

"""What our types say as ROS messages: once, for rclpy's classes and for those of bags."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.contacts.proximity import Contact, track_name
from thermal_radar_fusion.datasets.recording import TruePerson
from thermal_radar_fusion.fusion.screened import Screening
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.message_maker import flat
from thermal_radar_fusion.radar import cloud_fields
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import RadarTrack
from thermal_radar_fusion.reid.followed import Identity
from thermal_radar_fusion.resources import PACKAGE
from thermal_radar_fusion.thermal_content import ThermalContent

Array = NDArray[np.float64]

MOST_POINTS = 2**16 - 1
UNKNOWN_COVARIANCE = np.zeros((4, 4))
UNKNOWN_POINT = (math.nan, math.nan, math.nan)
NOBODY: Mapping[int, Screening] = MappingProxyType({})
UNNAMED: Mapping[int, str] = MappingProxyType({})

# The digits of a quaternion beyond these differ between machines.
QUATERNION_DIGITS = 9


class MessageWriter(ThermalContent):
    """Builds messages out of our types; see `MessageMaker` for its arguments."""

    def cloud(self, frame: RadarFrame, frame_id: str, **labels: NDArray[np.int64]) -> Any:
        """Return points as PointCloud2: the canonical columns, then one int32 per label."""
        encoded = cloud_fields.encode(frame.points, labels)
        fields = [self._make('sensor_msgs/msg/PointField', **f._asdict()) for f in encoded.fields]
        return self._make(
            'sensor_msgs/msg/PointCloud2',
            header=self.header(frame.stamp, frame_id),
            height=1,
            width=encoded.width,
            fields=fields,
            is_bigendian=False,
            point_step=encoded.point_step,
            row_step=len(encoded.data),
            data=self._pack(encoded.data, 'B'),
            is_dense=True,
        )

    def transforms(
        self, stamp: float, frame_id: str, mountings: Mapping[str, RigidTransform]
    ) -> list[Any]:
        """Return the poses of sensors in a frame as geometry_msgs/TransformStamped."""
        return [
            self._make(
                'geometry_msgs/msg/TransformStamped',
                header=self.header(stamp, frame_id),
                child_frame_id=name,
                transform=self._transform(pose),
            )
            for name, pose in mountings.items()
        ]

    def tracks(self, room: str, stamp: float, tracks: Sequence[RadarTrack], frame_id: str) -> Any:
        """Return the tracks of one room at one instant as RadarTrackArray."""
        return self._make(
            f'{PACKAGE}/msg/RadarTrackArray',
            header=self.header(stamp, frame_id),
            room=room,
            tracks=[self._track(track) for track in tracks],
        )

    def people(
        self,
        room: str,
        stamp: float,
        tracks: Sequence[RadarTrack],
        frame_id: str,
        screened: Mapping[int, Screening] = NOBODY,
        names: Mapping[int, str] = UNNAMED,
    ) -> Any:
        """Return the tracked people of one room as PersonArray.

        Args:
            screened: what is known of their temperatures, by the ids of their tracks.
            names: who they are, likewise; others get their tracks' names.
        """
        return self._person_array(
            self.header(stamp, frame_id),
            (
                self.person(
                    names.get(track.track_id) or track_name(room, track.track_id),
                    room,
                    self._point(track.position, track.height),
                    self._vector(track.velocity),
                    track_id=track.track_id,
                    covariance=track.covariance,
                    **temperature_fields(screened.get(track.track_id)),
                )
                for track in tracks
            ),
        )

    def truth(self, room: str, stamp: float, people: Sequence[TruePerson], frame_id: str) -> Any:
        """Return where everybody in one room really is as PersonArray."""
        return self._person_array(
            self.header(stamp, frame_id),
            (
                self.person(
                    true.person,
                    room,
                    self._point(true.position[:2], true.position[2]),
                    self._vector(true.velocity),
                    head=true.head,
                    temperature=true.temperature,
                    temperature_std=0.0 if math.isfinite(true.temperature) else math.nan,
                )
                for true in people
            ),
        )

    def contacts(self, header: Any, contacts: Sequence[Contact]) -> Any:
        """Return contacts as ContactArray under a header."""
        content = [self._contact(contact) for contact in contacts]
        return self._make(f'{PACKAGE}/msg/ContactArray', header=header, contacts=content)

    def identities(self, header: Any, room: str, identities: Sequence[Identity]) -> Any:
        """Return who is there in one room as IdentityArray under a header."""
        content = [self._identity(identity) for identity in identities]
        return self._make(
            f'{PACKAGE}/msg/IdentityArray', header=header, room=room, identities=content
        )

    def _identity(self, identity: Identity) -> Any:
        scores = np.fromiter(identity.probabilities.values(), np.float32)
        return self._make(
            f'{PACKAGE}/msg/Identity',
            room=identity.room,
            track_id=identity.track_id,
            state=int(identity.state),
            person=identity.person,
            confidence=float(identity.confidence),
            people=list(identity.probabilities),
            scores=self._pack(scores.tobytes(), 'f'),
        )

    def _track(self, track: RadarTrack) -> Any:
        return self._make(
            f'{PACKAGE}/msg/RadarTrack',
            track_id=track.track_id,
            status=int(track.status),
            position=self._point(track.position, track.height),
            velocity=self._vector(track.velocity),
            covariance=flat(track.covariance),
            spread=flat(track.spread),
            existence=float(track.existence),
            points=min(int(track.points), MOST_POINTS),
            first_seen=self.time(track.first_seen),
            last_seen=self.time(track.last_seen),
        )

    def _person_array(self, header: Any, people: Iterable[Any]) -> Any:
        ordered = sorted(people, key=lambda person: person.person)
        return self._make(f'{PACKAGE}/msg/PersonArray', header=header, people=ordered)

    def person(
        self,
        name: str,
        room: str,
        position: Any,
        velocity: Any,
        *,
        track_id: int = 0,
        covariance: Array = UNKNOWN_COVARIANCE,
        head: Array | None = None,
        temperature: float = math.nan,
        temperature_std: float = math.nan,
        elevated: bool = False,
    ) -> Any:
        """Return one Person of a Point and a Vector3; what is not given is unknown."""
        x, y, z = UNKNOWN_POINT if head is None else head
        return self._make(
            f'{PACKAGE}/msg/Person',
            person=name,
            room=room,
            track_id=track_id,
            position=position,
            velocity=velocity,
            covariance=flat(covariance),
            head=self._point((x, y), z),
            temperature=float(temperature),
            temperature_std=float(temperature_std),
            elevated=elevated,
        )

    def _contact(self, contact: Contact) -> Any:
        return self._make(
            f'{PACKAGE}/msg/Contact',
            state=int(contact.state),
            person_a=contact.person_a,
            person_b=contact.person_b,
            room=contact.room,
            start=self.time(contact.start),
            last=self.time(contact.last),
            distance=float(contact.distance),
            distance_stddev=float(contact.distance_std),
            distance_min=float(contact.distance_min),
            distance_mean=float(contact.distance_mean),
            duration=float(contact.duration),
            elevated=bool(contact.elevated),
        )

    def _transform(self, pose: RigidTransform) -> Any:
        # Here, because its import takes long and few need it.
        from scipy.spatial.transform import Rotation

        turned = Rotation.from_matrix(pose.rotation).as_quat(canonical=True)
        # A zero, and no negative one, where rounding leaves nothing.
        x, y, z, w = (float(v) for v in np.round(turned, QUATERNION_DIGITS) + 0.0)
        return self._make(
            'geometry_msgs/msg/Transform',
            translation=self._vector(pose.translation),
            rotation=self._make('geometry_msgs/msg/Quaternion', x=x, y=y, z=z, w=w),
        )

    def _point(self, position: Sequence[float], height: float) -> Any:
        x, y = (float(value) for value in position)
        return self._make('geometry_msgs/msg/Point', x=x, y=y, z=float(height))

    def _vector(self, velocity: Array) -> Any:
        x, y, *up = (float(value) for value in velocity)
        return self._make('geometry_msgs/msg/Vector3', x=x, y=y, z=up[0] if up else 0.0)


def temperature_fields(screening: Screening | None) -> dict[str, Any]:
    """Return what a Person says of the temperature; nothing where it is not known."""
    if screening is None:
        return {}
    return {
        'temperature': screening.temperature,
        'temperature_std': screening.temperature_std,
        'elevated': screening.elevated,
    }

"""One thermal camera of a deployment, as its file describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from thermal_radar_fusion.camera_matrix import CameraMatrix
from thermal_radar_fusion.configuration import at, mapping, parameters_of
from thermal_radar_fusion.fusion.room_screening import PersonScreeningParameters
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.thermal.distance_model import DistanceModel
from thermal_radar_fusion.thermal.image_tracker import ImageTrackerParameters

IMAGE_KEYS = ('radiometry', 'detector', 'tracking', 'temperature')
SCREENING_KEYS = ('association', 'screening')
KEYS = ('room', 'image', 'mounting', 'intrinsics', *IMAGE_KEYS, *SCREENING_KEYS)


@dataclass(frozen=True)
class ThermalCamera:
    """One thermal camera; its name is the frame_id of its images.

    Attributes:
        pose: where it hangs, None where that was never calibrated.
        matrix: camera matrix and distortion, where they are not to come from camera_info.
        image: topic of the driver's images, '' for the one that belongs to the room.
        images: how its images are read, searched and followed.
        people: how faces become people with temperatures.
    """

    name: str
    room: str
    pose: Mounting | None = None
    matrix: CameraMatrix = field(default_factory=CameraMatrix)
    image: str = ''
    images: ImageTrackerParameters = field(default_factory=ImageTrackerParameters)
    people: PersonScreeningParameters = field(default_factory=PersonScreeningParameters)

    def changed(self, changes: Mapping[str, Any]) -> ThermalCamera:
        """Return the camera with some parameters set, by dotted names: `screening.rule`.

        Raises:
            ParameterError: a name is unknown, or a value impossible.
        """
        groups = {name: name.partition('.')[0] for name in changes}
        people = {n: v for n, v in changes.items() if groups[n] in SCREENING_KEYS}
        people |= {
            name.removeprefix('temperature.'): value
            for name, value in changes.items()
            if name.startswith('temperature.correction.')
        }
        images = {n: v for n, v in changes.items() if groups[n] not in SCREENING_KEYS}
        return replace(
            self, images=self.images.changed(images), people=self.people.changed(people)
        )

    @property
    def mounting(self) -> RigidTransform | None:
        """The transform from the camera's frame into its room's, None where it is unknown."""
        return None if self.pose is None else self.pose.transform


def parse_camera(name: str, content: Any) -> ThermalCamera:
    """Build a camera from what the deployment's file says of it; docs/ros.md has the keys.

    Raises:
        ParameterError: a key is unknown, or a value impossible.
    """
    keys = mapping('a camera', content, KEYS)
    for key in ('room', 'image'):
        if not isinstance(keys.get(key, ''), str) or (key == 'room' and not keys.get(key)):
            raise ParameterError(f'{key} must be a name')
    pose = keys.get('mounting')
    return ThermalCamera(
        name,
        keys['room'],
        None if pose is None else at('mounting', parameters_of, Mounting, pose),
        at('intrinsics', parameters_of, CameraMatrix, keys.get('intrinsics')),
        keys.get('image', ''),
        _images(keys),
        _people(keys),
    )


def _images(keys: Mapping[str, Any]) -> ImageTrackerParameters:
    """Return the groups of a camera that are about images.

    Where no distance model was fitted, a focal length that is given here stands in for one.
    """
    groups = {key: mapping(key, keys.get(key)) for key in IMAGE_KEYS}
    focal = mapping('intrinsics', keys.get('intrinsics')).get('fy')
    if focal and 'distance' not in groups['tracking']:
        groups['tracking'] = {**groups['tracking'], 'distance': DistanceModel.pinhole(focal)}
    model = 'fitted' if 'distance' in groups['tracking'] else 'focal_length'
    return parameters_of(ImageTrackerParameters, {**groups, 'distance_model': model})


def _people(keys: Mapping[str, Any]) -> PersonScreeningParameters:
    """Return the groups of a camera that are about people; the correction belongs to both."""
    groups = {key: mapping(key, keys.get(key)) for key in SCREENING_KEYS}
    groups['correction'] = mapping('temperature', keys.get('temperature')).get('correction', {})
    return parameters_of(PersonScreeningParameters, groups)

"""Node: radar tracks and faces of one room in, temperatures of its people out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from thermal_radar_fusion.camera_matrix import CameraMatrix
from thermal_radar_fusion.fusion.room_screening import (
    NO_MOUNTING,
    CameraSetup,
    PersonScreeningParameters,
    RoomScreening,
)
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.msg import FaceTrackArray, RadarTrackArray, ScreeningArray
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.nodes.camera_infos import CameraInfoInput
from thermal_radar_fusion.nodes.fusion_node import LATCHED, TRACKS, FusionNode, run
from thermal_radar_fusion.nodes.transforms import broadcast_mountings
from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter
from thermal_radar_fusion.thermal_messages import faces_from


@dataclass(frozen=True)
class AssociatorNodeParameters(Parameters):
    """What the node needs to know besides its cameras."""

    room: str = parameter('room', 'name of the room', reconfigurable=False)
    frame_id: str = parameter('map', 'frame of the radar tracks', reconfigurable=False)


@dataclass(frozen=True)
class CameraTopics(Parameters):
    """Where one camera's faces come from."""

    faces: str = parameter('thermal/faces', 'topic of the faces', reconfigurable=False)
    camera_info: str = parameter(
        'thermal/camera_info', 'topic of the camera matrix', reconfigurable=False
    )


class TrackAssociatorNode(FusionNode):
    """Wraps `RoomScreening`; publishes everybody with each image of any camera."""

    def __init__(self) -> None:
        super().__init__('track_associator', 'faces')
        self._settings = self.parameters.group(AssociatorNodeParameters())
        cameras = self.parameters.names('cameras', 'names of the thermal cameras of this room')
        calibrated = self.parameters.names('calibrated', 'cameras whose mounting is known')
        setups = {name: self._setup(name, name in calibrated) for name in cameras}
        topics = {name: self.parameters.group(CameraTopics(), f'{name}.') for name in cameras}
        matrices = {
            name: self.parameters.group(CameraMatrix(), f'{name}.intrinsics.') for name in cameras
        }
        self.parameters.finish()
        _check_known(calibrated, cameras)
        self._screening = RoomScreening(self._settings.room, setups)
        self._output = self.create_publisher(ScreeningArray, 'screenings', LATCHED)
        self._infos = {name: self._info(name, topics[name], matrices[name]) for name in cameras}
        self._inform(setups)
        for name, own in topics.items():
            self._subscribe(FaceTrackArray, own.faces, partial(self._on_faces, name))
        self._subscribe(RadarTrackArray, 'radar/tracks', self._on_tracks)
        mountings = {n: s.mounting for n, s in setups.items() if s.mounting is not None}
        frame = self._settings.frame_id
        self._broadcaster = broadcast_mountings(self, frame, mountings)

    def reset(self) -> None:
        """Forget everybody."""
        self._screening.reset()

    def _setup(self, name: str, calibrated: bool) -> CameraSetup:
        """Declare the parameters of one camera."""
        people = self.parameters.group(
            PersonScreeningParameters(), f'{name}.', partial(self._retune, name)
        )
        pose = self.parameters.group(Mounting(), f'{name}.mounting.') if calibrated else None
        return CameraSetup(pose and pose.transform, people)

    def _info(self, name: str, topics: CameraTopics, matrix: CameraMatrix) -> CameraInfoInput:
        """Listen to camera_info, unless the camera matrix was given."""
        take = partial(self._screening.set_intrinsics, name)
        return CameraInfoInput(self, topics.camera_info, take, name, matrix.intrinsics)

    def _inform(self, setups: dict[str, CameraSetup]) -> None:
        """Say what the node has to go on without."""
        for name, setup in setups.items():
            if setup.mounting is None:
                self.get_logger().warning(f'{name}: {NO_MOUNTING}')

    def _subscribe(self, kind: type, topic: str, take: Callable) -> None:
        self.create_subscription(kind, topic, take, TRACKS)

    def _retune(self, name: str, parameters: PersonScreeningParameters) -> None:
        self._screening.reconfigure(name, parameters)

    def _on_tracks(self, tracks: RadarTrackArray) -> None:
        stamp = conversions.seconds(tracks.header.stamp)
        self._screening.radar(stamp, conversions.radar_tracks(tracks))

    def _on_faces(self, name: str, message: FaceTrackArray) -> None:
        tracked, shape = faces_from(message)
        with self.diagnostics.measured(tracked.stamp, len(tracked.faces)):
            self._infos[name].match(shape)
            screenings = self._screening.faces(name, tracked)
            header = conversions.header(tracked.stamp, self._settings.frame_id)
            self._output.publish(conversions.screenings_message(header, screenings))


def _check_known(calibrated: Sequence[str], cameras: Sequence[str]) -> None:
    for name in calibrated:
        if name not in cameras:
            raise ParameterError(f'calibrated: {name!r} is none of the cameras')


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the node; return its exit status."""
    return run(TrackAssociatorNode, arguments)


if __name__ == '__main__':
    raise SystemExit(main())

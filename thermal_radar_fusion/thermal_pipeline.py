"""From thermal images and radar tracks to temperatures, offline: the cores that the nodes call."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from thermal_radar_fusion.camera_matrix import NO_INFO, CameraInfoError, fitting, intrinsics_of
from thermal_radar_fusion.camera_model import Intrinsics
from thermal_radar_fusion.deployed_camera import ThermalCamera
from thermal_radar_fusion.deployment import Deployment
from thermal_radar_fusion.fusion.room_screening import (
    NO_MOUNTING,
    CameraSetup,
    RoomScreening,
)
from thermal_radar_fusion.fusion.screened import Screening, by_track
from thermal_radar_fusion.radar.track import RadarTrack
from thermal_radar_fusion.thermal.faces import TrackedFaces
from thermal_radar_fusion.thermal.image_tracker import ImageTracker
from thermal_radar_fusion.thermal.radiometry import RadiometryError

Tell = Callable[[str], None]


@dataclass(frozen=True)
class ProcessedImage:
    """What came of one thermal image.

    Attributes:
        room, camera: names.
        tracked: its faces.
        shape: height and width [px].
        screenings: everybody of the room whose face is, or was, seen.
        latency: computing time [s].
    """

    room: str
    camera: str
    tracked: TrackedFaces
    shape: tuple[int, int]
    screenings: tuple[Screening, ...]
    latency: float

    @property
    def stamp(self) -> float:
        """Seconds, the sensor's clock."""
        return self.tracked.stamp


class ThermalPipeline:
    """The thermal cameras of a deployment, fed image by image and with the radars' tracks.

    Computes what the nodes thermal_face_tracker and track_associator compute on the same images
    and tracks in the same order.

    Args:
        deployment: its cameras.
        infos: the sensor_msgs/CameraInfo of each camera, as far as known.
        tell: called with one line about what goes on without something.
    """

    def __init__(
        self,
        deployment: Deployment,
        infos: Mapping[str, Any] | None = None,
        tell: Tell = lambda text: None,
    ) -> None:
        self._cameras = deployment.cameras
        self._infos = dict(infos or {})
        self._told: set[str] = set()
        self._tell = tell
        self._trackers: dict[str, ImageTracker] = {}
        self._rooms = {room: _room_screening(deployment, room) for room in _watched(deployment)}
        self._screened: dict[str, dict[int, Screening]] = {}

    def radar(self, room: str, stamp: float, tracks: Sequence[RadarTrack]) -> None:
        """Take in the radar tracks of one frame."""
        if room in self._rooms:
            self._rooms[room].radar(stamp, tracks)

    def image(self, camera: str, stamp: float, pixels: NDArray) -> ProcessedImage | None:
        """Work on one image; None if it cannot be used, which is told.

        Args:
            pixels: (H, W) uint8, uint16 or float32 as the driver publishes them.
        """
        begin = time.perf_counter()
        room = self._cameras[camera].room
        tracker = self._tracker(camera, pixels.shape)
        try:
            image, tracked = tracker.update(stamp, pixels)
        except RadiometryError as error:
            self._say(f'{camera}: {error}')
            return None
        screenings = self._rooms[room].faces(camera, tracked)
        self._screened[room] = by_track(screenings)
        latency = time.perf_counter() - begin
        return ProcessedImage(room, camera, tracked, image.shape, screenings, latency)

    def screened(self, room: str) -> Mapping[int, Screening]:
        """Return what is known of the temperatures of a room, by the ids of radar tracks."""
        return self._screened.get(room, {})

    def _tracker(self, name: str, shape: tuple[int, int]) -> ImageTracker:
        """Return the tracker of a camera; the first image starts it."""
        if name not in self._trackers:
            camera = self._cameras[name]
            self._trackers[name] = ImageTracker(
                camera.images, lambda text: self._say(f'{name}: {text}')
            )
            self._inform(camera, shape)
        return self._trackers[name]

    def _inform(self, camera: ThermalCamera, shape: tuple[int, int]) -> None:
        """Take over what is known of a camera, and tell what is not."""
        if camera.mounting is None:
            self._say(f'{camera.name}: {NO_MOUNTING}')
        try:
            intrinsics = fitting(self._intrinsics(camera), shape)
        except CameraInfoError as error:
            self._say(f'{camera.name}: {error}')
            return
        self._rooms[camera.room].set_intrinsics(camera.name, intrinsics)
        self._trackers[camera.name].set_focal_length(intrinsics.fy)

    def _intrinsics(self, camera: ThermalCamera) -> Intrinsics:
        """Return the camera matrix that is given, else that of camera_info."""
        given = camera.matrix.intrinsics
        if given is None and camera.name not in self._infos:
            raise CameraInfoError(NO_INFO)
        return given or intrinsics_of(self._infos[camera.name])

    def _say(self, text: str) -> None:
        """Tell each thing once."""
        if text not in self._told:
            self._told.add(text)
            self._tell(text)


def _watched(deployment: Deployment) -> Iterable[str]:
    """Return the rooms that have a thermal camera."""
    return {camera.room for camera in deployment.cameras.values()}


def _room_screening(deployment: Deployment, room: str) -> RoomScreening:
    """Return the screening of a room with its cameras as the deployment describes them."""
    return RoomScreening(
        room,
        {
            name: CameraSetup(camera.mounting, camera.people)
            for name, camera in deployment.cameras_of(room).items()
        },
    )

"""What thermal cameras and screening say, as ROS messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.fusion.screened import Screening
from thermal_radar_fusion.message_maker import MessageMaker, flat
from thermal_radar_fusion.resources import PACKAGE
from thermal_radar_fusion.thermal.faces import FaceTrack, TrackedFaces

Array = NDArray[np.float64]

# How sensor_msgs/Image calls what a pixel is.
ENCODINGS = {'uint8': 'mono8', 'uint16': 'mono16', 'float32': '32FC1'}

# OpenCV's model with five coefficients k1, k2, p1, p2, k3.
DISTORTION_MODEL = 'plumb_bob'


class Intrinsics(Protocol):
    """What CameraInfo needs of a camera: pixels, and k1, k2, p1, p2, k3 as OpenCV has them."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def fx(self) -> float: ...
    @property
    def fy(self) -> float: ...
    @property
    def cx(self) -> float: ...
    @property
    def cy(self) -> float: ...
    @property
    def distortion(self) -> Array: ...


class ThermalContent(MessageMaker):
    """Builds images, cameras, tracked faces and screenings."""

    def image(self, stamp: float, pixels: NDArray, frame_id: str, encoding: str = '') -> Any:
        """Return pixels (H, W) of uint8, uint16 or float32 as sensor_msgs/Image.

        Args:
            encoding: what a pixel is called, '' for the name that belongs to its type; colours
                (H, W, 3) need one.
        """
        height, width = pixels.shape[:2]
        # Bytes of other machines: images are little-endian here whatever the machine is.
        little = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder('<'))
        return self._make(
            'sensor_msgs/msg/Image',
            header=self.header(stamp, frame_id),
            height=height,
            width=width,
            encoding=encoding or ENCODINGS[pixels.dtype.name],
            is_bigendian=0,
            step=little.strides[0],
            data=self._pack(little.tobytes(), 'B'),
        )

    def camera_info(self, stamp: float, camera: Intrinsics, frame_id: str) -> Any:
        """Return a pinhole camera with distortion as sensor_msgs/CameraInfo."""
        k = np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1.0]])
        distortion = np.asarray(camera.distortion, dtype=np.float64)
        return self._make(
            'sensor_msgs/msg/CameraInfo',
            header=self.header(stamp, frame_id),
            height=int(camera.height),
            width=int(camera.width),
            distortion_model=DISTORTION_MODEL,
            d=self._pack(distortion.tobytes(), 'd'),
            k=flat(k),
            r=flat(np.eye(3)),
            p=flat(np.hstack([k, np.zeros((3, 1))])),
            binning_x=0,
            binning_y=0,
            roi=self._make(
                'sensor_msgs/msg/RegionOfInterest',
                x_offset=0,
                y_offset=0,
                height=0,
                width=0,
                do_rectify=False,
            ),
        )

    def faces(self, tracked: TrackedFaces, shape: tuple[int, int], camera: str) -> Any:
        """Return the faces of one image of `shape` (height, width) as FaceTrackArray."""
        return self._make(
            f'{PACKAGE}/msg/FaceTrackArray',
            header=self.header(tracked.stamp, camera),
            height=int(shape[0]),
            width=int(shape[1]),
            faces=[self._face(face) for face in tracked.faces],
        )

    def _face(self, face: FaceTrack) -> Any:
        return self._make(
            f'{PACKAGE}/msg/FaceTrack',
            track_id=face.track_id,
            status=int(face.status),
            box=np.asarray(face.box, dtype=np.float32),
            state=flat(face.state),
            covariance=flat(face.covariance),
            temperature=float(face.temperature),
            temperature_std=float(face.temperature_std),
            first_seen=self.time(face.first_seen),
            last_seen=self.time(face.last_seen),
        )

    def screenings(self, header: Any, screenings: Sequence[Screening]) -> Any:
        """Return the temperatures of one room as ScreeningArray under a header."""
        content = [self._screening(screening) for screening in screenings]
        return self._make(f'{PACKAGE}/msg/ScreeningArray', header=header, screenings=content)

    def _screening(self, screening: Screening) -> Any:
        return self._make(
            f'{PACKAGE}/msg/Screening',
            room=screening.room,
            camera=screening.camera,
            track_id=screening.track_id,
            face_id=screening.face_id,
            cost=float(screening.cost),
            confidence=float(screening.confidence),
            temperature=float(screening.temperature),
            temperature_std=float(screening.temperature_std),
            samples=int(screening.samples),
            threshold=float(screening.threshold),
            margin=float(screening.margin),
            elevated=bool(screening.elevated),
        )

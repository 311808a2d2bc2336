"""Messages about images, faces and screenings as our types: those of bags and of rclpy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.fusion.screened import Screening
from thermal_radar_fusion.radar.stamps import to_seconds
from thermal_radar_fusion.thermal.faces import FaceStatus, FaceTrack, TrackedFaces
from thermal_radar_fusion.thermal_content import ENCODINGS

# Other names for the same pixels.
ALIASES = {'8UC1': 'mono8', '16UC1': 'mono16'}
PIXELS = {encoding: np.dtype(kind) for kind, encoding in ENCODINGS.items()}


def image_from(content: Any) -> NDArray:
    """Return the pixels (H, W) of a sensor_msgs/Image with one number per pixel.

    Raises:
        ValueError: the encoding is another, or there are fewer bytes than pixels.
    """
    encoding = ALIASES.get(content.encoding, content.encoding)
    if encoding not in PIXELS:
        known = ', '.join([*PIXELS, *ALIASES])
        raise ValueError(f'unknown encoding {content.encoding!r}; known are {known}')
    kind = PIXELS[encoding].newbyteorder('>' if content.is_bigendian else '<')
    height, width = content.height, content.width
    if content.step < width * kind.itemsize or len(content.data) < height * content.step:
        raise ValueError(f'an image of {width} x {height} has only {len(content.data)} bytes')
    rows = np.asarray(content.data)[: height * content.step]
    pixels = rows.reshape(height, content.step)[:, : width * kind.itemsize]
    return np.ascontiguousarray(pixels).view(kind).astype(kind.newbyteorder('='), copy=False)


def faces_from(content: Any) -> tuple[TrackedFaces, tuple[int, int]]:
    """Return a FaceTrackArray as our type, and height and width of its image."""
    faces = tuple(_face_from(face) for face in content.faces)
    shape = int(content.height), int(content.width)
    return TrackedFaces(_seconds(content.header.stamp), faces), shape


def _face_from(content: Any) -> FaceTrack:
    return FaceTrack(
        track_id=int(content.track_id),
        status=FaceStatus(int(content.status)),
        state=np.array(content.state, dtype=float),
        covariance=np.array(content.covariance, dtype=float).reshape(7, 7),
        box=tuple(float(edge) for edge in content.box),
        temperature=float(content.temperature),
        temperature_std=float(content.temperature_std),
        first_seen=_seconds(content.first_seen),
        last_seen=_seconds(content.last_seen),
    )


def screening_from(content: Any) -> Screening:
    """Return a Screening message as our type."""
    return Screening(
        room=content.room,
        camera=content.camera,
        track_id=int(content.track_id),
        face_id=int(content.face_id),
        cost=float(content.cost),
        confidence=float(content.confidence),
        temperature=float(content.temperature),
        temperature_std=float(content.temperature_std),
        samples=int(content.samples),
        threshold=float(content.threshold),
        margin=float(content.margin),
        elevated=bool(content.elevated),
    )


def _seconds(time: Any) -> float:
    return to_seconds(time.sec, time.nanosec)

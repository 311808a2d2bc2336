"""People who walk before a radar and a thermal camera, as tracks of both: exact or with noise."""

import numpy as np

from thermal_radar_fusion.camera_model import Intrinsics, ThermalCameraView
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.radar.track import RadarTrack, TrackStatus
from thermal_radar_fusion.thermal.faces import FaceStatus, FaceTrack, TrackedFaces

INTRINSICS = Intrinsics(765.0, 765.0, 319.5, 255.5, (0.0, 0.0, 0.0, 0.0, 0.0), 640, 512)
MOUNTING = RigidTransform.from_xyz_rpy((0.0, 0.2, 1.7), (0.0, 0.0, 0.0))
VIEW = ThermalCameraView(INTRINSICS, MOUNTING)
FACE_HEIGHT, FACE_LEVEL = 0.18, 1.6
FADING = 0.12  # what readings lose for each metre [K]


def radar_track(number, place, stamp):
    """Return a radar track at x, y."""
    return RadarTrack(
        number,
        TrackStatus.CONFIRMED,
        np.array([*place, 0.0, 0.0]),
        np.diag([0.01, 0.01, 0.1, 0.1]),
        1.1,
        np.eye(2) * 0.02,
        0.99,
        12,
        0.0,
        stamp,
    )


def face_track(number, place, temperature, stamp, distance_error=0.0):
    """Return the track of the face of somebody at x, y, as the camera of VIEW has it."""
    (pixel,), (distance,) = VIEW.project([[*place, FACE_LEVEL]])
    high = INTRINSICS.fx * FACE_HEIGHT / distance
    half = high / 2
    x, y = pixel
    return FaceTrack(
        number,
        FaceStatus.CONFIRMED,
        np.array([x, y, 0.0, 0.0, high, distance + distance_error, 0.0]),
        np.diag([4.0, 4.0, 100.0, 100.0, 4.0, 0.04, 0.1]),
        (x - 0.7 * half, y - half, x + 0.7 * half, y + half),
        temperature - FADING * distance,
        0.1,
        0.0,
        stamp,
    )


def faces(stamp, *tracks):
    """Return the faces of one image."""
    return TrackedFaces(stamp, tracks)

"""People who walk before a radar and a thermal camera, as both trackers would report them."""

import numpy as np

from thermal_radar_fusion.camera_model import Intrinsics, ThermalCameraView
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.radar.track import RadarTrack, TrackStatus
from thermal_radar_fusion.thermal.faces import FaceStatus, FaceTrack, TrackedFaces

A65 = Intrinsics(764.7, 764.7, 319.5, 255.5, (-0.22, 0.09, 0.0006, -0.0004, 0.0), 640, 512)
START = 1000.0
EYES = 1.55


def view_of(**mounting) -> ThermalCameraView:
    """Return a camera, by default 1.6 m above the origin, that looks along x."""
    return ThermalCameraView(A65, Mounting(**{'z': 1.6, **mounting}).transform)


def radar_track(number, place, *, std=0.05, first_seen=START) -> RadarTrack:
    """Return a radar track at a place (2,)."""
    state = np.array([*place, 0.0, 0.0])
    covariance = np.diag([std**2, std**2, 0.1, 0.1])
    return RadarTrack(
        number,
        TrackStatus.CONFIRMED,
        state,
        covariance,
        1.0,
        0.02 * np.eye(2),
        0.99,
        5,
        first_seen,
        first_seen,
    )


def face_track(
    number, place, view, stamp, *, height=EYES, factor=1.0, last_seen=None
) -> FaceTrack:
    """Return the face of somebody at a place (2,), whose size makes them `factor` times as far."""
    pixels, distances = view.project([[*place, EYES]])
    distance = factor * distances[0]
    size = 137.6 / distance
    state = np.array([*pixels[0], 0.0, 0.0, size, distance, 0.0])
    covariance = np.diag([4.0, 4.0, 100.0, 100.0, 4.0, (0.06 * distance) ** 2, 0.1])
    seen = stamp if last_seen is None else last_seen
    status = FaceStatus.CONFIRMED if seen == stamp else FaceStatus.COASTING
    x, y = pixels[0]
    box = (x - 0.4 * size, y - size / 2, x + 0.4 * size, y + size / 2)
    return FaceTrack(number, status, state, covariance, box, 35.5, 0.1, START, seen)


def play(
    associator, walkers, seconds, *, start=START, radar_rate=12.0, camera_rate=9.0, shift=0.01
):
    """Feed an associator with what both trackers say of walkers, in the order of stamps.

    Args:
        walkers: (radar id or None, face id or None, place (2,) over the seconds since START).
        shift: of the camera's stamps beside the radar's [s].
    """
    frames = [(start + k / radar_rate, True) for k in range(round(seconds * radar_rate))]
    images = [
        (start + shift + k / camera_rate, False) for k in range(round(seconds * camera_rate))
    ]
    for stamp, is_radar in sorted(frames + images):
        if is_radar:
            associator.radar(stamp, tracks_at(walkers, stamp))
        else:
            associator.faces(faces_at(walkers, stamp, associator.view))


def tracks_at(walkers, stamp):
    """Return the radar tracks of an instant."""
    return [
        radar_track(radar, walk(stamp - START)) for radar, _, walk in walkers if radar is not None
    ]


def faces_at(walkers, stamp, view):
    """Return the faces of an instant."""
    faces = [
        face_track(face, walk(stamp - START), view, stamp)
        for _, face, walk in walkers
        if face is not None
    ]
    return TrackedFaces(stamp, tuple(sorted(faces, key=lambda face: face.track_id)))


def pairs(associator):
    """Return (radar id, face id) of the pairings of tracks that are there."""
    return {(p.radar_id, p.face_id) for p in associator.pairings() if p.alive}

"""The baseline: faces and radar tracks associated frame by frame, by their distances alone.

The method of Ülrich and others as milliTRACE-IR describes it (section V-G): every box goes to the
radar detection with the highest probability, a Gaussian of the difference of both distances.
Nothing is remembered from frame to frame, directions do not count, and several faces may go to
the same radar track.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from thermal_radar_fusion.camera_model import ThermalCameraView
from thermal_radar_fusion.radar.track import RadarTrack
from thermal_radar_fusion.thermal.faces import FaceTrack

NECK_HEIGHT = 1.5
"""Height above the floor [m] at which distances from the camera to radar tracks are taken."""

DISTANCE_STD = 0.5
"""Of the Gaussian [m]; it changes probabilities, never which one is the highest."""


def associate_frame(
    faces: Sequence[FaceTrack],
    tracks: Sequence[RadarTrack],
    view: ThermalCameraView,
    distance_std: float = DISTANCE_STD,
) -> dict[int, tuple[int, float]]:
    """Return for each face id the radar id with the most similar distance.

    Args:
        faces, tracks: of one instant; the tracks in the frame of the view.
        distance_std: of the Gaussian-shaped cost [m].

    Returns:
        Radar id and relative probability (1 where both distances are equal) by face id; empty
        where there is no radar track.
    """
    if not tracks:
        return {}
    places = np.array([[*track.position, NECK_HEIGHT] for track in tracks])
    _, radar = view.project(places)
    found = {}
    for face in faces:
        apart = np.abs(radar - face.distance)
        nearest = int(apart.argmin())
        probability = float(np.exp(-0.5 * (apart[nearest] / distance_std) ** 2))
        found[face.track_id] = (tracks[nearest].track_id, probability)
    return found

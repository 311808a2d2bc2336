"""Whose each radar track and each face track is, from where everybody truly is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from thermal_radar_fusion.camera_model import ThermalCameraView
from thermal_radar_fusion.datasets.recording import TruePerson
from thermal_radar_fusion.radar.track import RadarTrack
from thermal_radar_fusion.thermal.distance_model import FACE_HEIGHT
from thermal_radar_fusion.thermal.faces import FaceTrack

Array = NDArray[np.float64]

REACH = 0.7
"""A radar track farther from everybody than this [m] is nobody's."""

FACE_REACH = 0.75
"""A face track farther from every head than this many heights of a face is nobody's; a face of
twice or half the size that the head has there is as wrong as log(2) heights."""


def owners_of_tracks(tracks: Sequence[RadarTrack], truth: Sequence[TruePerson]) -> dict[int, str]:
    """Return the person of each radar track by its id: who is nearest, also to two tracks."""
    if not truth:
        return {}
    true = np.array([person.position[:2] for person in truth])
    owners = {}
    for track in tracks:
        apart = np.linalg.norm(true - track.position, axis=1)
        if apart.min() <= REACH:
            owners[track.track_id] = truth[int(apart.argmin())].person
    return owners


def owners_of_faces(
    faces: Sequence[FaceTrack],
    truth: Sequence[TruePerson],
    view: ThermalCameraView,
) -> dict[int, str]:
    """Return the person of each face track by its id, one each: whose head is there, of that size.

    Args:
        truth: at the instant of the image, with heads.
    """
    heads = np.array([person.head for person in truth]).reshape(-1, 3)
    pixels, distances = view.project(heads)
    sizes = FACE_HEIGHT * view.intrinsics.fx / distances
    places = np.array([face.state[:2] for face in faces]).reshape(1, -1, 2)
    heights = np.array([face.state[4] for face in faces]).reshape(1, -1)
    apart = np.linalg.norm(pixels[:, None] - places, axis=2) / sizes[:, None]
    apart = np.hypot(apart, np.log(np.maximum(heights, 1.0) / sizes[:, None]))
    apart = np.minimum(np.nan_to_num(apart, nan=np.inf), 2 * FACE_REACH)
    rows, columns = linear_sum_assignment(apart)
    return {
        faces[column].track_id: truth[row].person
        for row, column in zip(rows, columns, strict=True)
        if apart[row, column] <= FACE_REACH
    }


def moved(truth: Sequence[TruePerson], seconds: float) -> list[TruePerson]:
    """Return everybody a fraction of a frame later, going straight on."""
    return [
        TruePerson(
            true.person,
            true.position + seconds * true.velocity,
            true.velocity,
            true.head + seconds * true.velocity,
            true.temperature,
        )
        for true in truth
    ]

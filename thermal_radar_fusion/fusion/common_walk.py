"""One person seen by radar and camera at once: what a calibration without markers starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.fusion.common_steps import CommonSteps, TrackSamples
from thermal_radar_fusion.radar.track import RadarTrack, TrackStatus
from thermal_radar_fusion.thermal.faces import FaceStatus, FaceTrack, TrackedFaces

Array = NDArray[np.float64]

STEP = 0.2
LONGEST_GAP = 0.5
RADAR_SENSOR, CAMERA = 0, 1


@dataclass(frozen=True)
class CommonWalk:
    """A person at instants at which radar and camera each see nobody else.

    Attributes:
        stamps: (N,) ascending [s].
        positions: (N, 2) by radar, in `map` [m].
        velocities: (N, 2) by radar [m/s].
        pixels: (N, 2) column and row of the middle of the face [px].
        distances: (N,) from the camera by the size of the face [m], coarse.
        crowded: number of further instants that were left out because of several people.
    """

    stamps: Array
    positions: Array
    velocities: Array
    pixels: Array
    distances: Array
    crowded: int = 0

    @property
    def time(self) -> float:
        """How long both saw the person [s], gaps not counted."""
        return len(self.stamps) * STEP


class WalkCollector:
    """Lays one radar's tracks and one camera's faces side by side, frame by frame."""

    def __init__(self) -> None:
        self._steps = CommonSteps(STEP, LONGEST_GAP, 10 * LONGEST_GAP)
        self._rows: list[Array] = []
        self._crowded = 0

    def radar(self, stamp: float, tracks: Sequence[RadarTrack]) -> None:
        """Take the tracks of one frame [s], in `map`."""
        seen = [track for track in tracks if track.status == TrackStatus.CONFIRMED]
        ids = np.array([track.track_id for track in seen], dtype=np.int64)
        values = np.array([track.state for track in seen]).reshape(-1, 4)
        self._add(RADAR_SENSOR, TrackSamples(stamp, ids, values))

    def faces(self, tracked: TrackedFaces) -> None:
        """Take the faces of one image."""
        seen = [face for face in tracked.faces if face.status == FaceStatus.CONFIRMED]
        ids = np.array([face.track_id for face in seen], dtype=np.int64)
        values = np.array([_face_values(face) for face in seen]).reshape(-1, 3)
        self._add(CAMERA, TrackSamples(tracked.stamp, ids, values))

    def walk(self) -> CommonWalk:
        """Return what was collected so far."""
        rows = np.array(self._rows).reshape(-1, 8)
        return CommonWalk(
            rows[:, 0], rows[:, 1:3], rows[:, 3:5], rows[:, 5:7], rows[:, 7], self._crowded
        )

    def _add(self, sensor: int, samples: TrackSamples) -> None:
        self._steps.add(sensor, samples)
        for radar, faces in self._steps.take():
            if len(radar.ids) == len(faces.ids) == 1:
                self._rows.append(np.hstack([radar.stamp, radar.values[0], faces.values[0]]))
            elif len(radar.ids) and len(faces.ids):
                self._crowded += 1


def _face_values(face: FaceTrack) -> tuple[float, float, float]:
    column, row = face.state[:2]
    return float(column), float(row), face.distance

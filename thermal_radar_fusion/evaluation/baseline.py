"""The plain tracker that a table compares ours with: DBSCAN, Hungarian, Kalman.

What everybody builds first: cluster, assign centroids to predictions by least total distance,
filter, confirm after some hits, drop after a while without. Its parameters were chosen for the
best MOTA and IDF1 on overlaid recordings of some people, not left at a weak default.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from thermal_radar_fusion.evaluation.detections import (
    DetectionParameters,
    Site,
    detect,
    plain_track,
)
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar import kalman
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import UNASSIGNED, RadarTrack, TrackedFrame

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BaselineParameters(Parameters):
    """Parameters of the plain tracker."""

    detection: DetectionParameters = parameter(DetectionParameters(), 'clusters')
    gate: float = parameter(1.2, 'a farther centroid is not a track', unit='m', low=0.0)
    confirm_time: float = parameter(
        0.9, 'a track is confirmed after so long without a miss', unit='s', low=0.0
    )
    patience: float = parameter(1.0, 'a track lives so long without one', unit='s', low=0.0)
    filter: kalman.FilterParameters = parameter(
        kalman.FilterParameters(acceleration_density=0.25), 'Kalman filter'
    )


@dataclass
class _Track:
    """A track; without an id until it is confirmed."""

    state: kalman.GaussianState
    first_seen: float
    last_seen: float
    points: int = 0
    track_id: int = UNASSIGNED


class BaselineTracker:
    """Tracks the people of one room."""

    def __init__(
        self, parameters: BaselineParameters | None = None, site: Site | None = None
    ) -> None:
        """Start with nobody; without a site the radar's frame is the room's."""
        self.parameters = parameters or BaselineParameters()
        self.site = site or Site()
        self._tracks: list[_Track] = []
        self._stamp: float | None = None
        self._ids = 0

    def update(self, frame: RadarFrame) -> TrackedFrame:
        """Step all tracks to the frame's stamp, use its points, return who is where."""
        found = detect(self.site.cloud(frame), self.parameters.detection)
        self._predict(frame.stamp)
        owners = self._correct(found.centroids, [len(group) for group in found.groups])
        self._delete()
        confirmed = [track for track in self._tracks if track.track_id != UNASSIGNED]
        ids = {index: owner.track_id for index, owner in enumerate(owners)}
        return found.tracked(tuple(map(_reported, confirmed)), ids)

    def _predict(self, stamp: float) -> None:
        dt = stamp - self._stamp if self._stamp is not None else 0.0
        density = self.parameters.filter.acceleration_density
        for track in self._tracks:
            track.state = kalman.predict(track.state, dt, density)
            track.points = 0
        self._stamp = stamp

    def _correct(self, centroids: Array, sizes: Sequence[int]) -> list[_Track]:
        """Update or start the track of each cluster; return the clusters' tracks."""
        assigned = self._assigned(centroids)
        owners = []
        for index, (centroid, points) in enumerate(zip(centroids, sizes, strict=True)):
            if index in assigned:
                owners.append(assigned[index])
                self._see(assigned[index], centroid, points)
            else:
                owners.append(self._start(centroid, points))
        return owners

    def _assigned(self, centroids: Array) -> dict[int, _Track]:
        """Return the track of each centroid that gets one, by least total distance."""
        predicted = np.array([track.state.mean[:2] for track in self._tracks]).reshape(-1, 2)
        distances = np.linalg.norm(centroids[:, None] - predicted[None], axis=2)
        rows, columns = linear_sum_assignment(np.minimum(distances, self.parameters.gate))
        near = distances[rows, columns] < self.parameters.gate
        return {
            int(row): self._tracks[column]
            for row, column in zip(rows[near], columns[near], strict=True)
        }

    def _see(self, track: _Track, centroid: Array, points: int) -> None:
        noise = kalman.centroid_noise(points, self.parameters.filter)
        track.state = kalman.update_position(track.state, centroid, noise)
        track.last_seen, track.points = self._stamp, points
        age = self._stamp - track.first_seen
        if track.track_id == UNASSIGNED and age >= self.parameters.confirm_time:
            self._ids += 1
            track.track_id = self._ids

    def _start(self, centroid: Array, points: int) -> _Track:
        state = kalman.born(centroid, points, self.parameters.filter)
        self._tracks.append(_Track(state, self._stamp, self._stamp, points=points))
        return self._tracks[-1]

    def _delete(self) -> None:
        """Drop who was not seen for long, and at once whoever was never confirmed."""
        self._tracks = [
            track
            for track in self._tracks
            if track.points
            or (track.track_id != UNASSIGNED and self._unseen(track) <= self.parameters.patience)
        ]

    def _unseen(self, track: _Track) -> float:
        """Return the seconds since the track was last seen."""
        return self._stamp - track.last_seen


def _reported(track: _Track) -> RadarTrack:
    state = track.state
    return plain_track(
        track.track_id,
        state.mean,
        state.covariance,
        track.points,
        track.first_seen,
        track.last_seen,
    )

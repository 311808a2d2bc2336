"""The plain tracker that a table compares ours with: DBSCAN, Hungarian, Kalman.

What everybody builds first: cluster, assign centroids to predictions by least total distance,
filter, confirm after some hits, drop after a while without. Its parameters were chosen for the
best MOTA and IDF1 on overlaid recordings of some people, not left at a weak default.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar import clustering, kalman
from thermal_radar_fusion.radar.cloud import GateParameters, usable
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import UNASSIGNED, RadarTrack, TrackedFrame, TrackStatus

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BaselineParameters(Parameters):
    """Parameters of the plain tracker."""

    radius: float = parameter(0.25, 'epsilon of DBSCAN', unit='m', low=0.0)
    min_points: int = parameter(5, 'points of a core point of DBSCAN', low=1)
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
    """Tracks people in the frames of one radar, in the radar's own frame."""

    def __init__(self, parameters: BaselineParameters | None = None) -> None:
        """Start with nobody."""
        self.parameters = parameters or BaselineParameters()
        self._tracks: list[_Track] = []
        self._stamp: float | None = None
        self._ids = 0

    def update(self, frame: RadarFrame) -> TrackedFrame:
        """Step all tracks to the frame's stamp, use its points, return who is where."""
        frame = usable(frame, GateParameters())
        positions = frame.points[:, :2]
        labels = clustering.dbscan(positions, self.parameters.radius, self.parameters.min_points)
        groups = clustering.groups(labels)
        self._predict(frame.stamp)
        owners = self._correct([positions[group] for group in groups])
        self._delete()
        return self._report(frame, groups, owners)

    def _predict(self, stamp: float) -> None:
        dt = stamp - self._stamp if self._stamp is not None else 0.0
        density = self.parameters.filter.acceleration_density
        for track in self._tracks:
            track.state = kalman.predict(track.state, dt, density)
            track.points = 0
        self._stamp = stamp

    def _correct(self, clusters: list[Array]) -> list[_Track]:
        """Update or start the track of each cluster; return the clusters' tracks."""
        centroids = np.array([cluster.mean(axis=0) for cluster in clusters]).reshape(-1, 2)
        assigned = self._assigned(centroids)
        owners = []
        for index, (centroid, cluster) in enumerate(zip(centroids, clusters, strict=True)):
            if index in assigned:
                owners.append(assigned[index])
                self._see(assigned[index], centroid, len(cluster))
            else:
                owners.append(self._start(centroid, len(cluster)))
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

    def _report(
        self, frame: RadarFrame, groups: tuple[NDArray[np.intp], ...], owners: list[_Track]
    ) -> TrackedFrame:
        track_ids = np.full(len(frame.points), UNASSIGNED, dtype=np.int64)
        for group, owner in zip(groups, owners, strict=True):
            track_ids[group] = owner.track_id
        confirmed = [track for track in self._tracks if track.track_id != UNASSIGNED]
        confirmed.sort(key=lambda track: track.track_id)
        return TrackedFrame(frame, tuple(map(_reported, confirmed)), track_ids)


def _reported(track: _Track) -> RadarTrack:
    """Return the track in the shared type; what a plain tracker does not know is left empty."""
    return RadarTrack(
        track_id=track.track_id,
        status=TrackStatus.CONFIRMED if track.points else TrackStatus.COASTING,
        state=track.state.mean,
        covariance=track.state.covariance,
        height=np.nan,
        spread=np.full((2, 2), np.nan),
        existence=1.0,
        points=track.points,
        first_seen=track.first_seen,
        last_seen=track.last_seen,
    )

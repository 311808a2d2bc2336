"""norfair on DBSCAN's centroids, as a peer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from norfair import Detection, OptimizedKalmanFilterFactory, Tracker
from norfair.tracker import TrackedObject

from thermal_radar_fusion.evaluation.detections import (
    DetectionParameters,
    Detections,
    Site,
    detect,
    plain_track,
)
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import RadarTrack, TrackedFrame


@dataclass(frozen=True)
class NorfairParameters(Parameters):
    """Parameters of norfair, which counts in steps of equal length."""

    detection: DetectionParameters = parameter(DetectionParameters(), 'clusters')
    step: float = parameter(1 / 15, 'time between two frames', unit='s', low=1e-3)
    gate: float = parameter(0.8, 'a farther centroid is not a track', unit='m', low=0.01)
    confirm_steps: int = parameter(12, 'hits before a track is confirmed', low=1)
    patience_steps: int = parameter(20, 'most steps that a track lives without a hit', low=1)
    process_noise: float = parameter(0.01, "norfair's Q", low=1e-9)
    measurement_noise: float = parameter(4.0, "norfair's R", low=1e-9)


class NorfairTracker:
    """Tracks the people of one room with norfair."""

    def __init__(
        self, parameters: NorfairParameters | None = None, site: Site | None = None
    ) -> None:
        """Start with nobody; without a site the radar's frame is the room's."""
        self.parameters = parameters or NorfairParameters()
        self.site = site or Site()
        self._tracker = _tracker(self.parameters)
        self._stamp = math.nan
        self._seen: dict[int, tuple[float, float]] = {}

    def update(self, frame: RadarFrame) -> TrackedFrame:
        """Step all tracks to the frame's stamp, use its points, return who is where."""
        found = detect(self.site.cloud(frame), self.parameters.detection)
        detections = [Detection(c[None], data=i) for i, c in enumerate(found.centroids)]
        for _ in range(self._steps(frame.stamp) - 1):
            self._tracker.update()
        objects = self._tracker.update(detections)
        owners = {
            one.last_detection.data: one.id
            for one in objects
            if any(one.last_detection is detection for detection in detections)
        }
        tracks = tuple(self._reported(one, found, owners, frame.stamp) for one in objects)
        return found.tracked(tracks, owners)

    def _steps(self, stamp: float) -> int:
        """Return the steps since the last frame: more than one where frames were lost."""
        elapsed = stamp - self._stamp
        self._stamp = stamp
        return 1 if math.isnan(elapsed) else max(round(elapsed / self.parameters.step), 1)

    def _reported(
        self, one: TrackedObject, found: Detections, owners: dict[int, int], stamp: float
    ) -> RadarTrack:
        clusters = [index for index, owner in owners.items() if owner == one.id]
        points = sum(len(found.groups[index]) for index in clusters)
        first, last = self._seen.get(one.id, (stamp, stamp))
        self._seen[one.id] = (first, stamp if points else last)
        velocity = one.estimate_velocity.ravel() / self.parameters.step
        state = np.concatenate([one.estimate.ravel(), velocity])
        return plain_track(one.id, state, np.full((4, 4), np.nan), points, *self._seen[one.id])


def _tracker(parameters: NorfairParameters) -> Tracker:
    # norfair counts up by two for a hit and down by one for a step.
    return Tracker(
        'euclidean',
        parameters.gate,
        hit_counter_max=max(parameters.patience_steps, parameters.confirm_steps + 1),
        initialization_delay=parameters.confirm_steps,
        past_detections_length=0,
        filter_factory=OptimizedKalmanFilterFactory(
            R=parameters.measurement_noise, Q=parameters.process_noise
        ),
    )

"""Stone Soup's joint probabilistic data association on DBSCAN's centroids, as a peer.

Built from Stone Soup's own parts as its tutorials do: Kalman filter with constant velocity, JPDA
(the exact probabilities by efficient hypothesis management: plain enumeration takes minutes where
several tracks share several clusters), `MultiMeasurementInitiator` and `UpdateTimeDeleter`. The
loop is that of its `MultiTargetMixtureTracker`, but over lists instead of sets, whose order is
another one in every process: the same recording gives the same figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from stonesoup.dataassociator.neighbour import GNNWith2DAssignment
from stonesoup.dataassociator.probability import JPDAwithEHM2
from stonesoup.deleter.time import UpdateTimeDeleter
from stonesoup.hypothesiser.distance import DistanceHypothesiser
from stonesoup.hypothesiser.probability import PDAHypothesiser
from stonesoup.initiator.simple import MultiMeasurementInitiator
from stonesoup.measures import Mahalanobis
from stonesoup.models.measurement.linear import LinearGaussian
from stonesoup.models.transition.linear import (
    CombinedLinearGaussianTransitionModel,
    ConstantVelocity,
)
from stonesoup.predictor.kalman import KalmanPredictor
from stonesoup.types.array import CovarianceMatrix, StateVector
from stonesoup.types.detection import Detection
from stonesoup.types.multihypothesis import MultipleHypothesis
from stonesoup.types.prediction import GaussianStatePrediction
from stonesoup.types.state import GaussianState
from stonesoup.types.track import Track
from stonesoup.types.update import GaussianStateUpdate
from stonesoup.updater.kalman import KalmanUpdater

from thermal_radar_fusion.evaluation.detections import (
    DetectionParameters,
    Site,
    detect,
    plain_track,
)
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import RadarTrack, TrackedFrame

EPOCH = datetime(2000, 1, 1)

# Stone Soup's state is x, vx, y, vy; ours is x, y, vx, vy.
OURS = [0, 2, 1, 3]


@dataclass(frozen=True)
class JpdaParameters(Parameters):
    """Parameters of the tracker made of Stone Soup's parts."""

    detection: DetectionParameters = parameter(DetectionParameters(), 'clusters')
    acceleration_density: float = parameter(
        0.25, 'of the constant velocity model', unit='m^2/s^3', low=1e-4
    )
    centroid_std: float = parameter(0.1, 'error of a centroid', unit='m', low=0.01)
    clutter_density: float = parameter(
        0.02, 'false clusters in a square metre of a frame', unit='1/m^2', low=1e-6
    )
    detection_probability: float = parameter(
        0.9, 'that a person gives a cluster', low=0.01, high=0.999
    )
    confirm_updates: int = parameter(10, 'a track is confirmed after so many', low=1)
    patience: float = parameter(1.0, 'a track lives so long without one', unit='s', low=0.0)


@dataclass
class _Followed:
    """A track and what our type says of it besides its state."""

    track_id: int
    track: Track
    first_seen: float
    last_seen: float
    points: int = 0


@dataclass
class _Parts:
    """Stone Soup's components."""

    parameters: JpdaParameters
    associator: JPDAwithEHM2 = field(init=False)
    initiator: MultiMeasurementInitiator = field(init=False)
    updater: KalmanUpdater = field(init=False)
    deleter: UpdateTimeDeleter = field(init=False)

    def __post_init__(self) -> None:
        p = self.parameters
        predictor = KalmanPredictor(
            CombinedLinearGaussianTransitionModel([ConstantVelocity(p.acceleration_density)] * 2)
        )
        measured = LinearGaussian(4, (0, 2), np.eye(2) * p.centroid_std**2)
        self.updater = KalmanUpdater(measured)
        self.deleter = UpdateTimeDeleter(timedelta(seconds=p.patience))
        self.associator = JPDAwithEHM2(
            PDAHypothesiser(
                predictor,
                self.updater,
                clutter_spatial_density=p.clutter_density,
                prob_detect=p.detection_probability,
            )
        )
        near = DistanceHypothesiser(predictor, self.updater, Mahalanobis(), missed_distance=3)
        self.initiator = MultiMeasurementInitiator(
            prior_state=GaussianState([[0.0]] * 4, np.diag([0.0, 1.0, 0.0, 1.0])),
            measurement_model=measured,
            deleter=UpdateTimeDeleter(timedelta(seconds=p.patience / 2)),
            data_associator=GNNWith2DAssignment(near),
            updater=self.updater,
            min_points=p.confirm_updates,
        )


class JpdaTracker:
    """Tracks the people of one room with Stone Soup."""

    def __init__(self, parameters: JpdaParameters | None = None, site: Site | None = None) -> None:
        """Start with nobody; without a site the radar's frame is the room's."""
        self.parameters = parameters or JpdaParameters()
        self.site = site or Site()
        self._parts = _Parts(self.parameters)
        self._followed: list[_Followed] = []
        self._ids = 0

    def update(self, frame: RadarFrame) -> TrackedFrame:
        """Step all tracks to the frame's stamp, use its points, return who is where."""
        found = detect(self.site.cloud(frame), self.parameters.detection)
        time = EPOCH + timedelta(seconds=frame.stamp)
        detections = [Detection(np.reshape(c, (2, 1)), timestamp=time) for c in found.centroids]
        owners = self._correct(detections, [len(g) for g in found.groups], time, frame.stamp)
        self._delete()
        self._start({d for i, d in enumerate(detections) if i not in owners}, time, frame.stamp)
        return found.tracked(tuple(map(_reported, self._followed)), owners)

    def _correct(
        self, detections: list[Detection], sizes: Sequence[int], time: datetime, stamp: float
    ) -> dict[int, int]:
        """Update the tracks; return the track id of each detection that belongs to one."""
        tracks = [one.track for one in self._followed]
        associations = self._parts.associator.associate(tracks, detections, time)
        owners = _owners(associations, tracks, detections)
        for index, one in enumerate(self._followed):
            one.points = sum(sizes[d] for d, owner in owners.items() if owner == index)
            one.last_seen = stamp if one.points else one.last_seen
            one.track.append(self._state(associations[one.track], seen=one.points > 0))
        return {d: self._followed[owner].track_id for d, owner in owners.items()}

    def _state(
        self, hypotheses: MultipleHypothesis, seen: bool
    ) -> GaussianStateUpdate | GaussianStatePrediction:
        """Reduce the mixture of all hypotheses of one track to one Gaussian."""
        states = [self._parts.updater.update(h) if h else h.prediction for h in hypotheses]
        mean, covariance = _merged(states, [float(h.probability) for h in hypotheses])
        timestamp = hypotheses[0].prediction.timestamp
        if seen:
            return GaussianStateUpdate(mean, covariance, hypotheses, timestamp)
        return GaussianStatePrediction(mean, covariance, timestamp)

    def _delete(self) -> None:
        gone = self._parts.deleter.delete_tracks({one.track for one in self._followed})
        self._followed = [one for one in self._followed if one.track not in gone]

    def _start(self, detections: set[Detection], time: datetime, stamp: float) -> None:
        """Take over the tracks that the initiator has confirmed, in the order of their places."""
        started = self._parts.initiator.initiate(detections, time)
        for track in sorted(started, key=lambda track: tuple(np.ravel(track.state_vector))):
            self._ids += 1
            first = (track[0].timestamp - EPOCH).total_seconds()
            self._followed.append(_Followed(self._ids, track, first, stamp))


def _merged(
    states: Sequence[GaussianState], weights: Sequence[float]
) -> tuple[StateVector, CovarianceMatrix]:
    """Return mean and covariance of a mixture.

    As `gm_reduce_single`, which turns the numbers into objects and makes all that follows slow.
    """
    means = np.array([np.ravel(state.state_vector) for state in states], dtype=float)
    shares = np.array(weights) / sum(weights)
    mean = shares @ means
    offsets = means - mean
    spread = np.einsum('k,ki,kj->ij', shares, offsets, offsets)
    inner = np.einsum('k,kij->ij', shares, np.array([state.covar for state in states], float))
    return StateVector(mean), CovarianceMatrix(inner + spread)


def _owners(
    associations: Mapping[Track, MultipleHypothesis],
    tracks: Sequence[Track],
    detections: Sequence[Detection],
) -> dict[int, int]:
    """Return the index of the track that each detection most probably belongs to.

    As in `MultiTargetMixtureTracker`, one that is less probable than a miss belongs to nobody.
    """
    rows = {id(detection): index for index, detection in enumerate(detections)}
    best: dict[int, tuple[float, int]] = {}
    for index, track in enumerate(tracks):
        missed = next(h.probability for h in associations[track] if not h)
        for hypothesis in associations[track]:
            if not hypothesis or hypothesis.probability <= missed:
                continue
            row = rows[id(hypothesis.measurement)]
            best[row] = max(best.get(row, (0.0, 0)), (float(hypothesis.probability), index))
    return {row: index for row, (_, index) in best.items()}


def _reported(one: _Followed) -> RadarTrack:
    state = one.track.state
    return plain_track(
        one.track_id,
        np.ravel(state.state_vector).astype(float)[OURS],
        np.asarray(state.covar, dtype=float)[np.ix_(OURS, OURS)],
        one.points,
        one.first_seen,
        one.last_seen,
    )

"""Radar frames in, tracks of people out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter
from thermal_radar_fusion.radar import kalman, life_cycle
from thermal_radar_fusion.radar.appearance import AppearanceParameters
from thermal_radar_fusion.radar.area import MonitoredArea
from thermal_radar_fusion.radar.association import (
    Association,
    Evidence,
    PointAssociator,
    Prediction,
    summarise,
)
from thermal_radar_fusion.radar.cloud import Cloud, GateParameters, cloud_in_room
from thermal_radar_fusion.radar.cluster_association import ClusterAssociation, ClusteringParameters
from thermal_radar_fusion.radar.data_association import AssociationParameters
from thermal_radar_fusion.radar.encounters import EncounterParameters, Encounters
from thermal_radar_fusion.radar.ghosts import GhostParameters, mirrored, shadowed, within_reach
from thermal_radar_fusion.radar.identities import Identities, IdentityParameters
from thermal_radar_fusion.radar.kalman import FilterParameters, GaussianState
from thermal_radar_fusion.radar.life_cycle import LifeCycleParameters
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.soft_assignment import SoftAssignment, SoftAssignmentParameters
from thermal_radar_fusion.radar.track import UNASSIGNED, RadarTrack, TrackedFrame, TrackStatus
from thermal_radar_fusion.radar.track_state import Track

Array = NDArray[np.float64]


LEAVING = 1.5
"""Who walks on for so long [s] and is outside is about to leave."""

SIGHT = 1.0
"""A radar that saw a track so long ago [s] is expected to go on seeing it."""

LEAST_OWN = 0.5
"""Points that a track's measurement counts for at least, however much in doubt they are."""


@dataclass(frozen=True)
class TrackerParameters(Parameters):
    """Everything that can be set of the radar tracker."""

    method: str = parameter(
        'soft',
        'how points are told apart: softly, or by algorithm 1 of milliTRACE-IR',
        choices=('soft', 'paper'),
        reconfigurable=False,
    )
    late_tolerance: float = parameter(
        0.3,
        'a frame late by up to this is used, one later than this is a jump back: reset',
        unit='s',
        low=0.0,
        high=10.0,
    )
    gate: GateParameters = parameter(GateParameters(), 'points that are believed')
    assignment: SoftAssignmentParameters = parameter(
        SoftAssignmentParameters(), 'method soft: the mixture over points'
    )
    clustering: ClusteringParameters = parameter(
        ClusteringParameters(), 'method paper: algorithm 1'
    )
    association: AssociationParameters = parameter(
        AssociationParameters(), 'method paper: NN-JPDA'
    )
    filter: FilterParameters = parameter(FilterParameters(), 'Kalman filter')
    life_cycle: LifeCycleParameters = parameter(LifeCycleParameters(), 'birth and death')
    ghosts: GhostParameters = parameter(GhostParameters(), 'mirror ghosts off walls')
    encounters: EncounterParameters = parameter(EncounterParameters(), 'two tracks in one place')
    identities: IdentityParameters = parameter(
        IdentityParameters(), 'who is who after people met, and who comes back'
    )
    appearance: AppearanceParameters = parameter(
        AppearanceParameters(), 'what people look like to the radar'
    )

    @classmethod
    def preset(cls, name: str) -> TrackerParameters:
        """Return `soft` (the default), `paper`, or `paper_sparse` (m_pts 5 for sparse radars)."""
        presets = {
            'soft': {},
            'paper': {'method': 'paper'},
            'paper_sparse': {'method': 'paper', 'clustering': {'min_points': 5}},
        }
        if name not in presets:
            raise ParameterError(f'unknown preset {name!r}; known are {", ".join(presets)}')
        return cls.from_mapping(presets[name])


class RadarTracker:
    """Tracks the people of one room from the frames of one or several radars."""

    def __init__(
        self,
        parameters: TrackerParameters | None = None,
        mountings: Mapping[str, RigidTransform] | None = None,
        area: MonitoredArea | None = None,
    ) -> None:
        """Start with nobody.

        Args:
            parameters: see `TrackerParameters`.
            mountings: pose of each radar in the room's frame by its frame_id; a radar that is
                not named stands at the origin.
            area: where people are looked for; anywhere if None.
        """
        self.parameters = parameters or TrackerParameters()
        self.mountings = dict(mountings or {})
        self.area = area or MonitoredArea()
        self.confirmed_total = 0
        self._started = 0
        self._associator = _associator(self.parameters)
        self.reset()

    def reset(self) -> None:
        """Forget every track; ids go on counting."""
        self._tracks: list[Track] = []
        self._encounters = Encounters(self.parameters.encounters)
        self._identities = Identities(self.parameters.identities, self.parameters.appearance)
        self._stamp: float | None = None
        self._sensor_stamps: dict[str, float] = {}

    def reconfigure(self, parameters: TrackerParameters) -> None:
        """Take other parameters from the next frame on; tracks and ids stay."""
        self.parameters = parameters
        self._associator = _associator(parameters)
        self._encounters.parameters = parameters.encounters

    def update(self, frame: RadarFrame) -> TrackedFrame:
        """Step all tracks to the frame's stamp, use its points, return who is where."""
        dt = self._advance(frame.stamp)
        cloud = self._cloud(frame)
        self._age(dt)
        association = self._associator.associate(cloud, [_prediction(t) for t in self._tracks])
        evidence = summarise(cloud, association.responsibilities)
        self._correct(
            evidence, self._in_shadow(cloud), frame.sensor, self._period(frame.sensor, dt)
        )
        tracks = list(self._tracks)
        self._initiate(cloud, association)
        self._identities.observe(cloud, association.responsibilities, tracks, dt)
        self._delete(dt)
        self._confirm()
        return self._report(cloud, association, tracks)

    def coasted(self, stamp: float) -> tuple[RadarTrack, ...]:
        """Return the confirmed tracks predicted to a later stamp; the tracker stays as it is."""
        dt = max(stamp - self._stamp, 0.0) if self._stamp is not None else 0.0
        return tuple(
            _reported(track, self._moved(track, dt, stamp), TrackStatus.COASTING, 0)
            for track in self._confirmed_tracks()
            if stamp - track.last_seen <= self._patience(track)
        )

    def _advance(self, stamp: float) -> float:
        """Take over the stamp and return the seconds since the last one; reset on a jump back."""
        if self._stamp is not None and stamp < self._stamp - self.parameters.late_tolerance:
            self.reset()
        dt = 0.0 if self._stamp is None else max(stamp - self._stamp, 0.0)
        self._stamp = stamp if self._stamp is None else max(stamp, self._stamp)
        return dt

    def _period(self, sensor: str, dt: float) -> float:
        """Return the seconds since the last frame of this radar, of any if it is its first."""
        period = self._stamp - self._sensor_stamps.get(sensor, self._stamp - dt)
        self._sensor_stamps[sensor] = self._stamp
        return min(period, self.parameters.life_cycle.longest_step)

    def _cloud(self, frame: RadarFrame) -> Cloud:
        mounting = self.mountings.get(frame.sensor, RigidTransform())
        return cloud_in_room(frame, mounting, self.area, self.parameters.gate)

    def _age(self, dt: float) -> None:
        """Predict all tracks; let those die that a gap between the frames was too long for."""
        blind = max(dt - self.parameters.life_cycle.longest_step, 0.0)
        for track in self._tracks:
            track.state = self._moved(track, dt, self._stamp)
            self._lose(track, blind)
        self._keep([track for track in self._tracks if life_cycle.is_alive(track.odds)])

    def _moved(self, track: Track, dt: float, stamp: float) -> GaussianState:
        """Return a track's state dt seconds later, at `stamp`.

        Who dwells, or rests unseen, stays there.
        """
        unseen = stamp - track.last_seen > self.parameters.life_cycle.longest_step
        if track.dwelling or (track.resting and unseen):
            return kalman.settle(track.state, dt)
        noise = self.parameters.filter
        density = noise.rest_density if track.resting else noise.acceleration_density
        return kalman.predict(track.state, dt, density)

    def _patience(self, track: Track) -> float:
        """Return the seconds that a confirmed track lives on unseen."""
        life = self.parameters.life_cycle
        return max(life.rest_time, life.coast_time) if track.resting else life.coast_time

    def _keep(self, tracks: list[Track]) -> None:
        """Drop all tracks but these; identities that are lost thereby are remembered."""
        for track in self._tracks:
            if track.confirmed and track not in tracks:
                self._identities.lose(track, tracks)
        self._tracks = tracks

    def _lose(self, track: Track, seconds: float) -> None:
        """Lower the belief in a track that was not seen for some seconds."""
        tentative = self.parameters.life_cycle.tentative_coast_time
        time = self._patience(track) if track.confirmed else tentative
        track.odds = life_cycle.lost(track.odds, seconds, time)

    def _in_shadow(self, cloud: Cloud) -> NDArray[np.bool_]:
        """Tell which tracks may be nobody: tentative ones that others' ghosts or limbs explain."""
        states = np.array([track.state.mean for track in self._tracks]).reshape(-1, 4)
        confirmed = np.array([track.confirmed for track in self._tracks], dtype=bool)
        if confirmed.all() or not confirmed.any():
            return np.zeros(len(states), dtype=bool)
        resting = np.array([track.resting for track in self._tracks], dtype=bool) & confirmed
        people, ghosts = states[confirmed], self.parameters.ghosts
        explained = shadowed(states, people, cloud.origin, ghosts)
        explained |= mirrored(states, people, cloud.origin, self.area.walls, ghosts)
        explained |= within_reach(states, states[resting], ghosts)
        return explained & ~confirmed

    def _correct(
        self, evidence: Evidence, in_shadow: NDArray[np.bool_], sensor: str, period: float
    ) -> None:
        """Update every track with its share of the points that one radar saw.

        Args:
            evidence, in_shadow: of every track.
            sensor: the radar.
            period: seconds since its last frame.
        """
        for index, track in enumerate(self._tracks):
            track.points = round(float(evidence.points[index]))
            if evidence.points[index] >= self._least_points(track):
                self._believe(track, bool(in_shadow[index]), period)
                self._see(track, evidence, index)
                track.seen_by[sensor] = self._stamp
            else:
                self._lose(track, self._missed(track, sensor, period))

    def _missed(self, track: Track, sensor: str, period: float) -> float:
        """Return the seconds that it counts that a radar does not see a track.

        Several radars share a room: where only one of them reaches, the others say nothing.
        """
        seeing = [s for s, at in track.seen_by.items() if self._stamp - at <= SIGHT]
        return 0.0 if seeing and sensor not in seeing else period / max(len(seeing), 1)

    def _least_points(self, track: Track) -> float:
        """Return the points from which a track counts as seen.

        Who rests unseen is woken by a clear sign only: the few points that somebody else leaves
        in passing would take the track along.
        """
        life = self.parameters.life_cycle
        asleep = track.resting and self._stamp - track.last_seen > life.sleep_time
        return max(life.least_points, life.wake_points) if asleep else life.least_points

    def _see(self, track: Track, evidence: Evidence, index: int) -> None:
        points = float(evidence.points[index])
        track.state = _corrected(track.state, evidence, index, self.parameters.filter)
        track.last_seen, track.seen_at = self._stamp, track.state.mean[:2]
        self._settle(track)
        track.expected_points += 0.1 * (points - track.expected_points)
        track.height += 0.1 * (evidence.heights[index] - track.height)
        track.spread = evidence.spreads[index]

    def _settle(self, track: Track) -> None:
        """Tell whether somebody who was just seen dwells, or at least rests."""
        life = self.parameters.life_cycle
        track.place = track.place.after(track.seen_at, self._stamp, life.dwell_radius)
        track.dwelling = self._stamp - track.place.since >= life.dwell_time
        track.resting = self._rests(track)

    def _rests(self, track: Track) -> bool:
        """Tell whether somebody stands or sits and is not about to leave the area."""
        position, velocity = track.state.mean[:2], track.state.mean[2:]
        slow = np.hypot(*velocity) < self.parameters.life_cycle.rest_speed
        slow = slow or track.dwelling
        return bool(slow and self.area.contains(position + LEAVING * velocity).all())

    def _believe(self, track: Track, in_shadow: bool, period: float) -> None:
        """Raise the belief in a track that is seen, slowly if it may be a ghost."""
        life = self.parameters.life_cycle
        time = self.parameters.ghosts.confirm_time if in_shadow else life.confirm_time
        step = min(period, self._stamp - track.last_seen)
        track.odds = life_cycle.gained(track.odds, step, time)

    def _initiate(self, cloud: Cloud, association: Association) -> None:
        """Start a tentative track at every group of points that nobody claims."""
        for group in association.births:
            positions = cloud.positions[group]
            state = kalman.born(positions.mean(axis=0), len(group), self.parameters.filter)
            spread = np.cov(positions.T, bias=True)
            height = float(cloud.frame.points[group, 2].mean())
            self._started += 1
            self._tracks.append(
                Track(self._started, state, spread, len(group), height, self._stamp, self._stamp)
            )

    def _delete(self, dt: float) -> None:
        """Drop the tracks that nobody believes in, and those that double another one."""
        alive = [track for track in self._tracks if life_cycle.is_alive(track.odds)]
        doubles = {track.serial for track in self._encounters.doubles(alive, dt)}
        self._keep([track for track in alive if track.serial not in doubles])

    def _confirm(self) -> None:
        for track in self._tracks:
            if track.confirmed or not life_cycle.is_certain(track.odds):
                continue
            if not self._identities.revive(track):
                self.confirmed_total += 1
                track.track_id = self.confirmed_total

    def _confirmed_tracks(self) -> list[Track]:
        """Return the tracks with an id, by ascending id."""
        confirmed = [track for track in self._tracks if track.confirmed]
        return sorted(confirmed, key=lambda track: track.track_id)

    def _report(self, cloud: Cloud, association: Association, tracks: list[Track]) -> TrackedFrame:
        reported = tuple(
            _reported(track, track.state, self._status(track), track.points)
            for track in self._confirmed_tracks()
        )
        ids = _point_ids(association.responsibilities, tracks, {t.track_id for t in reported})
        return TrackedFrame(cloud.frame, reported, ids, cloud.rows)

    def _status(self, track: Track) -> TrackStatus:
        return TrackStatus.CONFIRMED if track.last_seen == self._stamp else TrackStatus.COASTING


def _associator(parameters: TrackerParameters) -> PointAssociator:
    """Return the associator that the parameters choose."""
    if parameters.method == 'soft':
        return SoftAssignment(parameters.assignment)
    return ClusterAssociation(parameters.clustering, parameters.association, parameters.filter)


def _prediction(track: Track) -> Prediction:
    return Prediction(track.state, track.expected_points, track.spread, track.dwelling)


def _corrected(
    state: GaussianState, evidence: Evidence, index: int, parameters: FilterParameters
) -> GaussianState:
    """Return the state after a track's centroid and mean Doppler.

    Only points beyond doubt make these sure: two people in one place would otherwise pull each
    other to the same position and velocity, and nobody could tell who leaves in which direction.
    """
    points = max(float(evidence.own_points[index]), LEAST_OWN)
    noise = kalman.centroid_noise(points, parameters)
    state = kalman.update_position(state, evidence.centroids[index], noise)
    return kalman.update_doppler(
        state,
        float(evidence.dopplers[index]),
        evidence.directions[index],
        kalman.doppler_variance(points, parameters),
        parameters.doppler_gate,
    )


def _reported(track: Track, state: GaussianState, status: TrackStatus, points: int) -> RadarTrack:
    return RadarTrack(
        track.track_id,
        status,
        state.mean,
        state.covariance,
        float(track.height),
        track.spread,
        life_cycle.probability(track.odds),
        points,
        track.first_seen,
        track.last_seen,
    )


def _point_ids(
    responsibilities: Array, tracks: list[Track], reported: set[int]
) -> NDArray[np.int64]:
    """Return the id (N,) of the reported track that most probably made each point."""
    rows = [i for i, track in enumerate(tracks) if track.track_id in reported]
    shares = responsibilities[rows]
    ids = np.array([tracks[i].track_id for i in rows], dtype=np.int64)
    if not len(ids):
        return np.full(responsibilities.shape[1], UNASSIGNED, dtype=np.int64)
    best = shares.argmax(axis=0)
    sure = shares.max(axis=0) >= 0.5
    return np.where(sure, ids[best], UNASSIGNED)

"""What every compared tracker starts from: the points that ours would use, clustered by DBSCAN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.deployment import Deployment
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar import clustering
from thermal_radar_fusion.radar.area import MonitoredArea
from thermal_radar_fusion.radar.cloud import Cloud, GateParameters, cloud_in_room
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import UNASSIGNED, RadarTrack, TrackedFrame, TrackStatus

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Site:
    """How a room's points are mounted and gated before anybody tracks them.

    Attributes:
        mountings: pose of each radar in the room's frame by its frame_id; a radar that is not
            named stands at the origin.
        area: where people are looked for.
        gate: points that are believed.
    """

    mountings: Mapping[str, RigidTransform] = field(default_factory=dict)
    area: MonitoredArea = field(default_factory=MonitoredArea)
    gate: GateParameters = field(default_factory=GateParameters)

    @classmethod
    def of(cls, deployment: Deployment, room: str) -> Site:
        """Return that of a room, as `pipeline.room_tracker` takes it."""
        known = deployment.rooms.get(room)
        if known is None:
            return cls(deployment.mountings(room))
        return cls(deployment.mountings(room), known.area, known.tracker.gate)

    def cloud(self, frame: RadarFrame) -> Cloud:
        """Return the usable points of a frame in the room's frame."""
        mounting = self.mountings.get(frame.sensor, RigidTransform())
        return cloud_in_room(frame, mounting, self.area, self.gate)


@dataclass(frozen=True)
class DetectionParameters(Parameters):
    """Parameters of DBSCAN on the floor."""

    radius: float = parameter(0.25, 'epsilon of DBSCAN', unit='m', low=0.0)
    min_points: int = parameter(5, 'points of a core point of DBSCAN', low=1)


@dataclass(frozen=True)
class Detections:
    """The clusters of one frame.

    Attributes:
        cloud: the points that were clustered.
        groups: rows of the points of each cluster.
        centroids: (K, 2) mean of each cluster on the floor [m].
    """

    cloud: Cloud
    groups: tuple[NDArray[np.intp], ...]
    centroids: Array

    def tracked(
        self, tracks: tuple[RadarTrack, ...] = (), owners: Mapping[int, int] | None = None
    ) -> TrackedFrame:
        """Return what a tracker says of this frame.

        Args:
            tracks: in any order.
            owners: the track id of each cluster that belongs to a track, by its index.
        """
        ids = np.full(len(self.cloud), UNASSIGNED, dtype=np.int64)
        for index, track_id in (owners or {}).items():
            ids[self.groups[index]] = track_id
        ordered = tuple(sorted(tracks, key=lambda track: track.track_id))
        return TrackedFrame(self.cloud.frame, ordered, ids, self.cloud.rows)


def detect(cloud: Cloud, parameters: DetectionParameters) -> Detections:
    """Cluster the points of a cloud on the floor."""
    positions = cloud.positions
    labels = clustering.dbscan(positions, parameters.radius, parameters.min_points)
    groups = clustering.groups(labels)
    centroids = np.array([positions[group].mean(axis=0) for group in groups]).reshape(-1, 2)
    return Detections(cloud, groups, centroids)


def plain_track(
    track_id: int,
    state: Array,
    covariance: Array,
    points: int,
    first_seen: float,
    last_seen: float,
) -> RadarTrack:
    """Return a confirmed track in the shared type; what a plain tracker does not know is NaN."""
    return RadarTrack(
        track_id=track_id,
        status=TrackStatus.CONFIRMED if points else TrackStatus.COASTING,
        state=state,
        covariance=covariance,
        height=np.nan,
        spread=np.full((2, 2), np.nan),
        existence=1.0,
        points=points,
        first_seen=first_seen,
        last_seen=last_seen,
    )


class ClusterLabels:
    """DBSCAN alone: every cluster is somebody, nobody is followed from frame to frame.

    Only whose point is whose means anything of its answers: for the ratio of frames in which
    people are told apart (milliTRACE-IR, table 5).
    """

    def __init__(
        self, parameters: DetectionParameters | None = None, site: Site | None = None
    ) -> None:
        self.parameters = parameters or DetectionParameters()
        self.site = site or Site()

    def update(self, frame: RadarFrame) -> TrackedFrame:
        """Return the frame with the number of its cluster, from 1 on, as every point's track."""
        found = detect(self.site.cloud(frame), self.parameters)
        return found.tracked(owners={i: i + 1 for i in range(len(found.groups))})

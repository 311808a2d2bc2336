"""The suite `paper`: every scene with every seed, tracked by every method on the same points."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.deployment import Deployment, Room
from thermal_radar_fusion.evaluation import peers
from thermal_radar_fusion.evaluation.comparison import EvaluationError
from thermal_radar_fusion.evaluation.detections import ClusterLabels, DetectionParameters, Site
from thermal_radar_fusion.evaluation.paper_scenes import SCENES, simulated
from thermal_radar_fusion.evaluation.score import TrackingSamples, pooled
from thermal_radar_fusion.evaluation.separation import separated_by_truth, separated_frames
from thermal_radar_fusion.evaluation.suites import Progress, Tracker
from thermal_radar_fusion.evaluation.tasks import run_tasks
from thermal_radar_fusion.evaluation.tracking import samples
from thermal_radar_fusion.pipeline import room_tracker

OURS = 'ours'

# As scripts/tune_peers.py found it, for the most frames with everybody told apart.
DBSCAN_ALONE = DetectionParameters(radius=0.2, min_points=2)


@dataclass(frozen=True)
class Suite:
    """What is run.

    Attributes:
        scenes: names of scenarios.
        seeds: of the runs of each scene.
        people: how many there are in every scene, None for what belongs to it.
        duration: seconds of every run, None for what belongs to the scene.
        peers: names in `peers.PEERS`.
        tracker: parameters of our tracker that are changed, by dotted name.
    """

    scenes: tuple[str, ...] = tuple(SCENES)
    seeds: tuple[int, ...] = tuple(range(20))
    people: int | None = None
    duration: float | None = None
    peers: tuple[str, ...] = ()
    tracker: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for scene in self.scenes:
            if scene not in SCENES:
                raise EvaluationError(f'unknown scene {scene!r}; known are {", ".join(SCENES)}')
        if not self.scenes or not self.seeds:
            raise EvaluationError('a suite needs at least one scene and one seed')
        if self.duration is not None and not 0 < self.duration < math.inf:
            raise EvaluationError(f'the duration must be positive, got {self.duration:g} s')


@dataclass(frozen=True)
class Run:
    """What came of one scene and one seed.

    Attributes:
        scene, seed: which.
        people: how many are in the scene.
        samples: of each method, all rooms together.
        separated_by_dbscan: of each frame with people close together, whether each has a
            cluster of DBSCAN to himself.
        separated_by_truth: the same of points given to whoever truly stands nearest.
    """

    scene: str
    seed: int
    people: int
    samples: Mapping[str, TrackingSamples]
    separated_by_dbscan: NDArray[np.bool_]
    separated_by_truth: NDArray[np.bool_]


def run_suite(suite: Suite, jobs: int = 1, progress: Progress | None = None) -> list[Run]:
    """Run everything, in the order of scenes and seeds.

    Args:
        jobs: processes; the runs are the same for any number.
        progress: told of every run.
    """
    tasks = [(suite, scene, seed) for scene in suite.scenes for seed in suite.seeds]
    names = [f'{scene}, seed {seed}' for _, scene, seed in tasks]
    return run_tasks(_run, tasks, names, jobs, progress)


def _run(task: tuple[Suite, str, int]) -> Run:
    """Simulate one scene with one seed and let every method track each of its rooms."""
    suite, name, seed = task
    scene = simulated(name, seed, suite.people, suite.duration)
    deployment = _changed(scene.deployment, suite.tracker)
    found = {
        method: pooled([_samples(make, deployment, room) for room in scene.recordings])
        for method, make in _methods(suite).items()
    }
    alone = [_separated_by_dbscan(deployment, room) for room in scene.recordings]
    known = [separated_by_truth(room, Site.of(deployment, room.room)) for room in scene.recordings]
    return Run(name, seed, scene.people, found, np.concatenate(alone), np.concatenate(known))


def _changed(deployment: Deployment, changes: Mapping[str, Any]) -> Deployment:
    """Return the deployment with other parameters of the tracker in every room."""
    if not changes:
        return deployment
    rooms = {name: _with(room, changes) for name, room in deployment.rooms.items()}
    return Deployment(deployment.frame, rooms, deployment.radars, deployment.contacts)


def _with(room: Room, changes: Mapping[str, Any]) -> Room:
    current = {name: value for name, value, _ in room.tracker.flattened()}
    tracker = type(room.tracker).from_flat({**current, **changes})
    return Room(room.name, room.area, tracker)


Maker = Callable[[Deployment, str], Tracker]


def _methods(suite: Suite) -> dict[str, Maker]:
    """Return what makes each method's tracker for a room of a deployment."""
    return {OURS: room_tracker} | {name: _peer_maker(name) for name in suite.peers}


def _peer_maker(name: str) -> Maker:
    return lambda deployment, room: peers.PEERS[name].make(Site.of(deployment, room))


def _samples(make: Maker, deployment: Deployment, recording: Recording) -> TrackingSamples:
    """Track one room with a new tracker and compare with the truth."""
    tracker = make(deployment, recording.room)
    return samples(recording, [tracker.update(frame) for frame in recording.frames])


def _separated_by_dbscan(deployment: Deployment, recording: Recording) -> NDArray[np.bool_]:
    labels = ClusterLabels(DBSCAN_ALONE, Site.of(deployment, recording.room))
    return separated_frames(recording, [labels.update(frame) for frame in recording.frames])

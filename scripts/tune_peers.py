"""Look for the best parameters of a compared tracker on seeds that are not reported.

    python scripts/tune_peers.py jpda [--seeds 1000 1001 ...] [--duration 20] [--rounds 2]

One parameter after the other is set to each value of its grid and left at the best one, for some
rounds. Best is the greatest mean over the scenes of IDF1 + MOTA, in which coarse parameters of
DBSCAN, gate, noise and life count; what is best is printed, to be written into the defaults.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from thermal_radar_fusion.evaluation.detections import ClusterLabels, DetectionParameters, Site
from thermal_radar_fusion.evaluation.paper_scenes import SCENES, Scene, simulated
from thermal_radar_fusion.evaluation.peers import PEERS
from thermal_radar_fusion.evaluation.score import TrackingScore, pooled
from thermal_radar_fusion.evaluation.suites import Tracker
from thermal_radar_fusion.evaluation.tracking import samples

Values = Mapping[str, float]

DETECTION = {
    'detection.radius': (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6),
    'detection.min_points': (2, 3, 4, 5, 7, 10),
}
GRIDS: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    'dbscan': {'radius': DETECTION['detection.radius'], 'min_points': (2, 3, 4, 5, 7, 10)},
    'plain': {
        **DETECTION,
        'gate': (0.5, 0.7, 0.9, 1.2),
        'patience': (0.7, 1.0, 1.5, 2.0, 3.0),
        'confirm_time': (0.2, 0.4, 0.6, 0.9),
        'filter.acceleration_density': (0.1, 0.25, 0.5, 1.0, 2.0),
        'filter.centroid_std': (0.04, 0.08, 0.15),
    },
    'jpda': {
        **DETECTION,
        'acceleration_density': (0.1, 0.25, 0.5, 1.0, 2.0),
        'centroid_std': (0.05, 0.1, 0.15, 0.2),
        'detection_probability': (0.7, 0.8, 0.9, 0.95),
        'clutter_density': (0.002, 0.01, 0.05, 0.2),
        'confirm_updates': (4, 7, 10, 15),
        'patience': (0.7, 1.0, 1.5, 2.0, 3.0),
    },
    'norfair': {
        **DETECTION,
        'gate': (0.4, 0.6, 0.8, 1.2),
        'confirm_steps': (4, 8, 12, 20),
        'patience_steps': (15, 22, 30, 45),
        'process_noise': (0.001, 0.003, 0.01, 0.1),
        'measurement_noise': (1.0, 4.0, 16.0),
    },
}


def merit(name: str, scenes: Mapping[str, list[Scene]], values: Values) -> float:
    """Return the mean over the scenes of IDF1 + MOTA, or of the separation ratio of DBSCAN."""
    scores = [_score(name, runs, values) for runs in scenes.values()]
    if name == 'dbscan':
        return float(np.nanmean([score.separation_ratio for score in scores]))
    return float(np.mean([score.idf1 + score.mota for score in scores]))


def _score(name: str, runs: list[Scene], values: Values) -> TrackingScore:
    found = [
        samples(recording, [tracker.update(frame) for frame in recording.frames])
        for run in runs
        for recording in run.recordings
        for tracker in [_tracker(name, Site.of(run.deployment, recording.room), values)]
    ]
    return pooled(found).score()


def _tracker(name: str, site: Site, values: Values) -> Tracker:
    if name == 'dbscan':
        return ClusterLabels(DetectionParameters.from_flat(values), site)
    return PEERS[name].make(site, values)


def descent(
    name: str, scenes: Mapping[str, list[Scene]], rounds: int, jobs: int
) -> Iterator[tuple[float, Values]]:
    """Yield the merit and the parameters after each parameter's turn."""
    best: dict[str, float] = {}
    context = multiprocessing.get_context('fork')
    with ProcessPoolExecutor(jobs, context) as pool:
        for parameter, grid in list(GRIDS[name].items()) * rounds:
            tries = [best | {parameter: value} for value in grid]
            merits = list(pool.map(merit, [name] * len(tries), [scenes] * len(tries), tries))
            best = tries[int(np.argmax(merits))]
            yield max(merits), best


def main() -> None:
    """Search and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('peer', choices=list(GRIDS))
    arguments.add_argument('--seeds', type=int, nargs='+', default=[1000, 1001, 1002])
    arguments.add_argument('--duration', type=float, default=20.0)
    arguments.add_argument('--rounds', type=int, default=2)
    arguments.add_argument('--jobs', type=int, default=1)
    options = arguments.parse_args()
    scenes = {
        name: [simulated(name, seed, duration=options.duration) for seed in options.seeds]
        for name in SCENES
    }
    for value, found in descent(options.peer, scenes, options.rounds, options.jobs):
        print(f'{value:.4f} {found}', flush=True)


if __name__ == '__main__':
    main()

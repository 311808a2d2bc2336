"""Look for the best parameters of a compared tracker on seeds that are not reported.

    python scripts/tune_peers.py jpda [--scenes free ...] [--seeds 1000 ...] [--duration 20]

One parameter after the other is set to each value of its grid and left at the best one, for
`--rounds` rounds. Best is the greatest mean over the scenes of IDF1 + MOTA. What is best is
printed, to be written into `evaluation/peers.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

import numpy as np

from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.evaluation.detections import ClusterLabels, DetectionParameters, Site
from thermal_radar_fusion.evaluation.paper_scenes import SCENES, Scene, simulated
from thermal_radar_fusion.evaluation.peers import PEERS
from thermal_radar_fusion.evaluation.score import pooled
from thermal_radar_fusion.evaluation.separation import separated_frames
from thermal_radar_fusion.evaluation.suites import Tracker
from thermal_radar_fusion.evaluation.tracking import samples
from thermal_radar_fusion.radar.track import TrackedFrame

Values = Mapping[str, float]

DETECTION = {
    'detection.radius': (0.15, 0.2, 0.25, 0.3, 0.4, 0.5),
    'detection.min_points': (2, 3, 5, 8),
}
GRIDS: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    'dbscan': {'radius': (0.1, 0.15, 0.2, 0.25, 0.3, 0.4), 'min_points': (1, 2, 3, 5, 8)},
    'plain': {
        **DETECTION,
        'patience': (0.7, 1.0, 2.0, 4.0, 8.0),
        'gate': (0.5, 0.8, 1.2),
        'confirm_time': (0.3, 0.6, 0.9),
        'filter.acceleration_density': (0.1, 0.25, 1.0),
        'filter.centroid_std': (0.04, 0.1),
    },
    'jpda': {
        **DETECTION,
        'patience': (0.7, 1.0, 2.0, 4.0, 8.0),
        'acceleration_density': (0.1, 0.25, 1.0),
        'centroid_std': (0.05, 0.1, 0.2),
        'detection_probability': (0.7, 0.9),
        'clutter_density': (0.005, 0.02, 0.1),
        'confirm_updates': (5, 10, 15),
    },
    'norfair': {
        **DETECTION,
        'patience_steps': (15, 30, 60, 120),
        'gate': (0.5, 0.8, 1.2),
        'confirm_steps': (5, 10, 15),
        'process_noise': (0.001, 0.01, 0.1),
        'measurement_noise': (1.0, 4.0, 16.0),
    },
}


def merit(name: str, scenes: Mapping[str, list[Scene]], values: Values) -> float:
    """Return the mean over the scenes of IDF1 + MOTA, or of the separation ratio of DBSCAN."""
    measure = _separation if name == 'dbscan' else _accuracy
    return float(np.nanmean([measure(name, runs, values) for runs in scenes.values()]))


def _separation(name: str, runs: list[Scene], values: Values) -> float:
    separated = [separated_frames(*pair) for pair in _tracked(name, runs, values)]
    return float(np.concatenate(separated).mean())


def _accuracy(name: str, runs: list[Scene], values: Values) -> float:
    score = pooled([samples(*pair) for pair in _tracked(name, runs, values)]).score()
    return score.idf1 + score.mota


def _tracked(
    name: str, runs: list[Scene], values: Values
) -> Iterator[tuple[Recording, list[TrackedFrame]]]:
    """Yield every recording and what a new tracker says of its frames."""
    for run in runs:
        for recording in run.recordings:
            tracker = _tracker(name, Site.of(run.deployment, recording.room), values)
            yield recording, [tracker.update(frame) for frame in recording.frames]


def _tracker(name: str, site: Site, values: Values) -> Tracker:
    if name == 'dbscan':
        return ClusterLabels(DetectionParameters.from_flat(values), site)
    return PEERS[name].make(site, values)


def descent(
    name: str, scenes: Mapping[str, list[Scene]], rounds: int
) -> Iterator[tuple[float, Values]]:
    """Yield the merit and the parameters after each parameter's turn."""
    best: dict[str, float] = {}
    for parameter, grid in list(GRIDS[name].items()) * rounds:
        tries = [best | {parameter: value} for value in grid]
        merits = [merit(name, scenes, values) for values in tries]
        best = tries[int(np.argmax(merits))]
        yield max(merits), best


def main() -> None:
    """Search and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument('peer', choices=list(GRIDS))
    arguments.add_argument('--scenes', nargs='+', choices=list(SCENES), default=list(SCENES))
    arguments.add_argument('--seeds', type=int, nargs='+', default=[1000, 1001, 1002])
    arguments.add_argument('--duration', type=float, default=20.0)
    arguments.add_argument('--rounds', type=int, default=2)
    options = arguments.parse_args()
    scenes = {
        name: [simulated(name, seed, duration=options.duration) for seed in options.seeds]
        for name in options.scenes
    }
    for value, found in descent(options.peer, scenes, options.rounds):
        print(f'{value:.4f} {found}', flush=True)


if __name__ == '__main__':
    main()

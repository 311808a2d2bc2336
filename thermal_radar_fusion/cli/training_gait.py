"""`trf train gait`: learn the network of gait features anew, on one process or several."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermal_radar_fusion.cli.common import Tell

if TYPE_CHECKING:
    from thermal_radar_fusion.datasets.gait_recordings import GaitRecording
    from thermal_radar_fusion.training.gait_people import GaitPeople
    from thermal_radar_fusion.training.gait_training import GaitTraining
    from thermal_radar_fusion.training.processes import Processes

NETWORK_FILE = 'gait.onnx'


def trained_gait(
    parameters: GaitTraining,
    sources: Sequence[Path],
    output: Path,
    tell: Tell,
    start: Path | None,
    without: Sequence[str] = (),
) -> dict[str, Any] | None:
    """Train in a folder and return the figures of the network that was written.

    Of several processes only the first one writes and has figures; the others get None. The
    subjects named in `without` are left out.

    Raises:
        TrainingError, DatasetError, BagError: see `train` and `known_people`.
    """
    from thermal_radar_fusion.training.gait_training import WINDOWS, train, write_onnx
    from thermal_radar_fusion.training.processes import joined_processes

    with joined_processes(parameters.device) as processes:
        tell = tell if processes.first else _silent
        found = first_before_others(
            processes,
            lambda: _recordings(parameters, sources, without, output / 'windows', tell),
        )
        learned, aside = _split(parameters, found)
        checkpoint = output / 'checkpoint.pt'
        network = train(parameters, learned, checkpoint, tell, start, processes)
        if not processes.first:
            return None
        write_onnx(network, output / NETWORK_FILE, WINDOWS)
        return _figures(output / NETWORK_FILE, learned, aside)


def _silent(text: str, done: int, total: int) -> None:
    """Tell nobody: one process of several is enough to watch."""


def _recordings(
    parameters: GaitTraining,
    sources: Sequence[Path],
    without: Sequence[str],
    cache: Path,
    tell: Tell,
) -> list[GaitRecording]:
    """Return the windows of real people and of simulated ones."""
    from thermal_radar_fusion.training.gait_sources import known_people
    from thermal_radar_fusion.training.gait_training import WINDOWS
    from thermal_radar_fusion.training.gait_walkers import simulated_walkers

    chosen = (parameters.walkers, parameters.seed, parameters.seconds)
    return [
        *known_people(sources, cache, WINDOWS, tell, without),
        *simulated_walkers(cache, *chosen, WINDOWS, tell),
    ]


def _split(
    parameters: GaitTraining, found: Sequence[GaitRecording]
) -> tuple[GaitPeople, GaitPeople]:
    """Return the people to learn from, and those who are kept aside."""
    import numpy as np

    from thermal_radar_fusion.training.gait_people import GaitPeople

    draw = np.random.default_rng(parameters.seed)
    return GaitPeople.of(found).split(parameters.aside, draw)


def first_before_others(processes: Processes, make: Callable[[], Any]) -> Any:
    """Return what `make` makes; the others wait until the first process has kept it on disk."""
    made = make() if processes.first else None
    processes.wait()
    return made if processes.first else make()


def _figures(file: Path, learned: GaitPeople, aside: GaitPeople) -> dict[str, Any]:
    """Return how well a network tells the people apart who were kept aside."""
    from thermal_radar_fusion.reid.gait_features import GaitFeatures
    from thermal_radar_fusion.training.gait_validation import mean_accuracy

    features = GaitFeatures(file)
    figures: dict[str, Any] = {'people': len(learned), 'aside': len(aside)}
    figures['bytes'] = file.stat().st_size
    if len(aside) < 2:
        return figures
    first = [own[0] for own in aside.recordings]
    accuracy = mean_accuracy(first, lambda one: features.of(one.points, one.mask))
    return figures | dataclasses.asdict(accuracy)

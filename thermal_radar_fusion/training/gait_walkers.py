"""Simulated people who walk before two radars each, as gait windows, made once and kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from thermal_radar_fusion.datasets.gait_recordings import (
    GaitRecording,
    kept_recording,
    of_sensor,
    stacked,
    walker_windows,
    windows_key,
)
from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.reid.gait_windows import GaitWindowParameters
from thermal_radar_fusion.simulation.radar_device import RADAR_DEVICES
from thermal_radar_fusion.simulation.scenario import Placement, Scenario, load_scenario
from thermal_radar_fusion.simulation.simulation import simulate

# Radars on the two short walls of the simulated laboratory: x [m] and yaw [rad].
WALLS = {'near': (0.0, 0.0), 'far': (7.0, np.pi)}
# How they hang [m, rad], and how fast people walk [m/s].
HEIGHTS, PITCHES, SPEEDS = (1.0, 2.0), (-0.05, 0.2), (0.8, 1.5)

Tell = Callable[[str, int, int], None]


def simulated_walkers(
    folder: Path,
    count: int,
    seed: int,
    seconds: float,
    parameters: GaitWindowParameters,
    tell: Tell,
) -> list[GaitRecording]:
    """Return windows of people who walk freely and alone, each seen by two radars.

    Args:
        folder: where they are kept.
        count: people.
        seed: of people, ways and radars; person k is the same whatever the count.
        seconds: that each of them walks.
        parameters: of the windows.
        tell: is told what is done, how much, and of how much.

    Raises:
        DatasetError: what is kept in the folder cannot be read.
    """
    recordings = []
    for index in range(count):
        tell('Walking', index, count)
        recordings += _walker(folder, index, seed, seconds, parameters)
    return recordings


def _walker(
    folder: Path, index: int, seed: int, seconds: float, parameters: GaitWindowParameters
) -> list[GaitRecording]:
    """Return the windows of one person before each of the radars that saw enough."""
    name = f'walker_{seed}_{index}'
    key = windows_key(f'{name} {seconds}'.encode(), parameters)
    draw = np.random.default_rng([seed, index])
    scenario = _scenario(draw)
    drawn = int(draw.integers(2**31))
    walk = cache(lambda: simulate(scenario, drawn, seconds)[0])
    recordings = [
        kept_recording(
            folder / f'{name}_{radar.name}-{key}.npz',
            lambda radar=radar: _windows(walk(), radar, name, parameters),
        )
        for radar in scenario.radars.values()
    ]
    return [recording for recording in recordings if len(recording)]


def _scenario(draw: np.random.Generator) -> Scenario:
    """Draw how one person walks through the laboratory, and two radars on its walls."""
    settings: dict[str, Any] = {
        'people.count': 1,
        'motion.stand': 0.03,
        'motion.speed': np.sort(draw.uniform(*SPEEDS, 2)).tolist(),
        'radars': {name: _radar(*place, draw) for name, place in WALLS.items()},
    }
    return load_scenario('free', settings)


def _radar(x: float, yaw: float, draw: np.random.Generator) -> dict[str, Any]:
    """Draw what a radar is and how it hangs on the middle of a wall."""
    mounting = {
        'x': x,
        'y': float(draw.uniform(-1, 1)),
        'z': float(draw.uniform(*HEIGHTS)),
        'yaw': yaw,
        'pitch': float(draw.uniform(*PITCHES)),
    }
    return {'room': 'lab', 'device': str(draw.choice(sorted(RADAR_DEVICES))), 'mounting': mounting}


def _windows(
    walk: Recording, radar: Placement, name: str, parameters: GaitWindowParameters
) -> GaitRecording:
    """Return the windows that one of the radars gives of a walk."""
    windows = walker_windows(of_sensor(walk, radar.name), radar.pose.transform, parameters)
    return stacked(name, walk.room, radar.device, windows.get(walk.people[0], []), parameters)

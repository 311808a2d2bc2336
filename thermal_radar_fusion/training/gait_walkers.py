"""Simulated people who come on several visits, as gait windows, made once and kept.

What a person has on all visits, whichever wall a radar hangs on and however they walk that day, is
what they are known by; what differs is no sign of another person.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
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
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.population import drawn_person
from thermal_radar_fusion.simulation.radar_device import RADAR_DEVICES
from thermal_radar_fusion.simulation.scenario import Scenario, load_scenario
from thermal_radar_fusion.simulation.simulation import simulate

# Radars on the two short walls of the simulated laboratory: x [m] and yaw [rad].
WALLS = {'near': (0.0, 0.0), 'far': (7.0, np.pi)}
# How they hang [m, rad], and how fast people walk [m/s]: their habits, and how far from it they
# are on a visit (standard deviation).
HEIGHTS, PITCHES, SPEEDS, OTHER_SPEED = (1.0, 2.0), (-0.05, 0.2), (0.8, 1.5), 0.08
# Times that each of them comes, and windows that are worth keeping.
VISITS, ENOUGH = 2, 8

# What their names begin with.
WALKER = 'walker_'

Tell = Callable[[str, int, int], None]


def simulated_walkers(
    folder: Path,
    count: int,
    seed: int,
    seconds: float,
    parameters: GaitWindowParameters,
    tell: Tell,
) -> list[GaitRecording]:
    """Return windows of people who walk freely and alone, on each visit seen by two radars.

    Args:
        folder: where they are kept.
        count: people.
        seed: of people, ways and radars; person k is the same whatever the count.
        seconds: of each of the VISITS.
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


def is_simulated(subject: str) -> bool:
    """Tell whether somebody of this name is one of these people."""
    return subject.startswith(WALKER)


def _walker(
    folder: Path, index: int, seed: int, seconds: float, parameters: GaitWindowParameters
) -> list[GaitRecording]:
    """Return the windows of one person on each visit, before radars that saw enough."""
    name = f'{WALKER}{seed}_{index}'
    draw = np.random.default_rng([seed, index])
    person, habit = drawn_person(name, draw), draw.uniform(*SPEEDS)
    device = str(draw.choice(sorted(RADAR_DEVICES)))
    recordings = []
    for visit in range(VISITS):
        scenario = _scenario(person, habit + OTHER_SPEED * draw.standard_normal(), device, draw)
        walk = _Walk(scenario, int(draw.integers(2**31)), seconds)
        key = windows_key(f'{name} {visit} of {VISITS} {seconds}'.encode(), parameters)
        recordings += [
            kept_recording(
                folder / f'{name}_{visit}_{radar}-{key}.npz',
                lambda radar=radar, walk=walk: walk.windows(radar, parameters),
            )
            for radar in scenario.radars
        ]
    return [recording for recording in recordings if len(recording) >= ENOUGH]


def _scenario(person: Person, speed: float, device: str, draw: np.random.Generator) -> Scenario:
    """Draw how one person walks through the laboratory, and two radars on its walls."""
    traits = {key: value for key, value, _ in person.flattened() if key != 'name'}
    settings: dict[str, Any] = {
        'people': {'named': {person.name: traits}},
        'motion.stand': 0.03,
        'motion.speed': [speed, speed],
        'radars': {name: _radar(*place, device, draw) for name, place in WALLS.items()},
    }
    return load_scenario('free', settings)


def _radar(x: float, yaw: float, device: str, draw: np.random.Generator) -> dict[str, Any]:
    """Draw how a radar hangs on the middle of a wall."""
    mounting = {
        'x': x,
        'y': float(draw.uniform(-1, 1)),
        'z': float(draw.uniform(*HEIGHTS)),
        'yaw': yaw,
        'pitch': float(draw.uniform(*PITCHES)),
    }
    return {'room': 'lab', 'device': device, 'mounting': mounting}


class _Walk:
    """One visit of one person, simulated when it is asked for."""

    def __init__(self, scenario: Scenario, seed: int, seconds: float) -> None:
        self._scenario, self._seed, self._seconds = scenario, seed, seconds

    @cached_property
    def _recording(self) -> Recording:
        return simulate(self._scenario, self._seed, self._seconds)[0]

    def windows(self, name: str, parameters: GaitWindowParameters) -> GaitRecording:
        """Return the windows that one of the radars gives."""
        walk, radar = self._recording, self._scenario.radars[name]
        found = walker_windows(of_sensor(walk, name), radar.pose.transform, parameters)
        person = walk.people[0]
        return stacked(person, walk.room, radar.device, found.get(person, []), parameters)

"""Simulated people who come back: the same bodies and habits, on walks of their own.

`training.gait_walkers` draws people for the network; these are others, drawn by other seeds. Each
walks alone in the laboratory on several visits, before radars of one kind, and is seen through our
tracker. Windows are kept, as tracking takes longer than all that is measured on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from thermal_radar_fusion.evaluation.tasks import Progress, run_tasks
from thermal_radar_fusion.reid.gait_windows import GaitWindowParameters
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.population import drawn_person
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import simulate

# The paper's radar, where the scenario `free` has it, and moved to the opposite wall.
DEVICE = 'iwr1843'
SAME, MOVED = 'same', 'moved'
MOUNTINGS: dict[str, dict[str, float]] = {
    SAME: {'x': 0.0, 'y': 0.0, 'z': 1.5},
    MOVED: {'x': 7.0, 'y': 0.8, 'z': 1.8, 'yaw': 3.3, 'pitch': 0.1},
}

# Walking speed indoors [m/s]: of people, and how one person's differs from visit to visit.
SPEED, SPEED_SPREAD, SPEED_OF_VISIT = 1.15, 0.15, 0.05
SLOWEST, FASTEST = 0.7, 1.7

# Names of visits.
GALLERY, PROBE, TOGETHER = 'gallery', 'probe', 'together'

# Who else is there.
COMPANY = 'company'

# Seeds of people; `trf train gait` draws its people from the seeds of whole simulations.
EVALUATED, FITTED = 54_000, 52_000


@dataclass(frozen=True)
class Visit:
    """One walk.

    Attributes:
        name: of the occasion.
        seconds: that the walk takes.
        mountings: keys of MOUNTINGS: where radars hang.
        company: whether somebody else walks about in the room, another person for everybody.
    """

    name: str
    seconds: float
    mountings: tuple[str, ...] = (SAME,)
    # The settings that follow from it tell kept windows apart.
    company: bool = field(default=False, repr=False)


@dataclass(frozen=True)
class Walker:
    """One simulated person.

    Attributes:
        population, index: which one.
        visits: that are wanted.
        parameters: of the windows.
        folder: where windows are kept.
    """

    population: int
    index: int
    visits: tuple[Visit, ...]
    parameters: GaitWindowParameters
    folder: Path

    @property
    def name(self) -> str:
        """Unique among all."""
        return f'w{self.population + self.index}'


Visits = dict[tuple[str, str], GaitRecording]
"""Windows by the names of visit and mounting."""


def walkers(
    population: int,
    count: int,
    visits: Sequence[Visit],
    parameters: GaitWindowParameters,
    folder: Path,
    jobs: int = 1,
    tell: Progress | None = None,
) -> list[Visits]:
    """Return the windows of each person on each visit before each radar.

    Args:
        population: seed of people; person k is the same whatever the count.
        count: people.
        visits: on which they walk.
        parameters: of the windows.
        folder: where windows are kept, and looked for.
        jobs: processes.
        tell: is told of every person.

    Raises:
        DatasetError: what is kept in the folder cannot be read.
    """
    tasks = [Walker(population, k, tuple(visits), parameters, folder) for k in range(count)]
    return run_tasks(seen, tasks, ['Walking'] * count, jobs, tell)


def seen(walker: Walker) -> Visits:
    """Return all windows of one person."""
    draw = np.random.default_rng([walker.population, walker.index])
    person = drawn_person(walker.name, draw)
    habit = SPEED + SPEED_SPREAD * draw.standard_normal()
    found: Visits = {}
    for visit in walker.visits:
        found |= _visited(walker, visit, person, habit)
    return found


def _visited(walker: Walker, visit: Visit, person: Person, habit: float) -> Visits:
    """Return the windows of one visit, kept or made."""
    seed = np.random.SeedSequence([walker.population, walker.index, *visit.name.encode()])
    draw = np.random.default_rng(seed)
    speed = np.clip(habit + SPEED_OF_VISIT * draw.standard_normal(), SLOWEST, FASTEST)
    people = {walker.name: person}
    if visit.company:
        people[COMPANY] = drawn_person(COMPANY, draw)
    settings = _settings(people, visit, float(speed))
    key = windows_key(repr((settings, visit, seed.entropy)).encode(), walker.parameters)
    files = {
        mounting: walker.folder / f'{walker.name}_{visit.name}_{mounting}-{key}.npz'
        for mounting in visit.mountings
    }
    made: dict[str, GaitRecording] = {}
    if not all(file.exists() for file in files.values()):
        made = _simulated(walker, visit, settings, int(draw.integers(2**31)))
    return {
        (visit.name, mounting): kept_recording(file, lambda mounting=mounting: made[mounting])
        for mounting, file in files.items()
    }


def _settings(people: Mapping[str, Person], visit: Visit, speed: float) -> dict[str, Any]:
    """Return what of the scenario `free` is not as it comes."""
    return {
        'people.count': len(people),
        'people.named': {name: _traits(person) for name, person in people.items()},
        'motion.stand': 0.03,
        'motion.speed': [speed, speed],
        'radars': {
            mounting: {'room': 'lab', 'device': DEVICE, 'mounting': MOUNTINGS[mounting]}
            for mounting in visit.mountings
        },
    }


def _traits(person: Person) -> dict[str, Any]:
    """Return a person as a scenario names one."""
    traits: dict[str, Any] = {}
    for key, value, _ in person.flattened():
        group, _, name = key.rpartition('.')
        if key != 'name':
            (traits.setdefault(group, {}) if group else traits)[name] = value
    return traits


def _simulated(
    walker: Walker, visit: Visit, settings: Mapping[str, Any], seed: int
) -> dict[str, GaitRecording]:
    """Let somebody walk, and return the windows before each radar."""
    scenario = load_scenario('free', settings)
    walk = simulate(scenario, seed, visit.seconds)[0]
    found: dict[str, GaitRecording] = {}
    for name, radar in scenario.radars.items():
        windows = walker_windows(of_sensor(walk, name), radar.pose.transform, walker.parameters)
        own = windows.get(walker.name, [])
        found[name] = stacked(walker.name, walk.room, name, own, walker.parameters)
    return found

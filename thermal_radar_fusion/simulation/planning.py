"""From a scenario and chance to everybody's trajectory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.simulation import formations
from thermal_radar_fusion.simulation.agents import Agent, House
from thermal_radar_fusion.simulation.crowd import TICK, Crowd
from thermal_radar_fusion.simulation.motion import (
    Close,
    Crossing,
    Enter,
    Entrance,
    Free,
    Parallel,
    Step,
    Wait,
    WalkTo,
)
from thermal_radar_fusion.simulation.participants import Participant
from thermal_radar_fusion.simulation.roaming import Roaming, drawn_starts
from thermal_radar_fusion.simulation.routes import Routes
from thermal_radar_fusion.simulation.scenario import Scenario, ScenarioError
from thermal_radar_fusion.simulation.trajectory import STEP, Trajectory

Array = NDArray[np.float64]

SMOOTHING = 0.15  # of the crowd's paths, standard deviation [s]
TURNING = 0.35  # of the trunk's turns [s]: half a turn takes a second and a half
WALKING = 0.25  # m/s: faster, the trunk points along the way
# Far finer than anything senses, and coarser than what libraries differ by.
DIGITS = 6


def plan_trajectories(
    scenario: Scenario, duration: float, generator: np.random.Generator
) -> dict[str, Trajectory]:
    """Return the way of everybody, by name.

    Args:
        duration: seconds; the trajectories last at least as long.

    Raises:
        ScenarioError: there is no place for so many people.
    """
    if not scenario.people:
        return {}
    try:
        trajectories = _planned(scenario, duration, generator)
    except ParameterError as error:
        raise ScenarioError(f'{scenario.name}: {error}') from None
    names = [person.name for person in scenario.people]
    return {name: _rounded(own) for name, own in zip(names, trajectories, strict=True)}


def _planned(
    scenario: Scenario, duration: float, generator: np.random.Generator
) -> list[Trajectory]:
    motion, plan, count = scenario.motion, scenario.plan, len(scenario.people)
    times = STEP * np.arange(int(np.ceil(duration / STEP)) + 2)
    if isinstance(motion, Parallel):
        return formations.parallel(motion, plan, count, times, generator)
    if isinstance(motion, Crossing):
        return formations.crossing(motion, plan, count, times, generator)
    if isinstance(motion, Close):
        return formations.close(motion, plan, count, times, generator, _first_radar(scenario))
    return CrowdPlanner(scenario, generator).trajectories(len(times))


def _first_radar(scenario: Scenario) -> tuple[Array, float] | None:
    """Return place (2,) and yaw of the first radar of the scene's room."""
    room = scenario.motion.room or scenario.plan.room_names[0]
    for radar in scenario.radars.values():
        if radar.room == room:
            return np.array([radar.pose.x, radar.pose.y]), radar.pose.yaw
    return None


def _rounded(trajectory: Trajectory) -> Trajectory:
    """Return a trajectory that is the same on every machine."""
    return Trajectory(
        np.round(trajectory.position, DIGITS),
        np.round(trajectory.heading, DIGITS),
        np.round(trajectory.sitting, DIGITS),
        np.round(trajectory.gesture, DIGITS),
        trajectory.present,
    )


class CrowdPlanner:
    """Lets a crowd of agents live through a scenario."""

    def __init__(self, scenario: Scenario, generator: np.random.Generator) -> None:
        self.scenario = scenario
        self._generator = generator
        self._entries = self._drawn_entries()
        crowd = Crowd(self._starts(), scenario.plan.obstacles)
        self.house = House(scenario.plan, Routes(scenario.plan), crowd)
        self._check_scripts()
        self.agents = self._made_agents()

    def _check_scripts(self) -> None:
        """Raise ParameterError where no way leads to a place that a script names."""
        for index, person in enumerate(self.scenario.people):
            here = self.house.crowd.position[index]
            for step in person.script:
                if isinstance(step, WalkTo) and self.house.routes.way(here, step.place) is None:
                    place = f'[{step.place[0]:g}, {step.place[1]:g}]'
                    raise ParameterError(f'people: no way leads {person.name} to {place}')

    def _drawn_entries(self) -> dict[str, list[Step]]:
        """Draw the steps by which people come in, by name; empty where all are inside."""
        motion = self.scenario.motion
        if not isinstance(motion, Entrance):
            return {}
        door = motion.door or self.scenario.plan.exits()[0]
        order = self._generator.permutation(len(self.scenario.people))
        times = np.cumsum(self._generator.uniform(*motion.gap, len(order)))
        return {
            self.scenario.people[i].name: [Wait(float(time)), Enter(door)]
            for i, time in zip(order, times - times[0] + 0.2, strict=True)
        }

    def _starts(self) -> Array:
        """Return where everybody is at time 0 (P, 2)."""
        people, plan = self.scenario.people, self.scenario.plan
        given = {person.name: person.start for person in people if person.start is not None}
        outside = {person.name for person in people if self._comes_in(person)}
        drawn = [p.name for p in people if p.name not in given and p.name not in outside]
        room = self.scenario.motion.room
        places = drawn_starts(plan, room, list(given.values()), len(drawn), self._generator)
        known = {**given, **dict(zip(drawn, places, strict=True))}
        exits = plan.exits()
        door = plan.doors[exits[0]].sides[1] if exits else np.zeros(2)
        return np.array([known.get(person.name, door) for person in people]).reshape(-1, 2)

    def _comes_in(self, person: Participant) -> bool:
        """Tell whether somebody is outside at first."""
        if person.script:
            return any(isinstance(step, Enter) for step in person.script[:2])
        return person.start is None and person.name in self._entries

    def _made_agents(self) -> list[Agent]:
        """Return everybody, with what they are going to do."""
        motion = self.scenario.motion
        free = motion if isinstance(motion, Free) else Free()
        roaming = Roaming(free, self.house, self._generator)
        speeds = self._generator.uniform(*motion.speed, len(self.scenario.people))
        agents = [
            Agent(i, float(speeds[i]), self.house, self._steps(person, roaming))
            for i, person in enumerate(self.scenario.people)
        ]
        for agent, person in zip(agents, self.scenario.people, strict=True):
            if self._comes_in(person):
                self.house.crowd.present[agent.index] = False
                self.house.crowd.moves[agent.index] = False
        roaming.agents = agents
        return agents

    def _steps(self, person: Participant, roaming: Roaming) -> Callable[[Agent], Iterator[Step]]:
        """Return what makes the steps of one person: a script, or drawing them."""
        if person.script or not isinstance(self.scenario.motion, Free):
            return lambda _agent: iter(person.script)
        entry = self._entries.get(person.name, []) if self._comes_in(person) else []

        def steps(agent: Agent) -> Iterator[Step]:
            yield from entry
            yield from roaming.steps(agent)

        return steps

    def trajectories(self, count: int) -> list[Trajectory]:
        """Return everybody's way, `count` samples each."""
        per_tick = round(TICK / STEP)
        ticks = -(-count // per_tick) + 1
        record = Record(ticks, len(self.agents))
        for tick in range(ticks):
            self.house.now = tick * TICK
            for agent in self.agents:
                agent.update()
            record.note(tick, self.house.crowd, self.agents)
            self.house.crowd.advance()
        return [record.trajectory(i, per_tick, count) for i in range(len(self.agents))]


class Record:
    """What a crowd did, tick by tick.

    Args:
        ticks, people: how many.
    """

    def __init__(self, ticks: int, people: int) -> None:
        self.position, self.facing = np.zeros((ticks, people, 2)), np.zeros((ticks, people, 2))
        self.sitting, self.gesture = np.zeros((ticks, people)), np.zeros((ticks, people))
        self.present = np.zeros((ticks, people), dtype=bool)
        self._last = np.tile([1.0, 0.0], (people, 1))

    def note(self, tick: int, crowd: Crowd, agents: list[Agent]) -> None:
        """Write down one tick."""
        self.position[tick], self.present[tick] = crowd.position, crowd.present
        for i, agent in enumerate(agents):
            velocity = crowd.velocity[i]
            speed = velocity[0] * velocity[0] + velocity[1] * velocity[1]
            if crowd.moves[i] and speed > WALKING * WALKING:
                self._last[i] = velocity
            elif agent.facing is not None:
                self._last[i] = agent.facing
            self.sitting[tick, i], self.gesture[tick, i] = agent.sitting, agent.gesture
        self.facing[tick] = self._last

    def trajectory(self, person: int, per_tick: int, count: int) -> Trajectory:
        """Return the smooth way of one person, `count` samples, `per_tick` for each tick."""
        angle = np.round(np.arctan2(self.facing[:, person, 1], self.facing[:, person, 0]), 9)
        return Trajectory(
            _smooth(self.position[:, person], per_tick, count, SMOOTHING),
            _smooth(np.unwrap(angle), per_tick, count, TURNING),
            _smooth(self.sitting[:, person], per_tick, count, SMOOTHING),
            _smooth(self.gesture[:, person], per_tick, count, TURNING),
            np.repeat(self.present[:, person], per_tick)[:count],
        )


def _smooth(values: Array, per_tick: int, count: int, sigma: float) -> Array:
    """Return values (T, ...) per tick at `count` finer steps, without corners."""
    ticks = np.arange(count) / per_tick
    low = ticks.astype(int)
    share = (ticks - low).reshape(-1, *[1] * (values.ndim - 1))
    fine = values[low] * (1 - share) + values[low + 1] * share
    return gaussian_filter1d(fine, sigma / STEP, axis=0, mode='nearest')

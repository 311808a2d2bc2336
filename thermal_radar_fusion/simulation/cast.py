"""The people of a simulation: who they are, how they move, and the truth about them."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import TruePerson
from thermal_radar_fusion.simulation.actor import Actor
from thermal_radar_fusion.simulation.body import JOINTS, BodyMotion
from thermal_radar_fusion.simulation.participants import Participant
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.planning import plan_trajectories
from thermal_radar_fusion.simulation.population import drawn_person
from thermal_radar_fusion.simulation.scenario import Scenario

Array = NDArray[np.float64]

# Sensors with equal frame times share what was computed; their blocks follow each other closely.
BLOCKS_KEPT = 8


def seed_for(seed: int, kind: str, name: str = '') -> np.random.SeedSequence:
    """Return the seed of one thing in a simulation; that of no other thing depends on it."""
    return np.random.SeedSequence(seed, spawn_key=tuple(f'{kind}/{name}'.encode()))


class Cast:
    """Everybody in a simulation, in the order of the scenario: by name.

    Args:
        seed: of looks, ways and movements.
        duration: until then everybody's way is planned [s].

    Raises:
        ScenarioError: so many people do not fit.
    """

    def __init__(self, scenario: Scenario, seed: int, duration: float) -> None:
        self.people = tuple(_drawn(person, seed) for person in scenario.people)
        planning = np.random.default_rng(seed_for(seed, 'ways'))
        self.trajectories = plan_trajectories(scenario, duration, planning)
        self.actors = tuple(
            Actor(person, self.trajectories[person.name], seed_for(seed, 'body', person.name))
            for person in self.people
        )
        self._plan = scenario.plan
        self._cached = functools.lru_cache(BLOCKS_KEPT)(self._computed)

    def motions(self, times: Array) -> tuple[BodyMotion, ...]:
        """Return what everybody's body does at instants (T,) [s]."""
        return self._cached(np.ascontiguousarray(times, dtype=float).tobytes())

    def _computed(self, times: bytes) -> tuple[BodyMotion, ...]:
        """Return the motions at instants given as the bytes of their array."""
        instants = np.frombuffer(times)
        return tuple(actor.motion(instants) for actor in self.actors)

    def truth(
        self, room: str, motions: Sequence[BodyMotion], late: Array | float = 0.0
    ) -> list[tuple[TruePerson, ...]]:
        """Return who is in a room at each instant of the motions, and where.

        Args:
            late: (T,) how long after each instant the truth is wanted [s]; at most a fraction of
                a frame, over which people move straight on.
        """
        late = np.broadcast_to(late, len(motions[0].times)) if motions else np.zeros(0)
        everybody = [
            self._truth_of(person, motion, late, room)
            for person, motion in zip(self.people, motions, strict=True)
        ]
        return [
            tuple(true for true in instant if true is not None)
            for instant in zip(*everybody, strict=True)
        ]

    def _truth_of(
        self, person: Person, motion: BodyMotion, late: Array, room: str
    ) -> list[TruePerson | None]:
        """Return the truth about one person at each instant, None while not in the room."""
        velocity, count = motion.velocity, len(motion.times)
        place = motion.position + late[:, None] * velocity
        index = self._plan.room_names.index(room)
        inside = motion.present & (self._plan.room_at(place) == index)
        position = np.column_stack([place, np.full(count, person.height / 2)])
        velocity = np.column_stack([velocity, np.zeros(count)])
        head = motion.head + late[:, None] * motion.velocities[:, JOINTS.index('head')]
        warmth = person.appearance.temperature
        return [
            TruePerson(person.name, position[i], velocity[i], head[i], warmth)
            if inside[i]
            else None
            for i in range(count)
        ]


def _drawn(person: Participant, seed: int) -> Person:
    """Draw what a scenario leaves open about a person."""
    generator = np.random.default_rng(seed_for(seed, 'looks', person.name))
    return drawn_person(person.name, generator, **person.overrides)


def nobody(times: Array) -> BodyMotion:
    """Return the motion of somebody who is never there: sensors want times even of empty rooms."""
    still = np.zeros((len(times), len(JOINTS), 3))
    return BodyMotion(times, np.zeros(len(times), dtype=bool), still, still, np.zeros(len(times)))

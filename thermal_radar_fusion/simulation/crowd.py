"""How walking people move: the social force model, and limits that keep bodies apart.

D. Helbing and P. Molnar, 'Social force model for pedestrian dynamics', Phys. Rev. E 51 (1995): a
force towards the goal (eq. 2), elliptical repulsion by others that looks a stride ahead (eq. 3, 4;
with the relative velocity as in Johansson, Helbing and Shukla 2007), repulsion by walls (eq. 5),
all weaker behind one's back (eq. 8). Their exp(-x) is (1 + x/8)^-8 here: made of operations that
every machine rounds alike, since a crowd is chaotic. On top of the forces, nobody walks faster
towards a body or a wall than is needed to stop before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.simulation.segments import dot, length, point_distances, unit

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

TICK = 0.1  # s

RELAXATION = 0.5  # time to take up the wanted velocity [s]
ACCELERATION = 1.2  # the most that forces do [m/s2]
BRAKING = 1.4  # the most that stopping before an obstacle needs [m/s2]
ARRIVAL = 0.5  # braking towards a goal [m/s2]
FASTEST = 1.7  # m/s
STANDING = 0.1  # slower, somebody who wants to stand does stand [m/s]

PEOPLE_FORCE, PEOPLE_RANGE = 2.2, 0.35  # m/s2, m
STRIDE = 0.9  # how far ahead in time people look at each other [s]
WALL_FORCE, WALL_RANGE = 2.5, 0.12  # m/s2, m
BEHIND = 0.3  # share of the force of what is behind one's back
# Repulsion is turned to the right of who gives way, by this angle's cosine and sine: 20 degrees.
KEEP_RIGHT = (0.94, 0.34)

IN_REACH = 1.8  # walls farther than this neither push nor have to be braked for [m]
CELL = 0.5  # m

CORRECTIONS = 8  # how often a velocity is corrected for the obstacle that it minds least

BODY_TO_WALL = 0.22  # the middle of a body keeps this distance from walls [m]
BODY_TO_BODY = 0.45  # and this from other bodies [m]


class Surroundings(NamedTuple):
    """Where some things are from each person.

    Attributes:
        distance: (P, N) metres.
        away: (P, N, 2) unit vectors to the person from there.
    """

    distance: Array
    away: Array


class NearWalls:
    """The walls near each place, looked up in a grid.

    Args:
        obstacles: (O, 2, 2) ends of walls and edges of furniture.
    """

    def __init__(self, obstacles: Array) -> None:
        self._low = obstacles.reshape(-1, 2).min(axis=0) - CELL
        high = obstacles.reshape(-1, 2).max(axis=0) + CELL
        self._shape = np.ceil((high - self._low) / CELL).astype(int)
        columns, rows = np.meshgrid(*(np.arange(n) for n in self._shape), indexing='ij')
        centres = self._low + CELL * (np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5)
        near = point_distances(centres, obstacles) < IN_REACH + CELL
        # Cells with fewer walls than others are filled up with one that is far from everything.
        order = np.argsort(~near, axis=1, kind='stable')[:, : near.sum(axis=1).max()]
        filled = np.where(np.take_along_axis(near, order, axis=1), order, len(obstacles))
        segments = np.concatenate([obstacles, np.full((1, 2, 2), 1e4)])[filled]
        self._start, self._along = segments[:, :, 0], segments[:, :, 1] - segments[:, :, 0]
        self._squared = np.maximum(dot(self._along, self._along), 1e-12)

    def seen_from(self, places: Array) -> Surroundings:
        """Return where walls are from places (P, 2): all that are in reach, and some others."""
        cells = ((places - self._low) / CELL).astype(int)
        column, row = np.clip(cells, 0, self._shape - 1).T
        cell = column * self._shape[1] + row
        relative, along = places[:, None] - self._start[cell], self._along[cell]
        share = np.minimum(np.maximum(dot(relative, along) / self._squared[cell], 0.0), 1.0)
        vectors = relative - share[..., None] * along
        distance = np.maximum(length(vectors), 1e-9)
        return Surroundings(distance, vectors / distance[..., None])


@dataclass
class Crowd:
    """Where people are and want to go; all arrays have one row for each person.

    Attributes:
        position, velocity: (P, 2) m, m/s.
        target: (P, 2) where they walk to next.
        pace: (P,) how fast they want to walk [m/s]; 0 stands.
        stops: (P,) whether they want to stop at the target.
        moves: (P,) whether forces move them: not while sitting or outside.
        present: (P,) whether they are in the building.
        obstacles: (O, 2, 2) ends of walls and edges of furniture.
    """

    position: Array
    obstacles: Array
    velocity: Array = field(init=False)
    target: Array = field(init=False)
    pace: Array = field(init=False)
    stops: Flags = field(init=False)
    moves: Flags = field(init=False)
    present: Flags = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.position)
        self.velocity, self.target = np.zeros((count, 2)), self.position.copy()
        self.pace, self.stops = np.zeros(count), np.ones(count, dtype=bool)
        self.moves, self.present = np.ones(count, dtype=bool), np.ones(count, dtype=bool)
        self._walls = NearWalls(self.obstacles)
        self._index = np.arange(count)
        self._far_from_oneself = 1e3 * np.eye(count)

    def advance(self) -> None:
        """Move everybody by one tick."""
        walls, people = self._walls.seen_from(self.position), self._people()
        force = (self._wanted() - self.velocity) / RELAXATION
        walks = (self.pace > 0)[:, None]
        force += np.where(walks, self._repulsion(people) + _wall_repulsion(walls), 0.0)
        velocity = self.velocity + TICK * _shortened(force, ACCELERATION)
        velocity = self._restrained(_shortened(velocity, FASTEST), walls, people)
        moves = self.moves[:, None]
        self.velocity = np.where(moves, velocity, self.velocity)
        self.position = self.position + np.where(moves, TICK * velocity, 0.0)

    def _people(self) -> Surroundings:
        """Return where the others (P, P) are from everybody."""
        apart = self.position[:, None] - self.position
        distance = length(apart) + self._far_from_oneself
        return Surroundings(distance, apart / np.maximum(distance, 1e-9)[..., None])

    def _wanted(self) -> Array:
        """Return the velocities (P, 2) that people would like to have."""
        way = self.target - self.position
        distance = length(way)
        # What is wanted is reached a relaxation time later.
        arriving = np.maximum(np.sqrt(2 * ARRIVAL * distance) - ARRIVAL * RELAXATION, 0.0)
        speed = np.where(self.stops, np.minimum(self.pace, arriving), self.pace)
        return (speed / np.maximum(distance, 1e-9))[:, None] * way

    def _repulsion(self, people: Surroundings) -> Array:
        """Return what others do to each person (P, 2) [m/s2]."""
        near = people.distance
        step = STRIDE * (self.velocity - self.velocity[:, None])
        stepped = near[..., None] * people.away - step
        ahead = np.maximum(length(stepped), 1e-9)
        total = near + ahead
        minor = np.sqrt(np.maximum(total * total - dot(step, step), 1e-6)) / 2
        strength = PEOPLE_FORCE * _decay(minor / PEOPLE_RANGE) * total / (4 * minor)
        strength = strength * self._weights(people)
        force = strength[..., None] * (people.away + stepped / ahead[..., None])
        x, y = force.sum(axis=1).T
        cosine, sine = KEEP_RIGHT
        return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=1)

    def _weights(self, people: Surroundings) -> Array:
        """Return how much each person minds each other (P, P): those in front most."""
        ahead = unit(self.target - self.position)
        cosine = -dot(people.away, ahead[:, None])
        return (BEHIND + (1 - BEHIND) / 2 * (1 + cosine)) * self.present

    def _restrained(self, velocity: Array, walls: Surroundings, people: Surroundings) -> Array:
        """Return the velocities (P, 2) without what would lead into a wall or a body."""
        away = np.concatenate([walls.away, people.away], axis=1)
        slowest = np.concatenate(
            [-_safe_speed(walls.distance - BODY_TO_WALL), self._pair_limits(velocity, people)],
            axis=1,
        )
        for _ in range(CORRECTIONS):
            missing = slowest - dot(away, velocity[:, None])
            worst = missing.argmax(axis=1)
            most = np.maximum(missing[self._index, worst], 0.0)
            if not most.any():
                break
            velocity = velocity + most[:, None] * away[self._index, worst]
        return velocity

    def _pair_limits(self, velocity: Array, people: Surroundings) -> Array:
        """Return how fast (P, P) each has to get away from each other, negative for towards.

        What two approach each other too fast, each gives up half of. Who stands or sits gives up
        nothing: the other has to.
        """
        walks = self.moves & ((self.pace > 0) | (length(self.velocity) > STANDING))
        share = np.where(walks, 0.5, 1.0) * np.where(walks, 1.0, 0.0)[:, None]
        leaving = dot(people.away, velocity[:, None])
        opening = leaving + leaving.T
        limits = leaving - share * (opening + _safe_speed(people.distance - BODY_TO_BODY))
        return np.where(self.present, limits, -np.inf)


def _safe_speed(gap: Array) -> Array:
    """Return the speed towards something from which it can still be stopped in time."""
    drop = BRAKING * TICK
    approach = np.sqrt(drop * drop + 2 * BRAKING * np.maximum(gap, 0.0)) - drop
    return approach + np.minimum(np.maximum(gap, -0.2), 0.0)


def _wall_repulsion(walls: Surroundings) -> Array:
    """Return what walls do to each person (P, 2) [m/s2]."""
    gap = np.maximum(walls.distance - BODY_TO_WALL, 0.0)
    strength = WALL_FORCE * _decay(gap / WALL_RANGE)
    return (strength[..., None] * walls.away).sum(axis=1)


def _decay(x: Array) -> Array:
    """Return (1 + x/8)^-8, about exp(-x), by multiplications only."""
    base = 1.0 + x / 8.0
    square = base * base
    fourth = square * square
    return 1.0 / (fourth * fourth)


def _shortened(vectors: Array, most: float) -> Array:
    """Return vectors (P, 2), those longer than `most` at that length."""
    size = length(vectors)
    return vectors * np.minimum(1.0, most / np.maximum(size, 1e-9))[:, None]

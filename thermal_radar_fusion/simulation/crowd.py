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

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.simulation.segments import dot, from_nearest, length, unit

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

TICK = 0.1  # s

RELAXATION = 0.5  # time to take up the wanted velocity [s]
ACCELERATION = 1.2  # the most that forces do [m/s2]
BRAKING = 1.4  # the most that stopping before an obstacle needs [m/s2]
ARRIVAL = 0.5  # braking towards a goal [m/s2]
FASTEST = 1.7  # m/s

PEOPLE_FORCE, PEOPLE_RANGE = 2.2, 0.35  # m/s2, m
STRIDE = 0.9  # how far ahead in time people look at each other [s]
WALL_FORCE, WALL_RANGE = 2.5, 0.12  # m/s2, m
BEHIND = 0.3  # share of the force of what is behind one's back
# Who is in the way is passed on his left rather, by this angle's cosine and sine: 20 degrees.
KEEP_RIGHT = (0.94, -0.34)

BODY_TO_WALL = 0.22  # the middle of a body keeps this distance from walls [m]
BODY_TO_BODY = 0.44  # and this from other bodies [m]


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

    def advance(self) -> None:
        """Move everybody by one tick."""
        from_walls = from_nearest(self.position, self.obstacles)
        apart = self.position[:, None] - self.position
        force = (self._wanted() - self.velocity) / RELAXATION
        social = self._repulsion(apart) + _wall_repulsion(from_walls)
        force = force + np.where(self.pace > 0, 1.0, 0.0)[:, None] * social
        velocity = self.velocity + TICK * _shortened(force, ACCELERATION)
        velocity = _shortened(velocity, FASTEST)
        velocity = self._restrained(velocity, from_walls, apart)
        moves = self.moves[:, None]
        self.velocity = np.where(moves, velocity, self.velocity)
        self.position = self.position + np.where(moves, TICK * velocity, 0.0)

    def _wanted(self) -> Array:
        """Return the velocities (P, 2) that people would like to have."""
        way = self.target - self.position
        arriving = np.sqrt(2 * ARRIVAL * length(way))
        speed = np.where(self.stops, np.minimum(self.pace, arriving), self.pace)
        return speed[:, None] * unit(way)

    def _repulsion(self, apart: Array) -> Array:
        """Return what others do to each person (P, 2) [m/s2]; apart: (P, P, 2) to me from them."""
        step = STRIDE * (self.velocity - self.velocity[:, None])
        near, ahead = length(apart), length(apart - step)
        total = near + ahead
        minor = np.sqrt(np.maximum(total * total - dot(step, step), 1e-6)) / 2
        strength = PEOPLE_FORCE * _decay(minor / PEOPLE_RANGE) * total / (4 * minor)
        towards = unit(apart) + unit(apart - step)
        force = (strength * self._weights(apart))[..., None] * towards
        cosine, sine = KEEP_RIGHT
        x, y = force[..., 0].sum(axis=1), force[..., 1].sum(axis=1)
        return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=1)

    def _weights(self, apart: Array) -> Array:
        """Return how much each person minds each other (P, P): those in front most."""
        ahead = unit(self.target - self.position)
        cosine = -dot(unit(apart), np.broadcast_to(ahead[:, None], apart.shape))
        weights = BEHIND + (1 - BEHIND) * (1 + cosine) / 2
        weights = weights * self.present
        np.fill_diagonal(weights, 0.0)
        return weights

    def _restrained(self, velocity: Array, from_walls: Array, apart: Array) -> Array:
        """Return the velocities (P, 2) without what would lead into a wall or a body."""
        wall_distance, distance = length(from_walls), length(apart)
        directions = -np.concatenate(
            [
                from_walls / np.maximum(wall_distance, 1e-9)[..., None],
                apart / np.maximum(distance, 1e-9)[..., None],
            ],
            axis=1,
        )
        to_walls = _safe_speed(wall_distance - BODY_TO_WALL)
        limits = np.concatenate([to_walls, self._pair_limits(velocity, apart, distance)], axis=1)
        people = np.arange(len(velocity))
        for _ in range(4):
            excess = dot(np.broadcast_to(velocity[:, None], directions.shape), directions) - limits
            worst = excess.argmax(axis=1)
            most = np.maximum(excess[people, worst], 0.0)
            if not most.any():
                break
            velocity = velocity - most[:, None] * directions[people, worst]
        return velocity

    def _pair_limits(self, velocity: Array, apart: Array, distance: Array) -> Array:
        """Return the speeds (P, P) up to which each may walk towards each other.

        What two approach each other too fast, each gives up half of; all of it, if the other
        cannot: who sits does not step back.
        """
        towards = -apart / np.maximum(distance, 1e-9)[..., None]
        own = dot(np.broadcast_to(velocity[:, None], towards.shape), towards)
        closing = own + own.T
        share = np.where(self.moves, 0.5, 1.0)
        limits = own - share * (closing - _safe_speed(distance - BODY_TO_BODY))
        limits = np.where(self.present, limits, np.inf)
        np.fill_diagonal(limits, np.inf)
        return limits


def _safe_speed(gap: Array) -> Array:
    """Return the speed towards something from which it can still be stopped in time."""
    drop = BRAKING * TICK
    approach = np.sqrt(drop * drop + 2 * BRAKING * np.maximum(gap, 0.0)) - drop
    return np.where(gap > 0, approach, np.maximum(gap, -0.2))


def _wall_repulsion(from_walls: Array) -> Array:
    """Return what walls do to each person (P, 2) [m/s2]."""
    distance = length(from_walls)
    strength = WALL_FORCE * _decay(np.maximum(distance - BODY_TO_WALL, 0.0) / WALL_RANGE)
    force = (strength / np.maximum(distance, 1e-9))[..., None] * from_walls
    return force.sum(axis=1)


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

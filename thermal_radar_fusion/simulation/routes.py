"""Ways through a building: around furniture, and from room to room through the doors.

A visibility graph (Lozano-Perez and Wesley, 'An algorithm for planning collision-free paths among
polyhedral obstacles', Comm. ACM 22, 1979) of the places before the doors and of the corners of the
furniture, kept at a body's distance.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import dijkstra

from thermal_radar_fusion.simulation.floor_plan import FloorPlan
from thermal_radar_fusion.simulation.segments import (
    clearance,
    cross,
    crossing,
    length,
    point_distances,
    unit,
)

Array = NDArray[np.float64]

NO_DOOR = -1
CORNER = 0.36  # how far ways keep off the corners of furniture, along each edge [m]
MARGIN = 0.3  # and of the ways between such places from everything [m]
NOBODY = np.empty((0, 2))
AROUND = 0.5  # ways around people keep this distance [m]
SLACK = 0.02  # m
IN_DOOR = 0.35  # who is so near to an opening is in it [m]
TIGHT = 0.21  # somebody may stand so near to something, and has to get away [m]


@dataclass(frozen=True)
class Waypoint:
    """A place on a way.

    Attributes:
        place: (2,) metres.
        door: index of the door that is passed on the way to it, NO_DOOR for none.
        inward: whether that door is passed into its first room.
    """

    place: Array
    door: int = NO_DOOR
    inward: bool = False


class Routes:
    """Shortest ways between any two places of a floor plan."""

    def __init__(self, plan: FloorPlan) -> None:
        doors = list(plan.doors.values())
        self._doors = 2 * len(doors)
        self._obstacles = plan.obstacles
        self._openings = np.array([door.jambs for door in doors]).reshape(-1, 2, 2)
        sides = np.array([door.sides for door in doors]).reshape(-1, 2)
        corners = np.array(list(_corners(plan))).reshape(-1, 2)
        self._places = np.concatenate([sides, corners[plan.is_free(corners, MARGIN)]])
        self._lengths = self._edges()
        self._costs, self._before = dijkstra(self._lengths, return_predecessors=True)

    def _edges(self) -> Array:
        """Return the lengths (N, N) of the direct ways between places, infinite where blocked."""
        count = len(self._places)
        costs = np.full((count, count), np.inf)
        for index, place in enumerate(self._places[:-1]):
            others = self._places[index + 1 :]
            costs[index, index + 1 :] = self._direct(place, others, MARGIN)
        for side in range(0, self._doors, 2):
            costs[side, side + 1] = length(self._places[side] - self._places[side + 1])
        return np.minimum(costs, costs.T)

    def _direct(self, start: Array, ends: Array, margin: float, people: Array = NOBODY) -> Array:
        """Return the lengths (N,) of the lines to places (N, 2), infinite where blocked."""
        starts = np.broadcast_to(start, ends.shape)
        free = clearance(starts, ends, self._obstacles) >= margin
        # Doors are passed through their middle only, so that it is known who passes which; but
        # whoever is in one already gets out of it.
        inside = point_distances(np.concatenate([start[None], ends]), self._openings) < IN_DOOR
        through = crossing(starts, ends, self._openings) & ~(inside[:1] | inside[1:])
        free &= ~through.any(axis=1)
        if len(people):
            lines = np.stack([starts, ends], axis=1)
            # From somebody who is nearer already, the way has to lead away.
            apart = np.minimum(length(people - start) - SLACK, AROUND)
            free &= (point_distances(people, lines) >= apart[:, None]).all(axis=0)
        return np.where(free, length(ends - starts), np.inf)

    def way(
        self, start: ArrayLike, goal: ArrayLike, people: Array = NOBODY
    ) -> list[Waypoint] | None:
        """Return the places to walk to one after another, the goal last; None if there is no way.

        Args:
            start, goal: (2,) metres.
            people: (N, 2) where somebody stands whom the way has to lead around.
        """
        start, goal = np.asarray(start, dtype=float), np.asarray(goal, dtype=float)
        direct = self._direct(start, goal[None], TIGHT, people)[0]
        if np.isfinite(direct) or not len(self._places):
            return [Waypoint(goal)] if np.isfinite(direct) else None
        between, before = self._shortest(people)
        costs = self._direct(start, self._places, TIGHT, people)[:, None] + between
        costs = costs + self._direct(goal, self._places, TIGHT, people)
        first, last = np.unravel_index(int(costs.argmin()), costs.shape)
        if not np.isfinite(costs[first, last]):
            return None
        return [*self._waypoints(int(first), int(last), before), Waypoint(goal)]

    def _shortest(self, people: Array) -> tuple[Array, Array]:
        """Return lengths (N, N) and predecessors of the shortest ways between all places."""
        if not len(people):
            return self._costs, self._before
        first, last = np.nonzero(np.isfinite(self._lengths))
        lines = np.stack([self._places[first], self._places[last]], axis=1)
        blocked = point_distances(people, lines).min(axis=0) < AROUND
        lengths = self._lengths.copy()
        lengths[first[blocked], last[blocked]] = np.inf
        return dijkstra(lengths, return_predecessors=True)

    def _waypoints(self, first: int, last: int, before: Array) -> list[Waypoint]:
        """Return the places from one node to another, with the doors between them."""
        nodes = [last]
        while nodes[-1] != first:
            nodes.append(int(before[first, nodes[-1]]))
        nodes.reverse()
        points = [Waypoint(self._places[first])]
        for node, following in itertools.pairwise(nodes):
            is_door = max(node, following) < self._doors and node // 2 == following // 2
            door = node // 2 if is_door else NO_DOOR
            points.append(Waypoint(self._places[following], door, following % 2 == 0))
        return points


def _corners(plan: FloorPlan) -> Iterator[Array]:
    """Yield places off the corners of everything, (2,) each; some of them are in walls."""
    outlines = [*plan.furniture.values(), *(c.outline for c in plan.chairs.values())]
    for outline in (*outlines, *plan.rooms.values()):
        before = unit(outline - np.roll(outline, 1, axis=0))
        after = unit(np.roll(outline, -1, axis=0) - outline)
        bend = np.sign(cross(before, after))[:, None]
        # Away from both edges, on either side: what lies inside is filtered by its clearance.
        yield from outline + CORNER * (before - after) * np.abs(bend)

"""Rooms, walls with doors, furniture and chairs of a simulated building, in the frame `map`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.geometry import inside_polygon
from thermal_radar_fusion.simulation.segments import (
    clearance,
    crossing,
    opened,
    point_distances,
    united,
)

Array = NDArray[np.float64]

NO_ROOM = -1
CHAIR_SIZE = 0.45
ON_WALL = 0.02  # a door's centre may be this far off the line of its wall [m]
CHAIR_STEP = 0.6  # from a chair's middle to where people stand before they sit down [m]
DOOR_STEP = 0.7  # from a door to where people stand before they pass it [m]


@dataclass(frozen=True)
class Door:
    """An opening in a wall.

    Attributes:
        rooms: the two rooms that it joins, or the one that it leads out of.
        centre: (2,) metres.
        normal: (2,) unit vector across the wall, out of the first room.
        width: of the opening [m].
    """

    name: str
    rooms: tuple[str, ...]
    centre: Array
    normal: Array
    width: float

    @property
    def is_exit(self) -> bool:
        """Whether it leads out of the building."""
        return len(self.rooms) == 1

    @property
    def sides(self) -> Array:
        """(2, 2) where people stand before it: in the first room, and beyond."""
        return self.centre + np.array([[-DOOR_STEP], [DOOR_STEP]]) * self.normal

    @property
    def jambs(self) -> Array:
        """(2, 2) the ends of the opening."""
        along = np.array([-self.normal[1], self.normal[0]])
        return self.centre + np.array([[-0.5], [0.5]]) * self.width * along


@dataclass(frozen=True)
class Chair:
    """A seat.

    Attributes:
        place: (2,) its middle.
        facing: (2,) unit vector, where the sitter looks.
        entry: (2,) where the sitter stands before sitting down.
    """

    name: str
    place: Array
    facing: Array
    entry: Array

    @property
    def outline(self) -> Array:
        """(4, 2) corners."""
        half = CHAIR_SIZE / 2
        side = np.array([-self.facing[1], self.facing[0]])
        return np.array(
            [
                self.place + half * (a * self.facing + b * side)
                for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
            ]
        )


@dataclass(frozen=True)
class FloorPlan:
    """A building of one storey.

    Attributes:
        rooms: corners (M, 2) of each room by name; rooms may share edges, that is walls.
        doors, chairs: by name.
        furniture: corners (M, 2) of what nobody walks through, by name. Walls block and mirror
            radio waves, furniture does not.
    """

    rooms: Mapping[str, Array]
    doors: Mapping[str, Door] = field(default_factory=dict)
    furniture: Mapping[str, Array] = field(default_factory=dict)
    chairs: Mapping[str, Chair] = field(default_factory=dict)

    @cached_property
    def walls(self) -> Array:
        """(W, 2, 2) ends of the pieces of wall: between rooms once, doors left open."""
        edges = np.concatenate([edges_of(corners) for corners in self.rooms.values()])
        return opened(united(edges), [door.jambs for door in self.doors.values()])

    @cached_property
    def obstacles(self) -> Array:
        """(O, 2, 2) everything that nobody walks through: walls, edges of furniture, of chairs."""
        outlines = [*self.furniture.values(), *(c.outline for c in self.chairs.values())]
        return np.concatenate([self.walls, *(edges_of(outline) for outline in outlines)])

    @property
    def room_names(self) -> tuple[str, ...]:
        """Names of the rooms, in the order of the file."""
        return tuple(self.rooms)

    def room_at(self, points: ArrayLike) -> NDArray[np.int64]:
        """Return for each point (N, 2) the index of the room that it is in, NO_ROOM outside."""
        points = np.asarray(points, dtype=float).reshape(-1, 2)
        found = np.full(len(points), NO_ROOM)
        for index, corners in enumerate(self.rooms.values()):
            found[inside_polygon(points, corners) & (found == NO_ROOM)] = index
        return found

    def in_furniture(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Tell which points (N, 2) are inside a piece of furniture or a chair."""
        points = np.asarray(points, dtype=float).reshape(-1, 2)
        inside = np.zeros(len(points), dtype=bool)
        for corners in (*self.furniture.values(), *(c.outline for c in self.chairs.values())):
            inside |= inside_polygon(points, corners)
        return inside

    def clearance(self, points: ArrayLike) -> Array:
        """Return for each point (N, 2) the metres to the nearest wall or piece of furniture."""
        return point_distances(points, self.obstacles).min(axis=1)

    def is_free(self, points: ArrayLike, margin: float) -> NDArray[np.bool_]:
        """Tell which points (N, 2) are in a room and `margin` metres from every obstacle."""
        free = (self.room_at(points) != NO_ROOM) & ~self.in_furniture(points)
        return free & (self.clearance(points) >= margin)

    def sees(self, starts: ArrayLike, ends: ArrayLike) -> NDArray[np.bool_]:
        """Tell for each pair of points (N, 2), (N, 2) whether no wall is between them."""
        return ~crossing(starts, ends, self.walls).any(axis=1)

    def is_passable(self, starts: ArrayLike, ends: ArrayLike, margin: float) -> NDArray[np.bool_]:
        """Tell for each line (N, 2), (N, 2) whether it keeps `margin` metres from everything."""
        return clearance(starts, ends, self.obstacles) >= margin

    def exits(self) -> tuple[str, ...]:
        """Return the names of the doors that lead out of the building."""
        return tuple(name for name, door in self.doors.items() if door.is_exit)


def edges_of(corners: Array) -> Array:
    """Return the edges (M, 2, 2) of a polygon (M, 2)."""
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)

"""Floor plans as people write them in YAML; docs/simulation.md describes the keys."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.simulation.content import (
    at,
    interval,
    mapping,
    named,
    number,
    point,
    word,
)
from thermal_radar_fusion.simulation.floor_plan import (
    CHAIR_STEP,
    ON_WALL,
    Chair,
    Door,
    FloorPlan,
    edges_of,
)
from thermal_radar_fusion.simulation.segments import cross, point_distances, unit

Array = NDArray[np.float64]

ENTRY_MARGIN = 0.25  # of where people stand before they sit down from everything [m]
# Where the sitter of a chair stands before sitting down, relative to where the chair faces.
ENTRIES = {'front': 0.0, 'left': math.pi / 2, 'right': -math.pi / 2}


def parse_floor_plan(content: Any) -> FloorPlan:
    """Build a floor plan from what the YAML file holds.

    Raises:
        ParameterError: one line: a key is unknown, a value impossible, a door is in no wall.
    """
    keys = mapping(content, ('rooms', 'doors', 'furniture', 'chairs'))
    rooms = named('rooms', keys.get('rooms'), _corners)
    if not rooms:
        raise ParameterError('rooms must name at least one room')
    doors = named('doors', keys.get('doors'), lambda name, door: _door(name, door, rooms))
    furniture = named('furniture', keys.get('furniture'), _corners)
    plan = FloorPlan(rooms, doors, furniture, named('chairs', keys.get('chairs'), _chair))
    for name, chair in plan.chairs.items():
        if not plan.is_free(chair.entry, ENTRY_MARGIN)[0]:
            place = f'[{chair.entry[0]:.3g}, {chair.entry[1]:.3g}]'
            raise ParameterError(f'chairs.{name}: nobody can stand at {place} to sit down')
    return plan


def _corners(_name: str, content: Any) -> Array:
    """Return the corners (M, 2) of a rectangle {x, y} or of a polygon {corners}."""
    keys = mapping(content, ('x', 'y', 'corners'))
    if 'corners' in keys:
        return at('corners', _polygon, keys['corners'])
    (x0, x1), (y0, y1) = at('x', interval, keys.get('x')), at('y', interval, keys.get('y'))
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def _polygon(content: Any) -> Array:
    if not isinstance(content, list) or len(content) < 3:
        raise ParameterError('must be a list of three or more corners [x, y]')
    return np.array([point(corner) for corner in content])


def _door(name: str, content: Any, rooms: Mapping[str, Array]) -> Door:
    keys = mapping(content, ('rooms', 'at', 'width'))
    joined = keys.get('rooms')
    if not isinstance(joined, list) or not 1 <= len(joined) <= 2:
        raise ParameterError('rooms must list two rooms, or one that the door leads out of')
    joined = tuple(word(room, tuple(rooms), 'room') for room in joined)
    centre = at('at', point, keys.get('at'))
    width = at('width', number, keys.get('width', 0.9), 0.6, 10)
    normals = [_normal(centre, room, rooms[room]) for room in joined]
    return Door(name, joined, centre, normals[0], width)


def _normal(centre: Array, room: str, corners: Array) -> Array:
    """Return the unit vector out of a room across the wall that a door is in."""
    edges = edges_of(corners)
    distances = point_distances(centre, edges)[0]
    nearest = int(distances.argmin())
    if distances[nearest] > ON_WALL:
        place = ', '.join(f'{v:g}' for v in centre)
        raise ParameterError(f'[{place}] is in no wall of room {room!r}')
    following = np.roll(corners, -1, axis=0)
    winding = 1.0 if float(cross(corners, following).sum()) > 0 else -1.0
    along = unit(edges[nearest, 1] - edges[nearest, 0])
    return winding * np.array([along[1], -along[0]])


def _chair(name: str, content: Any) -> Chair:
    keys = mapping(content, ('at', 'facing', 'entry'))
    place = at('at', point, keys.get('at'))
    facing = at('facing', number, keys.get('facing', 0.0), -7, 7)
    entry = at('entry', word, keys.get('entry', 'front'), tuple(ENTRIES), 'entry')
    return Chair(
        name, place, direction(facing), place + CHAIR_STEP * direction(facing + ENTRIES[entry])
    )


def direction(angle: float) -> Array:
    """Return the unit vector (2,) of an angle in radians, the same on every machine."""
    # Rounded, since libraries differ in the last bit of a cosine and crowds are chaotic.
    return np.array([round(math.cos(angle), 9), round(math.sin(angle), 9)])

"""People whose ways are given exactly: side by side, crossing, standing close together.

These are the scenes of the paper's section V-D, in which the distances are the point.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.simulation.floor_plan import FloorPlan
from thermal_radar_fusion.simulation.floor_plan_content import direction
from thermal_radar_fusion.simulation.legs import Leg, turned, walked
from thermal_radar_fusion.simulation.motion import Close, Crossing, Parallel
from thermal_radar_fusion.simulation.segments import cross, length
from thermal_radar_fusion.simulation.trajectory import Trajectory

Array = NDArray[np.float64]

MARGIN = 0.35  # of the ways from walls and furniture [m]
TURN = 1.8  # how long turning around on the spot takes [s]
ATTEMPTS = 200


def parallel(
    motion: Parallel,
    plan: FloorPlan,
    count: int,
    times: Array,
    generator: np.random.Generator,
) -> list[Trajectory]:
    """Return the ways of people who walk to and fro abreast, and turn around on the spot.

    Args:
        times: (T,) the instants of the trajectories [s].

    Raises:
        ParameterError: the room has no place for so many people abreast.
    """
    along = direction(generator.uniform(*motion.direction))
    across = np.array([-along[1], along[0]])
    lanes = (np.arange(count) - (count - 1) / 2) * generator.uniform(*motion.spacing)
    middle = _middle(plan, motion.room)
    ways = middle + lanes[:, None] * across
    way = _fitting(plan, ways, np.broadcast_to(along, ways.shape), motion.length)
    legs = _there_and_back(way, generator.uniform(*motion.speed), float(times[-1]), generator)
    distance, turns = walked(legs, times), turned(legs, times)
    base = math.atan2(along[1], along[0])
    return [
        _walk(
            ways[i]
            + (distance - way / 2 + _stray(motion.unevenness, times, generator))[:, None] * along,
            base + turns * generator.choice([-1.0, 1.0]),
        )
        for i in range(count)
    ]


def _there_and_back(
    way: float, speed: float, duration: float, generator: np.random.Generator
) -> list[Leg]:
    """Return legs one after another until the duration is over, with a turn after each."""
    legs, start = [], generator.uniform(0.2, 1.0)
    while start < duration:
        legs.append(Leg(start, way, speed))
        start = legs[-1].end + TURN * generator.uniform(0.6, 1.0)
    return legs


def _stray(amplitude: float, times: Array, generator: np.random.Generator) -> Array:
    """Return how far somebody is ahead of the others (T,): slow, at most about the amplitude."""
    periods, phases = generator.uniform(4.0, 9.0, 3), generator.uniform(0, 2 * np.pi, 3)
    waves = np.sin(2 * np.pi * times[:, None] / periods + phases)
    return amplitude * waves.mean(axis=1)


def crossing(
    motion: Crossing,
    plan: FloorPlan,
    count: int,
    times: Array,
    generator: np.random.Generator,
) -> list[Trajectory]:
    """Return the ways of people who pass one point one shortly after another, again and again.

    Args:
        times: (T,) the instants of the trajectories [s].

    Raises:
        ParameterError: the room has no place for so many people.
    """
    first = generator.uniform(-0.5, 0.5)
    angles = first + np.pi * (np.arange(count) + generator.uniform(-0.12, 0.12, count)) / count
    angles += np.pi * generator.integers(0, 2, count)
    axes = np.array([direction(angle) for angle in angles]).reshape(-1, 2)
    middles = np.broadcast_to(_middle(plan, motion.room), axes.shape)
    way = _fitting(plan, middles, axes, motion.length)
    speeds = generator.uniform(*motion.speed, count)
    if count > 1 and way * math.sin(math.pi / 2 / count) < 0.5:
        raise ParameterError(f'people: {count} do not fit around one point of the room')
    legs = _laps(motion, axes, way, speeds, float(times[-1]), generator)
    return [
        _walk(
            middles[i] + (walked(legs[i], times) - way / 2)[:, None] * axes[i],
            angles[i] + turned(legs[i], times),
        )
        for i in range(count)
    ]


def _laps(
    motion: Crossing,
    axes: Array,
    way: float,
    speeds: Array,
    duration: float,
    generator: np.random.Generator,
) -> list[list[Leg]]:
    """Return everybody's legs; on each lap they pass the middle in a new order."""
    legs: list[list[Leg]] = [[] for _ in speeds]
    free = np.full(len(speeds), 0.3)
    heading = 1.0
    while free.min(initial=duration) < duration:
        lags = _lags(motion, heading * axes * speeds[:, None], generator)
        half = np.array([Leg(0.0, way, speed).end / 2 for speed in speeds])
        meeting = (free + half - lags).max()
        for i, speed in enumerate(speeds):
            legs[i].append(Leg(meeting + lags[i] - half[i], way, speed))
        pauses = generator.uniform(*motion.pause, len(speeds))
        free = np.array([own[-1].end for own in legs]) + TURN * 0.7 + pauses
        heading = -heading
    return legs


def _lags(motion: Crossing, velocities: Array, generator: np.random.Generator) -> Array:
    """Return when each passes the point (P,) [s] so that two come as near as was drawn.

    Two people at constant velocities v, w, the second of whom passes the crossing of their lines
    a time t after the first, come as near as t |v x w| / |v - w|.
    """
    lags = np.zeros(len(velocities))
    order = generator.permutation(len(velocities))
    for place, person in enumerate(order):
        for earlier in order[:place]:
            near = generator.uniform(*motion.approach)
            v, w = velocities[earlier], velocities[person]
            lag = near * length(v - w) / abs(cross(v, w))
            lags[person] = max(lags[person], lags[earlier] + lag)
    return lags


def close(
    motion: Close,
    plan: FloorPlan,
    count: int,
    times: Array,
    generator: np.random.Generator,
    seen_from: tuple[Array, float] | None = None,
) -> list[Trajectory]:
    """Return people who stand together, two side by side as the radar sees them, more in a ring.

    Args:
        times: (T,) the instants of the trajectories [s].
        seen_from: place (2,) and yaw of the radar, None for the middle of the room.

    Raises:
        ParameterError: there is no place for so many people.
    """
    for _ in range(ATTEMPTS):
        places, facing = _group(motion, plan, count, generator, seen_from)
        if plan.is_free(places, MARGIN).all():
            return [_standing(places[i], facing[i], times, generator) for i in range(count)]
    raise ParameterError(f'people: {count} do not fit where the group stands')


def _group(
    motion: Close,
    plan: FloorPlan,
    count: int,
    generator: np.random.Generator,
    seen_from: tuple[Array, float] | None,
) -> tuple[Array, Array]:
    """Draw places (P, 2) and headings (P,)."""
    middle, yaw = seen_from or (_middle(plan, motion.room), 0.0)
    yaw = yaw + generator.uniform(-0.35, 0.35)
    if seen_from is not None:
        middle = middle + generator.uniform(*motion.distance) * direction(yaw)
    # On a ring whose neighbours are `spacing` apart, the first two side by side before the radar.
    radius = generator.uniform(*motion.spacing) / 2 / math.sin(math.pi / max(count, 2))
    turn = yaw + generator.uniform(*motion.bearing) + math.pi - math.pi / max(count, 2)
    angles = turn + 2 * np.pi * np.arange(count) / max(count, 2)
    places = middle + radius * np.array([direction(angle) for angle in angles]).reshape(-1, 2)
    away = angles if motion.facing == 'each_other' else np.full(count, yaw)
    return places, away + np.pi + generator.uniform(-0.6, 0.6, count)


def _standing(
    place: Array, heading: float, times: Array, generator: np.random.Generator
) -> Trajectory:
    """Return somebody who stands and talks with the hands, hardly turning."""
    count = len(times)
    sway = _stray(0.25, times, generator)
    gesture = np.clip(0.8 + _stray(0.5, times, generator), 0.4, 1.0)
    return Trajectory(
        np.tile(place, (count, 1)),
        heading + sway,
        np.zeros(count),
        gesture,
        np.ones(count, dtype=bool),
    )


def _walk(position: Array, heading: Array) -> Trajectory:
    """Return a trajectory of somebody who only walks."""
    count = len(position)
    still = np.zeros(count)
    return Trajectory(position, heading, still, still, np.ones(count, dtype=bool))


def _middle(plan: FloorPlan, room: str) -> Array:
    """Return the middle (2,) of a room, of the first one where none is named."""
    corners = plan.rooms[room or plan.room_names[0]]
    return (corners.min(axis=0) + corners.max(axis=0)) / 2


def _fitting(plan: FloorPlan, middles: Array, axes: Sequence[Array], longest: float) -> float:
    """Return the length of ways through the middles (P, 2) along the axes (P, 2) that fits."""
    for way in np.linspace(longest, 1.5, 60):
        half = way / 2 * np.asarray(axes)
        starts, ends = middles - half, middles + half
        free = plan.is_free(starts, MARGIN).all() and plan.is_free(ends, MARGIN).all()
        if free and plan.is_passable(starts, ends, MARGIN).all():
            return float(way)
    raise ParameterError(f'people: {len(middles)} do not fit into the room in this formation')

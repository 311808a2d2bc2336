"""Tracks that are nobody: mirror ghosts off walls, and limbs of somebody who stands.

A wall throws a person's echo back from farther away. In the same direction such a ghost lies
behind the person as the radar sees it and moves along the line of sight as fast; where the walls
are known it can be told where it must be. It rarely lasts for more than a second, and no more
does an arm, so a track that looks like one is not refused: it is only believed later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter

Array = NDArray[np.float64]

SOON = 0.1
"""Over how long the velocity of a reflection is taken [s]."""


@dataclass(frozen=True)
class GhostParameters(Parameters):
    """What a mirror ghost looks like, and how long it is waited for to vanish."""

    shadow_distance: float = parameter(
        0.8, 'a ghost is farther from the radar than the person by this', unit='m', low=0.0
    )
    shadow_angle: float = parameter(
        0.2, 'and in the same direction within this', unit='rad', low=0.0, high=3.2
    )
    shadow_speed: float = parameter(
        0.3, 'and moves along the line of sight as fast, within this', unit='m/s', low=0.0
    )
    confirm_time: float = parameter(
        3.0, 'a track in the shadow of somebody is confirmed after so long', unit='s', low=0.0
    )
    mirror_distance: float = parameter(
        0.5, 'a ghost lies so near to where a wall of the area shows it', unit='m', low=0.0
    )
    mirror_speed: float = parameter(
        0.7, 'and its velocity differs by less from what the wall shows', unit='m/s', low=0.0
    )
    reach: float = parameter(
        0.7, 'what is nearer to somebody who stands or sits may be a limb', unit='m', low=0.0
    )


def shadowed(
    candidates: Array, people: Array, origin: Array, parameters: GhostParameters
) -> NDArray[np.bool_]:
    """Tell which candidates may be mirror ghosts of people.

    Args:
        candidates: (T, 4) states x, y [m], vx, vy [m/s] in the room's frame.
        people: (P, 4) states of those who are believed in.
        origin: (2,) position of the radar.
        parameters: see there.
    """
    ranges, bearings, speeds = _polar(candidates, origin)
    their_ranges, their_bearings, their_speeds = _polar(people, origin)
    turn = np.abs(_wrapped(bearings[:, None] - their_bearings[None]))
    behind = ranges[:, None] - their_ranges[None] > parameters.shadow_distance
    as_fast = np.abs(np.abs(speeds)[:, None] - np.abs(their_speeds)[None])
    alike = (turn < parameters.shadow_angle) & (as_fast < parameters.shadow_speed)
    return (behind & alike).any(axis=1)


def within_reach(
    candidates: Array, resting: Array, parameters: GhostParameters
) -> NDArray[np.bool_]:
    """Tell which candidates (T, 4) may be limbs of people (P, 4) who stand or sit."""
    offsets = candidates[:, None, :2] - resting[None, :, :2]
    return (_length(offsets) < parameters.reach).any(axis=1)


def mirrored(
    candidates: Array, people: Array, origin: Array, walls: Array, parameters: GhostParameters
) -> NDArray[np.bool_]:
    """Tell which candidates are where, and as fast as, walls show people.

    Echoes reach a person straight and return over a wall, or the other way round: the length of
    the path is the mean of both, and the bearing that of either or in between.

    Args:
        candidates: (T, 4) states x, y [m], vx, vy [m/s] in the room's frame.
        people: (P, 4) states of those who are believed in.
        origin: (2,) position of the radar.
        walls: (W, 2, 2) ends of the walls.
        parameters: see there.
    """
    if not len(walls) or not len(people):
        return np.zeros(len(candidates), dtype=bool)
    now = _reflections(people[:, :2], origin, walls)
    soon = _reflections(people[:, :2] + SOON * people[:, 2:], origin, walls)
    away = _length(candidates[:, None, :2] - now[None])
    slip = _length(candidates[:, None, 2:] - (soon - now)[None] / SOON)
    alike = (away < parameters.mirror_distance) & (slip < parameters.mirror_speed)
    return alike.any(axis=1)


def _reflections(positions: Array, origin: Array, walls: Array) -> Array:
    """Return where walls (W, 2, 2) make positions (P, 2) appear: (3 W P, 2)."""
    along = walls[:, 1] - walls[:, 0]
    normal = np.column_stack([-along[:, 1], along[:, 0]])
    normal /= np.maximum(_length(normal), 1e-9)[:, None]
    depth = ((positions[None] - walls[:, None, 0]) * normal[:, None]).sum(axis=2)
    bent = positions[None] - 2 * depth[..., None] * normal[:, None] - origin
    straight = np.broadcast_to(positions - origin, bent.shape)
    near, far = (np.maximum(_length(way), 1e-6)[..., None] for way in (straight, bent))
    between = straight / near + bent / far
    between = between / np.maximum(_length(between), 1e-6)[..., None]
    directions = np.stack([straight / near, bent / far, between])
    return (origin + directions * (near + far) / 2).reshape(-1, 2)


def _length(vectors: Array) -> Array:
    """Return the lengths of vectors (..., 2)."""
    return np.hypot(vectors[..., 0], vectors[..., 1])


def _polar(states: Array, origin: Array) -> tuple[Array, Array, Array]:
    """Return range [m], bearing [rad] and radial speed [m/s] of states (T, 4)."""
    offsets = states[:, :2] - origin
    ranges = np.maximum(np.hypot(*offsets.T), 1e-6)
    speeds = (offsets * states[:, 2:]).sum(axis=1) / ranges
    return ranges, np.arctan2(offsets[:, 1], offsets[:, 0]), speeds


def _wrapped(angles: Array) -> Array:
    """Return angles in [-pi, pi)."""
    return (angles + np.pi) % (2 * np.pi) - np.pi

"""Mirror ghosts: a wall throws a person's echo back from farther away, in the same direction.

Such a ghost lies behind the person as the radar sees it and moves along the line of sight as fast.
It rarely lasts for more than a second, so a track that looks like one is not refused: it is only
believed later.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter

Array = NDArray[np.float64]


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


def _polar(states: Array, origin: Array) -> tuple[Array, Array, Array]:
    """Return range [m], bearing [rad] and radial speed [m/s] of states (T, 4)."""
    offsets = states[:, :2] - origin
    ranges = np.maximum(np.hypot(*offsets.T), 1e-6)
    speeds = (offsets * states[:, 2:]).sum(axis=1) / ranges
    return ranges, np.arctan2(offsets[:, 1], offsets[:, 0]), speeds


def _wrapped(angles: Array) -> Array:
    """Return angles in [-pi, pi)."""
    return (angles + np.pi) % (2 * np.pi) - np.pi

"""The room of a real recording, as far as its mirror ghosts give it away.

A point that is not the person's but moves as his mirror image tells of a flat reflector half way
between the two (image method, see `simulation.radar_paths`). Every such point votes for a line on
the floor plan; lines with many votes become walls, as long as the specular points on them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import NOBODY, Recording
from thermal_radar_fusion.simulation.radar_paths import crossed

Array = NDArray[np.float64]

# Height of the middle of a person's reflections above the floor [m].
MIDDLE = 1.1

# Of one reflection off them [dB]: they are found because they mirror well, a metal cabinet or a
# pane of glass, not the mean wall.
REFLECTOR_LOSS = 13.0

LEAST_SHARE, LEAST_VOTES = 0.08, 30  # of the votes, for a wall
DOPPLER = 0.6  # a ghost's Doppler is that of the image to within [m/s]
NEAREST = 0.75  # no wall is nearer to the radar [m]
APART = 1.0  # ghosts are farther from the person [m]
BIN_ANGLE, BIN_DISTANCE = np.radians(10.0), 0.5
MOST_WALLS = 4
MOST_HIDDEN = 0.02  # share of the person's places behind it: he was seen there


@dataclass(frozen=True)
class Room:
    """What is known of a room; the radar's place on the floor is the origin.

    Attributes:
        walls: (W, 2, 2) ends of reflectors, metres.
        height: of the radar above the floor [m].
    """

    walls: Array
    height: float


@dataclass(frozen=True)
class _Votes:
    """Ghost points and the line that each speaks for.

    Attributes:
        angle, distance: (V,) of the line's normal, and of the line from the radar.
        specular: (V, 2) where the line of sight to the ghost meets it.
    """

    angle: Array
    distance: Array
    specular: Array


def room_of(recording: Recording) -> Room:
    """Return the reflectors and the radar's height in a recording with truth and labels."""
    positions = np.array([truth[0].position for truth in recording.truth if truth])
    height = float(MIDDLE - np.median(positions[:, 2])) if len(positions) else MIDDLE
    votes = _votes(recording)
    walls: list[Array] = []
    free = np.ones(len(votes.angle), dtype=bool)
    enough = max(LEAST_VOTES, LEAST_SHARE * len(free))
    while len(walls) < MOST_WALLS and free.any():
        voters = free & _about_peak(votes, free)
        if voters.sum() < enough:
            break
        free &= ~voters
        wall = _wall(votes, voters)[None]
        origin = np.zeros((len(positions), 2))
        if crossed(origin, positions[:, :2], wall).mean() < MOST_HIDDEN:
            walls.append(wall[0])
    return Room(np.array(walls).reshape(-1, 2, 2), height)


def _votes(recording: Recording) -> _Votes:
    """Return the votes of all points that can be mirror images of the person."""
    rows = [
        np.column_stack([frame.points[people == NOBODY][:, [0, 1, 3]], *_repeated(truth, people)])
        for frame, people, truth in zip(
            recording.frames, recording.point_people, recording.truth, strict=True
        )
        if truth
    ]
    x, y, doppler, px, py, vx, vy = np.concatenate(rows or [np.empty((0, 7))]).T
    length = np.maximum(np.hypot(x - px, y - py), 1e-9)
    nx, ny = (x - px) / length, (y - py) / length
    distance = 0.5 * (nx * (x + px) + ny * (y + py))
    across = 2.0 * (vx * nx + vy * ny)
    range_ = np.maximum(np.hypot(x, y), 1e-9)
    image = ((vx - across * nx) * x + (vy - across * ny) * y) / range_
    ghost = (length > APART) & (distance > NEAREST) & (np.abs(doppler - image) < DOPPLER)
    share = distance / np.where(ghost, nx * x + ny * y, 1.0)
    specular = share[:, None] * np.column_stack([x, y])
    return _Votes(np.arctan2(ny, nx)[ghost], distance[ghost], specular[ghost])


def _repeated(truth: tuple, people: NDArray[np.int64]) -> Array:
    """Return the person's place and velocity on the floor (4, N) for each foreign point."""
    state = np.concatenate([truth[0].position[:2], truth[0].velocity[:2]])
    return np.repeat(state[:, None], (people == NOBODY).sum(), axis=1)


def _about_peak(votes: _Votes, free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which votes are about the line that most of the free ones speak for."""
    cells = [np.rint(votes.angle / BIN_ANGLE), np.rint(votes.distance / BIN_DISTANCE)]
    lines, counts = np.unique(np.column_stack(cells)[free], axis=0, return_counts=True)
    angle, distance = lines[counts.argmax()] * (BIN_ANGLE, BIN_DISTANCE)
    turn = np.abs((votes.angle - angle + np.pi) % (2 * np.pi) - np.pi)
    return (turn < 1.6 * BIN_ANGLE) & (np.abs(votes.distance - distance) < 1.6 * BIN_DISTANCE)


def _wall(votes: _Votes, voters: NDArray[np.bool_]) -> Array:
    """Return the ends (2, 2) of the reflector that some votes speak for."""
    turn = votes.angle[voters]
    angle = np.arctan2(np.sin(turn).mean(), np.cos(turn).mean())
    normal, along = (
        np.array([np.cos(angle), np.sin(angle)]),
        np.array([-np.sin(angle), np.cos(angle)]),
    )
    reach = np.percentile((votes.specular[voters] * along).sum(axis=1), (5, 95))
    return np.median(votes.distance[voters]) * normal + reach[:, None] * along

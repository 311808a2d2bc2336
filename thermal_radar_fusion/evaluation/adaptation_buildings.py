"""Simulated people who walk two at a time before two radars of other kinds, as gait windows.

Each pair walks in one room of 7 by 4 m that has a radar on either short wall. For the evaluation
the walls are two rooms of a building: the first half of the walk is seen by one radar, the second
half by the other. Tracks are those of our tracker, with whatever it breaks off or mixes up.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.gait_recordings import PURE, of_sensor, windows_key
from thermal_radar_fusion.datasets.recording import NOBODY, DatasetError, Recording
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.radar.track import UNASSIGNED
from thermal_radar_fusion.radar.tracker import RadarTracker
from thermal_radar_fusion.reid.gait_windows import GaitWindow, GaitWindowParameters, GaitWindows
from thermal_radar_fusion.simulation.scenario import Scenario, load_scenario
from thermal_radar_fusion.simulation.simulation import simulate

# The radars of both rooms: a building's seed chooses, so that a third has two of one kind.
KINDS = (('iwr1443', 'iwr6843'), ('iwr6843', 'iwr1843'), ('iwr1843', 'iwr1843'))
# Where they hang: x [m] and yaw [rad], height [m], beside the middle of the wall [m], pitch [rad].
WALLS = {'lab': (0.0, 0.0), 'office': (7.0, np.pi)}
HEIGHTS, BESIDE, PITCHES = (1.0, 2.0), (-1.0, 1.0), (-0.05, 0.2)
SPEEDS = (0.8, 1.5)
PAIRS, TOGETHER, SECONDS = 6, 2, 100.0
# Share of a window's points that must be somebody's for it to be a window of a person.
HUMAN = 0.5

# Stamp [s] of a frame, and (n,) whose the points of a track are.
Seen = tuple[float, NDArray[np.int64]]


@dataclass(frozen=True)
class RoomWindows:
    """What one radar saw of two people, window by window, in the order of stamps.

    Attributes:
        points: (N, steps, points, channels) float32, see `GaitWindow`.
        mask: (N, steps, points) where there is a point.
        stamps: (N,) of each window's last step [s].
        tracks: (N,) whose window it is.
        people: (N,) 0 or 1, whom the window is of; NOBODY for a ghost or a mixture.
    """

    points: NDArray[np.float32]
    mask: NDArray[np.bool_]
    stamps: NDArray[np.float64]
    tracks: NDArray[np.int64]
    people: NDArray[np.int64]


@dataclass(frozen=True)
class Building:
    """What both radars saw of all pairs.

    Attributes:
        seed: of people, ways and radars.
        kinds: of both radars.
        pairs: of each pair the windows of both rooms, in the order of WALLS.
    """

    seed: int
    kinds: tuple[str, str]
    pairs: tuple[tuple[RoomWindows, ...], ...]


def simulated_building(folder: Path, seed: int, parameters: GaitWindowParameters) -> Building:
    """Return a building's windows; those that are kept in the folder are read.

    Raises:
        DatasetError: what is kept cannot be read.
    """
    kinds = KINDS[seed % len(KINDS)]
    pairs = tuple(_pair(folder, seed, index, parameters) for index in range(PAIRS))
    return Building(seed, kinds, pairs)


def _pair(
    folder: Path, seed: int, index: int, parameters: GaitWindowParameters
) -> tuple[RoomWindows, ...]:
    """Return what both radars see of one pair."""
    settings = _settings(seed, index)
    key = windows_key(hashlib.sha256(repr(settings).encode()).digest(), parameters)
    files = [folder / f'building_{seed}_{index}_{room}-{key}.npz' for room in WALLS]
    if not all(file.exists() for file in files):
        scenario = load_scenario('free', settings)
        walk = simulate(scenario, 1000 * seed + index, SECONDS)[0]
        for room, file in zip(WALLS, files, strict=True):
            _write(file, _seen(of_sensor(walk, room), scenario, room, parameters))
    return tuple(_read(file) for file in files)


def _settings(seed: int, index: int) -> dict[str, Any]:
    """Return what differs from the scenario of people who walk freely."""
    hanging, walking = np.random.default_rng(seed), np.random.default_rng([seed, index])
    kinds = KINDS[seed % len(KINDS)]
    return {
        'people.count': TOGETHER,
        'motion.stand': 0.03,
        'motion.speed': np.sort(walking.uniform(*SPEEDS, 2)).tolist(),
        'radars': {
            room: {'room': 'lab', 'device': kind, 'mounting': _mounting(x, yaw, hanging)}
            for (room, (x, yaw)), kind in zip(WALLS.items(), kinds, strict=True)
        },
    }


def _mounting(x: float, yaw: float, draw: np.random.Generator) -> dict[str, float]:
    y, z, pitch = (float(draw.uniform(*limits)) for limits in (BESIDE, HEIGHTS, PITCHES))
    return {'x': x, 'y': y, 'z': z, 'yaw': yaw, 'pitch': pitch}


def _seen(
    walk: Recording, scenario: Scenario, room: str, parameters: GaitWindowParameters
) -> RoomWindows:
    """Return the windows of one radar's tracks, and who they are of."""
    windows, points = _tracked(walk, scenario.radars[room].pose.transform, parameters)
    windows = sorted(windows, key=lambda window: (window.stamp, window.track_id))
    shape = (len(windows), parameters.steps, parameters.points)
    owners = [_owner(points[w.track_id], w.stamp, parameters.duration) for w in windows]
    return RoomWindows(
        np.array([w.points for w in windows], np.float32).reshape(*shape, parameters.channels),
        np.array([w.mask for w in windows], bool).reshape(shape),
        np.array([w.stamp for w in windows], float),
        np.array([w.track_id for w in windows], np.int64),
        np.array(owners, np.int64),
    )


def _tracked(
    walk: Recording, mounting: RigidTransform, parameters: GaitWindowParameters
) -> tuple[list[GaitWindow], dict[int, list[Seen]]]:
    """Return the windows of all tracks; and of each track, by stamp, whose its points are."""
    tracker = RadarTracker(mountings={walk.frames[0].sensor: mounting})
    cutter, windows = GaitWindows(parameters), []
    points: dict[int, list[Seen]] = {}
    for frame, people in zip(walk.frames, walk.point_people, strict=True):
        tracked = tracker.update(frame)
        windows += cutter.update(tracked)
        for track in np.setdiff1d(tracked.track_ids, UNASSIGNED).tolist():
            own = people[tracked.rows][tracked.track_ids == track]
            points.setdefault(track, []).append((frame.stamp, own))
    return windows, points


def _owner(points: list[Seen], end: float, duration: float) -> int:
    """Return who a window of a track is of: whom nearly all points of people are of."""
    own = [people for stamp, people in points if end - duration <= stamp <= end]
    people = np.concatenate(own) if own else np.zeros(0, np.int64)
    counts = np.bincount(people[people != NOBODY], minlength=1)
    person, count = int(counts.argmax()), int(counts.max())
    pure = count >= PURE * counts.sum() and count >= HUMAN * len(people)
    return person if count and pure else NOBODY


def _write(file: Path, windows: RoomWindows) -> None:
    """Keep windows; a file that is there is whole. Half precision is half a millimetre here."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix('.part.npz')
    values = dict(vars(windows), points=windows.points.astype(np.float16))
    np.savez_compressed(partial, **values)
    partial.replace(file)


def _read(file: Path) -> RoomWindows:
    try:
        with np.load(file) as stored:
            arrays = {field.name: stored[field.name] for field in fields(RoomWindows)}
    except Exception as error:
        reason = type(error).__name__
        raise DatasetError(f'{file}: holds no windows ({reason}); delete it') from None
    return RoomWindows(**arrays | {'points': arrays['points'].astype(np.float32)})

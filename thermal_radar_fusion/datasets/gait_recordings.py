"""Gait windows of people whose name is known, from recordings through our tracker, and on disk.

A real file is one walking person: the track with the most windows is that person, other tracks
are ghosts or strangers and are left out. Where a recording says whose each point is, each track is
the person of most of its points. Tracking takes seconds per minute of walking, reading what is
kept a few milliseconds.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.mmgait import read, sensor_name, subject_name
from thermal_radar_fusion.datasets.recording import NOBODY, DatasetError, Recording
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.radar.track import UNASSIGNED
from thermal_radar_fusion.radar.tracker import RadarTracker
from thermal_radar_fusion.reid.gait_windows import GaitWindow, GaitWindowParameters, GaitWindows

# Counts up when the same file and parameters come to give other windows.
VERSION = 2

# The data set does not say how high its radars hang; so high, people's feet are on the floor [m].
RADAR_HEIGHT = 1.0

# Share of a track's points that must be one person's for its windows to bear that name.
PURE = 0.9

PATTERNS = ('*.csv', '*.csv.gz')

Labelled = dict[str, list[GaitWindow]]


@dataclass(frozen=True)
class GaitRecording:
    """The windows of one person before one radar, in the order of time.

    Attributes:
        subject: who it is; the same name is the same person.
        room, sensor: where, and seen by what.
        points: (N, steps, points, channels) float32, see `GaitWindow`.
        mask: (N, steps, points) where there is a point.
        stamps: (N,) of each window's last step [s].
    """

    subject: str
    room: str
    sensor: str
    points: NDArray[np.float32]
    mask: NDArray[np.bool_]
    stamps: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.stamps)

    def chosen(self, which: NDArray) -> GaitRecording:
        """Return some of the windows, by index or by mask."""
        kept = (array[which] for array in (self.points, self.mask, self.stamps))
        return GaitRecording(self.subject, self.room, self.sensor, *kept)


def find_recordings(
    folder: Path, subjects: Sequence[str] | None = None, sensor: str | None = None
) -> list[Path]:
    """Return the mmGait files below a folder, sorted.

    Args:
        folder: in the data set's layout, `roomN/.../77Ghz_radar/SUBJECT.csv.gz`.
        subjects: file names without ending; None for all.
        sensor: as 'radar_77ghz'; None for all.

    Raises:
        DatasetError: there is no such file, or none of one of the subjects.
    """
    found = sorted(path for pattern in PATTERNS for path in folder.rglob(pattern))
    found = [path for path in found if sensor in (None, sensor_name(path))]
    if not found:
        raise DatasetError(f'{folder}: has no mmGait files' + (f' of {sensor}' if sensor else ''))
    known = {subject_name(path) for path in found}
    missing = sorted(set(subjects or ()) - known)
    if missing:
        there = ', '.join(sorted(known))
        raise DatasetError(f'{folder}: has nothing of {", ".join(missing)}; there are {there}')
    return [path for path in found if subjects is None or subject_name(path) in subjects]


def read_windows(
    path: Path, parameters: GaitWindowParameters | None = None, cache: Path | None = None
) -> GaitRecording:
    """Return the windows of the person of one mmGait file.

    Args:
        path: of the file.
        parameters: of the windows.
        cache: folder where windows are kept and looked for; None for neither.

    Raises:
        DatasetError: the file cannot be read, or nobody walks long enough in it.
    """
    parameters = parameters or GaitWindowParameters()
    if cache is None:
        return _tracked(path, parameters)
    key = windows_key(_content(path), parameters)
    kept = cache / f'{subject_name(path)}-{key}.npz'
    return kept_recording(kept, lambda: _tracked(path, parameters))


def _tracked(path: Path, parameters: GaitWindowParameters) -> GaitRecording:
    recording = read(path)
    mounting = RigidTransform(translation=np.array([0.0, 0.0, RADAR_HEIGHT]))
    windows = walker_windows(recording, mounting, parameters)
    if not any(windows.values()):
        raise DatasetError(f'{path}: nobody walks for {parameters.duration:.1f} s')
    person = recording.people[0]
    sensor = recording.frames[0].sensor
    return stacked(person, recording.room, sensor, windows[person], parameters)


def walker_windows(
    recording: Recording, mounting: RigidTransform, parameters: GaitWindowParameters
) -> Labelled:
    """Track what one radar saw and return the windows of each person of the recording.

    Args:
        recording: frames of one radar; of one person, or with `point_people`.
        mounting: of the radar, in the room's frame.
        parameters: of the windows.
    """
    tracker = RadarTracker(mountings={recording.frames[0].sensor: mounting})
    cutter = GaitWindows(parameters)
    windows: dict[int, list[GaitWindow]] = {}
    owners: dict[int, Counter[int]] = {}
    for index, frame in enumerate(recording.frames):
        tracked = tracker.update(frame)
        if recording.point_people is not None:
            _count(owners, tracked.track_ids, recording.point_people[index][tracked.rows])
        for window in cutter.update(tracked):
            windows.setdefault(window.track_id, []).append(window)
    return _named(recording, windows, owners)


def of_sensor(recording: Recording, sensor: str) -> Recording:
    """Return what one radar saw of a recording, without the truth."""
    own = [i for i, frame in enumerate(recording.frames) if frame.sensor == sensor]
    people = recording.point_people
    return Recording(
        tuple(recording.frames[i] for i in own),
        people and tuple(people[i] for i in own),
        people=recording.people,
        room=recording.room,
    )


def _count(
    owners: dict[int, Counter[int]], ids: NDArray[np.int64], people: NDArray[np.int64]
) -> None:
    """Add up whose points each track has."""
    for track_id, person in zip(ids.tolist(), people.tolist(), strict=True):
        if track_id != UNASSIGNED:
            owners.setdefault(track_id, Counter())[person] += 1


def _named(
    recording: Recording,
    windows: dict[int, list[GaitWindow]],
    owners: dict[int, Counter[int]],
) -> Labelled:
    """Return the windows of the people whom the tracks are."""
    if recording.point_people is None:
        return {recording.people[0]: max(windows.values(), key=len, default=[])}
    named: Labelled = {}
    for track_id, own in windows.items():
        person, points = owners[track_id].most_common(1)[0]
        if person != NOBODY and points >= PURE * owners[track_id].total():
            named.setdefault(recording.people[person], []).extend(own)
    return named


def stacked(
    subject: str,
    room: str,
    sensor: str,
    windows: Sequence[GaitWindow],
    parameters: GaitWindowParameters,
) -> GaitRecording:
    """Return windows of a person, cut with these parameters, as one recording by time."""
    windows = sorted(windows, key=lambda window: window.stamp)
    shape = (len(windows), parameters.steps, parameters.points)
    return GaitRecording(
        subject,
        room,
        sensor,
        np.array([w.points for w in windows], np.float32).reshape(*shape, parameters.channels),
        np.array([w.mask for w in windows], bool).reshape(shape),
        np.array([w.stamp for w in windows], float),
    )


def windows_key(content: bytes, parameters: GaitWindowParameters) -> str:
    """Return a name for windows: of what they are cut from, and of how."""
    chosen = {name: value for name, value, _ in parameters.flattened()}
    how = json.dumps([VERSION, RADAR_HEIGHT, chosen], sort_keys=True)
    return hashlib.sha256(content + how.encode()).hexdigest()[:16]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f'{path}: {error.strerror or error}') from None


def kept_recording(file: Path, make: Callable[[], GaitRecording]) -> GaitRecording:
    """Return what is kept in a file, which is made and kept first if it is not there.

    It is read in any case: what is kept is rounded.

    Raises:
        DatasetError: the file is there, but is no such recording; or see `make`.
    """
    if not file.exists():
        _write(file, make())
    try:
        with np.load(file) as stored:
            names = (str(stored[name]) for name in ('subject', 'room', 'sensor'))
            points = stored['points'].astype(np.float32)
            return GaitRecording(*names, points, stored['mask'], stored['stamps'])
    except Exception as error:
        reason = type(error).__name__
        raise DatasetError(f'{file}: holds no windows ({reason}); delete it') from None


def _write(file: Path, recording: GaitRecording) -> None:
    """Keep windows; a file that is there is whole. Half precision is half a millimetre here."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix('.part.npz')
    values = dict(vars(recording), points=recording.points.astype(np.float16))
    np.savez_compressed(partial, **values)
    partial.replace(file)

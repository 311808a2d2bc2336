"""The tables on real one-person recordings: each by itself, and overlaid two and three at a time.

The overlaid sequences are fixed by the files alone: all pairs and triples of one sensor's files
in the order of their names, each at the starts of `SuiteParameters`. To tune on some people and
report on others, give only the files of the ones or the others.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from thermal_radar_fusion.datasets import mmgait
from thermal_radar_fusion.datasets.overlay import overlay, running_time
from thermal_radar_fusion.datasets.recording import DatasetError, Recording
from thermal_radar_fusion.datasets.reference import with_reference
from thermal_radar_fusion.evaluation.score import TrackingScore
from thermal_radar_fusion.evaluation.tracking import evaluate
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import TrackedFrame

METRICS = (
    'mota',
    'idf1',
    'id_switches_per_90s',
    'position_rmse_m',
    'position_error_p80_m',
    'distance_error_p80_m',
    'separation_ratio',
    'confirmed_tracks',
    'coverage',
)


class Tracker(Protocol):
    """What can be scored."""

    def update(self, frame: RadarFrame) -> TrackedFrame:
        """Take a frame of one radar and return who is where."""


Methods = Mapping[str, Callable[[], Tracker]]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SuiteParameters(Parameters):
    """Which overlaid sequences there are."""

    duration: float = parameter(90.0, 'length of a sequence', unit='s', low=1.0)
    pair_starts: tuple = parameter((20.0, 120.0), 'starts of the sequences of two', unit='s')
    triple_starts: tuple = parameter(
        (20.0, 75.0, 130.0), 'starts of the sequences of three', unit='s'
    )
    limit: int = parameter(0, 'at most so many sequences per sensor, evenly picked; 0: all', low=0)


@dataclass(frozen=True)
class Row:
    """The score of one method on one recording.

    Attributes:
        method: its name.
        room: name of the room.
        sensor: frame_id of the radar.
        people: who is in the recording.
        start: seconds into the files.
        score: see `TrackingScore`.
    """

    method: str
    room: str
    sensor: str
    people: tuple[str, ...]
    start: float
    score: TrackingScore


@dataclass(frozen=True)
class SummaryRow:
    """Mean and standard error over recordings with as many people.

    Attributes:
        method: its name.
        group: what the recordings have in common, '1 person' or 'overlaid'.
        recordings: how many there are.
        mean: of every one of METRICS, NaN where no recording has it.
        standard_error: of the mean, NaN for fewer than two recordings.
    """

    method: str
    group: str
    recordings: int
    mean: dict[str, float]
    standard_error: dict[str, float]


def find_files(folder: str | Path) -> list[Path]:
    """Return all .csv and .csv.gz files below a folder in the order of their paths.

    Raises:
        DatasetError: there are none, or no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatasetError(f'{folder}: no such folder')
    files = sorted([*folder.rglob('*.csv'), *folder.rglob('*.csv.gz')])
    if not files:
        raise DatasetError(f'{folder}: holds no .csv or .csv.gz file')
    return files


def load(paths: Iterable[str | Path], progress: Progress | None = None) -> list[Recording]:
    """Read one-person files and find the reference of each.

    Raises:
        DatasetError: a file cannot be read.
    """
    paths = list(paths)
    recordings = []
    for number, path in enumerate(paths):
        _tell(progress, f'reference of {Path(path).name}', number, len(paths))
        recordings.append(with_reference(mmgait.read(path)))
    return recordings


def one_person(
    recordings: Sequence[Recording], methods: Methods, progress: Progress | None = None
) -> list[Row]:
    """Score every method on every one-person recording as a whole."""
    sequences = ((recording, 0.0) for recording in recordings)
    return _score_all(sequences, len(recordings), methods, progress)


def overlaid(
    recordings: Sequence[Recording],
    methods: Methods,
    parameters: SuiteParameters | None = None,
    progress: Progress | None = None,
) -> list[Row]:
    """Score every method on recordings overlaid two and three at a time, sensor by sensor."""
    parameters = parameters or SuiteParameters()
    chosen = [one for group in _by_sensor(recordings) for one in _sequences(group, parameters)]
    sequences = ((overlay(people, parameters.duration, start), start) for people, start in chosen)
    return _score_all(sequences, len(chosen), methods, progress)


def summarise(rows: Iterable[Row]) -> list[SummaryRow]:
    """Average rows: one person, two, three and all overlaid ones, for each method."""
    groups: dict[tuple[str, str], list[TrackingScore]] = {}
    for row in rows:
        number = len(row.people)
        names = ['1 person'] if number == 1 else [f'{number} people', 'overlaid']
        for name in names:
            groups.setdefault((name, row.method), []).append(row.score)
    return [
        SummaryRow(method, name, len(groups[name, method]), *_averages(groups[name, method]))
        for name, method in sorted(groups)
    ]


def _by_sensor(recordings: Sequence[Recording]) -> list[list[Recording]]:
    """Return the recordings of each room's sensors, in the order of the people's names."""
    groups: dict[tuple[str, str], list[Recording]] = {}
    for recording in recordings:
        groups.setdefault((recording.room, recording.frames[0].sensor), []).append(recording)
    return [sorted(groups[key], key=lambda r: r.people) for key in sorted(groups)]


def _sequences(
    recordings: Sequence[Recording], parameters: SuiteParameters
) -> list[tuple[tuple[Recording, ...], float]]:
    """Return who is overlaid and from where on, at most `limit` evenly picked.

    A start that leaves less than a whole sequence is left out; where none is left, people are
    overlaid from the start for as long as they last.
    """
    sequences = [
        (chosen, start)
        for number, starts in ((2, parameters.pair_starts), (3, parameters.triple_starts))
        for chosen in itertools.combinations(recordings, number)
        for start in _fitting(starts, chosen, parameters.duration)
    ]
    if not 0 < parameters.limit < len(sequences):
        return sequences
    picked = np.linspace(0, len(sequences) - 1, parameters.limit).round().astype(int)
    return [sequences[index] for index in picked]


def _fitting(starts: Iterable[float], chosen: Iterable[Recording], duration: float) -> list[float]:
    """Return the starts after which every recording still lasts long enough, or zero."""
    shortest = min(running_time(recording) for recording in chosen)
    return [start for start in starts if start + duration <= shortest] or [0.0]


def _score_all(
    sequences: Iterable[tuple[Recording, float]],
    total: int,
    methods: Methods,
    progress: Progress | None,
) -> list[Row]:
    """Run every method on every sequence, one sequence in memory at a time."""
    rows = []
    for number, (recording, start) in enumerate(sequences):
        _tell(progress, ' + '.join(recording.people), number, total)
        rows.extend(_score(recording, start, name, make) for name, make in methods.items())
    return rows


def _score(recording: Recording, start: float, method: str, make: Callable[[], Tracker]) -> Row:
    """Run a new tracker of one method on one recording."""
    tracker = make()
    tracked = [tracker.update(frame) for frame in recording.frames]
    sensor = recording.frames[0].sensor
    score = evaluate(recording, tracked)
    return Row(method, recording.room, sensor, recording.people, start, score)


def _averages(scores: Sequence[TrackingScore]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the mean and the standard error of every metric, leaving NaN out."""
    means, errors = {}, {}
    for name in METRICS:
        values = np.array([getattr(score, name) for score in scores], dtype=float)
        values = values[np.isfinite(values)]
        means[name] = float(values.mean()) if len(values) else math.nan
        errors[name] = math.nan
        if len(values) > 1:
            errors[name] = float(values.std(ddof=1) / math.sqrt(len(values)))
    return means, errors


def _tell(progress: Progress | None, text: str, done: int, total: int) -> None:
    """Report to whoever listens."""
    if progress:
        progress(text, done, total)

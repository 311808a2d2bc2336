"""Read the CSV clouds of the mmGait data set (one person per file, TI radars at 77 and 60 GHz).

One row per point: frame counter, number of points, x, y, z [m], Doppler [m/s], intensity, and
the host's clock as year, month, day, hour, minute, second. The radar's axes are x right,
y forward, z up; Doppler is positive for a receding point.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.overlay import overlay, running_time
from thermal_radar_fusion.datasets.recording import DatasetError, Recording
from thermal_radar_fusion.datasets.reference import with_reference
from thermal_radar_fusion.datasets.text_file import read_text
from thermal_radar_fusion.radar.point_cloud import RadarFrame

Array = NDArray[np.float64]

HEADER = ('frame #', '# obj', 'x', 'y', 'z', 'doppler', 'intensity', 'y', 'm', 'd', 'h', 'm', 's')
INTENSITY, FRAME, CLOCK = 6, 0, slice(7, 13)

SMALLEST_STEP = 1e-3

SET_OFF = 20.0


def read(path: str | Path) -> Recording:
    """Read one file (.csv or .csv.gz) as it is: a raw cloud of one person, no truth.

    A frame is a run of rows with the same counter and the same clock: the counter alone
    restarts inside many files. Points at exactly (0, 0, 0) are the 60 GHz radar's filler for an
    empty frame and are dropped. Stamps are the host's clock, read as UTC because the files name
    no zone, and increase strictly (see `_increasing`). The room, the sensor's name
    ('radar_77ghz') and the person (the file's stem) come from the path where it has the data
    set's layout, `roomN/.../77Ghz_radar/SUBJECT.csv`; otherwise 'room' and 'radar'.

    Raises:
        DatasetError: the file is missing, of another kind or has a broken row.
    """
    path = Path(path)
    table, lines = _table(path)
    starts = _frame_starts(table)
    stamps = _increasing(_stamps(path, table[starts, CLOCK], lines[starts]))
    clouds = np.split(table, starts[1:])
    sensor = sensor_name(path)
    frames = tuple(
        RadarFrame(float(stamp), _points(cloud), sensor)
        for stamp, cloud in zip(stamps, clouds, strict=True)
    )
    return Recording(frames, people=(subject_name(path),), room=room_name(path))


def merge(
    paths: Sequence[str | Path],
    duration: float | None = None,
    start: float | Sequence[float] | None = None,
) -> Recording:
    """Read one-person files of one sensor and overlay them frame by frame, with truth.

    The truth is each file's reference trajectory (see `reference`), found in the whole file;
    `overlay.overlay` tells how the files are put together and what `duration` and `start` mean.
    A room's files all begin with somebody who waits at the same spot: overlaid, people would
    stand inside one another. Without a `start` several files are therefore overlaid from
    SET_OFF seconds on, if they are long enough. One file alone gives that file with its
    reference.

    Raises:
        DatasetError: a file cannot be read, or the files do not fit together.
    """
    recordings = [with_reference(read(path)) for path in paths]
    if start is None:
        together = len(recordings) > 1
        start = SET_OFF if together and min(map(running_time, recordings)) > 3 * SET_OFF else 0.0
    return overlay(recordings, duration, start)


def room_name(path: Path) -> str:
    """Return the innermost folder called like 'room2', or 'room'."""
    rooms = [part.lower() for part in path.parts[:-1] if re.fullmatch(r'room\d+', part.lower())]
    return rooms[-1] if rooms else 'room'


def sensor_name(path: Path) -> str:
    """Return 'radar_77ghz' for a file in a folder '77Ghz_radar', or 'radar'."""
    match = re.fullmatch(r'(\d+ghz)_radar', path.parent.name.lower())
    return f'radar_{match[1]}' if match else 'radar'


def subject_name(path: Path) -> str:
    """Return the file's name without .csv or .csv.gz."""
    return re.sub(r'\.csv(\.gz)?$', '', path.name, flags=re.IGNORECASE)


def _table(path: Path) -> tuple[Array, NDArray[np.int64]]:
    """Return all rows as numbers (M, 13), and the line of the file that each came from (M,)."""
    text = read_text(path).splitlines()
    _check_header(path, text[0] if text else '')
    lines = np.array([i for i in range(1, len(text)) if text[i].strip()], dtype=np.int64)
    if not len(lines):
        raise DatasetError(f'{path}: has a header but no points')
    rows = [text[i] for i in lines]
    try:
        table = np.loadtxt(rows, delimiter=',', ndmin=2, comments=None)
    except ValueError:
        table = None
    if table is None or table.shape[1] != len(HEADER):
        raise _broken_row(path, rows, lines)
    return table, lines + 1


def _check_header(path: Path, line: str) -> None:
    """Raise DatasetError unless this is an mmGait header; the intensity may lack its name."""
    cells = [cell.strip().lower() for cell in line.split(',')]
    if len(cells) == len(HEADER) and cells[INTENSITY] == '':
        cells[INTENSITY] = HEADER[INTENSITY]
    if tuple(cells) != HEADER:
        expected = 'Frame #,# Obj,X,Y,Z,Doppler,Intensity,y,m,d,h,m,s'
        raise DatasetError(f'{path}: line 1: is no mmGait header, expected {expected}')


def _broken_row(path: Path, rows: Sequence[str], lines: NDArray[np.int64]) -> DatasetError:
    """Return an error that names the first row that is not thirteen numbers."""
    for row, line in zip(rows, lines, strict=True):
        cells = row.split(',')
        if len(cells) != len(HEADER):
            return DatasetError(f'{path}: line {line + 1}: {len(cells)} cells, expected 13')
        for cell in cells:
            if not _is_number(cell):
                return DatasetError(f'{path}: line {line + 1}: {cell.strip()!r} is not a number')
    return DatasetError(f'{path}: is not a table of numbers')


def _is_number(cell: str) -> bool:
    """Tell whether the text of a cell reads as a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _frame_starts(table: Array) -> NDArray[np.int64]:
    """Return the index of each frame's first row: where the counter or the clock changes."""
    key = np.column_stack([table[:, FRAME], table[:, CLOCK]])
    changes = (np.diff(key, axis=0) != 0).any(axis=1)
    return np.flatnonzero(np.concatenate([[True], changes]))


def _stamps(path: Path, clocks: Array, lines: NDArray[np.int64]) -> Array:
    """Return seconds since 1970 of the frames' clock columns (F, 6)."""
    stamps = np.empty(len(clocks))
    for i, (*date, second) in enumerate(clocks):
        try:
            minute = datetime.datetime(*map(int, date), tzinfo=datetime.timezone.utc)
            if not 0.0 <= second < 61.0:
                raise ValueError
        except (ValueError, OverflowError):
            raise DatasetError(f'{path}: line {lines[i]}: clock columns hold no time') from None
        stamps[i] = minute.timestamp() + second
    return stamps


def _increasing(stamps: Array) -> Array:
    """Return stamps that increase strictly: a step back or none becomes one millisecond."""
    steps = np.diff(stamps)
    if (steps > 0.0).all():
        return stamps
    steps[steps <= 0.0] = SMALLEST_STEP
    return stamps[0] + np.concatenate([[0.0], np.cumsum(steps)])


def _points(rows: Array) -> Array:
    """Return the canonical points (N, 5) of one frame's rows, without fillers."""
    rows = rows[rows[:, 2:5].any(axis=1)]
    right, forward, up, doppler, intensity = rows[:, 2:7].T
    return np.column_stack([forward, -right, up, doppler, intensity])

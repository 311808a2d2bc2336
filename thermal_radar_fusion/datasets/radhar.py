"""Read the text echo of RadHAR: one ti_mmwave_rospkg RadarScan message per point.

Each message is a few lines `key: value` and ends with a line `---`. It gives a stamp, the
number of the point in its frame, x forward, y left and z up [m], the radial velocity [m/s,
positive = moving away] and the intensity [dB].
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from thermal_radar_fusion.datasets.recording import DatasetError, Recording
from thermal_radar_fusion.datasets.text_file import read_text
from thermal_radar_fusion.radar.frame_grouping import FrameGrouper
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.stamps import to_seconds

COUNTS = ('secs', 'nsecs', 'point_id')
KEYS = (*COUNTS, 'x', 'y', 'z', 'velocity', 'intensity')
SENSOR = 'ti_mmwave'


def read(path: str | Path) -> Recording:
    """Read one file (.txt or .txt.gz) and regroup its points into frames.

    Nothing is known of people or positions. An empty frame leaves no trace in such a file. The
    sensor is called as in the files, 'ti_mmwave'.

    Raises:
        DatasetError: the file is missing, of another kind or has a broken message.
    """
    path = Path(path)
    return Recording(tuple(_frames(_messages(path))))


def _frames(messages: Iterator[tuple[float, ...]]) -> Iterator[RadarFrame]:
    """Regroup points into frames."""
    grouper = FrameGrouper(SENSOR)
    for secs, nsecs, point_id, *point in messages:
        complete = grouper.push(to_seconds(int(secs), int(nsecs)), int(point_id), *point)
        if complete is not None:
            yield complete
    last = grouper.flush()
    if last is not None:
        yield last


def _messages(path: Path) -> Iterator[tuple[float, ...]]:
    """Yield the values of KEYS of every message."""
    lines = read_text(path).splitlines()
    if not any(line.startswith('point_id:') for line in lines):
        raise DatasetError(f'{path}: is no text echo of RadarScan messages')
    begin = 0
    for end, line in enumerate([*lines, '---']):
        if line.strip() != '---':
            continue
        if any(text.strip() for text in lines[begin:end]):
            yield _message(path, lines, begin, end)
        begin = end + 1


def _message(path: Path, lines: list[str], begin: int, end: int) -> tuple[float, ...]:
    """Return the values of KEYS of the message in lines[begin:end]."""
    found: dict[str, float] = {}
    for number in range(begin, end):
        key, _, value = lines[number].strip().partition(':')
        if key in KEYS:
            found[key] = _number(path, number + 1, key, value.strip())
    for key in KEYS:
        if key not in found:
            raise DatasetError(f'{path}: line {begin + 1}: the message here has no {key!r}')
    return tuple(found[key] for key in KEYS)


def _number(path: Path, line: int, key: str, text: str) -> float:
    """Return a value as a number; only coordinates may be NaN or infinite."""
    try:
        value = float(text)
    except ValueError:
        raise DatasetError(f'{path}: line {line}: {text!r} is not a number') from None
    if key in COUNTS and not math.isfinite(value):
        raise DatasetError(f'{path}: line {line}: {text!r} is not a finite number')
    return value

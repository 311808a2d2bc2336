"""Lay recordings of one person each over one another: a semi-real recording of several.

The noise, the ghosts and the identities are real. What is missing is what people do to each
other: nobody hides anybody, and nobody steps aside.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import NOBODY, DatasetError, Recording
from thermal_radar_fusion.radar.point_cloud import RadarFrame

Array = NDArray[np.float64]

OUTAGE = 1.0

START_UP = 30.0
BURST = 5
BURST_PACE = 0.5


def overlay(
    recordings: Sequence[Recording],
    duration: float | None = None,
    start: float | Sequence[float] = 0.0,
) -> Recording:
    """Overlay labelled one-person recordings of one sensor, frame by frame.

    Frame i of the result holds the points of frame i of every recording, counted from `start`,
    and the first recording's stamp. What a recorder does while it starts up is left out (see
    `settled`). Where a recording has an outage (no frame for over
    OUTAGE seconds) it contributes nothing for as many frames as are missing: its person is
    absent and the others walk on; an outage of the first recording is stamped at its usual
    rate. The result ends with the first recording that ends.

    Args:
        recordings: with `truth` and `point_people`, each with one person, all different.
        duration: seconds, at most; None for as long as possible.
        start: seconds after it settled where each recording begins, one or for each.

    Raises:
        DatasetError: the recordings do not fit together, or nothing is left of one.
    """
    _check(recordings)
    starts = np.broadcast_to(np.asarray(start, dtype=float), len(recordings))
    slots = [_slots(recording, begin) for recording, begin in zip(recordings, starts, strict=True)]
    length = min(max(slot, default=-1) for slot in slots) + 1
    if length <= 0:
        raise DatasetError(f'nothing is left after a start of {max(starts):g} s')
    stamps = _clock(recordings[0], slots[0], length)
    if duration is not None:
        stamps = stamps[stamps - stamps[0] <= duration]
    return _merged(recordings, slots, stamps)


def settled(stamps: Array) -> int:
    """Return the first frame from which on a recording runs at its usual rate.

    Many recordings begin with what a buffer still held, delivered at once, and a pause: the
    stamps of such frames mean nothing. A burst is BURST steps in less than BURST_PACE of their
    usual time, a pause is an outage; both are looked for in the first START_UP seconds.
    """
    steps = np.diff(stamps)
    if len(steps) < BURST:
        return 0
    pace = np.convolve(steps, np.ones(BURST), 'valid')
    burst_ends = np.flatnonzero(pace < BURST_PACE * BURST * _period(steps)) + BURST
    ends = np.concatenate([burst_ends, np.flatnonzero(steps > OUTAGE) + 1])
    early = stamps[ends - 1] - stamps[0] < START_UP
    return int(ends[early].max(initial=0))


def running_time(recording: Recording) -> float:
    """Return the seconds that a recording lasts after it settled, the longest useful start."""
    stamps = np.array([frame.stamp for frame in recording.frames])
    return float(stamps[-1] - stamps[settled(stamps)]) if len(stamps) else 0.0


def _check(recordings: Sequence[Recording]) -> None:
    """Raise DatasetError unless the recordings are of different people seen by one sensor."""
    if not recordings:
        raise DatasetError('nothing to merge')
    sensors = sorted({frame.sensor for r in recordings for frame in r.frames[:1]})
    rooms = sorted({recording.room for recording in recordings})
    if len(sensors) > 1 or len(rooms) > 1:
        raise DatasetError(f'cannot merge several sensors: {", ".join(rooms + sensors)}')
    people = [person for recording in recordings for person in recording.people]
    if len(set(people)) < len(people):
        raise DatasetError(f'a person cannot be merged twice: {", ".join(people)}')


def _slots(recording: Recording, start: float) -> dict[int, int]:
    """Map slots of the common frame count to the recording's frames from `start` seconds on."""
    stamps = np.array([frame.stamp for frame in recording.frames])
    steps = np.diff(stamps)
    missing = np.where(steps > OUTAGE, np.round(steps / _period(steps)) - 1.0, 0.0)
    counts = np.arange(len(stamps)) + np.concatenate([[0.0], np.cumsum(missing)])
    first = np.searchsorted(stamps, stamps[settled(stamps)] + start) if len(stamps) else 0
    begin = counts[first] if first < len(stamps) else 0
    return {int(counts[i] - begin): i for i in range(first, len(stamps))}


def _period(steps: Array) -> float:
    """Return the usual seconds from frame to frame."""
    return float(np.median(steps)) if len(steps) else 1.0


def _clock(recording: Recording, slots: dict[int, int], length: int) -> Array:
    """Return the stamps (length,) of the slots; inside an outage they are evenly spaced."""
    stamps = [recording.frames[frame].stamp for frame in slots.values()]
    return np.interp(np.arange(length), list(slots), stamps)


def _merged(
    recordings: Sequence[Recording], slots: Sequence[dict[int, int]], stamps: Array
) -> Recording:
    """Put the points, labels and true people of each slot together."""
    merged = [_merged_slot(recordings, slots, i, float(stamp)) for i, stamp in enumerate(stamps)]
    frames, labels, truth = zip(*merged, strict=True)
    people = tuple(person for recording in recordings for person in recording.people)
    return Recording(frames, labels, truth, people, recordings[0].room)


def _merged_slot(
    recordings: Sequence[Recording], slots: Sequence[dict[int, int]], slot: int, stamp: float
) -> tuple[RadarFrame, NDArray[np.int64], tuple]:
    """Return frame, labels and true people of one slot."""
    points, labels, truth = [np.empty((0, 5))], [np.empty(0, dtype=np.int64)], []
    for number, (recording, frames) in enumerate(zip(recordings, slots, strict=True)):
        if slot not in frames:
            continue
        points.append(recording.frames[frames[slot]].points)
        own = recording.point_people[frames[slot]]
        labels.append(np.where(own == NOBODY, NOBODY, number))
        truth.extend(recording.truth[frames[slot]])
    frame = RadarFrame(stamp, np.concatenate(points), recordings[0].frames[0].sensor)
    return frame, np.concatenate(labels), tuple(truth)

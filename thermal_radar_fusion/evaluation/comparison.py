"""Frames of truth and tracks side by side: what every measure of tracking is computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import Recording, TruePerson
from thermal_radar_fusion.radar.track import TrackedFrame

Array = NDArray[np.float64]


class EvaluationError(ValueError):
    """A recording or its tracks cannot be scored; the text is one line that says why."""


@dataclass(frozen=True)
class ComparedFrame:
    """The people and the tracks of one frame.

    Attributes:
        stamp: seconds.
        people: (P,) number of each person in the recording.
        tracks: (K,) id of each track.
        true: (P, 2) where the people are on the floor [m].
        estimated: (K, 2) where the tracks are [m].
        distances: (P, K) between them [m].
    """

    stamp: float
    people: NDArray[np.int64]
    tracks: NDArray[np.int64]
    true: Array
    estimated: Array
    distances: Array


def compare(recording: Recording, tracked_frames: Sequence[TrackedFrame]) -> list[ComparedFrame]:
    """Lay the tracks of each frame beside its truth; people are numbered by ascending name.

    Raises:
        EvaluationError: no truth, or another number of frames.
    """
    if recording.truth is None:
        raise EvaluationError('the recording holds no ground truth')
    if len(recording.truth) != len(tracked_frames):
        counts = f'{len(tracked_frames)} tracked frames, {len(recording.truth)} true ones'
        raise EvaluationError(f'tracks and truth do not belong together: {counts}')
    numbers = {name: number for number, name in enumerate(present_people(recording))}
    frames = zip(recording.truth, tracked_frames, strict=True)
    return [_compared(truth, tracked, numbers) for truth, tracked in frames]


def present_people(recording: Recording) -> list[str]:
    """Return the names of all who are present at any time, ascending."""
    return sorted({true.person for frame in recording.truth or () for true in frame})


def _compared(
    truth: Sequence[TruePerson], tracked: TrackedFrame, numbers: dict[str, int]
) -> ComparedFrame:
    true = np.array([person.position[:2] for person in truth], dtype=float).reshape(-1, 2)
    estimated = np.array([track.position for track in tracked.tracks]).reshape(-1, 2)
    return ComparedFrame(
        tracked.frame.stamp,
        np.array([numbers[person.person] for person in truth], dtype=np.int64),
        np.array([track.track_id for track in tracked.tracks], dtype=np.int64),
        true,
        estimated,
        np.linalg.norm(true[:, None] - estimated[None], axis=2),
    )

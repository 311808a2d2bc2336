"""How well tracks follow people: CLEAR MOT and IDF1 by py-motmetrics, HOTA, GOSPA and metres."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.evaluation.comparison import ComparedFrame, EvaluationError, compare
from thermal_radar_fusion.evaluation.gospa import squared_gospa
from thermal_radar_fusion.evaluation.hota import hota_sums
from thermal_radar_fusion.evaluation.score import Counts, TrackingSamples, TrackingScore
from thermal_radar_fusion.evaluation.separation import separated_frames
from thermal_radar_fusion.radar.track import TrackedFrame

Array = NDArray[np.float64]

MATCHING_DISTANCE = 0.5
MOSTLY_TRACKED = 0.8
SETTLING = 2.0


@dataclass(frozen=True)
class TrackingSummary:
    """What tracks say of themselves, without any truth.

    Attributes:
        confirmed_tracks: distinct ids ever confirmed.
        coverage: share of frames, from the first with a track on, that hold a track. A track
            that coasts counts: it is still published. 0 without any track.
    """

    confirmed_tracks: int
    coverage: float


@dataclass(frozen=True)
class _Matches:
    """The pairs that motmetrics matched in one frame: rows of people, columns of tracks."""

    rows: list[int]
    columns: list[int]


def summarise(tracked_frames: Sequence[TrackedFrame]) -> TrackingSummary:
    """Count the confirmed tracks and how much of the time there is one."""
    tracks, frames, held = _held(tracked_frames)
    return TrackingSummary(tracks, held / frames if frames else 0.0)


def evaluate(
    recording: Recording,
    tracked_frames: Sequence[TrackedFrame],
    matching_distance: float = MATCHING_DISTANCE,
) -> TrackingScore:
    """Score tracks against the truth of a recording; arguments and errors as `samples`."""
    return samples(recording, tracked_frames, matching_distance).score()


def samples(
    recording: Recording,
    tracked_frames: Sequence[TrackedFrame],
    matching_distance: float = MATCHING_DISTANCE,
) -> TrackingSamples:
    """Compare tracks with the truth of a recording.

    Args:
        recording: with `truth`, in the frame of the tracks.
        tracked_frames: the tracker's answer to each frame of the recording, in their order.
        matching_distance: metres on the floor; also the cutoff of GOSPA, and what a similarity
            of one half means to HOTA.

    Raises:
        EvaluationError: no truth, another number of frames, or py-motmetrics is missing.
    """
    frames = compare(recording, tracked_frames)
    accumulator = _accumulated(frames, matching_distance)
    matches = _matches(accumulator, frames)
    gospa = [squared_gospa(frame.distances, matching_distance) for frame in frames]
    return TrackingSamples(
        duration=recording.duration,
        counts=_counts(frames, matches, accumulator, _held(tracked_frames)),
        position_errors=_position_errors(frames, matches),
        distance_errors=_distance_errors(frames, matches),
        separated=separated_frames(recording, tracked_frames),
        gospa=np.array(gospa).reshape(-1, 3),
        hota=hota_sums(frames, 2 * matching_distance),
        matching_distance=matching_distance,
    )


def _motmetrics() -> Any:
    """Import py-motmetrics, which takes a second and is only needed here."""
    try:
        import motmetrics
    except ImportError:
        raise EvaluationError('scoring needs py-motmetrics: pip install motmetrics') from None
    return motmetrics


def _accumulated(frames: Sequence[ComparedFrame], matching_distance: float) -> Any:
    """Feed all frames to a motmetrics accumulator; a frame's index is its number."""
    accumulator = _motmetrics().MOTAccumulator()
    for index, frame in enumerate(frames):
        near = np.where(frame.distances <= matching_distance, frame.distances, np.nan)
        accumulator.update(frame.people, frame.tracks, near, frameid=index)
    return accumulator


def _matches(accumulator: Any, frames: Sequence[ComparedFrame]) -> list[_Matches]:
    """Return the pairs that motmetrics matched."""
    matches = [_Matches([], []) for _ in frames]
    events = accumulator.mot_events
    events = events[events['Type'].isin(['MATCH', 'SWITCH'])]
    indices = events.index.get_level_values(0)
    for index, person, track in zip(indices, events['OId'], events['HId'], strict=True):
        matches[index].rows.append(int(np.argmax(frames[index].people == person)))
        matches[index].columns.append(int(np.argmax(frames[index].tracks == track)))
    return matches


def _counts(
    frames: Sequence[ComparedFrame],
    matches: Sequence[_Matches],
    accumulator: Any,
    held: tuple[int, int, int],
) -> Counts:
    names = ['num_objects', 'num_predictions', 'num_misses', 'num_false_positives']
    names += ['num_switches', 'idtp']
    host = _motmetrics().metrics.create()
    values = host.compute(accumulator, metrics=names, return_dataframe=False)
    people, failed = _followed(frames, matches)
    return Counts(people, failed, *held, *(int(values[name]) for name in names))


def _followed(frames: Sequence[ComparedFrame], matches: Sequence[_Matches]) -> tuple[int, int]:
    """Count the people, and those who are matched in too few of the frames they are in.

    Nobody can be followed from the first frame on: the first SETTLING seconds do not count.
    """
    first, present, followed = {}, Counter(), Counter()
    for frame, match in zip(frames, matches, strict=True):
        settled = {
            int(person)
            for person in frame.people
            if frame.stamp - first.setdefault(int(person), frame.stamp) >= SETTLING
        }
        present.update(settled)
        followed.update(settled & set(frame.people[match.rows].tolist()))
    failed = [person for person in present if followed[person] < MOSTLY_TRACKED * present[person]]
    return len(first), len(failed)


def _held(tracked_frames: Sequence[TrackedFrame]) -> tuple[int, int, int]:
    """Count the ids, the frames from the first with a track on, and those that hold one."""
    ids = {track.track_id for tracked in tracked_frames for track in tracked.tracks}
    held = np.array([bool(tracked.tracks) for tracked in tracked_frames], dtype=bool)
    return len(ids), len(held) - int(held.argmax()) if held.any() else 0, int(held.sum())


def _position_errors(frames: Sequence[ComparedFrame], matches: Sequence[_Matches]) -> Array:
    """Return the distance of every matched track from its person."""
    errors = [f.distances[m.rows, m.columns] for f, m in zip(frames, matches, strict=True)]
    return np.concatenate([np.empty(0), *errors])


def _distance_errors(frames: Sequence[ComparedFrame], matches: Sequence[_Matches]) -> Array:
    """Return |estimated - true distance| of every two matched people of each frame."""
    errors = [
        abs(
            np.linalg.norm(frame.estimated[match.columns[a]] - frame.estimated[match.columns[b]])
            - np.linalg.norm(frame.true[match.rows[a]] - frame.true[match.rows[b]])
        )
        for frame, match in zip(frames, matches, strict=True)
        for a, b in combinations(range(len(match.rows)), 2)
    ]
    return np.array(errors, dtype=float)

"""How well tracks follow people: CLEAR MOT and IDF1 by py-motmetrics, and metres."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import NOBODY, Recording
from thermal_radar_fusion.radar.track import UNASSIGNED, TrackedFrame

Array = NDArray[np.float64]

MATCHING_DISTANCE = 0.5
CLOSE = 1.0
MOSTLY_TRACKED = 0.8
SEQUENCE_SECONDS = 90.0


class EvaluationError(ValueError):
    """A recording or its tracks cannot be scored; the text is one line that says why."""


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
class TrackingScore:
    """How well tracks follow the people of one recording; NaN where nothing can be said.

    Attributes:
        duration_s: seconds from the first to the last frame.
        people: number of different people who are present at any time.
        mota: multiple object tracking accuracy, 1 is perfect, may be negative.
        idf1: share of frames in which people keep the identity that fits them best, in [0, 1].
        id_switches: times that a person is matched to another track than before.
        id_switches_per_90s: the same per 90 s.
        misses: people without a track, summed over frames.
        false_positives: tracks without a person, summed over frames.
        position_error_p80_m: 80th percentile of the distance of a matched track from its person.
        position_rmse_m: root mean square of the same.
        distance_error_p80_m: 80th percentile of |estimated - true distance| over all pairs of
            people who are both matched.
        separation_ratio: share of the frames with people close together in which each of them
            is separated (the paper's r_cl, section V-D, at the level of points): see
            `_is_separated`.
        failed_tracks: people matched in less than MOSTLY_TRACKED of their frames.
        confirmed_tracks: distinct ids ever confirmed.
        coverage: see `TrackingSummary`.
        matching_distance_m: farther apart, a track and a person are not matched.
    """

    duration_s: float
    people: int
    mota: float
    idf1: float
    id_switches: int
    id_switches_per_90s: float
    misses: int
    false_positives: int
    position_error_p80_m: float
    position_rmse_m: float
    distance_error_p80_m: float
    separation_ratio: float
    failed_tracks: int
    confirmed_tracks: int
    coverage: float
    matching_distance_m: float

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name; NaN becomes None, as JSON has no NaN."""
        return {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in dataclasses.asdict(self).items()
        }


@dataclass(frozen=True)
class _Matched:
    """One frame's matched pairs: person -> (true position, estimated position), both (2,)."""

    pairs: dict[str, tuple[Array, Array]]


def summarise(tracked_frames: Sequence[TrackedFrame]) -> TrackingSummary:
    """Count the confirmed tracks and how much of the time there is one."""
    ids = {track.track_id for tracked in tracked_frames for track in tracked.tracks}
    held = np.array([bool(tracked.tracks) for tracked in tracked_frames])
    coverage = held[held.argmax() :].mean() if held.any() else 0.0
    return TrackingSummary(len(ids), float(coverage))


def evaluate(
    recording: Recording,
    tracked_frames: Sequence[TrackedFrame],
    matching_distance: float = MATCHING_DISTANCE,
) -> TrackingScore:
    """Score tracks against the truth of a recording.

    Args:
        recording: with `truth`, in the frame of the tracks.
        tracked_frames: the tracker's answer to each frame of the recording, in their order.
        matching_distance: metres on the floor.

    Raises:
        EvaluationError: no truth, another number of frames, or py-motmetrics is missing.
    """
    if recording.truth is None:
        raise EvaluationError('the recording holds no ground truth')
    if len(recording.truth) != len(tracked_frames):
        counts = f'{len(tracked_frames)} tracked frames, {len(recording.truth)} true ones'
        raise EvaluationError(f'tracks and truth do not belong together: {counts}')
    accumulator = _accumulated(recording, tracked_frames, matching_distance)
    matched = _matched(recording, tracked_frames, accumulator)
    return TrackingScore(
        duration_s=recording.duration,
        people=len(_people(recording)),
        **_clear_mot(accumulator, recording.duration),
        **_errors(matched),
        separation_ratio=_separation_ratio(recording, tracked_frames),
        failed_tracks=_failed_tracks(recording, matched),
        **dataclasses.asdict(summarise(tracked_frames)),
        matching_distance_m=matching_distance,
    )


def _people(recording: Recording) -> list[str]:
    """Return the names of all who are present at any time."""
    return sorted({true.person for frame in recording.truth for true in frame})


def _motmetrics() -> Any:
    """Import py-motmetrics, which takes a second and is only needed here."""
    try:
        import motmetrics
    except ImportError:
        raise EvaluationError('scoring needs py-motmetrics: pip install motmetrics') from None
    return motmetrics


def _accumulated(
    recording: Recording, tracked_frames: Sequence[TrackedFrame], matching_distance: float
) -> Any:
    """Feed all frames to a motmetrics accumulator; a frame's index is its number.

    Its people are numbers (see `_people`): motmetrics keeps names of objects as floats.
    """
    numbers = {person: number for number, person in enumerate(_people(recording))}
    accumulator = _motmetrics().MOTAccumulator()
    for index, (truth, tracked) in enumerate(zip(recording.truth, tracked_frames, strict=True)):
        true = np.array([person.position[:2] for person in truth]).reshape(-1, 1, 2)
        estimated = np.array([track.position for track in tracked.tracks]).reshape(1, -1, 2)
        distances = np.linalg.norm(true - estimated, axis=2)
        accumulator.update(
            [numbers[person.person] for person in truth],
            [track.track_id for track in tracked.tracks],
            np.where(distances <= matching_distance, distances, np.nan),
            frameid=index,
        )
    return accumulator


def _clear_mot(accumulator: Any, duration: float) -> dict[str, Any]:
    """Return MOTA, IDF1 and the counts behind them."""
    names = ['mota', 'idf1', 'num_switches', 'num_misses', 'num_false_positives']
    host = _motmetrics().metrics.create()
    values = host.compute(accumulator, metrics=names, return_dataframe=False)
    switches = int(values['num_switches'])
    return {
        'mota': float(values['mota']),
        'idf1': float(values['idf1']),
        'id_switches': switches,
        'id_switches_per_90s': switches / duration * SEQUENCE_SECONDS if duration else math.nan,
        'misses': int(values['num_misses']),
        'false_positives': int(values['num_false_positives']),
    }


def _matched(
    recording: Recording, tracked_frames: Sequence[TrackedFrame], accumulator: Any
) -> list[_Matched]:
    """Return the pairs that motmetrics matched, with their positions."""
    people = _people(recording)
    matched = [_Matched({}) for _ in tracked_frames]
    events = accumulator.mot_events
    events = events[events['Type'].isin(['MATCH', 'SWITCH'])]
    for index, number, track_id in zip(
        events.index.get_level_values(0), events['OId'], events['HId'], strict=True
    ):
        person = people[int(number)]
        true = next(t for t in recording.truth[index] if t.person == person)
        track = next(t for t in tracked_frames[index].tracks if t.track_id == track_id)
        matched[index].pairs[person] = (true.position[:2], track.position)
    return matched


def _errors(matched: Sequence[_Matched]) -> dict[str, float]:
    """Return the errors of positions and of distances between people, in metres."""
    pairs = [pair for frame in matched for pair in frame.pairs.values()]
    errors = np.array([np.linalg.norm(estimated - true) for true, estimated in pairs])
    distances = np.array([error for frame in matched for error in _distance_errors(frame)])
    return {
        'position_error_p80_m': _percentile_80(errors),
        'position_rmse_m': float(np.sqrt((errors**2).mean())) if len(errors) else math.nan,
        'distance_error_p80_m': _percentile_80(distances),
    }


def _distance_errors(matched: _Matched) -> list[float]:
    """Return |estimated - true distance| of every two matched people of one frame."""
    return [
        abs(np.linalg.norm(estimated_a - estimated_b) - np.linalg.norm(true_a - true_b))
        for (true_a, estimated_a), (true_b, estimated_b) in combinations(matched.pairs.values(), 2)
    ]


def _percentile_80(values: Array) -> float:
    """Return the 80th percentile, NaN of nothing."""
    return float(np.percentile(values, 80)) if len(values) else math.nan


def _failed_tracks(recording: Recording, matched: Sequence[_Matched]) -> int:
    """Count the people who are matched in too few of the frames in which they are present."""
    present: dict[str, int] = {}
    followed: dict[str, int] = {}
    for truth, frame in zip(recording.truth, matched, strict=True):
        for true in truth:
            present[true.person] = present.get(true.person, 0) + 1
            followed[true.person] = followed.get(true.person, 0) + (true.person in frame.pairs)
    return sum(followed[person] < MOSTLY_TRACKED * present[person] for person in present)


def _separation_ratio(recording: Recording, tracked_frames: Sequence[TrackedFrame]) -> float:
    """Return the share of frames with people close together in which these are separated."""
    if recording.point_people is None:
        return math.nan
    separated = []
    for index, tracked in enumerate(tracked_frames):
        labels = _labels_of_points(recording, index, tracked)
        close = _close_people(recording, index, labels)
        if close:
            separated.append(_is_separated(close, labels, tracked.track_ids))
    return float(np.mean(separated)) if separated else math.nan


def _close_people(recording: Recording, index: int, labels: NDArray[np.int64]) -> set[int]:
    """Return the people of a frame who have points and stand within CLOSE of another such."""
    seen = [
        (recording.people.index(true.person), true.position[:2])
        for true in recording.truth[index]
        if recording.people.index(true.person) in labels
    ]
    close = set()
    for (a, position_a), (b, position_b) in combinations(seen, 2):
        if np.linalg.norm(position_a - position_b) < CLOSE:
            close |= {a, b}
    return close


def _is_separated(
    people: set[int], labels: NDArray[np.int64], track_ids: NDArray[np.int64]
) -> bool:
    """Tell whether each of these people has a track to himself.

    Of the points of a person that any track claims, most must go to one track; of the points
    of that track, most must be his. Two people then never share a track. Points that no track
    claims do not count, but a person all of whose points are unclaimed is not separated.
    """
    for person in people:
        claimed = track_ids[(labels == person) & (track_ids != UNASSIGNED)]
        if not len(claimed):
            return False
        ids, counts = np.unique(claimed, return_counts=True)
        own = labels[track_ids == ids[counts.argmax()]]
        if 2 * counts.max() <= len(claimed) or 2 * (own == person).sum() <= len(own):
            return False
    return True


def _labels_of_points(
    recording: Recording, index: int, tracked: TrackedFrame
) -> NDArray[np.int64]:
    """Return whose point each of the tracked frame's points is.

    A tracker drops points but keeps their order, and a mounting changes their positions but
    neither velocity nor power: the points are found again by all five columns, or where these
    differ by the last two.
    """
    points, people = recording.frames[index].points, recording.point_people[index]
    kept = tracked.frame.points
    if len(kept) == len(points):
        return people
    rows = _subsequence(points, kept)
    rows = _subsequence(points[:, 3:], kept[:, 3:]) if len(rows) < len(kept) else rows
    labels = np.full(len(kept), NOBODY, dtype=np.int64)
    labels[: len(rows)] = people[rows]
    return labels


def _subsequence(rows: Array, kept: Array) -> NDArray[np.int64]:
    """Return the indices in `rows` of the rows of `kept`, which come in the same order."""
    found = []
    for index, row in enumerate(rows):
        if len(found) < len(kept) and np.array_equal(row, kept[len(found)]):
            found.append(index)
    return np.array(found, dtype=np.int64)

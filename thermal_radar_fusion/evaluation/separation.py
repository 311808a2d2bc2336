"""Are people who stand close together told apart? The paper's correct clustering ratio r_cl."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import Recording, TruePerson
from thermal_radar_fusion.evaluation.comparison import EvaluationError
from thermal_radar_fusion.evaluation.detections import Site
from thermal_radar_fusion.radar.track import UNASSIGNED, TrackedFrame

CLOSE = 1.0

REACH = 0.7
"""What is farther from everybody than this [m] belongs to nobody."""


def separated_frames(
    recording: Recording, tracked_frames: Sequence[TrackedFrame]
) -> NDArray[np.bool_]:
    """Tell of each frame with people close together whether each of them has a track to himself.

    Frames in which people with points stand within CLOSE of one another count (milliTRACE-IR,
    section V-D, tests on people within 1 m); nothing is returned where nobody knows whose the
    points are.

    Raises:
        EvaluationError: points were dropped, and the tracked frames do not say which.
    """
    if recording.point_people is None:
        return np.zeros(0, dtype=bool)
    separated = []
    for index, tracked in enumerate(tracked_frames):
        labels = _labels_of_points(recording, index, tracked)
        close = _close_people(recording, index, labels)
        if close:
            separated.append(_is_separated(close, labels, tracked.track_ids))
    return np.array(separated, dtype=bool)


def separated_by_truth(recording: Recording, site: Site) -> NDArray[np.bool_]:
    """Tell the same of points that are given to whoever truly stands nearest.

    What knowing everybody's true position would tell apart in a single frame: bodies overlap,
    and beams are wide. Doppler and the past can tell more.
    """
    clouds = [site.cloud(frame) for frame in recording.frames]
    nearest = [
        TrackedFrame(cloud.frame, (), _nearest(cloud.positions, truth), cloud.rows)
        for cloud, truth in zip(clouds, recording.truth or (), strict=True)
    ]
    return separated_frames(recording, nearest)


def _nearest(positions: NDArray[np.float64], truth: Sequence[TruePerson]) -> NDArray[np.int64]:
    """Return who (N,), counted from 1, is nearest to each position (N, 2), if within REACH."""
    if not truth:
        return np.full(len(positions), UNASSIGNED, dtype=np.int64)
    places = np.array([true.position[:2] for true in truth])
    distances = np.linalg.norm(positions[:, None] - places[None], axis=2)
    return np.where(distances.min(axis=1) < REACH, distances.argmin(axis=1) + 1, UNASSIGNED)


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
    """Return whose point each of the tracked frame's points is."""
    people = recording.point_people[index]
    if tracked.rows is not None:
        return people[tracked.rows]
    if len(tracked.frame.points) != len(people):
        raise EvaluationError('tracked frames lack points and do not say which')
    return people

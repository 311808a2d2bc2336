"""Scores of tracks whose quality is known by construction."""

import dataclasses
import json
import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_radar_fusion.datasets.recording import NOBODY, Recording, TruePerson
from thermal_radar_fusion.evaluation.tracking import EvaluationError, evaluate, summarise
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import UNASSIGNED, RadarTrack, TrackedFrame, TrackStatus
from thermal_radar_fusion.radar.tracker import RadarTracker

NAMES = ('ann', 'bob', 'cid')
FRAMES = 100


def walk(gap=3.0, people=2, frames=FRAMES):
    """People `gap` metres apart side by side, two points each, plus one of clutter."""
    all_frames, labels, truth = [], [], []
    for i in range(frames):
        here = [np.array([2.0 + 0.01 * i, gap * n, 1.0]) for n in range(people)]
        rows = [[*p, 0.1, 5.0 + n] for n, p in enumerate(here) for _ in range(2)]
        points = np.array([*rows, [9.0, 9.0, 0.0, 1.0, 1.0]])
        all_frames.append(RadarFrame(0.1 * i, points))
        labels.append(np.array([*np.repeat(np.arange(people), 2), NOBODY]))
        truth.append(
            tuple(TruePerson(NAMES[n], p, np.array([0.1, 0, 0])) for n, p in enumerate(here))
        )
    return Recording(tuple(all_frames), tuple(labels), tuple(truth), NAMES[:people])


def track(track_id, position, status=TrackStatus.CONFIRMED):
    state = np.array([*position[:2], 0.0, 0.0])
    cov = np.eye(4)
    return RadarTrack(track_id, status, state, cov, 1.0, np.eye(2), 1.0, 2, 0.0, 0.0)


def tracked(recording, ids=lambda frame, person: person + 1, offset=(0.0, 0.0)):
    """Tracks at the true positions plus an offset; `ids` gives the track of a person or None."""
    result = []
    for i, frame in enumerate(recording.frames):
        number = {true.person: recording.people.index(true.person) for true in recording.truth[i]}
        names = {person: ids(i, person) for person in number.values()}
        tracks = [
            track(names[number[true.person]], true.position[:2] + np.asarray(offset))
            for true in recording.truth[i]
            if names[number[true.person]] is not None
        ]
        labels = recording.point_people[i]
        own = [names.get(int(label)) for label in labels]
        track_ids = np.array([UNASSIGNED if one is None else one for one in own])
        tracks.sort(key=lambda one: one.track_id)
        result.append(TrackedFrame(frame, tuple(tracks), track_ids))
    return result


def test_perfect_tracks_score_perfectly():
    recording = walk(gap=0.8)
    score = evaluate(recording, tracked(recording))
    assert (score.mota, score.idf1, score.separation_ratio) == (1.0, 1.0, 1.0)
    assert (score.id_switches, score.misses, score.false_positives) == (0, 0, 0)
    assert (score.position_error_p80_m, score.distance_error_p80_m) == (0.0, 0.0)
    assert (score.people, score.confirmed_tracks, score.failed_tracks) == (2, 2, 0)
    assert score.duration_s == pytest.approx(9.9)


def test_exchanged_ids_are_two_switches():
    recording = walk()
    crossed = tracked(recording, lambda i, person: (person if i < 50 else 1 - person) + 1)
    score = evaluate(recording, crossed)
    assert score.id_switches == 2
    assert score.id_switches_per_90s == pytest.approx(2 * 90 / 9.9)
    assert score.mota == pytest.approx(1 - 2 / 200)
    assert score.idf1 == pytest.approx(0.5)


@pytest.mark.parametrize('shift', [0.1, 0.3, 0.49])
def test_common_offset_is_the_position_error_and_no_distance_error(shift):
    recording = walk()
    score = evaluate(recording, tracked(recording, offset=(0.0, shift)))
    assert score.position_error_p80_m == pytest.approx(shift)
    assert score.position_rmse_m == pytest.approx(shift)
    assert score.distance_error_p80_m == pytest.approx(0.0, abs=1e-9)
    assert score.mota == 1.0


def test_track_beyond_the_matching_distance_is_a_miss_and_a_false_positive():
    recording = walk(people=1)
    score = evaluate(recording, tracked(recording, offset=(0.6, 0.0)))
    assert (score.misses, score.false_positives) == (FRAMES, FRAMES)
    assert score.mota == pytest.approx(-1.0)
    assert math.isnan(score.position_error_p80_m)
    assert evaluate(recording, tracked(recording, offset=(0.6, 0.0)), 0.7).mota == 1.0


def test_person_without_a_track_is_a_failed_track():
    recording = walk(people=3)
    score = evaluate(recording, tracked(recording, lambda i, p: None if p == 1 else p + 1))
    assert score.failed_tracks == 1
    assert score.misses == FRAMES
    assert score.mota == pytest.approx(2 / 3)


def test_nobody_fails_by_the_first_two_seconds():
    recording = walk(people=1)
    late = tracked(recording, lambda i, person: person + 1 if i >= 19 else None)
    assert evaluate(recording, late).failed_tracks == 0
    # Of the 80 frames from two seconds on, 17 without a track are too many, 16 are not.
    for lost, failed in ((16, 0), (17, 1)):
        holes = tracked(recording, lambda i, person, n=lost: None if i >= 100 - n else 1)
        assert evaluate(recording, holes).failed_tracks == failed


def test_who_stays_for_less_than_two_seconds_cannot_fail():
    recording = walk(people=1, frames=19)
    assert evaluate(recording, tracked(recording, lambda i, person: None)).failed_tracks == 0


def test_rmse_of_distances_by_hand():
    recording = walk(gap=3.0)
    # The second person's track is 0.3 m too far away in half of the frames.
    frames = tracked(recording)
    for i in range(0, FRAMES, 2):
        far = track(2, np.add(frames[i].tracks[1].position, [0.0, 0.3]))
        frames[i] = dataclasses.replace(frames[i], tracks=(frames[i].tracks[0], far))
    score = evaluate(recording, frames)
    assert score.distance_rmse_m == pytest.approx(0.3 / math.sqrt(2))
    assert score.position_rmse_m == pytest.approx(0.3 / 2)


def test_accuracies_are_those_of_motmetrics():
    import motmetrics

    recording = walk(gap=0.7, people=3)
    frames = tracked(recording, lambda i, p: None if (i + p) % 7 == 0 else 1 + (p + i // 30) % 3)
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for truth, one in zip(recording.truth, frames, strict=True):
        true = np.array([person.position[:2] for person in truth])
        estimated = np.array([t.position for t in one.tracks]).reshape(-1, 2)
        distances = np.linalg.norm(true[:, None] - estimated[None], axis=2)
        names = [NAMES.index(person.person) for person in truth]
        accumulator.update(
            names,
            [t.track_id for t in one.tracks],
            np.where(distances <= 0.5, distances, np.nan),
        )
    expected = motmetrics.metrics.create().compute(
        accumulator, metrics=['mota', 'idf1'], return_dataframe=False
    )
    score = evaluate(recording, frames)
    assert (score.mota, score.idf1) == pytest.approx((expected['mota'], expected['idf1']))


def test_distance_error_is_that_of_the_estimated_distance():
    recording = walk(gap=2.0)
    frames = [
        dataclasses.replace(
            one, tracks=(one.tracks[0], track(2, one.tracks[1].position + np.array([0.0, 0.2])))
        )
        for one in tracked(recording)
    ]
    assert evaluate(recording, frames).distance_error_p80_m == pytest.approx(0.2)


def test_one_track_for_two_close_people_separates_nobody():
    recording = walk(gap=0.4)
    merged = tracked(recording, lambda i, person: 1 if person == 0 else None)
    merged = [
        dataclasses.replace(one, track_ids=np.where(recording.point_people[0] >= 0, 1, -1))
        for one in merged
    ]
    assert evaluate(recording, merged).separation_ratio == 0.0


def test_separation_counts_the_frames_with_close_people_only():
    recording = walk(gap=0.4)
    half = tracked(recording, lambda i, person: person + 1 if i < 25 or person == 0 else None)
    assert evaluate(recording, half).separation_ratio == pytest.approx(0.25)
    apart = walk(gap=1.1)
    assert math.isnan(evaluate(apart, tracked(apart)).separation_ratio)


def without_points(recording, kept, rows):
    frames = []
    for one in tracked(recording):
        frame = dataclasses.replace(one.frame, points=one.frame.points[kept] + [0, 7, 0, 0, 0])
        frames.append(TrackedFrame(frame, one.tracks, one.track_ids[kept], rows))
    return frames


def test_separation_finds_points_again_after_others_were_dropped():
    recording = walk(gap=0.4)
    kept = np.array([0, 2, 3])
    frames = without_points(recording, kept, kept)
    assert evaluate(recording, frames).separation_ratio == 1.0


def test_our_tracker_says_which_points_it_used():
    mountings = {'radar': RigidTransform(translation=np.array([1.0, 2.0, 1.0]))}
    tracker = RadarTracker(mountings=mountings)
    points = np.arange(35.0).reshape(7, 5) / 10
    points[[0, 3]] = [-4.0, 0, 0, 0, 0], [1, np.nan, 0, 0, 0]
    found = tracker.update(RadarFrame(0.0, points))
    assert 0 not in found.rows
    assert 3 not in found.rows
    np.testing.assert_array_equal(found.frame.points[:, 3:], points[found.rows, 3:])
    np.testing.assert_allclose(found.frame.points[:, 0], points[found.rows, 0] + 1.0)


def test_dropped_points_that_nobody_can_find_again_are_refused():
    recording = walk(gap=0.4)
    with pytest.raises(EvaluationError, match='do not say which'):
        evaluate(recording, without_points(recording, np.array([0, 2, 3]), None))


def test_absent_people_are_not_missed():
    recording = walk()
    truth = tuple(people[:1] if i < 50 else people for i, people in enumerate(recording.truth))
    recording = dataclasses.replace(recording, truth=truth)
    assert evaluate(recording, tracked(recording)).mota == 1.0


def test_summary_counts_ids_and_the_time_from_the_first_track_on():
    recording = walk(people=1)
    frames = tracked(recording, lambda i, p: None if i < 20 or i >= 90 else 1 + (i >= 60))
    summary = summarise(frames)
    assert summary.confirmed_tracks == 2
    assert summary.coverage == pytest.approx(70 / 80)


def test_summary_of_nothing():
    summary = summarise([])
    assert (summary.confirmed_tracks, summary.coverage) == (0, 0.0)


def test_recording_without_anybody_has_no_accuracy():
    recording = walk(people=1)
    nobody = dataclasses.replace(recording, truth=tuple(() for _ in recording.truth))
    score = evaluate(nobody, tracked(recording))
    assert score.as_json()['mota'] is None
    assert (score.people, score.false_positives) == (0, FRAMES)


def test_json_has_the_contract_and_no_nan():
    recording = walk(people=1)
    values = json.loads(json.dumps(evaluate(recording, tracked(recording)).as_json()))
    contract = {
        'duration_s',
        'mota',
        'idf1',
        'id_switches',
        'position_error_p80_m',
        'distance_error_p80_m',
        'separation_ratio',
        'people',
    }
    assert contract <= set(values)
    assert values['separation_ratio'] is None
    assert values['distance_error_p80_m'] is None


def test_recording_without_truth_is_refused():
    recording = walk()
    with pytest.raises(EvaluationError, match='no ground truth'):
        evaluate(dataclasses.replace(recording, truth=None), tracked(recording))


def test_tracks_of_another_recording_are_refused():
    recording = walk()
    with pytest.raises(EvaluationError, match='belong together'):
        evaluate(recording, tracked(recording)[:-1])


def test_missing_motmetrics_is_one_clear_line(monkeypatch):
    monkeypatch.setitem(sys.modules, 'motmetrics', None)
    recording = walk(frames=3)
    with pytest.raises(EvaluationError, match='pip install motmetrics'):
        evaluate(recording, tracked(recording))


id_tables = st.lists(
    st.lists(st.one_of(st.none(), st.integers(1, 4)), min_size=2, max_size=2, unique=True),
    min_size=4,
    max_size=12,
)


def with_ids(table, rename=lambda one: one):
    recording = walk(gap=0.7, frames=len(table))
    lookup = [[None if one is None else rename(one) for one in row] for row in table]
    return recording, tracked(recording, lambda i, person: lookup[i][person])


@settings(max_examples=25, deadline=None)
@given(id_tables, st.permutations([11, 3, 1, 700]))
def test_names_of_tracks_do_not_matter(table, names):
    score = evaluate(*with_ids(table))
    renamed = evaluate(*with_ids(table, lambda one: names[one - 1]))
    pairs = dataclasses.astuple(renamed), dataclasses.astuple(score)
    assert pairs[0] == pytest.approx(pairs[1], rel=1e-12, nan_ok=True)


@settings(max_examples=25, deadline=None)
@given(id_tables)
def test_scores_stay_in_their_bounds(table):
    score = evaluate(*with_ids(table))
    assert score.mota <= 1.0
    for share in (score.idf1, score.separation_ratio):
        assert math.isnan(share) or 0.0 <= share <= 1.0
    assert score.misses == sum(one is None for row in table for one in row)
    assert score.id_switches >= 0

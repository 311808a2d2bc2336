"""The parts of an association: common steps, costs, rho, evidence, and the baseline."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paired_walkers import START, face_track, radar_track, view_of

from thermal_radar_fusion.fusion.association_costs import (
    CostParameters,
    PairEvidence,
    face_values,
    radar_values,
    squared_deviations,
    track_length_weight,
)
from thermal_radar_fusion.fusion.common_steps import CommonSteps, TrackSamples
from thermal_radar_fusion.fusion.frame_association import associate_frame


def samples(stamp, ids=(1,), values=None):
    values = [[10.0 * stamp]] * len(ids) if values is None else values
    return TrackSamples(stamp, np.array(ids, dtype=np.int64), np.array(values).reshape(-1, 1))


def test_tracks_of_both_sensors_meet_at_multiples_of_the_step():
    steps = CommonSteps(0.5, longest_gap=1.0, memory=5.0)
    for stamp in (0.1, 0.7, 1.2):
        steps.add(0, samples(stamp))
    for stamp in (0.3, 1.1, 1.9):
        steps.add(1, samples(stamp))
    met = list(steps.take())
    assert [first.stamp for first, _ in met] == [0.5, 1.0]
    for pair in met:
        for side in pair:
            assert side.values[:, 0] == pytest.approx(10 * side.stamp)
    assert not list(steps.take())
    steps.add(0, samples(2.0))
    assert [first.stamp for first, _ in steps.take()] == [1.5]


def test_who_is_in_one_of_two_frames_only_is_left_out():
    steps = CommonSteps(0.5, longest_gap=1.0, memory=5.0)
    steps.add(0, samples(0.4, ids=(1, 2)))
    steps.add(0, samples(0.6, ids=(2, 3)))
    steps.add(1, samples(0.3))
    steps.add(1, samples(0.8))
    ((first, _),) = steps.take()
    assert first.ids.tolist() == [2]


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 400), min_size=2, max_size=40, unique=True),
    st.lists(st.integers(1, 400), min_size=2, max_size=40, unique=True),
    st.floats(0.02, 0.5),
)
def test_every_step_comes_once_and_lies_on_the_line(radar, camera, step):
    steps = CommonSteps(step, longest_gap=1e3, memory=1e3)
    frames = [(k / 37, 0) for k in radar] + [(k / 37, 1) for k in camera]
    seen = []
    for stamp, sensor in sorted(frames):
        steps.add(sensor, samples(stamp))
        for first, second in steps.take():
            seen.append(first.stamp)
            assert first.stamp == second.stamp
            for side in (first, second):
                assert side.values[:, 0] == pytest.approx(10 * side.stamp, abs=1e-6)
    assert seen == sorted(set(seen))
    low = max(min(radar), min(camera)) / 37
    high = min(max(radar), max(camera)) / 37
    count = math.floor(high / step) - math.ceil(low / step) + 1
    assert len(seen) == max(count, 0)


def test_deviations_are_differences_over_standard_deviations():
    parameters = CostParameters(bearing_std=0.02, body_std=0.0, face_spread=0.0, worst=1e6)
    view = view_of(z=1.55)
    radar = radar_values([radar_track(1, (3.0, 0.3), std=0.05)])
    faces = face_values([face_track(1, (2.0, 0.0), view, START)], view, parameters)
    aside, along = squared_deviations(radar, faces, view, parameters)
    far = math.hypot(3.0, 0.3)
    variance = (0.05 / far) ** 2 + 4.0 / 764.7**2 + 0.02**2
    assert aside[0, 0] == pytest.approx(math.atan2(0.3, 3.0) ** 2 / variance, rel=0.01)
    variance = 0.05**2 + (0.06 * 2.0) ** 2
    assert along[0, 0] == pytest.approx((far - 2.0) ** 2 / variance, rel=0.01)


def test_one_step_costs_at_most_so_much():
    view, parameters = view_of(), CostParameters(worst=7.0)
    radar = radar_values([radar_track(1, (1.0, 5.0))])
    faces = face_values([face_track(1, (5.0, -1.0), view, START)], view, parameters)
    aside, along = squared_deviations(radar, faces, view, parameters)
    assert aside[0, 0] == 7.0
    assert along[0, 0] <= 7.0


def test_nobody_gives_no_deviations():
    view, parameters = view_of(), CostParameters()
    aside, along = squared_deviations(
        radar_values([]), face_values([], view, parameters), view, parameters
    )
    assert aside.shape == along.shape == (0, 0)


def test_rho_is_positive_beyond_a_second_and_falls():
    times = np.array([1.001, 1.5, 2.0, 5.0, 60.0])
    weights = track_length_weight(times)
    assert (weights > 0).all()
    assert (np.diff(weights) < 0).all()
    assert track_length_weight(np.array([math.e]))[0] == pytest.approx(1.0)
    assert np.isinf(track_length_weight(np.array([0.0, 1.0]))).all()


def test_evidence_is_kept_by_the_names_of_tracks():
    evidence = PairEvidence()
    evidence.add(
        np.array([2, 5]), np.array([1]), np.array([[1.0], [3.0]]), np.array([[2.0], [4.0]])
    )
    evidence.add(
        np.array([3, 5]), np.array([1]), np.array([[9.0], [5.0]]), np.array([[9.0], [6.0]])
    )
    assert evidence.radar_ids.tolist() == [2, 3, 5]
    assert evidence.means('both')[:, 0] == pytest.approx([3.0, 18.0, 9.0])
    assert evidence.means('bearing')[:, 0] == pytest.approx([2.0, 18.0, 8.0])
    assert evidence.means('distance')[:, 0] == pytest.approx([4.0, 18.0, 10.0])
    evidence.fade(0.5, 0.0)
    assert evidence.means('both')[2, 0] == pytest.approx(9.0)
    evidence.add(np.array([5]), np.array([1]), np.array([[0.0]]), np.array([[0.0]]))
    assert evidence.means('both')[2, 0] == pytest.approx(4.5)
    evidence.select(np.array([5, 7]), np.array([1, 4]))
    means = evidence.means('both')
    assert means[0, 0] == pytest.approx(4.5)
    assert np.isinf(means[[0, 1, 1], [1, 0, 1]]).all()


def test_the_baseline_takes_the_most_similar_distance_and_may_take_it_twice():
    view = view_of(z=1.55)
    tracks = [radar_track(7, (2.0, 1.0)), radar_track(8, (4.0, -1.0))]
    faces = [
        face_track(1, (2.1, -0.5), view, START),
        face_track(2, (2.3, 0.5), view, START),
        face_track(3, (4.1, 0.9), view, START),
    ]
    found = associate_frame(faces, tracks, view)
    assert {face: radar for face, (radar, _) in found.items()} == {1: 7, 2: 7, 3: 8}
    assert all(0 < probability <= 1 for _, probability in found.values())
    assert associate_frame(faces, [], view) == {}

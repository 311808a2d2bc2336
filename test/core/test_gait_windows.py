"""Windows of a track: steps of time, whatever the radar's rate, with masks for what is missing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import TrackedFrame
from thermal_radar_fusion.reid.gait_windows import (
    GaitWindowParameters,
    GaitWindows,
    frames_of_steps,
)

SPEED = 1.2


def body(stamp, count=8, power=100.0, seed=0):
    """Points (count, 5) of somebody who walks along x, round a point at a height of 1 m."""
    rng = np.random.default_rng([seed, round(stamp * 1000) + 10**6])
    offsets = rng.normal(0.0, 0.2, (count, 3))
    offsets[:, :2] -= offsets[:, :2].mean(axis=0)
    velocity = np.full(count, SPEED)
    powers = power * rng.lognormal(0.0, 0.5, count)
    return np.column_stack([offsets + np.array([SPEED * stamp, 2.0, 1.0]), velocity, powers])


def tracked(stamp, points, track_id=1, sensor='radar'):
    ids = np.full(len(points), track_id, dtype=np.int64)
    return TrackedFrame(RadarFrame(stamp, points, sensor), (), ids)


def walk(windows, stamps, **options):
    """All windows of somebody seen at some stamps."""
    return [w for s in stamps for w in windows.update(tracked(s, body(s, **options)))]


def every(rate, seconds, start=0.0):
    return start + np.arange(round(rate * seconds)) / rate


def test_windows_have_45_steps_and_come_every_5():
    windows = walk(GaitWindows(), every(15.0, 10.0))
    assert windows[0].points.shape == (45, 32, 4)
    assert windows[0].points.dtype == np.float32
    assert windows[0].mask.shape == (45, 32)
    assert windows[0].stamp == pytest.approx(44 / 15)
    np.testing.assert_allclose(np.diff([w.stamp for w in windows]), 5 / 15)
    assert len(windows) == 1 + (150 - 45) // 5


@pytest.mark.parametrize('rate', [8.0, 10.0, 15.0, 20.0, 30.0])
def test_rate_of_the_radar_changes_neither_length_nor_pace(rate):
    windows = walk(GaitWindows(GaitWindowParameters(hold=0.13)), every(rate, 20.0))
    assert len(windows) == pytest.approx((20 - 44 / 15) * 3, abs=3)
    for window in windows:
        assert window.mask.any(axis=1).all()


def test_steps_of_faster_radars_hold_all_their_frames():
    window = walk(GaitWindows(), every(30.0, 3.1))[0]
    # Two frames of 8 points per step, but for the last one, after which nothing has come yet.
    assert set(window.mask[1:-1].sum(axis=1)) == {16}


def test_points_are_those_of_the_frame_of_their_step():
    stamps = every(15.0, 3.0)
    window = walk(GaitWindows(), stamps)[0]
    for step, stamp in enumerate(stamps):
        points = body(stamp)[:, :4]
        points[:, :2] -= points[:, :2].mean(axis=0)
        found = window.points[step, window.mask[step]]
        order, expected = np.argsort(found[:, 2]), np.argsort(points[:, 2])
        np.testing.assert_allclose(found[order], points[expected], atol=1e-5)
    assert not window.points[~window.mask].any()


def test_centring_by_window_keeps_the_walk():
    chosen = GaitWindowParameters(centring='window')
    window = walk(GaitWindows(chosen), every(15.0, 3.0))[0]
    middles = [window.points[step, mask, 0].mean() for step, mask in enumerate(window.mask)]
    np.testing.assert_allclose(np.diff(middles), SPEED / 15, atol=1e-4)
    assert np.mean(middles) == pytest.approx(0.0, abs=1e-4)


@settings(deadline=None, max_examples=20)
@given(st.floats(-20, 20), st.floats(-20, 20), st.floats(0, 1e6))
def test_place_and_time_do_not_matter(x, y, start):
    stamps = every(10.0, 4.0)
    here, there = GaitWindows(), GaitWindows()
    for stamp in stamps:
        points = body(stamp)
        moved = points + np.array([x, y, 0.0, 0.0, 0.0])
        a = here.update(tracked(stamp, points))
        b = there.update(tracked(start + stamp, moved))
        assert len(a) == len(b)
        for first, second in zip(a, b, strict=True):
            np.testing.assert_array_equal(first.mask, second.mask)
            for step, mask in enumerate(first.mask):
                one, other = (np.sort(w.points[step, mask, 2]) for w in (first, second))
                np.testing.assert_allclose(one, other, atol=1e-4)


def test_too_many_points_are_a_random_choice_that_repeats():
    chosen = GaitWindowParameters(points=6)
    stamps = every(15.0, 3.0)
    first, again = (walk(GaitWindows(chosen), stamps, count=20)[0] for _ in range(2))
    np.testing.assert_array_equal(first.points, again.points)
    assert first.mask.all()
    seeded = walk(GaitWindows(chosen.replace(seed=1)), stamps, count=20)[0]
    assert not np.array_equal(seeded.points, first.points)
    for step, stamp in enumerate(stamps):
        heights = np.sort(body(stamp, count=20)[:, 2].astype(np.float32))
        assert np.isin(first.points[step, :, 2], heights).all()
        assert len(np.unique(first.points[step, :, 2])) == 6


def test_short_holes_are_filled_and_longer_ones_masked():
    stamps = every(15.0, 3.0)
    stamps = np.delete(stamps, [10, *range(20, 30)])
    window = walk(GaitWindows(), stamps)[0]
    seen = window.mask.any(axis=1)
    # One step of 67 ms is within the hold of 110 ms of either side of a hole.
    assert np.flatnonzero(~seen).tolist() == list(range(21, 29))
    np.testing.assert_allclose(
        np.sort(window.points[10, window.mask[10], 2]),
        np.sort(window.points[11, window.mask[11], 2]),
    )


def test_who_was_hardly_seen_has_no_window():
    stamps = every(15.0, 6.0)
    rarely = stamps[np.arange(len(stamps)) % 8 == 0]
    assert not walk(GaitWindows(), rarely)
    assert walk(GaitWindows(GaitWindowParameters(coverage=0.1)), rarely)


def test_who_stands_has_no_gait():
    windows = GaitWindows()
    for stamp in every(15.0, 6.0):
        assert windows.update(tracked(stamp, body(stamp) - [SPEED * stamp, 0, 0, 0, 0])) == ()


def test_frames_of_others_and_empty_ones_are_missing_frames():
    windows, found = GaitWindows(), []
    for i, stamp in enumerate(every(15.0, 4.0)):
        frame = tracked(stamp, body(stamp))
        if i % 3 == 0:
            frame = tracked(stamp, np.empty((0, 5)))
        elif i % 3 == 1:
            frame = TrackedFrame(
                RadarFrame(stamp, np.concatenate([body(stamp), body(stamp) + 5.0])),
                (),
                np.repeat([1, -1], 8),
            )
        found += windows.update(frame)
    assert found
    assert {window.track_id for window in found} == {1}
    assert max(window.mask.sum(axis=1).max() for window in found) == 8


def test_tracks_are_cut_side_by_side():
    windows, found = GaitWindows(), []
    for stamp in every(15.0, 5.0):
        aside = body(stamp, seed=1) + np.array([0.0, 3.0, 0.0, 0.0, 0.0])
        points = np.concatenate([body(stamp), aside])
        ids = np.repeat([7, 4], 8)
        found += windows.update(TrackedFrame(RadarFrame(stamp, points), (), ids))
    alone = walk(GaitWindows(), every(15.0, 5.0))
    assert [w.track_id for w in found[:2]] == [4, 7]
    assert len(found) == 2 * len(alone)


def test_long_gap_starts_over_and_shorter_ones_cost_windows_only():
    windows = GaitWindows()
    before = walk(windows, every(15.0, 4.0))
    after = walk(windows, every(15.0, 4.0, start=60.0))
    assert len(before) == len(after)
    assert after[0].stamp >= 60.0 + 44 / 15 - 0.04


def test_jump_back_starts_over_and_a_late_frame_takes_its_place():
    stamps = every(15.0, 3.0)
    windows = GaitWindows()
    first = walk(windows, stamps)
    assert len(walk(windows, stamps - 100.0)) == len(first) == 1
    shuffled = stamps.copy()
    shuffled[[20, 21]] = shuffled[[21, 20]]
    late = walk(GaitWindows(), shuffled)
    np.testing.assert_array_equal(late[0].points, first[0].points)


def test_points_without_numbers_are_left_out():
    windows, found = GaitWindows(), []
    for stamp in every(15.0, 3.0):
        points = body(stamp)
        points[0, 3], points[1, 4] = np.nan, np.nan
        found += windows.update(tracked(stamp, points))
    # Power is left out, so that nobody misses it.
    assert set(found[0].mask.sum(axis=1)) == {7}
    assert np.isfinite(found[0].points).all()


def test_power_is_left_out_or_on_one_scale_for_all_radars():
    assert walk(GaitWindows(), every(15.0, 3.0))[0].points.shape[-1] == 4
    chosen = GaitWindowParameters(power='per_sensor')
    assert chosen.channels == 5
    weak, strong = (
        walk(GaitWindows(chosen), every(15.0, 30.0), power=power) for power in (50.0, 5000.0)
    )
    powers = weak[-1].points[weak[-1].mask][:, 4]
    np.testing.assert_allclose(strong[-1].points[strong[-1].mask][:, 4], powers, atol=1e-4)
    assert powers.mean() == pytest.approx(0.0, abs=0.15)
    assert powers.std() == pytest.approx(1.0, abs=0.15)


def test_two_radars_of_a_room_have_a_scale_each():
    windows, found = GaitWindows(GaitWindowParameters(power='per_sensor')), []
    for i, stamp in enumerate(every(30.0, 60.0)):
        sensor, power = ('weak', 20.0) if i % 2 else ('strong', 2000.0)
        found += windows.update(tracked(stamp, body(stamp, power=power), sensor=sensor))
    powers = found[-1].points[found[-1].mask][:, 4]
    assert powers.std() == pytest.approx(1.0, abs=0.2)


@settings(deadline=None)
@given(
    st.lists(st.floats(-5, 0.2), min_size=1, max_size=80),
    st.sampled_from([10.0, 15.0, 25.0]),
    st.floats(0, 0.5),
)
def test_frames_go_to_the_nearest_step_and_steps_to_near_frames(stamps, rate, hold):
    chosen = GaitWindowParameters(rate=rate, hold=hold)
    stamps = sorted(stamps)
    pairs = frames_of_steps(stamps, 0.0, chosen)
    steps = (np.arange(45) - 44) / rate
    assert len(set(pairs)) == len(pairs)
    for step, frame in pairs:
        distances = np.abs(steps - stamps[frame])
        assert distances[step] <= max(hold, 0.5 / rate) + 1e-3
    taken = {step for step, _ in pairs}
    for step in set(range(45)) - taken:
        assert np.abs(steps[step] - stamps).min() >= hold - 1e-3


@pytest.mark.parametrize(
    'wrong', [{'steps': 1}, {'centring': 'median'}, {'power': 'raw'}, {'rate': 0}, {'coverage': 2}]
)
def test_parameters_out_of_range_are_named(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        GaitWindowParameters(**wrong)

"""One-point messages to frames, and the repair of stamps."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_radar_fusion.radar.frame_grouping import FrameGrouper
from thermal_radar_fusion.radar.stamps import StampGuard, to_sec_nanosec, to_seconds


def grouped(messages, **kwargs):
    grouper = FrameGrouper(**kwargs)
    frames = [frame for message in messages if (frame := grouper.push(*message))]
    last = grouper.flush()
    return frames + ([last] if last else []), grouper


def messages_of(sizes, period=0.1, step=1e-5, repeat=1, ids=True):
    for number, size in enumerate(sizes):
        for point_id in range(size):
            for _ in range(repeat):
                stamp = 1.5e9 + number * period + point_id * step
                yield stamp, point_id if ids else None, number, point_id, 0.5, -0.2, 30.0


@given(st.lists(st.integers(1, 20), min_size=1, max_size=20), st.integers(1, 2))
def test_ids_divide_even_where_stamps_do_not(sizes, repeat):
    frames, grouper = grouped(messages_of(sizes, period=0.0, step=0.0, repeat=repeat))
    assert [len(frame.points) for frame in frames] == sizes
    assert grouper.duplicates == (repeat - 1) * sum(sizes)


@given(st.lists(st.integers(1, 20), min_size=1, max_size=20))
def test_time_divides_where_ids_are_missing(sizes):
    frames, _ = grouped(messages_of(sizes, ids=False))
    assert [len(frame.points) for frame in frames] == sizes


def test_frame_is_returned_by_the_first_point_of_the_next():
    grouper = FrameGrouper('radar_lab')
    assert grouper.push(1.0, 0, 1, 2, 3, 4, 5) is None
    assert grouper.push(1.0001, 1, 6, 7, 8, 9, 10) is None
    frame = grouper.push(1.1, 0, 0, 0, 0, 0, 0)
    assert (frame.stamp, frame.sensor) == (1.0, 'radar_lab')
    np.testing.assert_array_equal(frame.points, [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]])


def test_lost_points_do_not_end_a_frame_but_a_gap_does():
    frames, _ = grouped([(1.0, 2, *[0] * 5), (1.001, 7, *[0] * 5), (1.1, 9, *[0] * 5)])
    assert [len(frame.points) for frame in frames] == [2, 1]


def test_a_stamp_that_jumps_back_begins_a_frame():
    frames, _ = grouped([(5.0, 0, *[0] * 5), (1.0, 1, *[0] * 5)])
    assert [frame.stamp for frame in frames] == [5.0, 1.0]


def test_still_target_alone_in_two_frames_is_no_repetition():
    frames, grouper = grouped([(1.0, 0, *[1.0] * 5), (1.1, 0, *[1.0] * 5)])
    assert (len(frames), grouper.duplicates) == (2, 0)


def test_points_that_are_not_finite_are_dropped_and_counted():
    frames, grouper = grouped([(1.0, 0, math.nan, 0, 0, 0, 0), (1.0, 1, *[1] * 5)])
    assert [len(frame.points) for frame in frames] == [1]
    assert grouper.not_finite == 1


def test_expire_completes_the_last_frame_by_time_only():
    grouper = FrameGrouper(gap=0.01)
    assert grouper.expire(0.0) is None
    grouper.push(1.0, 0, *[1] * 5)
    assert grouper.expire(1.005) is None
    assert grouper.expire(1.02).stamp == 1.0
    assert grouper.expire(2.0) is None


def test_stamp_zero_is_replaced_with_one_warning():
    warnings = []
    guard = StampGuard(warnings.append)
    assert [guard.stamp(0.0, 7.0), guard.stamp(3.0, 8.0), guard.stamp(0.0, 9.0)] == [7, 3, 9]
    assert len(warnings) == 1
    assert guard.replaced == 2


@given(st.integers(0, 2**31), st.integers(0, 999_999_999))
def test_stamps_survive_the_way_to_seconds_and_back(sec, nanosec):
    back = to_sec_nanosec(to_seconds(sec, nanosec))
    assert 0 <= back[1] < 1_000_000_000
    assert back[0] + back[1] * 1e-9 == pytest.approx(sec + nanosec * 1e-9, abs=5e-7)


def test_nanoseconds_never_reach_a_whole_second():
    assert to_sec_nanosec(math.nextafter(2.0, 0.0)) == (2, 0)

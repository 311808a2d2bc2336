"""Overlaid recordings: whose frame meets whose, and at which stamp."""

import numpy as np
import pytest

from thermal_radar_fusion.datasets.overlay import overlay, running_time, settled
from thermal_radar_fusion.datasets.recording import NOBODY, DatasetError, Recording, TruePerson
from thermal_radar_fusion.radar.point_cloud import RadarFrame


def recording(person, stamps, sensor='radar', room='room'):
    """Frame i holds one point of the person at x = i and one of nobody; its power is i."""
    stamps = np.asarray(stamps, dtype=float)
    frames = tuple(
        RadarFrame(t, np.array([[i, 0, 0, 0, i], [9, 9, 0, 0, i]], dtype=float), sensor)
        for i, t in enumerate(stamps)
    )
    truth = tuple(
        (TruePerson(person, np.array([float(i), 0, 0]), np.zeros(3)),) for i in range(len(stamps))
    )
    labels = tuple(np.array([0, NOBODY]) for _ in stamps)
    return Recording(frames, labels, truth, (person,), room)


def regular(count, begin=0.0, period=0.1):
    return begin + period * np.arange(count)


def test_frames_meet_by_index_on_the_first_clock():
    first, second = recording('a', regular(50)), recording('b', regular(40, 1e6, 0.13))
    merged = overlay([first, second])
    assert len(merged.frames) == 40
    np.testing.assert_allclose([frame.stamp for frame in merged.frames], regular(40))
    assert merged.people == ('a', 'b')
    np.testing.assert_array_equal(merged.frames[7].points[:, 4], [7, 7, 7, 7])
    np.testing.assert_array_equal(merged.point_people[7], [0, NOBODY, 1, NOBODY])
    assert [true.person for true in merged.truth[7]] == ['a', 'b']


def test_start_and_duration_choose_an_excerpt():
    merged = overlay([recording('a', regular(100)), recording('b', regular(100))], 2.0, [3.0, 5.0])
    assert merged.duration == pytest.approx(2.0, abs=1e-6)
    np.testing.assert_array_equal(merged.frames[0].points[:, 4], [30, 30, 50, 50])


def test_outage_of_another_makes_only_that_person_absent():
    paused = np.concatenate([regular(400), regular(100, 42.0)])  # 2.1 s instead of 0.1
    merged = overlay([recording('a', regular(600)), recording('b', paused)])
    present = [len(people) for people in merged.truth]
    assert present == [2] * 400 + [1] * 20 + [2] * 100
    assert merged.frames[420].points[2, 4] == 400
    np.testing.assert_allclose([frame.stamp for frame in merged.frames], regular(520))


def test_outage_of_the_first_is_stamped_at_the_usual_rate():
    paused = np.concatenate([regular(400), regular(100, 42.0)])
    merged = overlay([recording('a', paused), recording('b', regular(600))])
    assert [len(people) for people in merged.truth] == [2] * 400 + [1] * 20 + [2] * 100
    np.testing.assert_allclose([frame.stamp for frame in merged.frames], regular(520), atol=1e-6)


def test_start_up_is_left_out():
    burst_and_pause = np.concatenate([regular(20, 0.0, 0.004), regular(100, 5.0)])
    assert settled(burst_and_pause) == 20
    assert running_time(recording('b', burst_and_pause)) == pytest.approx(9.9)
    merged = overlay([recording('a', regular(100)), recording('b', burst_and_pause)])
    assert len(merged.frames) == 100
    np.testing.assert_array_equal(merged.frames[0].points[:, 4], [0, 0, 20, 20])


@pytest.mark.parametrize('count', [0, 1, 4, 6, 100])
def test_regular_recording_is_settled_at_once(count):
    assert settled(regular(count)) == 0


def test_late_pause_is_no_start_up():
    assert settled(np.concatenate([regular(400), regular(100, 45.0)])) == 0


@pytest.mark.parametrize(
    ('others', 'complaint'),
    [
        ([], 'nothing'),
        ([recording('a', regular(9)), recording('a', regular(9))], 'twice'),
        ([recording('a', regular(9)), recording('b', regular(9), 'other')], 'several sensors'),
        ([recording('a', regular(9)), recording('b', regular(9), room='x')], 'several sensors'),
        ([recording('a', regular(9)), recording('b', [])], 'nothing is left'),
    ],
)
def test_recordings_that_do_not_fit_together_are_refused(others, complaint):
    with pytest.raises(DatasetError, match=complaint):
        overlay(others)


def test_start_beyond_the_end_is_refused():
    with pytest.raises(DatasetError, match='nothing is left after a start of 20 s'):
        overlay([recording('a', regular(100))], start=20.0)

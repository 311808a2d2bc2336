"""The errors of a simulated thermal camera: as large as asked for, and functions of time alone."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standing_people import BARE, SILENT, camera, celsius, somebody, standing

from thermal_radar_fusion.simulation.thermal_noise import NORMAL, CameraNoise, NoiseModel

SHAPE = (120, 160)
SMALL = {'width': 160, 'height': 120, 'pitch': 68.0, 'distortion': (0, 0, 0, 0, 0)}


def noise(seed=3, **model) -> CameraNoise:
    return CameraNoise(SILENT.replace(**model), SHAPE, seed)


def small_camera(seed=1, **model):
    """Return a camera of 160 x 120 pixels at 0.01 K with some errors."""
    return camera(seed, noise=SILENT.replace(**model), radiometry='centikelvin', **SMALL)


def test_the_table_of_the_normal_law_is_normal():
    values = np.sort(NORMAL.astype(float))
    assert values.mean() == pytest.approx(0, abs=1e-6)
    assert values.std() == pytest.approx(1, abs=0.002)
    assert (values**4).mean() == pytest.approx(3, abs=0.05)


@pytest.mark.parametrize('sigma', [0.03, 0.05, 0.2])
def test_temporal_noise_has_its_sigma_and_no_memory(sigma):
    one = noise(temporal=sigma)
    frames = np.stack([one.temporal(k) for k in range(30)]).astype(float)
    assert frames.std() == pytest.approx(sigma, rel=0.01)
    assert frames.mean() == pytest.approx(0, abs=4 * sigma / np.sqrt(frames.size))
    after = (frames[1:] * frames[:-1]).mean() / sigma**2
    beside = (frames[:, :, 1:] * frames[:, :, :-1]).mean() / sigma**2
    assert abs(after) < 0.01
    assert abs(beside) < 0.01


def test_fixed_pattern_has_its_parts_and_never_changes():
    pattern = noise(pixels=0.05, rows=0.03, columns=0.08).pattern.astype(float)
    assert pattern.mean(axis=1).std() == pytest.approx(0.03, rel=0.2)
    assert pattern.mean(axis=0).std() == pytest.approx(0.08, rel=0.2)
    rest = pattern - pattern.mean(axis=0) - pattern.mean(axis=1, keepdims=True)
    assert rest.std() == pytest.approx(0.05, rel=0.03)
    frames = small_camera(pixels=0.2)
    np.testing.assert_array_equal(frames.render(0.0, [], 0), frames.render(70.0, [], 0))


def test_the_offset_is_one_number_for_a_run_and_spreads_between_cameras():
    offsets = [noise(seed, offset=2.0).offset for seed in range(200)]
    assert np.std(offsets) == pytest.approx(2.0, rel=0.15)
    one = small_camera(offset=2.0)
    expected = 22.2 + one.offset
    for time in (0.0, 200.0):
        np.testing.assert_allclose(celsius(one.render(time, [], 0), 0.01), expected, atol=0.02)


def test_drift_grows_between_shutter_events_and_steps_at_them():
    one = noise(drift=0.5, shutter_interval=60.0, shutter_duration=0.5)
    times = np.arange(0, 600, 0.25)
    drift = np.array([one.drift(time) for time in times])
    change = np.abs(np.diff(drift))
    steps = np.flatnonzero(change > 0.05)
    assert 5 <= len(steps) <= 10
    np.testing.assert_allclose(np.diff(times[steps]) % 60.0 % 59.99, 0, atol=0.3)
    assert np.delete(change, steps).max() < 0.02
    np.testing.assert_allclose(drift[steps + 1], 0, atol=0.02)


def test_drift_after_a_minute_has_its_sigma():
    minute = [noise(seed, drift=0.1, shutter_interval=0).drift(60.0) for seed in range(400)]
    assert np.std(minute) == pytest.approx(0.1, rel=0.12)


def test_the_image_is_frozen_while_the_shutter_is_closed():
    one = small_camera(temporal=0.05, shutter_interval=20.0, shutter_duration=1.0)
    times = one.frame_times(0, 40)
    bodies = [(somebody(), standing(3.0, -2.0, instants=len(times), velocity=(0, 0.1)))]
    images = [one.render(time, bodies, i) for i, time in enumerate(times[:330])]
    same = np.array([np.array_equal(a, b) for a, b in pairwise(images)])
    frozen = np.flatnonzero(same)
    assert 13 <= len(frozen) <= 16
    np.testing.assert_array_equal(np.diff(frozen), 1)
    assert one.shown_time(times[frozen[-1] + 1]) == pytest.approx(times[frozen[0]])


@given(time=st.floats(0, 1e5), interval=st.floats(1, 1000))
@settings(max_examples=60, deadline=None)
def test_a_shutter_event_is_never_in_the_future(time, interval):
    one = noise(shutter_interval=interval, shutter_duration=0.5)
    closed = one.shutter_start(time)
    assert closed is None or time - 0.5 <= closed <= time


def test_frames_do_not_depend_on_which_were_asked_for_before():
    errors = {name: getattr(NoiseModel(), name) for name in ('temporal', 'offset', 'drift')}
    body = [(somebody(), standing(3.0, 0.0, instants=60))]
    through, jump = small_camera(**errors), small_camera(**errors)
    for k in range(50):
        image = through.render(k / 15, body, k)
    np.testing.assert_array_equal(image, jump.render(49 / 15, body, 49))
    assert (jump.render(48 / 15, body, 48) != image).any()


@pytest.mark.parametrize(
    ('start', 'end', 'count'),
    [(0, 1, 15), (0, 0, 0), (1, 0, 0), (0.5, 1.0, 7), (1 / 15, 2 / 15, 1)],
)
def test_frame_times_are_multiples_of_the_period(start, end, count):
    times = camera(room=BARE, **SMALL).frame_times(start, end)
    assert len(times) == count
    np.testing.assert_allclose(times * 15, np.round(times * 15), atol=1e-9)
    assert ((times >= start - 1e-9) & (times < end)).all()

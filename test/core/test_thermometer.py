"""What is read off a face: its hottest skin, not a neck, a kettle behind or a friend's head."""

import math

import numpy as np
import pytest
from face_scenes import AIR, box_at, image, room, with_disc, with_face
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import convolve
from standing_people import camera, celsius, somebody, standing

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.thermal.face_region import Orientation, smoothed
from thermal_radar_fusion.thermal.reference_body import ReferenceParameters
from thermal_radar_fusion.thermal.thermal_image import ThermalImage
from thermal_radar_fusion.thermal.thermometer import TemperatureParameters, Thermometer

BOX = box_at(160, 120, 80)
MAXIMUM = TemperatureParameters(method='maximum')


def read(values, *boxes, parameters=None):
    """Return the readings of boxes."""
    return Thermometer(parameters).read(image(0.0, values), boxes or (BOX,))


def test_the_hottest_skin_is_the_reading():
    (reading,) = read(with_face(room(), BOX, 36.4))
    assert reading.temperature == pytest.approx(36.4, abs=0.12)
    assert 0.1 < reading.std < 0.2


def test_a_neck_in_a_box_that_is_too_tall_does_not_count():
    values = with_face(room(), BOX, 36.0)
    values[157:200, 140:180] = 37.2
    assert read(values, parameters=MAXIMUM)[0].temperature > 37.0
    assert read(values)[0].temperature == pytest.approx(36.0, abs=0.12)


@pytest.mark.parametrize(('x', 'y'), [(190, 90), (130, 85), (184, 150)])
def test_something_hot_behind_the_head_does_not_count(x, y):
    values = with_face(with_disc(room(), x, y, 9, 60.0), BOX, 36.0)
    values = np.where(values > 62, 60.0, values).astype(np.float32)
    assert read(values, parameters=MAXIMUM)[0].temperature > 50
    assert read(values)[0].temperature == pytest.approx(36.0, abs=0.25)


def test_the_face_of_somebody_nearer_does_not_count():
    far, near = box_at(150, 110, 60), box_at(185, 130, 110)
    values = with_face(with_face(room(), far, 35.5), near, 38.5)
    values = np.minimum(values, 38.6)
    alone, beside = read(values, far)[0], read(values, far, near)[0]
    assert alone.temperature > 36.5
    assert beside.temperature < 35.9


def test_a_turned_face_is_in_more_doubt():
    front, aside = box_at(160, 120, 80, aspect=0.8), box_at(160, 120, 80, aspect=0.55)
    values = with_face(room(), BOX)
    one, other = read(values, front)[0], read(values, aside)[0]
    assert other.std > 5 * one.std


def test_noise_does_not_raise_the_reading_as_it_raises_the_maximum():
    rises = {name: [] for name in ('region', 'maximum')}
    for seed in range(8):
        quiet, noisy = (with_face(room(noise=n, seed=seed), BOX) for n in (0.0, 0.1))
        for name, own in rises.items():
            parameters = TemperatureParameters(method=name)
            one, other = (read(v, parameters=parameters)[0].temperature for v in (noisy, quiet))
            own.append(one - other)
    assert np.mean(rises['maximum']) > 0.15
    assert np.mean(rises['region']) < 0.6 * np.mean(rises['maximum'])


@pytest.mark.parametrize(
    'box', [(-90, -90, -10, -10), (400, 20, 460, 90), (100.2, 100.2, 102.1, 103.1)]
)
def test_what_is_outside_or_tiny_is_not_measured(box):
    (reading,) = read(with_face(room(), BOX), box)
    assert math.isnan(reading.temperature)
    assert math.isnan(reading.std)


def test_a_face_cut_by_the_border_is_measured_by_what_is_seen():
    box = box_at(6, 120, 80)
    assert read(with_face(room(), box), box)[0].temperature == pytest.approx(36.0, abs=0.2)


def test_grey_images_are_never_measured():
    grey = ThermalImage(0.0, with_face(room(), BOX), radiometric=False)
    (reading,) = Thermometer().read(grey, [BOX])
    assert math.isnan(reading.temperature)


@given(st.integers(0, 10_000), st.integers(2, 9), st.integers(2, 9))
@settings(max_examples=20, deadline=None)
def test_smoothing_is_a_convolution(seed, rows, columns):
    values = np.random.default_rng(seed).normal(size=(rows, columns))
    kernel = np.outer([1, 2, 1], [1, 2, 1]) / 16
    np.testing.assert_allclose(smoothed(values), convolve(values, kernel, mode='nearest'))


@pytest.mark.parametrize('rotation', [0, 90, 180, 270])
def test_the_neck_is_where_the_camera_sees_it(rotation):
    values = np.full((200, 200), AIR, np.float32)
    box = box_at(100, 100, 80, aspect=1.0)
    values = with_face(values, box, 36.0)
    values[136:141, 80:120] = 37.0
    turned = np.ascontiguousarray(np.rot90(values, rotation // 90))
    turned_box = (60, 59, 140, 139) if rotation in (90, 180) else (60, 60, 140, 140)
    thermometer = Thermometer(orientation=Orientation(rotation))
    (reading,) = thermometer.read(image(0.0, turned), [turned_box])
    assert reading.temperature < 36.2


# --- beside rendered people


def test_rendered_people_read_what_they_are_but_for_the_distance():
    lens = camera(seed=2)
    for distance, loss in ((1.0, 0.1), (2.0, 0.25), (3.0, 0.45)):
        bodies = [(somebody(temperature=36.5), standing(distance, 0.0))]
        (face,) = lens.faces(bodies, 0)
        values = celsius(lens.render(0.0, bodies, 0)).astype(np.float32)
        (reading,) = read(values, face.box)
        assert reading.temperature == pytest.approx(36.5 - loss, abs=0.25)


# --- the reference body

REFERENCE = ReferenceParameters(temperature=35.0, x=250, y=60, radius=10)
WITH_REFERENCE = TemperatureParameters(reference=REFERENCE)


def scene(drift=0.0, x=250.0, y=60.0, seed=0):
    """Return a face of 36 °C and a reference body of 35 °C by a camera that is off."""
    return with_disc(with_face(room(seed=seed), BOX), x, y, 10, 35.0) + np.float32(drift)


@pytest.mark.parametrize('drift', [-4.0, -0.3, 0.0, 0.3, 4.0])
def test_what_the_camera_is_off_is_taken_away(drift):
    (reading,) = read(scene(drift), parameters=WITH_REFERENCE)
    assert reading.temperature == pytest.approx(36.0, abs=0.12)


def test_a_reference_that_was_knocked_is_found_again():
    thermometer = Thermometer(WITH_REFERENCE)
    for k in range(20):
        values = scene(0.2, 250 + 0.4 * k, 60 - 0.3 * k, seed=k)
        (reading,) = thermometer.read(image(k / 15, values), [BOX])
    assert reading.temperature == pytest.approx(36.0, abs=0.12)


def hidden(values):
    """Return the values with somebody's sleeve before the reference body."""
    values = values.copy()
    values[20:100, 215:290] = 28.0
    return values


def test_while_the_reference_is_hidden_the_last_error_holds_and_grows_doubtful():
    thermometer = Thermometer(WITH_REFERENCE)
    (before,) = thermometer.read(image(0.0, scene(0.4)), [BOX])
    (during,) = thermometer.read(image(20.0, hidden(scene(0.4, seed=1))), [BOX])
    assert during.temperature == pytest.approx(36.0, abs=0.12)
    assert during.std > 1.15 * before.std
    (after,) = thermometer.read(image(40.0, hidden(scene(0.4, seed=2))), [BOX])
    assert math.isnan(after.temperature)
    (again,) = thermometer.read(image(41.0, scene(0.4, seed=3)), [BOX])
    assert again.temperature == pytest.approx(36.0, abs=0.12)


def test_a_hand_before_the_reference_is_not_taken_for_drift():
    thermometer = Thermometer(WITH_REFERENCE)
    thermometer.read(image(0.0, scene()), [BOX])
    hand = with_disc(with_face(room(seed=4), BOX), 250, 60, 11, 32.0)
    (reading,) = thermometer.read(image(0.5, hand), [BOX])
    assert reading.temperature == pytest.approx(36.0, abs=0.12)


def test_a_jump_that_stays_is_believed():
    thermometer = Thermometer(WITH_REFERENCE)
    for k in range(60):
        values = scene(0.0 if k < 10 else 1.5, seed=k)
        (reading,) = thermometer.read(image(k / 10, values), [BOX])
    assert reading.temperature == pytest.approx(36.0, abs=0.12)


def test_no_reference_where_it_should_be_means_no_reading():
    (reading,) = read(with_face(room(), BOX), parameters=WITH_REFERENCE)
    assert math.isnan(reading.temperature)


def test_a_reference_outside_of_the_image_is_no_crash():
    away = TemperatureParameters(reference=REFERENCE.replace(x=5000.0))
    assert math.isnan(read(with_face(room(), BOX), parameters=away)[0].temperature)


def test_what_is_forgotten_is_measured_anew():
    thermometer = Thermometer(WITH_REFERENCE)
    thermometer.read(image(100.0, scene()), [BOX])
    thermometer.reset()
    (reading,) = thermometer.read(image(5.0, hidden(scene())), [BOX])
    assert math.isnan(reading.temperature)


def test_impossible_parameters_are_named():
    with pytest.raises(ParameterError, match='percentile'):
        TemperatureParameters(percentile=101.0)
    with pytest.raises(ParameterError, match='reference: radius'):
        TemperatureParameters.from_mapping({'reference': {'radius': 0.0}})

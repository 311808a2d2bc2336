"""What a simulated infrared sensor of a few pixels shows, against geometry and its parameters."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standing_people import somebody, standing

from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.simulation.lowres_ir_background import LowResBackground, cold_border
from thermal_radar_fusion.simulation.lowres_ir_model import LOWRES_DEVICES, LowResModel
from thermal_radar_fusion.simulation.lowres_ir_sensor import SimulatedLowResIr, pixel_weights

HEIGHT = 2.6
CEILING = Mounting(z=HEIGHT, pitch=math.pi / 2)
FLAT = {'noise': 0, 'session': 0, 'drift': 0, 'pattern': 0, 'corners': 0, 'bottom': 0}


def sensor(model=None, mounting=CEILING, seed=1) -> SimulatedLowResIr:
    return SimulatedLowResIr(
        model or LowResModel(**FLAT), mounting.transform, np.random.default_rng(seed)
    )


@pytest.fixture(scope='module')
def above():
    """An 8x8 sensor without errors in the middle of a ceiling."""
    return sensor()


def centroid(image) -> tuple[float, float]:
    """Return row and column of the middle of what is warmer than half the maximum."""
    weight = np.maximum(image - image.max() / 2, 0)
    rows, columns = np.indices(image.shape)
    return (rows * weight).sum() / weight.sum(), (columns * weight).sum() / weight.sum()


# --- geometry


@given(x=st.floats(-0.35, 0.35), y=st.floats(-0.35, 0.35))
@settings(max_examples=20, deadline=None)
def test_a_head_below_the_ceiling_is_in_its_pixel(above, x, y):
    body = standing(x, y)
    row, column = centroid(above.contrast([(somebody(), body)], 0))
    at_x, at_y, at_z = body.head[0]
    half = math.tan(math.radians(30)) * (HEIGHT - (at_z + 0.05))
    assert row == pytest.approx(3.5 - 4 * at_x / half, abs=0.9)
    assert column == pytest.approx(3.5 - 4 * at_y / half, abs=0.9)


def test_the_top_of_the_image_is_where_yaw_points():
    ahead = [(somebody(), standing(0.45, 0.0))]
    rows = []
    for yaw in (0.0, math.pi):
        turned = sensor(mounting=Mounting(z=HEIGHT, pitch=math.pi / 2, yaw=yaw))
        rows.append(centroid(turned.contrast(ahead, 0))[0])
    assert rows[0] < 2 < 5 < rows[1]


def test_a_mirrored_room_gives_a_mirrored_image(above):
    bodies = [
        [(somebody(), standing(0.3, y, heading))] for y, heading in ((0.4, 0.5), (-0.4, -0.5))
    ]
    left, right = (above.contrast(body, 0) for body in bodies)
    assert centroid(left)[1] == pytest.approx(7 - centroid(right)[1], abs=0.15)
    assert centroid(left)[1] < 3


def test_on_a_wall_a_person_stands_upright_in_the_image():
    model = LowResModel(
        **FLAT, rows=24, columns=32, horizontal_view=55, vertical_view=35, samples=3
    )
    wall = sensor(model, Mounting(z=1.2))
    image = wall.contrast([(somebody(), standing(3.0, 0.5))], 0)
    warm = image > 1.0
    rows, columns = np.nonzero(warm)
    assert np.ptp(rows) > 2.5 * np.ptp(columns)
    focal = 16 / math.tan(math.radians(27.5))
    assert columns.mean() == pytest.approx(15.5 - focal * 0.5 / 3.0, abs=1)
    head_row = 11.5 - 12 / math.tan(math.radians(17.5)) * (1.65 - 1.2) / 3.0
    assert image[: round(head_row) - 3].max() < 0.5
    assert image[round(head_row)].max() > 2


def test_half_as_far_is_twice_as_wide():
    model = LowResModel(
        **FLAT, rows=24, columns=32, horizontal_view=110, vertical_view=75, samples=4
    )
    wall = sensor(model, Mounting(z=1.2))
    widths = [
        (wall.contrast([(somebody(), standing(x, 0.0))], 0)[12] > 1).sum() for x in (1.5, 3.0)
    ]
    assert widths[0] == pytest.approx(2 * widths[1], abs=2)


# --- temperatures


@pytest.mark.parametrize('name', LOWRES_DEVICES)
def test_frames_have_the_shape_and_steps_of_the_device(name):
    model = LOWRES_DEVICES[name]
    frame = sensor(model).render(3.0, [], 0)
    assert frame.shape == (model.rows, model.columns)
    assert frame.dtype == np.float32
    steps = frame.astype(float) / model.resolution
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-3)
    assert frame.mean() == pytest.approx(model.background, abs=2)


def test_people_are_3_to_5_kelvin_warmer_than_the_floor(above):
    peaks = [
        above.contrast([(somebody(f'number {k}'), standing(0.1 * k - 0.4, 0.1))], 0).max()
        for k in range(8)
    ]
    assert 3 < np.median(peaks) < 5
    assert min(peaks) > 2
    assert max(peaks) < 6


def test_contrast_is_linear_in_the_share_that_the_sensor_shows(above):
    bodies = [(somebody(), standing(0.2, 0.1))]
    half = sensor(LowResModel(**FLAT, contrast=above.model.contrast / 2))
    np.testing.assert_allclose(2 * half.contrast(bodies, 0), above.contrast(bodies, 0))


def test_somebody_out_of_view_or_absent_changes_nothing(above):
    far, absent = standing(5.0, 0.0), standing(0.0, 0.0)
    absent.present[:] = False
    image = above.contrast([(somebody('a'), far), (somebody('b'), absent)], 0)
    assert np.abs(image).max() == 0
    np.testing.assert_allclose(above.render(0, [], 0), 16.7, atol=0.006)


def test_walls_hide_people_of_the_next_room():
    wall = np.array([[[1.5, -3.0], [1.5, 3.0]]])
    looking = Mounting(z=1.2).transform
    bodies = [(somebody(), standing(2.5, 0.0))]
    images = [
        SimulatedLowResIr(LowResModel(**FLAT), looking, np.random.default_rng(1), *walls).contrast(
            bodies, 0
        )
        for walls in ((), (wall,))
    ]
    assert images[0].max() > 1.5
    assert np.abs(images[1]).max() == 0


def test_two_people_a_metre_apart_are_two_peaks(above):
    image = above.contrast(
        [(somebody('a'), standing(0, 0.5)), (somebody('b'), standing(0, -0.5))], 0
    )
    middle = image[3:5].max(axis=0)
    assert middle[1:3].max() > 1.5 * middle[3:5].max()
    assert middle[5:7].max() > 1.5 * middle[3:5].max()


# --- errors


def test_noise_has_its_sigma_and_depends_on_the_frame_alone():
    one = sensor(LowResModel(**{**FLAT, 'noise': 0.09}, resolution=0))
    frames = np.array([one.render(k / 10, [], 0) for k in range(300)], float)
    assert frames.std(axis=0).mean() == pytest.approx(0.09, rel=0.05)
    again = sensor(LowResModel(**{**FLAT, 'noise': 0.09}, resolution=0))
    np.testing.assert_array_equal(again.render(29.9, [], 0), frames[299].astype(np.float32))


def test_pattern_and_session_are_fixed_in_a_run_and_differ_between_runs():
    model = LowResModel(**{**FLAT, 'pattern': 0.3, 'session': 2.0})
    runs = np.array([sensor(model, seed=seed).render(0, [], 0) for seed in range(60)], float)
    assert runs.mean(axis=(1, 2)).std() == pytest.approx(2.0, rel=0.3)
    assert (runs - runs.mean(axis=(1, 2), keepdims=True)).std() == pytest.approx(0.3, rel=0.1)
    one = sensor(model)
    np.testing.assert_array_equal(one.render(0, [], 0), one.render(500, [], 0))


def test_drift_is_slow_and_has_its_sigma():
    background = LowResBackground(LowResModel(**{**FLAT, 'drift': 0.4}), 7)
    levels = np.array([background.at(time)[0, 0] for time in np.arange(0, 20000, 10.0)])
    assert levels.std() == pytest.approx(0.4, rel=0.1)
    assert np.abs(np.diff(levels)).max() < 0.2


def test_corners_and_the_last_rows_are_colder():
    border = cold_border(LowResModel(corners=1.0, bottom=0.5))
    assert border[3:5, 3:5].min() > -0.01
    assert border[0, 0] == pytest.approx(-1.0)
    assert border[7, 7] == pytest.approx(-1.5)
    assert border.max() <= 0


@given(count=st.integers(2, 12), samples=st.integers(1, 6), blur=st.floats(0, 1))
def test_pixel_weights_average(count, samples, blur):
    weights = pixel_weights(count, samples, blur)
    assert weights.shape == (count, count * samples)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
    assert weights.min() >= 0
    np.testing.assert_allclose(weights, weights[::-1, ::-1], atol=1e-8)


# --- bad parameters


@pytest.mark.parametrize(
    ('values', 'message'),
    [
        ({'rows': 1}, 'rows must lie in'),
        ({'horizontal_view': 180.0}, 'horizontal_view must lie in'),
        ({'noise': -1.0}, 'noise must lie in'),
        ({'rate': 0.0}, 'rate must lie in'),
        ({'samples': 2.5}, 'samples must be int'),
        ({'pixels': 8}, "unknown parameter 'pixels'"),
    ],
)
def test_bad_parameters_are_refused_by_name(values, message):
    with pytest.raises(ParameterError, match=message):
        LowResModel.from_mapping(values)

"""What a simulated thermal camera shows of people: geometry, temperatures, who hides whom."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standing_people import BARE, SILENT, camera, celsius, somebody, standing

from thermal_radar_fusion.camera_model import Intrinsics
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.simulation.thermal_camera import ThermalCameraModel
from thermal_radar_fusion.simulation.thermal_lens import PixelRays
from thermal_radar_fusion.simulation.thermal_noise import NoiseModel
from thermal_radar_fusion.simulation.thermal_optics import blurred, kernel

MODEL = ThermalCameraModel()
LENS = MODEL.intrinsics
CENTIKELVIN = {'radiometry': 'centikelvin'}


@pytest.fixture(scope='module')
def near():
    """A camera without errors or walls."""
    return camera()


@pytest.fixture(scope='module')
def fine():
    """The same at 0.01 K per count."""
    return camera(**CENTIKELVIN)


def head_region(image, box, margin=0.3):
    """Return the pixels of a face box with some margin."""
    x0, y0, x1, y1 = (round(value) for value in box)
    more = round(margin * (y1 - y0))
    return image[max(y0 - more, 0) : y1 + more, max(x0 - more, 0) : x1 + more]


# --- the lens


@given(
    points=st.lists(
        st.tuples(st.floats(-0.4, 0.4), st.floats(-0.33, 0.33), st.floats(0.3, 30)),
        min_size=1,
        max_size=20,
    )
)
@settings(max_examples=30, deadline=None)
def test_projects_like_opencv(points):
    rays = np.array(points)
    points = np.column_stack([rays[:, :2] * rays[:, 2:], rays[:, 2]])
    matrix = np.array([[LENS.fx, 0, LENS.cx], [0, LENS.fy, LENS.cy], [0, 0, 1]])
    expected, _ = cv2.projectPoints(
        points, np.zeros(3), np.zeros(3), matrix, np.array(LENS.distortion)
    )
    np.testing.assert_allclose(LENS.project(points), expected[:, 0], atol=1e-6)


def test_every_pixel_has_the_ray_that_projects_back_onto_it():
    rays = PixelRays(LENS)
    points = np.stack([rays.x, rays.y, np.ones_like(rays.x)], axis=-1)
    rows, columns = np.indices(rays.x.shape)
    np.testing.assert_allclose(LENS.project(points), np.stack([columns, rows], -1), atol=1e-6)


@given(x=st.floats(-0.5, 0.5), y=st.floats(-0.5, 0.5), size=st.floats(0.001, 0.3))
@settings(max_examples=50, deadline=None)
def test_a_window_holds_every_pixel_that_sees_the_rectangle(x, y, size):
    rays = PixelRays(Intrinsics(60, 60, 31.5, 23.5, (-0.22, 0.09, 0.002, -0.001, 0.0), 64, 48))
    seen = np.zeros(rays.x.shape, bool)
    seen[rays.window((x, y), (x + size, y + size))] = True
    inside = (rays.x >= x) & (rays.x <= x + size) & (rays.y >= y) & (rays.y <= y + size)
    assert not (inside & ~seen).any()


@pytest.mark.parametrize(('lens', 'focal'), [(13.0, 764.7), (25.0, 1470.6)])
def test_the_focal_length_is_that_of_the_lens(lens, focal):
    assert ThermalCameraModel(lens=lens).intrinsics.fx == pytest.approx(focal, abs=0.1)


def test_the_field_of_view_is_that_of_an_a65():
    ideal = ThermalCameraModel(distortion=(0, 0, 0, 0, 0)).intrinsics
    assert 2 * math.degrees(math.atan(320 / ideal.fx)) == pytest.approx(45.4, abs=0.1)
    assert 2 * math.degrees(math.atan(256 / ideal.fy)) == pytest.approx(37.0, abs=0.1)


# --- radiometry


@pytest.mark.parametrize(
    ('radiometry', 'scale'), [('high', 0.04), ('low', 0.4), ('centikelvin', 0.01)]
)
def test_counts_are_kelvin_by_the_scale(radiometry, scale):
    image = camera(radiometry=radiometry, width=64, height=48).render(0.0, [], 0)
    assert image.dtype == np.uint16
    assert image.shape == (48, 64)
    np.testing.assert_allclose(celsius(image, scale), 22.2, atol=scale / 2 + 1e-3)


@pytest.mark.parametrize('temperature', [35.0, 36.1, 38.6])
def test_the_hottest_pixel_of_a_near_bare_face_is_its_temperature(fine, temperature):
    person, body = somebody(temperature=temperature), standing(0.9, 0)
    (face,) = fine.faces([(person, body)], 0)
    x0, y0, x1, y1 = (round(value) for value in face.box)
    reading = celsius(fine.render(0, [(person, body)], 0), 0.01)[y0:y1, x0:x1].max()
    assert reading == pytest.approx(temperature, abs=0.12)


def test_a_reading_falls_with_distance(fine):
    readings = []
    for distance in (0.7, 1.5, 3.0, 5.0):
        bodies = [(somebody(), standing(distance, 0))]
        (face,) = fine.faces(bodies, 0)
        image = celsius(fine.render(0, bodies, 0), 0.01)
        readings.append(head_region(image, face.box, 0).max())
    assert (np.diff(readings) < 0).all()
    assert 0.2 < readings[0] - readings[2] < 0.65


def test_air_alone_costs_what_its_absorption_says():
    bodies = [(somebody(), standing(4.0, 0))]
    clear, hazy = (camera(absorption=share, blur=0).temperatures(bodies, 0) for share in (0, 0.01))
    body = clear > 25
    expected = clear - (clear - 22.2) * 0.01 * 4.0
    np.testing.assert_allclose(hazy[body], expected[body], atol=0.06)


def test_face_regions_are_as_far_apart_as_in_the_tables(fine):
    forehead, cheek, nose = [], [], []
    for k in range(12):
        bodies = [(somebody(f'number {k}'), standing(1.5, 0))]
        (face,) = fine.faces(bodies, 0)
        part = head_region(celsius(fine.render(0, bodies, 0), 0.01), face.box, 0)
        high, wide = part.shape
        below = part.max() - part
        forehead.append(below[int(0.08 * high) : int(0.25 * high), wide // 3 : -wide // 3].mean())
        cheek.append(np.median(below[int(0.5 * high) : int(0.7 * high), wide // 6 : wide // 3]))
        nose.append(
            below[int(0.5 * high) : int(0.68 * high), int(0.43 * wide) : int(0.57 * wide)].mean()
        )
    assert np.mean(forehead) == pytest.approx(1.5, abs=0.5)
    assert np.mean(cheek) == pytest.approx(2.6, abs=0.6)
    assert np.mean(nose) == pytest.approx(3.3, abs=0.8)


# --- where people are


@pytest.mark.parametrize(('x', 'y'), [(2.0, 0.0), (3.0, 0.7), (4.0, -1.2)])
def test_a_head_is_where_the_pinhole_camera_puts_it(near, x, y):
    body = standing(x, y)
    bodies = [(somebody(hair='bald'), body)]
    hot = celsius(near.render(0, bodies, 0)) > 31.5
    hot[300:] = False
    rows, columns = np.nonzero(hot)
    ahead, left, up = body.head[0] + [0, 0, 0.01] - [0, 0, 1.6]
    column, row = LENS.project([-left, -up, ahead])
    assert (columns.min() + columns.max()) / 2 == pytest.approx(column, abs=4)
    top = LENS.project([-left, -(1.603 + 0.118 - 1.6), ahead])[1]
    assert rows.min() == pytest.approx(top, abs=2)
    assert rows.min() < row < rows.max()


def test_a_camera_on_its_side_turns_the_image_by_90_degrees():
    square = {'width': 200, 'height': 200, 'distortion': (0, 0, 0, 0, 0), 'pitch': 40.0}
    bodies = [(somebody(), standing(2.0, 0.2))]
    upright = camera(**square).render(0, bodies, 0)
    rolled = camera(mounting=Mounting(z=1.6, roll=math.pi / 2), **square).render(0, bodies, 0)
    assert np.ptp(celsius(upright)) > 10
    differs = np.abs(np.rot90(rolled, -1).astype(int) - upright) > 2
    assert (
        min(differs.mean(), (np.abs(np.rot90(rolled, 1).astype(int) - upright) > 2).mean()) < 0.005
    )


def test_a_camera_that_looks_away_sees_nobody():
    away = camera(mounting=Mounting(z=1.6, yaw=math.pi))
    bodies = [(somebody(), standing(2.0, 0.0))]
    assert celsius(away.render(0, bodies, 0)).max() < 23
    assert away.faces(bodies, 0) == []


def test_the_nearer_person_hides_the_farther(near):
    hot, cold = somebody('hot', clothing=34.0), somebody('cold', clothing=25.0)
    both = [(hot, standing(4.0, 0.0)), (cold, standing(2.0, 0.0))]
    image = celsius(near.render(0, both, 0))
    np.testing.assert_array_equal(image, celsius(near.render(0, both[::-1], 0)))
    column, row = LENS.project([0, 0.3, 2.0]).round().astype(int)
    assert image[row, column] == pytest.approx(25.4, abs=1.2)
    (face,) = near.faces(both, 0)
    assert face.person == 'cold'


def test_walls_hide_people_and_doors_do_not():
    wall = np.array([[[2.0, -3.0], [2.0, -0.5]], [[2.0, 0.5], [2.0, 3.0]]])
    room = camera(walls=wall)
    behind_wall, in_door = standing(3.0, 1.2), standing(3.0, 0.0)
    assert celsius(room.render(0, [(somebody(), behind_wall)], 0)).max() < 23
    assert celsius(room.render(0, [(somebody(), in_door)], 0)).max() > 34


def test_somebody_who_is_not_present_is_not_shown(near):
    body = standing(2.0, 0.0)
    body.present[:] = False
    assert celsius(near.render(0, [(somebody(), body)], 0)).max() < 23


@pytest.mark.parametrize('x', [0.05, 0.25, 0.4, -1.0])
def test_people_next_to_and_behind_the_camera_are_no_trouble(near, x):
    image = celsius(near.render(0, [(somebody(), standing(x, 0.1))], 0))
    assert image.min() > 15
    assert image.max() < 40


# --- how people look


def part_of_head(one, person, heading, distance=1.2):
    """Return (hottest, median) °C of the head of somebody who looks along a heading."""
    body = standing(distance, 0, heading)
    image = celsius(one.render(0, [(person, body)], 0), 0.01)
    ahead, left, up = body.head[0] - [0, 0, 1.6]
    column, row = LENS.project([-left, -up, ahead]).round().astype(int)
    part = image[row - 40 : row + 30, column - 30 : column + 30]
    return part.max(), np.median(part)


def test_a_back_view_has_no_face_but_hair(fine):
    person = somebody()
    front, back = (part_of_head(fine, person, heading) for heading in (math.pi, 0.0))
    assert front[0] - back[1] > 4
    assert front[1] - back[1] > 2
    assert fine.faces([(person, standing(1.2, 0, 0.0))], 0) == []


@pytest.mark.parametrize(
    ('wears', 'colder'),
    [
        ({'glasses': True}, 0.1),
        ({'mask': True}, 0.5),
        ({'beard': True}, 0.15),
        ({'hat': 'headscarf'}, 0.5),
        ({'hat': 'cap'}, 0.1),
    ],
)
def test_what_people_wear_is_colder_than_their_skin(fine, wears, colder):
    bodies = [(somebody(hair='short'), standing(1.2, 0)), (somebody(**wears), standing(1.2, 0))]
    (face,) = fine.faces(bodies[:1], 0)
    bare, covered = (
        head_region(celsius(fine.render(0, [body], 0), 0.01), face.box, 0) for body in bodies
    )
    assert covered.mean() < bare.mean() - colder


def test_glasses_are_nearly_as_cold_as_the_air(fine):
    bodies = [(somebody(glasses=True), standing(0.9, 0))]
    (face,) = fine.faces(bodies, 0)
    part = head_region(celsius(fine.render(0, bodies, 0), 0.01), face.box, 0)
    eyes = part[int(0.3 * len(part)) : int(0.5 * len(part))]
    assert eyes.min() == pytest.approx(24.0, abs=2.0)


def test_the_same_person_looks_the_same_to_every_camera():
    bodies = [(somebody(), standing(1.5, 0))]
    first, second = (camera(seed).render(0, bodies, 0) for seed in (1, 2))
    np.testing.assert_array_equal(first, second)


def test_two_people_of_one_temperature_do_not_have_the_same_face(fine):
    first, second = (
        fine.render(0, [(somebody(name), standing(1.2, 0))], 0).astype(int) for name in 'ab'
    )
    assert (np.abs(first - second) > 30).sum() > 500


# --- optics


def test_blur_keeps_the_mean_and_spreads_a_point_by_its_sigma():
    image = np.zeros((41, 41), np.float32)
    image[20, 20] = 1
    spread = blurred(image, 0.8)
    assert spread.sum() == pytest.approx(1, abs=1e-5)
    rows = np.arange(41) - 20
    assert math.sqrt((spread.sum(axis=1) * rows**2).sum()) == pytest.approx(0.8, abs=0.03)
    np.testing.assert_allclose(spread, spread.T)
    assert sum(kernel(0.8)[k] * (1, 2, 2)[k] for k in range(3)) == pytest.approx(1)


def test_people_who_move_smear_behind_themselves():
    sharp, slow = camera(), camera(exposure=0.03)
    moving = [(somebody(), standing(2.0, 0.0, velocity=(0.0, 2.0)))]
    still = [(somebody(), standing(2.0, 0.0))]
    np.testing.assert_array_equal(slow.render(0, still, 0), slow.render(0, still, 0))
    widths = [
        np.nonzero(celsius(one.render(0, moving, 0))[420] > 23.5)[0] for one in (sharp, slow)
    ]
    assert np.ptp(widths[1]) > np.ptp(widths[0]) + 10
    assert np.abs(
        slow.temperatures(still, 0).astype(float) - sharp.temperatures(still, 0)
    ).max() == pytest.approx(0, abs=1e-3)


# --- the room


def test_a_reference_body_shows_its_temperature():
    room = BARE.replace(reference=35.0, reference_position=(2.0, 0.4, 1.9))
    image = celsius(camera(room=room).render(0, [], 0))
    column, row = LENS.project([-0.4, -0.3, 2.0]).round().astype(int)
    assert image[row, column] == pytest.approx(35.0, abs=0.03)
    assert (image > 30).sum() == pytest.approx(math.pi * (0.05 / 2 * LENS.fx) ** 2, rel=0.15)


def test_a_room_has_hot_things_that_its_seed_places():
    walls = np.array([[[3.0, -3.0], [3.0, 3.0]]])
    room = BARE.replace(distractors=8)
    first, again, other = (
        camera(seed, walls=walls, room=room).render(0, [], 0) for seed in (1, 1, 2)
    )
    assert celsius(first).max() > 27
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    bare = camera(1, walls=walls, room=BARE).render(0, [], 0)
    assert celsius(bare).max() < 23


# --- bad parameters


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        ({'radiometry': 'mono8'}, 'radiometry must be one of high, low, centikelvin'),
        ({'distortion': (0.1, 0.2)}, 'distortion must be 5 numbers'),
        ({'distortion': (0.1, 0.2, 0, 0, math.nan)}, 'distortion must be 5 numbers'),
        ({'distortion': (-3.0, 0, 0, 0, 0)}, 'distortion folds the image'),
        ({'rate': 0.0}, 'rate must lie in'),
        ({'width': 2}, 'width must lie in'),
        ({'blur': -1.0}, 'blur must lie in'),
        ({'noise': {'temporal': -0.1}}, 'noise: temporal must lie in'),
        ({'noise': {'shutter_interval': 0.2}}, 'noise: shutter_interval must be longer'),
        ({'room': {'reference_position': (1, 2)}}, 'room: reference_position must be x, y, z'),
        ({'room': {'walls': 3}}, "room: unknown parameter 'walls'"),
    ],
)
def test_bad_parameters_are_refused_by_name(settings, message):
    with pytest.raises(ParameterError, match=message):
        ThermalCameraModel.from_mapping(settings)


def test_parameters_survive_being_written_as_a_mapping():
    flat = {name: value for name, value, _ in MODEL.flattened()}
    assert ThermalCameraModel.from_flat(flat) == MODEL
    assert flat['noise.temporal'] == NoiseModel().temporal
    assert SILENT.temporal == 0

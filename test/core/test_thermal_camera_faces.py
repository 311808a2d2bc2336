"""The boxes that a simulated thermal camera calls the truth about faces."""

import math

import numpy as np
import pytest
from standing_people import SILENT, camera, celsius, somebody, standing

from thermal_radar_fusion.mounting import Mounting


@pytest.fixture(scope='module')
def near():
    """A camera without errors or walls."""
    return camera()


def hot_box(image, level, above):
    """Return x0, y0, x1, y1 of the pixels over a level [°C] in the rows above one."""
    rows, columns = np.nonzero(image[:above] > level)
    return columns.min(), rows.min(), columns.max(), rows.max()


@pytest.mark.parametrize(('x', 'y'), [(1.5, 0.0), (2.0, 0.4), (3.5, -1.0)])
def test_a_box_reaches_from_ear_to_ear_and_from_hairline_to_chin(near, x, y):
    bodies = [(somebody(hat='cap', hair='long'), standing(x, y, math.pi + math.atan2(y, x)))]
    (face,) = near.faces(bodies, 0)
    x0, y0, x1, y1 = face.box
    middle = round((y0 + y1) / 2)
    image = celsius(near.render(0, bodies, 0))
    columns = np.nonzero(image[middle] > 31)[0]
    assert (columns.min() + columns.max()) / 2 == pytest.approx((x0 + x1) / 2, abs=2)
    assert x0 - 1.5 <= columns.min()
    assert columns.max() <= x1 + 1.5
    scale = near.intrinsics.fx / (x - 0.09)
    assert y1 - y0 == pytest.approx(0.18 * scale, rel=0.06)
    assert x1 - x0 == pytest.approx(0.145 * scale, rel=0.12)


@pytest.mark.parametrize('distance', [1.2, 2.0, 4.0])
def test_a_bare_face_without_neck_fills_its_box(near, distance):
    person = somebody(hat='headscarf')
    bodies = [(person, standing(distance, 0))]
    (face,) = near.faces(bodies, 0)
    image = celsius(near.render(0, bodies, 0))
    found = hot_box(image, 30.5, 330 if distance < 1.5 else 300)
    x0, y0, x1, y1 = face.box
    scale = near.intrinsics.fx / distance
    assert found[3] == pytest.approx(y1, abs=0.012 * scale + 1.5)
    assert found[1] == pytest.approx(y0, abs=0.012 * scale + 1.5)
    assert (found[0] + found[2]) / 2 == pytest.approx((x0 + x1) / 2, abs=1.5)


@pytest.mark.parametrize(
    ('turn', 'facing'), [(0.0, 1.0), (math.pi / 4, math.sqrt(0.5)), (math.pi / 2, 0.0)]
)
def test_facing_is_the_cosine_to_the_camera(near, turn, facing):
    (face,) = near.faces([(somebody(), standing(2.0, 0, math.pi + turn))], 0)
    assert face.facing == pytest.approx(facing, abs=0.02)


@pytest.mark.parametrize('turn', [2.2, math.pi, -2.5])
def test_somebody_who_looks_away_has_no_face(near, turn):
    assert near.faces([(somebody(), standing(2.0, 0, math.pi + turn))], 0) == []


def test_a_profile_has_a_narrower_box(near):
    front, side = (
        near.faces([(somebody(), standing(2.0, 0, math.pi + turn))], 0)[0].box
        for turn in (0, math.pi / 2)
    )
    assert side[2] - side[0] < 0.75 * (front[2] - front[0])
    assert side[3] - side[1] == pytest.approx(front[3] - front[1], rel=0.1)


def test_boxes_come_in_the_order_of_the_bodies(near):
    bodies = [(somebody(name), standing(2.0 + k, 0.6 * k - 0.6)) for k, name in enumerate('abc')]
    assert [face.person for face in near.faces(bodies, 0)] == ['a', 'b', 'c']
    assert [face.person for face in near.faces(bodies[::-1], 0)] == ['c', 'b', 'a']


def test_a_free_face_is_visible_and_a_covered_one_is_not(near):
    front, behind = standing(2.0, 0.0), standing(3.5, 0.0)
    (face,) = near.faces([(somebody('a'), behind)], 0)
    assert face.visible > 0.95
    seen = near.faces([(somebody('a'), behind), (somebody('b'), front)], 0)
    assert [f.person for f in seen if f.visible > 0.3] == ['b']


def test_half_a_face_behind_another_head_is_half_visible(near):
    aside = [standing(4.0, 0.17), standing(2.0, 0.0)]
    bodies = list(zip([somebody('a'), somebody('b')], aside, strict=True))
    (face,) = [f for f in near.faces(bodies, 0) if f.person == 'a']
    assert 0.15 < face.visible < 0.85


def test_a_face_at_the_border_is_cut_and_partly_visible():
    one = camera(mounting=Mounting(z=1.6, yaw=-0.40))
    (face,) = one.faces([(somebody(), standing(2.0, 0.0))], 0)
    x0, _, x1, _ = face.box
    assert x0 == 0
    assert 0 < x1 < 60
    assert 0.1 < face.visible < 0.95
    beyond = camera(mounting=Mounting(z=1.6, yaw=-0.6))
    assert beyond.faces([(somebody(), standing(2.0, 0.0))], 0) == []


def test_a_face_behind_a_wall_is_no_face():
    wall = np.array([[[1.0, -2.0], [1.0, 2.0]]])
    assert camera(walls=wall).faces([(somebody(), standing(2.0, 0.0))], 0) == []


def test_the_box_of_a_camera_on_its_side_lies_on_its_side():
    square = {'width': 200, 'height': 200, 'distortion': (0, 0, 0, 0, 0), 'pitch': 40.0}
    bodies = [(somebody(), standing(2.0, 0.2))]
    (upright,) = camera(**square).faces(bodies, 0)
    (rolled,) = camera(mounting=Mounting(z=1.6, roll=math.pi / 2), **square).faces(bodies, 0)
    x0, y0, x1, y1 = upright.box
    assert rolled.box == pytest.approx((y0, 199 - x1, y1, 199 - x0), abs=0.1)


def test_while_the_shutter_is_closed_the_faces_are_those_of_the_repeated_image():
    silent = SILENT.replace(shutter_interval=20.0, shutter_duration=1.0)
    one = camera(noise=silent)
    walking = [(somebody(), standing(2.0, -0.5, instants=400, velocity=(0.0, 0.05)))]
    times = walking[0][1].times
    closed = next(i for i, time in enumerate(times) if one.shown_time(time) < time - 0.3)
    shown = round(one.shown_time(times[closed]) * 15)
    assert one.shown_faces(times[closed], walking, closed) == one.faces(walking, shown)
    assert one.shown_faces(times[shown], walking, shown) == one.faces(walking, shown)
    assert one.faces(walking, closed) != one.faces(walking, shown)

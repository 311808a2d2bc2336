"""Mirror images, walls, people in front of people: geometry against independent arithmetic."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simple_bodies import gliding

from thermal_radar_fusion.datasets.recording import NOBODY
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.simulation.radar_device import RADAR_DEVICES
from thermal_radar_fusion.simulation.radar_echoes import EchoSource, RadarModel
from thermal_radar_fusion.simulation.radar_paths import Walls, crossed, mirrored, transmissions
from thermal_radar_fusion.simulation.radar_scatterers import bodies_of, scatterers_of

MOUNTING = RigidTransform(translation=np.array([0.0, 0.0, 1.0]))
ONCE = np.array([0.0])
# So sensitive that no echo is left out as too weak to matter.
DEVICE = RADAR_DEVICES['iwr1843'].replace(reference_snr=150.0, threshold=0.0)

place = st.tuples(st.floats(-5, 5), st.floats(-5, 5))


def walls_of(*segments, mounting=MOUNTING):
    segments = np.array(segments, dtype=float).reshape(-1, 2, 2)
    return Walls(segments, mounting.translation[:2], mounting.inverse())


def images(walls, position):
    return [index for index, found in walls.images(np.array([position])) if len(found)]


@given(place, place, place, place)
@settings(max_examples=200, deadline=None)
def test_lines_cross_where_orientations_say_so(start, end, first, last):
    def side(a, b, c):
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    turns = [side(start, end, first), side(start, end, last)]
    turns += [side(first, last, start), side(first, last, end)]
    if min(map(abs, turns)) < 1e-6:
        return  # touching: either answer will do
    expected = turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0
    found = crossed(np.array([start]), np.array([end]), np.array([[first, last]]))
    assert found[0, 0] == expected


def test_a_wall_mirrors_only_who_stands_before_its_specular_point():
    wall = [(1.0, 2.0), (3.0, 2.0)]
    # The specular point of (4, 0) seen from (0, 0) in y = 2 is (2, 2).
    assert images(walls_of(wall), (4.0, 0.0)) == [0]
    assert images(walls_of(wall), (4.0, 0.5)) == [0]
    # Of (8, 0) it is (4, 2), beyond the end; beyond the wall nobody is mirrored.
    assert images(walls_of(wall), (8.0, 0.0)) == []
    assert images(walls_of(wall), (2.0, 3.0)) == []


def test_a_cupboard_before_the_wall_blocks_the_way_to_the_image():
    wall, cupboard = [(0.0, 2.0), (6.0, 2.0)], [(1.0, 0.5), (1.0, 1.5)]
    assert images(walls_of(wall), (4.0, 0.0)) == [0]
    assert 0 not in images(walls_of(wall, cupboard), (4.0, 0.0))


def test_walls_hide_who_is_behind_them():
    walls = walls_of([(2.0, -1.0), (2.0, 1.0)])
    hidden = walls.hide(np.array([(4.0, 0.0), (1.0, 0.0), (4.0, 3.0), (-4.0, 0.0)]))
    assert hidden.tolist() == [True, False, False, False]


@given(st.floats(-3.0, 3.0), st.floats(-0.7, 0.7), st.floats(-3, 3))
@settings(max_examples=50, deadline=None)
def test_an_image_is_as_far_behind_the_wall_as_the_body_before_it(yaw, pitch, x):
    mounting = RigidTransform.from_xyz_rpy((x, 0.3, 1.2), (0.0, pitch, yaw))
    walls = walls_of([(-1.0, 4.0), (5.0, 2.0)], mounting=mounting)
    bodies = bodies_of([gliding(ONCE, (3.0, -1.0), (0.5, 1.0))], mounting.inverse())
    normal, offset = walls.plane(0)
    image = mirrored(bodies, normal, offset)
    in_map = mounting.apply(image.joints[:, 0].T)
    true = mounting.apply(bodies.joints[:, 0].T)
    middle = 0.5 * (in_map + true)
    # The middle between body and image lies on the wall's line, heights stay.
    assert (middle[:, 1] - 4.0) / (middle[:, 0] + 1.0) == pytest.approx(-1.0 / 3.0)
    assert in_map[:, 2] == pytest.approx(true[:, 2])
    along = np.array([6.0, -2.0])
    assert (in_map - true)[:, :2] @ along == pytest.approx(0.0, abs=1e-9)


def echoes_of(motion, walls, **model):
    source = EchoSource(DEVICE, RadarModel(**model), walls, np.random.default_rng(0))
    return source.echoes([motion])


def test_a_wall_adds_the_image_and_two_ghosts_half_way():
    motion = gliding(ONCE, (4.0, 0.0), (1.0, 0.0))
    alone = echoes_of(motion, walls_of())
    seen = echoes_of(motion, walls_of([(0.0, 2.0), (6.0, 2.0)]), wall_loss=0.0)
    ghosts = seen.people == NOBODY
    assert ghosts.sum() == 3 * len(alone.people)
    far = np.hypot(4.0, 4.0)
    # Trunk and limbs lie about these ranges: of the image, and half way to it.
    image = ghosts & (np.abs(seen.right - seen.right[:, :1]).max(axis=1) < 1e-12)
    assert np.median(seen.distances[image]) == pytest.approx(far, abs=0.25)
    half = np.median(seen.distances[ghosts & ~image])
    assert half == pytest.approx(0.5 * (far + np.median(alone.distances)), abs=0.25)
    # To the left, at 45 degrees; the radar's right is negative there.
    assert np.median(seen.right[image]) == pytest.approx(-np.sqrt(0.5), abs=0.05)
    # Moving parallel to the wall, the image moves as the body: v cos(45 degrees) along sight.
    assert np.median(seen.speeds[image]) == pytest.approx(np.sqrt(0.5), abs=0.05)


def test_each_reflection_costs_the_walls_loss():
    motion = gliding(ONCE, (2.0, 0.0), (1.0, 0.0))
    wall = walls_of([(0.0, 0.8), (6.0, 0.8)])
    kept = echoes_of(motion, wall, wall_loss=0.0).amplitudes
    damped = echoes_of(motion, wall, wall_loss=6.0).amplitudes
    share = np.abs(damped / kept) ** 2
    # Direct, the image (there and back), and two paths with one reflection each.
    expected = np.repeat([1.0, 10**-1.2, 10**-0.6, 10**-0.6], len(share) // 4)
    assert share == pytest.approx(expected)


def test_power_falls_with_the_fourth_power_of_range():
    def power(range_):
        motion = gliding(ONCE, (range_, 0.0), (1.0, 0.0))
        return (np.abs(echoes_of(motion, walls_of()).amplitudes) ** 2).sum()

    assert power(10.0) / power(20.0) == pytest.approx(16.0, rel=0.1)
    assert power(20.0) / power(40.0) == pytest.approx(16.0, rel=0.05)


def test_power_falls_off_boresight_and_seen_from_the_side():
    def power(angle, heading):
        start = 5.0 * np.array([np.cos(angle), np.sin(angle)])
        motion = gliding(ONCE, start, heading=heading)
        return (np.abs(echoes_of(motion, walls_of()).amplitudes) ** 2).sum()

    half = DEVICE.azimuth_beamwidth / 2
    # Half the power on the way there and half of that on the way back.
    assert power(half, half) / power(0.0, 0.0) == pytest.approx(0.25, abs=0.03)
    assert power(0.0, np.pi / 2) < 0.85 * power(0.0, 0.0)


def shares(*motions, loss=20.0):
    bodies = bodies_of(motions, MOUNTING.inverse())
    return transmissions(bodies, scatterers_of(bodies, 0.5), 0.24, loss)


def test_a_person_behind_another_is_attenuated_and_the_one_in_front_is_not():
    front, behind = gliding(ONCE, (2.0, 0.0)), gliding(ONCE, (4.0, 0.0))
    alone, both = shares(behind)[0], shares(front, behind)
    # The trunk's points come first but for the head's.
    assert both[1, 1:6] == pytest.approx(10.0**-2)
    assert both[0] == pytest.approx(shares(front)[0])
    assert alone[1:6] == pytest.approx(1.0)


def test_who_stands_beside_the_line_of_sight_hides_nobody():
    behind = gliding(ONCE, (4.0, 0.0))
    assert shares(gliding(ONCE, (2.0, 0.8)), behind)[1] == pytest.approx(shares(behind)[0])


def test_a_radar_under_the_ceiling_looks_over_heads():
    high = RigidTransform(translation=np.array([0.0, 0.0, 2.9]))
    motions = [gliding(ONCE, (1.2, 0.0)), gliding(ONCE, (5.0, 0.0))]
    bodies = bodies_of(motions, high.inverse())
    seen = transmissions(bodies, scatterers_of(bodies, 0.5), 0.24, 20.0)
    assert seen[1, 0] == pytest.approx(1.0)


def test_absent_people_neither_shine_nor_hide():
    there = gliding(ONCE, (4.0, 0.0))
    gone = gliding(ONCE, (2.0, 0.0), present=np.array([False]))
    bodies = bodies_of([gone, there], MOUNTING.inverse())
    assert bodies.people.tolist() == [1]
    seen = transmissions(bodies, scatterers_of(bodies, 0.5), 0.24, 20.0)
    assert seen[0] == pytest.approx(shares(there)[0])


def test_radial_speeds_are_those_of_the_distances():
    step = 1e-4
    motion = gliding([1.0, 1.0 + step], (3.0, 1.0), (0.7, -0.4), swing=1.0)
    points = scatterers_of(bodies_of([motion], MOUNTING.inverse()), 0.5)
    change = np.diff(points.distances, axis=0)[0] / step
    assert points.speeds[0] == pytest.approx(change, abs=0.03)

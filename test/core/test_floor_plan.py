"""Floor plans: walls and doors, what is inside of what, and ways through the building."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.simulation import segments
from thermal_radar_fusion.simulation.floor_plan import NO_ROOM, FloorPlan
from thermal_radar_fusion.simulation.floor_plan_content import parse_floor_plan
from thermal_radar_fusion.simulation.routes import NO_DOOR, Routes

TWO_ROOMS = {
    'rooms': {'west': {'x': [0, 4], 'y': [0, 3]}, 'east': {'x': [4, 8], 'y': [0, 3]}},
    'doors': {
        'between': {'rooms': ['west', 'east'], 'at': [4, 1], 'width': 1.0},
        'out': {'rooms': ['east'], 'at': [8, 2], 'width': 0.8},
    },
    'furniture': {'table': {'x': [1.5, 2.5], 'y': [1, 2]}},
    'chairs': {'stool': {'at': [6, 2.5], 'facing': -np.pi / 2}},
}
L_SHAPE = [[0, 0], [4, 0], [4, 1.5], [1.5, 1.5], [1.5, 4], [0, 4]]

places = st.tuples(st.floats(-3, 3), st.floats(-3, 3)).map(np.array)


@pytest.fixture
def plan() -> FloorPlan:
    return parse_floor_plan(TWO_ROOMS)


def way_of(plan: FloorPlan, start: list, goal: list) -> np.ndarray:
    """Return the places of a way, the start first."""
    return np.array([start, *(waypoint.place for waypoint in Routes(plan).way(start, goal))])


def test_a_wall_between_rooms_is_there_once_and_open_at_its_doors(plan):
    lengths = segments.length(plan.walls[:, 1] - plan.walls[:, 0])
    # Outer walls 8 + 8 + 3 + 3 and the one between, 3, without doors of 1.0 and 0.8.
    assert lengths.sum() == pytest.approx(25.0 - 1.8)
    between = plan.walls[(plan.walls[:, :, 0] == 4.0).all(axis=1)]
    assert sorted(map(tuple, np.sort(between[:, :, 1]).tolist())) == [(0.0, 0.5), (1.5, 3.0)]


def test_rooms_furniture_and_chairs_are_where_they_were_put(plan):
    assert list(plan.room_at([[1, 1], [5, 1], [9, 1]])) == [0, 1, NO_ROOM]
    assert list(plan.in_furniture([[2, 1.5], [2, 2.2], [6, 2.5]])) == [True, False, True]
    np.testing.assert_allclose(plan.clearance([[2.0, 0.5], [3.0, 1.5]]), [0.5, 0.5])
    np.testing.assert_allclose(plan.chairs['stool'].entry, [6, 1.9], atol=1e-9)
    assert list(plan.is_free([[0.1, 0.1], [0.5, 0.5], [9, 1]], 0.3)) == [False, True, False]


def test_walls_hide_and_doors_do_not(plan):
    starts = [[3.0, 2.5], [3.0, 1.0], [1.0, 1.5]]
    ends = [[5.0, 2.5], [5.0, 1.0], [3.0, 1.5]]
    assert list(plan.sees(starts, ends)) == [False, True, True], 'a table hides nobody'


def test_doors_know_their_sides(plan):
    between, out = plan.doors['between'], plan.doors['out']
    np.testing.assert_allclose(between.normal, [1, 0])
    assert not between.is_exit
    assert out.is_exit
    assert plan.exits() == ('out',)
    assert list(plan.room_at(between.sides)) == [0, 1]
    assert list(plan.room_at(out.sides)) == [1, NO_ROOM]


@pytest.mark.parametrize('order', [1, -1])
def test_outward_is_outward_whichever_way_the_corners_run(order):
    plan = parse_floor_plan(
        {
            'rooms': {'l': {'corners': L_SHAPE[::order]}},
            'doors': {'d': {'rooms': ['l'], 'at': [2, 1.5]}},
        }
    )
    np.testing.assert_allclose(plan.doors['d'].normal, [0, 1], atol=1e-12)


@settings(deadline=None)
@given(places, places, places, places)
def test_crossing_and_distance_agree(a, b, c, d):
    wall = np.array([[c, d]])
    crosses = bool(segments.crossing(a, b, wall)[0, 0])
    between = segments.clearance(a, b, wall)[0]
    along = np.linspace(0, 1, 200)[:, None]
    sampled = segments.point_distances(a + along * (b - a), wall).min()
    assert between <= sampled + 1e-9
    assert sampled - between < 0.05
    if crosses:
        assert between == 0.0


def test_a_way_leads_through_the_door_and_around_the_table(plan):
    way = way_of(plan, [0.7, 1.5], [7.2, 2.0])
    for start, end in itertools.pairwise(way):
        assert plan.is_passable(start, end, 0.3)[0] or abs(start[0] - 4) < 1
    doors = [waypoint.door for waypoint in Routes(plan).way([0.7, 1.5], [7.2, 2.0])]
    assert [door for door in doors if door != NO_DOOR] == [0]
    straight = np.linalg.norm([6.5, 0.5])
    assert straight < segments.length(np.diff(way, axis=0)).sum() < straight + 1.5


def test_the_direct_way_is_taken_where_it_is_free(plan):
    np.testing.assert_allclose(way_of(plan, [0.6, 0.5], [3.4, 0.5])[1:], [[3.4, 0.5]])


def test_a_door_is_passed_in_the_direction_of_the_way(plan):
    passed = {
        goal: next(w for w in Routes(plan).way(start, list(goal)) if w.door != NO_DOOR)
        for start, goal in (([5, 1], (3.4, 0.5)), ([3, 0.5], (5.0, 1.0)))
    }
    assert passed[(3.4, 0.5)].inward
    assert not passed[(5.0, 1.0)].inward


def test_a_way_goes_around_the_corner_of_a_room():
    plan = parse_floor_plan({'rooms': {'l': {'corners': L_SHAPE}}})
    way = way_of(plan, [3.5, 0.75], [0.75, 3.5])
    assert len(way) > 2
    for start, end in itertools.pairwise(way):
        assert plan.is_passable(start, end, 0.21)[0]


@pytest.mark.parametrize('place', [[4.0, 1.0], [3.9, 0.8], [4.1, 1.2]])
def test_who_stands_in_a_door_gets_out_of_it(plan, place):
    routes = Routes(plan)
    for goal in ([1.0, 0.5], [7.0, 1.0]):
        for start, end in ((place, goal), (goal, place)):
            way = [start, *(waypoint.place for waypoint in routes.way(start, end))]
            for one, other in itertools.pairwise(way):
                assert plan.is_passable(one, other, 0.2)[0]


def test_no_way_leads_into_a_room_without_a_door():
    rooms = {key: value for key, value in TWO_ROOMS.items() if key == 'rooms'}
    assert Routes(parse_floor_plan(rooms)).way([1, 1], [6, 1]) is None


@settings(max_examples=40, deadline=None)
@given(st.floats(0.5, 7.5), st.floats(0.5, 2.5), st.floats(0.5, 7.5), st.floats(0.5, 2.5))
def test_every_way_between_free_places_keeps_off_walls(x0, y0, x1, y1):
    plan = parse_floor_plan(TWO_ROOMS)
    if not plan.is_free([[x0, y0], [x1, y1]], 0.3).all():
        return
    way = way_of(plan, [x0, y0], [x1, y1])
    np.testing.assert_array_equal(way[-1], [x1, y1])
    for start, end in itertools.pairwise(way):
        assert segments.clearance(start, end, plan.obstacles)[0] >= 0.2


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'rooms': {}}, 'rooms must name at least one room'),
        ({'rooms': {'west': {'x': [4, 0], 'y': [0, 1]}}}, r'rooms.west: x: must be an interval'),
        ({'rooms': {'west': {'x': [0, 4]}}}, r'rooms.west: y: must be an interval'),
        ({'rooms': {'west': {'corners': [[0, 0], [1, 1]]}}}, 'three or more corners'),
        ({'rooms': {'we st': {}}}, "'we st' is no name"),
        ({'walls': {}}, "unknown key 'walls'; known are rooms, doors"),
        ({'doors': {'d': {'rooms': ['west'], 'at': [2, 2]}}}, r'doors.d: \[2, 2\] is in no wall'),
        ({'doors': {'d': {'rooms': ['hall'], 'at': [2, 2]}}}, "unknown room 'hall'; known are"),
        ({'doors': {'d': {'rooms': [], 'at': [2, 2]}}}, 'rooms must list two rooms, or one'),
        ({'doors': {'d': {'rooms': ['west'], 'at': [0, 1], 'width': -1}}}, 'width: must be a n'),
        ({'chairs': {'c': {'at': [0.2, 1], 'facing': np.pi}}}, 'chairs.c: nobody can stand at'),
        ({'chairs': {'c': {'at': [1, 1], 'entry': 'back'}}}, "unknown entry 'back'; known are"),
        ({'chairs': {'c': {'at': [1, float('nan')]}}}, 'chairs.c: at: must be a place'),
        ({'furniture': {'f': 3}}, 'furniture.f: must be a mapping'),
    ],
)
def test_impossible_plans_are_refused_in_one_line(change, message):
    with pytest.raises(ParameterError, match=message) as caught:
        parse_floor_plan({**TWO_ROOMS, **change})
    assert '\n' not in str(caught.value)

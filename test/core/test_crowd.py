"""Crowds: people keep off walls and each other, pass doors, sit down, talk, come and go."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planned_paths import accelerations, distances, passed_walls, planned, speeds

from thermal_radar_fusion.simulation.crowd import TICK, Crowd
from thermal_radar_fusion.simulation.planning import plan_trajectories
from thermal_radar_fusion.simulation.scenario import ScenarioError, parse_scenario
from thermal_radar_fusion.simulation.trajectory import STEP

HALL = {
    'rooms': {'west': {'x': [0, 4], 'y': [0, 3]}, 'east': {'x': [4, 8], 'y': [0, 3]}},
    'doors': {
        'between': {'rooms': ['west', 'east'], 'at': [4, 1.5], 'width': 0.9},
        'out': {'rooms': ['east'], 'at': [8, 1.5], 'width': 0.9},
    },
    'furniture': {'table': {'x': [1.5, 2.5], 'y': [1.2, 1.8]}},
    'chairs': {'stool': {'at': [6, 2.6], 'facing': -np.pi / 2}},
}
NO_WALLS = np.array([[[100.0, 100.0], [101.0, 100.0]]])


def scripted(duration: float = 30.0, seed: int = 0, **scripts):
    """Plan people in the hall who follow scripts: name = (start, steps)."""
    named = {name: {'start': start, 'script': steps} for name, (start, steps) in scripts.items()}
    content = {'floor_plan': HALL, 'people': {'named': named}, 'motion': {'kind': 'script'}}
    scenario = parse_scenario('test', content)
    return scenario, plan_trajectories(scenario, duration, np.random.default_rng(seed))


def at(trajectory, time: float) -> np.ndarray:
    return trajectory.position[round(time / STEP)]


def test_somebody_alone_takes_up_speed_and_stops_at_the_goal():
    crowd = Crowd(np.zeros((1, 2)), NO_WALLS)
    crowd.target[:], crowd.pace[:] = [6.0, 0.0], 1.2
    speed = []
    for _ in range(120):
        crowd.advance()
        speed.append(crowd.velocity[0, 0])
    assert max(speed) == pytest.approx(1.2, abs=0.02)
    np.testing.assert_allclose(crowd.position[0], [6.0, 0.0], atol=0.05)
    assert abs(speed[-1]) < 0.02
    assert np.abs(np.diff(speed)).max() / TICK <= 1.2 + 1e-9


def test_two_who_meet_head_on_pass_each_other_on_the_right():
    crowd = Crowd(np.array([[0.0, 0.0], [8.0, 0.0]]), NO_WALLS)
    crowd.target[:], crowd.pace[:] = [[8.0, 0.0], [0.0, 0.0]], 1.2
    apart, sides = [], []
    for _ in range(120):
        crowd.advance()
        apart.append(np.linalg.norm(crowd.position[0] - crowd.position[1]))
        sides.append(crowd.position[0, 1] - crowd.position[1, 1])
    assert 0.4 < min(apart) < 1.0
    assert sides[int(np.argmin(apart))] < -0.3, 'who walks to the east passes on the south'
    np.testing.assert_allclose(crowd.position, crowd.target, atol=0.1)


def test_nobody_is_moved_by_those_who_are_absent():
    crowd = Crowd(np.array([[0.0, 0.0], [1.0, 0.05]]), NO_WALLS)
    crowd.present[1] = crowd.moves[1] = False
    crowd.target[0], crowd.pace[0] = [3.0, 0.0], 1.0
    for _ in range(60):
        crowd.advance()
        assert abs(crowd.position[0, 1]) < 1e-12


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(2, 7), st.sampled_from(['two_rooms', 'building']))
def test_nobody_walks_through_a_wall_or_another_body(seed, count, name):
    scenario, trajectories = planned(name, seed, 20.0, people__count=count)
    for trajectory in trajectories.values():
        assert passed_walls(scenario, trajectory) == 0
        standing = (trajectory.sitting == 0) & trajectory.present
        assert scenario.plan.clearance(trajectory.position[standing]).min() > 0.15
        assert speeds(trajectory).max() < 1.8
        assert np.percentile(accelerations(trajectory), 99) < 1.6
    assert min(d.min() for d in distances(trajectories).values()) > 0.3


def test_a_place_may_be_passed_without_a_stop():
    via = {'walk_to': [2.0, 0.6], 'stop': False}
    end = {'walk_to': [3.4, 0.6]}
    _, paths = scripted(anna=([0.6, 0.6], [via, end]))
    passing = np.abs(paths['anna'].position[:-1, 0] - 2.0) < 0.4
    assert speeds(paths['anna'])[passing].min() > 0.7
    np.testing.assert_allclose(paths['anna'].position[-1], [3.4, 0.6], atol=0.15)


def test_a_script_is_followed_step_by_step():
    steps = [
        {'walk_to': [3.2, 0.6], 'speed': 1.0},
        {'stand': 3.0, 'facing': 0.0, 'gesture': 0.8},
        {'walk_to': [6.0, 1.0]},
        {'wait': 20.0},
        {'leave': 'out'},
    ]
    _, paths = scripted(anna=([0.6, 0.6], steps))
    anna = paths['anna']
    np.testing.assert_allclose(at(anna, 0), [0.6, 0.6], atol=0.03)
    np.testing.assert_allclose(at(anna, 6), [3.2, 0.6], atol=0.15)
    assert abs(anna.heading[round(6 / STEP)]) < 0.1
    assert anna.gesture[round(6 / STEP)] == pytest.approx(0.8, abs=0.05)
    np.testing.assert_allclose(at(anna, 19.5), [6.0, 1.0], atol=0.15)
    gone = np.flatnonzero(~anna.present)
    assert 21.0 < gone[0] * STEP < 25.0
    assert anna.position[gone[0], 0] > 8.0, 'outside, behind the door'
    assert not anna.present[gone[0] :].any()


def test_who_enters_is_not_there_before_and_comes_through_the_door():
    _, paths = scripted(anna=(None, [{'wait': 4.0}, {'enter': 'out'}, {'walk_to': [5.0, 1.5]}]))
    anna = paths['anna']
    first = int(np.argmax(anna.present))
    assert 4.0 < first * STEP < 6.0
    assert anna.position[first, 0] > 8.2
    np.testing.assert_allclose(anna.position[-1], [5.0, 1.5], atol=0.15)


def test_sitting_down_turns_the_back_to_the_chair_and_getting_up_leaves_it():
    _, paths = scripted(
        anna=([5.0, 1.0], [{'sit': 'stool', 'seconds': 6}, {'walk_to': [5.0, 1.0]}])
    )
    anna = paths['anna']
    sits = np.flatnonzero(anna.sitting > 0.99)
    np.testing.assert_allclose(anna.position[sits].mean(axis=0), [6, 2.6], atol=0.03)
    np.testing.assert_allclose(np.sin(anna.heading[sits]), -1.0, atol=0.05)
    assert 6.0 <= len(sits) * STEP < 8.0
    assert anna.sitting[-1] == 0.0
    np.testing.assert_allclose(anna.position[-1], [5.0, 1.0], atol=0.15)
    assert accelerations(anna).max() < 2.0


def test_a_chair_is_for_one():
    sit = [{'sit': 'stool', 'seconds': 5}, {'walk_to': [5.0, 0.6]}]
    _, paths = scripted(40.0, anna=([5.0, 1.0], sit), ben=([7.0, 1.0], sit[:1]))
    both = (paths['anna'].sitting > 0.1) & (paths['ben'].sitting > 0.1)
    assert not both.any()
    assert paths['anna'].sitting.max() > 0.99
    assert paths['ben'].sitting.max() > 0.99


def test_two_who_want_through_one_door_at_once_both_get_there():
    scenario, paths = scripted(
        anna=([3.0, 1.5], [{'walk_to': [5.5, 1.5]}]), ben=([5.0, 1.5], [{'walk_to': [3.0, 0.8]}])
    )
    np.testing.assert_allclose(paths['anna'].position[-1], [5.5, 1.5], atol=0.15)
    np.testing.assert_allclose(paths['ben'].position[-1], [3.0, 0.8], atol=0.15)
    assert min(d.min() for d in distances(paths).values()) > 0.35
    assert all(passed_walls(scenario, path) == 0 for path in paths.values())


def test_somebody_in_the_way_is_walked_around():
    _, paths = scripted(
        anna=([0.6, 0.6], [{'walk_to': [3.4, 0.6]}]), ben=([2.0, 0.6], [{'stand': 30}])
    )
    np.testing.assert_allclose(paths['anna'].position[-1], [3.4, 0.6], atol=0.2)
    np.testing.assert_allclose(np.ptp(paths['ben'].position, axis=0), 0.0, atol=0.01)


def test_a_script_that_leads_nowhere_is_refused():
    floor_plan = {'rooms': HALL['rooms']}
    named = {'anna': {'start': [1, 1], 'script': [{'walk_to': [6, 1]}]}}
    content = {
        'floor_plan': floor_plan,
        'people': {'named': named},
        'motion': {'kind': 'script'},
    }
    scenario = parse_scenario('test', content)
    with pytest.raises(ScenarioError, match=r'test: people: no way leads anna to \[6, 1\]'):
        plan_trajectories(scenario, 5.0, np.random.default_rng(0))


def test_in_a_building_people_change_rooms_sit_talk_and_leave():
    scenario, paths = planned('building', 4, 240.0)
    rooms = {name: set(scenario.plan.room_at(path.position)) for name, path in paths.items()}
    assert all(len(visited - {-1}) >= 2 for visited in rooms.values())
    assert len(set.union(*rooms.values()) - {-1}) == 6
    assert sum((path.sitting > 0.99).any() for path in paths.values()) >= 2
    assert any((path.gesture > 0.5).any() for path in paths.values())
    assert any((~path.present).any() for path in paths.values())


def test_who_talks_stands_near_somebody_and_faces_them():
    _, paths = planned('two_rooms', 1, 120.0, motion__talk=0.5, motion__stand=0.4)
    near = distances(paths)
    shares = []
    for (a, b), between in near.items():
        still = (np.r_[speeds(paths[a]), 0] < 0.02) & (np.r_[speeds(paths[b]), 0] < 0.02)
        talk = still & (paths[a].gesture > 0.65) & (paths[b].gesture > 0.65) & (between < 1.1)
        for one, other in ((a, b), (b, a)):
            towards = paths[other].position[talk] - paths[one].position[talk]
            angle = np.arctan2(towards[:, 1], towards[:, 0]) - paths[one].heading[talk]
            shares += list(np.cos(angle) > 0.9)
    assert len(shares) * STEP > 20.0
    assert np.mean(shares) > 0.8

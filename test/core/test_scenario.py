"""Scenarios: what each scene promises holds over seeds, and bad ones are refused in one line."""

import itertools
import textwrap
from pathlib import Path

import numpy as np
import pytest
from planned_paths import accelerations, distances, planned, speeds, velocities

from thermal_radar_fusion.simulation.motion import Parallel
from thermal_radar_fusion.simulation.planning import plan_trajectories
from thermal_radar_fusion.simulation.scenario import (
    ScenarioError,
    load_scenario,
    parse_scenario,
    scenario_names,
)
from thermal_radar_fusion.simulation.segments import crossing
from thermal_radar_fusion.simulation.trajectory import STEP

SEEDS = range(6)
SCENES = ('building', 'close', 'crossing', 'entrance', 'free', 'parallel', 'reception')
SCENES += ('two_rooms',)


def test_all_scenes_of_the_contract_are_there():
    assert scenario_names() == SCENES
    for name in SCENES:
        scenario = load_scenario(name)
        assert scenario.description
        assert scenario.radars
        assert [p.name for p in scenario.people] == sorted(p.name for p in scenario.people)


@pytest.mark.parametrize('name', SCENES)
def test_people_move_as_people_do_and_stay_inside(name):
    for seed in SEEDS[:3]:
        scenario, paths = planned(name, seed, 30.0)
        for path in paths.values():
            assert np.isfinite(path.position).all()
            assert speeds(path).max() < 1.7
            assert np.percentile(accelerations(path), 99) < 1.6
            assert accelerations(path).max() < 4.5
            assert np.abs(np.diff(path.heading)).max() / STEP < 5.0, 'radians per second'
            inside = path.position[path.present]
            assert ((scenario.plan.room_at(inside) >= 0) | (inside[:, 0] > 7.0)).all()


@pytest.mark.parametrize('name', SCENES)
def test_the_same_seed_plans_the_same_and_another_another(name):
    def bytes_of(seed: int) -> list[bytes]:
        _, paths = planned(name, seed, 12.0)
        return [p.position.tobytes() + p.heading.tobytes() for p in paths.values()]

    assert bytes_of(3) == bytes_of(3)
    assert bytes_of(3) != bytes_of(4)


@pytest.mark.parametrize('count', [2, 3])
def test_parallel_people_keep_their_distance_and_velocity(count):
    spacings = []
    for seed in SEEDS:
        _, paths = planned('parallel', seed, 30.0, people__count=count)
        own = list(paths.values())
        for one, other in itertools.pairwise(own):
            between = np.linalg.norm(one.position - other.position, axis=1)
            spacings.append(between.mean())
            assert 0.49 < between.min() <= between.max() < 0.83
            assert np.abs(velocities(one) - velocities(other)).max() < 0.15
        assert max(speeds(own[0])) > 0.85
        # To and fro: the trunk turns by half a turn at every end.
        turns = np.ptp(own[0].heading) / np.pi
        assert turns == pytest.approx(round(turns), abs=0.3)
        assert turns > 2
    assert np.ptp(spacings) > 0.1, 'drawn from the seed'


@pytest.mark.parametrize('count', [2, 3])
def test_crossing_people_come_as_close_as_was_drawn_on_paths_that_cross(count):
    for seed in SEEDS:
        _, paths = planned('crossing', seed, 30.0, people__count=count)
        nearest = min(between.min() for between in distances(paths).values())
        assert 0.15 <= nearest <= 0.3
        for one, other in itertools.combinations(paths.values(), 2):
            line = other.position[::10]
            others = np.stack([line[:-1], line[1:]], axis=1)
            met = crossing(one.position[:-1], one.position[1:], others)
            assert met.any(), 'the lines on the floor cross'
            heading = (one.heading - other.heading)[: round(2 / STEP)]
            assert np.abs(np.sin(heading)).max() > 0.3


def test_crossing_people_cross_again_and_again():
    _, paths = planned('crossing', 0, 60.0)
    (between,) = distances(paths).values()
    near = between < 0.5
    assert (np.diff(near.astype(int)) == 1).sum() >= 5


@pytest.mark.parametrize('count', [2, 3])
def test_close_people_stand_still_and_move_their_arms(count):
    for seed in SEEDS:
        _, paths = planned('close', seed, 20.0, people__count=count)
        for between in distances(paths).values():
            assert 0.75 <= between.min() <= between.max() <= 0.85
        for path in paths.values():
            assert speeds(path).max() == 0.0
            assert path.gesture.min() >= 0.4
            assert path.gesture.mean() > 0.6


def test_close_people_look_at_the_radar_or_at_each_other():
    for seed in SEEDS:
        for facing in ('radar', 'each_other'):
            _, paths = planned('close', seed, 5.0, motion__facing=facing)
            anna, ben = paths.values()
            for one, other in ((anna, ben), (ben, anna)):
                goal = np.zeros(2) if facing == 'radar' else other.position[0]
                towards = goal - one.position[0]
                off = np.arctan2(towards[1], towards[0]) - one.heading.mean()
                # Drawn within 0.6 rad of it; the pair stands up to 0.5 rad off the radar's axis.
                assert np.cos(off) > np.cos(1.2)


def test_free_people_walk_most_of_the_time_stop_now_and_then_and_avoid_each_other():
    for seed in SEEDS[:4]:
        _, paths = planned('free', seed, 40.0)
        moving = np.array([(speeds(path) > 0.2).mean() for path in paths.values()])
        assert (moving > 0.5).all()
        assert any((speeds(path)[100:] < 0.02).any() for path in paths.values())
        assert min(between.min() for between in distances(paths).values()) > 0.35
        spread = np.ptp(np.concatenate([path.position for path in paths.values()]), axis=0)
        assert (spread > [4.0, 1.8]).all()


def test_people_enter_one_after_another_in_an_order_that_is_drawn():
    orders = set()
    for seed in SEEDS:
        _, paths = planned('entrance', seed, 40.0)
        first = {name: np.argmax(path.present) * STEP for name, path in paths.items()}
        order = sorted(first, key=first.get)
        orders.add(tuple(order))
        gaps = np.diff(sorted(first.values()))
        assert gaps.min() > 1.0
        assert max(first.values()) < 25.0
        for path in paths.values():
            crossed = np.flatnonzero(np.diff((path.position[:, 0] < 7.0).astype(int)))
            assert len(crossed)
            assert np.abs(path.position[crossed, 1]).max() < 0.3, 'through the door'
        ends = np.array([path.position[-1] for path in paths.values()])
        assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(ends, 2)) > 0.35
    assert len(orders) > 2


def test_one_who_enters_has_a_temperature():
    people = {person.name: person for person in load_scenario('entrance').people}
    assert people['felix'].overrides['appearance.temperature'] > 37.5
    assert sum(bool(person.overrides) for person in people.values()) == 1


def test_people_change_between_two_rooms_through_the_door():
    changes = 0
    for seed in SEEDS[:3]:
        scenario, paths = planned('two_rooms', seed, 60.0)
        for path in paths.values():
            room = scenario.plan.room_at(path.position)
            changed = np.flatnonzero(np.diff(room))
            changes += len(changed)
            away = path.position[changed] - scenario.plan.doors['door'].centre
            assert np.abs(away).max(initial=0.0) < 0.3
    assert changes >= 6


def test_settings_replace_what_the_file_says():
    settings = {
        'people.count': 2,
        'people.named.anna.height': 1.9,
        'motion.spacing': [0.5, 0.6],
        'radars.radar.device': 'iwr6843',
        'duration': 7,
    }
    scenario = load_scenario('parallel', settings)
    assert [person.name for person in scenario.people] == ['anna', 'ben']
    assert scenario.people[0].overrides == {'height': 1.9}
    assert isinstance(scenario.motion, Parallel)
    assert scenario.motion.spacing == (0.5, 0.6)
    assert scenario.radars['radar'].device == 'iwr6843'
    assert scenario.duration == 7.0
    assert load_scenario('parallel').duration == 30.0


def test_a_setting_may_replace_the_floor_plan_or_add_a_sensor():
    second = {'room': 'lab', 'mounting': {'x': 7, 'y': 0, 'z': 1.5, 'yaw': 3.14}}
    scenario = load_scenario('free', {'floor_plan': 'lab_with_chairs', 'radars.second': second})
    assert len(scenario.plan.chairs) == 4
    assert list(scenario.radars) == ['radar', 'second']


def test_named_people_come_first_and_others_fill_up():
    names = {'people.named.zora.height': 1.8, 'people.count': 3}
    assert [p.name for p in load_scenario('free', names).people] == ['anna', 'ben', 'zora']


def test_a_file_of_ones_own_is_read_by_its_path(tmp_path):
    file = tmp_path / 'mine.yaml'
    file.write_text('floor_plan: lab\npeople: {count: 1}\nmotion: {kind: free}\n')
    scenario = load_scenario(file)
    assert scenario.name == 'mine'
    assert load_scenario(str(file)).people == scenario.people
    file.write_text('floor_plan: lab\nfloor_plan: lab\n')
    with pytest.raises(ScenarioError, match=r"mine.yaml: line 2: 'floor_plan' is given twice"):
        load_scenario(file)
    with pytest.raises(ScenarioError, match='no such file'):
        load_scenario(tmp_path / 'other.yaml')


def script(*steps) -> dict:
    return {'people.named.anna.script': list(steps)}


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        ({'x.y': 1}, 'x.y: unknown key; known are description, duration'),
        ({'duration': -1}, r'duration: must be seconds in \(0, 21600\], got -1'),
        ({'duration': 0}, 'duration: must be seconds'),
        ({'duration': float('nan')}, 'duration: must be seconds'),
        ({'duration': float('inf')}, 'duration: must be seconds'),
        ({'duration': 1e9}, 'duration: must be seconds'),
        ({'duration': True}, 'duration: must be seconds'),
        ({'duration': 'long'}, "duration: must be seconds .*, got 'long'"),
        ({'description': 3}, 'description: must be text'),
        ({'floor_plan': 'castle'}, "unknown floor plan 'castle'; known are building, lab"),
        ({'people': 3}, 'people: must be a mapping'),
        ({'people.count': 1.5}, 'count must be a whole number'),
        ({'people.count': -1}, r'count: must be a number in \[0, 50\]'),
        ({'people.count': 51}, r'count: must be a number in \[0, 50\]'),
        ({'people.cuont': 3}, "unknown key 'cuont'; known are count, named"),
        ({'people.named.anna.hight': 2}, "named.anna: unknown trait 'hight'; known are height"),
        ({'people.named.anna.height': 9}, r'named.anna: height must lie in \[0.8, 2.3\] m'),
        ({'people.named.anna.name': 'x'}, 'the name is the key'),
        ({'people.named': {1: {}}}, 'keys must be words, got 1'),
        ({'people.named': {'an na': {}}}, "'an na' is no name"),
        ({'people.named.anna.start': [7, 0.7]}, r'\[7, 0.7\] is inside a wall'),
        ({'people.named.anna.start': [0.1, 0]}, r'\[0.1, 0\] is inside a wall or within 0.2 m'),
        ({'people.named.anna.start': [9, 0]}, r'\[9, 0\] is outside of every room'),
        ({'people.named.anna.start': [1]}, r'start: must be a place \[x, y\]'),
        (
            {'people.named': {'anna': {'start': [2, 0]}, 'ben': {'start': [2.1, 0]}}},
            'anna and ben start in the same place',
        ),
        (script({'walk_to': [9, 9]}), r'script\[0\]: \[9, 9\] is outside of every room'),
        (script({'walk_to': ['a', 9]}), 'walk_to: must be a place'),
        (script({'sit': 'throne'}), "unknown chair 'throne'; there are none"),
        (script({'leave': 'window'}), "unknown exit 'window'; known are door"),
        (script({'fly': 1}), 'must have one of walk_to, stand, wait, sit, leave, enter'),
        (script({'stand': 1, 'fast': 2}), "unknown parameter 'fast'; known are stand"),
        (script({'stand': -1}), 'stand must lie in'),
        ({'people.named.anna.script': 'walk'}, 'script must be a list of steps'),
        ({'motion': None}, 'unknown kind of motion None; known are parallel'),
        ({'motion.kind': 'dance'}, "unknown kind of motion 'dance'; known are parallel"),
        ({'motion.spacing': [1, 2]}, "motion: unknown parameter 'spacing'; known are room"),
        ({'motion.speed': [2, 1]}, 'speed must be'),
        ({'motion.speed': ['a', 'b']}, 'speed must be'),
        ({'motion.stand': 0.9, 'motion.sit': 0.9}, 'must not exceed 1'),
        ({'motion.room': 'hall'}, "room: unknown room 'hall'; known are lab"),
        ({'radars.radar.device': 'x1'}, "unknown device 'x1'; known are iwr1843, iwr1443"),
        ({'radars.rdar.device': 'x1'}, "unknown sensor 'rdar'; known are radar"),
        ({'radars.radar.room': 'hall'}, "unknown room 'hall'; known are lab"),
        ({'radars.radar.mounting.x': -2}, r'hangs at \[-2, 0\], outside of room'),
        ({'radars.radar.mounting.x': 'a'}, 'mounting: x must be float'),
        ({'radars.radar.mounting.w': 1}, "mounting: unknown parameter 'w'; known are x, y"),
        ({'radars.radar.model.foo': 1}, "model: unknown parameter 'foo'; known are"),
        ({'radars.radar': 3}, 'radars.radar: must be a mapping'),
        ({'radars.radar.room.x': 3}, 'leads into a value that has no keys'),
        ({'lowres_ir': {'radar': {'room': 'lab'}}}, "two sensors have the name 'radar'"),
        ({'thermal_cameras': {'t': {'room': 'lab', 'device': 1}}}, "unknown key 'device'"),
    ],
)
def test_bad_scenarios_are_refused_in_one_line(settings, message):
    with pytest.raises(ScenarioError, match=message) as caught:
        load_scenario('free', settings)
    assert str(caught.value).startswith('free: ')
    assert '\n' not in str(caught.value)


def test_an_unknown_scenario_is_told_with_those_that_there_are():
    with pytest.raises(ScenarioError, match=r"unknown scenario 'fre'; known are building, close"):
        load_scenario('fre')


def test_an_entrance_needs_a_door():
    room = {'rooms': {'lab': {'x': [0, 4], 'y': [0, 4]}}}
    with pytest.raises(ScenarioError, match='needs a door that leads out'):
        load_scenario('entrance', {'floor_plan': room, 'radars': {}, 'thermal_cameras': {}})


def test_starts_and_scripts_do_not_go_with_formations():
    with pytest.raises(ScenarioError, match='need a motion of kind free, entrance or script'):
        load_scenario('parallel', {'people.named.anna.start': [2, 0]})


def test_people_who_start_in_furniture_are_refused():
    settings = {'floor_plan': 'lab_with_chairs', 'people.named.anna.start': [5, 1.6]}
    with pytest.raises(ScenarioError, match='inside furniture'):
        load_scenario('free', settings)


@pytest.mark.parametrize(
    ('name', 'count', 'settings'),
    [
        ('free', 40, {}),
        ('parallel', 9, {}),
        ('crossing', 12, {}),
        ('close', 20, {}),
        ('parallel', 2, {'motion.spacing': [2.9, 3.0], 'people.count': 4}),
    ],
)
def test_more_people_than_fit_are_told(name, count, settings):
    scenario = load_scenario(name, {'people.count': count, **settings})
    with pytest.raises(ScenarioError, match=rf'^{name}: people: \d+ do not fit'):
        plan_trajectories(scenario, 5.0, np.random.default_rng(0))


def test_nobody_is_a_scene_too():
    for name in SCENES:
        scenario = load_scenario(name, {'people.count': 0})
        assert plan_trajectories(scenario, 1.0, np.random.default_rng(0)) == {}


def test_one_alone_walks_in_every_scene():
    for name in SCENES:
        scenario = load_scenario(name, {'people.count': 1})
        assert len(plan_trajectories(scenario, 3.0, np.random.default_rng(0))) == 1


@pytest.mark.parametrize('name', SCENES)
def test_a_scene_may_be_over_before_anybody_walks(name):
    scenario = load_scenario(name)
    paths = plan_trajectories(scenario, 0.05, np.random.default_rng(0))
    assert len(paths) == len(scenario.people)


def test_a_scenario_without_sensors_or_with_an_empty_file_says_what_is_missing():
    with pytest.raises(ScenarioError, match='rooms must name at least one room'):
        load_scenario('free', {'floor_plan': None})
    content = {
        'floor_plan': {'rooms': {'lab': {'x': [0, 4], 'y': [0, 4]}}},
        'motion': {'kind': 'free'},
    }
    assert parse_scenario('bare', content).radars == {}


def test_the_scenario_of_the_documentation_works(tmp_path):
    text = (Path(__file__).parents[2] / 'docs/simulation.md').read_text()
    begin = text.index('    description: Two people meet')
    file = tmp_path / 'documented.yaml'
    file.write_text(textwrap.dedent(text[begin : text.index('\nEverything is in metres', begin)]))
    scenario = load_scenario(file)
    paths = plan_trajectories(scenario, scenario.duration, np.random.default_rng(0))
    assert not paths['anna'].present[-1]
    assert paths['ben'].sitting.max() > 0.99
    assert not paths['ben'].present[0]
    assert paths['ben'].present[-1]

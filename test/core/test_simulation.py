"""The simulator as a whole: readings of all sensors, their order, their truth, their chance."""

import hashlib
import math
import os
import subprocess
import sys

import numpy as np
import pytest

from thermal_radar_fusion.datasets.recording import NOBODY
from thermal_radar_fusion.deployment import parse_deployment
from thermal_radar_fusion.simulation import streams
from thermal_radar_fusion.simulation.radar_device import RADAR_DEVICES
from thermal_radar_fusion.simulation.scenario import ScenarioError, load_scenario
from thermal_radar_fusion.simulation.simulation import (
    START,
    LowResReading,
    RadarReading,
    Simulation,
    ThermalReading,
    TruthReading,
    simulate,
)

RATE = RADAR_DEVICES['iwr1843'].frame_rate


@pytest.fixture(scope='module')
def recording():
    """Return what the radar sees of three people who walk freely for half a minute."""
    return simulate(load_scenario('free'), 3, 30.0)[0]


def readings(name: str, seed: int = 0, duration: float = 3.0, sensors=('radar',), **settings):
    """Return all observations of a scene; settings have two underscores for a dot."""
    changes = {key.replace('__', '.'): value for key, value in settings.items()}
    return list(Simulation(load_scenario(name, changes), seed, duration, sensors).observations())


def bytes_of(observations, kind) -> list[tuple[str, float, bytes]]:
    """Return sensor, stamp and data of the readings of one kind."""
    return [
        (
            r.sensor,
            r.stamp,
            r.frame.points.tobytes() if kind is RadarReading else r.image.tobytes(),
        )
        for r in observations
        if isinstance(r, kind)
    ]


def test_a_recording_has_everything_that_is_known_of_each_frame(recording):
    assert recording.people == ('anna', 'ben', 'clara')
    assert recording.room == 'lab'
    assert recording.frames[0].stamp >= START - 0.01
    sent = round(30.0 * RATE)
    assert 0.95 * sent < len(recording.frames) <= sent
    for frame, labels, truth in zip(
        recording.frames, recording.point_people, recording.truth, strict=True
    ):
        assert frame.points.shape == (len(labels), 5)
        assert np.isfinite(frame.points).all()
        assert set(labels) <= {NOBODY, 0, 1, 2}
        assert [person.person for person in truth] == ['anna', 'ben', 'clara']


def test_labelled_points_lie_on_the_people_they_are_said_to_be_of(recording):
    mounting = load_scenario('free').radars['radar'].pose.transform
    away = []
    for frame, labels, truth in zip(
        recording.frames, recording.point_people, recording.truth, strict=True
    ):
        places = mounting.apply(frame.points[:, :3])[:, :2]
        for index, person in enumerate(truth):
            away += list(np.linalg.norm(places[labels == index] - person.position[:2], axis=1))
    assert len(away) > 5000
    assert np.median(away) < 0.3


def test_truth_is_consistent_from_frame_to_frame(recording):
    stamps = np.array([frame.stamp for frame in recording.frames])
    truth = [[people[i] for people in recording.truth] for i in range(3)]
    for person in truth:
        position = np.array([p.position for p in person])
        velocity = np.array([p.velocity for p in person])
        moved = np.diff(position[:, :2], axis=0) / np.diff(stamps)[:, None]
        mean = (velocity[1:, :2] + velocity[:-1, :2]) / 2
        assert np.percentile(np.abs(moved - mean), 95) < 0.05
        assert np.ptp(position[:, 2]) == 0.0
        assert 0.7 < position[0, 2] < 1.1, 'the middle of the body'
        heads = np.array([p.head for p in person])
        assert np.abs(heads[:, 2] - 2 * position[0, 2]).max() < 0.25
        assert np.linalg.norm(heads[:, :2] - position[:, :2], axis=1).max() < 0.3
        assert 34.0 < person[0].temperature < 38.0


def test_frames_get_lost_and_clocks_jitter(recording):
    stamps = np.array([frame.stamp for frame in recording.frames])
    steps = np.diff(stamps) * RATE
    assert (steps > 0).all()
    assert np.abs(steps - np.round(steps)).max() > 1e-6
    assert (np.round(steps) >= 1).all()


def test_every_sensor_reads_in_the_order_of_stamps():
    seen = readings('entrance', duration=1.0, sensors=('radar', 'thermal', 'lowres_ir'))
    stamps = [reading.stamp for reading in seen]
    assert stamps == sorted(stamps)
    assert {type(reading) for reading in seen} == {RadarReading, ThermalReading, TruthReading}
    images = [r for r in seen if isinstance(r, ThermalReading)]
    assert len(images) == 15
    assert images[0].image.shape == (512, 640)
    assert images[0].image.dtype == np.uint16
    assert images[0].camera.fx == pytest.approx(764.7, abs=0.1)
    assert all(START <= image.stamp < START + 1.0 for image in images)


def test_a_low_resolution_sensor_reads_degrees():
    seen = readings('close', duration=2.0, sensors=('lowres_ir',))
    images = [r for r in seen if isinstance(r, LowResReading)]
    assert images[0].image.shape == (24, 32)
    assert images[0].image.dtype == np.float32
    assert 10.0 < np.mean([image.image.mean() for image in images]) < 32.0
    warmest = max(image.image.max() for image in images)
    empty = readings('close', duration=2.0, sensors=('lowres_ir',), people__count=0)
    assert warmest > 1.5 + max(r.image.max() for r in empty if isinstance(r, LowResReading))


def test_truth_comes_with_each_radar_frame_and_steadily_without_a_radar():
    with_radar = readings('free', sensors=('radar',))
    radar = [r for r in with_radar if isinstance(r, RadarReading)]
    truth = [r for r in with_radar if isinstance(r, TruthReading)]
    assert [(r.room, r.stamp, r.people) for r in truth] == [
        (r.room, r.stamp, r.truth) for r in radar
    ]
    steady = readings('two_rooms', sensors=())
    assert {type(reading) for reading in steady} == {TruthReading}
    office = [reading.stamp for reading in steady if reading.room == 'office']
    np.testing.assert_allclose(office, START + np.arange(45) / 15)


def test_everybody_is_in_one_room_of_a_building():
    whole = readings('two_rooms', seed=2, duration=20.0, sensors=())
    by_stamp: dict[float, list[str]] = {}
    plan = load_scenario('two_rooms').plan
    for reading in whole:
        by_stamp.setdefault(reading.stamp, []).extend(p.person for p in reading.people)
        for person in reading.people:
            index = plan.room_names.index(reading.room)
            assert plan.room_at(person.position[:2])[0] == index
    assert all(sorted(names) == ['anna', 'ben', 'clara'] for names in by_stamp.values())


def test_each_room_with_a_radar_has_a_recording():
    recordings = simulate(load_scenario('two_rooms'), 2, 6.0)
    assert [recording.room for recording in recordings] == ['office', 'workshop']
    assert [recording.frames[0].sensor for recording in recordings] == [
        'office_radar',
        'workshop_radar',
    ]
    assert all(r.people == ('anna', 'ben', 'clara') for r in recordings)


def test_the_feverish_one_is_true_to_the_scenario():
    temperatures = {
        person.person: person.temperature
        for reading in readings('entrance', duration=20.0, sensors=())
        for person in reading.people
    }
    assert temperatures['felix'] == 38.3
    assert max(t for name, t in temperatures.items() if name != 'felix') < 37.5


@pytest.mark.parametrize('name', ['close', 'two_rooms'])
def test_the_same_seed_reads_the_same_and_another_another(name):
    first = bytes_of(readings(name, 5, 2.0), RadarReading)
    assert first == bytes_of(readings(name, 5, 2.0), RadarReading)
    assert first != bytes_of(readings(name, 6, 2.0), RadarReading)


def test_a_simulation_reads_the_same_each_time_it_is_asked():
    simulation = Simulation(load_scenario('free'), 1, 2.0, ('radar',))
    first = bytes_of(simulation.observations(), RadarReading)
    assert first == bytes_of(simulation.observations(), RadarReading)


def test_a_sensor_more_changes_nothing_for_the_others():
    alone = bytes_of(readings('close', duration=2.0), RadarReading)
    every = readings('close', duration=2.0, sensors=('radar', 'lowres_ir'))
    assert bytes_of(every, RadarReading) == alone
    second = {'room': 'lab', 'mounting': {'x': 7, 'y': 0, 'z': 1.5, 'yaw': 3.1}}
    both = readings('close', duration=2.0, radars__second=second)
    seen = [entry for entry in bytes_of(both, RadarReading) if entry[0] == 'radar']
    assert seen == alone
    assert len(both) > 1.8 * len(alone)


def test_one_person_more_changes_nobody_elses_looks():
    def people(count: int):
        scenario = load_scenario('free', {'people.count': count})
        return Simulation(scenario, 1, 1.0, ())._cast.people

    assert people(4)[:3] == people(3)


@pytest.mark.parametrize('kind', [RadarReading, LowResReading, ThermalReading])
def test_how_much_is_computed_at_once_changes_nothing(monkeypatch, kind):
    scene, sensor = {
        RadarReading: ('free', 'radar'),
        LowResReading: ('close', 'lowres_ir'),
        ThermalReading: ('entrance', 'thermal'),
    }[kind]
    duration = 0.6 if kind is ThermalReading else 3.0
    whole = bytes_of(readings(scene, 1, duration, (sensor,)), kind)
    monkeypatch.setattr(streams, 'BLOCK', 0.35)
    assert bytes_of(readings(scene, 1, duration, (sensor,)), kind) == whole


def test_only_what_is_asked_for_is_computed():
    simulation = Simulation(load_scenario('parallel'), 0, 240.0, ('radar',))
    blocks = []
    radar_frames = simulation._cast.motions
    simulation._cast.motions = lambda times: blocks.append(len(times)) or radar_frames(times)
    observations = simulation.observations()
    for _ in range(100):
        next(observations)
    assert len(blocks) <= 2, 'a few seconds are computed ahead, not four minutes'


DIGEST = """
import hashlib
import numpy as np
from thermal_radar_fusion.simulation.planning import plan_trajectories
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import Simulation
digest = hashlib.sha256()
ways = plan_trajectories(load_scenario('building'), 15.0, np.random.default_rng(3))
for path in ways.values():
    digest.update(path.position.tobytes() + path.heading.tobytes())
simulation = Simulation(load_scenario('free'), 3, 4.0, ('radar',))
for reading in simulation.observations():
    if hasattr(reading, 'frame'):
        digest.update(reading.frame.points.tobytes() + str(reading.stamp).encode())
print(digest.hexdigest())
"""


def test_another_processor_simulates_the_same():
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    present = [feature for feature in __cpu_dispatch__ if __cpu_features__.get(feature)]
    old = {'NPY_DISABLE_CPU_FEATURES': ' '.join(present), 'OPENBLAS_CORETYPE': 'Nehalem'}
    found = [
        subprocess.run(
            [sys.executable, '-c', DIGEST],
            env={**os.environ, **changes},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for changes in ({}, old)
    ]
    assert len(found[0].strip()) == 2 * hashlib.sha256().digest_size
    assert found[0] == found[1]


def test_radar_alone_needs_nothing_of_infrared():
    code = """
import sys
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import simulate
simulate(load_scenario('entrance'), 0, 1.0)
print([name for name in sys.modules if 'thermal_' in name.split('.')[-1] or 'lowres' in name])
print('cv2' in sys.modules)
"""
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert done.stdout.split('\n')[:2] == ["['thermal_radar_fusion']", 'False']


def test_the_deployment_describes_the_same_rooms_and_radars():
    scenario = load_scenario('building')
    content = Simulation(scenario, 0, 1.0, ('radar',)).deployment_content()
    deployment = parse_deployment(content)
    assert tuple(deployment.rooms) == scenario.plan.room_names
    for name, radar in scenario.radars.items():
        described = deployment.radars[name]
        assert described.room == radar.room
        np.testing.assert_array_equal(
            described.mounting.translation, radar.pose.transform.translation
        )
    inside = deployment.rooms['lab'].area.contains([[1.0, -3.0], [1.0, 3.0]])
    assert list(inside) == [True, False]


def test_an_empty_scene_has_clutter_only():
    (recording,) = simulate(load_scenario('free', {'people.count': 0}), 0, 4.0)
    assert recording.people == ()
    assert all((labels == NOBODY).all() for labels in recording.point_people)
    assert all(truth == () for truth in recording.truth)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'seed': -1}, 'seed: must be a whole number, 0 or more, got -1'),
        ({'seed': 1.5}, 'seed: must be a whole number'),
        ({'duration': -1.0}, r'duration: must be seconds in \(0, 21600\], got -1'),
        ({'duration': math.nan}, 'duration: must be seconds'),
        ({'sensors': ('sonar',)}, "unknown kind 'sonar'; known are radar, thermal, lowres_ir"),
    ],
)
def test_impossible_simulations_are_refused_in_one_line(arguments, message):
    with pytest.raises(ScenarioError, match=f'^free: .*{message}'):
        Simulation(load_scenario('free'), **{'seed': 0, **arguments})


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (
            {'thermal_cameras.t': {'room': 'lab', 'model': {'foo': 1}}},
            "thermal_cameras.t.model: unknown parameter 'foo'; known are width",
        ),
        (
            {'lowres_ir.l': {'room': 'lab', 'device': 'x'}},
            "lowres_ir.l.*: unknown device 'x'; known are thermopile_8x8",
        ),
        (
            {'lowres_ir.l': {'room': 'lab', 'model': {'rows': 0}}},
            'lowres_ir.l.model: rows must lie in',
        ),
    ],
)
def test_impossible_sensors_are_told_before_anything_is_simulated(settings, message):
    scenario = load_scenario('free', settings)
    with pytest.raises(ScenarioError, match=f'^free: {message}'):
        Simulation(scenario, 0, 1.0)

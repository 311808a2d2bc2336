"""`trf simulate`: the bag it writes, byte for byte the same everywhere, and bad input."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from thermal_radar_fusion import cli
from thermal_radar_fusion.bags import open_bag, read_recording
from thermal_radar_fusion.deployment import recorded_deployment
from thermal_radar_fusion.simulation.scenario import load_scenario, scenario_names
from thermal_radar_fusion.simulation.simulation import (
    LowResReading,
    Simulation,
    ThermalReading,
    simulate,
)

# Small enough to be fast: a room with one sensor of each kind, two cameras in the other room.
HOUSE = """
description: A house of two rooms.
duration: 2.0
floor_plan:
  rooms:
    hall: {x: [0, 4], y: [0, 4]}
    den: {x: [4, 8], y: [0, 4]}
  doors: {door: {rooms: [hall, den], at: [4.0, 2.0], width: 1.0}}
people: {count: 2}
motion: {kind: free, elsewhere: 0.5}
radars:
  hall_radar: {room: hall, device: iwr1843, mounting: {x: 0, y: 2, z: 1.5}}
  den_radar: {room: den, device: iwr6843, mounting: {x: 8, y: 2, z: 1.5, yaw: 3.14159}}
thermal_cameras:
  hall_camera: {room: hall, mounting: {x: 0, y: 2, z: 2}, model: {width: 64, height: 48, rate: 5}}
  east: {room: den, mounting: {x: 4.1, y: 1, z: 2}, model: {width: 32, height: 24, rate: 5}}
  west: {room: den, mounting: {x: 7.9, y: 3, z: 2, yaw: 3.14159}, model: {width: 32, height: 24}}
lowres_ir:
  ceiling: {room: hall, mounting: {x: 2, y: 2, z: 3, pitch: 1.5708}}
"""


@pytest.fixture(scope='module')
def house(tmp_path_factory):
    path = tmp_path_factory.mktemp('scenarios') / 'house.yaml'
    path.write_text(HOUSE)
    return path


@pytest.fixture(scope='module')
def bag(tmp_path_factory, house):
    folder = tmp_path_factory.mktemp('bags')
    assert trf('simulate', house, '-o', folder / 'house', '--seed', 5) == 0
    return folder / 'house'


def trf(*arguments: object) -> int:
    return cli.run([str(argument) for argument in arguments])


def figures_of(capsys, tmp_path, *arguments: object) -> dict:
    assert trf('simulate', *arguments, '--json', tmp_path / 'f.json') == 0
    assert capsys.readouterr().err == ''
    return json.loads((tmp_path / 'f.json').read_text(), parse_constant=pytest.fail)


def test_every_sensor_is_in_the_bag(house, bag):
    with open_bag(bag) as opened:
        topics, truth = set(opened.topics), opened.truth()
        hall = list(opened.images('/hall/thermal/image_raw'))
        west = list(opened.images('/den/thermal/west/image_raw'))
        cells = list(opened.images('/hall/lowres_ir/image'))
        (camera, *_) = opened.camera_infos('/hall/thermal/camera_info')
        mountings = opened.mountings()
    assert topics == {
        '/tf_static',
        '/ground_truth',
        '/hall/radar/points',
        '/den/radar/points',
        '/hall/thermal/image_raw',
        '/hall/thermal/camera_info',
        '/den/thermal/east/image_raw',
        '/den/thermal/east/camera_info',
        '/den/thermal/west/image_raw',
        '/den/thermal/west/camera_info',
        '/hall/lowres_ir/image',
    }
    assert set(truth.people('hall')) | set(truth.people('den')) == {'anna', 'ben'}
    assert [image.sensor for image in hall] == ['hall_camera'] * 10
    assert (hall[0].pixels.dtype, hall[0].pixels.shape) == (np.uint16, (48, 64))
    assert 15 < np.median(hall[0].pixels) * 0.04 - 273.15 < 30
    assert (camera.width, camera.height) == (64, 48)
    assert (west[0].sensor, len(west)) == ('west', 30)
    assert cells[0].pixels.dtype == np.float32
    assert 15 < np.median(cells[0].pixels) < 30
    scenario = load_scenario(house)
    for name, pose in mountings.items():
        placements = {**scenario.radars, **scenario.thermal_cameras, **scenario.lowres_ir}
        np.testing.assert_allclose(
            pose.rotation, placements[name].pose.transform.rotation, atol=1e-8
        )


def test_the_bag_holds_what_the_simulation_yields(house, bag):
    simulation = Simulation(load_scenario(house), 5)
    readings = list(simulation.observations())
    with open_bag(bag) as opened:
        hall = list(opened.images('/hall/thermal/image_raw'))
        cells = list(opened.images('/hall/lowres_ir/image'))
        recorded = opened.truth()
    images = [r for r in readings if isinstance(r, ThermalReading) and r.room == 'hall']
    for ours, theirs in zip(hall, images, strict=True):
        assert ours.stamp == pytest.approx(theirs.stamp, abs=1e-8)
        np.testing.assert_array_equal(ours.pixels, theirs.image)
    lowres = [r.image for r in readings if isinstance(r, LowResReading)]
    np.testing.assert_array_equal([c.pixels for c in cells], lowres)
    for room, recording in zip(('den', 'hall'), read_recording(bag), strict=True):
        (expected,) = [r for r in simulate(load_scenario(house), 5) if r.room == room]
        assert recording.people == expected.people == ('anna', 'ben')
        for index, frame in enumerate(expected.frames):
            np.testing.assert_allclose(recording.frames[index].points, frame.points, rtol=1e-6)
            np.testing.assert_array_equal(
                recording.point_people[index], expected.point_people[index]
            )
            for true in expected.truth[index]:
                (told,) = [p for p in recorded.at(room, frame.stamp) if p.person == true.person]
                np.testing.assert_array_equal(told.position, true.position)
                np.testing.assert_array_equal(told.head, true.head)
                assert told.temperature == pytest.approx(true.temperature, abs=1e-5)


def test_the_bag_knows_its_rooms_and_radars(house, bag, capsys, tmp_path):
    scenario = load_scenario(house)
    with open_bag(bag) as opened:
        deployment = recorded_deployment(opened)
    assert set(deployment.rooms) == {'hall', 'den'}
    for name, radar in scenario.radars.items():
        assert deployment.radars[name].pose == radar.pose
    assert trf('process', bag, '--json', tmp_path / 'f.json') == 0
    assert trf('evaluate', 'tracking', bag, '--room', 'hall') == 0
    assert capsys.readouterr().err == ''


def test_the_figures_are_those_of_the_bag(house, capsys, tmp_path):
    figures = figures_of(
        capsys, tmp_path, house, '-o', tmp_path / 'b', '--duration', 1, '--sensors', 'radar'
    )
    with open_bag(tmp_path / 'b') as opened:
        counts = {t: n for t, n in opened.counts.items() if t != '/tf_static'}
    assert figures['messages'] == counts
    assert set(counts) == {'/ground_truth', '/hall/radar/points', '/den/radar/points'}
    assert (figures['scenario'], figures['duration_s']) == ('house', 1.0)
    assert figures['people'] == ['anna', 'ben']
    assert figures['realtime_factor'] > 0


def test_a_setting_changes_the_scene(house, capsys, tmp_path):
    options = ('--duration', 1, '--sensors', 'lowres_ir', '--set', 'people.count=4')
    figures = figures_of(capsys, tmp_path, house, '-o', tmp_path / 'b', *options)
    assert len(figures['people']) == 4
    assert set(figures['messages']) == {'/ground_truth', '/hall/lowres_ir/image'}


def test_the_scenarios_are_listed(capsys, tmp_path):
    assert trf('simulate', '--list', '--json', tmp_path / 'f.json') == 0
    shown = capsys.readouterr().out
    listed = json.loads((tmp_path / 'f.json').read_text())
    assert tuple(listed) == scenario_names()
    contract = {'parallel', 'crossing', 'close', 'free', 'entrance', 'two_rooms', 'building'}
    assert contract <= set(listed)
    assert all(name in shown for name in listed)
    assert all(listed.values())


def test_the_same_seed_makes_the_same_bytes_in_any_process(house, tmp_path):
    def made(name: str, **variables: str) -> dict[str, bytes]:
        code = 'from thermal_radar_fusion.cli import main; main()'
        arguments = ['simulate', house, '-o', f'{name}/bag', '--seed', 1, '--duration', 1]
        subprocess.run(
            [sys.executable, '-c', code, *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path), **variables},
            check=True,
            capture_output=True,
            timeout=120,
        )
        return content(tmp_path / name / 'bag')

    def content(folder: Path) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in folder.iterdir()}

    first = made('first', PYTHONHASHSEED='1')
    # Another order of sets, other BLAS kernels, and NumPy without its vector units.
    simd = {'NPY_DISABLE_CPU_FEATURES': 'AVX512F AVX512CD AVX512_SKX AVX2 FMA3'}
    blas = {'OPENBLAS_CORETYPE': 'Nehalem', 'OPENCV_CPU_DISABLE': 'AVX2,FMA3'}
    assert made('again', PYTHONHASHSEED='2', **simd, **blas) == first
    options = ('--seed', 2, '--duration', 1)
    assert trf('simulate', house, '-o', tmp_path / 'other' / 'bag', *options) == 0
    assert content(tmp_path / 'other' / 'bag') != first


BAD_INPUT = [
    ('simulate', 'which scenario? Known are building,'),
    ('simulate free', 'name a new bag with -o'),
    ('simulate nowhere -o new', "unknown scenario 'nowhere'; known are building,"),
    ('simulate missing.yaml -o new', 'no such file'),
    ('simulate free -o new --duration -1', 'duration: must be seconds in (0,'),
    ('simulate free -o new --duration 0', 'duration: must be seconds in (0,'),
    ('simulate free -o new --duration nan', 'duration'),
    ('simulate free -o new --seed -1', 'seed'),
    ('simulate free -o new --set peple.count=3', 'unknown key'),
    ('simulate free -o new --set people.count', 'expected KEY=VALUE'),
    ('simulate free -o new --set people.count=[', 'is no value'),
    ('simulate free -o new --set people.named.anna.start=[0,0]', 'is inside a wall'),
    ('simulate free -o new --set radars.sonar.room=lab', "unknown sensor 'sonar'"),
    ('simulate free -o new --sensors sonar', "unknown sensor 'sonar'; known are radar,"),
    ('simulate free -o new --storage tape', 'tape'),
    ('simulate house.yaml -o here --duration 1', 'exists already; --force'),
    ('simulate house.yaml -o text.txt/new --duration 1', 'cannot be written'),
    ('simulate --compare missing', 'does not exist'),
    ('simulate free --compare missing', 'one too many'),
]


@pytest.mark.parametrize(('command', 'text'), BAD_INPUT)
def test_bad_input_is_one_line_and_exit_code_2(
    tmp_path, house, monkeypatch, capsys, command, text
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'text.txt').write_text('hello')
    (tmp_path / 'here').mkdir()
    (tmp_path / 'house.yaml').write_text(house.read_text())
    assert trf(*command.split()) == cli.BAD_INPUT
    output = capsys.readouterr()
    assert output.err.count('\n') == 1, output.err
    assert output.err.startswith('trf: ')
    assert text.lower() in output.err.lower()
    assert not Path('new').exists()


def test_an_interrupted_simulation_leaves_nothing(house, tmp_path, monkeypatch, capsys):
    def interrupted(self: Simulation):
        yield from list(Simulation.all_observations(self))[:20]
        raise KeyboardInterrupt

    monkeypatch.setattr(Simulation, 'all_observations', Simulation.observations, raising=False)
    monkeypatch.setattr(Simulation, 'observations', interrupted)
    assert trf('simulate', house, '-o', tmp_path / 'bag', '--sensors', 'radar') == cli.INTERRUPTED
    assert list(tmp_path.iterdir()) == []

"""`trf calibrate extrinsics` on a simulated bag: from clouds and thermograms to a mounting."""

import json

import numpy as np
import pytest

from thermal_radar_fusion.bags import open_bag
from thermal_radar_fusion.cli import run
from thermal_radar_fusion.deployment import recorded_deployment

SCENE = """
duration: 30.0
floor_plan: lab
people: {count: 1}
motion: {kind: free, stand: 0.0}
radars:
  radar: {room: lab, device: iwr1843, mounting: {z: 1.5}}
thermal_cameras:
  thermal:
    room: lab
    mounting: {x: 0.1, y: 0.6, z: 1.9, pitch: 0.08, yaw: -0.1}
    model: {rate: 4.0, width: 320, height: 256, pitch: 34.0}
"""


def trf(*arguments):
    return run([str(argument) for argument in arguments])


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    """A bag of one person who walks before a radar and a thermal camera."""
    folder = tmp_path_factory.mktemp('walk')
    scene = folder / 'walk.yaml'
    scene.write_text(SCENE)
    assert trf('simulate', scene, '-o', folder / 'bag', '--seed', 2) == 0
    return folder / 'bag'


def test_extrinsics_from_a_walk(bag, tmp_path):
    figures = tmp_path / 'figures.json'
    assert trf('calibrate', 'extrinsics', bag, '--json', figures) == 0
    found = json.loads(figures.read_text())
    with open_bag(bag) as opened:
        truth = recorded_deployment(opened).cameras['thermal'].pose
    errors = {n: found['mounting'][n] - value for n, value, _ in truth.flattened()}
    for name, std in found['position_std_m'].items():
        assert abs(errors[name]) < 3 * std < 0.4
    assert max(abs(errors[name]) for name in ('roll', 'pitch', 'yaw')) < np.radians(2.5)


def test_walk_with_an_impossible_height(bag, capsys):
    assert trf('calibrate', 'extrinsics', bag, '--height', 5) == 2
    assert 'face_height must lie in' in capsys.readouterr().err

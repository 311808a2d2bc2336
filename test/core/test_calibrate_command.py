"""`trf calibrate distance` and `temperature`: what they fit, print and write."""

import json

import numpy as np
import pytest
import yaml

from thermal_radar_fusion import cli
from thermal_radar_fusion.thermal.distance_model import DistanceModel
from thermal_radar_fusion.thermal.face_tracker import FaceTrackerParameters
from thermal_radar_fusion.thermal.temperature import TemperatureCorrection
from thermal_radar_fusion.thermal.thermometer import TemperatureParameters

MODEL = DistanceModel(b0=140.0, b1=0.1, b2=1.0)
CORRECTION = TemperatureCorrection(a0=1.01, a1=0.006)


def trf(*arguments):
    """Run a command and return its exit code."""
    return cli.run([str(argument) for argument in arguments])


@pytest.fixture
def heights(tmp_path):
    """Pairs of distances and heights."""
    distances = np.linspace(0.8, 5.0, 30)
    lines = [f'{d},{float(MODEL.height(d))}' for d in distances]
    path = tmp_path / 'heights.csv'
    path.write_text('\n'.join(['distance_m,height_px', *lines]) + '\n')
    return path


@pytest.fixture
def readings(tmp_path):
    """Readings of faces of known temperatures."""
    draw = np.random.default_rng(0)
    truth, distances = draw.normal(36, 0.5, 30), draw.uniform(0.8, 3.5, 30)
    rows = zip(truth / CORRECTION.alpha(distances), distances, truth, strict=True)
    lines = [','.join(f'{value:.9f}' for value in row) for row in rows]
    path = tmp_path / 'readings.csv'
    path.write_text('\n'.join(['reading_c,distance_m,true_c', *lines]) + '\n')
    return path


def test_distance_goes_into_the_deployment_as_it_is_written(heights, tmp_path, capsys):
    yaml_file, json_file = tmp_path / 'out' / 'camera.yaml', tmp_path / 'figures.json'
    assert trf('calibrate', 'distance', heights, '-o', yaml_file, '--json', json_file) == 0
    tracking = yaml.safe_load(yaml_file.read_text())['tracking']
    model = FaceTrackerParameters.from_mapping(tracking).distance
    assert (model.b0, model.b1, model.b2) == pytest.approx((140.0, 0.1, 1.0), abs=1e-3)
    figures = json.loads(json_file.read_text())
    assert figures['pairs'] == 30
    assert figures['distance_error_rms_m'] == pytest.approx(0.0, abs=1e-6)
    assert 'tracking:' in capsys.readouterr().out


def test_temperature_goes_into_the_deployment_as_it_is_written(readings, tmp_path):
    yaml_file, json_file = tmp_path / 'camera.yaml', tmp_path / 'figures.json'
    assert trf('calibrate', 'temperature', readings, '-o', yaml_file, '--json', json_file) == 0
    content = yaml.safe_load(yaml_file.read_text())['temperature']
    correction = TemperatureParameters.from_mapping(content).correction
    assert (correction.a0, correction.a1) == pytest.approx((1.01, 0.006), abs=1e-5)
    figures = json.loads(json_file.read_text())
    assert figures['readings'] == 30
    assert figures['raw_error_rms_c'] > 0.5


@pytest.mark.parametrize(
    ('command', 'text', 'told'),
    [
        ('distance', 'distance_m,height_px\n1,100\n2,50\n', 'four different distances'),
        ('distance', 'distance_m,height_px\n1,10\n2,50\n3,60\n4,70\n', 'do not fall'),
        ('distance', 'distance_m\n1\n', "no column 'height_px'"),
        ('temperature', 'reading_c,distance_m,true_c\n36,2,36\n35,2,36\n', 'two distances'),
        ('temperature', 'reading_c,distance_m,true_c\n36,far,36\n', 'must be a number'),
    ],
)
def test_bad_input_is_one_line(command, text, told, tmp_path, capsys):
    path = tmp_path / 'bad.csv'
    path.write_text(text)
    assert trf('calibrate', command, path) == 2
    error = capsys.readouterr().err
    assert error.count('\n') == 1
    assert told in error
    assert 'bad.csv' in error


def test_a_file_that_cannot_be_written_is_told(heights, capsys):
    assert trf('calibrate', 'distance', heights, '-o', heights / 'no' / 'folder.yaml') == 2
    assert 'cannot be written' in capsys.readouterr().err


def test_the_group_shows_its_commands(capsys):
    assert trf('calibrate') == 0
    shown = capsys.readouterr().out
    assert 'distance' in shown
    assert 'temperature' in shown

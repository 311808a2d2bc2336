"""`trf calibrate intrinsics` and `extrinsics`: files in, lines for the deployment out."""

import json

import cv2
import numpy as np
import pytest
import yaml
from thermal_boards import board_image, board_poses

from thermal_radar_fusion.camera_matrix import CameraMatrix
from thermal_radar_fusion.camera_model import Intrinsics, ThermalCameraView
from thermal_radar_fusion.cli import run
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.thermal.camera_calibration import Checkerboard

CAMERA = Intrinsics(380.0, 380.0, 159.5, 127.5, (-0.2, 0.06, 0.0, 0.0, 0.0), 320, 256)
MATRIX = {'fx': 380.0, 'fy': 380.0, 'cx': 159.5, 'cy': 127.5, 'k1': -0.2, 'k2': 0.06}
MATRIX |= {'width': 320, 'height': 256}
MOUNTING = Mounting(0.3, -0.5, 2.2, 0.01, 0.2, 0.15)


def trf(*arguments):
    return run([str(argument) for argument in arguments])


def error_of(capsys, *arguments):
    """The one line that bad input gives."""
    assert trf('calibrate', *arguments) == 2
    error = capsys.readouterr().err
    assert error.count('\n') == 1
    return error


@pytest.fixture(scope='module')
def boards(tmp_path_factory):
    """A folder of 16-bit thermograms of a board, one of them without it."""
    folder = tmp_path_factory.mktemp('boards')
    rng, board = np.random.default_rng(1), Checkerboard(7, 5, 0.04)
    for index, pose in enumerate(board_poses(5, CAMERA, board, rng)):
        celsius = board_image(CAMERA, board, pose, 4.0, rng)
        if index == 2:
            celsius = celsius[::-1] * 0 + rng.normal(22.0, 0.05, celsius.shape)
        counts = np.round((celsius + 273.15) / 0.04).astype(np.uint16)
        cv2.imwrite(str(folder / f'board{index}.png'), counts)
    (folder / 'notes.txt').write_text('lamp, 10 minutes\n')
    return folder


def test_intrinsics_of_a_folder(boards, tmp_path, capsys):
    snippet, figures = tmp_path / 'camera.yaml', tmp_path / 'figures.json'
    arguments = ['--columns', 7, '--rows', 5, '-o', snippet, '--json', figures]
    assert trf('calibrate', 'intrinsics', boards, *arguments) == 0
    assert 'no board found in: board2.png' in capsys.readouterr().out
    written = yaml.safe_load(snippet.read_text())
    matrix = CameraMatrix.from_mapping(written['intrinsics'])
    assert matrix.intrinsics.fx == pytest.approx(380, rel=0.02)
    assert (matrix.width, matrix.height) == (320, 256)
    found = json.loads(figures.read_text())
    assert found['failed'] == ['board2.png']
    assert found['intrinsics'] == written['intrinsics']
    assert found['residual_px'] < 0.4


def test_boards_that_are_not_found_are_told(tmp_path, capsys):
    noise = np.random.default_rng(0).integers(0, 255, (64, 80), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / 'noise.png'), noise)
    error = error_of(capsys, 'intrinsics', tmp_path, '--columns', 9, '--rows', 4)
    assert '9 x 4 inner corners was found in 0 of 1 images, 4 are needed' in error


def test_folders_without_images(tmp_path, capsys):
    assert 'is no folder' in error_of(capsys, 'intrinsics', tmp_path / 'none')
    assert 'has no images' in error_of(capsys, 'intrinsics', tmp_path)
    (tmp_path / 'broken.png').write_text('this is no image')
    assert 'broken.png' in error_of(capsys, 'intrinsics', tmp_path)


def write_config(path, **cameras):
    content = {
        'rooms': {'lab': {}},
        'cameras': {n: {'room': 'lab', **c} for n, c in cameras.items()},
    }
    path.write_text(yaml.safe_dump(content))
    return path


def write_markers(path, points, pixels):
    rows = [','.join(f'{v:.5f}' for v in row) for row in np.column_stack([points, pixels])]
    path.write_text('\n'.join(['x_m,y_m,z_m,column_px,row_px', *rows]) + '\n')
    return path


@pytest.fixture
def markers(tmp_path):
    view = ThermalCameraView(CAMERA, MOUNTING.transform)
    points = np.random.default_rng(0).uniform([1.5, -2, 0], [5, 2, 2.2], (200, 3))
    points = points[view.sees(points)][:10]
    return write_markers(tmp_path / 'markers.csv', points, view.project(points)[0])


def test_extrinsics_from_markers(markers, tmp_path, capsys):
    config = write_config(tmp_path / 'room.yaml', door={'intrinsics': MATRIX})
    snippet, figures = tmp_path / 'mounting.yaml', tmp_path / 'figures.json'
    options = ['--config', config, '-o', snippet, '--json', figures]
    assert trf('calibrate', 'extrinsics', '--markers', markers, *options) == 0
    found = Mounting.from_mapping(yaml.safe_load(snippet.read_text())['mounting'])
    for name, value, _ in MOUNTING.flattened():
        assert getattr(found, name) == pytest.approx(value, abs=2e-3)
    assert 'Where door hangs' in capsys.readouterr().out
    assert json.loads(figures.read_text())['points'] == 10


def test_markers_that_do_not_do(markers, tmp_path, capsys):
    config = write_config(tmp_path / 'room.yaml', door={'intrinsics': MATRIX})
    line = np.linspace([2.0, -0.5, 1.0], [5.0, 0.5, 1.5], 8)
    pixels = ThermalCameraView(CAMERA, MOUNTING.transform).project(line)[0]
    bad = write_markers(tmp_path / 'line.csv', line, pixels)
    arguments = ['extrinsics', '--markers', bad, '--config', config]
    assert 'not all on one line' in error_of(capsys, *arguments)
    bad.write_text('x_m,y_m\n1,2\n')
    assert "no column 'z_m'" in error_of(capsys, *arguments)


def test_cameras_that_are_not_clear(markers, tmp_path, capsys):
    arguments = ['extrinsics', '--markers', markers]
    assert 'give a bag' in error_of(capsys, *arguments)
    bare = write_config(tmp_path / 'bare.yaml', door={})
    assert 'neither camera_info nor intrinsics' in error_of(capsys, *arguments, '--config', bare)
    none = write_config(tmp_path / 'none.yaml')
    assert 'no thermal camera' in error_of(capsys, *arguments, '--config', none)
    two = write_config(tmp_path / 'two.yaml', door={'intrinsics': MATRIX}, hall={})
    assert 'choose one with --camera' in error_of(capsys, *arguments, '--config', two)
    wrong = error_of(capsys, *arguments, '--config', two, '--camera', 'roof')
    assert "no camera 'roof'; known are door, hall" in wrong

"""Camera matrices from configuration and from camera_info."""

from types import SimpleNamespace

import numpy as np
import pytest

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.camera_matrix import (
    CameraInfoError,
    CameraMatrix,
    fitting,
    intrinsics_of,
)
from thermal_radar_fusion.camera_model import Intrinsics
from thermal_radar_fusion.parameters import ParameterError

CAMERA = Intrinsics(700.5, 701.5, 319.0, 255.0, (-0.3, 0.1, 0.001, -0.002, 0.01), 640, 512)


def info(**changes):
    sent = messages.WRITER.camera_info(1.0, CAMERA, 'thermal')
    names = ('k', 'd', 'width', 'height', 'distortion_model')
    return SimpleNamespace(**{**{name: getattr(sent, name) for name in names}, **changes})


def test_camera_info_says_what_the_camera_is():
    assert intrinsics_of(info()) == CAMERA


def test_a_lens_with_fewer_coefficients():
    assert intrinsics_of(info(d=[-0.2])).distortion == (-0.2, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'k': np.zeros(9)}, 'never calibrated'),
        ({'distortion_model': 'equidistant'}, 'equidistant lens, not plumb_bob'),
    ],
)
def test_a_camera_info_that_says_nothing_is_one_line(changes, words):
    with pytest.raises(CameraInfoError, match=words) as caught:
        intrinsics_of(info(**changes))
    assert '\n' not in str(caught.value)


def test_a_camera_of_other_images_is_refused():
    assert fitting(CAMERA, (512, 640)) is CAMERA
    with pytest.raises(CameraInfoError, match=r'of 640 x 512, these are 320 x 256: it is not'):
        fitting(CAMERA, (256, 320))


def test_a_matrix_that_is_written_down():
    written = {'fx': 700.5, 'fy': 701.5, 'cx': 319, 'cy': 255, 'width': 640, 'height': 512}
    lens = {'k1': -0.3, 'k2': 0.1, 'p1': 0.001, 'p2': -0.002, 'k3': 0.01}
    assert CameraMatrix.from_mapping({**written, **lens}).intrinsics == CAMERA
    assert CameraMatrix().intrinsics is None


@pytest.mark.parametrize('missing', ['fx', 'fy', 'width', 'height'])
def test_half_a_matrix_is_refused(missing):
    written = {'fx': 700.0, 'fy': 700.0, 'width': 640, 'height': 512}
    with pytest.raises(ParameterError, match='given together'):
        CameraMatrix.from_mapping({k: v for k, v in written.items() if k != missing})

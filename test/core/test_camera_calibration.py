"""Camera matrices from thermograms of a checkerboard, 16 bits, hot or cold squares, blurred."""

import numpy as np
import pytest
from thermal_boards import board_image, board_poses

from thermal_radar_fusion.camera_model import Intrinsics
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.thermal.camera_calibration import (
    CalibrationError,
    Checkerboard,
    calibrate_camera,
    common_shape,
    find_corners,
)

BOARD = Checkerboard(7, 5, 0.04)
LENS = (-0.22, 0.09, 0.0006, -0.0004, 0.0)
CAMERA = Intrinsics(380.0, 378.0, 158.0, 129.0, LENS, 320, 256)
IDEAL = Intrinsics(765.0, 765.0, 319.5, 255.5, (0.0,) * 5, 640, 512)
LARGE = Intrinsics(765.0, 765.0, 319.5, 255.5, LENS, 640, 512)


def counts(celsius):
    """16-bit counts of 40 mK, as an A65 has them."""
    return np.round((celsius + 273.15) / 0.04).astype(np.uint16)


def true_corners(camera, pose):
    rotation, translation = pose
    return camera.project(RigidTransform(rotation, translation).apply(BOARD.corners))


def noisy_corners(camera, count, noise, seed=0, board=BOARD):
    rng = np.random.default_rng(seed)
    poses = board_poses(count, camera, board, rng)
    return [true_corners(camera, p) + rng.normal(0, noise, (35, 2)) for p in poses]


@pytest.fixture(scope='module')
def boards():
    """Where a board is in eight thermograms of hot or cold squares, and where it was found."""
    rng = np.random.default_rng(3)
    poses = board_poses(8, CAMERA, BOARD, rng)
    signs = [4.0, -3.0] * 4
    images = [board_image(CAMERA, BOARD, p, hot, rng) for p, hot in zip(poses, signs, strict=True)]
    return poses, [find_corners(counts(image), BOARD) for image in images]


def test_corners_are_where_they_are_projected(boards):
    found = [(p, corners) for p, corners in zip(*boards, strict=True) if corners is not None]
    assert len(found) >= 7
    for pose, corners in found:
        truth = true_corners(CAMERA, pose)
        # The board looks the same upside down.
        errors = min((corners - truth, corners - truth[::-1]), key=lambda e: np.abs(e).max())
        assert np.abs(errors).max() < 1.0
        assert np.abs(errors.mean(axis=0)).max() < 0.15


def test_camera_from_counts(boards):
    found = calibrate_camera([*boards[1], None], (256, 320), BOARD)
    assert found.residual < 0.4
    assert found.intrinsics.fx == pytest.approx(CAMERA.fx, rel=0.015)
    assert found.intrinsics.fy == pytest.approx(CAMERA.fy, rel=0.015)
    assert (found.intrinsics.width, found.intrinsics.height) == (320, 256)
    assert 8 in found.failed
    assert set(found.residuals) | set(found.failed) | set(found.outlying) == set(range(9))


def test_exact_corners_give_the_camera_exactly():
    found = calibrate_camera(noisy_corners(LARGE, 12, 0.0), (512, 640), BOARD)
    camera = found.intrinsics
    np.testing.assert_allclose(
        [camera.fx, camera.fy, camera.cx, camera.cy], [765, 765, 319.5, 255.5], atol=0.2
    )
    np.testing.assert_allclose(camera.distortion, LENS, atol=5e-3)
    assert found.residual < 0.01


def test_focal_length_is_as_sure_as_it_says():
    found = [
        calibrate_camera(noisy_corners(LARGE, 12, 0.3, seed), (512, 640), BOARD)
        for seed in range(15)
    ]
    ratios = [(each.intrinsics.fx - 765) / each.focal_std[0] for each in found]
    assert np.sqrt(np.mean(np.square(ratios))) == pytest.approx(1.0, abs=0.5)


def test_images_without_a_board_and_images_that_do_not_fit_are_told():
    corners = noisy_corners(LARGE, 12, 0.1)
    rng = np.random.default_rng(5)
    corners[4] = None
    corners[7] = corners[7] + rng.normal(0, 15.0, corners[7].shape)
    found = calibrate_camera(corners, (512, 640), BOARD)
    assert found.failed == (4,)
    assert found.outlying == (7,)
    assert found.intrinsics.fx == pytest.approx(765, rel=0.005)
    assert set(found.residuals) == set(range(12)) - {4, 7}


def test_boards_that_only_face_the_camera_do_not_determine_it():
    rng = np.random.default_rng(0)
    places = np.column_stack([rng.uniform(-0.15, 0.05, (6, 2)), rng.uniform(0.8, 1.2, 6)])
    corners = [true_corners(IDEAL, (np.eye(3), place)) for place in places]
    noisy = [each + rng.normal(0, 0.3, each.shape) for each in corners]
    with pytest.raises(CalibrationError, match='focal length is not determined'):
        calibrate_camera(noisy, (512, 640), BOARD, radial=0)


def test_corners_of_no_board_are_refused():
    rng = np.random.default_rng(0)
    corners = [rng.uniform(0, 500, (35, 2)) for _ in range(6)]
    with pytest.raises(CalibrationError, match='no camera explains'):
        calibrate_camera(corners, (512, 640), BOARD)


def test_too_few_boards_and_images_of_several_sizes_are_refused():
    with pytest.raises(CalibrationError, match='7 x 5 inner corners was found in 0 of 2 images'):
        calibrate_camera([None, None], (512, 640), BOARD)
    assert common_shape([np.zeros((512, 640)), np.zeros((512, 640), np.uint16)]) == (512, 640)
    with pytest.raises(CalibrationError, match='several sizes: 320 x 256, 640 x 512'):
        common_shape([np.zeros((512, 640)), np.zeros((256, 320))])


def test_noise_holds_no_board():
    noise = np.random.default_rng(0).normal(22.0, 0.05, (120, 160))
    assert find_corners(counts(noise), BOARD) is None


@pytest.mark.parametrize('image', [np.zeros((64, 64), np.uint8), np.full((9, 7), 7.0)])
def test_flat_images_hold_no_board(image):
    assert find_corners(image, BOARD) is None


@pytest.mark.parametrize('wrong', [(2, 5, 0.03), (7, 5, 0.0), (7, 5, float('nan'))])
def test_impossible_boards(wrong):
    with pytest.raises(CalibrationError, match='3 x 3'):
        Checkerboard(*wrong)

"""The camera model against OpenCV, and where mounted cameras look."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_radar_fusion.camera_model import Intrinsics, ThermalCameraView
from thermal_radar_fusion.mounting import Mounting

A65 = Intrinsics(764.7, 764.7, 319.5, 255.5, (-0.22, 0.09, 0.0006, -0.0004, 0.0), 640, 512)

angles = st.floats(-0.5, 0.5)
poses = st.builds(
    Mounting,
    x=st.floats(-5, 5),
    y=st.floats(-5, 5),
    z=st.floats(0.5, 3),
    roll=st.sampled_from([0.0, math.pi / 2, -math.pi / 2, 0.1]),
    pitch=angles,
    yaw=st.floats(-math.pi, math.pi),
)


def opencv_matrix(camera):
    return np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1.0]])


def view_of(mounting, camera=A65):
    return ThermalCameraView(camera, mounting.transform)


def test_pixels_are_those_of_opencv():
    points = np.random.default_rng(1).uniform((-1, -0.8, 2), (1, 0.8, 6), (50, 3))
    theirs, _ = cv2.projectPoints(
        points, np.zeros(3), np.zeros(3), opencv_matrix(A65), np.array(A65.distortion)
    )
    assert A65.project(points) == pytest.approx(theirs[:, 0], abs=1e-9)


def test_a_mounted_camera_sees_what_opencv_projects():
    mounting = Mounting(x=1.0, y=-0.5, z=2.2, roll=0.1, pitch=0.3, yaw=2.0)
    view = view_of(mounting)
    ahead = mounting.transform.apply([[3.0, 0.5, 0.2], [4.0, -1.0, -0.3], [2.0, 0.0, 0.0]])
    forward = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
    rotation = forward @ mounting.transform.rotation.T
    shift = -rotation @ mounting.transform.translation
    theirs, _ = cv2.projectPoints(
        ahead, cv2.Rodrigues(rotation)[0], shift, opencv_matrix(A65), np.array(A65.distortion)
    )
    pixels, distances = view.project(ahead)
    assert pixels == pytest.approx(theirs[:, 0], abs=1e-6)
    assert distances == pytest.approx([math.sqrt(9.29), math.sqrt(17.09), 2.0])


@settings(max_examples=60, deadline=None)
@given(pose=poses, column=st.floats(0, 639), row=st.floats(0, 511), far=st.floats(0.5, 8))
def test_a_pixel_looks_at_what_is_seen_there(pose, column, row, far):
    view = view_of(pose)
    (ray,) = view.rays([[column, row]])
    assert np.linalg.norm(ray) == pytest.approx(1.0)
    pixels, distances = view.project([view.position + far * ray])
    assert pixels[0] == pytest.approx([column, row], abs=1e-6)
    assert distances[0] == pytest.approx(far)
    assert view.sees([view.position + far * ray])[0]


def test_what_is_behind_has_no_pixel_but_a_distance():
    view = view_of(Mounting(z=1.5))
    pixels, distances = view.project([[-2.0, 0.0, 1.5], [2.0, 0.0, 1.5]])
    assert np.isnan(pixels[0]).all()
    assert pixels[1] == pytest.approx([A65.cx, A65.cy], abs=1.0)
    assert distances == pytest.approx([2.0, 2.0])
    assert view.sees([[-2.0, 0.0, 1.5], [2.0, 0.0, 1.5]]).tolist() == [False, True]


def test_what_the_distortion_folds_into_the_image_is_not_seen():
    folding = Intrinsics(765, 765, 319.5, 255.5, (-0.22, 0.0, 0.0, 0.0, 0.0), 640, 512)
    view = view_of(Mounting(), folding)
    aside = np.array([[1.0, 2.13, 0.0]])  # 65 degrees from the axis
    pixels, _ = view.project(aside)
    assert 0 <= pixels[0, 0] <= 639
    assert not view.sees(aside)[0]


def test_no_points_give_no_pixels():
    view = view_of(Mounting())
    pixels, distances = view.project(np.empty((0, 3)))
    assert pixels.shape == (0, 2)
    assert distances.shape == (0,)
    assert view.rays(np.empty((0, 2))).shape == (0, 3)
    assert view.sees(np.empty((0, 3))).shape == (0,)

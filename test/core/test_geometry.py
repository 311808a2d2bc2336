"""Rigid transforms against SciPy, polygons against matplotlib's paths."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path
from scipy.spatial.transform import Rotation

from thermal_radar_fusion.geometry import RigidTransform, inside_polygon

angles = st.tuples(*[st.floats(-np.pi, np.pi)] * 3)
shifts = st.tuples(*[st.floats(-10, 10)] * 3)


@given(angles, shifts)
def test_roll_pitch_yaw_turn_about_fixed_axes(rpy, xyz):
    pose = RigidTransform.from_xyz_rpy(xyz, rpy)
    np.testing.assert_allclose(
        pose.rotation, Rotation.from_euler('xyz', rpy).as_matrix(), atol=1e-12
    )
    np.testing.assert_allclose(pose.apply(np.zeros(3)), xyz)


@given(angles, shifts, angles, shifts)
def test_inverse_and_composition(rpy_a, xyz_a, rpy_b, xyz_b):
    a, b = RigidTransform.from_xyz_rpy(xyz_a, rpy_a), RigidTransform.from_xyz_rpy(xyz_b, rpy_b)
    points = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(a.inverse().apply(a.apply(points)), points, atol=1e-9)
    np.testing.assert_allclose((a @ b).apply(points), a.apply(b.apply(points)), atol=1e-9)


@settings(deadline=None)
@given(st.integers(3, 9), st.integers(0, 1000))
def test_points_in_polygons_agree_with_matplotlib(corners, seed):
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * np.pi, corners))
    polygon = np.column_stack([np.cos(turn), np.sin(turn)]) * rng.uniform(0.5, 2, (corners, 1))
    points = rng.uniform(-2, 2, (200, 2))
    np.testing.assert_array_equal(
        inside_polygon(points, polygon), Path(polygon).contains_points(points)
    )


@pytest.mark.parametrize('points', [np.empty((0, 2)), [[0.5, 0.5]], [[np.nan, 0.5]]])
def test_no_point_one_point_and_a_point_that_is_none(points):
    inside = inside_polygon(points, [[0, 0], [1, 0], [1, 1], [0, 1]])
    assert inside.tolist() == [bool(np.isfinite(p).all()) for p in np.asarray(points)]

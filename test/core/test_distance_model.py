"""The height of a face over its distance, and the fit of its three parameters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import approx_fprime, curve_fit

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.thermal.distance_model import (
    FACE_HEIGHT,
    DistanceModel,
    DistanceModelError,
    fit_distance_model,
)

MODEL = DistanceModel(b0=140.0, b1=0.12, b2=2.0, residual_std=1.5)


def measured(count, noise, seed=0):
    """Return distances [m] and heights [px] of MODEL with noise [px]."""
    draw = np.random.default_rng(seed)
    distances = draw.uniform(0.8, 6.0, count)
    return distances, MODEL.height(distances) + draw.normal(0, noise, count)


def test_a_pinhole_camera_shows_faces_as_tall_as_geometry_says():
    # 13 mm before 17 um: 69 px at 2 m, 46 at 3, 34 at 4, 23 at 6.
    heights = DistanceModel.pinhole(13.0 / 0.017).height([2, 3, 4, 6])
    np.testing.assert_allclose(heights, [69, 46, 34, 23], atol=0.6)
    assert DistanceModel().b0 == pytest.approx(13.0 / 0.017 * FACE_HEIGHT, rel=0.001)


@given(st.floats(0.3, 20.0))
def test_distance_is_the_inverse_of_height(distance):
    assert MODEL.distance(MODEL.height(distance)) == pytest.approx(distance, rel=1e-9)


@given(st.floats(0.3, 20.0))
def test_slope_is_the_derivative_of_height(distance):
    numeric = approx_fprime(np.array([distance]), lambda d: float(MODEL.height(d[0])), 1e-7)
    assert float(MODEL.slope(distance)) == pytest.approx(numeric[0], rel=1e-4)


def test_behind_the_camera_nothing_is_infinite():
    assert np.isfinite(MODEL.height([-5.0, -0.12, 0.0])).all()
    assert float(MODEL.slope(-5.0)) == 0.0
    assert np.isfinite(MODEL.distance([0.0, -3.0, 2.0])).all()


def test_exact_pairs_give_the_parameters_back():
    fitted = fit_distance_model(*measured(40, 0.0))
    assert (fitted.b0, fitted.b1, fitted.b2) == pytest.approx((140.0, 0.12, 2.0), abs=1e-5)
    assert fitted.residual_std == pytest.approx(0.0, abs=1e-6)


def test_the_fit_is_that_of_scipy_curve_fit_and_its_residual_the_noise():
    distances, heights = measured(2000, 1.5)
    fitted = fit_distance_model(distances, heights)
    expected, _ = curve_fit(lambda d, a, b, c: a / (d + b) + c, distances, heights, (137, 0, 0))
    assert (fitted.b0, fitted.b1, fitted.b2) == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert fitted.residual_std == pytest.approx(1.5, rel=0.06)


@pytest.mark.parametrize(
    ('distances', 'heights', 'told'),
    [
        ([1, 2, 3], [140, 70], 'one height for each'),
        ([1, 2, 3, -4], [140, 70, 50, 40], 'positive'),
        ([1, 2, 3, 4], [140, 70, np.nan, 40], 'positive'),
        ([1, 2, 2, 1], [140, 70, 71, 139], 'four different distances'),
        ([], [], 'four different distances'),
        ([1, 2, 3, 4, 5], [40, 50, 60, 70, 80], 'do not fall'),
    ],
)
def test_pairs_that_determine_nothing_are_refused(distances, heights, told):
    with pytest.raises(DistanceModelError, match=told):
        fit_distance_model(distances, heights)


def test_parameters_out_of_range_are_named():
    with pytest.raises(ParameterError, match='b0'):
        DistanceModel(b0=-3.0)

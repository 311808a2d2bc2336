"""The filter of one face: derivatives, covariances, and what it says of the distance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime

from thermal_radar_fusion.thermal import face_ekf
from thermal_radar_fusion.thermal.distance_model import FACE_HEIGHT, DistanceModel
from thermal_radar_fusion.thermal.face_ekf import D, FaceFilterParameters, FaceState, H, R

MODEL = DistanceModel(b0=140.0, b1=0.1, b2=1.0, residual_std=1.5)
PARAMETERS = FaceFilterParameters()
NO_NOISE = np.zeros(4)


@st.composite
def means(draw):
    """Any state of a face before a camera."""
    place = [draw(st.floats(0, 640)), draw(st.floats(0, 512))]
    speed = [draw(st.floats(-400, 400)) for _ in range(2)]
    rest = [draw(st.floats(10, 250)), draw(st.floats(0.6, 12)), draw(st.floats(-2, 2))]
    return np.array([*place, *speed, *rest])


def covariance(seed=0):
    """Return some covariance (7, 7)."""
    root = np.random.default_rng(seed).normal(size=(7, 9)) * 0.3
    return root @ root.T + 0.05 * np.eye(7)


def numeric(function, at, size):
    """Return the derivatives (size, N) of a function of an (N,) array, by differences."""
    rows = [approx_fprime(at, lambda x, k=k: float(function(x)[k]), 1e-6) for k in range(size)]
    return np.array(rows)


@given(means(), st.floats(0.01, 0.25))
@settings(max_examples=40, deadline=None)
def test_the_derivatives_by_the_state_are_those_of_the_model(mean, dt):
    expected = numeric(lambda x: face_ekf.moved(x, NO_NOISE, dt, MODEL), mean, 7)
    found = face_ekf.state_jacobian(mean, dt, MODEL)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


@given(means(), st.floats(0.01, 0.25))
@settings(max_examples=40, deadline=None)
def test_the_derivatives_by_the_noises_are_those_of_the_model(mean, dt):
    expected = numeric(lambda u: face_ekf.moved(mean, u, dt, MODEL), NO_NOISE, 7)
    found = face_ekf.noise_jacobian(mean, dt, MODEL)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_a_face_that_comes_nearer_grows_as_g_says():
    mean = np.array([100, 100, 30, -15, 40, 4.0, -1.0])
    after = face_ekf.moved(mean, NO_NOISE, 0.5, MODEL)
    expected = [115, 92.5, 30, -15, float(MODEL.height(3.5)), 3.5, -1.0]
    np.testing.assert_allclose(after, expected)


def test_prediction_keeps_what_a_sample_of_the_model_has():
    mean = np.array([300, 200, 20, 5, 46.0, 2.9, -0.8])
    state = FaceState(mean, covariance() * 1e-3)
    dt = 0.1
    draw = np.random.default_rng(1)
    starts = draw.multivariate_normal(mean, state.covariance, 20_000)
    across, along = PARAMETERS.acceleration_density / dt, PARAMETERS.distance_density / dt
    deviations = np.sqrt([across, across, MODEL.residual_std**2, along])
    noises = draw.normal(size=(20_000, 4)) * deviations
    moved = [face_ekf.moved(x, u, dt, MODEL) for x, u in zip(starts, noises, strict=True)]
    predicted = face_ekf.predict(state, dt, MODEL, PARAMETERS)
    spread = np.sqrt(np.diag(predicted.covariance))
    np.testing.assert_allclose(np.mean(moved, axis=0), predicted.mean, atol=0.05 * spread.max())
    np.testing.assert_allclose(np.std(moved, axis=0), spread, rtol=0.05)


def test_no_time_changes_nothing():
    state = FaceState(np.arange(7.0) + 1, covariance())
    assert face_ekf.predict(state, 0.0, MODEL, PARAMETERS) is state


def test_the_rate_of_the_camera_hardly_matters():
    # Accelerations are constant within a step (the paper's L): dt^3/4 instead of dt^3/3.
    state = FaceState(np.array([300, 200, 20, 5, 46.0, 2.9, -0.8]), covariance() * 0.01)
    once = face_ekf.predict(state, 0.2, MODEL, PARAMETERS)
    twice = state
    for _ in range(10):
        twice = face_ekf.predict(twice, 0.02, MODEL, PARAMETERS)
    kept = [0, 1, 2, 3, 5, 6]
    one, other = (np.sqrt(np.diag(s.covariance))[kept] for s in (once, twice))
    np.testing.assert_allclose(one, other, rtol=0.2)


@given(st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_an_update_is_the_information_filters(seed):
    prior = FaceState(np.array([300, 200, 0, 0, 46.0, 2.9, 0.0]), covariance(seed))
    noise = np.diag([2.0, 2.0, 3.0])
    measured = prior.mean[[0, 1, 4]] + np.random.default_rng(seed).normal(size=3)
    posterior = face_ekf.update(prior, measured, noise)
    model = np.eye(7)[[0, 1, 4]]
    information = np.linalg.inv(prior.covariance) + model.T @ np.linalg.inv(noise) @ model
    expected = np.linalg.inv(information)
    np.testing.assert_allclose(posterior.covariance, expected, rtol=1e-6, atol=1e-9)
    pulled = np.linalg.solve(prior.covariance, prior.mean) + model.T @ (measured / np.diag(noise))
    np.testing.assert_allclose(posterior.mean, expected @ pulled, rtol=1e-6)


def test_a_long_life_keeps_the_covariance_symmetric_and_positive():
    state = face_ekf.born(np.array([300, 200, 46.0]), np.eye(3), MODEL, PARAMETERS)
    draw = np.random.default_rng(2)
    for _ in range(500):
        state = face_ekf.predict(state, 1 / 15, MODEL, PARAMETERS)
        box = state.mean[[0, 1, 4]] + draw.normal(0, 1, 3)
        state = face_ekf.update(state, box, np.eye(3) * 4)
        np.testing.assert_array_equal(state.covariance, state.covariance.T)
        assert np.linalg.eigvalsh(state.covariance).min() > 0


@pytest.mark.parametrize('distance', [0.8, 2.0, 5.0])
def test_a_new_face_is_as_far_away_as_its_height_says(distance):
    height = float(MODEL.height(distance))
    noise = np.diag([4.0, 4.0, 9.0])
    state = face_ekf.born(np.array([320, 256, height]), noise, MODEL, PARAMETERS)
    assert state.mean[D] == pytest.approx(distance)
    expected = np.hypot(3.0, MODEL.residual_std) / abs(float(MODEL.slope(distance)))
    assert np.sqrt(state.covariance[D, D]) == pytest.approx(expected, rel=1e-3)
    assert np.linalg.eigvalsh(state.covariance).min() > 0


def walk(speed, seed, share=1.0):
    """Return the last state of a face that comes nearer, true distance, and true rate."""
    draw = np.random.default_rng(seed)
    times = np.arange(40) / 15
    distances = 5.0 + speed * times
    state = None
    for distance in distances:
        height = share * float(MODEL.height(distance)) + draw.normal(0, MODEL.residual_std)
        noise = np.eye(3) * (PARAMETERS.box_floor**2 + (PARAMETERS.box_share * height) ** 2)
        box = np.array([320, 200, height]) + draw.multivariate_normal(np.zeros(3), noise)
        if state is None:
            state = face_ekf.born(box, noise, MODEL, PARAMETERS)
            continue
        state = face_ekf.predict(state, 1 / 15, MODEL, PARAMETERS)
        state = face_ekf.update(state, box, noise)
    return state, distances[-1], speed


def test_distance_and_rate_are_as_good_as_the_filter_says():
    squares = []
    for seed in range(30):
        state, distance, rate = walk((-1.0, -0.4, 0.0)[seed % 3], seed)
        error = state.mean[[D, R]] - [distance, rate]
        squares.append(error @ np.linalg.solve(state.covariance[D:, D:], error))
    # Two degrees of freedom; a true acceleration of zero makes the filter cautious.
    assert 0.6 < np.mean(squares) < 2.6


def test_what_is_reported_covers_a_face_of_another_size():
    errors, told = [], []
    for seed in range(30):
        share = 1 + PARAMETERS.size_spread * np.random.default_rng(seed).normal()
        state, distance, _ = walk(-0.5, seed, share)
        errors.append(state.mean[D] - distance)
        told.append(np.sqrt(face_ekf.reported_covariance(state, PARAMETERS)[D, D]))
    assert 0.7 < np.sqrt(np.mean(np.square(errors)) / np.mean(np.square(told))) < 1.3


def test_sizes_leave_the_place_in_the_image_alone():
    state = FaceState(np.array([300, 200, 20, 5, 46.0, 2.9, -0.8]), covariance())
    more = face_ekf.reported_covariance(state, PARAMETERS) - state.covariance
    assert np.abs(more[: H + 1]).max() == 0.0
    assert np.sqrt(more[D, D]) == pytest.approx(PARAMETERS.size_spread * 2.9)


def test_noise_across_is_in_metres_of_the_face_itself():
    near, far = (
        face_ekf.noise_jacobian(np.array([0, 0, 0, 0, h, 2.0, 0]), 0.1, MODEL) for h in (90, 30)
    )
    assert near[2, 0] == pytest.approx(3 * far[2, 0])
    assert far[2, 0] == pytest.approx(0.1 * 30 / FACE_HEIGHT)

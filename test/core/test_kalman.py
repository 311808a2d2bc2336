"""The filter against Stone Soup's, its honesty on synthetic walks, and its invariants."""

import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_radar_fusion.radar import kalman
from thermal_radar_fusion.radar.kalman import FilterParameters, GaussianState

PARAMETERS = FilterParameters()
NOW = datetime.datetime(2026, 1, 1)


def state(seed: int = 0) -> GaussianState:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(4, 4))
    return GaussianState(rng.normal(size=4), root @ root.T / 10 + 0.01 * np.eye(4))


def interleaved(values: np.ndarray) -> np.ndarray:
    """Reorder x, y, vx, vy to Stone Soup's x, vx, y, vy."""
    order = [0, 2, 1, 3]
    return values[order] if values.ndim == 1 else values[np.ix_(order, order)]


@pytest.fixture(scope='module')
def stone_soup():
    pytest.importorskip('stonesoup', reason='the reference, Stone Soup, is missing')
    from stonesoup.models.measurement.linear import LinearGaussian
    from stonesoup.models.transition.linear import (
        CombinedLinearGaussianTransitionModel,
        ConstantVelocity,
    )
    from stonesoup.predictor.kalman import KalmanPredictor
    from stonesoup.updater.kalman import KalmanUpdater

    density = PARAMETERS.acceleration_density
    motion = CombinedLinearGaussianTransitionModel([ConstantVelocity(density)] * 2)
    model = LinearGaussian(4, (0, 2), kalman.centroid_noise(8, PARAMETERS))
    return KalmanPredictor(motion), KalmanUpdater(model)


@pytest.mark.parametrize('dt', [0.02, 0.1, 1.7])
def test_prediction_is_that_of_stone_soup(stone_soup, dt):
    from stonesoup.types.state import GaussianState as Theirs

    predictor, _ = stone_soup
    prior = Theirs(interleaved(state().mean), interleaved(state().covariance), timestamp=NOW)
    theirs = predictor.predict(prior, timestamp=NOW + datetime.timedelta(seconds=dt))
    ours = kalman.predict(state(), dt, PARAMETERS.acceleration_density)
    np.testing.assert_allclose(interleaved(ours.mean), np.ravel(theirs.state_vector), rtol=1e-12)
    np.testing.assert_allclose(interleaved(ours.covariance), theirs.covar, rtol=1e-12, atol=1e-15)


def test_update_is_that_of_stone_soup(stone_soup):
    from stonesoup.types.detection import Detection
    from stonesoup.types.hypothesis import SingleHypothesis
    from stonesoup.types.prediction import GaussianStatePrediction

    _, updater = stone_soup
    prior = GaussianStatePrediction(
        interleaved(state().mean), interleaved(state().covariance), timestamp=NOW
    )
    centroid = np.array([0.3, -0.2])
    theirs = updater.update(
        SingleHypothesis(prior, Detection(centroid.reshape(2, 1), timestamp=NOW))
    )
    ours = kalman.update_position(state(), centroid, kalman.centroid_noise(8, PARAMETERS))
    np.testing.assert_allclose(interleaved(ours.mean), np.ravel(theirs.state_vector), atol=1e-12)
    np.testing.assert_allclose(interleaved(ours.covariance), theirs.covar, atol=1e-12)


def test_two_steps_are_one_long_step():
    once = kalman.predict(state(), 0.5, 1.0)
    twice = kalman.predict(kalman.predict(state(), 0.2, 1.0), 0.3, 1.0)
    np.testing.assert_allclose(once.mean, twice.mean)
    np.testing.assert_allclose(once.covariance, twice.covariance)


def test_no_time_changes_nothing():
    assert kalman.predict(state(), 0.0, 1.0) is not None
    np.testing.assert_array_equal(kalman.predict(state(), 0.0, 1.0).covariance, state().covariance)


def test_doppler_corrects_the_velocity_along_the_line_of_sight_only():
    prior = GaussianState(np.array([3.0, 0.0, 0.0, 0.0]), np.eye(4))
    posterior = kalman.update_doppler(prior, 1.0, np.array([1.0, 0.0]), 0.01, 3.0)
    assert posterior.mean[2] == pytest.approx(1.0, abs=0.02)
    assert posterior.mean[3] == 0.0
    assert posterior.covariance[2, 2] < 0.02
    assert posterior.covariance[3, 3] == 1.0


def test_doppler_outside_the_gate_is_not_used():
    prior = GaussianState(np.zeros(4), np.eye(4) * 0.01)
    assert kalman.update_doppler(prior, 2.0, np.array([1.0, 0.0]), 0.01, 3.0) is prior


def test_covariance_is_honest():
    """Normalised estimation error squared over 200 walks: chi-square with 4 degrees of freedom."""
    rng = np.random.default_rng(1)
    errors = [_squared_error_of_a_walk(rng) for _ in range(200)]
    assert 3.4 < np.mean(errors) < 4.6


def _squared_error_of_a_walk(rng: np.random.Generator) -> float:
    density, direction = 0.5, np.array([0.8, 0.6])
    truth = np.array([2.0, 1.0, 0.7, -0.4])
    belief = kalman.born(truth[:2] + rng.normal(size=2) * 0.1, 4, PARAMETERS)
    belief = GaussianState(
        truth + rng.multivariate_normal(np.zeros(4), belief.covariance), belief.covariance
    )
    for dt in rng.uniform(0.03, 0.3, size=30):
        truth = kalman.transition(dt) @ truth
        truth = truth + rng.multivariate_normal(np.zeros(4), kalman.process_noise(dt, density))
        belief = kalman.predict(belief, dt, density)
        noise = kalman.centroid_noise(6, PARAMETERS)
        centroid = truth[:2] + rng.multivariate_normal(np.zeros(2), noise)
        belief = kalman.update_position(belief, centroid, noise)
        variance = kalman.doppler_variance(6, PARAMETERS)
        doppler = direction @ truth[2:] + rng.normal() * np.sqrt(variance)
        belief = kalman.update_doppler(belief, doppler, direction, variance, 100.0)
    error = belief.mean - truth
    return float(error @ np.linalg.solve(belief.covariance, error))


numbers = st.floats(-1e3, 1e3)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0.0, 100.0),
            numbers,
            numbers,
            numbers,
            st.floats(0.0, 6.3),
            st.floats(0.5, 1e4),
        ),
        max_size=30,
    )
)
def test_covariance_stays_symmetric_positive_definite(steps):
    belief = kalman.born(np.zeros(2), 5, PARAMETERS)
    for dt, x, y, doppler, angle, points in steps:
        direction = np.array([np.cos(angle), np.sin(angle)])
        belief = kalman.predict(belief, dt, PARAMETERS.acceleration_density)
        noise = kalman.centroid_noise(points, PARAMETERS)
        belief = kalman.update_position(belief, np.array([x, y]), noise)
        variance = kalman.doppler_variance(points, PARAMETERS)
        belief = kalman.update_doppler(belief, doppler, direction, variance, 3.0)
        np.testing.assert_array_equal(belief.covariance, belief.covariance.T)
        assert np.linalg.eigvalsh(belief.covariance).min() > 0

"""JPDA against a brute-force sum and Stone Soup; NN-JPDA's invariants."""

import datetime
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_radar_fusion.radar import data_association as da
from thermal_radar_fusion.radar.kalman import GaussianState

PARAMETERS = da.AssociationParameters()


def brute_force(ratios: np.ndarray, missed: np.ndarray) -> np.ndarray:
    """Enumerate every joint event."""
    tracks, clusters = ratios.shape
    result = np.zeros((tracks, clusters + 1))
    for event in itertools.product(range(clusters + 1), repeat=tracks):
        used = [d for d in event if d < clusters]
        if len(used) > len(set(used)):
            continue
        weights = [missed[t] if d == clusters else ratios[t, d] for t, d in enumerate(event)]
        result[range(tracks), event] += np.prod(weights)
    return result / result.sum(axis=1, keepdims=True)


def a_state(x: float, y: float) -> GaussianState:
    return GaussianState(np.array([x, y, 0.0, 0.0]), np.diag([0.05, 0.08, 1.0, 1.0]))


@st.composite
def problems(draw, tracks=4, clusters=5):
    shape = draw(st.tuples(st.integers(1, tracks), st.integers(0, clusters)))
    weight = st.one_of(st.just(0.0), st.floats(1e-6, 1e6))
    rows = draw(st.lists(weight, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
    missed = draw(st.lists(st.floats(1e-3, 1.0), min_size=shape[0], max_size=shape[0]))
    return np.array(rows).reshape(shape), np.array(missed)


@settings(deadline=None)
@given(problems())
def test_joint_probabilities_are_those_of_all_events(problem):
    np.testing.assert_allclose(
        da.joint_probabilities(*problem), brute_force(*problem), rtol=1e-9, atol=1e-12
    )


def test_joint_probabilities_are_those_of_stone_soup():
    pytest.importorskip('stonesoup', reason='the reference, Stone Soup, is missing')
    from stonesoup.dataassociator.probability import JPDA
    from stonesoup.hypothesiser.probability import PDAHypothesiser
    from stonesoup.models.measurement.linear import LinearGaussian
    from stonesoup.models.transition.linear import (
        CombinedLinearGaussianTransitionModel,
        ConstantVelocity,
    )
    from stonesoup.predictor.kalman import KalmanPredictor
    from stonesoup.types.detection import Detection
    from stonesoup.types.state import GaussianState as Theirs
    from stonesoup.types.track import Track
    from stonesoup.updater.kalman import KalmanUpdater

    now = datetime.datetime(2026, 1, 1)
    states = [a_state(0.0, 0.0), a_state(0.5, 0.1)]
    centroids = np.array([[0.1, 0.05], [0.45, 0.1], [0.2, -0.2]])
    noise = np.eye(2) * 0.01
    order = [0, 2, 1, 3]
    tracks = [
        Track([Theirs(s.mean[order], s.covariance[np.ix_(order, order)], timestamp=now)])
        for s in states
    ]
    motion = CombinedLinearGaussianTransitionModel([ConstantVelocity(0.1)] * 2)
    hypothesiser = PDAHypothesiser(
        KalmanPredictor(motion),
        KalmanUpdater(LinearGaussian(4, (0, 2), noise)),
        clutter_spatial_density=PARAMETERS.false_density,
        prob_detect=PARAMETERS.detection_probability,
        prob_gate=0.999999,
    )
    detections = [Detection(c.reshape(2, 1), timestamp=now) for c in centroids]
    theirs = JPDA(hypothesiser).associate(tracks, set(detections), now)
    _, densities = da.gate(states, centroids, np.tile(noise, (3, 1, 1)), 1e9)
    ratios = PARAMETERS.detection_probability * densities / PARAMETERS.false_density
    ours = da.joint_probabilities(ratios, np.full(2, 1 - PARAMETERS.detection_probability))
    for t, track in enumerate(tracks):
        for hypothesis in theirs[track]:
            column = detections.index(hypothesis.measurement) if hypothesis else 3
            assert ours[t, column] == pytest.approx(float(hypothesis.probability), abs=1e-4)


def test_many_clusters_in_one_group_take_polynomial_time():
    rng = np.random.default_rng(0)
    ratios = rng.uniform(0.1, 10.0, size=(40, 60))
    probabilities = da.joint_probabilities(ratios, np.full(40, 0.1))
    assert probabilities.shape == (40, 61)
    np.testing.assert_array_less(-1e-12, probabilities)


def test_the_nearer_pairing_wins():
    states = [a_state(0.0, 0.0), a_state(0.6, 0.0)]
    centroids = np.array([[0.62, 0.0], [0.02, 0.0]])
    noises = np.tile(np.eye(2) * 0.01, (2, 1, 1))
    choice = da.associate_clusters(states, centroids, noises, PARAMETERS)
    assert choice.tolist() == [1, 0]


def test_a_cluster_outside_the_gate_is_nobodys():
    choice = da.associate_clusters(
        [a_state(0.0, 0.0)], np.array([[3.0, 0.0]]), np.eye(2)[None] * 0.01, PARAMETERS
    )
    assert choice.tolist() == [-1]


def test_no_clusters_and_no_tracks():
    none = np.zeros((0, 2)), np.zeros((0, 2, 2))
    assert da.associate_clusters([a_state(0, 0)], *none, PARAMETERS).tolist() == [-1]
    assert da.associate_clusters([], *none, PARAMETERS).tolist() == []


@settings(deadline=None)
@given(problems(tracks=6, clusters=8))
def test_no_cluster_is_given_twice(problem):
    choice = da.nearest_neighbours(da.joint_probabilities(*problem))
    given_away = choice[choice >= 0]
    assert len(set(given_away)) == len(given_away)
    assert all(problem[0][t, d] > 0 for t, d in enumerate(choice) if d >= 0)

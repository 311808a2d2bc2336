"""Clustering against scikit-learn, and algorithm 1 of the paper on drawn scenes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_radar_fusion.radar import clustering
from thermal_radar_fusion.radar.association import Prediction
from thermal_radar_fusion.radar.cluster_association import (
    ClusteringParameters,
    cluster_near_tracks,
    in_region,
    nearby_groups,
    newcomers,
)
from thermal_radar_fusion.radar.clustering import NOISE, dbscan, fit_mixture
from thermal_radar_fusion.radar.kalman import GaussianState

PAPER = ClusteringParameters()


def blobs(seed: int, centres, points: int = 20, std: float = 0.12) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(c, std, size=(points, 2)) for c in centres])


def prediction(x: float, y: float, std: float = 0.15) -> Prediction:
    state = GaussianState(np.array([x, y, 0.0, 0.0]), np.eye(4) * 0.001)
    return Prediction(state, 20.0, np.eye(2) * std**2)


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two labellings put the same points together, whatever the labels."""
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    return len(pairs) == len(set(a.tolist())) == len(set(b.tolist()))


@pytest.mark.parametrize('seed', range(30))
@pytest.mark.parametrize(('radius', 'least'), [(0.4, 10), (0.4, 5), (0.15, 3), (0.3, 1)])
def test_dbscan_is_that_of_scikit_learn_but_for_border_points(seed, radius, least):
    """Core points, noise, groups of core points and their order are equal.

    A border point belongs to a group of which a core point is within the radius, in both.
    """
    from sklearn.cluster import DBSCAN

    rng = np.random.default_rng(seed)
    positions = rng.uniform(0, 3, size=(rng.integers(1, 120), 2))
    theirs = DBSCAN(eps=radius, min_samples=least).fit(positions)
    ours = dbscan(positions, radius, least)
    core = theirs.core_sample_indices_
    assert same_partition(ours[core], theirs.labels_[core])
    np.testing.assert_array_equal(ours == NOISE, theirs.labels_ == NOISE)
    for index in np.flatnonzero(ours != NOISE):
        mates = core[ours[core] == ours[index]]
        assert np.linalg.norm(positions[mates] - positions[index], axis=1).min() <= radius


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 60))
def test_dbscan_does_not_depend_on_the_order_of_points(seed, size):
    rng = np.random.default_rng(seed)
    positions = rng.uniform(0, 2, size=(size, 2))
    order = rng.permutation(size)
    assert same_partition(dbscan(positions, 0.3, 4)[order], dbscan(positions[order], 0.3, 4))


@pytest.mark.parametrize('size', [0, 1, 4])
def test_dbscan_of_too_few_points_is_noise(size):
    assert (dbscan(np.zeros((size, 2)), 0.4, 5) == NOISE).all()


@pytest.mark.parametrize('seed', range(10))
def test_mixture_is_that_of_scikit_learn_started_alike(seed):
    from sklearn.mixture import GaussianMixture

    positions = blobs(seed, [(0.0, 0.0), (0.5, 0.1), (0.3, 0.6)], points=30)
    means = np.array([[0.1, 0.0], [0.5, 0.0], [0.2, 0.5]])
    covariances = np.tile(np.eye(2) * 0.02, (3, 1, 1))
    theirs = GaussianMixture(
        3,
        means_init=means,
        precisions_init=np.linalg.inv(covariances),
        weights_init=np.full(3, 1 / 3),
        max_iter=200,
    ).fit(positions)
    ours = fit_mixture(positions, means, covariances, iterations=200)
    np.testing.assert_allclose(ours.weights, theirs.weights_, atol=1e-6)
    np.testing.assert_allclose(ours.means, theirs.means_, atol=1e-6)
    np.testing.assert_allclose(ours.covariances, theirs.covariances_, atol=1e-6)
    np.testing.assert_array_equal(ours.labels, theirs.predict(positions))


def test_mixture_survives_points_in_one_place():
    mixture = fit_mixture(np.zeros((5, 2)), np.eye(2), np.tile(np.eye(2), (2, 1, 1)))
    assert np.isfinite(mixture.covariances).all()
    assert mixture.weights.sum() == pytest.approx(1.0)


def test_groups_hang_together_by_chains():
    people = [prediction(0, 0), prediction(1, 0), prediction(5, 0), prediction(2, 0)]
    found = {tuple(group) for group in nearby_groups(people, 1.2)}
    assert found == {(0, 1, 3), (2,)}


def test_region_is_the_union_of_circles_cut_by_ellipses():
    people = [prediction(0, 0, 0.1), prediction(1, 0, 1.0)]
    positions = np.array([[0.2, 0.0], [-0.35, 0.0], [2.15, 0.0], [2.25, 0.0]])
    letter = ClusteringParameters(body_std=0.001)
    assert in_region(positions, people, letter).tolist() == [True, False, True, False]


def test_a_small_last_cluster_does_not_make_the_region_vanish():
    """A step of 0.3 m away lies the centroid of two people who were merged."""
    thin = [prediction(0, 0, 0.03)]
    assert in_region(np.array([[0.3, 0.0], [0.6, 0.0]]), thin, PAPER).tolist() == [True, False]


@pytest.mark.parametrize('seed', range(10))
def test_merged_people_are_told_apart_although_their_last_clusters_were_small(seed):
    """The body of either is 0.08 m wide, and his last cluster understated even that."""
    positions = blobs(seed, [(0, 0), (0.55, 0)], 12, 0.08)
    sparse = ClusteringParameters(min_points=5)
    tracks = [prediction(0, 0.05, 0.04), prediction(0.55, -0.05, 0.04)]
    labels = cluster_near_tracks(positions, tracks, sparse)
    assert same_partition(labels, np.repeat([0, 1], 12))


def test_components_that_cannot_become_thin_tell_more_people_apart():
    """Few points lie by chance on a line, which a component without a least width snaps to."""

    def rightly(parameters):
        right = 0
        for seed in range(100):
            drift = np.random.default_rng(seed).normal(0, 0.08, (2, 2))
            places = drift + np.array([(0, 0), (0.45, 0)])
            positions = blobs(seed, [(0, 0), (0.45, 0)], 10, 0.09)
            tracks = [prediction(*place, 0.05) for place in places]
            labels = cluster_near_tracks(positions, tracks, parameters)
            right += same_partition(labels, np.repeat([0, 1], 10))
        return right

    sparse = ClusteringParameters(min_points=5)
    assert rightly(sparse) > rightly(sparse.replace(least_std=0.01)) + 2


def test_nobody_is_born_beside_a_track():
    positions = blobs(0, [(0.4, 0), (2.0, 0)], 10, 0.05)
    clusters = [np.arange(10), np.arange(10, 20)]
    born = newcomers(positions, clusters, [prediction(0, 0)], 0.6)
    assert [group.tolist() for group in born] == [clusters[1].tolist()]
    assert len(newcomers(positions, clusters, [], 0.6)) == 2


def test_two_near_people_whom_dbscan_merges_are_told_apart():
    positions = blobs(0, [(0, 0), (0.55, 0)])
    assert len(set(dbscan(positions, PAPER.radius, PAPER.min_points))) == 1
    labels = cluster_near_tracks(positions, [prediction(0, 0), prediction(0.55, 0)], PAPER)
    truth = np.repeat([0, 1], 20)
    assert same_partition(labels, truth)


def test_tracks_far_apart_keep_the_labels_of_dbscan():
    positions = blobs(0, [(0, 0), (3, 0)])
    labels = cluster_near_tracks(positions, [prediction(0, 0), prediction(3, 0)], PAPER)
    np.testing.assert_array_equal(labels, dbscan(positions, PAPER.radius, PAPER.min_points))


def test_a_small_component_is_noise():
    """Three points beside sixty have a weight below 0.1 / 2."""
    positions = np.concatenate([blobs(0, [(0, 0)], 60), blobs(1, [(0.7, 0)], 2, 0.01)])
    loose = ClusteringParameters(min_points=2)
    labels = cluster_near_tracks(
        positions, [prediction(0, 0, 0.3), prediction(0.7, 0, 0.05)], loose
    )
    assert (labels[60:] == NOISE).all()
    assert len(set(labels[:60]) - {NOISE}) == 1


def test_two_groups_are_clustered_again_independently():
    centres = [(0, 0), (0.55, 0), (6, 0), (6.55, 0)]
    positions = blobs(3, centres, std=0.08)
    labels = cluster_near_tracks(positions, [prediction(*c) for c in centres], PAPER)
    assert same_partition(labels, np.repeat(range(4), 20))
    assert clustering.groups(labels)[-1].size


def test_no_points():
    people = [prediction(0, 0), prediction(0.5, 0)]
    assert cluster_near_tracks(np.zeros((0, 2)), people, PAPER).size == 0

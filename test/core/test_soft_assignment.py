"""Points shared among predicted tracks, clutter and newcomers."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.radar.area import MonitoredArea
from thermal_radar_fusion.radar.association import Prediction, summarise
from thermal_radar_fusion.radar.cloud import Cloud, GateParameters, cloud_in_room
from thermal_radar_fusion.radar.kalman import GaussianState
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.soft_assignment import SoftAssignment


def cloud(points) -> Cloud:
    frame = RadarFrame(0.0, np.asarray(points, dtype=float).reshape(-1, 5))
    return cloud_in_room(frame, RigidTransform(), MonitoredArea(), GateParameters())


def person(x, y, doppler=0.0, points=12, seed=0, std=0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    xy = rng.normal((x, y), std, size=(points, 2))
    return np.column_stack([xy, np.zeros(points), np.full(points, doppler), np.ones(points)])


def prediction(x, y, vx=0.0, vy=0.0) -> Prediction:
    covariance = np.diag([0.01, 0.01, 0.1, 0.1])
    return Prediction(GaussianState(np.array([x, y, vx, vy]), covariance), 12.0, np.eye(2) * 0.01)


def test_points_go_to_their_person_and_clutter_to_nobody():
    points = np.vstack([person(3, -0.4), person(3, 0.4, seed=1), [[7, 3, 0, 0, 1]]])
    shares = (
        SoftAssignment()
        .associate(cloud(points), [prediction(3, -0.4), prediction(3, 0.4)])
        .responsibilities
    )
    assert shares.argmax(axis=0)[:24].tolist() == [0] * 12 + [1] * 12
    assert shares[:, 24].max() < 0.01


def test_doppler_tells_people_in_one_place_apart():
    points = np.vstack([person(3, 0, 0.9), person(3, 0, -0.9, seed=1)])
    shares = (
        SoftAssignment()
        .associate(cloud(points), [prediction(3, 0, 0.9), prediction(3, 0, -0.9)])
        .responsibilities
    )
    assert (shares.argmax(axis=0) == np.repeat([0, 1], 12)).mean() > 0.95


def test_unclaimed_points_are_a_birth():
    association = SoftAssignment().associate(
        cloud(np.vstack([person(3, 0), person(5, 1)])), [prediction(3, 0)]
    )
    assert [sorted(group) for group in association.births] == [list(range(12, 24))]


def test_one_track_on_two_people_gives_birth_to_the_other():
    points = np.vstack([person(3, -0.3, std=0.06), person(3, 0.3, seed=1, std=0.06)])
    association = SoftAssignment().associate(cloud(points), [prediction(3, 0)])
    assert len(association.births) == 1
    assert len(association.births[0]) == 12


def test_one_person_is_not_split():
    for seed in range(50):
        points = person(3, 0, points=30, seed=seed, std=0.15)
        assert not SoftAssignment().associate(cloud(points), [prediction(3, 0)]).births


def test_nothing_at_all():
    association = SoftAssignment().associate(cloud([]), [prediction(3, 0)])
    assert association.responsibilities.shape == (1, 0)
    association = SoftAssignment().associate(cloud(person(3, 0)), [])
    assert association.responsibilities.shape == (0, 12)
    assert len(association.births) == 1


@settings(deadline=None)
@given(st.integers(0, 5), st.integers(0, 40), st.integers(0, 1000))
def test_shares_are_shares(tracks, points, seed):
    rng = np.random.default_rng(seed)
    spots = rng.uniform([0.5, -3], [8, 3], size=(tracks, 2))
    scene = cloud(rng.uniform([0.5, -3, -1, -2, 1], [8, 3, 1, 2, 9], size=(points, 5)))
    shares = SoftAssignment().associate(scene, [prediction(*s) for s in spots]).responsibilities
    assert shares.shape == (tracks, points)
    assert (shares >= 0).all()
    assert (shares.sum(axis=0) <= 1 + 1e-9).all()


def test_summary_is_of_the_weighted_points():
    scene = cloud(person(3, 0, 0.5))
    shares = np.vstack([np.ones(12), np.zeros(12)])
    evidence = summarise(scene, shares)
    np.testing.assert_allclose(evidence.points, [12, 0])
    np.testing.assert_allclose(evidence.centroids[0], scene.positions.mean(axis=0))
    np.testing.assert_allclose(evidence.spreads[0], np.cov(scene.positions.T, bias=True))
    np.testing.assert_allclose(evidence.dopplers, [0.5, 0.0])
    assert not evidence.centroids[1].any()


def test_how_wide_people_appear_is_learned():
    wide = SoftAssignment()
    for seed in range(60):
        wide.associate(cloud(person(3, 0, points=25, seed=seed, std=0.2)), [prediction(3, 0)])
    assert 0.14 < wide.body_std < 0.2
    narrow = SoftAssignment()
    for seed in range(60):
        narrow.associate(cloud(person(3, 0, points=25, seed=seed, std=0.05)), [prediction(3, 0)])
    assert narrow.body_std == narrow.parameters.body_std


def test_points_that_may_be_two_peoples_are_nobodys_own():
    evidence = summarise(cloud(person(3, 0)), np.vstack([np.full(12, 0.5), np.full(12, 0.5)]))
    np.testing.assert_allclose(evidence.own_points, 0.0)
    np.testing.assert_allclose(evidence.points, 6.0)
    assert summarise(cloud(person(3, 0)), np.ones((1, 12))).own_points == 12.0

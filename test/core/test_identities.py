"""Appearance told apart, identities exchanged after a meeting and taken up again after a loss."""

import numpy as np
import pytest

from thermal_radar_fusion.radar.appearance import (
    FEATURES,
    AppearanceParameters,
    Comparison,
    Profile,
    Window,
    frame_features,
    frame_view,
)
from thermal_radar_fusion.radar.identities import Identities, IdentityParameters, exchange
from thermal_radar_fusion.radar.kalman import GaussianState
from thermal_radar_fusion.radar.track_state import Track

TALL, SMALL = 0.3, -0.3
PRIOR = AppearanceParameters().prior_windows


def profile(height: float, windows: int, seed: int = 0, near: float = 3.0) -> Profile:
    """A person whose height features are off by `height`, seen at ranges about `near`."""
    rng = np.random.default_rng(seed)
    ranges = near + rng.uniform(-1, 1, windows)
    views = [frame_view(np.array([r, 0, 1, 0]), np.zeros(2)) for r in ranges]
    features = rng.normal(0, 0.08, size=(windows, len(FEATURES)))
    features[:, :2] += height
    features[:, 3] -= np.log(ranges)
    return Profile(list(features), views)


def track(serial: int, x: float, y: float, look: float) -> Track:
    state = GaussianState(np.array([x, y, 1.0, 0.0]), np.eye(4) * 0.01)
    found = Track(serial, state, np.eye(2), 10.0, 1.0, 0.0, 0.0, track_id=serial)
    found.profile = profile(look, 15, seed=serial)
    return found


def keeper(**changes) -> Identities:
    return Identities(IdentityParameters(**changes), AppearanceParameters())


def test_the_right_profile_is_the_likelier_one():
    tall, small = profile(TALL, 20, 1), profile(SMALL, 20, 2)
    comparison = Comparison([tall, small], PRIOR)
    fresh = profile(TALL, 2, 3)
    assert comparison.log_likelihood(fresh, tall) > comparison.log_likelihood(fresh, small) + 2


def test_distance_from_the_radar_is_not_held_against_anybody():
    """Far away a person returns fewer points; that does not make him another person."""
    alone = profile(TALL, 40, 1, near=3.0)
    comparison = Comparison([alone, profile(SMALL, 40, 2, near=4.0)], PRIOR)
    here, there = profile(TALL, 3, 4, near=3.0), profile(TALL, 3, 4, near=6.0)
    loss = comparison.log_likelihood(here, alone) - comparison.log_likelihood(there, alone)
    assert abs(loss) < 10
    small = profile(SMALL, 3, 4, near=3.0)
    assert comparison.log_likelihood(small, alone) < comparison.log_likelihood(there, alone)


def test_nothing_seen_says_nothing():
    assert Comparison([], PRIOR).log_likelihood(Profile(), profile(TALL, 3)) == 0.0


def test_a_window_is_the_mean_of_its_frames():
    window = Window()
    window.add(np.zeros(7), np.zeros(3), 0.1)
    window.add(np.full(7, 2.0), np.full(3, 4.0), 0.1)
    assert window.seconds == pytest.approx(0.2)
    assert window.profile().features[0].tolist() == [1.0] * 7
    assert window.profile().views[0].tolist() == [2.0] * 3


def test_features_of_a_frame():
    points = np.array([[1, 0, z, z, np.e] for z in (0.0, 1.0, 2.0)])
    features = dict(zip(FEATURES, frame_features(points, 1.2), strict=True))
    assert features['height_mean'] == pytest.approx(1.0)
    assert features['log_count'] == pytest.approx(np.log(3))
    assert features['log_power'] == pytest.approx(1.0)
    assert features['speed'] == 1.2


def test_exchanged_identities_are_exchanged_back():
    identities = keeper()
    a, b = track(1, 2.0, 0.0, TALL), track(2, 2.3, 0.0, SMALL)
    meet_and_part(identities, a, b)
    a.fresh, b.fresh = profile(SMALL, 2, 7), profile(TALL, 2, 8)
    settle(identities, a, b)
    assert (a.track_id, b.track_id) == (2, 1)


def test_right_identities_stay():
    identities = keeper()
    a, b = track(1, 2.0, 0.0, TALL), track(2, 2.3, 0.0, SMALL)
    meet_and_part(identities, a, b)
    a.fresh, b.fresh = profile(TALL, 2, 7), profile(SMALL, 2, 8)
    settle(identities, a, b)
    assert (a.track_id, b.track_id) == (1, 2)
    assert len(a.profile) == 17


def test_people_who_look_alike_are_left_alone():
    identities = keeper()
    a, b = track(1, 2.0, 0.0, TALL), track(2, 2.3, 0.0, TALL)
    meet_and_part(identities, a, b)
    a.fresh, b.fresh = profile(TALL, 2, 7), profile(TALL, 2, 8)
    settle(identities, a, b)
    assert (a.track_id, b.track_id) == (1, 2)


def test_exchange_takes_everything_of_an_identity_along():
    a, b = track(1, 0, 0, TALL), track(2, 1, 0, SMALL)
    a.first_seen, look = 5.0, a.profile
    exchange(a, b)
    assert (b.track_id, b.first_seen, b.profile) == (1, 5.0, look)
    assert (a.serial, a.state.mean[0]) == (1, 0.0)


@pytest.mark.parametrize(
    ('x', 'after', 'expected'), [(2.5, 2.0, 1), (9.0, 2.0, -1), (2.5, 60.0, -1)]
)
def test_a_lost_identity_is_taken_up_again_near_and_soon(x, after, expected):
    identities = keeper()
    identities.lose(track(1, 2.0, 0.0, TALL), [])
    state = GaussianState(np.array([x, 0, 0, 0]), np.eye(4))
    found = Track(2, state, np.eye(2), 10.0, 1.0, after, after)
    assert identities.revive(found) == (expected == 1)
    assert found.track_id == expected


def test_a_lost_identity_is_given_away_once():
    identities = keeper()
    identities.lose(track(1, 2.0, 0.0, TALL), [])
    state = GaussianState(np.array([2.0, 0, 0, 0]), np.eye(4))
    newcomers = [Track(n, state, np.eye(2), 10.0, 1.0, 1.0, 1.0) for n in (2, 3)]
    assert [identities.revive(found) for found in newcomers] == [True, False]


def meet_and_part(identities: Identities, a: Track, b: Track) -> None:
    observe(identities, a, b)
    b.state = GaussianState(b.state.mean + np.array([3.0, 0, 0, 0]), b.state.covariance)


def settle(identities: Identities, a: Track, b: Track) -> None:
    """As if a window of each had just been closed."""
    a.updated = b.updated = True
    identities.settle({a.serial: a, b.serial: b})


def observe(identities: Identities, a: Track, b: Track) -> None:
    from test_soft_assignment import cloud

    identities.observe(cloud([]), np.zeros((2, 0)), [a, b], 0.1)

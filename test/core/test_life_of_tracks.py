"""Belief in a track, ghosts, doubles: the rules that decide who is reported."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_radar_fusion.radar import life_cycle
from thermal_radar_fusion.radar.encounters import EncounterParameters, Encounters
from thermal_radar_fusion.radar.ghosts import GhostParameters, shadowed
from thermal_radar_fusion.radar.kalman import GaussianState
from thermal_radar_fusion.radar.track_state import Track

ORIGIN = np.zeros(2)
GHOSTS = GhostParameters()
ENCOUNTERS = EncounterParameters()


def track(serial: int, x: float, y: float, confirmed: bool = True) -> Track:
    state = GaussianState(np.array([x, y, 0.0, 0.0]), np.eye(4))
    found = Track(serial, state, np.eye(2), 10.0, 1.0, 0.0, 0.0)
    if confirmed:
        found.track_id = serial
    return found


@given(st.floats(-30, 30))
def test_log_odds_are_undone_by_probability(odds):
    assert life_cycle.log_odds(life_cycle.probability(odds)) == pytest.approx(odds, abs=1e-2)


@pytest.mark.parametrize('dt', [0.01, 0.07, 0.3])
def test_confirmation_takes_the_time_it_should(dt):
    odds, time = life_cycle.log_odds(life_cycle.BIRTH), 0.0
    while not life_cycle.is_certain(odds):
        odds, time = life_cycle.gained(odds, dt, 1.2), time + dt
    assert time == pytest.approx(1.2, abs=dt + 1e-9)


@pytest.mark.parametrize('dt', [0.01, 0.07, 0.3])
def test_coasting_takes_the_time_it_should(dt):
    odds, time = life_cycle.log_odds(life_cycle.CERTAINTY), 0.0
    while life_cycle.is_alive(odds):
        odds, time = life_cycle.lost(odds, dt, 2.0), time + dt
    assert time == pytest.approx(2.0, abs=dt + 1e-9)


@pytest.mark.parametrize(
    ('candidate', 'expected'),
    [
        ([5.0, 0.2, 1.0, 0.0], True),
        ([5.0, 0.2, -1.0, 0.0], True),
        ([3.5, 0.1, 1.0, 0.0], False),
        ([5.0, 3.0, 1.0, 0.0], False),
        ([5.0, 0.2, 0.2, 0.0], False),
        ([1.0, 0.0, 1.0, 0.0], False),
    ],
)
def test_a_ghost_is_behind_in_the_same_direction_and_as_fast(candidate, expected):
    people = np.array([[3.0, 0.0, 1.0, 0.0]])
    assert shadowed(np.array([candidate]), people, ORIGIN, GHOSTS).tolist() == [expected]


def test_directions_wrap_around():
    people, ghost = np.array([[-3.0, 0.1, 0, 0]]), np.array([[-5.0, -0.1, 0, 0]])
    assert shadowed(ghost, people, ORIGIN, GHOSTS).tolist() == [True]


def test_one_person_seen_double_is_merged_at_once():
    encounters = Encounters(ENCOUNTERS)
    older, newer = track(1, 0, 0), track(2, 0.1, 0)
    found = [encounters.doubles([older, newer], 0.1) for _ in range(5)]
    assert found[0] == []
    assert found[-1] == [newer]


def test_the_tentative_one_of_two_goes():
    encounters = Encounters(ENCOUNTERS)
    tentative, confirmed = track(1, 0, 0, confirmed=False), track(2, 0.1, 0)
    assert [encounters.doubles([tentative, confirmed], 1.0) for _ in range(2)][-1] == [tentative]


def test_people_who_met_are_kept_for_a_while():
    encounters = Encounters(ENCOUNTERS)
    a, b = track(1, 0, 0), track(2, 2, 0)
    for _ in range(20):
        assert not encounters.doubles([a, b], 0.1)
    b.state = GaussianState(a.state.mean + 0.05, a.state.covariance)
    kept = [not encounters.doubles([a, b], 0.1) for _ in range(200)]
    assert sum(kept) * 0.1 == pytest.approx(ENCOUNTERS.keep_time, abs=0.3)

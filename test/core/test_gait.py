"""The formulas of the walking model against what their authors printed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_radar_fusion.simulation import gait

PHASES = np.linspace(0.0, 1.0, 401)
speeds = st.floats(0.0, 3.0)
phases = st.floats(-5.0, 5.0)


def cycle(curve, rv: float) -> np.ndarray:
    return curve(PHASES, np.full_like(PHASES, rv))


@pytest.mark.parametrize('rv', [0.5, 1.0, 1.5, 2.5])
def test_length_of_the_cycle_grows_with_the_root_of_the_speed(rv):
    assert rv / gait.cycles_per_second(rv) == pytest.approx(1.346 * np.sqrt(rv))


@pytest.mark.parametrize('rv', [0.8, 1.5, 2.0])
def test_support_lasts_as_published(rv):
    cycle_time = 1.346 / np.sqrt(rv)
    support = gait.support_share(rv) * cycle_time
    assert support == pytest.approx(0.752 * cycle_time - 0.143)


def test_everyday_walks_have_60_per_cent_support():
    assert 0.58 < gait.support_share(1.4) < 0.66


def test_pelvis_is_lowest_in_double_support_and_leans_over_the_foot_that_carries():
    forward, lateral, vertical = cycle(gait.pelvis_translation, 1.5).T
    assert np.ptp(vertical) == pytest.approx(2 * 0.015 * 1.5, rel=1e-3)
    assert vertical.max() == pytest.approx(0.0, abs=1e-6)
    assert PHASES[vertical.argmin()] % 0.5 == pytest.approx(0.05, abs=0.01)
    # The left foot carries alone between about 0.1 and 0.5.
    assert lateral.max() == pytest.approx(0.032, rel=1e-3)
    assert PHASES[lateral.argmax()] == pytest.approx(0.35, abs=0.01)
    assert np.ptp(forward) == pytest.approx(2 * 0.021, rel=1e-3)
    assert np.gradient(forward)[np.searchsorted(PHASES, 0.025)] > 0


def test_pelvis_turns_the_swinging_leg_forward_and_falls_on_its_side():
    roll, pitch, yaw = np.degrees(cycle(gait.pelvis_rotation, 1.0)).T
    # At its own heel strike (phase 0) the left leg is in front: the pelvis points to the right.
    assert yaw[0] == pytest.approx(-4.0)
    assert PHASES[roll.argmax()] == pytest.approx(0.15, abs=0.01)
    assert roll.max() == pytest.approx(1.66, rel=0.01)
    assert (pitch.min(), pitch.max()) == (pytest.approx(-4, abs=0.01), pytest.approx(0, abs=0.01))


@pytest.mark.parametrize('rv', [0.4, 1.0, 2.0])
def test_arm_is_behind_at_its_own_heel_strike(rv):
    shoulder = np.degrees(cycle(gait.shoulder_flexion, rv))
    assert shoulder[0] == pytest.approx(3 - 1.5 * 9.88 * rv)
    assert PHASES[shoulder.argmax()] == pytest.approx(0.5, abs=0.01)
    assert np.ptp(shoulder) == pytest.approx(2 * 9.88 * rv)


@pytest.mark.parametrize(
    ('rv', 'flexion'), [(0.5, (6, 20, 8)), (1.3, (14, 44, 17)), (3.0, (8, 70, 11))]
)
def test_elbow_passes_the_published_points(rv, flexion):
    points = gait.elbow_flexion(np.array([0.05, 0.5, 0.9]), np.full(3, rv))
    np.testing.assert_allclose(np.degrees(points), flexion, atol=1e-9)


def test_thorax_turns_against_the_pelvis():
    thorax, pelvis = cycle(gait.thorax_yaw, 1.0), cycle(gait.pelvis_rotation, 1.0)[:, 2]
    assert np.degrees(thorax).max() == pytest.approx(1.5, abs=0.01)
    assert np.corrcoef(thorax, pelvis)[0, 1] < -0.9


@pytest.mark.parametrize(
    'curve',
    [gait.pelvis_translation, gait.pelvis_rotation, gait.thorax_yaw, gait.shoulder_flexion],
)
@given(phase=phases, rv=speeds)
def test_curves_repeat_and_have_no_jumps(curve, phase, rv):
    at = np.array([phase, phase + 1.0, phase + 1e-6])
    here, next_cycle, soon = curve(at, np.full(3, rv))
    np.testing.assert_allclose(here, next_cycle, atol=1e-9)
    np.testing.assert_allclose(here, soon, atol=1e-4)


@given(phase=phases)
def test_nothing_moves_while_standing(phase):
    at, still = np.array([phase]), np.zeros(1)
    for curve in (gait.pelvis_translation, gait.pelvis_rotation, gait.thorax_yaw):
        np.testing.assert_allclose(curve(at, still), 0.0, atol=1e-12)


@given(phase=phases, rv=speeds)
def test_left_and_right_half_of_the_cycle_mirror_each_other(phase, rv):
    at, speed = np.array([phase, phase + 0.5]), np.full(2, rv)
    one, other = gait.pelvis_translation(at, speed)
    np.testing.assert_allclose(one, other * [1, -1, 1], atol=1e-9)
    one, other = gait.pelvis_rotation(at, speed)
    np.testing.assert_allclose(one, other * [-1, 1, -1], atol=1e-9)

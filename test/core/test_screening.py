"""Who is warmer than the others: each person once, and fever moves the comparison little."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, truncnorm

from thermal_radar_fusion.fusion.normal_range import (
    CLIP,
    KEPT_VARIANCE,
    NormalRange,
    normal_range,
)
from thermal_radar_fusion.fusion.screening import Screener, ScreeningParameters
from thermal_radar_fusion.parameters import ParameterError

MEAN, SPREAD = 36.0, 0.33


def healthy(count, seed=0, mean=MEAN):
    return np.random.default_rng(seed).normal(mean, SPREAD, count)


def screened(temperatures, parameters=None, start=0.0, first=0):
    """A screener that has met some people, one a minute."""
    screener = Screener(parameters)
    for index, temperature in enumerate(temperatures):
        screener.update(first + index, float(temperature), 0.05, start + 60.0 * index)
    return screener


def test_cut_variance_is_that_of_the_truncated_normal():
    np.testing.assert_allclose(KEPT_VARIANCE, truncnorm.var(-CLIP, CLIP), rtol=1e-9)


def test_mean_and_spread_of_many_healthy_people():
    usual = normal_range(healthy(20000), 0.5, 20)
    assert usual.mean == pytest.approx(MEAN, abs=0.01)
    assert usual.spread == pytest.approx(SPREAD, rel=0.02)


@pytest.mark.parametrize('share', [0.05, 0.1, 0.2])
def test_fever_neither_widens_the_spread_nor_lifts_the_mean(share):
    people = healthy(1000)
    ill = people[: int(1000 * share)] + 2.0
    mixed = np.concatenate([people[len(ill) :], ill])
    usual = normal_range(mixed, 0.35, 20)
    assert usual.mean == pytest.approx(MEAN, abs=0.05)
    assert usual.spread == pytest.approx(SPREAD, abs=0.05)
    # What the plain estimates make of the same people.
    assert mixed.std() > usual.spread + 0.2 * (share > 0.05)


def test_few_people_have_the_prior_spread():
    usual = normal_range([36.0, 36.0, 36.0], 0.35, 20)
    assert 0.3 < usual.spread < 0.35
    assert normal_range([36.0], 0.35, 20) == NormalRange(
        36.0, pytest.approx(0.35 * math.sqrt(20 / 21)), 1
    )


@settings(deadline=None)
@given(st.lists(st.floats(30, 42), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_the_mean_is_among_the_readings(readings, random):
    usual = normal_range(readings, 0.35, 20)
    other = normal_range(random.sample(readings, len(readings)), 0.35, 20)
    assert other.mean == pytest.approx(usual.mean, abs=1e-9)
    assert other.spread == pytest.approx(usual.spread, abs=1e-9)
    assert min(readings) - 1e-9 <= usual.mean <= max(readings) + 1e-9


def test_limit_for_a_new_reading_is_the_prediction_interval():
    usual = NormalRange(36.0, 0.3, 9)
    # Of a new reading minus the mean of nine: variance 0.3^2 (1 + 1/9).
    expected = norm.ppf(norm.cdf(2.0), 36.0, 0.3 * math.sqrt(10 / 9))
    assert usual.upper(2.0) == pytest.approx(expected)


def test_fixed_threshold():
    screener = Screener(ScreeningParameters(rule='fixed', threshold=37.0))
    result = screener.update('ann', 37.4, 0.1, 0.0)
    assert (result.threshold, result.elevated) == (37.0, True)
    assert result.margin == pytest.approx(0.4)
    assert not screener.update('bob', 36.9, 0.1, 1.0).elevated


def test_nobody_is_judged_while_warming_up():
    screener = Screener(ScreeningParameters(warm_up=10))
    for index, temperature in enumerate(healthy(10)):
        result = screener.update(index, temperature, 0.05, float(index))
        assert math.isnan(result.threshold)
        assert math.isnan(result.margin)
        assert not result.elevated
    assert screener.update('ann', 39.0, 0.05, 20.0).elevated


def test_warm_up_is_of_others():
    screener = screened(healthy(10), ScreeningParameters(warm_up=10))
    assert math.isnan(screener.update(3, 39.0, 0.05, 700.0).threshold)
    assert math.isfinite(screener.update('new', 36.0, 0.05, 701.0).threshold)


def test_who_is_measured_again_counts_once():
    once, often = screened(healthy(30)), screened(healthy(30))
    for repeat in range(200):
        often.update(29, float(healthy(30)[29]), 0.05, 60.0 * 29 + repeat * 0.1)
    assert often.people == once.people == 30
    assert often.threshold('new') == once.threshold('new')


def test_nobody_is_compared_with_oneself():
    screener = screened(healthy(30))
    before = screener.threshold('ann')
    results = [screener.update('ann', t, 0.05, 1800.0 + t) for t in (36.0, 38.0, 41.0)]
    assert [result.threshold for result in results] == [before] * 3


def test_elevated_people_move_the_threshold_of_the_others_little():
    people = healthy(60)
    alone = screened(people).threshold()
    with_fever = screened([*people, *healthy(6, 1, MEAN + 2.5)]).threshold()
    assert abs(with_fever - alone) < 0.05


def test_a_step_of_the_offset_is_followed():
    screener = screened(healthy(100))
    stepped = healthy(100, 1, MEAN + 1.5)
    flags = [
        screener.update(100 + i, t, 0.05, 6000.0 + 60 * i).elevated for i, t in enumerate(stepped)
    ]
    assert np.mean(flags[:10]) > 0.9
    assert np.mean(flags[70:]) < 0.1


def test_offset_of_the_camera_does_not_matter():
    people = healthy(80)
    plain, shifted = Screener(), Screener()
    for index, temperature in enumerate(people):
        a = plain.update(index, temperature, 0.05, 60.0 * index)
        b = shifted.update(index, temperature - 3.0, 0.05, 60.0 * index)
        assert a.elevated == b.elevated
        np.testing.assert_allclose(a.margin, b.margin, atol=1e-9)


def test_window_and_memory_bound_what_is_remembered():
    window = screened(healthy(50), ScreeningParameters(window=20))
    assert window.people == 20
    memory = screened(healthy(50), ScreeningParameters(memory=600.0))
    assert memory.people == 11
    memory.update('late', 36.0, 0.05, 1e6)
    assert memory.people == 1


def test_clock_that_jumps_back_is_a_restart_and_a_late_message_is_not():
    screener = screened(healthy(30))
    screener.update('late', 36.0, 0.05, 60.0 * 29 - 0.2)
    assert screener.people == 31
    screener.update('first', 36.0, 0.05, 5.0)
    assert screener.people == 1


@pytest.mark.parametrize(
    ('temperature', 'std'), [(math.nan, 0.1), (36.0, math.nan), (36.0, 0.6), (math.inf, 0.1)]
)
def test_unusable_temperatures_are_neither_judged_nor_compared_with(temperature, std):
    screener = screened(healthy(30))
    result = screener.update('ann', temperature, std, 1800.0)
    assert math.isfinite(result.threshold)
    assert math.isnan(result.margin)
    assert not result.elevated
    assert screener.people == 30


def test_confidence_asks_for_more_of_uncertain_temperatures():
    sure = Screener(ScreeningParameters(rule='fixed', threshold=37.0, confidence=0.95))
    assert sure.update('ann', 37.2, 0.1, 0.0).elevated
    assert not sure.update('bob', 37.2, 0.15, 0.0).elevated


def test_who_is_forgotten_is_no_comparison():
    screener = screened(healthy(30))
    screener.forget(3)
    screener.forget('nobody')
    assert screener.people == 29


@pytest.mark.parametrize(
    'wrong',
    [{'rule': 'median'}, {'sigmas': 0}, {'warm_up': 1}, {'threshold': 98.6}, {'confidence': 1.0}],
)
def test_parameters_out_of_range_are_named(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        ScreeningParameters(**wrong)

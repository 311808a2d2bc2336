"""The correction for distance, and what the readings of a track say together."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from thermal_radar_fusion.thermal.temperature import (
    KEPT,
    TemperatureCorrection,
    TemperatureCorrectionError,
    TrackTemperature,
    fit_temperature_correction,
)

TRUE = TemperatureCorrection(a0=1.01, a1=0.006, std=0.1)


def readings(count, noise, seed=0):
    """Return readings, distances and true temperatures that fit TRUE."""
    draw = np.random.default_rng(seed)
    distances, truth = draw.uniform(0.8, 3.5, count), draw.normal(36, 0.6, count)
    errors = draw.uniform(-1, 1, count) * noise * math.sqrt(3)
    return (truth + errors) / TRUE.alpha(distances), distances, truth


def track(values, distances=2.0, stds=0.1, rate=15.0, correction=None):
    """Return a track with these readings."""
    made = TrackTemperature(correction)
    rows = np.broadcast_arrays(values, distances, stds)
    for k, (value, distance, std) in enumerate(zip(*rows, strict=True)):
        made.add(k / rate, float(value), float(std), float(distance))
    return made


def test_the_papers_factors_put_the_papers_readings_right():
    paper = TemperatureCorrection(a0=1.116, a1=0.013)
    assert float(paper.alpha(2.0)) == pytest.approx(1.142)
    assert float(paper.apply(32.0, 2.0)) == pytest.approx(36.544)


def test_exact_readings_give_the_factors_back():
    fitted = fit_temperature_correction(*readings(30, 0.0))
    assert (fitted.a0, fitted.a1) == pytest.approx((TRUE.a0, TRUE.a1), abs=1e-9)
    assert fitted.std == pytest.approx(0.0, abs=1e-9)


def test_the_fit_is_linear_regression_and_its_residual_the_noise():
    measured, distances, truth = readings(3000, 0.2)
    fitted = fit_temperature_correction(measured, distances, truth)
    columns = np.column_stack([measured, measured * distances])
    expected = LinearRegression(fit_intercept=False).fit(columns, truth).coef_
    assert (fitted.a0, fitted.a1) == pytest.approx(expected.tolist())
    assert fitted.std == pytest.approx(0.2, rel=0.05)


def test_faces_that_look_away_are_not_fitted_to():
    measured, distances, truth = readings(300, 0.1)
    measured[::4] -= 2.5
    fitted = fit_temperature_correction(measured, distances, truth)
    assert fitted.a0 == pytest.approx(TRUE.a0, abs=0.002)
    assert fitted.a1 == pytest.approx(TRUE.a1, abs=0.001)
    assert fitted.std == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize(
    ('columns', 'told'),
    [
        (([36, 36], [1, 2], [36]), 'each reading'),
        (([[36]], [[1]], [[36]]), 'each reading'),
        (([36, math.nan], [1, 2], [36, 36]), 'must be numbers'),
        (([36, 36, 35], [2, 2, 2], [36, 36, 35]), 'two distances'),
        (([], [], []), 'two distances'),
    ],
)
def test_readings_that_determine_nothing_are_refused(columns, told):
    with pytest.raises(TemperatureCorrectionError, match=told):
        fit_temperature_correction(*columns)


def test_no_readings_no_temperature():
    estimate = TrackTemperature().estimate()
    assert math.isnan(estimate.mean)
    assert math.isnan(estimate.std)
    assert estimate.samples == 0


def test_the_mean_is_over_the_warmer_half():
    values, distances = np.array([35.9, 36.1, 36.2, 35.8]), np.array([1.0, 2.0, 3.0, 1.5])
    made = track(values, distances, correction=TRUE)
    estimate = made.estimate()
    corrected = np.sort(TRUE.alpha(distances) * values)
    assert estimate.mean == pytest.approx(corrected[2:].mean())
    assert estimate.samples == 4


def test_better_distances_may_come_later():
    made = track([35.0, 35.0, 35.0, 35.0], 9.0, correction=TRUE)
    np.testing.assert_allclose(made.stamps, np.arange(4) / 15)
    estimate = made.estimate([1.0, 2.0, 1.0, 2.0])
    assert estimate.mean == pytest.approx(35.0 * float(TRUE.alpha(2.0)))


@given(st.lists(st.tuples(st.floats(35.8, 36.2), st.integers(1, 6)), min_size=1, max_size=12))
def test_readings_weigh_by_inverse_variance(rows):
    """Against readings that are repeated as often as they weigh."""
    values, counts = np.array(rows).T
    estimate = track(values, stds=1 / np.sqrt(counts)).estimate()
    repeated = np.sort(np.repeat(values, (counts * 2).astype(int)))
    expected = repeated[len(repeated) // 2 :].mean()
    assert estimate.mean == pytest.approx(expected, abs=1e-6)


def test_looking_around_does_not_cool_anybody_down():
    draw = np.random.default_rng(4)
    front, around = draw.normal(36.2, 0.08, 60), draw.normal(35.6, 0.2, 50)
    still = track(front).estimate()
    moving = track(np.concatenate([front, around])).estimate()
    assert moving.mean == pytest.approx(still.mean, abs=0.06)


def test_profiles_hardly_count_beside_views_from_the_front():
    values, stds = [35.2] * 40 + [36.2] * 10, [1.0] * 40 + [0.12] * 10
    estimate = track(values, stds=stds).estimate()
    assert estimate.mean == pytest.approx(36.2, abs=0.07)


def test_a_lamp_in_a_few_images_does_not_count():
    assert track([36.2] * 30 + [44.0] * 6 + [36.2] * 4).estimate().mean == pytest.approx(36.2)


def test_more_time_makes_surer_but_not_surer_than_the_correction_is():
    draw = np.random.default_rng(5)
    values = draw.normal(36.0, 0.4, 1500)
    short, middle, long = (track(values[:n], correction=TRUE).estimate() for n in (15, 150, 1500))
    assert short.std > middle.std > long.std
    assert long.std > math.hypot(TRUE.std, 0.09)


def test_profiles_alone_stay_in_doubt_however_many_they_are():
    assert track([35.2] * 1000, stds=1.1).estimate().std > 1.0


def test_what_is_not_a_number_is_left_out():
    made = TrackTemperature()
    made.add(0.0, math.nan, 0.1, 2.0)
    made.add(0.1, 36.0, 0.1, math.nan)
    assert len(made) == 0
    made.add(0.2, 36.0, 0.1, 2.0)
    assert made.estimate().mean == 36.0


def test_memory_is_bounded():
    made = track(np.full(KEPT + 500, 36.0))
    assert len(made) == KEPT
    assert made.stamps[0] == pytest.approx(500 / 15)

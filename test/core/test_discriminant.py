"""Discriminants of a WELM's outputs: against scikit-learn, numeric derivatives and masking."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.covariance import empirical_covariance
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from spheres import People

from thermal_radar_fusion.reid.discriminant import (
    ROUND,
    SINGLE,
    discriminant,
    walk_scatter,
    window_scatter,
)
from thermal_radar_fusion.reid.features import FeatureError
from thermal_radar_fusion.reid.running_welm import RunningWelm
from thermal_radar_fusion.reid.scatter import fit_scatter
from thermal_radar_fusion.reid.welm import WelmParameters, fit_welm

SMALL = WelmParameters(hidden_units=120)


def line(count=200, seed=0, noise=0.3):
    """Three classes in a row, as in section 4.2 of The Elements of Statistical Learning."""
    rng = np.random.default_rng(seed)
    rows = [k * np.array([1.0, 0.5]) + rng.normal(0, noise, (count, 2)) for k in range(3)]
    return np.concatenate(rows), np.repeat(np.arange(3), count).tolist()


def test_who_is_amid_others_is_no_longer_masked():
    # Away from the origin most units are on or off for all of the classes.
    rows, labels = line()
    rows = rows + 10.0
    welm = fit_welm(rows, labels, WelmParameters(hidden_units=400))
    plain = np.bincount(welm.scores(rows).argmax(axis=1), minlength=3) / len(rows)
    assert plain[1] < 0.05
    right = discriminant(welm).scores(rows).argmax(axis=1) == labels
    reference = LinearDiscriminantAnalysis().fit(rows, labels).score(rows, labels)
    assert right.mean() == pytest.approx(reference, abs=0.04)


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 5), st.integers(0, 1000))
def test_scores_are_those_of_discriminant_analysis_of_the_outputs(count, seed):
    features, labels = People(count, seed).gallery(range(count), 60)
    welm = fit_welm(features, labels, SMALL)
    outputs, indices = welm.scores(features), np.array([welm.labels.index(n) for n in labels])
    middles = np.stack([outputs[indices == k].mean(axis=0) for k in range(count)])
    own = [empirical_covariance(outputs[indices == k]) for k in range(count)]
    within = np.mean(own, axis=0)
    np.testing.assert_allclose(window_scatter(welm), within, atol=1e-9)
    rounded = within + ROUND * np.trace(within) / count * np.eye(count)
    differences = outputs[:, None] - middles
    distances = np.einsum('nkc,cd,nkd->nk', differences, np.linalg.inv(rounded), differences)
    expected, found = -0.5 * distances, discriminant(welm).scores(features)
    # Up to what all classes have in common.
    for one in (expected, found):
        one -= one[:, :1]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def scatter(size=32, seed=5):
    """Of people who have several walks."""
    rng = np.random.default_rng(seed)
    people = rng.normal(size=(60, size))
    shape = np.linspace(0.05, 0.4, size)
    return fit_scatter(
        [[person + shape * rng.normal(size=(4, size)) for _ in range(2)] for person in people]
    )


def test_slopes_are_those_of_the_outputs():
    features, labels = People(3).gallery(range(3), 80)
    welm = fit_welm(features, labels, SMALL)
    slopes, step = welm.slopes(), 1e-7
    for k, middle in enumerate(welm.middles):
        for d in range(0, 32, 7):
            ahead, back = (welm.scores(middle + sign * step * np.eye(32)[d]) for sign in (1, -1))
            np.testing.assert_allclose(slopes[k, d], (ahead - back)[0] / (2 * step), atol=1e-6)


def test_scatter_of_walks_is_put_through_the_units():
    features, labels = People(4).gallery(range(4), 80)
    welm, known = fit_welm(features, labels, SMALL), scatter()
    rng = np.random.default_rng(0)
    # So small that the units are linear.
    moves = 1e-4 * rng.multivariate_normal(np.zeros(32), known.within, 40_000)
    found = [np.cov((welm.scores(middle + moves)).T) for middle in welm.middles]
    expected = np.mean(found, axis=0) / 1e-8
    np.testing.assert_allclose(
        walk_scatter(welm, known), expected, atol=0.03 * np.abs(expected).max()
    )


def test_who_varies_more_from_walk_to_walk_is_known_less_surely():
    features, labels = People(3).gallery(range(3), 60)
    welm, known = fit_welm(features, labels, SMALL), scatter()
    wider = replace(known, axes=known.axes / 3)
    np.testing.assert_allclose(wider.within, 9 * known.within, rtol=1e-9)
    scores = np.stack([discriminant(welm, one).scores(features) for one in (known, wider)])
    spans = np.ptp(scores, axis=2)
    assert (spans[1] < spans[0] / 3).all()


def test_running_sums_give_the_same():
    features, labels = People(3).gallery(range(3), 40)
    running, known = RunningWelm(32, SMALL), scatter()
    for row, label in zip(features, labels, strict=True):
        running.add(label, row)
    running.add(labels[0], features[:5])
    running.remove(labels[0], features[:5])
    batch, grown = (
        discriminant(welm, known).scores(features)
        for welm in (fit_welm(features, labels, SMALL), running.classifier())
    )
    np.testing.assert_allclose(grown, batch, rtol=1e-6, atol=1e-6 * np.abs(batch).max())


def test_more_people_than_directions():
    features, labels = People(40).gallery(range(40), 12)
    rule = discriminant(fit_welm(features, labels, SMALL), scatter())
    found = np.array(rule.labels)[rule.scores(features).argmax(axis=1)]
    assert np.mean(found == labels) > 0.8
    assert SINGLE > 0


def test_bad_features_are_one_line():
    features, labels = People(2).gallery(range(2), 20)
    rule = discriminant(fit_welm(features, labels, SMALL))
    with pytest.raises(FeatureError, match='not finite'):
        rule.scores(features * np.nan)
    with pytest.raises(FeatureError, match='rows of 32'):
        rule.scores(np.ones((2, 3)))

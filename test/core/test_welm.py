"""The WELM against scikit-learn's weighted ridge regression, and its running sums against it."""

import contextlib

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from spheres import People

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.reid.features import FeatureError
from thermal_radar_fusion.reid.packed import (
    Cholesky,
    NotPositiveDefiniteError,
    add_outer_products,
    add_scaled,
    add_to_diagonal,
    packed_zeros,
)
from thermal_radar_fusion.reid.running_welm import RunningWelm
from thermal_radar_fusion.reid.welm import (
    HiddenLayer,
    NormalEquations,
    WelmError,
    WelmParameters,
    by_samples,
    by_units,
    class_weights,
    fit_welm,
)

SMALL = WelmParameters(hidden_units=60)


def reference(features, labels, parameters):
    """Output weights by scikit-learn: one weighted ridge regression per class."""
    known = list(dict.fromkeys(labels))
    indices = np.array([known.index(label) for label in labels])
    hidden = HiddenLayer(features.shape[1], parameters).activate(features)
    weights = np.array([1 / labels.count(label) for label in labels])
    ridge = Ridge(alpha=parameters.regularisation, fit_intercept=False, solver='svd')
    return known, ridge.fit(hidden, np.eye(len(known))[indices], sample_weight=weights).coef_.T


def running(features, labels, parameters=SMALL):
    """Running sums fed one sample after another."""
    welm = RunningWelm(features.shape[1], parameters)
    for row, label in zip(features, labels, strict=True):
        welm.add(label, row)
    return welm


@pytest.mark.parametrize('count', [7, 20, 21, 150], ids=lambda count: f'{3 * count} samples')
def test_both_closed_forms_are_weighted_ridge_regression(count):
    features, labels = People(3).gallery(range(3), count)
    features, labels = features[: 3 * count - 5], labels[: 3 * count - 5]
    known, expected = reference(features, labels, SMALL)
    classifier = fit_welm(features, labels, SMALL)
    assert list(classifier.labels) == known
    np.testing.assert_allclose(classifier.output_weights, expected, rtol=0, atol=1e-10)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 90), st.integers(1, 80), st.floats(1e-3, 10), st.integers(0, 10**6))
@example(27, 75, 1e-3, 0)
def test_closed_forms_agree_whatever_the_shape(samples, units, regularisation, seed):
    rng = np.random.default_rng(seed)
    chosen = WelmParameters(hidden_units=units, regularisation=regularisation, seed=seed)
    layer = HiddenLayer(5, chosen)
    rows, roots = rng.normal(size=(samples, 5)), rng.uniform(0.1, 2.0, samples)
    targets = rng.normal(size=(samples, 3))
    wide, right = by_samples(layer, rows, roots, targets)
    tall, same = by_units(layer, rows, roots, targets)
    np.testing.assert_allclose(wide, tall, rtol=0, atol=1e-8 * np.abs(wide).max())
    np.testing.assert_allclose(right, same, rtol=0, atol=1e-10 * np.abs(right).max())


@pytest.mark.parametrize(('samples', 'used'), [(60, 'by_samples'), (62, 'by_units')])
def test_smaller_matrix_is_inverted(monkeypatch, samples, used):
    called = []
    for form in (by_samples, by_units):
        name = form.__name__

        def spy(*arguments, form=form, name=name):
            called.append(name)
            return form(*arguments)

        monkeypatch.setattr(f'thermal_radar_fusion.reid.welm.{name}', spy)
    fit_welm(*People(2).gallery(range(2), samples // 2), SMALL)
    assert called == [used]


def test_weights_are_the_inverse_of_class_sizes():
    assert class_weights(np.array([0, 1, 1, 0, 1])).tolist() == [1 / 2, 1 / 3, 1 / 3, 1 / 2, 1 / 3]


def test_large_classes_do_not_push_small_ones_aside():
    people = People(3, seed=4, window=0.25)
    rows = [people.windows(0, 600), people.windows(1, 600), people.windows(2, 20)]
    labels = [0] * 600 + [1] * 600 + [2] * 20
    probe = people.windows(2, 300)
    classifier = fit_welm(np.concatenate(rows), labels)
    assert (classifier.scores(probe).argmax(axis=1) == 2).mean() > 0.9
    # The same without the weights of equation 19.
    hidden = classifier.layer.activate(np.concatenate(rows))
    plain = np.linalg.solve(hidden.T @ hidden + 0.1 * np.eye(1024), hidden.T @ np.eye(3)[labels])
    plain_scores = classifier.layer.activate(probe) @ plain
    assert classifier.scores(probe)[:, 2].mean() > plain_scores[:, 2].mean() + 0.1


def test_hidden_layer_is_relu_of_random_weights():
    parameters = WelmParameters(hidden_units=4000, weight_std=0.3, seed=5)
    layer = HiddenLayer(3, parameters)
    hidden = layer.activate(np.zeros((1, 3)))[0]
    # Without input, only b is left, of which half is negative.
    assert (hidden == 0).mean() == pytest.approx(0.5, abs=0.03)
    assert hidden[hidden > 0].mean() == pytest.approx(0.3 * np.sqrt(2 / np.pi), rel=0.05)
    rows, factors = np.random.default_rng(0).normal(size=(2, 3)), np.array([0.5, 3.0])
    np.testing.assert_allclose(
        layer.activate(rows, factors), layer.activate(rows) * factors[:, None], atol=1e-12
    )
    again = HiddenLayer(3, parameters).activate(rows)
    np.testing.assert_array_equal(layer.activate(rows), again)


@pytest.mark.parametrize('count', [5, 80])
def test_running_sums_are_the_batch_solution(count):
    features, labels = People(4).gallery(range(4), count)
    features, labels = features[: 4 * count - 3], labels[: 4 * count - 3]
    batch, grown = fit_welm(features, labels, SMALL), running(features, labels).classifier()
    assert grown.labels == batch.labels
    np.testing.assert_allclose(grown.output_weights, batch.output_weights, rtol=0, atol=1e-8)


def test_somebody_joins_and_class_weights_follow_the_counts():
    features, labels = People(4).gallery(range(4), 30)
    old = [i for i, label in enumerate(labels) if label != 3]
    welm = running(features[old], [labels[i] for i in old])
    assert len(welm.classifier().labels) == 3
    new = [i for i, label in enumerate(labels) if label == 3]
    welm.add(3, features[new])
    batch = fit_welm(features[old + new], [labels[i] for i in old + new], SMALL)
    np.testing.assert_allclose(
        welm.classifier().output_weights, batch.output_weights, rtol=0, atol=1e-8
    )


def test_some_of_the_classes_are_told_apart_as_if_there_were_no_others():
    features, labels = People(4).gallery(range(4), 30)
    chosen = np.isin(labels, (3, 1))
    few = running(features, labels).classifier((3, 1))
    alone = running(features[chosen], np.array(labels)[chosen].tolist()).classifier((3, 1))
    assert few.labels == (3, 1)
    np.testing.assert_allclose(few.output_weights, alone.output_weights, atol=1e-12)


def test_who_is_forgotten_leaves_no_bit_behind():
    features, labels = People(4).gallery(range(4), 30)
    welm = running(features, labels)
    welm.forget(2)
    others = [i for i, label in enumerate(labels) if label != 2]
    never = running(features[others], [labels[i] for i in others]).classifier()
    after = welm.classifier()
    assert after.labels == never.labels
    np.testing.assert_array_equal(after.output_weights, never.output_weights)


def test_samples_are_replaced_thousands_of_times_without_drift():
    people = People(2, window=0.3)
    rows, others = people.windows(0, 4000), people.windows(1, 40)
    welm, fresh = RunningWelm(32, SMALL), RunningWelm(32, SMALL)
    welm.add('a', rows[:40])
    for i in range(40, 4000):
        welm.add('a', rows[i])
        welm.remove('a', rows[i - 40])
    fresh.add('a', rows[-40:])
    weights = []
    for each in (welm, fresh):
        each.add('b', others)
        assert each.count('a') == 40
        weights.append(each.classifier().output_weights)
    np.testing.assert_allclose(*weights, rtol=0, atol=1e-8)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from('abc'), st.booleans(), st.integers(1, 6)), max_size=12))
def test_any_history_ends_where_its_samples_do(history):
    rng = np.random.default_rng(1)
    welm, kept = (
        RunningWelm(4, SMALL),
        {'x': rng.normal(size=(3, 4)), 'y': rng.normal(size=(2, 4))},
    )
    for label, rows in kept.items():
        welm.add(label, rows)
    for label, adding, count in history:
        old = kept.get(label, np.empty((0, 4)))
        if adding:
            rows = rng.normal(size=(count, 4))
            welm.add(label, rows)
            kept[label] = np.concatenate([old, rows])
        elif count <= len(old):
            welm.remove(label, old[:count])
            kept[label] = old[count:]
    kept = {label: rows for label, rows in kept.items() if len(rows)}
    assert {label: welm.count(label) for label in welm.labels} == {
        label: len(rows) for label, rows in kept.items()
    }
    labels = [label for label, rows in kept.items() for _ in rows]
    batch = fit_welm(np.concatenate(list(kept.values())), labels, SMALL)
    probe = rng.normal(size=(5, 4))
    scores = dict(zip(welm.labels, welm.classifier().scores(probe).T, strict=True))
    for label, expected in zip(batch.labels, batch.scores(probe).T, strict=True):
        np.testing.assert_allclose(scores[label], expected, rtol=0, atol=1e-8)


def test_packed_matrices_are_symmetric_ones():
    rng = np.random.default_rng(0)
    for size in (1, 2, 7, 8):
        a, b = rng.normal(size=(size, 12)), rng.normal(size=(size, 3))
        packed = add_outer_products(packed_zeros(size), a)
        packed = add_outer_products(packed, a[:, :2], -1.0)
        packed = add_scaled(packed, add_outer_products(packed_zeros(size), b), 0.5)
        add_to_diagonal(packed, 2.0)
        full = a[:, 2:] @ a[:, 2:].T + 0.5 * b @ b.T + 2.0 * np.eye(size)
        np.testing.assert_allclose(Cholesky(packed).solve(b), np.linalg.solve(full, b), rtol=1e-9)


@pytest.mark.parametrize('regularisation', [1e-6, 1e-3, 0.1, 1e3])
def test_batch_is_exact_in_double_precision_whatever_the_regularisation(regularisation):
    chosen = WelmParameters(hidden_units=60, regularisation=regularisation)
    features, labels = People(3).gallery(range(3), 50)
    hidden = HiddenLayer(32, chosen).activate(features)
    weighted = hidden * np.sqrt(1 / 50)
    targets = np.eye(3)[[list(dict.fromkeys(labels)).index(label) for label in labels]]
    # By singular values, which squares nothing.
    u, values, v = np.linalg.svd(weighted, full_matrices=False)
    shrunk = (values / (values**2 + regularisation))[:, None] * (u.T @ targets * np.sqrt(1 / 50))
    scores = fit_welm(features, labels, chosen).scores(features)
    np.testing.assert_allclose(scores, hidden @ (v.T @ shrunk), rtol=0, atol=1e-8)


@pytest.mark.parametrize(('weight_std', 'root'), [(30.0, 1.0), (100.0, 3.0)])
def test_double_precision_takes_over_where_single_does_not_do(weight_std, root):
    chosen = WelmParameters(hidden_units=60, weight_std=weight_std, regularisation=1e-6)
    features, labels = People(2, window=0.001).gallery(range(2), 50)
    layer, roots = HiddenLayer(32, chosen), np.full(100, root)
    problem = layer, features, roots, np.eye(2)[labels] * root
    # Either there is no factor in single precision, or the refinement diverges.
    with contextlib.suppress(NotPositiveDefiniteError):
        assert NormalEquations(*problem).refined() is None
    hidden = layer.activate(features)
    np.testing.assert_allclose(
        hidden @ by_units(*problem)[0], hidden @ by_samples(*problem)[0], atol=1e-4
    )


def test_impossible_equations_are_refused():
    packed = packed_zeros(3)
    add_to_diagonal(packed, -1.0)
    with pytest.raises(NotPositiveDefiniteError, match='positive definite'):
        Cholesky(packed)


@pytest.mark.parametrize(
    ('features', 'labels', 'error', 'message'),
    [
        ([[1.0, 0.0], [np.nan, 1.0]], [0, 1], FeatureError, '1 of 2 features are not finite'),
        ([[1.0, 0.0], [np.inf, 1.0]], [0, 1], FeatureError, 'not finite'),
        (np.empty((0, 2)), [], FeatureError, 'no features'),
        ([[1.0, 0.0], [0.0, 1.0]], [0, 0], WelmError, 'at least two classes, got 1'),
        ([[1.0, 0.0], [0.0, 1.0]], [0], FeatureError, '2 features have 1 labels'),
        (np.ones((2, 2, 2)), [0, 1], FeatureError, 'shape'),
    ],
)
def test_bad_training_data_is_one_line(features, labels, error, message):
    with pytest.raises(error, match=message) as caught:
        fit_welm(features, labels, SMALL)
    assert '\n' not in str(caught.value)


def test_bad_samples_change_nothing():
    welm = running(*People(2).gallery(range(2), 20))
    before = welm.classifier().output_weights
    with pytest.raises(FeatureError, match='not finite'):
        welm.add('new', np.full((2, 32), np.nan))
    with pytest.raises(FeatureError, match='rows of 32'):
        welm.add(0, np.ones((2, 31)))
    with pytest.raises(WelmError, match='cannot remove 21 of 20'):
        welm.remove(0, np.ones((21, 32)))
    assert welm.labels == tuple(dict.fromkeys(welm.labels))
    assert set(welm.labels) == {0, 1}
    np.testing.assert_array_equal(welm.classifier().output_weights, before)


def test_one_class_cannot_be_told_apart():
    welm = RunningWelm(3, SMALL)
    with pytest.raises(WelmError, match='got 0'):
        welm.classifier()
    welm.add('a', np.eye(3))
    with pytest.raises(WelmError, match='got 1'):
        welm.classifier()


def test_scores_refuse_features_of_another_size():
    classifier = fit_welm(*People(2).gallery(range(2), 20), SMALL)
    with pytest.raises(FeatureError, match='rows of 32'):
        classifier.scores(np.ones((2, 16)))
    with pytest.raises(FeatureError, match='not finite'):
        classifier.scores(np.full(32, np.nan))


@pytest.mark.parametrize('wrong', [{'hidden_units': 0}, {'regularisation': 0}, {'weight_std': -1}])
def test_parameters_out_of_range_are_named(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        WelmParameters(**wrong)

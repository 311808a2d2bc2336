"""Scores of screening rules against scikit-learn and SciPy, and the command."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, roc_auc_score, roc_curve

from thermal_radar_fusion.cli import run
from thermal_radar_fusion.evaluation.comparison import EvaluationError
from thermal_radar_fusion.evaluation.screening import (
    FOLDS,
    SWING_PEOPLE,
    ScreenedPeople,
    Verdict,
    area_under_curve,
    balanced_threshold,
    rules,
    score,
    scores,
    spread_over_orders,
    stratified_folds,
    wilson_interval,
)
from thermal_radar_fusion.fusion.screening import ScreeningParameters


def people(count=400, ill=40, seed=0, digits=4):
    rng = np.random.default_rng(seed)
    febrile = np.arange(count) < ill
    temperatures = rng.normal(36.0, 0.33, count) + febrile * rng.normal(1.0, 0.4, count)
    order = rng.permutation(count)
    return ScreenedPeople(np.round(temperatures, digits)[order], febrile[order])


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(0, 3))
def test_area_under_curve_is_that_of_scikit_learn_with_ties_too(seed, digits):
    table = people(100, 20, seed, digits)
    expected = roc_auc_score(table.febrile, table.temperatures)
    assert area_under_curve(table) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize('seed', range(5))
def test_balanced_threshold_is_the_best_of_the_curve_of_scikit_learn(seed):
    table = people(300, 30, seed)
    false_rate, true_rate, _ = roc_curve(table.febrile, table.temperatures)
    best = np.minimum(true_rate, 1 - false_rate).max()
    flagged = table.temperatures > balanced_threshold(table.temperatures, table.febrile)
    reached = min(flagged[table.febrile].mean(), 1 - flagged[~table.febrile].mean())
    assert reached == pytest.approx(best)


def test_score_is_that_of_the_confusion_matrix_of_those_judged():
    table = people()
    rng = np.random.default_rng(1)
    judged = rng.random(400) < 0.8
    elevated = (rng.random(400) < 0.3) & judged
    tn, fp, fn, tp = confusion_matrix(table.febrile[judged], elevated[judged]).ravel()
    figures = score(table, Verdict(elevated, judged))
    assert figures.sensitivity == pytest.approx(tp / (tp + fn))
    assert figures.specificity == pytest.approx(tn / (tn + fp))
    assert figures.judged == judged.sum()


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_is_that_of_scipy(counts):
    successes, trials = counts
    expected = binomtest(successes, trials).proportion_ci(method='wilson')
    assert wilson_interval(successes, trials) == pytest.approx((expected.low, expected.high))


def test_folds_share_the_febrile_evenly():
    table = people(333, 57)
    folds = stratified_folds(table.febrile, np.random.default_rng(0))
    for group in (table.febrile, ~table.febrile):
        sizes = np.bincount(folds[group], minlength=FOLDS)
        assert sizes.max() - sizes.min() <= 1


def test_cross_validation_does_not_look_at_the_fold_it_judges():
    # Fever that says nothing about the skin: a threshold that saw the labels would do better.
    rng = np.random.default_rng(3)
    blind = ScreenedPeople(rng.normal(36, 0.3, 500), rng.random(500) < 0.4)
    figures = scores(blind, rules(blind))['fixed_cross_validated']
    assert figures.sensitivity + figures.specificity == pytest.approx(1.0, abs=0.12)


def test_every_rule_finds_most_and_more_sigmas_find_fewer():
    table = people(400, 60)
    figures = scores(table, rules(table))
    sensitivity = [f.sensitivity for name, f in figures.items() if name.startswith('adaptive')]
    specificity = [f.specificity for name, f in figures.items() if name.startswith('adaptive')]
    assert sensitivity == sorted(sensitivity, reverse=True)
    assert specificity == sorted(specificity)
    assert figures['adaptive_1.5_sigma'].specificity > 0.9
    assert figures['adaptive_1.5_sigma'].judged == 400 - ScreeningParameters().warm_up


def test_adaptive_rules_stand_an_offset_that_the_fixed_one_does_not():
    table = people(400, 60)
    plain, swung = (scores(t, rules(t)) for t in (table, table.with_swing(0.8)))
    lost = {
        name: plain[name].sensitivity
        + plain[name].specificity
        - swung[name].sensitivity
        - swung[name].specificity
        for name in plain
    }
    assert lost['fixed'] > 0.2
    assert lost['adaptive_1.5_sigma'] < 0.12
    assert table.with_swing(0.8).temperatures[SWING_PEOPLE // 4] == pytest.approx(
        table.temperatures[SWING_PEOPLE // 4] + 0.8
    )


def test_same_seed_same_figures_and_other_orders_differ_little():
    table = people(300, 40)
    parameters = ScreeningParameters(sigmas=1.5)
    first = spread_over_orders(table, parameters, 4, seed=2)
    assert first == spread_over_orders(table, parameters, 4, seed=2)
    assert 0 < first['specificity'][1] < 0.1


def test_a_table_without_enough_fever_is_refused():
    with pytest.raises(EvaluationError, match='got 3 with'):
        people(100, 3)


def write(path, table, names=('skin', 'mouth')):
    rows = [
        f'{t:.4f},{38.2 if ill else 36.8}' for t, ill in zip(*vars(table).values(), strict=True)
    ]
    path.write_text('\n'.join([','.join(names), *rows]) + '\n')
    return path


def test_command_writes_what_the_functions_say(tmp_path, capsys):
    table = people(150, 30)
    source, figures = write(tmp_path / 'people.csv', table), tmp_path / 'figures.json'
    columns = ['--temperature', 'skin', '--reference', 'mouth']
    assert run(['evaluate', 'screening', str(source), *columns, '--json', str(figures)]) == 0
    assert 'not a medical device' in capsys.readouterr().out
    written = json.loads(figures.read_text())
    assert written['auc'] == pytest.approx(area_under_curve(table))
    expected = scores(table, rules(table))
    assert written['rules'].keys() == expected.keys()
    assert written['rules']['fixed']['sensitivity'] == expected['fixed'].sensitivity
    assert written['febrile'] == 30


@pytest.mark.parametrize(
    ('content', 'expected'),
    [
        ('a,b\n1,2\n', "no column 'T_Max1'"),
        ('T_Max1,aveOralM\n', 'no rows'),
        ('T_Max1,aveOralM\n36.1,warm\n', 'line 2: aveOralM must be a number'),
        ('T_Max1,aveOralM\n36.1,37\n', 'at least 10 people'),
    ],
)
def test_bad_tables_are_one_line(tmp_path, capsys, content, expected):
    source = tmp_path / 'people.csv'
    source.write_text(content)
    assert run(['evaluate', 'screening', str(source)]) == 2
    error = capsys.readouterr().err
    assert expected in error
    assert error.count('\n') == 1

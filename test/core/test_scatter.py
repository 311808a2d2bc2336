"""The scatter of features and the open set beside a network: against SciPy and scikit-learn."""

import itertools

import numpy as np
import pytest
import yaml
from acquaintances import acquaintances
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal
from sklearn.metrics import roc_auc_score

from thermal_radar_fusion.evaluation.reid_open_set import (
    TIMES,
    detection_auroc,
    drawn_trials,
    fitted,
    posterior,
    reliability,
    trials_of,
)
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.reid.gait_features import GaitFeatures
from thermal_radar_fusion.reid.gallery import Gallery
from thermal_radar_fusion.reid.open_set import NEW, Trial, similarities_of
from thermal_radar_fusion.reid.open_set_file import (
    OpenSet,
    open_set_beside,
    open_set_file,
    shipped_open_set,
    write_open_set,
)
from thermal_radar_fusion.reid.scatter import FeatureScatter, ScatterError, fit_scatter

AXES = np.array([[2.0, 0.5, 0.0], [-0.3, 1.0, 0.7], [0.1, -0.6, 1.5]])
MODEL = FeatureScatter(AXES, np.array([9.0, 2.0, 0.5]))
MEAN = np.array([0.3, -0.2, 1.0])
# Nobody walks alike on two visits, and windows scatter more in some directions than others.
HARD = {'visit': 0.08, 'window': 0.35, 'heading': 0.7}


def covariances(model):
    """Between people, and within, in the features' own axes."""
    back = np.linalg.inv(model.axes)
    return back @ np.diag(model.spread) @ back.T, back @ back.T


def drawn(model, people, walks, rng):
    """Mean features (people, walks, D) as the model has them."""
    between, within = covariances(model)
    nought = np.zeros(len(between))
    middles = rng.multivariate_normal(nought, between, people)
    return middles[:, None] + rng.multivariate_normal(nought, within, (people, walks))


def test_ratio_is_that_of_both_densities_of_the_difference():
    between, within = covariances(MODEL)
    rng = np.random.default_rng(0)
    track, people = rng.normal(size=3), rng.normal(size=(5, 3))
    same = multivariate_normal(np.zeros(3), 2 * within)
    strangers = multivariate_normal(np.zeros(3), 2 * (within + between))
    expected = [same.logpdf(track - one) - strangers.logpdf(track - one) for one in people]
    np.testing.assert_allclose(MODEL.log_ratios(track, people), expected)
    # What everybody has in common does not count.
    np.testing.assert_allclose(MODEL.log_ratios(track + MEAN, people + MEAN), expected)


def test_fit_finds_the_model_that_walks_were_drawn_from():
    walks = MEAN + drawn(MODEL, 4000, 4, np.random.default_rng(1))
    # A stretch per walk: all of its scatter is between walks.
    found = fit_scatter([[walk[None] for walk in own] for own in walks])
    between, within = covariances(MODEL)
    rounded = 0.9 * within + 0.1 * np.trace(within) / 3 * np.eye(3)
    np.testing.assert_allclose(found.axes @ rounded @ found.axes.T, np.eye(3), atol=0.1)
    expected = np.diag(found.axes @ between @ found.axes.T)
    np.testing.assert_allclose(found.spread, expected, rtol=0.15)
    assert (np.diff(found.spread) < 0).all()


def test_directions_in_which_people_are_alike_say_nothing():
    rng = np.random.default_rng(2)
    people = [
        [np.append(person, 0.0) + rng.normal(0, 0.1, (5, 3)) for _ in range(3)]
        for person in rng.normal(size=(200, 2))
    ]
    found = fit_scatter(people)
    assert (found.spread[:2] > 1).all()
    assert 0 <= found.spread[2] < 0.02
    here = np.zeros((1, 3))
    ratios = [found.log_ratios(np.array([0.0, 0.0, far]), here) for far in (0.0, 0.2)]
    np.testing.assert_allclose(*ratios, atol=0.05)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_track_and_person_may_be_exchanged(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.normal(size=(2, 3))
    there, back = MODEL.log_ratios(one, other[None]), MODEL.log_ratios(other, one[None])
    np.testing.assert_allclose(there, back, atol=1e-9)


@pytest.mark.parametrize('people', [[], [[np.ones((3, 2))]], [[np.ones((3, 2))]] * 4])
def test_scatters_need_people_who_came_back(people):
    with pytest.raises(ScatterError, match='two walks of each'):
        fit_scatter(people)


def test_without_scatter_similarity_is_the_cosine_of_mean_features():
    rows, people = np.array([[2.0, 0.0], [0.0, 2.0]]), np.array([[3.0, 3.0], [0.0, -1.0]])
    found = similarities_of(rows, people, None)
    np.testing.assert_allclose(found, [1.0, -np.sqrt(0.5)])


@pytest.fixture(scope='module')
def open_set():
    """Fitted to people whom no test is about."""
    return fitted(acquaintances(16, 3, 60, 50, **HARD), 7, np.random.default_rng(0))


@pytest.fixture(scope='module')
def others():
    """People whom nothing was fitted to."""
    return acquaintances(12, 4, 60, 50, **HARD)


def test_scatter_tells_strangers_better_than_cosines():
    # People differ in 3 of 12 numbers, and walks of one person more in the others.
    axes = np.diag(np.repeat([1.0, 0.3], [3, 9]))
    model = FeatureScatter(axes, np.repeat([12.0, 0.05], [3, 9]))
    found = {'scatter': [], 'cosine': []}
    for walks in drawn(model, 300, 2, np.random.default_rng(5)).reshape(50, 6, 2, 12):
        for name, scatter in (('scatter', model), ('cosine', None)):
            found[name] += [
                similarities_of(track[None], walks[:3, 0], scatter).max() for track in walks[:, 1]
            ]
    known = np.tile([1, 1, 1, 0, 0, 0], 50)
    auroc = {name: roc_auc_score(known, values) for name, values in found.items()}
    assert auroc['scatter'] > 0.85 > 0.7 > auroc['cosine']


def test_confidence_is_how_often_it_is_right(open_set, others):
    trials = drawn_trials(others, 14, np.random.default_rng(1), open_set.scatter)
    judged = reliability(trials, open_set.parameters)
    assert judged.error < 0.06
    boasting = open_set.parameters.replace(
        contrast=20 * open_set.parameters.contrast, similarity=20 * open_set.parameters.similarity
    )
    assert reliability(trials, boasting).error > 2 * judged.error
    assert sum(judged.counts) == len(trials)


def test_reliability_counts_every_answer(open_set, others):
    trials = drawn_trials(others, 3, np.random.default_rng(2), open_set.scatter)
    judged = reliability(trials, open_set.parameters)
    answers = [posterior(trial, open_set.parameters) for trial in trials]
    right = [
        row.argmax() == trial.truth % (len(trial.evidence.scores) + 1)
        for row, trial in zip(answers, trials, strict=True)
    ]
    sure = np.array([row.max() for row in answers])
    for index, (low, high) in enumerate(itertools.pairwise(judged.edges)):
        own = (sure >= low) & ((sure < high) | (index == 9))
        assert judged.counts[index] == own.sum()
        if own.any():
            assert judged.right[index] == pytest.approx(np.mean(np.array(right)[own]))
            assert judged.confidence[index] == pytest.approx(sure[own].mean())


def test_auroc_is_that_of_scikit_learn(open_set, others):
    trials = list(trials_of(others[:3], others[3:8], [20.0] * 3, None, TIMES))
    values = [posterior(trial, open_set.parameters)[-1] for trial in trials]
    expected = roc_auc_score([trial.truth == NEW for trial in trials], values)
    assert detection_auroc(trials, open_set.parameters) == pytest.approx(expected)
    ties = [Trial(trials[0].evidence, truth) for truth in (0, NEW, NEW)]
    assert detection_auroc(ties, open_set.parameters) == 0.5


def test_trials_have_as_many_strangers_as_known_people(others):
    trials = drawn_trials(others, 7, np.random.default_rng(0), None)
    assert {len(trial.evidence.scores) for trial in trials} == {1, 2, 3, 4, 5, 6}
    assert sum(trial.truth == NEW for trial in trials) == len(trials) / 2
    assert {trial.evidence.seconds for trial in trials} == set(TIMES)


def test_file_gives_back_what_was_fitted(open_set, tmp_path):
    weights = tmp_path / 'mine.onnx'
    assert open_set_beside(weights, 'abc') == OpenSet()
    write_open_set(open_set_file(weights), 'abc', open_set)
    found = open_set_beside(weights, 'abc')
    for (name, value, _), (_, expected, _) in zip(
        found.parameters.flattened(), open_set.parameters.flattened(), strict=True
    ):
        assert value == pytest.approx(expected, rel=1e-5), name
    rng = np.random.default_rng(0)
    track, people = rng.normal(0, 0.2, 32), rng.normal(0, 0.2, (4, 32))
    ratios = (one.scatter.log_ratios(track, people) for one in (found, open_set))
    np.testing.assert_allclose(*ratios, rtol=1e-2, atol=1e-2)
    # It was not fitted to other weights.
    assert open_set_beside(weights, 'abd') == OpenSet()


DAMAGES = {
    'a key is missing': (lambda content: content.pop('network'), 'must have the keys'),
    'no coefficients': (lambda content: content.update(open_set=3), 'parameters by name'),
    'a coefficient': (lambda content: content['open_set'].update(half_time=0), 'half_time'),
    'no scatter': (lambda content: content.update(scatter=[1]), 'scatter must have'),
    'no numbers': (lambda content: content['scatter'].update(spread=['x']), 'finite numbers'),
    'not finite': (lambda content: content['scatter'].update(spread=[np.nan]), 'finite numbers'),
    'ragged': (lambda content: content['scatter'].update(axes=[[1.0], [1.0, 2.0]]), 'finite'),
    'sizes': (lambda content: content['scatter'].update(spread=[1.0]), 'do not go with'),
    'not square': (lambda content: content['scatter']['axes'].pop(), 'do not go with'),
    'no basis': (
        lambda content: content['scatter'].update(axes=[[1.0, 1.0]] * 2, spread=[1.0, 1.0]),
        'depend on each other',
    ),
}


@pytest.mark.parametrize('damage', DAMAGES)
def test_damaged_file_is_one_line(open_set, tmp_path, damage):
    file = tmp_path / 'mine.open_set.yaml'
    write_open_set(file, 'abc', open_set)
    content = yaml.safe_load(file.read_text())
    change, message = DAMAGES[damage]
    change(content)
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(ParameterError, match=message) as caught:
        open_set_beside(tmp_path / 'mine.onnx', 'abc')
    assert str(file) in str(caught.value)
    assert '\n' not in str(caught.value)


def test_gallery_has_mean_features_and_no_scatter_at_first():
    gallery = Gallery('net', 3)
    gallery.enrol([0.0, 1.0], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    np.testing.assert_allclose(gallery.means(), [[0.5, 0.5, 0.0]])
    assert gallery.scatter is None


def test_shipped_open_set_was_fitted_to_the_shipped_network():
    features = GaitFeatures()
    found = shipped_open_set(features.network)
    assert found.scatter is not None
    assert found.scatter.axes.shape[1] == features.dimension
    assert shipped_open_set('another') == OpenSet()

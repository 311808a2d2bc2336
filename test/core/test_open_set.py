"""Known, new or undecided: probabilities that are right as often as they say, and exclusive."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reid_trials import all_trials, fitted, trials_of
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.reid.cosine import fit_cosine
from thermal_radar_fusion.reid.features import FeatureError
from thermal_radar_fusion.reid.joint_identity import joint_posterior
from thermal_radar_fusion.reid.open_set import (
    NEW,
    CalibrationError,
    Evidence,
    OpenSetParameters,
    Trial,
    fit_open_set,
    log_ratios,
)
from thermal_radar_fusion.reid.scores import cumulative_scores, identified
from thermal_radar_fusion.reid.travel_times import TravelTimeError, TravelTimes, Way


def posterior(trial, parameters):
    """Probabilities of a track on its own, last: somebody new."""
    ratios = log_ratios(trial.evidence, parameters)
    priors = np.full(len(ratios), (1 - parameters.newcomers) / len(ratios))
    return joint_posterior(ratios[None], priors[None], parameters.newcomers)[0]


def test_confidence_is_how_often_it_is_right():
    trials = all_trials(1000, 45)
    answers = [(posterior(t, fitted()), t.truth % (len(t.evidence.scores) + 1)) for t in trials]
    confidence = np.array([p.max() for p, _ in answers])
    right = np.array([p.argmax() == truth for p, truth in answers])
    for low, high in itertools.pairwise([0.3, 0.7, 0.9, 0.99, 1.01]):
        chosen = (confidence >= low) & (confidence < high)
        # Two standard errors of a mean, and some more.
        slack = 0.02 + 2 * 0.5 / np.sqrt(chosen.sum())
        assert chosen.sum() > 20
        assert right[chosen].mean() == pytest.approx(confidence[chosen].mean(), abs=slack)


def test_new_people_are_told_from_known_ones():
    trials = [t for t in all_trials(2000) if t.evidence.seconds == 20.0]
    new = [t.truth == NEW for t in trials]
    assert roc_auc_score(new, [posterior(t, fitted())[-1] for t in trials]) > 0.97


def test_more_time_makes_surer():
    sure = [(t.evidence.seconds, posterior(t, fitted()).max()) for t in all_trials(0)]
    means = [np.mean([p for time, p in sure if time == seconds]) for seconds in (2.0, 6.0, 20.0)]
    assert means == sorted(means)


def test_fit_of_one_person_galleries_is_logistic_regression():
    trials = list(itertools.chain(*(trials_of(seed, 1, 0.13) for seed in range(150))))
    trials = [t for t in trials if t.evidence.seconds == 2.0]
    parameters = fit_open_set(trials)
    x = np.array([t.evidence.similarities for t in trials])
    known = np.array([t.truth != NEW for t in trials])
    logistic = LogisticRegression(C=np.inf).fit(x, known)
    ours = np.array([posterior(t, parameters)[0] for t in trials])
    # But for the prior that draws the coefficients a little to where they began.
    np.testing.assert_allclose(ours, logistic.predict_proba(x)[:, 1], atol=0.1)


def test_level_of_somebody_new_may_be_below_nought():
    # Known people are unlike themselves here, and strangers more so.
    draw = np.random.default_rng(0)
    trials = [
        Trial(Evidence(np.zeros(1), draw.normal(-3 - 4 * new, 1, 1), 20.0), NEW if new else 0)
        for new in (0, 1) * 200
    ]
    fitted_here = fit_open_set(trials, OpenSetParameters(similarity=1.0, offset=0.0))
    assert fitted_here.offset < -1
    right = [(posterior(t, fitted_here)[-1] > 0.5) == (t.truth == NEW) for t in trials]
    assert np.mean(right) > 0.95


def test_contrast_is_beyond_guessing():
    alike = Evidence(np.full(4, 7.0), np.zeros(4), 20.0)
    np.testing.assert_allclose(alike.contrasts, 0.0, atol=1e-12)
    sure = Evidence(np.array([900.0, 0.0, 0.0, 0.0]), np.zeros(4), 20.0)
    assert sure.contrasts[0] == pytest.approx(np.log(4))
    assert len(Evidence(np.zeros(0), np.zeros(0), 20.0).contrasts) == 0


def test_no_time_is_no_evidence():
    evidence = Evidence(np.array([0.9, 0.1]), np.array([0.99, 0.0]), 0.0)
    np.testing.assert_array_equal(log_ratios(evidence, OpenSetParameters()), 0.0)


@pytest.mark.parametrize('truth', [0, NEW])
def test_fit_needs_known_and_new_people(truth):
    trial = Trial(Evidence(np.ones(2), np.ones(2), 5.0), truth)
    with pytest.raises(CalibrationError, match='known and of new people'):
        fit_open_set([trial] * 5)
    with pytest.raises(CalibrationError, match='known and of new people'):
        fit_open_set([])


def brute_force(ratios, priors, newcomers):
    """Enumerate all assignments."""
    tracks, people = ratios.shape
    result = np.zeros((tracks, people + 1))
    for answer in itertools.product(range(people + 1), repeat=tracks):
        known = [a for a in answer if a < people]
        if len(set(known)) == len(known):
            weight = np.prod(
                [
                    priors[t, a] * np.exp(ratios[t, a]) if a < people else newcomers
                    for t, a in enumerate(answer)
                ]
            )
            result[range(tracks), answer] += weight
    return result / result.sum(axis=1, keepdims=True)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 4), st.integers(0, 4), st.integers(0, 10**6), st.floats(0.05, 0.95))
def test_joint_posterior_is_the_sum_over_all_assignments(tracks, people, seed, newcomers):
    rng = np.random.default_rng(seed)
    ratios, priors = rng.normal(0, 4, (tracks, people)), rng.uniform(0, 1, (tracks, people))
    priors[rng.random((tracks, people)) < 0.2] = 0.0
    found = joint_posterior(ratios, priors, newcomers)
    np.testing.assert_allclose(found, brute_force(ratios, priors, newcomers), atol=1e-9)


def test_one_track_alone_is_a_softmax():
    ratios, priors = np.array([[2.0, -1.0, 0.5]]), np.array([[0.1, 0.3, 0.2]])
    levels = np.append(ratios + np.log(priors), np.log(0.4))
    np.testing.assert_allclose(joint_posterior(ratios, priors, 0.4)[0], softmax(levels))


def test_two_tracks_are_not_one_person():
    # Both look like person 0, the first one more so.
    ratios = np.array([[9.0, -3.0], [6.0, 2.0]])
    joint = joint_posterior(ratios, np.full((2, 2), 0.25), 0.5)
    assert joint[0, 0] > 0.9
    assert joint[1].argmax() == 1
    assert joint[:, 0].sum() <= 1 + 1e-9


def test_certainty_and_impossibility_are_finite():
    joint = joint_posterior(np.array([[1e6, -1e6]]), np.array([[0.0, 1.0]]), 1e-6)
    np.testing.assert_allclose(joint, [[0, 0, 1]], atol=1e-9)


def test_many_tracks_stay_exclusive():
    rng = np.random.default_rng(0)
    joint = joint_posterior(rng.normal(0, 5, (14, 30)), np.full((14, 30), 1 / 60), 0.5)
    np.testing.assert_allclose(joint.sum(axis=1), 1.0)
    assert (joint[:, :-1].sum(axis=0) < 1.5).all()


def test_cumulative_scores_are_running_means():
    scores = np.random.default_rng(0).normal(size=(10, 3))
    found = cumulative_scores(scores)
    for j in range(10):
        np.testing.assert_allclose(found[j], scores[: j + 1].mean(axis=0))
    with pytest.raises(FeatureError, match='empty window'):
        cumulative_scores(np.empty((0, 3)))


def test_cosine_baseline():
    classifier = fit_cosine([[2.0, 0.0], [2.0, 2.0], [0.0, -3.0]], ['a', 'a', 'b'])
    # The centroid of a is (2, 1), of b (0, -3).
    expected = [[2 / np.sqrt(5), 0.0], [-1 / np.sqrt(5), 1.0]]
    np.testing.assert_allclose(classifier.scores([[5.0, 0.0], [0.0, -0.1]]), expected, atol=1e-12)
    assert identified(classifier, [[1.0, -0.2], [0.2, -0.6]]) == 'b'
    for bad, message in ([np.nan, 1.0], 'not finite'), ([1.0], 'rows of 2'):
        with pytest.raises(FeatureError, match=message):
            classifier.scores([bad])
    with pytest.raises(FeatureError, match='no features'):
        identified(classifier, np.empty((0, 2)))


BUILDING = (
    Way(('hall', 'lab'), 10.0),
    Way(('hall', 'office'), 20.0),
    Way(('lab', 'office'), 60.0),
    Way(('attic', 'cellar'), 5.0),
)


def test_times_are_those_of_the_quickest_way():
    times = TravelTimes(BUILDING)
    assert times.seconds('lab', 'office') == times.seconds('office', 'lab') == 30.0
    assert times.seconds('lab', 'lab') == 0.0
    # Nothing is known of them.
    assert times.seconds('lab', 'attic') == times.seconds('lab', 'garden') == 0.0


def test_half_of_all_people_arrive_in_the_usual_time():
    times = TravelTimes(BUILDING)
    assert times.arrival_probability('hall', 'lab', 10.0) == pytest.approx(0.5)
    assert times.arrival_probability('hall', 'lab', 2.0) < 1e-3
    assert times.arrival_probability('hall', 'lab', 1e5) == pytest.approx(1.0)
    assert times.arrival_probability('hall', 'lab', 0.0) == 0.0
    assert times.arrival_probability('hall', 'lab', -1.0) == 0.0
    assert times.arrival_probability('lab', 'lab', 0.0) == 1.0
    assert times.arrival_probability('lab', 'lab', -0.1) == 0.0
    assert TravelTimes().arrival_probability('hall', 'lab', 0.0) == 1.0


@given(st.lists(st.floats(0, 1e4), min_size=2, max_size=10))
def test_who_has_more_time_arrives_more_probably(elapsed):
    times = TravelTimes(BUILDING)
    found = [times.arrival_probability('hall', 'office', t) for t in sorted(elapsed)]
    assert found == sorted(found)


@pytest.mark.parametrize(
    ('way', 'message'),
    [
        (Way(('lab', 'lab'), 3.0), "'lab' twice"),
        (Way(('lab', 'hall'), 0.0), 'must take some seconds'),
        (Way(('lab', 'hall'), float('nan')), "between 'lab' and 'hall'"),
    ],
)
def test_impossible_ways_are_named(way, message):
    with pytest.raises(TravelTimeError, match=message):
        TravelTimes([*BUILDING, way])


@pytest.mark.parametrize('wrong', [{'half_time': 0}, {'newcomers': 1.0}, {'contrast': -1}])
def test_parameters_out_of_range_are_named(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        OpenSetParameters(**wrong)

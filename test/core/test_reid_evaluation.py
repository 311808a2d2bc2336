"""`trf evaluate reid`: curves against plain loops and scikit-learn, walkers, real people."""

import itertools

import numpy as np
import pytest
from acquaintances import STEP, acquaintances, walk
from gait_windows_at_hand import different_walkers
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import NearestCentroid

from thermal_radar_fusion.datasets.recording import DatasetError
from thermal_radar_fusion.evaluation import reid_walkers
from thermal_radar_fusion.evaluation.reid_accuracy import (
    COSINE,
    EVIDENCE,
    SECONDS,
    WELM,
    Curve,
    Training,
    figure_11,
)
from thermal_radar_fusion.evaluation.reid_classifiers import compared
from thermal_radar_fusion.evaluation.reid_people import acquaintances as acquaintances_of
from thermal_radar_fusion.evaluation.reid_people import means
from thermal_radar_fusion.evaluation.reid_real import read_subjects, recognised, splits
from thermal_radar_fusion.evaluation.reid_walkers import MOVED, SAME, Visit, walkers
from thermal_radar_fusion.evaluation.tracking import EvaluationError
from thermal_radar_fusion.reid.discriminant import discriminant
from thermal_radar_fusion.reid.gait_windows import WINDOW, GaitWindowParameters
from thermal_radar_fusion.reid.open_set import (
    Evidence,
    OpenSetParameters,
    log_ratios,
    similarities_of,
)
from thermal_radar_fusion.reid.open_set_file import OpenSet
from thermal_radar_fusion.reid.welm import WelmParameters, fit_welm
from thermal_radar_fusion.training.gait_validation import told_apart

HARD = {'window': 0.35, 'visit': 0.1, 'heading': 0.6}
TRAININGS = (Training('long', 30.0, 30.0), Training('imbalanced', 5.0, 40.0))


OPEN_SET = OpenSet(OpenSetParameters(contrast=0.7, similarity=20.0))


@pytest.fixture(scope='module')
def group():
    """Three people who are not easy to tell apart."""
    return acquaintances(3, **HARD)


@pytest.fixture(scope='module')
def curves(group):
    """Of two initialisations."""
    return figure_11([group], TRAININGS, OPEN_SET, 2)


def stretches(own, seconds):
    """Of a walk, window by window: all that last so long."""
    for end, stamp in enumerate(own.stamps):
        if stamp - own.stamps[0] >= seconds:
            yield [k for k in range(end + 1) if own.stamps[k] >= stamp - seconds]


def welm_of(people, initialisation):
    """The WELM of 30 s of everybody, and everybody's mean feature."""
    rows = [p.gallery.features[p.gallery.stamps <= p.gallery.stamps[0] + 30.0] for p in people]
    labels = [k for k, own in enumerate(rows) for _ in own]
    welm = fit_welm(np.concatenate(rows), labels, WelmParameters(seed=initialisation))
    return welm, np.stack([own.mean(axis=0) for own in rows])


def plain_accuracy(people, seconds, initialisation, answer=None):
    """Algorithm 2 as it is written, for everybody at once, or with other answers."""
    welm, _ = welm_of(people, initialisation)
    answer = answer or (lambda features: welm.scores(features).mean(axis=0).argmax())
    shares = []
    for truth, person in enumerate(people):
        probe = person.probes[SAME]
        answers = [answer(probe.features[own]) for own in stretches(probe, seconds)]
        shares.append(np.mean([answer == truth for answer in answers]))
    return np.mean(shares)


@pytest.mark.parametrize('seconds', [0.0, 3.0, 20.0])
def test_curve_is_algorithm_2_written_out(group, curves, seconds):
    expected = np.mean([plain_accuracy(group, seconds, k) for k in range(2)])
    found = curves[Curve(WELM, 'long', SAME, 3)][SECONDS.index(seconds)]
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize('seconds', [0.0, 5.0])
def test_evidence_is_what_the_node_goes_by(group, curves, seconds):
    shares = []
    for initialisation in range(2):
        welm, middles = welm_of(group, initialisation)
        rule = discriminant(welm)

        def answer(features, rule=rule, middles=middles):
            likeness = similarities_of(features, middles, None)
            evidence = Evidence(rule.scores(features).mean(axis=0), likeness, 20.0)
            return log_ratios(evidence, OPEN_SET.parameters).argmax()

        shares.append(plain_accuracy(group, seconds, initialisation, answer))
    found = curves[Curve(EVIDENCE, 'long', SAME, 3)][SECONDS.index(seconds)]
    assert found == pytest.approx(np.mean(shares), abs=1e-12)


def test_pairs_are_the_mean_of_all_pairs(group, curves):
    pairs = [list(pair) for pair in itertools.combinations(group, 2)]
    expected = np.mean([plain_accuracy(pair, 5.0, k) for pair in pairs for k in range(2)])
    found = curves[Curve(WELM, 'long', SAME, 2)][SECONDS.index(5.0)]
    assert found == pytest.approx(expected, abs=1e-12)


def test_more_time_and_fewer_people_are_easier(curves):
    for classifier, mounting in itertools.product((WELM, COSINE, EVIDENCE), (SAME, MOVED)):
        three = curves[Curve(classifier, 'long', mounting, 3)]
        two = curves[Curve(classifier, 'long', mounting, 2)]
        assert three[SECONDS.index(20.0)] > three[0] > 1 / 3
        assert two.mean() > three.mean()


def test_half_of_the_people_are_watched_for_longer():
    training = Training('imbalanced', 60.0, 240.0)
    drawn = [training.labels((4, 7, 8, 9, 11), np.random.default_rng(k)) for k in range(40)]
    for labels in drawn:
        assert [person for person, _ in labels] == [4, 7, 8, 9, 11]
        assert [time for _, time in labels].count(60.0) == 2
    longer = {person for labels in drawn for person, time in labels if time == 240.0}
    assert longer == {4, 7, 8, 9, 11}


def test_short_walk_is_one_stretch():
    own = walk(np.arange(8.0)[:, None])
    begins, ends = own.runs(100.0)
    np.testing.assert_allclose(means(own.features, (begins, ends)), [[3.5]])
    assert len(own.first(2 * STEP)) == 3


REFERENCES = {
    'ridge': RidgeClassifier(class_weight='balanced'),
    'logistic regression': LogisticRegression(class_weight='balanced', max_iter=1000),
    'nearest centroid': NearestCentroid(),
}


@pytest.mark.parametrize('name', REFERENCES)
@pytest.mark.parametrize('count', [2, 3])
def test_single_windows_are_what_scikit_learn_predicts(group, name, count):
    people = group[:count]
    rows = [person.gallery.first(30.0) for person in people]
    labels = np.repeat(np.arange(count), [len(own) for own in rows])
    reference = REFERENCES[name].fit(np.concatenate(rows), labels)
    expected = np.mean(
        [reference.score(p.probes[MOVED].features, [k] * 60) for k, p in enumerate(people)]
    )
    assert compared([people], 30.0, MOVED)[name][0] == pytest.approx(expected)


PARAMETERS = GaitWindowParameters(rate=10.0, steps=20, centring=WINDOW)
VISITS = (Visit('gallery', 8.0), Visit('probe', 6.0, (SAME, MOVED)))


@pytest.fixture(scope='module')
def seen(tmp_path_factory):
    """One simulated person on two short visits, and where the windows are."""
    folder = tmp_path_factory.mktemp('windows')
    return walkers(7, 1, VISITS, PARAMETERS, folder)[0], folder


def test_walkers_are_seen_on_every_visit(seen):
    visits, _ = seen
    assert list(visits) == [('gallery', SAME), ('probe', SAME), ('probe', MOVED)]
    assert len({own.subject for own in visits.values()}) == 1
    assert all(len(own) for own in visits.values())


def test_windows_that_are_kept_need_no_simulation(seen, monkeypatch):
    visits, folder = seen
    monkeypatch.delattr(reid_walkers, 'simulate')
    again = walkers(7, 1, VISITS, PARAMETERS, folder)[0]
    for key, own in visits.items():
        np.testing.assert_array_equal(again[key].mask, own.mask)
        np.testing.assert_allclose(again[key].points, own.points, atol=0.01)


def test_body_stays_the_same_but_the_speed_of_the_day_does_not(monkeypatch, tmp_path):
    scenes = []

    def simulated(walker, visit, settings, seed):
        scenes.append((visit.name, settings, seed))
        return {mounting: different_walkers(1)[0] for mounting in visit.mountings}

    monkeypatch.setattr(reid_walkers, '_simulated', simulated)
    walkers(7, 2, VISITS, PARAMETERS, tmp_path)
    first, second, other, _ = scenes
    assert (first[0], second[0]) == ('gallery', 'probe')
    assert first[1]['people.named'] == second[1]['people.named'] != other[1]['people.named']
    assert first[1]['motion.speed'] != second[1]['motion.speed']
    assert len({seed for _, _, seed in scenes}) == 4
    places = [radar['mounting'] for radar in second[1]['radars'].values()]
    assert places[0] == first[1]['radars'][SAME]['mounting'] != places[1]


def test_in_company_there_is_somebody_else_and_the_windows_are_still_ones_own(tmp_path):
    visit = Visit('together', 6.0, (SAME,), company=True)
    visits = walkers(7, 1, (VISITS[0], visit), PARAMETERS, tmp_path)[0]
    (alone,) = tmp_path.glob('*_gallery_*')
    (together,) = tmp_path.glob('*_together_*')
    assert alone != together
    assert visits['together', SAME].subject == visits['gallery', SAME].subject == 'w7'
    assert len(visits['together', SAME])


def test_who_else_is_there_is_another_person_for_everybody(monkeypatch, tmp_path):
    scenes = []

    def simulated(walker, visit, settings, seed):
        scenes.append(settings)
        return {mounting: different_walkers(1)[0] for mounting in visit.mountings}

    monkeypatch.setattr(reid_walkers, '_simulated', simulated)
    walkers(7, 2, (Visit('together', 6.0, company=True),), PARAMETERS, tmp_path)
    named = [scene['people.named'] for scene in scenes]
    assert [list(people) for people in named] == [['w7', 'company'], ['w8', 'company']]
    assert [scene['people.count'] for scene in scenes] == [2, 2]
    assert named[0]['company'] != named[1]['company']


def test_probes_in_company_are_told_from_those_alone():
    probe, beside = different_walkers(2)
    visits = {('gallery', SAME): probe, ('probe', SAME): probe, ('together', SAME): beside}
    (person,) = acquaintances_of([visits], lambda points, mask: mask.sum((1, 2))[:, None] * 1.0)
    assert list(person.probes) == [SAME, f'{SAME}, together']
    assert len(person.probes[f'{SAME}, together'].stamps) == len(beside)


# --- real people


def flat(recording):
    """Features that are enough to tell synthetic walkers apart."""
    present = recording.mask[..., None]
    sums = (recording.points * present).sum((1, 2))
    squares = (recording.points**2 * present).sum((1, 2))
    return np.column_stack([sums, squares]).astype(float)


def test_one_recording_each_is_what_training_validates():
    people = different_walkers(4, windows=60)
    found = recognised({one.subject: [one] for one in people}, flat)
    expected = told_apart(people, [flat(one) for one in people])
    assert found['welm'].window_accuracy == pytest.approx(expected.window)
    assert found['welm'].accuracy_24s == pytest.approx(expected.long)
    assert found['welm'].chance == expected.chance == 0.25


def test_several_recordings_of_a_person_count_together():
    people = different_walkers(3, windows=60)
    twice = {one.subject: [one, one] for one in people}
    found = recognised(twice, flat)['welm']
    assert found.chance == pytest.approx(1 / 3)
    assert found.window_accuracy > 0.5


def test_splits_are_all_different():
    ways = list(splits('abcdefghi', 6, 100))
    assert len(ways) == len(set(ways)) == 84
    assert all(len(set(way)) == 6 for way in ways)
    assert list(splits('abcdefghi', 6, 5)) == ways[:5]
    for size in (1, 8):
        with pytest.raises(EvaluationError, match='2 to 7 can be left out'):
            next(splits('abcdefghi', size, 1))


def test_walk_that_is_too_short_is_named(monkeypatch, tmp_path):
    folder = tmp_path / '77Ghz_radar'
    folder.mkdir()
    for name in 'ab':
        (folder / f'{name}.csv').write_text('')
    monkeypatch.setattr(
        'thermal_radar_fusion.evaluation.reid_real.read_windows',
        lambda file, parameters, cache: different_walkers(1, windows=5)[0],
    )
    with pytest.raises(DatasetError, match=r'a\.csv: the walk is too short'):
        read_subjects(tmp_path, None, PARAMETERS, None, lambda *told: None)

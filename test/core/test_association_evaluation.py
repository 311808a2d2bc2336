"""Scores of associations on made-up tracks, the detector that knows the truth, and the command."""

import json

import numpy as np
import pytest
from paired_walkers import A65, START, face_track, radar_track, view_of

from thermal_radar_fusion.cli import run
from thermal_radar_fusion.datasets.recording import TruePerson
from thermal_radar_fusion.evaluation.association import (
    BASELINE,
    OURS,
    Plan,
    Result,
    pooled,
    run_entrance,
    variants,
)
from thermal_radar_fusion.evaluation.association_counts import (
    Counts,
    Instant,
    completed,
    filled,
    frame_counts,
    mistakes,
    track_counts,
)
from thermal_radar_fusion.evaluation.association_truth import (
    moved,
    owners_of_faces,
    owners_of_tracks,
)
from thermal_radar_fusion.evaluation.comparison import EvaluationError
from thermal_radar_fusion.evaluation.true_boxes import DetectorErrors, TrueBoxDetector
from thermal_radar_fusion.fusion.track_association import AssociationParameters
from thermal_radar_fusion.simulation.face_boxes import FaceBox
from thermal_radar_fusion.thermal.thermal_image import ThermalImage

NO_ERRORS = DetectorErrors(
    place=0, size=0, missed=0, visible=0, facing=-1, false_rate=0, hot_objects=0
)
BLANK = ThermalImage(START, np.zeros((512, 640), np.float32))


def instants(count, faces, tracks):
    """Return images a tenth of a second apart that show the same tracks."""
    return [Instant(0.1, faces, tracks)] * count


def person(name, x, y, head=1.55, velocity=(0.0, 0.0, 0.0)):
    return TruePerson(name, np.array([x, y, 0.9]), np.array(velocity), np.array([x, y, head]))


def test_right_and_wrong_pairs_are_counted_once_each():
    seen = instants(30, {1: 'anna', 2: 'ben'}, {7: 'anna', 8: 'ben'})
    nothing, good, bad = [{}] * 10, [{1: 7, 2: 8}] * 20, [{1: 8, 2: 7}] * 20
    assert track_counts(seen, nothing + good) == Counts(2, 2, 2, 2)
    assert track_counts(seen, nothing + bad) == Counts(0, 2, 0, 2)
    assert track_counts(seen, nothing * 3) == Counts(0, 0, 0, 2)
    assert frame_counts(seen, nothing + good) == Counts(40, 40, 40, 60)
    assert frame_counts(seen, filled(nothing + good)) == Counts(60, 60, 60, 60)


def test_a_wrong_pair_counts_however_short_it_is_held():
    seen = instants(30, {1: 'anna'}, {7: 'anna', 8: 'ben'})
    counts = track_counts(seen, [{}] * 14 + [{1: 8}] + [{1: 7}] * 15)
    assert (counts.right, counts.made) == (1, 2)
    assert counts.precision == 0.5
    assert counts.recall == 1.0


def test_pairs_of_less_than_two_seconds_need_not_be_made_but_may():
    seen = instants(19, {1: 'anna'}, {7: 'anna'})
    assert track_counts(seen, [{}] * 19) == Counts(0, 0, 0, 0)
    assert track_counts(seen, [{1: 7}] * 19) == Counts(1, 1, 0, 0)


def test_a_pair_whose_radar_track_goes_to_somebody_else_is_right_until_it_is_stale():
    seen = instants(30, {1: 'anna'}, {7: 'anna'})
    seen += instants(35, {1: 'anna'}, {7: 'ben', 8: 'anna'})
    follows = [{}] * 10 + [{1: 7}] * 25 + [{1: 8}] * 30
    assert track_counts(seen, follows) == Counts(2, 2, 1, 1)
    assert track_counts(seen, [{}] * 10 + [{1: 7}] * 55) == Counts(0, 1, 0, 1)


def test_a_pair_is_judged_with_the_two_seconds_that_it_rests_on():
    seen = instants(30, {1: 'anna'}, {7: 'anna'}) + instants(20, {1: 'anna'}, {7: 'ben'})
    assert track_counts(seen, [{}] * 28 + [{1: 7}] * 12 + [{}] * 10).right == 1
    other_way = seen[::-1]
    assert track_counts(other_way, [{}] * 15 + [{1: 7}] * 12 + [{}] * 23).right == 0
    assert track_counts(other_way, [{}] * 35 + [{1: 7}] * 15).right == 1


def test_either_of_two_radar_tracks_of_one_person_will_do():
    seen = instants(30, {1: 'anna'}, {7: 'anna', 8: 'anna'})
    assert track_counts(seen, [{1: 8}] * 30) == Counts(1, 1, 2, 2)


def test_a_face_of_nobody_is_never_right():
    seen = instants(30, {1: ''}, {7: '', 8: 'anna'})
    assert track_counts(completed(seen), [{1: 7}] * 30) == Counts(0, 1, 0, 0)


def test_a_face_stays_its_persons_where_its_box_jumps():
    seen = instants(20, {1: 'anna', 2: ''}, {7: 'anna'}) + instants(5, {1: '', 2: 'anna'}, {})
    owners = [instant.faces for instant in completed(seen)]
    assert all(faces[1] == 'anna' for faces in owners)
    assert [faces[2] for faces in owners] == [''] * 20 + ['anna'] * 5


def test_mistakes_are_told():
    seen = instants(30, {1: 'anna'}, {7: 'anna', 8: 'ben'})
    wrong, missed = mistakes(seen, [{1: 8}] * 30)
    assert wrong.startswith('radar 8 and face 1 wrong: held for 3.0 s')
    assert missed.startswith('radar 7 and face 1 missed')


def test_radar_tracks_belong_to_who_is_nearest():
    truth = [person('anna', 3.0, 0.0), person('ben', 3.0, 1.0)]
    tracks = [radar_track(1, (3.1, 0.3)), radar_track(2, (2.9, 0.8)), radar_track(3, (5.0, 0.0))]
    assert owners_of_tracks(tracks, truth) == {1: 'anna', 2: 'ben'}
    assert owners_of_tracks(tracks, []) == {}


def test_faces_belong_to_the_head_of_their_size():
    view = view_of(z=1.55)
    truth = [person('anna', 2.0, 0.0), person('ben', 5.0, 0.02), person('carl', -2.0, 0.0)]
    faces = [
        face_track(1, (2.0, 0.0), view, START),
        face_track(2, (5.0, 0.02), view, START),
        face_track(3, (3.0, 1.0), view, START),
    ]
    assert owners_of_faces(faces, truth, view) == {1: 'anna', 2: 'ben'}
    assert owners_of_faces([], truth, view) == owners_of_faces(faces, [], view) == {}


def test_people_go_straight_on_between_frames():
    (later,) = moved([person('anna', 2.0, 0.0, velocity=(-1.0, 0.5, 0.0))], 0.2)
    assert later.position[:2] == pytest.approx([1.8, 0.1])
    assert later.head == pytest.approx([1.8, 0.1, 1.55])


def test_the_detector_that_knows_the_truth_finds_it():
    detector = TrueBoxDetector(A65, np.random.default_rng(0), NO_ERRORS)
    assert detector.detect(BLANK) == []
    detector.truth = [FaceBox('anna', (10.0, 20.0, 40.0, 60.0), 1.0, 1.0)]
    (found,) = detector.detect(BLANK)
    assert found.box == pytest.approx((10.0, 20.0, 40.0, 60.0))


def test_it_errs_as_often_and_as_much_as_asked():
    errors = DetectorErrors(
        place=0.05, size=0.1, missed=0.2, visible=0.5, false_rate=0.1, hot_objects=0
    )
    detector = TrueBoxDetector(A65, np.random.default_rng(0), errors)
    detector.truth = [FaceBox('anna', (300.0, 200.0, 332.0, 240.0), 1.0, 1.0)]
    found = [face for _ in range(3000) for face in detector.detect(BLANK)]
    true = [face for face in found if np.hypot(face.centre[0] - 316, face.centre[1] - 220) < 15]
    assert len(true) / 3000 == pytest.approx(0.8, abs=0.03)
    assert (len(found) - len(true)) / 3000 == pytest.approx(0.1, abs=0.03)
    assert np.std([face.centre[0] for face in true]) == pytest.approx(2.0, rel=0.1)
    assert np.std(np.log([face.height for face in true])) == pytest.approx(0.1, rel=0.1)
    detector.truth = [
        FaceBox('anna', (300.0, 200.0, 332.0, 240.0), 1.0, 0.4),
        FaceBox('ben', (100.0, 200.0, 132.0, 240.0), -0.2, 1.0),
    ]
    hidden = [face for _ in range(300) for face in detector.detect(BLANK)]
    assert len(hidden) < 100


def test_an_object_that_looks_like_a_face_stays_where_it_is():
    errors = NO_ERRORS.replace(hot_objects=1.0, hot_share=1.0)
    detector = TrueBoxDetector(A65, np.random.default_rng(3), errors)
    assert detector.detect(BLANK) == detector.detect(BLANK) != []


def test_the_variants_are_those_of_table_2():
    made = variants(AssociationParameters())
    assert list(made) == ['A_x, rho', 'A_x', 'A_d, rho', 'A_d', 'A_x + A_d, rho', 'A_x + A_d']
    assert made[OURS] == AssociationParameters()
    assert made['A_d'].costs.terms == 'distance'
    assert not made['A_d'].track_length


@pytest.mark.parametrize('changes', [{'detector': 'eyes'}, {'seeds': ()}, {'people': ()}])
def test_a_plan_that_cannot_be_run_is_refused(changes):
    with pytest.raises(EvaluationError):
        Plan(**changes)


def test_the_command_writes_what_the_contract_asks_for(tmp_path, capsys):
    path = tmp_path / 'association.json'
    options = '--entrances 1 --people 2 --first-seed 3 --duration 7 --detector truth'
    assert run(['evaluate', 'association', *options.split(), '--json', str(path)]) == 0
    assert OURS in capsys.readouterr().out
    figures = json.loads(path.read_text())
    once = run_entrance((Plan(duration=7.0, detector='truth'), 2, 3))
    ours = once.tracks[OURS]
    assert ours.wanted > 0
    assert figures['precision'] == ours.precision == 1.0
    assert figures['recall'] == ours.recall == 1.0
    assert figures['baseline']['precision'] == once.frames[BASELINE].precision
    assert list(figures['variants']) == list(once.tracks)
    for shares in (*figures['variants'].values(), *figures['frames'].values()):
        assert {'precision', 'recall'} <= shares.keys()


def test_results_are_pooled_by_counts():
    one = Result({OURS: Counts(1, 2, 3, 4)}, {BASELINE: Counts(5, 6, 7, 8)}, ('a',))
    other = Result({OURS: Counts(1, 1, 1, 1)}, {BASELINE: Counts(0, 1, 0, 1)}, ('b',))
    both = pooled([one, other])
    assert both == Result({OURS: Counts(2, 3, 4, 5)}, {BASELINE: Counts(5, 7, 7, 9)}, ('a', 'b'))
    assert (both.tracks[OURS].precision, both.tracks[OURS].recall) == (2 / 3, 4 / 5)


@pytest.mark.parametrize(
    ('options', 'text'),
    [
        ('--people two', '--people'),
        ('--people 0,2', '--people'),
        ('--people ,', '--people'),
        ('--entrances 3', 'shared out'),
        ('--detector eyes', 'eyes'),
        ('--set gate=-1', 'gate'),
        ('--set door=1', 'door'),
        ('--set gate', 'gate'),
        ('--people 60 --entrances 1 --detector truth', 'people'),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(capsys, options, text):
    assert run(['evaluate', 'association', *options.split()]) == 2
    error = capsys.readouterr().err
    assert error.count('\n') == 1
    assert text in error

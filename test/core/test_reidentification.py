"""Tracks of several rooms become people: known, new or undecided, and nobody twice at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reid_trials import WELM, crowd, fitted

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.reid.features import FeatureError
from thermal_radar_fusion.reid.followed import IdentityState
from thermal_radar_fusion.reid.gallery import Gallery, GalleryError, GalleryParameters
from thermal_radar_fusion.reid.gallery_file import load_gallery, save_gallery
from thermal_radar_fusion.reid.reidentification import ReidentificationParameters, Reidentifier
from thermal_radar_fusion.reid.travel_times import TravelTimes, Way

UNDECIDED, KNOWN, NEW = IdentityState
STEP = 0.5
VISIT = 0.05


class Building:
    """Synthetic people who walk about, before a reidentifier."""

    def __init__(self, people=6, seed=0, ways=(), gallery=None, **parameters):
        self.people = crowd(people, seed, VISIT)
        known = gallery or Gallery('net', 32, welm=WELM)
        chosen = ReidentificationParameters(open_set=fitted(VISIT), **parameters)
        self.reidentifier = Reidentifier(known, chosen, TravelTimes(ways))
        self.now = 0.0

    @property
    def gallery(self):
        return self.reidentifier.gallery

    def walk(self, seconds, *visits):
        """People (room, track, person) who walk about at the same time; who they are in the end.

        Returns:
            The identity of each visit.
        """
        count = round(seconds / STEP)
        windows = [self.people.windows(person, count) for *_, person in visits]
        for i in range(count):
            self.now += STEP
            for (room, track, _), rows in zip(visits, windows, strict=True):
                self.reidentifier.update(room, self.now, [track], {track: rows[i]})
        return [self.identity(room, track) for room, track, _ in visits]

    def identity(self, room, track):
        found = self.reidentifier.identities(room)
        return next((identity for identity in found if identity.track_id == track), None)

    def wait(self, seconds):
        self.now += seconds


def acquainted(people=6, seconds=10.0, **options):
    """A building whose people were all in the lab, one after another: person 0 is P1."""
    building = Building(people, **options)
    for person in range(people):
        building.walk(seconds, ('lab', 100 + person, person))
        building.wait(30.0)
    assert list(building.gallery.people) == [f'P{i + 1}' for i in range(people)]
    return building


def test_first_person_is_new_and_recognised_in_another_room():
    building = Building()
    (first,) = building.walk(20.0, ('lab', 1, 0))
    assert (first.state, first.person) == (NEW, 'P1')
    building.wait(15.0)
    (again,) = building.walk(20.0, ('office', 1, 0))
    assert (again.state, again.person) == (KNOWN, 'P1')
    assert again.confidence >= 0.9
    building.wait(15.0)
    (other,) = building.walk(20.0, ('office', 2, 1))
    assert (other.state, other.person) == (NEW, 'P2')


def test_everybody_is_recognised_soon_and_strangers_are_new():
    right = {'known': [], 'new': []}
    for seed in range(2):
        building = acquainted(6, seed=seed)
        building.people.means = np.concatenate(
            [building.people.means, crowd(6, 50 + seed, VISIT).means]
        )
        for person in range(6):
            (known,) = building.walk(10.0, ('office', 10 + person, person))
            right['known'].append(known.person == f'P{person + 1}')
            building.wait(5.0)
            (stranger,) = building.walk(10.0, ('hall', 10 + person, 6 + person))
            right['new'].append(stranger.state == NEW)
            building.wait(5.0)
    assert np.mean(right['known']) > 0.9
    assert np.mean(right['new']) > 0.9


def test_undecided_until_there_is_enough_to_go_by():
    building = acquainted(3, least_time=5.0)
    seen = []
    for second in range(8):
        (identity,) = building.walk(1.0, ('office', 1, 1))
        seen.append((second + 1 - STEP, identity))
    for walked, identity in seen:
        assert (identity.state == UNDECIDED) or walked >= 5.0
        assert bool(identity.person) == (identity.state != UNDECIDED)
    assert seen[-1][1].person == 'P2'
    assert seen[2][1].probabilities.keys() == {'P1', 'P2', 'P3'}


def test_somebody_between_two_people_stays_undecided():
    building = acquainted(2)
    between = building.gallery.centroids().centroids.sum(axis=0)
    for i in range(30):
        stamp = building.now + i * STEP
        (identity,) = building.reidentifier.update('office', stamp, [1], {1: between})
    assert identity.state == UNDECIDED
    assert identity.probabilities['P1'] + identity.probabilities['P2'] > 0.95
    assert len(building.gallery.people) == 2


def beside(building, seconds):
    """Somebody in the office who is like P1 and like P2, while P1 walks in the hall."""
    like_first, like_second = building.gallery.centroids().centroids[:2]
    for _ in range(round(seconds / STEP)):
        building.now += STEP
        building.reidentifier.update('hall', building.now, [1], {1: like_first})
        building.reidentifier.update('office', building.now, [1], {1: like_first + like_second})
    return building.identity('hall', 1), building.identity('office', 1)


def test_undecided_tracks_weigh_on_each_other():
    building = Building(2, gallery=acquainted(2).gallery, least_time=100.0)
    first, other = beside(building, 10.0)
    assert first.state == other.state == UNDECIDED
    assert first.probabilities['P1'] > 0.95
    assert other.probabilities['P2'] > 0.9


def test_decided_tracks_weigh_on_later_ones():
    building = acquainted(2)
    like_first = building.gallery.centroids().centroids[0]
    for _ in range(20):
        building.now += STEP
        building.reidentifier.update('hall', building.now, [1], {1: like_first})
    assert building.identity('hall', 1).person == 'P1'
    assert beside(building, 10.0)[1].person == 'P2'


def test_two_tracks_at_a_time_are_two_people():
    building = acquainted(4)
    # Twins of person 1, of whom there can be one only.
    first, second = building.walk(20.0, ('office', 1, 1), ('hall', 1, 1))
    assert (first.person, second.person).count('P2') <= 1
    assert not (first.person == second.person != '')


def test_joint_assignment_finds_all_of_a_group():
    right = []
    for seed in range(3):
        building = acquainted(4, seed=seed)
        found = building.walk(20.0, *[('office', track, track) for track in (3, 1, 0, 2)])
        right += [identity.person == f'P{identity.track_id + 1}' for identity in found]
    assert np.mean(right) > 0.9


def test_who_is_seen_elsewhere_is_not_here():
    building = acquainted(3)
    (there,) = building.walk(10.0, ('office', 1, 0))
    assert there.person == 'P1'
    still, here = building.walk(15.0, ('office', 1, 0), ('hall', 1, 0))
    assert still.person == 'P1'
    assert here.person != 'P1'


@pytest.mark.parametrize(('gap', 'recognised'), [(3.0, False), (60.0, True)])
def test_nobody_is_faster_than_people_are(gap, recognised):
    building = acquainted(3, ways=[Way(('lab', 'office'), 30.0)])
    building.walk(10.0, ('lab', 1, 0))
    building.wait(gap)
    (identity,) = building.walk(15.0, ('office', 1, 0))
    assert (identity.person == 'P1') == recognised


def test_track_that_rested_unseen_gives_way_to_who_was_recognised_meanwhile():
    building = acquainted(3)
    (resting,) = building.walk(10.0, ('lab', 1, 0))
    assert resting.person == 'P1'
    building.wait(20.0)
    # The track of the lab was left behind empty: P1 walks in the office.
    (walking,) = building.walk(20.0, ('office', 1, 0))
    assert walking.person == 'P1'
    # Somebody else wakes it up.
    back = building.walk(6.0, ('lab', 1, 2), ('office', 1, 0))
    assert not (back[0].person == back[1].person == 'P1')


def test_identity_stays_while_a_track_is_not_seen_for_a_while():
    building = acquainted(2)
    building.walk(10.0, ('office', 1, 0))
    building.wait(60.0)
    assert building.reidentifier.update('office', building.now, [1])[0].person == 'P1'
    building.wait(200.0)
    assert building.reidentifier.update('office', building.now, [1])[0].state == UNDECIDED


def test_only_who_is_there_is_told_room_by_room():
    building = acquainted(2)
    building.walk(5.0, ('lab', 1, 0), ('office', 2, 1))
    reidentifier = building.reidentifier
    assert [i.track_id for i in reidentifier.identities('lab')] == [1]
    assert [(i.room, i.track_id) for i in reidentifier.identities()] == [('lab', 1), ('office', 2)]
    building.wait(3.0)
    assert reidentifier.update('lab', building.now) == ()


def test_people_are_learned_from_while_they_are_recognised():
    building = acquainted(2)
    before = len(building.gallery.people['P1'].features)
    building.walk(20.0, ('office', 1, 0))
    assert len(building.gallery.people['P1'].features) == before + 40
    assert building.gallery.people['P1'].last_seen == building.now


def test_who_is_forgotten_comes_back_as_somebody_new():
    building = acquainted(3)
    (identity,) = building.walk(10.0, ('office', 1, 1))
    assert identity.person == 'P2'
    building.reidentifier.forget('P2')
    assert building.identity('office', 1).state == UNDECIDED
    assert list(building.gallery.people) == ['P1', 'P3']
    (again,) = building.walk(20.0, ('office', 1, 1))
    assert (again.state, again.person) == (NEW, 'P4')
    with pytest.raises(GalleryError, match='P2'):
        building.reidentifier.forget('P2')


def test_people_survive_a_restart_by_the_file(tmp_path):
    building = acquainted(3)
    save_gallery(building.gallery, tmp_path / 'gallery.npz')
    restarted = Building(gallery=load_gallery(tmp_path / 'gallery.npz', 'net', 32, welm=WELM))
    restarted.people, restarted.now = building.people, building.now + 60.0
    (identity,) = restarted.walk(20.0, ('office', 1, 2))
    assert (identity.state, identity.person) == (KNOWN, 'P3')


def test_jump_back_forgets_tracks_but_not_people():
    building = acquainted(3)
    building.now = 5.0
    (identity,) = building.walk(20.0, ('office', 1, 2))
    assert identity.person == 'P3'
    assert building.gallery.people['P1'].last_seen <= building.now


def test_frame_that_is_a_little_late_is_no_jump():
    building = acquainted(2)
    building.walk(10.0, ('office', 1, 0))
    (late,) = building.reidentifier.update('office', building.now - 0.5, [1])
    assert late.person == 'P1'


def test_full_gallery_lets_go_of_who_was_away_for_longest():
    small = Gallery('net', 32, GalleryParameters(people=3), WELM)
    building = Building(4, gallery=small)
    for person in range(4):
        building.walk(20.0, ('lab', person, person))
        building.wait(10.0)
    assert list(building.gallery.people) == ['P2', 'P3', 'P4']


@pytest.mark.parametrize(
    ('feature', 'message'),
    [(np.full(32, np.nan), 'not finite'), (np.ones(16), 'rows of 32'), ([], 'no features')],
)
def test_bad_feature_is_one_line_and_changes_nothing(feature, message):
    building = acquainted(2)
    building.walk(2.0, ('office', 1, 0))
    before = building.reidentifier.identities()
    good = building.people.windows(0, 1)[0]
    with pytest.raises(FeatureError, match=message) as caught:
        building.reidentifier.update('office', building.now + 1, [1, 2], {1: good, 2: feature})
    assert '\n' not in str(caught.value)
    assert building.reidentifier.identities() == before
    (identity,) = building.walk(10.0, ('office', 1, 0))
    assert identity.person == 'P1'


def test_same_input_gives_the_same_answer():
    assert acquainted(3).walk(9.0, ('x', 1, 0), ('y', 1, 1)) == acquainted(3).walk(
        9.0, ('x', 1, 0), ('y', 1, 1)
    )


@settings(deadline=None, max_examples=8)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(0.0, 40.0)),
        min_size=1,
        max_size=8,
    )
)
def test_nobody_is_ever_two_tracks_at_once(visits):
    building = Building(4, confidence=0.6, least_time=1.0)
    for number, (a, b, pause) in enumerate(visits):
        found = building.walk(4.0, ('lab', number, a), ('office', number, b))
        names = [identity.person for identity in found if identity.person]
        assert len(set(names)) == len(names)
        assert all(0.0 <= identity.confidence <= 1.0 for identity in found)
        building.wait(pause)


@pytest.mark.parametrize(
    'wrong', [{'confidence': 0.4}, {'window': 0}, {'open_set': {'newcomers': 2.0}}]
)
def test_parameters_out_of_range_are_named(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        ReidentificationParameters.from_mapping(wrong)

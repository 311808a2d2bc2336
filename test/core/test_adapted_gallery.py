"""A gallery whose rooms are made alike: what it keeps, what it compares, and who is recognised."""

import json

import numpy as np
import pytest
from reid_trials import WELM
from spheres import People

from thermal_radar_fusion.reid.adaptation import UNMOVED, AdaptationParameters, FeatureMap
from thermal_radar_fusion.reid.adaptation_evidence import RoomEvidence
from thermal_radar_fusion.reid.discriminant import discriminant
from thermal_radar_fusion.reid.features import directions
from thermal_radar_fusion.reid.followed import IdentityState
from thermal_radar_fusion.reid.gallery import Gallery, GalleryError, GalleryParameters
from thermal_radar_fusion.reid.gallery_file import load_gallery, save_gallery
from thermal_radar_fusion.reid.open_set import OpenSetParameters
from thermal_radar_fusion.reid.reidentification import ReidentificationParameters, Reidentifier
from thermal_radar_fusion.reid.welm import fit_welm

SIZE, STEP = 32, 0.5
# Of the people of `Building`, whose directions are closer to each other.
OPEN_SET = OpenSetParameters(contrast=8.0, similarity=60.0, offset=48.0)
ON = AdaptationParameters(enabled=True)
OFFSET = 0.4 * directions(np.random.default_rng(8).normal(size=(1, SIZE)))[0]
MAP = FeatureMap({'office': OFFSET})


def gallery(**bounds):
    return Gallery('net', SIZE, GalleryParameters(**bounds), WELM)


def filled(people=3, rooms=('lab', 'office'), **bounds):
    """A gallery of people who were in each of some rooms."""
    known, crowd = gallery(**bounds), People(people, 0, SIZE)
    for person in range(people):
        name = known.enrol(10.0 * person + np.arange(8), crowd.windows(person, 8), rooms[0])
        for room in rooms[1:]:
            known.add(name, 10.0 * person + np.arange(8), crowd.windows(person, 8), room)
    return known


def expected_scores(known, rows):
    """Scores of a WELM that learnt all features of a gallery at once, as its map moves them."""
    moved = [known.map(person.rooms, person.features) for person in known.people.values()]
    labels = [name for name, person in known.people.items() for _ in person.stamps]
    return discriminant(fit_welm(np.concatenate(moved), labels, WELM)).scores(rows)


def check(known):
    rows = directions(np.random.default_rng(1).normal(size=(4, SIZE)))
    scores = known.classifier().scores(rows)
    np.testing.assert_allclose(scores, expected_scores(known, rows), rtol=1e-6)


def test_sums_follow_the_map():
    known = filled()
    before = known.classifier().scores(np.eye(SIZE))
    known.remap(MAP)
    check(known)
    assert not np.allclose(known.classifier().scores(np.eye(SIZE)), before)
    known.remap(UNMOVED)
    np.testing.assert_allclose(known.classifier().scores(np.eye(SIZE)), before, rtol=1e-9)


def test_whoever_comes_and_goes_after_a_change_of_the_map():
    known, draw = filled(4), np.random.default_rng(2)
    known.remap(MAP)
    known.add('P2', 50.0, draw.normal(size=(5, SIZE)), 'office')
    known.enrol(60.0, draw.normal(size=(6, SIZE)), 'office')
    known.forget('P1')
    check(known)
    known.expire(22.0 + known.parameters.memory)
    assert len(known.people['P3'].features) < 16
    check(known)


def test_thinned_people_keep_rooms_and_features_together():
    known, draw = gallery(features=10), np.random.default_rng(3)
    rows = directions(draw.normal(size=(40, SIZE)))
    known.enrol(0.0, rows[:20], 'lab')
    known.enrol(0.0, np.eye(SIZE)[:3], 'lab')
    known.remap(MAP)
    known.add('P1', 1.0, rows[20:], 'office')
    person = known.people['P1']
    of_lab = np.array(
        [any(np.array_equal(own, row) for row in rows[:20]) for own in person.features]
    )
    assert len(person.rooms) == 10
    np.testing.assert_array_equal(person.rooms == 'lab', of_lab)
    check(known)


def test_means_are_of_what_is_compared():
    known = filled(2)
    known.remap(MAP)
    person = known.people['P1']
    moved = person.features.copy()
    office = person.rooms == 'office'
    moved[office] = directions(moved[office] + OFFSET)
    np.testing.assert_allclose(known.moved(person), moved, atol=1e-15)


def test_file_brings_rooms_and_what_is_known_of_them_back(tmp_path):
    known, path = filled(), tmp_path / 'gallery.npz'
    known.evidence['lab'] = RoomEvidence(np.arange(SIZE) / 7, 40.0, 36.0, 5.5, 12.0, 3.25)
    known.remap(MAP)
    save_gallery(known, path)
    again = load_gallery(path, 'net', SIZE, welm=WELM)
    assert again.map is UNMOVED
    for name, person in known.people.items():
        np.testing.assert_array_equal(again.people[name].rooms, person.rooms)
        np.testing.assert_array_equal(again.people[name].features, person.features)
    assert again.evidence['lab'].content() == known.evidence['lab'].content()
    again.remap(MAP)
    check(again)


@pytest.mark.parametrize(
    'change',
    [
        lambda header, arrays: header.pop('evidence'),
        lambda header, arrays: header['evidence']['lab'].update(windows=-1),
        lambda header, arrays: header['evidence']['lab'].update(total=[0.0]),
        lambda header, arrays: arrays.pop('rooms'),
        lambda header, arrays: arrays.update(rooms=arrays['rooms'][:-3]),
    ],
)
def test_damaged_rooms_are_one_line(tmp_path, change):
    known, path = filled(), tmp_path / 'gallery.npz'
    known.evidence['lab'] = RoomEvidence.empty(SIZE)
    save_gallery(known, path)
    with np.load(path) as file:
        arrays = dict(file)
    header = json.loads(bytes(arrays['header']))
    change(header, arrays)
    arrays['header'] = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    np.savez(path, **arrays)
    with pytest.raises(GalleryError, match='damaged') as caught:
        load_gallery(path, 'net', SIZE)
    assert '\n' not in str(caught.value)


# The reidentifier


class Building:
    """Eight people who are more alike than directions drawn at random, and two radars."""

    def __init__(self, adaptation=ON, known=None, moved=0.45):
        self.crowd = People(8, 5, SIZE, visit=0.02, window=0.1)
        alike = directions(np.random.default_rng(99).normal(size=(1, SIZE)))
        self.crowd.means = directions(alike + 0.8 * self.crowd.means)
        chosen = ReidentificationParameters(open_set=OPEN_SET, adaptation=adaptation)
        self.reidentifier = Reidentifier(known or gallery(), chosen)
        self.moved = {
            'office': moved * directions(np.random.default_rng(1).normal(size=(1, SIZE)))
        }
        self.now, self.tracks = 0.0, 0

    def walk(self, room, *who, seconds=15.0):
        """Some people walk in a room at the same time; who they are in the end."""
        count, first = round(seconds / STEP), self.tracks
        rows = [directions(self.crowd.windows(p, count) + self.moved.get(room, 0.0)) for p in who]
        for i in range(count):
            self.now += STEP
            features = {first + k: own[i] for k, own in enumerate(rows)}
            found = self.reidentifier.update(room, self.now, features, features)
        self.now += 30.0
        self.tracks += len(who)
        return [identity for identity in found if identity.track_id >= first]

    def days(self):
        """Everybody is in both rooms, two by two."""
        for room in ('lab', 'office'):
            for k in range(0, 8, 2):
                self.walk(room, k, k + 1)


def names(identities):
    return [identity.person for identity in identities]


def test_people_keep_their_names_before_another_radar():
    right = {}
    for enabled in (False, True):
        building = Building(ON.replace(enabled=enabled), moved=1.0)
        for room in ('lab', 'office', 'office'):
            for pair in ((2, 3), (4, 5), (6, 7)):
                building.walk(room, *pair)
        known = names(building.walk('lab', 0, 1))
        there = names(building.walk('office', 0, 1))
        right[enabled] = [a == b for a, b in zip(known, there, strict=True)]
    assert all(right[True])
    assert not any(right[False])


def test_one_room_is_as_without_adaptation():
    told = []
    for enabled in (False, True):
        building = Building(ON.replace(enabled=enabled))
        told.append([building.walk('lab', k, (k + 3) % 8) for k in (0, 1, 2, 0)])
    assert told[0] == told[1]


def test_restart_of_the_clock_forgets_tracks_and_not_rooms():
    building = Building()
    building.walk('lab', 0, 1)
    before = building.reidentifier.gallery.evidence['lab'].content()
    building.reidentifier.update('lab', 0.0, [1])
    assert building.reidentifier.gallery.evidence['lab'].content() == before
    building.now = 0.0
    building.tracks = 0
    building.walk('lab', 0, 1)
    assert building.reidentifier.gallery.evidence['lab'].tracks == 4


def test_next_start_goes_on_with_what_is_known_of_rooms(tmp_path):
    building = Building()
    building.days()
    path = tmp_path / 'gallery.npz'
    save_gallery(building.reidentifier.gallery, path)
    again = Building(known=load_gallery(path, 'net', SIZE, welm=WELM))
    again.now, again.tracks = building.now, building.tracks
    again.walk('office', 0, 1, seconds=2.0)
    offsets = again.reidentifier.gallery.map.offsets
    assert np.linalg.norm(offsets['lab'] - offsets['office']) > 0.1


def test_with_the_last_person_all_is_forgotten():
    building = Building()
    building.walk('lab', 0, 1)
    known = building.reidentifier.gallery
    first, last = known.people
    building.reidentifier.forget(first)
    assert known.evidence
    building.reidentifier.forget(last)
    assert not known.evidence


def test_switched_off_while_it_runs():
    building = Building()
    building.days()
    building.walk('office', 0, 1)
    known = building.reidentifier.gallery
    assert known.map.offsets
    building.reidentifier.parameters = building.reidentifier.parameters.replace(
        adaptation=ON.replace(enabled=False)
    )
    (identity, _) = building.walk('office', 2, 3)
    assert known.map is UNMOVED
    assert identity.state in IdentityState
    check(known)

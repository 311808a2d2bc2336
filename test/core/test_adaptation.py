"""Rooms are made alike from unlabelled tracks: sums, the model behind them, and what it does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from spheres import People

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.reid.adaptation import (
    UNMOVED,
    AdaptationParameters,
    FeatureAdaptation,
    FeatureMap,
    between_people,
    between_rooms,
    fitted_map,
    noise_of,
)
from thermal_radar_fusion.reid.adaptation_evidence import RoomEvidence
from thermal_radar_fusion.reid.features import FeatureError, directions

SIZE = 32
STEP = 0.5


def adaptation(**parameters):
    return FeatureAdaptation(SIZE, AdaptationParameters(enabled=True, **parameters))


def crowd(count, seed=0, **options):
    """People who are more like each other than directions drawn at random, as real ones are."""
    people = People(count, seed, SIZE, **options)
    alike = directions(np.random.default_rng(99).normal(size=(1, SIZE)))
    people.means = directions(alike + 0.6 * people.means)
    return people


def shift(strength, seed=0):
    """What a radar of another kind adds to everybody's features."""
    return strength * directions(np.random.default_rng(seed).normal(size=(1, SIZE)))


def walk(learner, people, room, who, start=0.0, count=30, moved=0.0, first_track=0):
    """Several people walk in a room at the same time; returns their features."""
    rows = [directions(people.windows(person, count) + moved) for person in who]
    for i in range(count):
        for track, own in enumerate(rows):
            learner.observe(room, first_track + track, start + i * STEP, own[i])
    return rows


def day(learner, people, room, who, moved=0.0, start=0.0):
    """Two people at a time walk in a room, one pair after another."""
    for k in range(0, len(who), 2):
        walk(learner, people, room, who[k : k + 2], start + 100.0 * k, 30, moved, k)


def accuracy(learner, people, rooms, moved, count=20):
    """How often the nearest person of the first room is right in the second."""
    here, there = rooms
    known = np.stack(
        [
            learner.transform(here, people.windows(p, 60)).mean(axis=0)
            for p in range(len(people.means))
        ]
    )
    right = []
    for person in range(len(people.means)):
        rows = directions(people.windows(person, count) + moved)
        mapped = learner.transform(there, rows)
        right.append((mapped @ directions(known).T).argmax(axis=1) == person)
    return float(np.mean(right))


# Sums of a room


def test_sums_are_those_of_an_analysis_with_tracks_as_labels():
    people, learner = crowd(6, seed=3), adaptation()
    rows = [
        own
        for k in range(3)
        for own in walk(learner, people, 'lab', (2 * k, 2 * k + 1), 99.0 * k, 40, 0.0, 2 * k)
    ]
    room, labels = learner.rooms['lab'], np.repeat(np.arange(6), 40)
    stacked = np.concatenate(rows)
    reference = LinearDiscriminantAnalysis(solver='lsqr', store_covariance=True)
    pooled = reference.fit(stacked, labels).covariance_
    assert room.windows == 240
    assert room.tracks == 6
    np.testing.assert_allclose(room.mean, stacked.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(room.inside, np.trace(pooled) * 240 / 234, rtol=1e-9)
    spread = np.var(stacked, axis=0).sum()
    np.testing.assert_allclose(room.between, spread - room.inside, rtol=1e-9)
    pairs = [
        0.5 * np.sum((rows[a][i] - rows[b][j]) ** 2)
        for a, b in ((0, 1), (2, 3), (4, 5))
        for i in range(40)
        for j in (i, i - 1)
        if j >= 0
    ]
    # Each window meets the latest one of the other track: of the same step, or of the one before.
    assert room.pairs == len(pairs)
    np.testing.assert_allclose(room.distance, sum(pairs), rtol=1e-9)


def test_people_who_never_meet_are_no_pairs():
    people, learner = crowd(2), adaptation()
    walk(learner, people, 'lab', (0,), 0.0)
    walk(learner, people, 'lab', (1,), 60.0, first_track=7)
    walk(learner, people, 'hall', (0,), 0.0)
    assert learner.rooms['lab'].pairs == 0


def test_nobody_counts_for_all_and_old_windows_fade():
    people, learner = crowd(2), adaptation(track_windows=20, memory=50.0)
    walk(learner, people, 'lab', (0,), count=100)
    assert learner.rooms['lab'].windows == 20
    for k in range(1, 6):
        walk(learner, people, 'lab', (1,), 100.0 * k, 20, first_track=k)
    room = learner.rooms['lab']
    assert room.windows == pytest.approx(50.0)
    assert room.tracks == pytest.approx(50.0 / 20, rel=0.2)
    old, new = people.means
    assert room.mean @ new > room.mean @ old + 0.5 * (1 - new @ old)


def test_track_that_was_away_for_long_is_another_one():
    people, learner = crowd(1), adaptation(over=10.0)
    walk(learner, people, 'lab', (0,), 0.0, 5)
    walk(learner, people, 'lab', (0,), 11.0, 5)
    assert learner.rooms['lab'].tracks == 1
    walk(learner, people, 'lab', (0,), 24.0, 5)
    assert learner.rooms['lab'].tracks == 2


def test_sums_come_back_from_a_file():
    people, learner = crowd(2), adaptation()
    walk(learner, people, 'lab', (0, 1))
    room = learner.rooms['lab']
    again = RoomEvidence.of_content(room.content(), SIZE)
    assert again.content() == room.content()


@pytest.mark.parametrize(
    ('name', 'value'),
    [('windows', -1.0), ('pairs', float('nan')), ('total', [0.0] * 31), ('total', ['x'] * 32)],
)
def test_damaged_sums_are_refused(name, value):
    content = {**RoomEvidence.empty(SIZE).content(), name: value}
    with pytest.raises(ValueError, match=r'number|finite|float|features'):
        RoomEvidence.of_content(content, SIZE)


# The model


def test_variance_between_people_is_found():
    people, learner = crowd(40, seed=1, window=0.08, visit=0.0), adaptation()
    day(learner, people, 'lab', range(40))
    means = directions(people.means)
    # Windows of unit length are a little shorter in the mean of each person.
    shrunk = np.mean([people.windows(p, 500).mean(axis=0) @ means[p] for p in range(40)])
    expected = shrunk**2 * np.var(means, axis=0, ddof=1).sum()
    assert between_people(learner.rooms.values(), 1e-9) == pytest.approx(expected, rel=0.15)


def test_nobody_seen_together_may_differ_in_everything():
    assert between_people([RoomEvidence.empty(SIZE)], 5.0) == 1.0


@pytest.mark.parametrize('count', [1, 2, 6])
def test_noise_is_what_few_people_leave_in_the_mean(count):
    errors, told = [], []
    for seed in range(25):
        people, learner = crowd(12, seed), adaptation()
        day(learner, people, 'all', range(12))
        for k in range(8):
            walk(learner, people, 'few', (k % count,), 1e4 + 100 * k, 30, first_track=k)
        few, everybody = learner.rooms['few'], learner.rooms['all'].mean
        errors.append(np.sum((few.mean - everybody) ** 2))
        told.append(noise_of(few, between_people(learner.rooms.values(), 5.0), 9.0))
    assert 0.4 < np.mean(told) / np.mean(errors) < 2.5


def test_variance_between_rooms_is_found_on_average():
    rng, found = np.random.default_rng(5), []
    noise = np.array([0.02, 0.05, 0.1, 0.02, 0.3])
    for _ in range(400):
        scale = np.sqrt((0.5 + noise) / SIZE)[:, None]
        found.append(between_rooms(rng.normal(size=(5, SIZE)) * scale, noise))
    assert np.mean(found) == pytest.approx(0.5, rel=0.05)


def test_no_more_than_noise_is_no_difference_between_rooms():
    rng, noise = np.random.default_rng(6), np.array([0.02, 0.05])
    draws = [rng.normal(size=(2, SIZE)) * np.sqrt(noise / SIZE)[:, None] for _ in range(300)]
    found = [between_rooms(means, noise) for means in draws]
    assert np.mean(found) < 0.2 * noise.mean()
    assert np.mean(np.array(found) == 0.0) > 0.3


# What it does


def test_people_are_recognised_before_another_radar():
    people, moved = crowd(8, seed=2), shift(0.8)
    before, after = FeatureAdaptation(SIZE), adaptation()
    for learner in (before, after):
        day(learner, people, 'lab', range(8))
        day(learner, people, 'office', range(8), moved)
        learner.refresh()
    plain = accuracy(before, people, ('lab', 'office'), moved)
    adapted = accuracy(after, people, ('lab', 'office'), moved)
    assert adapted > plain + 0.1
    assert adapted > 0.9
    assert accuracy(after, people, ('lab', 'lab'), 0.0) > 0.95


def test_radars_of_one_kind_are_left_alone_whoever_is_there():
    offsets = []
    for seed in range(5):
        people, learner = crowd(12, seed), adaptation()
        day(learner, people, 'lab', range(6))
        day(learner, people, 'office', range(6, 12))
        found = learner.refresh().offsets
        offsets.append(max(map(np.linalg.norm, found.values()), default=0.0))
    assert np.median(offsets) < 0.1


def test_somebody_alone_in_a_room_is_not_taken_for_the_room():
    moved = []
    for seed in range(6):
        people, learner = crowd(8, seed), adaptation()
        day(learner, people, 'lab', range(8))
        for k in range(10):
            walk(learner, people, 'private', (0,), 1e4 + 100 * k, 30, first_track=k)
        room = learner.rooms['private']
        gap = np.linalg.norm(learner.rooms['lab'].mean - room.mean)
        offset = learner.refresh().offsets.get('private', np.zeros(SIZE))
        moved.append(np.linalg.norm(offset) / gap)
    assert np.median(moved) < 0.1
    assert max(moved) < 0.5


def test_tracker_that_swaps_people_does_little_harm():
    people, moved = crowd(8, seed=2), shift(0.8)
    learner = adaptation()
    for room, off in (('lab', 0.0), ('office', moved)):
        for k in range(0, 8, 2):
            rows = [directions(people.windows(p, 30) + off) for p in (k, k + 1)]
            for i in range(30):
                swapped = (i // 10) % 2
                for track, own in enumerate(rows):
                    learner.observe(room, k + (track ^ swapped), 100.0 * k + i * STEP, own[i])
    learner.refresh()
    assert accuracy(learner, people, ('lab', 'office'), moved) > 0.9


def test_map_changes_only_with_more_evidence():
    people, learner = crowd(6), adaptation(growth=0.5)
    day(learner, people, 'lab', range(6))
    day(learner, people, 'office', range(6), shift(0.8))
    first = learner.refresh()
    assert first.offsets
    walk(learner, people, 'lab', (0, 1), 1e4, 30, first_track=50)
    assert learner.refresh() is first
    day(learner, people, 'lab', range(6), start=2e4)
    assert learner.refresh() is not first


# Properties

unit = st.integers(0, 2**32 - 1).map(
    lambda seed: directions(np.random.default_rng(seed).normal(size=(1, SIZE)))[0]
)
seen = st.lists(st.tuples(st.sampled_from('ab'), st.integers(0, 3), unit), max_size=30)


@given(seen)
@settings(max_examples=40, deadline=None)
def test_order_of_rooms_at_the_same_time_does_not_matter(windows):
    one, other = adaptation(), adaptation()
    for i, (room, track, row) in enumerate(windows):
        one.observe(room, track, i * STEP, row)
    for i, (room, track, row) in enumerate(windows):
        if room == 'a':
            other.observe(room, track, i * STEP, row)
    for i, (room, track, row) in enumerate(windows):
        if room == 'b':
            other.observe(room, track, i * STEP, row)
    assert one.rooms.keys() == other.rooms.keys()
    for room, sums in one.rooms.items():
        assert sums.content() == other.rooms[room].content()
    maps = one.refresh().offsets, other.refresh().offsets
    for room in maps[0]:
        np.testing.assert_allclose(maps[0][room], maps[1][room], atol=1e-12)


@given(st.integers(0, 1000), st.floats(0.0, 3.0))
@settings(max_examples=25, deadline=None)
def test_length_stays_one_and_moves_never_go_beyond_the_means(seed, strength):
    people, learner = crowd(4, seed), adaptation()
    day(learner, people, 'lab', range(4))
    day(learner, people, 'office', range(2), shift(strength, seed))
    found = learner.refresh()
    rows = people.windows(0, 20)
    for room in ('lab', 'office', 'elsewhere'):
        lengths = np.linalg.norm(found(room, rows), axis=1)
        np.testing.assert_allclose(lengths, 1.0, atol=1e-9)
    gap = np.linalg.norm(learner.rooms['lab'].mean - learner.rooms['office'].mean)
    assert sum(map(np.linalg.norm, found.offsets.values())) <= gap + 1e-9


@given(st.integers(0, 100))
@settings(max_examples=10, deadline=None)
def test_without_evidence_nothing_is_changed_bit_by_bit(seed):
    rows = np.random.default_rng(seed).normal(size=(5, SIZE))
    learner = adaptation()
    learner.observe('lab', 1, 0.0, rows[0])
    assert learner.refresh() is UNMOVED
    assert learner.transform('lab', rows).tobytes() == rows.tobytes()


def test_off_by_default_and_then_it_learns_nothing():
    learner = FeatureAdaptation(SIZE)
    day(learner, crowd(4), 'lab', range(4))
    assert not learner.rooms
    assert learner.refresh() is UNMOVED


def test_switched_off_it_moves_nothing_and_on_again_what_it_knew():
    people, learner = crowd(4), adaptation()
    day(learner, people, 'lab', range(4))
    day(learner, people, 'office', range(4), shift(0.8))
    offsets = learner.refresh().offsets
    learner.parameters = learner.parameters.replace(enabled=False)
    assert learner.refresh() is UNMOVED
    learner.parameters = learner.parameters.replace(enabled=True)
    np.testing.assert_array_equal(learner.refresh().offsets['lab'], offsets['lab'])


def test_rows_of_several_rooms_each_go_their_way():
    rows = directions(np.random.default_rng(0).normal(size=(3, SIZE)))
    offset = shift(0.5)[0]
    moved = FeatureMap({'b': offset})(['a', 'b', 'a'], rows)
    np.testing.assert_array_equal(moved[[0, 2]], rows[[0, 2]])
    np.testing.assert_allclose(moved[1], directions(rows[1:2] + offset)[0])


def test_a_room_without_windows_changes_nothing_for_others():
    people, learner = crowd(4), adaptation()
    day(learner, people, 'lab', range(4))
    day(learner, people, 'office', range(4), shift(0.8))
    known = learner.rooms
    expected = fitted_map(known, 5.0, 9.0).offsets['lab']
    more = fitted_map({**known, 'new': RoomEvidence.empty(SIZE)}, 5.0, 9.0)
    np.testing.assert_array_equal(more.offsets['lab'], expected)
    assert 'new' not in more.offsets


@pytest.mark.parametrize(
    'feature', [np.full(SIZE, np.nan), np.ones(SIZE - 1), np.ones((2, SIZE + 1)), []]
)
def test_bad_features_change_nothing(feature):
    learner = adaptation()
    learner.observe('lab', 1, 0.0, np.ones(SIZE))
    before = learner.rooms['lab'].content()
    with pytest.raises(FeatureError):
        learner.observe('lab', 1, 1.0, feature)
    with pytest.raises(FeatureError):
        learner.transform('lab', feature)
    assert learner.rooms['lab'].content() == before


@pytest.mark.parametrize(('name', 'value'), [('prior', 0.0), ('growth', -1.0), ('memory', 1.0)])
def test_impossible_parameters_are_refused(name, value):
    with pytest.raises(ParameterError, match=name):
        AdaptationParameters(**{name: value})

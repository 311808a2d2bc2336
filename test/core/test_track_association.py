"""Radar tracks and faces of the same people find each other, and those of others do not."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paired_walkers import (
    START,
    face_track,
    faces_at,
    pairs,
    play,
    radar_track,
    tracks_at,
    view_of,
)

from thermal_radar_fusion.fusion.track_association import (
    AssociationParameters,
    TrackAssociator,
    confidences,
)
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.thermal.faces import TrackedFaces


def approaching(y, *, start=6.0, speed=0.8, delay=0.0):
    """Return the way of somebody who walks towards the camera beside its axis."""
    return lambda time: np.array([start - speed * (time - delay), y])


def standing(x, y):
    return lambda time: np.array([x, y])


def associator(view=None, **settings):
    return TrackAssociator(AssociationParameters().changed(settings), view or view_of())


def test_two_who_walk_side_by_side_are_told_apart_by_their_bearings():
    ours = associator()
    play(ours, [(1, 12, approaching(0.5)), (2, 11, approaching(-0.5))], 4.0)
    assert pairs(ours) == {(1, 12), (2, 11)}
    assert all(p.confidence > 0.95 and p.cost < 1.0 for p in ours.pairings())


def test_two_in_one_line_are_told_apart_by_their_distances():
    ours = associator()
    play(ours, [(1, 12, standing(2.0, 0.0)), (2, 11, standing(4.5, 0.02))], 4.0)
    assert pairs(ours) == {(1, 12), (2, 11)}


@pytest.mark.parametrize(
    'mounting',
    [
        {'pitch': 0.4, 'z': 2.6},
        {'roll': math.pi / 2},
        {'roll': -math.pi / 2, 'pitch': 0.3, 'z': 2.4},
        {'x': 6.5, 'y': 0.3, 'yaw': math.pi},
        {'x': 3.0, 'y': -4.0, 'yaw': math.pi / 2},
    ],
)
def test_the_camera_may_look_down_hang_on_its_side_or_elsewhere(mounting):
    ours = associator(view_of(**mounting))
    people = [(1, 1, standing(3.0, 0.4)), (2, 2, standing(3.3, -0.5))]
    play(ours, people, 3.0)
    assert pairs(ours) == {(1, 1), (2, 2)}
    assert all(p.cost < 0.2 for p in ours.pairings())


@pytest.mark.parametrize(('radar_rate', 'camera_rate'), [(10.0, 30.0), (30.0, 9.0), (15.0, 15.0)])
def test_rates_do_not_matter(radar_rate, camera_rate):
    ours = associator()
    people = [(1, 2, approaching(0.4)), (2, 1, approaching(-0.4, start=6.5))]
    play(ours, people, 4.0, radar_rate=radar_rate, camera_rate=camera_rate, shift=0.004)
    assert pairs(ours) == {(1, 2), (2, 1)}
    assert all(p.cost < 0.1 for p in ours.pairings())


def test_nobody_is_paired_within_the_first_second():
    ours = associator()
    people = [(1, 1, standing(2.5, 0.0))]
    play(ours, people, 1.0)
    assert not ours.pairings()
    play(ours, people, 1.0, start=START + 1.0)
    assert pairs(ours) == {(1, 1)}


def test_a_face_whose_owner_the_radar_does_not_see_stays_alone():
    ours = associator()
    play(ours, [(1, None, standing(4.0, 1.0)), (None, 1, standing(2.5, -0.6))], 5.0)
    assert not ours.pairings()
    forced = associator(gate=1e5, recent_gate=1e5, open_cost=1e5)
    play(forced, [(1, None, standing(4.0, 1.0)), (None, 1, standing(2.5, -0.6))], 5.0)
    assert pairs(forced) == {(1, 1)}


def test_a_wrong_face_does_not_take_the_track_of_the_right_one():
    ours = associator()
    people = [(1, 5, standing(3.0, 0.0)), (None, 4, standing(3.25, 0.12))]
    play(ours, people, 5.0)
    assert pairs(ours) == {(1, 5)}


def test_a_pairing_follows_when_two_radar_tracks_swap_people():
    left, right = standing(3.0, 0.6), standing(3.0, -0.6)
    ours = associator()
    play(ours, [(1, 1, left), (2, 2, right)], 6.0)
    assert pairs(ours) == {(1, 1), (2, 2)}
    play(ours, [(2, 1, left), (1, 2, right)], 16.0, start=START + 6.0)
    assert pairs(ours) == {(2, 1), (1, 2)}


def test_a_radar_track_that_comes_over_from_somebody_else_is_believed_soon():
    left, right = standing(3.0, 0.6), standing(3.0, -0.6)
    ours = associator()
    play(ours, [(1, 1, left), (None, 2, right)], 10.0)
    assert pairs(ours) == {(1, 1)}
    play(ours, [(None, 1, left), (1, 2, right)], 7.0, start=START + 10.0)
    assert (1, 2) in pairs(ours)


def test_a_radar_track_that_stays_behind_is_left_soon():
    ours = associator()
    play(ours, [(1, 1, standing(3.0, 0.6))], 10.0)
    assert pairs(ours) == {(1, 1)}
    apart = [(1, None, standing(3.0, 0.6)), (None, 1, standing(3.0, -0.6))]
    play(ours, apart, 1.5, start=START + 10)
    assert not pairs(ours)


def test_a_new_radar_track_of_the_same_person_is_found_too():
    ours = associator()
    way = standing(3.0, 0.2)
    play(ours, [(1, 1, way)], 3.0)
    play(ours, [(2, 1, way)], 3.0, start=START + 3.0)
    assert pairs(ours) == {(2, 1)}
    assert {(p.radar_id, p.face_id, p.alive) for p in ours.pairings()} == {
        (1, 1, False),
        (2, 1, True),
    }


def test_an_ended_pairing_is_remembered_for_a_while():
    ours = associator(memory=2.0)
    play(ours, [(1, 1, standing(3.0, 0.2))], 3.0)
    play(ours, [(1, None, standing(3.0, 0.2))], 1.5, start=START + 3.0)
    (ended,) = ours.pairings()
    assert not ended.alive
    assert ended.last == pytest.approx(START + 2.9, abs=0.15)
    others = [(1, None, standing(3.0, 0.2)), (None, 7, standing(5.0, -1.0))]
    play(ours, others, 2.0, start=START + 4.5)
    assert not ours.pairings()


def test_what_comes_back_is_paired_anew():
    ours = associator()
    way = standing(3.0, 0.2)
    play(ours, [(1, 1, way)], 3.0)
    play(ours, [(None, 1, way)], 1.0, start=START + 3.0)
    play(ours, [(1, 1, way)], 3.0, start=START + 4.0)
    assert [(p.radar_id, p.face_id, p.alive) for p in ours.pairings()] == [(1, 1, True)]


def test_a_jump_back_forgets_everything():
    ours = associator()
    people = [(1, 1, standing(3.0, 0.2))]
    play(ours, people, 3.0)
    ours.radar(START - 50.0, tracks_at(people, START))
    assert not ours.pairings()
    play(ours, people, 3.0, start=START - 49.0)
    assert pairs(ours) == {(1, 1)}


def test_a_late_frame_changes_nothing():
    ours, same = associator(), associator()
    people = [(1, 1, standing(3.0, 0.2))]
    for one in (ours, same):
        play(one, people, 3.0)
    stray = [(1, 1, standing(5.0, -1.5))]
    ours.radar(START + 2.8, tracks_at(stray, START))
    ours.faces(faces_at(stray, START + 2.8, ours.view))
    assert ours.pairings() == same.pairings()


def test_a_gap_is_not_interpolated_across():
    ours = associator(longest_gap=0.3)
    people = [(1, 1, standing(3.0, 0.2))]
    for second in range(8):
        stamp = START + second
        ours.radar(stamp, tracks_at(people, stamp))
        ours.faces(faces_at(people, stamp, ours.view))
    assert not ours.pairings()


def test_a_sensor_that_falls_silent_costs_no_memory():
    ours = associator()
    play(ours, [(1, 1, standing(3.0, 0.2))], 2.0)
    for k in range(2000):
        ours.radar(START + 2.0 + k / 15, [radar_track(1, (3.0, 0.2))])
    frames = sum(len(own) for own in ours._steps._frames)
    assert frames < 100


def test_faces_that_are_only_predicted_are_no_evidence():
    ours = associator()
    way = standing(3.0, 0.2)
    for k in range(60):
        stamp = START + k / 15
        ours.radar(stamp, [radar_track(1, way(0))])
        face = face_track(1, way(0), ours.view, stamp, last_seen=START - 1.0)
        ours.faces(TrackedFaces(stamp, (face,)))
    assert not ours.pairings()


@settings(max_examples=25, deadline=None)
@given(
    st.permutations([1, 2, 3]),
    st.permutations([1, 2, 3]),
    st.floats(-0.3, 0.3),
    st.floats(0.85, 1.15),
)
def test_names_of_tracks_do_not_matter(radars, faces, aside, speed):
    places = [(-0.9, 5.0), (0.1, 6.0), (1.0, 5.5)]
    people = [
        (radar, face, approaching(y + aside, start=x, speed=0.7 * speed))
        for radar, face, (y, x) in zip(radars, faces, places, strict=True)
    ]
    ours = associator()
    play(ours, people, 2.5)
    assert pairs(ours) == set(zip(radars, faces, strict=True))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 2**32 - 1))
def test_confidences_are_probabilities_that_add_up_to_one_at_most(rows, columns, seed):
    draw = np.random.default_rng(seed)
    means = draw.exponential(3.0, (rows, columns))
    means[draw.uniform(size=means.shape) < 0.2] = np.inf
    found = confidences(means, draw.uniform(0, 30, means.shape), 4.0)
    assert (found >= 0).all()
    assert (found.sum(axis=0) <= 1 + 1e-9).all()
    assert (found.sum(axis=1) <= 1 + 1e-9).all()
    assert (found[np.isinf(means)] == 0).all()


def test_confidence_grows_with_time_and_falls_with_rivals():
    short, long = (confidences(np.array([[0.5]]), np.array([[t]]), 4.0)[0, 0] for t in (1.0, 4.0))
    assert 0.5 < short < long < 1.0
    alike = confidences(np.array([[0.5], [0.5]]), np.array([[4.0], [4.0]]), 4.0)
    assert alike[:, 0] == pytest.approx([0.5, 0.5], abs=0.01)


@pytest.mark.parametrize(
    ('name', 'value'), [('step', 0.0), ('gate', -1.0), ('costs.terms', 'sum'), ('fading', 'long')]
)
def test_impossible_parameters_are_refused_by_name(name, value):
    with pytest.raises(ParameterError, match=name.rpartition('.')[2]):
        AssociationParameters().changed({name: value})

"""Contacts: when they begin, what they report and how they end."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_radar_fusion.contacts.proximity import (
    ContactDetector,
    ContactParameters,
    ContactState,
    TrackedPerson,
    distances,
    track_name,
)
from thermal_radar_fusion.parameters import ParameterError

BEGIN, ONGOING, END = ContactState


def person(name, x, y=0.0, std=0.05):
    return TrackedPerson(name, np.array([x, y]), np.eye(2) * std**2)


def run(detector, gaps, rate=10.0, start=100.0, room='lab'):
    """Feed two people at the given distances; None means the second is not seen."""
    reports = []
    for k, gap in enumerate(gaps):
        people = [person('a', 0.0)] + ([] if gap is None else [person('b', gap)])
        reports += detector.update(start + k / rate, people, room)
    return reports


def states(reports):
    return [report.state for report in reports]


def test_a_contact_begins_only_after_the_minimum_time_and_starts_before_it():
    reports = run(ContactDetector(), [1.0] * 30)
    assert states(reports) == [BEGIN] + [ONGOING] * 9
    assert reports[0].start == 100.0
    assert reports[0].last == pytest.approx(102.0)
    assert reports[-1].duration == pytest.approx(2.9)


def test_a_short_passage_is_no_contact():
    assert run(ContactDetector(), [1.0] * 15 + [2.5] * 60) == []


def test_hysteresis_carries_a_contact_between_the_two_distances():
    reports = run(ContactDetector(), [1.0] * 25 + [1.7] * 50)
    assert set(states(reports)) == {BEGIN, ONGOING}
    assert run(ContactDetector(), [1.7] * 75) == []


def test_the_end_comes_once_with_final_figures():
    reports = run(ContactDetector(), [1.0] * 21 + [1.4] * 20 + [3.0] * 60)
    last = reports[-1]
    assert states(reports).count(END) == 1
    assert last.state == END
    assert last.duration == pytest.approx(4.0)
    assert last.distance_min == pytest.approx(1.0)
    # 2 s at 1.0 m, one step of the trapezoid between, 1.9 s at 1.4 m.
    assert last.distance_mean == pytest.approx((2.0 * 1.0 + 0.1 * 1.2 + 1.9 * 1.4) / 4.0)


def test_a_person_who_is_lost_briefly_stays_in_contact():
    reports = run(ContactDetector(), [1.0] * 30 + [None] * 15 + [1.0] * 10)
    assert END not in states(reports)
    gone = run(ContactDetector(), [1.0] * 30 + [None] * 30)
    assert states(gone)[-1] == END


def test_time_is_counted_in_seconds_not_in_frames():
    slow = run(ContactDetector(), [1.0] * 30, rate=5.0)
    fast = run(ContactDetector(), [1.0] * 90, rate=15.0)
    assert slow[0].last == pytest.approx(fast[0].last, abs=0.2)


def test_people_of_different_rooms_are_never_near():
    detector = ContactDetector()
    for k in range(50):
        assert detector.update(k / 10, [person('a', 0.0)], 'lab') == ()
        assert detector.update(k / 10, [person('b', 0.0)], 'hall') == ()


def test_a_backward_jump_ends_what_was_going_on_and_starts_anew():
    detector = ContactDetector()
    run(detector, [1.0] * 30)
    reports = run(detector, [1.0] * 25, start=0.0)
    assert states(reports)[:1] == [END]
    assert reports[0].start == 100.0
    assert states(reports)[1] == BEGIN
    assert reports[1].start == 0.0


def test_a_late_message_is_no_restart():
    detector = ContactDetector()
    run(detector, [1.0] * 30)
    (report,) = detector.update(102.8, [person('a', 0.0), person('b', 1.0)], 'lab')
    assert report.state == ONGOING
    assert report.duration == pytest.approx(2.9)


def test_closing_ends_what_has_begun_and_only_that():
    detector = ContactDetector()
    run(detector, [1.0] * 30)
    run(detector, [1.0] * 5, room='hall')
    assert [(c.state, c.room) for c in detector.close()] == [(END, 'lab')]
    assert detector.close() == ()


def test_a_demand_for_certainty_delays_uncertain_contacts():
    sure = ContactDetector(ContactParameters(confidence=0.95))
    vague = [person('a', 0.0, std=0.5), person('b', 1.2, std=0.5)]
    exact = [person('a', 0.0, std=0.01), person('b', 1.2, std=0.01)]
    assert not any(sure.update(k / 10, vague, 'lab') for k in range(50))
    assert any(sure.update(10 + k / 10, exact, 'lab') for k in range(50))


@pytest.mark.parametrize('angle', np.linspace(0, 6, 7))
def test_the_spread_of_the_distance_agrees_with_sampling(angle):
    rng = np.random.default_rng(1)
    line = np.array([np.cos(angle), np.sin(angle)])
    people = [
        TrackedPerson('a', np.zeros(2), np.array([[0.01, 0.004], [0.004, 0.02]])),
        TrackedPerson('b', 2.0 * line, np.array([[0.03, -0.01], [-0.01, 0.01]])),
    ]
    draws = [rng.multivariate_normal(p.position, p.covariance, 40_000) for p in people]
    sampled = np.linalg.norm(draws[0] - draws[1], axis=1)
    distance, std = distances(people)
    assert distance[0, 1] == pytest.approx(sampled.mean(), abs=0.02)
    assert std[0, 1] == pytest.approx(sampled.std(), rel=0.03)


def test_people_at_the_same_spot_have_a_finite_spread():
    distance, std = distances([person('a', 1.0, std=0.1), person('b', 1.0, std=0.1)])
    assert distance[0, 1] == 0.0
    assert std[0, 1] == pytest.approx(0.1 * np.sqrt(2))


gap = st.one_of(st.none(), st.floats(0.0, 5.0))


@settings(max_examples=100, deadline=None)
@given(st.lists(gap, max_size=120), st.sampled_from([5.0, 10.0, 30.0]))
def test_every_contact_begins_once_goes_on_and_ends_once(gaps, rate):
    detector = ContactDetector(ContactParameters(begin_time=0.3, end_time=0.5))
    reports = run(detector, gaps, rate=rate) + list(detector.close())
    inside = False
    for report in reports:
        assert inside == (report.state != BEGIN)
        inside = report.state != END
        assert (report.person_a, report.person_b) == ('a', 'b')
        assert 0 <= report.distance_min <= report.distance_mean
        assert report.duration >= 0.3 - 1e-9
    assert not inside


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=2, max_size=6), st.randoms())
def test_the_order_of_people_does_not_matter(xs, random):
    people = [person(f'p{i}', x) for i, x in enumerate(xs)]
    shuffled = random.sample(people, len(people))
    first, second = ContactDetector(), ContactDetector()
    for k in range(30):
        assert first.update(k / 10, people, 'lab') == second.update(k / 10, shuffled, 'lab')


@pytest.mark.parametrize(
    ('values', 'named'),
    [
        ({'begin_distance': 2.0, 'end_distance': 1.0}, 'end_distance'),
        ({'begin_time': -1.0}, 'begin_time'),
        ({'begin_distance': float('nan')}, 'begin_distance'),
        ({'distance': 1.0}, 'distance'),
    ],
)
def test_bad_parameters_are_named(values, named):
    with pytest.raises(ParameterError, match=named):
        ContactParameters.from_mapping(values)


def test_a_track_has_a_name():
    assert track_name('lab', 3) == 'lab#3'

"""Somebody who walks: cadence, feet, angles and traits against measured walkers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trajectories import (
    AVERAGE,
    distance,
    flexion,
    footfalls,
    joint,
    planted,
    speed,
    stopping,
    straight,
    strolling,
    trajectory,
    walker,
)

from thermal_radar_fusion.simulation.actor import Actor
from thermal_radar_fusion.simulation.body import JOINTS
from thermal_radar_fusion.simulation.person import Gait, Person
from thermal_radar_fusion.simulation.trajectory import STEP

TIMES = np.arange(5.0, 15.0, 0.01)


@pytest.fixture(scope='module')
def walk():
    """Ten seconds of the average person at 1.3 m/s along x."""
    return walker(1.3).motion(TIMES)


def steps(motion) -> tuple[np.ndarray, np.ndarray]:
    """Return the lengths along x of the steps that end on the left, and on the right foot."""
    left, right = footfalls(motion, 'left')[:, 0], footfalls(motion, 'right')[:, 0]
    ends_left = [x - right[right < x].max() for x in left if (right < x).any()]
    ends_right = [x - left[left < x].max() for x in right if (left < x).any()]
    return np.array(ends_left), np.array(ends_right)


def cadence(actor: Actor) -> float:
    """Return the steps per second of a straight walk."""
    motion = actor.motion(TIMES)
    left, right = steps(motion)
    return motion.velocity[:, 0].mean() / np.concatenate([left, right]).mean()


@pytest.mark.parametrize(
    # Preferred cadences of adults, e.g. Bohannon 1997; Oberg and others 1993.
    ('pace', 'low', 'high'),
    [(0.8, 1.35, 1.65), (1.2, 1.7, 2.0), (1.4, 1.8, 2.05), (1.7, 2.0, 2.3)],
)
def test_cadence_is_that_of_people(pace, low, high):
    assert low < cadence(walker(pace)) < high


def test_short_people_take_more_steps():
    assert cadence(walker(1.3, height=1.55)) > 1.04 * cadence(walker(1.3, height=1.90))


@pytest.mark.parametrize('pace', [1.0, 1.3, 1.6])
def test_feet_swing_three_to_three_and_a_half_times_as_fast_as_the_body(pace):
    motion = walker(pace).motion(TIMES)
    assert 2.9 * pace < speed(motion, 'left_ankle').max() < 3.7 * pace


def test_feet_stand_still_on_the_floor_and_never_sink(walk):
    for side in ('left', 'right'):
        flat = planted(walk, side)
        assert 0.2 < flat.mean() < 0.5
        assert speed(walk, f'{side}_ankle')[flat].max() < 0.02
        assert joint(walk, f'{side}_toe')[:, 2].min() > 0.0
    toes = np.minimum(joint(walk, 'left_toe')[:, 2], joint(walk, 'right_toe')[:, 2])
    assert toes.max() < 0.03


def test_bones_keep_their_length(walk):
    bones = [('hip', 'knee'), ('knee', 'ankle'), ('ankle', 'toe')]
    bones += [('shoulder', 'elbow'), ('elbow', 'hand')]
    for side in ('left', 'right'):
        for one, other in bones:
            length = distance(walk, f'{side}_{one}', f'{side}_{other}')
            assert np.ptp(length) < 1e-4
    assert np.ptp(distance(walk, 'head', 'face')) < 0.01


def test_hips_and_knees_bend_as_published(walk):
    # Boulic and others, appendix C: hip +25 to -15 degrees about the pelvis, which itself nods
    # and turns; knee 70 at 75 % of the cycle, nearly straight before the heel rises.
    thigh, knee = flexion(walk, 'left')
    assert 20 < thigh.max() < 40
    assert -22 < thigh.min() < -8
    assert 55 < knee.max() < 75
    assert 0 < knee.min() < 16


def test_pelvis_moves_by_a_few_centimetres(walk):
    pelvis = joint(walk, 'pelvis')
    assert 0.02 < np.ptp(pelvis[:, 2]) < 0.05
    assert 0.03 < np.ptp(pelvis[:, 1]) < 0.07


def test_arms_swing_against_the_legs(walk):
    body = walk.position[:, 0]
    for side in ('left', 'right'):
        hand, ankle = (joint(walk, f'{side}_{name}')[:, 0] - body for name in ('hand', 'ankle'))
        assert np.corrcoef(hand, ankle)[0, 1] < -0.7


def across(motion, name: str) -> np.ndarray:
    """Return the vectors (T, 3) from the right joint of a pair to the left one."""
    return joint(motion, f'left_{name}') - joint(motion, f'right_{name}')


def test_shoulders_turn_against_the_hips(walk):
    assert np.corrcoef(across(walk, 'shoulder')[:, 0], across(walk, 'hip')[:, 0])[0, 1] < -0.8


def test_pelvis_falls_on_the_side_of_the_swinging_leg(walk):
    higher_left = across(walk, 'hip')[:, 2]
    assert higher_left[planted(walk, 'left')].mean() > 0.001
    assert higher_left[planted(walk, 'right')].mean() < -0.001


def test_head_is_where_a_head_is(walk):
    assert joint(walk, 'head')[:, 2].mean() == pytest.approx(0.93 * 1.72, abs=0.04)
    ahead = joint(walk, 'face') - joint(walk, 'head')
    assert (ahead[:, 0] > 0.05).all()


def test_body_stays_at_the_asked_place(walk):
    np.testing.assert_allclose(walk.position[:, 0], 1.3 * TIMES, atol=0.05)
    np.testing.assert_allclose(walk.position[:, 1], 0.0, atol=0.05)
    assert walk.velocity[:, 0].mean() == pytest.approx(1.3, abs=0.02)


def test_who_leans_is_still_at_the_asked_place():
    motion = walker(1.3, lean=0.3).motion(TIMES)
    assert (motion.position[:, 0] - 1.3 * TIMES).mean() == pytest.approx(0.0, abs=0.01)
    assert motion.position[:, 0] == pytest.approx(
        (joint(motion, 'chest') + joint(motion, 'pelvis'))[:, 0] / 2
    )


def test_even_legs_mirror_each_other():
    actor = walker(1.3, seconds=30.0)
    half = 0.5 * np.diff(footfalls(actor.motion(TIMES), 'left')[1:3, 0])[0] / 1.3
    now, later = actor.motion(TIMES), actor.motion(TIMES + half)
    for name in ('ankle', 'knee', 'toe', 'hand'):
        left, right = joint(now, f'left_{name}'), joint(later, f'right_{name}')
        np.testing.assert_allclose(left[:, 0] + 1.3 * half, right[:, 0], atol=0.02)
        np.testing.assert_allclose(left[:, 2], right[:, 2], atol=0.02)


@pytest.mark.parametrize('asymmetry', [-0.12, 0.0, 0.08, 0.2])
def test_asymmetry_is_how_much_longer_the_right_step_is(asymmetry):
    left, right = steps(walker(1.2, asymmetry=asymmetry).motion(TIMES))
    assert right.mean() / left.mean() - 1 == pytest.approx(asymmetry, abs=0.02)


@pytest.mark.parametrize('stride', [0.85, 1.2])
def test_longer_strides_are_fewer(stride):
    assert cadence(walker(1.3, stride=stride)) * stride == pytest.approx(
        cadence(walker(1.3)), rel=0.01
    )


def excursions(**gait) -> dict[str, float]:
    """Return how far parts of the body go in a walk."""
    motion = walker(1.2, **gait).motion(TIMES)
    hand = joint(motion, 'left_hand') - joint(motion, 'left_shoulder')
    _, knee = flexion(motion, 'left')
    pelvis, chest = joint(motion, 'pelvis'), joint(motion, 'chest')
    feet = [footfalls(motion, side)[:, 1].mean() for side in ('left', 'right')]
    return {
        'arm_swing': np.ptp(hand[:, 0]),
        'leg_swing': knee.max(),
        'bounce': np.ptp(pelvis[:, 1]),
        'lean': (chest - pelvis)[:, 0].mean(),
        'width': feet[0] - feet[1],
        'elbow': hand[:, 2].mean(),
    }


@pytest.mark.parametrize(
    ('trait', 'less', 'more'),
    [
        ('arm_swing', 0.5, 1.5),
        ('leg_swing', 0.8, 1.2),
        ('bounce', 0.6, 1.4),
        ('lean', 0.0, 0.15),
        ('width', 0.7, 1.5),
        ('elbow', 0.0, 0.5),
    ],
)
def test_traits_can_be_read_from_the_joints(trait, less, more):
    low, high = excursions(**{trait: less})[trait], excursions(**{trait: more})[trait]
    assert high > low + 0.1 * abs(low)


def test_gait_is_the_same_in_every_direction_and_place():
    here = Actor(AVERAGE, strolling(3), seed=5)
    turn, shift = 1.1, np.array([4.0, -2.0])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    way = strolling(3)
    moved = trajectory(way.position @ rotation.T + shift, way.heading + turn)
    there = Actor(AVERAGE, moved, seed=5).motion(TIMES)
    expected = here.motion(TIMES).joints.copy()
    expected[..., :2] = expected[..., :2] @ rotation.T + shift
    np.testing.assert_allclose(there.joints, expected, atol=1e-5)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), pace=st.floats(0.2, 1.5))
def test_any_walk_is_sound(seed, pace):
    """Nothing tears, sinks, slides or flies, however the way winds."""
    way = strolling(seed, seconds=12.0, speed=pace)
    motion = Actor(AVERAGE, way, seed).motion(np.arange(0.0, 12.0, 0.02))
    assert np.isfinite(motion.joints).all()
    for side in ('left', 'right'):
        assert np.ptp(distance(motion, f'{side}_knee', f'{side}_ankle')) < 1e-3
        assert joint(motion, f'{side}_toe')[:, 2].min() > 0.0
        flat = planted(motion, side)
        assert (speed(motion, f'{side}_ankle')[flat] < 0.05).mean() > 0.97
    lowest = np.minimum(joint(motion, 'left_toe')[:, 2], joint(motion, 'right_toe')[:, 2])
    assert lowest.max() < 0.06
    assert joint(motion, 'pelvis')[:, 2].min() > 0.78
    asked = np.column_stack(
        [np.interp(motion.times, STEP * np.arange(240), c) for c in way.position.T]
    )
    assert np.linalg.norm(motion.position - asked, axis=1).max() < 0.08


def test_who_stops_puts_the_feet_side_by_side():
    motion = Actor(AVERAGE, stopping(), seed=1).motion(np.array([8.5, 9.0, 9.5]))
    left, right, body = joint(motion, 'left_ankle'), joint(motion, 'right_ankle'), motion.position
    assert np.ptp(left, axis=0).max() < 1e-6
    assert np.ptp(right, axis=0).max() < 1e-6
    assert 0.12 < (left - right)[0, 1] < 0.25
    assert np.abs((left + right)[:, :2] / 2 - body).max() < 0.09
    assert left[:, 2] == pytest.approx(right[:, 2])


def test_swing_fades_in_and_out_without_a_jerk():
    motion = Actor(AVERAGE, stopping(), seed=1).motion(np.arange(0.0, 18.0, 0.005))
    acceleration = np.gradient(motion.velocities, 0.005, axis=0)
    trunk = [JOINTS.index(name) for name in ('head', 'chest', 'pelvis')]
    assert np.abs(acceleration[:, trunk]).max() < 15.0


def test_turning_on_the_spot_takes_steps():
    heading = np.concatenate([np.zeros(40), np.linspace(0.0, np.pi, 50), np.full(60, np.pi)])
    actor = Actor(AVERAGE, trajectory(np.zeros((150, 2)), heading), seed=2)
    motion = actor.motion(np.arange(0.0, 7.4, 0.02))
    assert speed(motion, 'left_ankle').max() < 2.5
    assert joint(motion, 'left_ankle')[:, 2].max() > 0.08
    end = actor.motion([7.0])
    pointing = (joint(end, 'left_toe') - joint(end, 'left_ankle'))[0, :2]
    assert np.arctan2(*pointing[::-1]) % (2 * np.pi) == pytest.approx(np.pi, abs=0.4)
    assert (joint(end, 'right_ankle') - joint(end, 'left_ankle'))[0, 1] > 0.1


@pytest.mark.parametrize('aside', [np.pi / 2, np.pi])
def test_walking_sideways_and_backwards_keeps_the_feet_on_the_floor(aside):
    motion = Actor(AVERAGE, straight(0.7, heading=aside), seed=3).motion(TIMES)
    assert motion.velocity[:, 0].mean() == pytest.approx(0.7, abs=0.02)
    for side in ('left', 'right'):
        flat = planted(motion, side)
        assert speed(motion, f'{side}_ankle')[flat].max() < 0.05
        assert np.ptp(distance(motion, f'{side}_hip', f'{side}_knee')) < 1e-4
    assert (joint(motion, 'face') - joint(motion, 'head'))[:, 0].mean() < 0.06


def test_steps_backwards_are_shorter():
    lifts = []
    for heading in (0.0, np.pi):
        motion = Actor(AVERAGE, straight(0.9, heading=heading), seed=3).motion(TIMES)
        lifts.append(len(footfalls(motion, 'left')))
    assert lifts[1] > 1.25 * lifts[0]


def test_a_walker_without_arm_swing_still_walks():
    person = Person(gait=Gait(arm_swing=0.0, bounce=0.0))
    motion = Actor(person, straight(1.3), seed=1).motion(TIMES)
    hand = joint(motion, 'left_hand') - joint(motion, 'left_shoulder')
    assert np.ptp(hand[:, 0]) < 0.03
    assert speed(motion, 'left_ankle').max() > 3.5


def test_a_way_that_ends_at_full_pace_ends_for_feet_however_wide():
    way = 1.0 * np.arange(0.0, 2.0, STEP)[:, None] * np.array([1.0, 0.0])
    wide = AVERAGE.replace(gait=AVERAGE.gait.replace(width=1.6132, stride=0.94))
    assert np.isfinite(
        Actor(wide, trajectory(way), seed=12).motion(np.array([1.0, 9.0])).joints
    ).all()

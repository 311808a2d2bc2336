"""Somebody who stands or sits: small movements, breathing, gestures, looking around."""

import numpy as np
import pytest
from trajectories import AVERAGE, flexion, joint, speed, standing, straight, trajectory

from thermal_radar_fusion.simulation.actor import Actor
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.trajectory import STEP
from thermal_radar_fusion.simulation.vectors import smooth_step

TIMES = np.arange(0.0, 120.0, 0.05)
SEEDS = range(4)


def resting(seed: int, **doing):
    """Return two minutes of the average person at rest."""
    return Actor(AVERAGE, standing(120.0, **doing), seed).motion(TIMES)


def band_share(signal: np.ndarray, low: float, high: float) -> float:
    """Return the share of a signal's power between two frequencies [Hz]."""
    power = np.abs(np.fft.rfft((signal - signal.mean()) * np.hanning(len(signal)))) ** 2
    frequency = np.fft.rfftfreq(len(signal), TIMES[1] - TIMES[0])
    return power[(frequency >= low) & (frequency <= high)].sum() / power.sum()


@pytest.mark.parametrize('seed', SEEDS)
def test_nobody_stands_like_a_statue_and_nobody_wanders_off(seed):
    motion = resting(seed)
    place = motion.position
    assert 0.004 < np.linalg.norm(place.std(axis=0)) < 0.04
    assert np.linalg.norm(place, axis=1).max() < 0.09
    assert 0.002 < np.sqrt((speed(motion, 'pelvis') ** 2).mean()) < 0.04
    assert np.ptp(joint(motion, 'left_ankle'), axis=0).max() < 1e-6


def test_sway_is_slow():
    place = resting(0).position
    assert band_share(place[:, 0], 0.0, 0.7) > 0.99


@pytest.mark.parametrize('seed', SEEDS)
def test_chest_breathes_at_12_to_18_per_minute(seed):
    motion = resting(seed)
    # The chest lies on the line from pelvis to neck but for the breath, which is along the thorax.
    chest, neck = (joint(motion, name) - joint(motion, 'pelvis') for name in ('chest', 'neck'))
    off = chest - neck * (chest[:, 2] / neck[:, 2])[:, None]
    across = joint(motion, 'left_shoulder') - joint(motion, 'right_shoulder')
    breath = (off[:, 0] * across[:, 1] - off[:, 1] * across[:, 0]) / np.hypot(*across[:, :2].T)
    assert band_share(breath, 0.18, 0.32) > 0.9
    assert 0.004 < np.ptp(breath) < 0.02


@pytest.mark.parametrize('seed', SEEDS)
def test_gesturing_hands_move_as_those_of_people_who_talk(seed):
    motion = resting(seed, gesture=1.0)
    hands = np.concatenate([speed(motion, 'left_hand'), speed(motion, 'right_hand')])
    assert 0.3 < np.sqrt((hands**2).mean()) < 0.8
    assert 0.7 < np.percentile(hands, 95) < 1.3
    assert (hands < 0.15).mean() > 0.05, 'hands rest now and then'
    assert speed(motion, 'pelvis').max() < 0.15, 'only the arms gesture'


def test_still_arms_hang_still():
    motion = resting(1)
    assert np.sqrt((speed(motion, 'left_hand') ** 2).mean()) < 0.15
    down = joint(motion, 'left_shoulder') - joint(motion, 'left_hand')
    assert (down[:, 2] > 0.45).all()


def test_hands_gesture_in_front_of_the_body():
    motion = resting(2, gesture=1.0)
    for side in ('left', 'right'):
        assert (joint(motion, f'{side}_hand') - joint(motion, 'chest'))[:, 0].mean() > 0.1
    hands, elbows = (
        (joint(motion, f'left_{name}') - joint(motion, f'right_{name}'))[:, 1].mean()
        for name in ('hand', 'elbow')
    )
    assert hands < elbows - 0.05, 'hands meet in front of the body'


@pytest.mark.parametrize('height', [1.55, 1.72, 1.90])
def test_who_sits_has_the_hips_at_the_seat_and_right_angles(height):
    actor = Actor(Person(height=height), standing(30.0, sitting=1.0), seed=1)
    motion = actor.motion(np.arange(5.0, 25.0, 0.1))
    assert joint(motion, 'pelvis')[:, 2] == pytest.approx(0.45, abs=0.02)
    for side in ('left', 'right'):
        thigh, knee = flexion(motion, side)
        assert 65 < thigh.mean() < 115
        assert 65 < knee.mean() < 115
        feet = joint(motion, f'{side}_toe') - joint(motion, 'pelvis')
        assert (feet[:, 0] > 0.3).all()
        assert (joint(motion, f'{side}_toe')[:, 2] < 0.03).all()
    assert joint(motion, 'head')[:, 2].mean() == pytest.approx(0.45 + 0.4 * height, abs=0.06)


def test_who_sits_moves_a_little():
    motion = resting(3, sitting=1.0)
    assert 0.001 < np.sqrt((speed(motion, 'chest') ** 2).mean()) < 0.05


def test_sitting_down_and_getting_up_is_smooth():
    times = np.arange(0.0, 20.0, STEP)
    down = smooth_step((times - 4.0) / 1.5) * (1.0 - smooth_step((times - 12.0) / 1.5))
    actor = Actor(AVERAGE, trajectory(np.zeros((len(times), 2)), sitting=down), seed=1)
    motion = actor.motion(np.arange(0.0, 19.0, 0.01))
    assert speed(motion, 'head').max() < 1.5
    assert speed(motion, 'left_ankle').max() < 2.5
    height = joint(motion, 'pelvis')[:, 2]
    assert height[0] == pytest.approx(height[-1], abs=0.02)
    assert height.min() == pytest.approx(0.45, abs=0.02)
    # The feet come back under the body.
    feet = joint(motion, 'left_ankle')[[0, -1], :2]
    assert np.linalg.norm(feet[0] - feet[1]) < 0.1


def looking(motion) -> np.ndarray:
    """Return how far (T,) the head looks to the left of where the shoulders point [rad]."""
    face = joint(motion, 'face') - joint(motion, 'head')
    across = joint(motion, 'left_shoulder') - joint(motion, 'right_shoulder')
    along = face[:, 0] * across[:, 1] - face[:, 1] * across[:, 0]
    return np.arctan2(face[:, 0] * across[:, 0] + face[:, 1] * across[:, 1], along)


def test_head_looks_around_but_roughly_where_the_trunk_points():
    away = looking(resting(0, heading=0.7))
    assert 0.1 < away.std() < 0.5
    assert np.abs(away).max() < 1.2


def test_walkers_look_ahead():
    walk = Actor(AVERAGE, straight(0.5, 120.0), seed=0).motion(TIMES[:-40])
    assert looking(walk).std() < 0.6 * looking(resting(0)).std()


def test_two_people_do_not_sway_in_step():
    one, other = (resting(seed).position[:, 1] for seed in (10, 11))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.8

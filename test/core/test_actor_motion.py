"""Motion as a function of time: pure, differentiable, the same on every machine."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from trajectories import AVERAGE, standing, stopping, strolling, trajectory

from thermal_radar_fusion.simulation.actor import Actor
from thermal_radar_fusion.simulation.trajectory import STEP, Trajectory

STROLLER = Actor(AVERAGE, strolling(1), seed=7)
TIMES = np.arange(0.0, 20.0, 1 / 15)
WHOLE = STROLLER.motion(TIMES)


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(40)), st.integers(1, 40))
def test_any_chunking_and_order_gives_identical_numbers(order, count):
    chosen = np.array(order[:count]) * 7
    part = STROLLER.motion(TIMES[chosen])
    np.testing.assert_array_equal(part.joints, WHOLE.joints[chosen])
    np.testing.assert_array_equal(part.velocities, WHOLE.velocities[chosen])
    np.testing.assert_array_equal(part.heading, WHOLE.heading[chosen])


@pytest.mark.parametrize(
    'way', [strolling(2), stopping(), standing(gesture=1.0), standing(sitting=1.0)]
)
def test_velocities_are_the_derivative_of_the_joints(way):
    actor = Actor(AVERAGE, way, seed=3)
    times = np.arange(2.0, 14.0, 0.05)
    fine = 5e-4
    before, after = actor.motion(times - fine).joints, actor.motion(times + fine).joints
    np.testing.assert_allclose(
        actor.motion(times).velocities, (after - before) / (2 * fine), atol=0.06
    )


def test_velocities_add_up_to_the_way():
    times = np.arange(2.0, 12.0, 0.002)
    motion = STROLLER.motion(times)
    moved = ((motion.velocities[1:] + motion.velocities[:-1]) / 2 * 0.002).sum(axis=0)
    np.testing.assert_allclose(moved, motion.joints[-1] - motion.joints[0], atol=2e-3)


def test_the_same_seed_gives_the_same_person_and_another_one_does_not():
    way = standing()
    one, again, other = (Actor(AVERAGE, way, seed).motion(TIMES).joints for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 0.005


def test_a_seed_sequence_is_a_seed():
    sequence = np.random.SeedSequence(5).spawn(2)[1]
    one = Actor(AVERAGE, standing(), sequence).motion(TIMES).joints
    np.testing.assert_array_equal(one, Actor(AVERAGE, standing(), sequence).motion(TIMES).joints)


def test_presence_is_that_of_the_trajectory():
    present = np.zeros(100, dtype=bool)
    present[20:60] = True
    still = np.zeros(100)
    way = Trajectory(np.zeros((100, 2)), still, still, still, present)
    motion = Actor(AVERAGE, way, seed=1).motion(np.array([0.0, 0.99, 1.0, 2.9, 3.0, 99.0]))
    assert motion.present.tolist() == [False, False, True, True, False, False]
    assert np.isfinite(motion.joints).all()


def test_times_and_shapes():
    motion = STROLLER.motion([1.0, 2.0, 3.0])
    assert motion.times.tolist() == [1.0, 2.0, 3.0]
    assert motion.joints.shape == motion.velocities.shape == (3, 19, 3)
    assert motion.position.shape == motion.velocity.shape == (3, 2)
    assert motion.head.shape == (3, 3)
    assert STROLLER.motion([]).joints.shape == (0, 19, 3)


def test_who_is_on_the_way_at_the_start_walks_already():
    way = 1.2 * np.arange(0.0, 6.0, STEP)[:, None] * np.array([1.0, 0.0])
    motion = Actor(AVERAGE, trajectory(way), seed=1).motion(np.arange(0.0, 3.0, 0.01))
    assert np.linalg.norm(motion.velocities, axis=-1).max() < 1.2 * 4.2
    assert motion.velocity[:5, 0] == pytest.approx(1.2, abs=0.25)


def test_one_sample_is_a_trajectory():
    motion = Actor(AVERAGE, trajectory([(1.0, 2.0)]), seed=1).motion([0.0])
    assert motion.position[0] == pytest.approx([1.0, 2.0], abs=0.1)


def test_whoever_is_moved_while_away_comes_back_sound():
    way = trajectory(np.repeat([(0.0, 0.0), (6.0, 1.0)], 200, axis=0))
    motion = Actor(AVERAGE, way, seed=1).motion(np.arange(13.0, 19.0, 0.02))
    assert np.linalg.norm(motion.velocities, axis=-1).max() < 0.5
    assert np.abs(motion.joints[..., :2] - [6.0, 1.0]).max() < 0.6


SCRIPT = """
import sys
from test_actor_motion import STROLLER, TIMES
motion = STROLLER.motion(TIMES)
sys.stdout.buffer.write(motion.joints.tobytes() + motion.velocities.tobytes())
"""


def test_a_machine_without_vector_instructions_gives_the_same_bytes():
    dispatched = ' '.join(name for name in __cpu_dispatch__ if __cpu_features__[name])
    environment = {
        **os.environ,
        'NPY_DISABLE_CPU_FEATURES': dispatched,
        'OPENBLAS_CORETYPE': 'Prescott',
        'PYTHONPATH': os.pathsep.join([str(Path(__file__).parent), *sys.path]),
    }
    plain = subprocess.run(
        [sys.executable, '-c', SCRIPT], env=environment, capture_output=True, check=True
    )
    assert plain.stdout == WHOLE.joints.tobytes() + WHOLE.velocities.tobytes()

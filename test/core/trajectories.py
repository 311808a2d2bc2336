"""Trajectories for tests of the walking model, and names for the joints."""

import numpy as np

from thermal_radar_fusion.simulation.actor import Actor
from thermal_radar_fusion.simulation.body import JOINTS, BodyMotion
from thermal_radar_fusion.simulation.person import Gait, Person
from thermal_radar_fusion.simulation.trajectory import STEP, Trajectory

AVERAGE = Person(height=1.72)


def trajectory(position, heading=0.0, sitting=0.0, gesture=0.0) -> Trajectory:
    """Return a trajectory through positions (T, 2), one per STEP, always present."""
    position = np.asarray(position, dtype=float)
    columns = [np.full(len(position), value, dtype=float) for value in (sitting, gesture)]
    turned = np.broadcast_to(np.asarray(heading, dtype=float), len(position)).copy()
    return Trajectory(position, turned, *columns, np.ones(len(position), dtype=bool))


def straight(speed, seconds=20.0, direction=0.0, heading=None) -> Trajectory:
    """Return a walk at a constant speed from the origin."""
    way = speed * np.arange(0.0, seconds, STEP)
    place = way[:, None] * np.array([np.cos(direction), np.sin(direction)])
    return trajectory(place, direction if heading is None else heading)


def standing(seconds=20.0, heading=0.0, **doing) -> Trajectory:
    """Return somebody who stays where they are."""
    return trajectory(np.zeros((round(seconds / STEP), 2)), heading, **doing)


def stopping(speed=1.2, walk=6.0, stand=6.0) -> Trajectory:
    """Return a walk that slows down within a second, stands, and goes on."""
    times = np.arange(0.0, 2 * walk + stand, STEP)
    into = np.minimum(np.abs(times - walk - stand / 2) - stand / 2, 1.0)
    pace = speed * np.sin(np.pi / 2 * np.maximum(into, 0.0)) ** 2
    return trajectory(np.column_stack([np.cumsum(pace) * STEP, np.zeros(len(times))]))


def strolling(seed: int, seconds=30.0, speed=1.0) -> Trajectory:
    """Return a winding walk with changes of pace, the trunk along the way."""
    draw = np.random.default_rng(seed)
    times = np.arange(0.0, seconds, STEP)
    waves = np.sin(2 * np.pi * np.outer(times, draw.uniform(0.03, 0.1, 3)) + draw.uniform(0, 6, 3))
    heading = waves[:, :2].sum(axis=1) + draw.uniform(-3, 3)
    pace = speed * np.clip(0.7 + 0.6 * waves[:, 2], 0.0, None)
    velocity = pace[:, None] * np.column_stack([np.cos(heading), np.sin(heading)])
    return trajectory(STEP * np.cumsum(velocity, axis=0), heading)


def walker(speed=1.3, *, height=1.72, seconds=20.0, **gait) -> Actor:
    """Return somebody on a straight walk along x."""
    return Actor(Person(height=height, gait=Gait(**gait)), straight(speed, seconds), seed=1)


def joint(motion: BodyMotion, name: str) -> np.ndarray:
    """Return one joint (T, 3) by name."""
    return motion.joints[:, JOINTS.index(name)]


def speed(motion: BodyMotion, name: str) -> np.ndarray:
    """Return the speed (T,) of one joint."""
    return np.linalg.norm(motion.velocities[:, JOINTS.index(name)], axis=1)


def distance(motion: BodyMotion, one: str, other: str) -> np.ndarray:
    """Return the distance (T,) of two joints."""
    return np.linalg.norm(joint(motion, one) - joint(motion, other), axis=1)


def flexion(motion: BodyMotion, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the angles [deg] of thigh against vertical and of knee (T,), heading x."""
    hip, knee, ankle = (joint(motion, f'{side}_{name}') for name in ('hip', 'knee', 'ankle'))
    thigh, shank = (np.degrees(np.arctan2(v[:, 0], -v[:, 2])) for v in (knee - hip, ankle - knee))
    return thigh, thigh - shank


def planted(motion: BodyMotion, side: str) -> np.ndarray:
    """Tell (T,) when a foot lies flat on the floor: neither heel nor toes lifted."""
    ankle, toe = joint(motion, f'{side}_ankle')[:, 2], joint(motion, f'{side}_toe')[:, 2]
    return (ankle < ankle.min() + 1e-5) & (np.abs(toe - np.median(toe)) < 1e-5)


def footfalls(motion: BodyMotion, side: str) -> np.ndarray:
    """Return the places (N, 2) at which a foot has stood flat, one after the other."""
    flat = planted(motion, side)
    begins = np.flatnonzero(np.diff(flat.astype(int)) == 1) + 1
    return joint(motion, f'{side}_ankle')[begins, :2]

"""Bodies made by hand: a mannequin that glides, with limbs that swing if asked to."""

import numpy as np

from thermal_radar_fusion.simulation.body import JOINTS, BodyMotion

# Where the joints of a standing mannequin of 1.72 m are: forward, left, up [m].
STANDING = {
    'head': (0.0, 0.0, 1.60),
    'face': (0.1, 0.0, 1.60),
    'neck': (0.0, 0.0, 1.47),
    'chest': (0.0, 0.0, 1.30),
    'pelvis': (0.0, 0.0, 0.95),
    'shoulder': (0.0, 0.19, 1.40),
    'elbow': (0.0, 0.22, 1.10),
    'hand': (0.05, 0.22, 0.80),
    'hip': (0.0, 0.09, 0.90),
    'knee': (0.0, 0.09, 0.49),
    'ankle': (0.0, 0.09, 0.08),
    'toe': (0.18, 0.09, 0.02),
}
SWINGING = {'elbow': -0.1, 'hand': -0.3, 'knee': 0.2, 'ankle': 0.35, 'toe': 0.35}


def gliding(times, start, velocity=(0.0, 0.0), heading=None, swing=0.0, present=None):
    """Return a mannequin that glides from a place at time 0 with a constant velocity.

    Args:
        times: (T,) seconds.
        start, velocity: on the floor.
        heading: radians; the direction of travel (or away from the origin) if None.
        swing: of legs and arms, 1 as in walking.
    """
    times, velocity = np.asarray(times, dtype=float), np.asarray(velocity, dtype=float)
    if heading is None:
        heading = np.arctan2(*(velocity if velocity.any() else np.asarray(start))[::-1])
    ahead = np.array([np.cos(heading), np.sin(heading), 0.0])
    left = np.array([-ahead[1], ahead[0], 0.0])
    joints = np.empty((len(times), len(JOINTS), 3))
    velocities = np.empty_like(joints)
    base = np.append(start, 0.0) + times[:, None] * np.append(velocity, 0.0)
    for index, name in enumerate(JOINTS):
        side, part = name.split('_') if '_' in name else ('left', name)
        sign = 1.0 if side == 'left' else -1.0
        x, y, z = STANDING[part]
        reach = swing * sign * SWINGING.get(part, 0.0)
        turn = 2 * np.pi * 0.9
        forward = x + reach * np.sin(turn * times)
        faster = reach * turn * np.cos(turn * times)
        fixed = sign * y * left + np.array([0.0, 0.0, z])
        joints[:, index] = base + fixed + forward[:, None] * ahead
        velocities[:, index] = np.append(velocity, 0.0) + faster[:, None] * ahead
    if present is None:
        present = np.ones(len(times), dtype=bool)
    return BodyMotion(times, present, joints, velocities, np.full(len(times), heading))

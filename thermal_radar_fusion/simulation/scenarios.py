"""Ready-made scenes: who walks where, and what a radar sees of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.simulation.radar_model import RadarModel, SimulatedRadar
from thermal_radar_fusion.simulation.walkers import Walker

ROOM = ((0.0, 7.0), (-2.0, 2.0))
MOUNTING = RigidTransform(translation=np.array([0.0, 0.0, 1.0]))
RATE = 15.0

# Not zero: a stamp of zero means that a driver did not set it.
START = 100.0

# The timed places (t [s], x, y [m]) of the three people of `crossing`.
ANNA = [(0, 1.6, -1.5), (6, 5.8, 1.2), (8, 5.6, 0.9), (12, 3.6, 0.2), (18.5, 3.6, 0.2)]
ANNA += [(23, 1.6, -1.2), (25, 1.7, -1.0)]
BEN = [(0, 6.2, -0.6), (6, 1.6, 1.4), (9, 1.5, -0.4), (15, 5.4, -1.5), (20, 6.2, -0.9)]
BEN += [(25, 5.3, 1.4)]
CLARA = [(0, 3.0, 1.4), (6.5, 5.3, -1.5), (9, 5.0, -1.2), (12.5, 4.3, 0.9)]
CLARA += [(18, 4.3, 0.9), (25, 2.4, 1.5)]


def crossing(
    duration: float = 25.0, seed: int = 0, *, room: str = 'room', sensor: str = 'radar'
) -> Recording:
    """Three people in a 7 x 4 m room; all cross within half a metre, two stop for a talk.

    The radar hangs in the middle of the short wall at x = 0, one metre above the floor, and
    looks along x. The truth is in the room's frame. The same seed gives the same recording.
    """
    walkers = [
        Walker('anna', ANNA, height=1.66),
        Walker('ben', BEN, height=1.82, phase=2.0),
        Walker('clara', CLARA, height=1.72, phase=4.0),
    ]
    return simulate(walkers, duration, seed, room=room, sensor=sensor)


def simulate(
    walkers: Sequence[Walker],
    duration: float,
    seed: int,
    *,
    model: RadarModel | None = None,
    room: str = 'room',
    sensor: str = 'radar',
) -> Recording:
    """Let people walk before one radar and return what it sees together with the truth."""
    radar = SimulatedRadar(model or RadarModel(), MOUNTING, ROOM, np.random.default_rng(seed))
    frames, labels, truth = [], [], []
    for time in np.arange(round(duration * RATE)) / RATE:
        people = tuple(walker.at(float(time)) for walker in walkers)
        points, point_people = radar.cloud(float(time), 1 / RATE, people)
        if radar.lost():
            continue
        frames.append(RadarFrame(START + float(time), points, sensor))
        labels.append(point_people)
        truth.append(people)
    names = tuple(walker.person for walker in walkers)
    return Recording(tuple(frames), tuple(labels), tuple(truth), names, room)

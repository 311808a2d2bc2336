"""Walking people of a few numbers, as windows and as points, for tests of the gait network."""

import numpy as np

from thermal_radar_fusion.datasets.gait_recordings import GaitRecording
from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.radar.point_cloud import RadarFrame

STEPS, POINTS, RATE = 45, 32, 10.0


def walker(subject, windows=12, seed=0, height=1.7, width=0.1, swing=0.4, sensor='radar'):
    """Return windows of somebody who walks straight on, away from the radar.

    Points are spread over the body's height and width; their Doppler swings with the legs.
    """
    draw = np.random.default_rng(seed)
    shape = (windows, STEPS, POINTS)
    times = np.arange(STEPS) / RATE - (STEPS - 1) / 2 / RATE
    heading = draw.uniform(-0.5, 0.5, windows)[:, None, None]
    along = 1.2 * times[:, None] + draw.normal(0, 0.08, shape)
    beside = draw.normal(0, width, shape)
    x, y = np.cos(heading), np.sin(heading)
    z = np.abs(draw.uniform(0, height, shape))
    phase = 2 * np.pi * 0.9 * times[:, None] + draw.uniform(0, 6, (windows, 1, 1))
    velocity = 1.2 + swing * np.sin(phase) * (1 - z / height) + draw.normal(0, 0.05, shape)
    points = np.stack([along * x - beside * y, along * y + beside * x, z, velocity], axis=-1)
    mask = draw.random(shape) < 0.6
    points = np.where(mask[..., None], points, 0).astype(np.float32)
    return GaitRecording(subject, 'room', sensor, points, mask, 0.5 * np.arange(windows))


def different_walkers(count, windows=12):
    """Return people who differ in height, width and swing of the legs."""
    return [
        walker(f'p{k}', windows, k, 1.4 + 0.12 * k, 0.05 + 0.03 * (k % 3), 0.2 + 0.15 * (k % 4))
        for k in range(count)
    ]


def body(place, velocity, draw, points=20):
    """Return points (N, 5) of somebody in front of the radar."""
    spread = draw.normal(0, 0.08, (points, 2)) + place
    heights = draw.uniform(-1, 0.7, points)
    return np.column_stack([spread, heights, np.full(points, velocity), np.full(points, 100.0)])


def walk(count=60, people=1, labelled=True, sensor='radar'):
    """Return people who walk away from the radar, two metres beside each other."""
    draw = np.random.default_rng(1)
    names = ('anna', 'ben')[:people]
    frames, labels = [], []
    for index in range(count):
        places = [(1.5 + 0.1 * index, 2.0 * person) for person in range(people)]
        clouds = [body(place, 1.0, draw) for place in places]
        frames.append(RadarFrame(0.1 * index, np.concatenate(clouds), sensor))
        labels.append(np.repeat(np.arange(people), 20))
    return Recording(tuple(frames), tuple(labels) if labelled else None, people=names)

"""Walking people of a few numbers, as windows, for tests of the gait network."""

import numpy as np

from thermal_radar_fusion.datasets.gait_recordings import GaitRecording

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

"""Drawn walks and the clouds that a simple radar returns of them."""

from collections.abc import Callable, Sequence

import numpy as np

from thermal_radar_fusion.radar.point_cloud import RadarFrame

# The skin is so far before the middle of the body [m].
SKIN = 0.1

Walk = Callable[[float], Sequence[float] | None]


def straight(start, velocity, begin: float = 0.0, end: float = np.inf) -> Walk:
    """Return a walk that is at `start` at time 0 and exists between two times."""

    def walk(t: float):
        return np.asarray(start) + np.asarray(velocity) * t if begin <= t <= end else None

    return walk


def frames(
    walks: Sequence[Walk], seconds: float, *, rate=10.0, points=15, clutter=1.5, seed=0, std=0.12
) -> list[RadarFrame]:
    """Return what a radar at the origin sees of the walkers."""
    rng = np.random.default_rng(seed)
    stamps = np.arange(round(seconds * rate)) / rate
    return [RadarFrame(t, cloud(walks, t, rng, points, clutter, std)) for t in stamps]


def cloud(walks, t, rng, points, clutter, std) -> np.ndarray:
    """Return the points (N, 5) of one instant."""
    parts = [_stray(rng, rng.poisson(clutter))]
    for walk in walks:
        here = walk(t)
        if here is not None:
            parts.append(_person(rng, here, _speed(walk, t), max(rng.poisson(points), 1), std))
    return np.concatenate(parts)


def _speed(walk, t) -> np.ndarray:
    before, after = walk(t - 1e-3), walk(t + 1e-3)
    if before is None or after is None:
        return np.zeros(2)
    return (np.asarray(after) - np.asarray(before)) / 2e-3


def _person(rng, position, velocity, points, std) -> np.ndarray:
    skin = np.asarray(position) * (1 - SKIN / np.linalg.norm(position))
    xy = rng.normal(skin, std, size=(points, 2))
    sight = xy / np.linalg.norm(xy, axis=1, keepdims=True)
    doppler = sight @ velocity + rng.normal(0, 0.3, points)
    return np.column_stack([xy, rng.normal(0, 0.4, points), doppler, rng.uniform(10, 100, points)])


def _stray(rng, points) -> np.ndarray:
    low, high = [0.5, -4, -1, -2, 10], [9, 4, 1, 2, 100]
    return rng.uniform(low, high, size=(points, 5))

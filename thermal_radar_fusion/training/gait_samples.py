"""Windows as other days, other ways and other radars would have shown them.

All of it keeps who it is: nobody becomes taller, and nobody walks more than a little faster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter

Points = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Steps of the radial velocity of the radars that are known [m/s].
VELOCITY_STEPS = (0.0, 0.147, 0.294)


@dataclass(frozen=True)
class GaitVariation(Parameters):
    """How much windows are varied; 0 each leaves them as they are."""

    turn: float = parameter(3.1416, 'about the vertical, at most', unit='rad', low=0, high=3.1416)
    mirror: float = parameter(0.5, 'share of windows with left for right', low=0, high=1)
    sparser: float = parameter(0.4, 'points left out, at most', low=0, high=0.95)
    thinner: float = parameter(0.3, 'share as of a radar that sees few points', low=0, high=1)
    jitter: float = parameter(0.02, 'of places', unit='m', low=0, high=1)
    doppler: float = parameter(0.03, 'of velocities', unit='m/s', low=0, high=1)
    raised: float = parameter(0.02, 'mistake in the height of the radar', unit='m', low=0, high=1)
    gaps: float = parameter(0.15, 'steps left out, at most', low=0, high=0.9)
    tempo: float = parameter(0.03, 'by which walking is faster or slower', low=0, high=0.5)
    coarse: float = parameter(0.3, 'share with another step of velocities', low=0, high=1)


def varied(
    points: Points, mask: Mask, variation: GaitVariation, draw: np.random.Generator
) -> tuple[Points, Mask]:
    """Return windows (B, T, P, C) and masks (B, T, P), each varied in a way of its own."""
    points, mask = _tempo(points, mask, variation.tempo, draw)
    mask = _sparser(mask, variation, draw)
    points = _turned(points, variation, draw)
    return _blurred(points, variation, draw) * mask[..., None], mask


def _tempo(
    points: Points, mask: Mask, most: float, draw: np.random.Generator
) -> tuple[Points, Mask]:
    """Take the steps of each window at another tempo; those beyond its ends are repeated."""
    count, steps = mask.shape[:2]
    factors = 1 + draw.uniform(-most, most, count)
    middle = (steps - 1) / 2
    wanted = middle + (np.arange(steps) - middle) * factors[:, None]
    chosen = np.clip(np.rint(wanted), 0, steps - 1).astype(int)
    rows = np.arange(count)[:, None]
    points = points[rows, chosen].copy()
    points[..., 3] *= factors.astype(np.float32)[:, None, None]
    return points, mask[rows, chosen]


def _sparser(mask: Mask, variation: GaitVariation, draw: np.random.Generator) -> Mask:
    """Leave out points, whole steps, and all but some places of windows of a sparse radar."""
    count, steps, places = mask.shape
    kept = draw.random(mask.shape) >= draw.uniform(0, variation.sparser, (count, 1, 1))
    kept &= draw.random((count, steps, 1)) >= draw.uniform(0, variation.gaps, (count, 1, 1))
    few = np.where(
        draw.random(count) < variation.thinner, draw.integers(8, places + 1, count), places
    )
    # The points of a step stand in their places in no order.
    varied_mask = mask & kept & (np.arange(places) < few[:, None, None])
    # Nobody is left without a point.
    empty = ~varied_mask.any((1, 2))
    varied_mask[empty] = mask[empty]
    return varied_mask


def _turned(points: Points, variation: GaitVariation, draw: np.random.Generator) -> Points:
    """Turn windows about the vertical, and show some in a mirror."""
    angles = draw.uniform(-variation.turn, variation.turn, len(points))
    sides = np.where(draw.random(len(points)) < variation.mirror, -1.0, 1.0)
    cosine, sine = (f(angles)[:, None, None] for f in (np.cos, np.sin))
    x, y = points[..., 0], points[..., 1] * sides[:, None, None]
    turned = points.copy()
    turned[..., 0], turned[..., 1] = cosine * x - sine * y, sine * x + cosine * y
    return turned


def _blurred(points: Points, variation: GaitVariation, draw: np.random.Generator) -> Points:
    """Blur places and velocities, and round some velocities as other radars do."""
    blurred = points.copy()
    shape = (len(points), 1, 1)
    noise = draw.standard_normal((*points.shape[:3], 4), np.float32)
    scale = np.array([*(variation.jitter,) * 3, variation.doppler], np.float32)
    blurred[..., :4] += noise * scale * draw.random((*shape, 1), np.float32)
    blurred[..., 2] += draw.normal(0, variation.raised, shape).astype(np.float32)
    steps = np.where(draw.random(shape) < variation.coarse, draw.choice(VELOCITY_STEPS, shape), 0)
    coarse = np.maximum(steps, 1e-6).astype(np.float32)
    rounded = np.rint(blurred[..., 3] / coarse) * coarse
    blurred[..., 3] = np.where(steps > 0, rounded, blurred[..., 3])
    return blurred

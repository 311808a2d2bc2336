"""Geometry of many line segments at once: distances, crossings, walls with openings.

Only operations that IEEE 754 rounds alike everywhere (no hypot, no BLAS): crowds are chaotic, and
a difference in the last bit would grow into other paths on another machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

SAME = 1e-6  # metres: closer is the same


def length(vectors: Array) -> Array:
    """Return the Euclidean lengths (...) of plane vectors (..., 2)."""
    return np.sqrt(vectors[..., 0] * vectors[..., 0] + vectors[..., 1] * vectors[..., 1])


def unit(vectors: Array) -> Array:
    """Return vectors (..., 2) at length 1, zero vectors as they are."""
    return vectors / np.maximum(length(vectors), 1e-12)[..., None]


def apart(a: Array, b: Array) -> float:
    """Return the distance of two places (2,), by plain numbers: much faster for a single pair."""
    x, y = float(a[0]) - float(b[0]), float(a[1]) - float(b[1])
    return math.sqrt(x * x + y * y)


def cross(a: Array, b: Array) -> Array:
    """Return the plane cross products (...) of vectors (..., 2)."""
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def dot(a: Array, b: Array) -> Array:
    """Return the scalar products (...) of plane vectors (..., 2)."""
    return a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1]


def from_nearest(points: ArrayLike, segments: Array) -> Array:
    """Return the vectors (N, S, 2) to each point (N, 2) from the nearest point of each segment."""
    start = segments[:, 0]
    along = segments[:, 1] - start
    relative = np.asarray(points, dtype=float)[:, None] - start
    share = dot(relative, along) / np.maximum(dot(along, along), 1e-12)
    return relative - np.clip(share, 0.0, 1.0)[..., None] * along


def point_distances(points: ArrayLike, segments: Array) -> Array:
    """Return the distances (N, S) of points (N, 2) from segments (S, 2, 2)."""
    points = np.asarray(points, dtype=float).reshape(-1, 2)
    return length(from_nearest(points, segments))


def crossing(starts: ArrayLike, ends: ArrayLike, segments: Array) -> NDArray[np.bool_]:
    """Tell (N, S) which lines from starts (N, 2) to ends (N, 2) cross which segments (S, 2, 2)."""
    starts = np.asarray(starts, dtype=float).reshape(-1, 1, 2)
    along = np.asarray(ends, dtype=float).reshape(-1, 1, 2) - starts
    wall = segments[:, 1] - segments[:, 0]
    relative = segments[:, 0] - starts
    area = cross(along, wall)
    parallel = np.abs(area) < 1e-12
    area = np.where(parallel, 1.0, area)
    on_line, on_wall = cross(relative, wall) / area, cross(relative, along) / area
    inside = (on_line >= 0) & (on_line <= 1) & (on_wall >= 0) & (on_wall <= 1)
    return inside & ~parallel


def clearance(starts: ArrayLike, ends: ArrayLike, segments: Array) -> Array:
    """Return for each line (N, 2), (N, 2) its distance (N,) from the nearest segment."""
    starts = np.asarray(starts, dtype=float).reshape(-1, 2)
    ends = np.asarray(ends, dtype=float).reshape(-1, 2)
    lines = np.stack([starts, ends], axis=1)
    nearest = np.minimum(
        np.minimum(point_distances(starts, segments), point_distances(ends, segments)),
        np.minimum(
            point_distances(segments[:, 0], lines).T, point_distances(segments[:, 1], lines).T
        ),
    )
    return np.where(crossing(starts, ends, segments), 0.0, nearest).min(axis=1)


def united(segments: Array) -> Array:
    """Return segments (S, 2, 2) of which none overlaps another: pieces of a line are joined."""
    lines: list[tuple[Array, Array, list[tuple[float, float]]]] = []
    for start, end in segments:
        direction = unit(end - start)
        origin, axis, spans = _line_of(start, direction, lines)
        ends = dot(np.array([start, end]) - origin, axis)
        spans.append((float(ends.min()), float(ends.max())))
    pieces = [
        (origin + low * axis, origin + high * axis)
        for origin, axis, spans in lines
        for low, high in _joined(spans)
    ]
    return np.array(pieces).reshape(-1, 2, 2)


def _line_of(
    start: Array, direction: Array, lines: list[tuple[Array, Array, list[tuple[float, float]]]]
) -> tuple[Array, Array, list[tuple[float, float]]]:
    """Return the line (origin, axis, spans) that a segment lies on, a new one if none fits."""
    for line in lines:
        origin, axis, _ = line
        if abs(cross(axis, direction)) < SAME and abs(cross(axis, start - origin)) < SAME:
            return line
    lines.append((start, direction, []))
    return lines[-1]


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join intervals that touch or overlap."""
    joined: list[tuple[float, float]] = []
    for low, high in sorted(spans):
        if joined and low <= joined[-1][1] + SAME:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return joined


def opened(walls: Array, openings: Sequence[Array]) -> Array:
    """Cut openings, each (2, 2) ends on a wall, out of walls (W, 2, 2)."""
    for opening in openings:
        walls = np.array([piece for wall in walls for piece in _without(wall, opening)]).reshape(
            -1, 2, 2
        )
    return walls


def _without(wall: Array, opening: Array) -> list[Array]:
    """Return what is left of one wall."""
    axis = unit(wall[1] - wall[0])
    if np.abs(cross(axis, opening - wall[0])).max() > 0.05:
        return [wall]
    size = float(length(wall[1] - wall[0]))
    low, high = sorted(float(s) for s in dot(opening - wall[0], axis))
    if high <= 0 or low >= size:
        return [wall]
    spans = [(0.0, low), (high, size)]
    return [wall[0] + np.array([[a], [b]]) * axis for a, b in spans if b - a > SAME]

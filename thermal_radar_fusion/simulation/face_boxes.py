"""The truth for face detectors: where faces are in the image, and how much of them is seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.camera_model import Intrinsics
from thermal_radar_fusion.simulation.face_texture import RISE
from thermal_radar_fusion.simulation.thermal_canvas import HEAD, PARTS
from thermal_radar_fusion.simulation.thermal_head import FACE_PARTS, NEAREST, Ellipsoid, HeadPose

Array = NDArray[np.float64]

# The face [m from the HEAD joint, for a person of 1.72 m]: hairline to chin, ear to ear.
HAIRLINE, CHIN = 0.076, -0.106
BEHIND = 0.015
# Heads that look farther away from the camera than this (120 degrees) show no face.
BACK = -0.5


@dataclass(frozen=True)
class FaceBox:
    """One face in an image.

    Attributes:
        person: name.
        box: x0, y0, x1, y1 [pixels, pixel centres at integers]: hairline to chin of what of the
            face is turned to the camera, cut at the border of the image.
        facing: cosine between where the head looks and the way to the camera: 1 frontal,
            0 profile, at least BACK.
        visible: share of the face that is turned to the camera which is inside the image and
            not hidden by a nearer person or a wall.
    """

    person: str
    box: tuple[float, float, float, float]
    facing: float
    visible: float


def face_box(
    name: str, pose: HeadPose, intrinsics: Intrinsics, owner: NDArray[np.int16], index: int
) -> FaceBox | None:
    """Return the box of a face, or None where it is turned away, hidden or out of the image.

    Args:
        name: of the person.
        owner: (H, W) of the canvas on which everybody is painted.
        index: of the person on it.
    """
    points, normals = _face_surface()
    seen, outwards = pose.points(points), pose.turned(normals)
    turned = (seen * outwards).sum(axis=1) < 0
    if pose.facing < BACK or not turned.any() or seen[:, 2].min() < NEAREST:
        return None
    pixels = intrinsics.project(seen[turned])
    last = np.array([intrinsics.width - 1, intrinsics.height - 1])
    inside = ((pixels >= -0.5) & (pixels <= last + 0.5)).all(axis=1)
    column, row = np.clip(np.rint(pixels), 0, last).astype(int).T
    shown = inside & (owner[row, column] == index * PARTS + HEAD)
    if not shown.any():
        return None
    low, high = np.clip(pixels.min(axis=0), 0, last), np.clip(pixels.max(axis=0), 0, last)
    box = tuple(np.round([*low, *high], 2).tolist())
    return FaceBox(name, box, round(pose.facing, 4), round(float(shown.mean()), 3))


@cache
def _face_surface() -> tuple[Array, Array]:
    """Return points (N, 3) of the face [m from the HEAD joint] and their normals (N, 3)."""
    heights = np.linspace(-1, 1, 61)
    turns = np.linspace(-np.pi / 2, np.pi / 2, 61)
    up, turn = (grid.ravel() for grid in np.meshgrid(heights, turns))
    around = np.sqrt(1 - up * up)
    ways = np.column_stack([around * np.cos(turn), around * np.sin(turn), up])
    points, normals = _outermost(ways)
    face = (points[:, 2] <= HAIRLINE) & (points[:, 2] >= CHIN)
    face &= (points[:, 0] >= BEHIND) & (normals[:, 0] >= 0)
    return np.round(points[face], 7), np.round(normals[face], 7)


def _outermost(ways: Array) -> tuple[Array, Array]:
    """Return where rays (N, 3) from the middle of a head leave it, and the normals there."""
    middle = np.array([0.0, 0.0, RISE])
    reach = np.stack([_exit(middle, ways, part) for part in FACE_PARTS])
    points = middle + reach.max(axis=0)[:, None] * ways
    parts = [FACE_PARTS[k] for k in reach.argmax(axis=0)]
    centres, axes = np.array([p.centre for p in parts]), np.array([p.axes for p in parts])
    return points, (points - centres) / axes**2


def _exit(middle: Array, ways: Array, part: Ellipsoid) -> Array:
    """Return how far from the middle rays leave an ellipsoid [m], 0 where they miss it."""
    start, way = (middle - part.centre) / part.axes, ways / np.asarray(part.axes)
    a, b, c = (way * way).sum(axis=1), (way * start).sum(axis=1), (start * start).sum() - 1
    inside = b * b - a * c
    return np.where(inside > 0, (-b + np.sqrt(np.maximum(inside, 0))) / a, 0.0).clip(0)

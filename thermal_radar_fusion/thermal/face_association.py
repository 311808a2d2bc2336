"""Which box of an image is which tracked face: boxes as measurements, gate, assignment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from thermal_radar_fusion.thermal import face_ekf
from thermal_radar_fusion.thermal.face_ekf import FaceFilterParameters, FaceState
from thermal_radar_fusion.thermal.faces import DetectedFace

Array = NDArray[np.float64]
Box = tuple[float, float, float, float]

BORDER = 2.0
"""A box that ends so near the border of the image is taken to be cut off there [px]."""

CUT_SHARE = 0.5
"""Error of what a box cut off at the border says, as a share of its height."""


def box_measurement(face: DetectedFace) -> Array:
    """Return what the filter takes of a box: (3,) x, y of its middle and its height [px]."""
    return np.array([*face.centre, max(face.height, 1.0)])


def measurement_noise(box: Box, shape: tuple[int, int], parameters: FaceFilterParameters) -> Array:
    """Return the covariance (3, 3) of x, y, h of a box in an image of (height, width) pixels.

    A box that the border cuts says little: neither where the middle of the face is nor, if it is
    cut above or below, how tall the face is.
    """
    x0, y0, x1, y1 = box
    height = max(y1 - y0, 1.0)
    rows, columns = shape
    base = np.hypot(parameters.box_floor, parameters.box_share * height)
    aside = x0 < BORDER or x1 > columns - 1 - BORDER
    above = y0 < BORDER or y1 > rows - 1 - BORDER
    cut = np.array([aside, above, above]) * CUT_SHARE * height
    return np.diag(base**2 + cut**2)


def associate_faces(
    states: Sequence[FaceState],
    found: Sequence[DetectedFace],
    noises: Sequence[Array],
    gate: float,
) -> list[int]:
    """Return the detection of each face, -1 where it has none.

    The likeliest assignment of boxes to faces (Hungarian algorithm over squared Mahalanobis
    distances plus log determinants), with nothing outside the gate.

    Args:
        states: T predicted faces.
        found: D detections.
        noises: D covariances (3, 3) of x, y, h.
        gate: squared Mahalanobis distance.
    """
    if not states or not found:
        return [-1] * len(states)
    pairs = [
        [_distance(state, *box) for box in zip(found, noises, strict=True)] for state in states
    ]
    squares, volumes = np.moveaxis(np.array(pairs), -1, 0)
    costs = np.where(squares <= gate, squares + volumes - 1e6, 0.0)
    rows, columns = linear_sum_assignment(costs)
    choice = np.full(len(states), -1)
    choice[rows] = np.where(squares[rows, columns] <= gate, columns, -1)
    return choice.tolist()


def _distance(state: FaceState, face: DetectedFace, noise: Array) -> tuple[float, float]:
    """Return squared Mahalanobis distance and log determinant of a box to a face."""
    difference, spread = face_ekf.innovation(state, box_measurement(face), noise)
    square = float(difference @ np.linalg.solve(spread, difference))
    return square, float(np.linalg.slogdet(spread)[1])


def overlap(one: Box, other: Box) -> float:
    """Return the intersection over the union of two boxes."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return wide * high / (sum(areas) - wide * high)

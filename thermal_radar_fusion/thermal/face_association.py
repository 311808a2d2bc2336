"""Which box of an image is which tracked face: boxes as measurements, gate, assignment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from thermal_radar_fusion.thermal import face_ekf
from thermal_radar_fusion.thermal.face_ekf import FaceFilterParameters, FaceState
from thermal_radar_fusion.thermal.face_region import Orientation
from thermal_radar_fusion.thermal.faces import DetectedFace

Array = NDArray[np.float64]
Box = tuple[float, float, float, float]

BORDER = 2.0
"""A box that ends so near the border of the image is taken to be cut off there [px]."""

WORTH = 1e6
"""So much is a pair within the gate worth: as many as possible, then the likeliest."""

CUT_SHARE = 0.5
"""Error of what a box cut off at the border says, as a share of its height."""


def box_measurement(face: DetectedFace, orientation: Orientation) -> Array:
    """Return what the filter takes of a box (3,): x, y of its middle, height of the face [px]."""
    return np.array([*face.centre, max(orientation.extents(face.box)[0], 1.0)])


def measurement_noise(
    box: Box, shape: tuple[int, int], orientation: Orientation, parameters: FaceFilterParameters
) -> Array:
    """Return the covariance (3, 3) of x, y, h of a box in an image of (height, width) pixels.

    A box that the border cuts says little: neither where the middle of the face is nor, if it is
    cut at hairline or chin, how tall the face is.
    """
    x0, y0, x1, y1 = box
    height = max(orientation.extents(box)[0], 1.0)
    rows, columns = shape
    base = np.hypot(parameters.box_floor, parameters.box_share * height)
    aside = x0 < BORDER or x1 > columns - 1 - BORDER
    above = y0 < BORDER or y1 > rows - 1 - BORDER
    shortened = aside if orientation.is_sideways else above
    cut = np.array([aside, above, shortened]) * CUT_SHARE * height
    return np.diag(base**2 + cut**2)


def associate_faces(
    states: Sequence[FaceState], boxes: Sequence[Array], noises: Sequence[Array], gate: float
) -> list[int]:
    """Return the box of each face, -1 where it has none.

    The likeliest assignment of boxes to faces (Hungarian algorithm over squared Mahalanobis
    distances plus log determinants), with nothing outside the gate.

    Args:
        states: T predicted faces.
        boxes: D times x, y, h (3,).
        noises: D covariances (3, 3) of these.
        gate: squared Mahalanobis distance.
    """
    if not states or not boxes:
        return [-1] * len(states)
    pairs = [
        [_distance(state, *box) for box in zip(boxes, noises, strict=True)] for state in states
    ]
    squares, volumes = np.moveaxis(np.array(pairs), -1, 0)
    costs = np.where(squares <= gate, squares + volumes - WORTH, 0.0)
    rows, columns = linear_sum_assignment(costs)
    choice = np.full(len(states), -1)
    choice[rows] = np.where(squares[rows, columns] <= gate, columns, -1)
    return choice.tolist()


def _distance(state: FaceState, box: Array, noise: Array) -> tuple[float, float]:
    """Return squared Mahalanobis distance and log determinant of a box to a face."""
    difference, spread = face_ekf.innovation(state, box, noise)
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

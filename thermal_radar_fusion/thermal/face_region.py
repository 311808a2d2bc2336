"""Which pixels of a face's box are skin of that face."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Image = NDArray[np.float32]
Box = tuple[float, float, float, float]

WARM = 75.0
"""Percentile of a face that is skin, whatever cap, mask or background is in its box [%]."""

GLOW = 2
"""The blurred edge of something hot reaches so far [px]."""


@dataclass(frozen=True)
class FaceRegion(Parameters):
    """What of a box is taken for skin of the face."""

    neck: float = parameter(
        0.12, 'share of the height left out at the lower end', low=0.0, high=0.5
    )
    hotter: float = parameter(
        4.0,
        'what is so much hotter than three quarters of the face is no skin',
        unit='K',
        low=0.5,
        high=100.0,
    )


@dataclass(frozen=True)
class Orientation:
    """How a camera is mounted: images must be turned clockwise by so much for heads to be up.

    Attributes:
        rotation: 0, 90, 180 or 270 degrees.
    """

    rotation: int = 0

    def __post_init__(self) -> None:
        if self.rotation not in (0, 90, 180, 270):
            raise ParameterError(f'rotation must be 0, 90, 180 or 270, got {self.rotation}')

    @property
    def is_sideways(self) -> bool:
        """Whether heads point to the left or right."""
        return self.rotation in (90, 270)

    def extents(self, box: Box) -> tuple[float, float]:
        """Return height and width [px] of the face in a box, from its own point of view."""
        wide, high = max(box[2] - box[0], 1e-3), max(box[3] - box[1], 1e-3)
        return (wide, high) if self.is_sideways else (high, wide)

    def box(self, x: float, y: float, height: float, width: float) -> Box:
        """Return the box of a face around x, y that is so high and wide: inverse of `extents`."""
        across, along = (height, width) if self.is_sideways else (width, height)
        return x - across / 2, y - along / 2, x + across / 2, y + along / 2

    def down_to_chin(self, box: Box, room: float) -> Box:
        """Return a box without the room below the chin [share of the height down to it]."""
        x0, y0, x1, y1 = box
        cut = self.extents(box)[0] * room / (1 + room)
        return {
            0: (x0, y0, x1, y1 - cut),
            90: (x0, y0, x1 - cut, y1),
            180: (x0, y0 + cut, x1, y1),
            270: (x0 + cut, y0, x1, y1),
        }[self.rotation]

    def downwards(self, x: Array, y: Array) -> Array:
        """Return how far places x, y of the image are towards the chin."""
        return {0: y, 90: x, 180: -y, 270: -x}[self.rotation]


@dataclass(frozen=True)
class Crop:
    """A part of an image.

    Attributes:
        values: (h, w) the pixels.
        x, y: (w,) columns and (h, 1) rows in the image.
    """

    values: Image
    x: Array
    y: Array


def crop(values: Image, box: Box) -> Crop:
    """Return the pixels whose centres lie in a box, what of it is inside the image."""
    x0, y0, x1, y1 = box
    rows = slice(max(math.ceil(y0), 0), max(math.floor(y1) + 1, 0))
    columns = slice(max(math.ceil(x0), 0), max(math.floor(x1) + 1, 0))
    part = values[rows, columns]
    high, wide = part.shape
    return Crop(part, columns.start + np.arange(wide), rows.start + np.arange(high)[:, None])


def oval(
    part: Crop, box: Box, nearer: Sequence[Box], orientation: Orientation, region: FaceRegion
) -> Mask:
    """Return which pixels (h, w) lie in the ellipse of a box, above the neck and not hidden.

    Args:
        nearer: boxes of faces that may hide this one.
    """
    x0, y0, x1, y1 = box
    x, y = (2 * part.x - x0 - x1) / (x1 - x0), (2 * part.y - y0 - y1) / (y1 - y0)
    down = orientation.downwards(x + 0 * y, y + 0 * x)
    inside = (x * x + y * y <= 1) & (down <= 1 - 2 * region.neck)
    for a, b, c, d in nearer:
        inside &= ~((part.x >= a) & (part.x <= c) & (part.y >= b) & (part.y <= d))
    return inside


def skin(values: Image, face: Mask, region: FaceRegion) -> Image:
    """Return the smoothed pixels (N,) of a face without what is too hot to be skin.

    A lamp or a kettle behind the head is left out together with its blurred edge. Smoothing takes
    the noise away that the hottest of many pixels would pick.
    """
    if not face.any():
        return np.zeros(0, np.float32)
    # Three quarters: in a box that is too wide, half of the pixels may be background.
    hot = values > np.percentile(values[face], WARM) + region.hotter
    chosen = face & ~_grown(hot)
    return smoothed(values)[chosen]


def _grown(mask: Mask) -> Mask:
    """Return a mask with the pixels within GLOW rows and columns of it."""
    if not mask.any():
        return mask
    from scipy.ndimage import binary_dilation

    size = 2 * GLOW + 1
    return binary_dilation(mask, np.ones((size, size), bool))


def smoothed(values: Image) -> Image:
    """Return an image blurred by 1-2-1 along rows and columns (0.7 px); borders are repeated."""
    return _blurred_rows(_blurred_rows(values).T).T


def _blurred_rows(values: Image) -> Image:
    wide = np.pad(values, ((1, 1), (0, 0)), mode='edge')
    return (wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4

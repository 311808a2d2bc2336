"""How tall a face is in the image at a distance: milliTRACE-IR's function g and its fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.parameters import Parameters, parameter

Array = NDArray[np.float64]

FACE_HEIGHT = 0.18
"""Hairline to chin of the mean adult [m]."""

NEAREST = 0.05
"""Least value of d + b1 [m]: nearer than this the hyperbola means nothing."""


class DistanceModelError(ValueError):
    """Distances and heights do not determine a model; one line that says why."""


@dataclass(frozen=True)
class DistanceModel(Parameters):
    """Height of a face in the image over its distance: h = g(d) = b0 / (d + b1) + b2.

    The family of hyperbolas with three parameters of section IV-B.1; the paper's text lost the
    formula, this is its description written out. b0 is focal length times face height, b1 lies
    between the point that distances are measured to and the face, b2 is what a detector adds to
    all its boxes. The defaults are an ideal 13 mm lens before pixels of 17 um.
    """

    b0: float = parameter(
        137.6, 'focal length times height of a face', unit='px m', low=0.1, high=1e6
    )
    b1: float = parameter(0.0, 'added to the distance', unit='m', low=-5.0, high=5.0)
    b2: float = parameter(0.0, 'added to the height', unit='px', low=-500.0, high=500.0)
    residual_std: float = parameter(
        2.0, 'of measured heights about g, 1 sigma', unit='px', low=0.0, high=500.0
    )

    @classmethod
    def pinhole(cls, focal_length: float, residual_std: float = 2.0) -> DistanceModel:
        """Return the model of an ideal camera with a focal length [px]: to start from."""
        return cls(focal_length * FACE_HEIGHT, residual_std=residual_std)

    def height(self, distance: ArrayLike) -> Array:
        """Return g(d) [px] at distances [m]."""
        return self.b0 / self._shifted(distance) + self.b2

    def slope(self, distance: ArrayLike) -> Array:
        """Return dg/dd [px/m] at distances [m]; 0 where the hyperbola is cut off."""
        shifted = self._shifted(distance)
        return np.where(shifted > NEAREST, -self.b0 / shifted**2, 0.0)

    def distance(self, height: ArrayLike) -> Array:
        """Return the distance [m] at which a face has a height [px]: the inverse of g.

        Heights of b2 and below have no distance; they count as one hundredth of a pixel above.
        """
        return self.b0 / np.maximum(np.asarray(height, float) - self.b2, 0.01) - self.b1

    def _shifted(self, distance: ArrayLike) -> Array:
        return np.maximum(np.asarray(distance, float) + self.b1, NEAREST)


def fit_distance_model(distances: ArrayLike, heights: ArrayLike) -> DistanceModel:
    """Fit g to pairs of true distances and measured heights by Levenberg-Marquardt.

    Nonlinear least squares of section IV-B.1. `residual_std` has three degrees of freedom taken
    off; its square is the variance of u_h in the filter.

    Args:
        distances: (N,) metres, > 0.
        heights: (N,) pixels, > 0.

    Raises:
        DistanceModelError: there are too few pairs, some are impossible, or the heights do not
            fall with the distance.
    """
    distances, heights = _checked(distances, heights)
    solution = _solved(distances, heights)
    residuals = heights - _hyperbola(solution, distances)
    std = float(np.sqrt(residuals @ residuals / max(len(heights) - 3, 1)))
    b0, b1, b2 = solution
    if not (b0 > 0 and distances.min() + b1 > NEAREST):
        raise DistanceModelError('the heights of the faces do not fall with the distance')
    return DistanceModel(b0, b1, b2, std)


def _checked(distances: ArrayLike, heights: ArrayLike) -> tuple[Array, Array]:
    """Return both as arrays (N,)."""
    distances, heights = np.asarray(distances, float), np.asarray(heights, float)
    if distances.shape != heights.shape or distances.ndim != 1:
        raise DistanceModelError('there must be one height for each distance')
    if not all(
        np.isfinite(values).all() and (values > 0).all() for values in (distances, heights)
    ):
        raise DistanceModelError('distances and heights must be positive numbers')
    if len(np.unique(distances)) < 4:
        raise DistanceModelError('a fit needs at least four different distances')
    return distances, heights


def _solved(distances: Array, heights: Array) -> Array:
    """Return b0, b1, b2 of least squares, from the pinhole camera as the start."""
    from scipy.optimize import least_squares

    start = np.array([float(np.median(distances * heights)), 0.0, 0.0])
    return least_squares(
        lambda b: _hyperbola(b, distances) - heights,
        start,
        jac=lambda b: _gradient(b, distances),
        method='lm',
        x_scale=np.array([start[0], 0.1, 1.0]),
    ).x


def _hyperbola(b: Array, distances: Array) -> Array:
    return b[0] / (distances + b[1]) + b[2]


def _gradient(b: Array, distances: Array) -> Array:
    """Return (N, 3) derivatives of the hyperbola by b0, b1, b2."""
    shifted = distances + b[1]
    return np.column_stack([1 / shifted, -b[0] / shifted**2, np.ones_like(shifted)])

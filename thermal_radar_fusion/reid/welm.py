"""Weighted extreme learning machine: milliTRACE-IR, section IV-I, equations 19 to 22.

One layer of random ReLU units that are never trained, and output weights by least squares.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.reid.features import FeatureError, checked_features
from thermal_radar_fusion.reid.packed import (
    Cholesky,
    NotPositiveDefiniteError,
    add_outer_products,
    add_to_diagonal,
    packed_zeros,
)
from thermal_radar_fusion.reid.scores import class_indices

Array = NDArray[np.float64]
Solution = tuple[Array, Array]

BLOCK = 384

# A step that changes less than this share leaves about the square of it.
REFINED = 1e-5
REFINEMENTS = 4


class WelmError(ValueError):
    """A classifier cannot be trained; one line that says why."""


@dataclass(frozen=True)
class WelmParameters(Parameters):
    """The classifier of section IV-I; the defaults are those of section IV-J."""

    hidden_units: int = parameter(1024, 'L, random units', low=1, high=16384, reconfigurable=False)
    # The paper's N(0, 0.1), with 0.1 read as the standard deviation, as in NumPy.
    weight_std: float = parameter(
        0.1,
        'standard deviation of the random weights',
        low=1e-3,
        high=100,
        reconfigurable=False,
    )
    regularisation: float = parameter(
        0.1, 'lambda: what large output weights cost', low=1e-6, high=1e6
    )
    seed: int = parameter(0, 'of the random weights', low=0, reconfigurable=False)


class HiddenLayer:
    """h(v) = ReLU(W v + b) with random W and b.

    Attributes:
        dimension: D of the features.
        units: L.
        regularisation: lambda of the output weights that are made for it.
    """

    def __init__(self, dimension: int, parameters: WelmParameters) -> None:
        self.dimension, self.units = dimension, parameters.hidden_units
        self.regularisation = parameters.regularisation
        rng = np.random.default_rng(parameters.seed)
        shape = (dimension + 1, parameters.hidden_units)
        # The last row is b.
        self._weights = rng.normal(0.0, parameters.weight_std, shape)

    def activate(self, features: Array, factors: Array | None = None) -> Array:
        """Return the rows h(v) (N, L) of features (N, D), each times its factor (N,) > 0.

        As ReLU(s x) = s ReLU(x), the factors are applied to the small features instead of to the
        large rows.
        """
        inputs = np.ones((len(features), self.dimension + 1))
        inputs[:, :-1] = features
        if factors is not None:
            inputs *= factors[:, None]
        hidden = inputs @ self._weights
        return np.maximum(hidden, 0.0, out=hidden)

    def slopes(self, features: Array) -> Array:
        """Return the derivative of h(v) by v (N, D, L) at features (N, D)."""
        active = self.activate(features) > 0
        return self._weights[:-1] * active[:, None]


@dataclass(frozen=True)
class WelmClassifier:
    """A trained WELM.

    Attributes:
        labels: of the classes.
        layer: the random units.
        output_weights: (L, C), B.
        middles: (C, D) mean feature of each class.
        hidden: (L, C) mean of h(v) of each class.
    """

    labels: tuple[Hashable, ...]
    layer: HiddenLayer
    output_weights: Array
    middles: Array
    hidden: Array

    @property
    def class_outputs(self) -> Array:
        """(C, C) mean output of each class, in rows; symmetric but for rounding."""
        return self.hidden.T @ self.output_weights

    def slopes(self) -> Array:
        """Return the derivative of the outputs by the feature (C, D, C) at `middles`."""
        return self.layer.slopes(self.middles) @ self.output_weights

    def scores(self, features: ArrayLike) -> Array:
        """Return h(v)^T B (N, C) of features (N, D) (equation 22): near 1 for their class, else 0.

        Raises:
            FeatureError: there is no feature, or one is of another size or no number.
        """
        rows = checked_features(features, self.layer.dimension)
        return self.layer.activate(rows) @ self.output_weights


def fit_welm(
    features: ArrayLike, labels: Sequence[Hashable], parameters: WelmParameters | None = None
) -> WelmClassifier:
    """Train from scratch (algorithm 2, lines 1-4).

    Args:
        features: (N, D).
        labels: of each feature.
        parameters: None for the defaults.

    Raises:
        FeatureError: there is no feature, one is no number, or labels and features differ in
            number.
        WelmError: all features are of one class.
    """
    parameters = parameters or WelmParameters()
    rows = checked_features(features)
    known, indices = class_indices(labels)
    if len(indices) != len(rows):
        raise FeatureError(f'{len(rows)} features have {len(indices)} labels')
    check_classes(len(known))
    roots = np.sqrt(class_weights(indices))
    targets = np.zeros((len(rows), len(known)))
    targets[np.arange(len(rows)), indices] = roots
    layer = HiddenLayer(rows.shape[1], parameters)
    solve = by_samples if len(rows) <= layer.units else by_units
    weights, hidden = solve(layer, rows, roots, targets)
    # Y has roots of weights, rows have none: with them it takes the mean over each class.
    middles = (roots[:, None] * targets).T @ rows
    return WelmClassifier(known, layer, weights, middles, hidden)


def check_classes(count: int) -> None:
    """Raise WelmError unless there are at least two classes to tell apart."""
    if count < 2:
        raise WelmError(f'a classifier needs at least two classes, got {count}')


def class_weights(indices: NDArray[np.intp]) -> Array:
    """Return the weight (N,) of each sample: 1 over the size of its class (equation 19)."""
    return 1.0 / np.bincount(indices)[indices]


def by_samples(layer: HiddenLayer, rows: Array, roots: Array, targets: Array) -> Solution:
    """Return B (L, C) that minimises the weighted |H B - Y|^2 + lambda |B|^2 (equation 20).

    H^T (lambda I + H H^T)^-1 Y, with the weights' roots in H and Y: the shorter way for N <= L.

    Args:
        layer: makes H (N, L).
        rows: (N, D) features.
        roots: (N,) of the samples' weights.
        targets: (N, C) Y, each row times its root.

    Returns:
        B, and H^T Y (L, C), the mean of h of each class.
    """
    hidden = layer.activate(rows, roots)
    gram = add_outer_products(packed_zeros(len(hidden)), hidden)
    weights = hidden.T @ solve_regularised(gram, targets, layer.regularisation)
    return weights, hidden.T @ targets


def by_units(layer: HiddenLayer, rows: Array, roots: Array, targets: Array) -> Solution:
    """Return the same B by (lambda I + H^T H)^-1 H^T Y (equation 21); see `by_samples`.

    The matrix, which most of the time goes into, is made in single precision; the solution is that
    of double precision (iterative refinement: Wilkinson 1963). Where single precision does not
    do, because lambda is tiny, everything is done in double.
    """
    equations = NormalEquations(layer, rows, roots, targets)
    try:
        refined = equations.refined()
    except NotPositiveDefiniteError:
        refined = None
    if refined is not None:
        return refined
    factor, right = equations.factored(np.float64)
    return factor.solve(right), right


@dataclass(frozen=True)
class NormalEquations:
    """(lambda I + H^T H) B = H^T Y, block by block; the attributes are those of `by_samples`."""

    layer: HiddenLayer
    rows: Array
    roots: Array
    targets: Array

    def refined(self) -> Solution | None:
        """Return B in double precision from a factor in single, and H^T Y; None if it diverges.

        Each step shrinks the error by about the share of B that the first one corrects.
        """
        factor, right = self.factored(np.float32)
        solution = factor.solve(right)
        for _ in range(REFINEMENTS):
            change = factor.solve(self.residual(solution))
            solution = solution + change
            if np.linalg.norm(change) <= REFINED * np.linalg.norm(solution):
                return solution, right
        return None

    def factored(self, precision: type) -> tuple[Cholesky, Array]:
        """Return the matrix's factor in a precision, and H^T Y (L, C) in double."""
        gram = packed_zeros(self.layer.units, precision)
        right = np.zeros((self.layer.units, self.targets.shape[1]))
        for part in blocks(len(self.rows)):
            hidden = self.layer.activate(self.rows[part], self.roots[part])
            gram = add_outer_products(gram, hidden.T.astype(precision, copy=False))
            right += hidden.T @ self.targets[part]
        add_to_diagonal(gram, self.layer.regularisation)
        return Cholesky(gram), right

    def residual(self, solution: Array) -> Array:
        """Return what a B (L, C) leaves of the right-hand side (L, C)."""
        left = -self.layer.regularisation * solution
        for part in blocks(len(self.rows)):
            hidden = self.layer.activate(self.rows[part], self.roots[part])
            left += hidden.T @ (self.targets[part] - hidden @ solution)
        return left


def blocks(count: int) -> Iterator[slice]:
    """Yield slices of so many rows that what is made of them stays in the processor's cache."""
    for start in range(0, count, BLOCK):
        yield slice(start, start + BLOCK)


def solve_regularised(gram: Array, right: Array, regularisation: float) -> Array:
    """Return X (n, c) with (lambda I + G) X = right; the packed G is overwritten."""
    add_to_diagonal(gram, regularisation)
    return Cholesky(gram).solve(right)

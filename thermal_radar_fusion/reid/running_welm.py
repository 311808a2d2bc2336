"""A WELM that people join and leave without training from scratch.

The paper trains anew each time (section IV-J), as sequential ELMs fix the number of classes. With
the weights of equation 19 there is no need: they depend on nothing but the size of the own class,
so that the normal equations are a sum over classes of the mean of h h^T, and each column of the
right-hand side is one class's mean of h. Sums of these per class can grow, shrink and be dropped.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.reid.features import checked_features
from thermal_radar_fusion.reid.packed import add_outer_products, add_scaled, packed_zeros
from thermal_radar_fusion.reid.welm import (
    HiddenLayer,
    WelmClassifier,
    WelmError,
    WelmParameters,
    blocks,
    check_classes,
    solve_regularised,
)

Array = NDArray[np.float64]


@dataclass
class ClassSums:
    """Sums over the samples of one class.

    Attributes:
        count: samples.
        features: (D,) sum of them.
        hidden: (L,) sum of h.
        products: sum of h h^T, packed.
    """

    count: int
    features: Array
    hidden: Array
    products: Array

    @classmethod
    def empty(cls, layer: HiddenLayer) -> ClassSums:
        """Return the sums of no sample."""
        units = layer.units
        return cls(0, np.zeros(layer.dimension), np.zeros(units), packed_zeros(units))

    def add(self, rows: Array, hidden: Array, sign: int) -> None:
        """Add samples (N, D) and their h (N, L), or take them away again with sign -1."""
        self.count += sign * len(hidden)
        self.features += sign * rows.sum(axis=0)
        self.hidden += sign * hidden.sum(axis=0)
        self.products = add_outer_products(self.products, hidden.T, sign)


class RunningWelm:
    """Trains a WELM of any number of classes from running sums.

    Attributes:
        layer: the random units.
    """

    def __init__(self, dimension: int, parameters: WelmParameters | None = None) -> None:
        """Start without any class.

        Args:
            dimension: D of the features.
            parameters: None for the defaults.
        """
        self.parameters = parameters or WelmParameters()
        self.layer = HiddenLayer(dimension, self.parameters)
        self._sums: dict[Hashable, ClassSums] = {}

    @property
    def labels(self) -> tuple[Hashable, ...]:
        """The classes, in the order in which they came."""
        return tuple(self._sums)

    def count(self, label: Hashable) -> int:
        """Return how many samples a class has, 0 for one that is not known."""
        return self._sums[label].count if label in self._sums else 0

    def add(self, label: Hashable, features: ArrayLike) -> None:
        """Take in samples (N, D) of a class, known or new.

        Raises:
            FeatureError: there is none, or one is of another size or no number; nothing is taken
                in then.
        """
        rows = checked_features(features, self.layer.dimension)
        if label not in self._sums:
            self._sums[label] = ClassSums.empty(self.layer)
        self._change(label, rows, 1)

    def remove(self, label: Hashable, features: ArrayLike) -> None:
        """Take samples (N, D) away that were added before; without any the class is forgotten.

        Rounding leaves about 1e-16 of each: `forget` is exact.

        Raises:
            FeatureError: see `add`.
            WelmError: the class has fewer samples.
        """
        rows = checked_features(features, self.layer.dimension)
        if len(rows) > self.count(label):
            raise WelmError(f'cannot remove {len(rows)} of {self.count(label)} samples')
        if len(rows) == self.count(label):
            self.forget(label)
        else:
            self._change(label, rows, -1)

    def forget(self, label: Hashable) -> None:
        """Drop a class; what is left is bit by bit as if it had never been there."""
        self._sums.pop(label, None)

    def classifier(self, labels: Sequence[Hashable] | None = None) -> WelmClassifier:
        """Return the WELM of all samples; the same as `fit_welm` of them but for rounding.

        Args:
            labels: the classes that are to be told apart, each known; None for all.

        Raises:
            WelmError: there are fewer than two classes.
        """
        labels = self.labels if labels is None else tuple(labels)
        check_classes(len(labels))
        chosen = [self._sums[label] for label in labels]
        gram = packed_zeros(self.layer.units)
        for sums in chosen:
            gram = add_scaled(gram, sums.products, 1.0 / sums.count)
        hidden = np.stack([sums.hidden / sums.count for sums in chosen], axis=1)
        weights = solve_regularised(gram, hidden, self.layer.regularisation)
        middles = np.stack([sums.features / sums.count for sums in chosen])
        return WelmClassifier(labels, self.layer, weights, middles, hidden)

    def _change(self, label: Hashable, rows: Array, sign: int) -> None:
        for part in blocks(len(rows)):
            own = rows[part]
            self._sums[label].add(own, self.layer.activate(own), sign)

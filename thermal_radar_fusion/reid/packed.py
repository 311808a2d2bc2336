"""Symmetric positive definite matrices in half the memory, at the full speed of BLAS 3.

Rectangular full packed format (Gustavson, Wasniewski, Dongarra, Langou 2010, LAPACK 3.2): the
lower triangle of an n x n matrix as a vector of n (n + 1) / 2. Sums of such matrices are sums of
vectors, and LAPACK multiplies and factorises them by blocks.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import blas, lapack

Array = NDArray[np.floating]

SINGLE = np.dtype(np.float32)


class NotPositiveDefiniteError(ValueError):
    """A matrix has no Cholesky factor: numbers overflowed, or more was taken away than added."""


def packed_zeros(size: int, precision: type = np.float64) -> Array:
    """Return the zero matrix of a size, in single or double precision."""
    return np.zeros(size * (size + 1) // 2, dtype=precision)


def add_to_diagonal(packed: Array, value: float) -> None:
    """Add a number to each element of the diagonal, in place."""
    packed[_diagonal(_size(packed))] += value


def _size(packed: Array) -> int:
    return int(np.sqrt(2 * len(packed)))


@lru_cache(maxsize=4)
def _diagonal(size: int) -> NDArray[np.intp]:
    """Return where the diagonal (n,) of an n x n matrix is."""
    return np.flatnonzero(lapack.dtrttf(np.eye(size))[0])


def add_outer_products(packed: Array, columns: Array, factor: float = 1.0) -> Array:
    """Add factor times columns @ columns.T to a packed matrix, in place.

    Args:
        packed: of an n x n matrix; it is overwritten.
        columns: (n, k); in Fortran order, as the transpose of an array of rows, nothing is copied.
        factor: -1 takes away what was added before.
    """
    size, count = columns.shape
    product = lapack.ssfrk if packed.dtype == SINGLE else lapack.dsfrk
    return product(size, count, factor, columns, 1.0, packed, overwrite_c=True)


def add_scaled(packed: Array, other: Array, factor: float) -> Array:
    """Add factor times another matrix of the same size to a packed one, in place."""
    return blas.daxpy(other, packed, a=factor)


class Cholesky:
    """The Cholesky factor of a symmetric, positive definite matrix A."""

    def __init__(self, packed: Array) -> None:
        """Factorise.

        Args:
            packed: A; it is overwritten. The precision is its own.

        Raises:
            NotPositiveDefiniteError: A has no Cholesky factor.
        """
        single = packed.dtype == SINGLE
        self._size = _size(packed)
        factorise = lapack.spftrf if single else lapack.dpftrf
        self._factor, failed = factorise(self._size, packed, overwrite_a=True)
        self._solve = lapack.spftrs if single else lapack.dpftrs
        if failed or not np.isfinite(self._factor).all():
            raise NotPositiveDefiniteError('the normal equations are not positive definite')

    def solve(self, right: Array) -> NDArray[np.float64]:
        """Return X (n, c) with A X = right (n, c)."""
        return self._solve(self._size, self._factor, right)[0].astype(float, copy=False)

"""Rectangles in images: x0, y0, x1, y1 [pixels]."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def overlaps(boxes: ArrayLike, others: ArrayLike) -> Array:
    """Return intersection over union (N, M) of boxes (N, 4) and others (M, 4)."""
    a = np.asarray(boxes, dtype=float).reshape(-1, 1, 4)
    b = np.asarray(others, dtype=float).reshape(1, -1, 4)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.prod(np.maximum(sides, 0), axis=-1)
    union = _areas(a) + _areas(b) - shared
    return shared / np.maximum(union, 1e-12)


def _areas(boxes: Array) -> Array:
    return np.prod(np.maximum(boxes[..., 2:] - boxes[..., :2], 0), axis=-1)


def surest(boxes: Array, scores: Array, overlap: float) -> NDArray[np.intp]:
    """Return the indices of boxes (N, 4) that no surer one covers, by falling score.

    Greedy non-maximum suppression: of two that overlap more than `overlap` (intersection over
    union) the surer one stays.
    """
    order = np.argsort(-scores, kind='stable')
    shared = overlaps(boxes, boxes) > overlap
    kept: list[int] = []
    for index in order:
        if not shared[index, kept].any():
            kept.append(int(index))
    return np.array(kept, dtype=np.intp)

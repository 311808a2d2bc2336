"""Collars, scarves and hoods: necks that are not bare.

The simulator's people have bare necks, so that what is warm ends below the chin. Of real people
many have it end at the chin. Covers are laid over the rendered picture, below the true boxes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Picture = NDArray[np.float32]

# Share of the faces with a covered neck, and the least cosine to the camera of such faces.
COVERED, FRONTAL = 0.5, 0.1
# How far a cover reaches about the chin, in heights and widths of the face.
BELOW, ASIDE = 0.55, 0.5


def with_collars(
    celsius: Picture, boxes: Array, facing: Array, draw: np.random.Generator
) -> Picture:
    """Return a picture (H, W) [°C] in which some of the faces have no bare neck.

    Args:
        celsius: the picture; kept as it is.
        boxes: (N, 4) of its faces [pixels].
        facing: (N,) cosine to the camera of each of them.
        draw: of who wears what.
    """
    image = celsius.copy()
    for index, box in enumerate(boxes):
        if facing[index] > FRONTAL and draw.random() < COVERED:
            others = np.delete(boxes, index, axis=0)
            if not _meets(box, others):
                _cover(image, box, draw)
    return image


def _meets(box: Array, others: Array) -> bool:
    """Tell whether another face is where the neck of one is."""
    x0, _, x1, y1 = box
    width, height = x1 - x0, y1 - box[1]
    low = np.array([x0 - ASIDE * width, y1 - 0.3 * height])
    high = np.array([x1 + ASIDE * width, y1 + BELOW * height])
    return bool(((others[:, :2] < high) & (others[:, 2:] > low)).all(axis=1).any())


def _cover(image: Picture, box: Array, draw: np.random.Generator) -> None:
    """Lay cloth over the neck below a face: to the chin in the middle, up the jaw at the sides."""
    import cv2

    x0, y0, x1, y1 = box
    width, height = x1 - x0, y1 - y0
    across = np.linspace(-ASIDE, ASIDE, 15)
    rise = draw.uniform(0.0, 0.9) * np.minimum(across**2, 0.3)
    top = y1 + height * (draw.uniform(-0.02, 0.08) - rise)
    columns = (x0 + x1) / 2 + width * across
    bottom = np.full(2, y1 + BELOW * height)
    corners = np.column_stack([np.append(columns, columns[[-1, 0]]), np.append(top, bottom)])
    share = np.zeros(image.shape, np.uint8)
    cv2.fillPoly(share, [np.rint(16 * corners).astype(np.int32)], 255, cv2.LINE_AA, 4)
    rows = slice(max(int(y0), 0), max(int(y1 + BELOW * height) + 2, 0))
    cloth = _cloth(image, box, draw)
    weight = share[rows].astype(np.float32) / 255
    image[rows] += (cloth - image[rows]) * weight


def _cloth(image: Picture, box: Array, draw: np.random.Generator) -> float:
    """Return the temperature [°C] of the clothes below a face; where none are seen, some."""
    x0, y0, x1, y1 = np.rint(box).astype(int)
    chest = image[y1 + (y1 - y0) // 2 : y1 + (y1 - y0), max(x0, 0) : x1 + 1]
    face = float(np.median(image[max(y0, 0) : y1 + 1, max(x0, 0) : x1 + 1]))
    seen = float(np.median(chest)) if chest.size else face
    cloth = min(seen, face - 1.0) if draw.random() < 0.85 else face - draw.uniform(2, 9)
    return cloth + draw.normal(0, 0.3)

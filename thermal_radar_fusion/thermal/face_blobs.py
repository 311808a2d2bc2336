"""Faces without weights: what is as warm as skin, is not too long, and stands on something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.thermal.faces import DetectedFace
from thermal_radar_fusion.thermal.thermal_image import ThermalImage

Mask = NDArray[np.bool_]

# Skin of a face [°C], and how much warmer than the image's median it is at least [K].
SKIN = (30.5, 41.0)
WARMER = 3.0
# A face is as high as it is broad times these; what is longer has a neck, which is cut off.
LEAST_RATIO, RATIO = 0.8, 1.35
# Share of the box that skin fills.
FILLED = 0.55


@dataclass(frozen=True)
class BlobDetector:
    """Warm blobs in the shape of a face; the classical fallback.

    Attributes:
        smallest: least height of a face [pixels].
    """

    smallest: float = 6.0

    def detect(self, image: ThermalImage) -> list[DetectedFace]:
        """Return the faces of one image, the surest first."""
        import cv2

        skin = _skin(image)
        _, _, stats, _ = cv2.connectedComponentsWithStats(skin.astype(np.uint8), connectivity=4)
        faces = [_face(skin, row) for row in stats[1:].tolist()]
        found = [f for f in faces if f is not None and f.height >= self.smallest]
        return sorted(found, key=lambda face: -face.score)


def _skin(image: ThermalImage) -> Mask:
    """Return which pixels are as warm as skin; of grey levels, what is warmer than clothes."""
    values = image.values
    if image.radiometric:
        low = max(SKIN[0], float(np.median(values)) + WARMER)
        return (values > low) & (values < SKIN[1])
    low, high = np.percentile(values, (1, 99.8))
    grey = np.clip((values - low) / max(high - low, 1e-6) * 255, 0, 255).astype(np.uint8)
    people = grey[grey > _otsu(grey)]
    return grey > (_otsu(people) if people.size else 255)


def _otsu(grey: NDArray[np.uint8]) -> float:
    """Return the level that splits grey levels best into two kinds (Otsu 1979)."""
    import cv2

    level, _ = cv2.threshold(grey.reshape(1, -1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return level


def _face(skin: Mask, stats: list[int]) -> DetectedFace | None:
    """Return the face that a blob (left, top, width, height, area) is, or None."""
    left, top, width, height, _ = stats
    if height < LEAST_RATIO * width:
        return None
    kept = min(height, round(RATIO * width))
    filled = float(skin[top : top + kept, left : left + width].mean())
    if filled < FILLED:
        return None
    box = (float(left), float(top), float(left + width - 1), float(top + kept - 1))
    return DetectedFace(box, round(min(filled, 1.0), 3))

"""Thermal images with the tracked faces drawn in, for people to look at."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.thermal.faces import FaceStatus, FaceTrack, TrackedFaces
from thermal_radar_fusion.thermal.thermal_image import ThermalImage

Pixels = NDArray[np.uint8]
Color = tuple[int, int, int]

# The coldest and the warmest hundredth of the pixels may be cut off.
SHOWN = (1.0, 99.7)
# Colours from cold to warm, red, green, blue.
STOPS = np.array([(8, 8, 24), (80, 20, 110), (190, 50, 80), (250, 140, 20), (255, 250, 210)])
FOUND: Color = (60, 255, 120)
PREDICTED: Color = (150, 170, 160)


def overlay(image: ThermalImage, tracked: TrackedFaces) -> Pixels:
    """Return an image (H, W, 3) of red, green, blue with a box and a reading for every face.

    The readings are those of this image: raw, not corrected for distance.
    """
    picture = colored(image.values)
    for face in tracked.faces:
        _draw(picture, face)
    return picture


def colored(values: NDArray[np.float32]) -> Pixels:
    """Return values (H, W) as colours (H, W, 3) from cold to warm."""
    low, high = np.percentile(values, SHOWN)
    share = np.clip((values - low) / max(float(high - low), 1e-6), 0, 1)
    return _palette()[(share * 255).astype(np.uint8)]


def _palette() -> Pixels:
    """Return 256 colours (256, 3)."""
    places = np.linspace(0, 255, len(STOPS))
    return np.column_stack([np.interp(np.arange(256), places, c) for c in STOPS.T]).astype(
        np.uint8
    )


def _draw(picture: Pixels, face: FaceTrack) -> None:
    """Draw one face's box, and above it its number and reading."""
    # Here, because its import takes long, and a node without listeners never draws.
    import cv2

    color = FOUND if face.status == FaceStatus.CONFIRMED else PREDICTED
    # Drawing tells corners that lie far outside of the image from any others just as well.
    x0, y0, x1, y1 = (round(min(max(edge, -1e4), 1e4)) for edge in face.box)
    cv2.rectangle(picture, (x0, y0), (x1, y1), color, 1, cv2.LINE_AA)
    place = (max(x0, 2), max(y0 - 5, 12))
    cv2.putText(picture, label(face), place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, color, 1, cv2.LINE_AA)


def label(face: FaceTrack) -> str:
    """Return what is written beside a face: number, reading and coarse distance."""
    # The font of OpenCV has no degree sign.
    reading = f' {face.temperature:.1f} C' if math.isfinite(face.temperature) else ''
    return f'{face.track_id}{reading} {face.distance:.1f} m'

"""Faces by our network: a map of centres, and the four sides of the box at each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.onnx_model import ModelError, OnnxModel
from thermal_radar_fusion.thermal.boxes import surest
from thermal_radar_fusion.thermal.face_picture import face_picture
from thermal_radar_fusion.thermal.faces import DetectedFace
from thermal_radar_fusion.thermal.thermal_image import ThermalImage

Array = NDArray[np.float64]
Maps = NDArray[np.float32]

# Pixels of the picture to a cell of the maps, and what the network takes and gives.
STRIDE = 4
CHANNELS, MAPS = 2, 5
# The warmest skin of a face reads between these [°C], a camera's errors and winter included.
COLDEST, HOTTEST = 18.0, 46.0
WARMEST = 90
# Boxes that people draw reach about a tenth of the face below the chin; the network learns where
# the chin is.
CHIN_ROOM = 0.1


@dataclass(frozen=True)
class HeatmapDetector:
    """Our network and what it may report.

    Attributes:
        model: from `trf train face-detector`.
        threshold: least score.
        overlap: greatest intersection over union of two faces.
        smallest: least height [pixels].
    """

    model: OnnxModel
    threshold: float
    overlap: float
    smallest: float

    def __post_init__(self) -> None:
        outputs = self.model.outputs[0] if len(self.model.outputs) == 1 else ()
        fits = len(self.model.inputs) == 4 and len(outputs) == 4
        if not fits or self.model.inputs[1] != CHANNELS or outputs[1] != MAPS:
            raise ModelError(
                f'{self.model.path}: takes {self.model.inputs} and gives {self.model.outputs}, '
                f'not {CHANNELS} pictures and {MAPS} maps as the face network does'
            )

    def detect(self, image: ThermalImage) -> list[DetectedFace]:
        """Return the faces of one image, the surest first."""
        picture = face_picture(image.values)
        (maps,) = self.model.run(picture.channels[None])
        boxes, scores = decoded(maps[0], self.threshold)
        boxes = picture.to_image(boxes)
        boxes[:, 3] += CHIN_ROOM * (boxes[:, 3] - boxes[:, 1])
        boxes = _within(boxes, image.shape)
        kept = surest(boxes, scores, self.overlap)
        sure = [round(float(score), 4) for score in scores]
        faces = [DetectedFace(tuple(boxes[k].tolist()), sure[k], CHIN_ROOM) for k in kept]
        return [face for face in faces if self._is_face(face, image)]

    def _is_face(self, face: DetectedFace, image: ThermalImage) -> bool:
        """Tell whether a box is large enough and, where that is known, as warm as a face."""
        if face.height < self.smallest:
            return False
        if not image.radiometric:
            return True
        x0, y0, x1, y1 = np.rint(face.box).astype(int)
        warmest = np.percentile(image.values[y0 : y1 + 1, x0 : x1 + 1], WARMEST)
        return bool(COLDEST <= warmest <= HOTTEST)


def decoded(maps: Maps, threshold: float) -> tuple[Array, Array]:
    """Return boxes (N, 4) [pixels of the picture] and scores (N,) at the peaks of maps (5, h, w).

    The sides are means over a peak and those of its neighbours that are at least half as likely
    a centre, weighted by that.
    """
    import cv2

    logits = maps[0]
    peaks = (cv2.dilate(logits, np.ones((3, 3), np.uint8)) == logits) & (
        logits > np.log(threshold / max(1 - threshold, 1e-9)) if threshold > 0 else True
    )
    rows, columns = np.nonzero(peaks)
    near_rows = np.clip(rows[:, None] + np.repeat([-1, 0, 1], 3), 0, logits.shape[0] - 1)
    near_columns = np.clip(columns[:, None] + np.tile([-1, 0, 1], 3), 0, logits.shape[1] - 1)
    likely = 1 / (1 + np.exp(-logits[near_rows, near_columns].astype(float)))
    boxes = _boxes(maps[1:, near_rows, near_columns], near_rows, near_columns)
    weights = np.where(likely < likely[:, 4:5] / 2, 0.0, likely)
    weights /= weights.sum(axis=1, keepdims=True)
    return (weights[..., None] * boxes).sum(axis=1), likely[:, 4]


def _boxes(logarithms: Maps, rows: NDArray, columns: NDArray) -> Array:
    """Return the boxes (..., 4) that cells at rows and columns (...) tell of by sides (4, ...)."""
    left, top, right, bottom = STRIDE * np.exp(np.clip(logarithms.astype(float), -4, 5))
    x, y = columns * STRIDE + (STRIDE - 1) / 2, rows * STRIDE + (STRIDE - 1) / 2
    return np.stack([x - left, y - top, x + right, y + bottom], axis=-1)


def _within(boxes: Array, shape: tuple[int, int]) -> Array:
    """Return boxes cut at the border of an image of shape (height, width)."""
    height, width = shape
    return np.clip(boxes, 0, [width - 1, height - 1, width - 1, height - 1])

"""Faces by a user's own network, with boxes as the YOLO family gives them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.onnx_model import ModelError, OnnxModel
from thermal_radar_fusion.thermal.boxes import surest
from thermal_radar_fusion.thermal.faces import DetectedFace
from thermal_radar_fusion.thermal.thermal_image import ThermalImage

Array = NDArray[np.float64]
Image = NDArray[np.float32]

# Size of the input where the network leaves it open, and the grey of what an image does not fill.
SIZE, GREY = 640, 114 / 255
# Rows of (x0, y0, x1, y1, score, class) come in at most this number.
CORNER_ROWS = 1000
# Percentiles of the image that become black and white.
BLACK, WHITE = 0.5, 99.5


@dataclass(frozen=True)
class YoloDetector:
    """A network that takes (1, 1 or 3, H, W) from 0 to 1 and gives rows of boxes.

    Attributes:
        model: the network.
        layout: of the rows: yolov5 (centre, size, objectness, classes), yolov8 (the same without
            objectness, across), corners (corners, score, class), or auto: by their shape. Class
            0 is the face.
        threshold: least score.
        overlap: greatest intersection over union of two faces.
        smallest: least height [pixels].
    """

    model: OnnxModel
    layout: str
    threshold: float
    overlap: float
    smallest: float

    def __post_init__(self) -> None:
        shape = self.model.inputs
        if len(shape) != 4 or (isinstance(shape[1], int) and shape[1] not in (1, 3)):
            raise ModelError(
                f'{self.model.path}: takes {shape}, not (1, 1 or 3, height, width) as YOLO does'
            )

    def detect(self, image: ThermalImage) -> list[DetectedFace]:
        """Return the faces of one image, the surest first.

        Raises:
            ModelError: the network's output is no list of boxes.
        """
        canvas, factor = self._letterbox(image.values)
        rows = self._rows(self.model.run(canvas)[0])
        boxes, scores = rows[:, :4], rows[:, 4]
        boxes = np.clip((boxes + 0.5) / factor - 0.5, 0, np.tile(image.shape[::-1], 2) - 1)
        sure = scores >= self.threshold
        boxes, scores = boxes[sure], scores[sure]
        faces = [
            DetectedFace(tuple(boxes[k].tolist()), float(np.clip(scores[k], 0, 1)))
            for k in surest(boxes, scores, self.overlap)
        ]
        return [face for face in faces if face.height >= self.smallest]

    def _letterbox(self, values: Image) -> tuple[Image, float]:
        """Return the input (1, C, H, W), and by how much the image was scaled into it."""
        import cv2

        channels, height, width = (
            size if isinstance(size, int) else fallback
            for size, fallback in zip(self.model.inputs[1:], (3, SIZE, SIZE), strict=True)
        )
        low, high = np.percentile(values[::2, ::2], (BLACK, WHITE))
        grey = np.clip((values - low) / max(high - low, 1e-6), 0, 1).astype(np.float32)
        factor = min(height / values.shape[0], width / values.shape[1])
        size = (max(int(values.shape[1] * factor), 1), max(int(values.shape[0] * factor), 1))
        canvas = np.full((height, width), GREY, np.float32)
        canvas[: size[1], : size[0]] = cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR)
        return np.repeat(canvas[None, None], channels, axis=1), factor

    def _rows(self, output: NDArray) -> Array:
        """Return rows (N, 5) of corners and score from what the network gave."""
        layout = self._layout(output)
        table = output[0].astype(float)
        if layout == 'corners':
            return table[table[:, 5] == 0, :5]
        if layout == 'yolov8':
            table = table.T
            scores = table[:, 4]
        else:
            scores = table[:, 4] * (table[:, 5] if table.shape[1] > 5 else 1)
        half = table[:, 2:4] / 2
        return np.column_stack([table[:, :2] - half, table[:, :2] + half, scores])

    def _layout(self, output: NDArray) -> str:
        """Return how the output is laid out; by its shape where nobody says.

        Raises:
            ModelError: it is no list of boxes, or not of the layout asked for.
        """
        if output.ndim != 3 or len(output) != 1 or min(output.shape[1:]) < 5:
            raise self._wrong(output)
        across = output.shape[1] < output.shape[2]
        corners = output.shape[2] == 6 and output.shape[1] <= CORNER_ROWS
        guess = 'corners' if corners else 'yolov8' if across else 'yolov5'
        chosen = guess if self.layout == 'auto' else self.layout
        fits = output.shape[2] == 6 if chosen == 'corners' else (chosen == 'yolov8') == across
        if not fits:
            raise self._wrong(output)
        return chosen

    def _wrong(self, output: NDArray) -> ModelError:
        return ModelError(
            f'{self.model.path}: gives {output.shape}, which is no list of boxes of layout '
            f'{self.layout}'
        )

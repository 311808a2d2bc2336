"""Find faces in thermal images: our network, blobs without weights, or a user's network."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from thermal_radar_fusion.onnx_model import ModelError as DetectorError
from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter
from thermal_radar_fusion.resources import resource
from thermal_radar_fusion.thermal.faces import DetectedFace, FaceDetector
from thermal_radar_fusion.thermal.thermal_image import ThermalImage

__all__ = ('DetectorError', 'FaceDetectorParameters', 'face_detector')

# The network that comes with the package (docs in models/face_detector.md).
SHIPPED = 'models/face_detector.onnx'
ROTATIONS = (0, 90, 180, 270)
LAYOUTS = ('auto', 'yolov5', 'yolov8', 'corners')


@dataclass(frozen=True)
class FaceDetectorParameters(Parameters):
    """Which detector, and what it may report."""

    method: str = parameter(
        'network',
        'network: our centre heatmap; blobs: warm blobs, needs no weights; '
        'yolo: an ONNX file of yours with YOLO-style boxes',
        choices=('network', 'blobs', 'yolo'),
    )
    weights: str = parameter('', 'ONNX file; empty: the one that is shipped (network only)')
    layout: str = parameter('auto', 'of the boxes that method yolo reads', choices=LAYOUTS)
    threshold: float = parameter(0.38, 'least score of a face', low=0, high=1)
    overlap: float = parameter(
        0.45, 'greatest intersection over union of two faces', low=0, high=1
    )
    smallest: float = parameter(6.0, 'least height of a face', unit='pixels', low=1, high=1000)
    rotation: int = parameter(
        0, 'by which images must be turned clockwise for heads to be up: 0, 90, 180, 270', unit='°'
    )

    def check(self) -> None:
        """Refuse other angles, and a user's network without its file."""
        if self.rotation not in ROTATIONS:
            raise ParameterError(f'rotation must be 0, 90, 180 or 270, got {self.rotation}')
        if self.method == 'yolo' and not self.weights:
            raise ParameterError('weights must name an ONNX file for method yolo')


def face_detector(parameters: FaceDetectorParameters) -> FaceDetector:
    """Return the detector that the parameters ask for.

    Raises:
        DetectorError: its weights are missing, cannot be read, or have another shape.
        ResourceError: the network that is shipped is not installed.
    """
    detector = _upright_detector(parameters)
    return detector if not parameters.rotation else _Turned(detector, parameters.rotation)


def _upright_detector(parameters: FaceDetectorParameters) -> FaceDetector:
    reported = (parameters.threshold, parameters.overlap, parameters.smallest)
    if parameters.method == 'blobs':
        from thermal_radar_fusion.thermal.face_blobs import BlobDetector

        return BlobDetector(parameters.smallest)
    from thermal_radar_fusion.onnx_model import OnnxModel

    if parameters.method == 'yolo':
        from thermal_radar_fusion.thermal.yolo_boxes import YoloDetector

        return YoloDetector(OnnxModel(Path(parameters.weights)), parameters.layout, *reported)
    from thermal_radar_fusion.thermal.face_heatmap import HeatmapDetector

    weights = Path(parameters.weights) if parameters.weights else resource(SHIPPED)
    return HeatmapDetector(OnnxModel(weights), *reported)


@dataclass(frozen=True)
class _Turned:
    """A detector behind a camera that is mounted on its side or upside down."""

    detector: FaceDetector
    rotation: int

    def detect(self, image: ThermalImage) -> list[DetectedFace]:
        turns = self.rotation // 90
        upright = replace(image, values=np.ascontiguousarray(np.rot90(image.values, -turns)))
        faces = self.detector.detect(upright)
        return [replace(face, box=turned_back(face.box, turns, image.shape)) for face in faces]


def turned_back(
    box: tuple[float, float, float, float], turns: int, shape: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Return a box of the image turned clockwise in that image as it was.

    Args:
        box: x0, y0, x1, y1 [pixels] in the turned image.
        turns: quarters by which it was turned clockwise.
        shape: height and width of the image before.
    """
    angle = -turns * math.pi / 2
    cosine, sine = round(math.cos(angle)), round(math.sin(angle))
    height, width = shape
    middle = np.array([width - 1, height - 1]) / 2
    turned_middle = middle if turns % 2 == 0 else middle[::-1]
    corners = np.array(box).reshape(2, 2) - turned_middle
    back = corners @ np.array([[cosine, sine], [-sine, cosine]]) + middle
    return (*back.min(axis=0).tolist(), *back.max(axis=0).tolist())

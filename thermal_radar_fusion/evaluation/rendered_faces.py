"""The face network on rendered scenes that it was not trained on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from thermal_radar_fusion.datasets.face_boxes import BoxedImage
from thermal_radar_fusion.evaluation.faces import DetectedImage, FaceScore, score_faces
from thermal_radar_fusion.thermal.face_region import Orientation
from thermal_radar_fusion.thermal.faces import FaceDetector
from thermal_radar_fusion.thermal.thermal_image import ThermalImage
from thermal_radar_fusion.training.camera_effects import as_delivered, drawn_resolution
from thermal_radar_fusion.training.face_samples import faces_to_find
from thermal_radar_fusion.training.thermogram_cache import RenderedScenes, Truth


def score_rendered(
    scenes: RenderedScenes, detector: FaceDetector, threshold: float, seed: int
) -> FaceScore:
    """Score a detector on scenes as cameras drawn from a seed deliver them."""
    draw = np.random.default_rng(seed)
    detected = []
    for celsius, truth in zip(scenes.celsius, scenes.truth, strict=True):
        resolution = drawn_resolution(draw)
        values = as_delivered(celsius.astype(np.float32), resolution, draw)
        # The truth ends at the chin.
        found = [
            replace(face, box=Orientation().down_to_chin(face.box, face.chin_room))
            for face in detector.detect(ThermalImage(0.0, values, radiometric=False))
        ]
        detected.append(DetectedImage(_boxed(truth, resolution), found, float('nan')))
    return score_faces(detected, threshold)


def _boxed(truth: Truth, resolution: float) -> BoxedImage:
    """Return the faces that must be found, and those that need not be."""
    boxes = truth.boxes.astype(float)
    must, may = faces_to_find(truth, boxes[:, 3] - boxes[:, 1], resolution)
    return BoxedImage(Path(), boxes[must], boxes[may & ~must])

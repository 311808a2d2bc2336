"""How well a detector finds the faces that somebody has boxed by hand."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.face_boxes import BoxedImage
from thermal_radar_fusion.datasets.thermal_files import read_thermal_file
from thermal_radar_fusion.evaluation.tracking import EvaluationError
from thermal_radar_fusion.thermal.boxes import overlaps
from thermal_radar_fusion.thermal.faces import DetectedFace, FaceDetector
from thermal_radar_fusion.thermal.radiometry import Radiometry

Array = NDArray[np.float64]

# A detection of which this share lies in an ignored box is neither right nor wrong.
IGNORED = 0.5


@dataclass(frozen=True)
class DetectedImage:
    """One image, what is in it, and what was found.

    Attributes:
        truth: the image and its boxes.
        found: faces, the surest first.
        milliseconds: that finding them took.
    """

    truth: BoxedImage
    found: list[DetectedFace]
    milliseconds: float


@dataclass(frozen=True)
class FaceScore:
    """How well faces were found.

    Attributes:
        images, faces: how many there are; ignored boxes do not count.
        recall_iou50, recall_iou30: share of faces with a detection of their own that overlaps by
            that intersection over union or more.
        false_positives_per_image: detections that are no face at 0.5, per image.
        false_positives_per_image_iou30: the same at 0.3: what is nowhere near a face.
        average_precision_iou50: area under precision over recall, for all scores reported.
        mean_iou: of the faces found at 0.5.
        ms_per_image: median time of one image, from pixels to boxes.
    """

    images: int
    faces: int
    recall_iou50: float
    recall_iou30: float
    false_positives_per_image: float
    false_positives_per_image_iou30: float
    average_precision_iou50: float
    mean_iou: float
    ms_per_image: float

    def as_json(self) -> dict[str, Any]:
        """Return the figures by name."""
        return asdict(self)


def detected_images(
    images: Iterable[BoxedImage], detector: FaceDetector, radiometry: Radiometry | None
) -> list[DetectedImage]:
    """Read images and detect faces in each; see `read_thermal_file` for the radiometry.

    Each image is searched twice and the second time counts: a camera's images are all of one size,
    for which the first one prepares the network.
    """
    detected = []
    for image in images:
        values = read_thermal_file(image.path, radiometry)
        detector.detect(values)
        start = time.perf_counter()
        found = detector.detect(values)
        detected.append(DetectedImage(image, found, 1e3 * (time.perf_counter() - start)))
    return detected


def score_faces(detected: Sequence[DetectedImage], threshold: float) -> FaceScore:
    """Score what was found with at least a score of `threshold`; the precision counts all.

    Raises:
        EvaluationError: there are no faces to be found.
    """
    faces = sum(len(image.truth.boxes) for image in detected)
    if not faces:
        raise EvaluationError('the images have no boxed faces')
    sure = [[face for face in image.found if face.score >= threshold] for image in detected]
    strict, loose = (
        [matched(image.truth, found, least) for image, found in zip(detected, sure, strict=True)]
        for least in (0.5, 0.3)
    )
    hits = np.concatenate([match[~np.isnan(match)] for match in strict])
    near = np.concatenate([match[~np.isnan(match)] for match in loose])
    return FaceScore(
        images=len(detected),
        faces=faces,
        recall_iou50=float((hits > 0).sum() / faces),
        recall_iou30=float((near > 0).sum() / faces),
        false_positives_per_image=float((hits == 0).sum() / len(detected)),
        false_positives_per_image_iou30=float((near == 0).sum() / len(detected)),
        average_precision_iou50=_average_precision(detected, faces),
        mean_iou=float(hits[hits > 0].mean()) if (hits > 0).any() else float('nan'),
        ms_per_image=float(np.median([image.milliseconds for image in detected])),
    )


def matched(truth: BoxedImage, found: Sequence[DetectedFace], least: float) -> Array:
    """Return (N,) how much each detection overlaps the face it is: 0 if none, NaN if ignored.

    The surest detection chooses first; a face is found once (PASCAL VOC).
    """
    shared = overlaps([face.box for face in found], truth.boxes)
    result = np.zeros(len(found))
    free = np.ones(len(truth.boxes), bool)
    for k, row in enumerate(shared):
        candidates = np.where(free, row, 0.0)
        if candidates.size and candidates.max() >= least:
            result[k] = candidates.max()
            free[candidates.argmax()] = False
        elif _is_ignored(found[k], truth.ignored):
            result[k] = np.nan
    return result


def _is_ignored(face: DetectedFace, ignored: Array) -> bool:
    """Tell whether a detection lies in a box that may be found or not."""
    if not len(ignored):
        return False
    box = np.array(face.box)
    sides = np.minimum(box[2:], ignored[:, 2:]) - np.maximum(box[:2], ignored[:, :2])
    inside = np.prod(np.maximum(sides, 0), axis=1) / max(np.prod(box[2:] - box[:2]), 1e-12)
    return bool(inside.max() >= IGNORED)


def _average_precision(detected: Sequence[DetectedImage], faces: int) -> float:
    """Return the area under the precision that is reached at each recall or a higher one."""
    matches = np.concatenate([matched(image.truth, image.found, 0.5) for image in detected])
    scores = np.array([face.score for image in detected for face in image.found])
    counted = ~np.isnan(matches)
    order = np.argsort(-scores[counted], kind='stable')
    right = (matches[counted][order] > 0).astype(float)
    if not len(right):
        return 0.0
    precision = right.cumsum() / np.arange(1, len(right) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float((envelope * right).sum() / faces)

"""Faces found by somebody who knows the truth but errs like a detector: nothing is rendered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.camera_model import Intrinsics
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.simulation.face_boxes import FaceBox
from thermal_radar_fusion.thermal.faces import DetectedFace
from thermal_radar_fusion.thermal.thermal_image import ThermalImage

Array = NDArray[np.float64]

# Heights of false faces [pixels], and width over height of every face that is made up.
FALSE_HEIGHTS = (15.0, 80.0)
ASPECT = 0.8


@dataclass(frozen=True)
class DetectorErrors(Parameters):
    """How a detector errs."""

    place: float = parameter(0.05, 'of the centre, in heights of the face, 1 sigma', low=0, high=1)
    size: float = parameter(0.06, 'of the width and of the height, 1 sigma', low=0, high=1)
    missed: float = parameter(0.08, 'share of the faces that are not found', low=0, high=1)
    visible: float = parameter(0.4, 'least share of a face that is found', low=0, high=1)
    facing: float = parameter(0.1, 'least cosine to the camera that is found', low=-1, high=1)
    false_rate: float = parameter(0.02, 'false faces in an image', low=0, high=10)
    hot_objects: float = parameter(
        0.3, 'share of the rooms with an object that is taken for a face', low=0, high=1
    )
    hot_share: float = parameter(0.7, 'of the images in which it is', low=0, high=1)


class TrueBoxDetector:
    """A `FaceDetector` that is told what there is to be found.

    Args:
        intrinsics: of the camera.
        generator: draws the errors.
    """

    def __init__(
        self,
        intrinsics: Intrinsics,
        generator: np.random.Generator,
        errors: DetectorErrors | None = None,
    ) -> None:
        self._errors = errors or DetectorErrors()
        self._draw = generator
        self._size = intrinsics.width, intrinsics.height
        self._object = None
        if generator.uniform() < self._errors.hot_objects:
            self._object = self._made_up()
        self.truth: Sequence[FaceBox] = ()

    def detect(self, image: ThermalImage) -> list[DetectedFace]:
        """Return faces of `truth`, which is to be set for every image, and false ones."""
        return [self._with_error(box) for box in self._found()]

    def _found(self) -> Iterator[Array]:
        """Yield the boxes (4,) that are found, without errors."""
        errors = self._errors
        for face in self.truth:
            clear = face.visible >= errors.visible and face.facing >= errors.facing
            if clear and self._draw.uniform() >= errors.missed:
                yield np.array(face.box)
        if self._object is not None and self._draw.uniform() < errors.hot_share:
            yield self._object
        for _ in range(self._draw.poisson(errors.false_rate)):
            yield self._made_up()

    def _made_up(self) -> Array:
        """Return a box (4,) somewhere in the image."""
        x, y = self._draw.uniform((0, 0), self._size)
        high = self._draw.uniform(*FALSE_HEIGHTS) / 2
        return np.array([x - ASPECT * high, y - high, x + ASPECT * high, y + high])

    def _with_error(self, box: Array) -> DetectedFace:
        low, high = box[:2], box[2:]
        height = high[1] - low[1]
        middle = (low + high) / 2 + self._draw.normal(0, self._errors.place * height, 2)
        half = (high - low) / 2 * np.exp(self._draw.normal(0, self._errors.size, 2))
        return DetectedFace((*(middle - half).tolist(), *(middle + half).tolist()), 0.9)

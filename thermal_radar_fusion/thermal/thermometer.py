"""How warm a face is in one image: its hottest skin, measured against a reference body.

A screening aid, not a medical device.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.thermal.face_region import FaceRegion, Orientation, crop, oval, skin
from thermal_radar_fusion.thermal.reference_body import ReferenceBody, ReferenceParameters
from thermal_radar_fusion.thermal.temperature import Reading, TemperatureCorrection
from thermal_radar_fusion.thermal.thermal_image import ThermalImage

Box = tuple[float, float, float, float]

FRONTAL = 0.6
"""Cosine to the camera from which the hottest part of a face is seen."""

FEWEST_PIXELS = 10
"""A face with fewer pixels is not measured."""


@dataclass(frozen=True)
class TemperatureParameters(Parameters):
    """How faces are measured."""

    method: str = parameter(
        'region',
        "a high percentile of the face's oval, or milliTRACE-IR's maximum of the box",
        choices=('region', 'maximum'),
    )
    region: FaceRegion = parameter(FaceRegion(), 'method region: which pixels are face')
    percentile: float = parameter(
        99.9, 'method region: of the smoothed pixels of the face', unit='%', low=50.0, high=100.0
    )
    noise: float = parameter(
        0.05, 'temporal noise of a pixel (NETD), 1 sigma', unit='K', low=0.0, high=5.0
    )
    pose_std: float = parameter(
        0.12,
        'error of the reading of a face seen from the front, 1 sigma',
        unit='K',
        low=0.01,
        high=10.0,
    )
    frontal_aspect: float = parameter(
        0.69, 'width over height of a box from the front; narrower faces are turned', low=0, high=3
    )
    turned_error: float = parameter(
        6.0,
        'what a turned face is off by, per unit of width over height',
        unit='K',
        low=0,
        high=99,
    )
    aside_error: float = parameter(
        1.4,
        'what somebody who walks aside or away is off by, per cosine',
        unit='K',
        low=0,
        high=99,
    )
    reference: ReferenceParameters = parameter(ReferenceParameters(), 'a body in view')
    correction: TemperatureCorrection = parameter(
        TemperatureCorrection(), 'of readings for distance: trf calibrate temperature'
    )


class Thermometer:
    """Measures faces in the images of one camera."""

    def __init__(
        self,
        parameters: TemperatureParameters | None = None,
        orientation: Orientation | None = None,
    ) -> None:
        """Measure upright faces, or those of a camera that is mounted on its side."""
        self.parameters = parameters or TemperatureParameters()
        self._orientation = orientation or Orientation()
        self._reference = ReferenceBody(self.parameters.reference, self.parameters.noise)

    def reset(self) -> None:
        """Forget where the reference body was."""
        self._reference.reset()

    def read(
        self, image: ThermalImage, boxes: Sequence[Box], facing: Sequence[float] | None = None
    ) -> list[Reading]:
        """Return the temperature of each box's face; grey images are not measured.

        Readings are relative to the reference body where there is one, and nothing while it was
        hidden for too long. They are not corrected for distance. What lies in the box of a larger
        face, which is nearer, is left out.

        Args:
            image: one frame.
            boxes: x0, y0, x1, y1 [px] of the faces.
            facing: for each the cosine between where it looks and the camera, 1 if not known.
        """
        if not image.radiometric:
            return [Reading() for _ in boxes]
        error = self._reference.error(image.stamp, image.values)
        readings = [self._face(image, k, boxes, error) for k in range(len(boxes))]
        if facing is None:
            return readings
        return [self._doubted(*pair) for pair in zip(readings, facing, strict=True)]

    def _doubted(self, reading: Reading, facing: float) -> Reading:
        """Return a reading with what it is in doubt because the face looks aside."""
        aside = max(FRONTAL - facing, 0.0) * self.parameters.aside_error
        return Reading(reading.temperature, math.hypot(reading.std, aside))

    def _face(self, image: ThermalImage, k: int, boxes: Sequence[Box], error: Reading) -> Reading:
        """Return the reading of one of several faces."""
        box = boxes[k]
        window = crop(image.values, box)
        if self.parameters.method == 'maximum':
            pixels = window.values.ravel()
        else:
            nearer = [other for other in boxes if _size(other) > _size(box)]
            face = oval(window, box, nearer, self._orientation, self.parameters.region)
            pixels = skin(window.values, face, self.parameters.region)
        if pixels.size < FEWEST_PIXELS:
            return Reading()
        share = 100.0 if self.parameters.method == 'maximum' else self.parameters.percentile
        hottest = float(np.percentile(pixels, share)) - error.temperature
        return Reading(hottest, math.hypot(self._std(box), error.std))

    def _std(self, box: Box) -> float:
        """Return the standard deviation [K] of a reading: a turned face hides its hottest part."""
        height, width = self._orientation.extents(box)
        turned = max(self.parameters.frontal_aspect - width / height, 0.0)
        return self.parameters.pose_std + self.parameters.turned_error * turned


def _size(box: Box) -> float:
    """Return the area of a box [px^2]."""
    return (box[2] - box[0]) * (box[3] - box[1])

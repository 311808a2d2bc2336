"""What a driver publishes of a thermal camera in, tracked faces out: radiometry to face tracks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.resources import ResourceError
from thermal_radar_fusion.thermal.distance_model import DistanceModel
from thermal_radar_fusion.thermal.face_detector import (
    DetectorError,
    FaceDetectorParameters,
    face_detector,
)
from thermal_radar_fusion.thermal.face_tracker import FaceTracker, FaceTrackerParameters
from thermal_radar_fusion.thermal.faces import FaceDetector, TrackedFaces
from thermal_radar_fusion.thermal.radiometry import Radiometry, thermal_image
from thermal_radar_fusion.thermal.thermal_image import ThermalImage
from thermal_radar_fusion.thermal.thermometer import TemperatureParameters

Tell = Callable[[str], None]

# How sensor_msgs/Image calls pixels of these types.
ENCODINGS = {'uint8': 'mono8', 'uint16': 'mono16', 'float32': '32FC1'}

NOT_MEASURED = 'the images are no temperatures (8 bits, or preset grey): faces are not measured'


@dataclass(frozen=True)
class ImageTrackerParameters(Parameters):
    """Everything that can be set of one thermal camera's way from images to faces."""

    radiometry: Radiometry = parameter(Radiometry(), 'what the counts mean')
    detector: FaceDetectorParameters = parameter(FaceDetectorParameters(), 'finds faces')
    tracking: FaceTrackerParameters = parameter(FaceTrackerParameters(), 'follows faces')
    temperature: TemperatureParameters = parameter(TemperatureParameters(), 'measures faces')
    distance_model: str = parameter(
        'focal_length',
        'fitted: tracking.distance as it is; focal_length: of an ideal camera with the focal'
        ' length that camera_info says',
        choices=('focal_length', 'fitted'),
    )


class ImageTracker:
    """Reads, searches and follows the images of one thermal camera.

    Args:
        parameters: None for the defaults.
        tell: called with one line about what goes on without something: weights, temperatures.
    """

    def __init__(
        self, parameters: ImageTrackerParameters | None = None, tell: Tell = lambda text: None
    ) -> None:
        self.parameters = parameters or ImageTrackerParameters()
        self._tell = tell
        self._told = False
        self._tracker = FaceTracker(
            self.parameters.tracking,
            _detector(self.parameters.detector, tell),
            self.parameters.temperature,
            self.parameters.detector.rotation,
        )

    def reset(self) -> None:
        """Forget every face; ids go on counting."""
        self._tracker.reset()

    def set_focal_length(self, pixels: float) -> None:
        """Take the focal length of the camera, unless its distance model was fitted."""
        if self.parameters.distance_model == 'focal_length':
            model = DistanceModel.pinhole(pixels)
            self._tracker.parameters = self._tracker.parameters.replace(distance=model)

    def update(self, stamp: float, pixels: NDArray) -> tuple[ThermalImage, TrackedFaces]:
        """Follow the faces through one image.

        Args:
            stamp: seconds.
            pixels: (H, W) uint8, uint16 or float32 as the driver publishes them.

        Returns:
            The image in °C, or in grey levels that are not measured, and its faces.

        Raises:
            RadiometryError: the image cannot be what the radiometry says.
        """
        encoding = ENCODINGS[np.dtype(pixels.dtype).name]
        image = thermal_image(stamp, pixels, encoding, self.parameters.radiometry)
        if not image.radiometric and not self._told:
            self._told = True
            self._tell(NOT_MEASURED)
        return image, self._tracker.update(image)


def _detector(parameters: FaceDetectorParameters, tell: Tell) -> FaceDetector:
    """Return the detector that is asked for, or the one that needs no weights."""
    try:
        return face_detector(parameters)
    except (DetectorError, ResourceError) as error:
        tell(f'{error}; faces are found as warm blobs instead')
        return face_detector(parameters.replace(method='blobs', weights=''))

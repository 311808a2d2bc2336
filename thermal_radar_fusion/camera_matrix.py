"""A camera matrix as a person writes it down, or as camera_info says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from thermal_radar_fusion.camera_model import Intrinsics
from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter

LARGEST = 16384
COEFFICIENTS = 5
MODELS = ('plumb_bob', '')

NO_INFO = 'there is neither camera_info nor intrinsics: faces belong to no radar track'


class CameraInfoError(ValueError):
    """A camera_info says nothing that can be used; the text is one line."""


def _pixels(text: str) -> Any:
    return parameter(0.0, text, unit='px', low=-LARGEST, high=1e6, reconfigurable=False)


def _coefficient(text: str) -> Any:
    return parameter(0.0, text, low=-100, high=100, reconfigurable=False)


def _size(text: str) -> Any:
    return parameter(0, text, unit='px', low=0, high=LARGEST, reconfigurable=False)


@dataclass(frozen=True)
class CameraMatrix(Parameters):
    """Camera matrix and plumb_bob distortion; nothing given: what camera_info says."""

    fx: float = _pixels('focal length; 0: what camera_info says')
    fy: float = _pixels('focal length')
    cx: float = _pixels('principal point')
    cy: float = _pixels('principal point')
    k1: float = _coefficient('distortion, radial')
    k2: float = _coefficient('distortion, radial')
    p1: float = _coefficient('distortion, tangential')
    p2: float = _coefficient('distortion, tangential')
    k3: float = _coefficient('distortion, radial')
    width: int = _size('of the image')
    height: int = _size('of the image')

    def check(self) -> None:
        """Raise ParameterError unless all of a camera is given, or nothing."""
        needed = (self.fx, self.fy, self.width, self.height)
        if any(needed) and not all(value > 0 for value in needed):
            raise ParameterError('fx, fy, width and height must be given together, above 0')

    @property
    def intrinsics(self) -> Intrinsics | None:
        """The camera, None where nothing is given."""
        if not self.fx:
            return None
        distortion = (self.k1, self.k2, self.p1, self.p2, self.k3)
        return Intrinsics(self.fx, self.fy, self.cx, self.cy, distortion, self.width, self.height)


def fitting(intrinsics: Intrinsics, shape: Sequence[int]) -> Intrinsics:
    """Return a camera if it is one of images of a height and width.

    Raises:
        CameraInfoError: it is for images of another size.
    """
    height, width = shape
    if (intrinsics.height, intrinsics.width) != (height, width):
        raise CameraInfoError(
            f'camera_info is for images of {intrinsics.width} x {intrinsics.height},'
            f' these are {width} x {height}: it is not used'
        )
    return intrinsics


def intrinsics_of(info: Any) -> Intrinsics:
    """Return the camera of a sensor_msgs/CameraInfo, rclpy's or of a bag.

    Raises:
        CameraInfoError: the camera was never calibrated, or its lens is of another model.
    """
    fx, cx, fy, cy = (float(info.k[i]) for i in (0, 2, 4, 5))
    if not (fx > 0 and fy > 0):
        raise CameraInfoError(
            'camera_info has no focal length: the camera was never calibrated: it is not used'
        )
    if info.distortion_model not in MODELS:
        raise CameraInfoError(
            f'camera_info has a {info.distortion_model} lens, not plumb_bob: it is not used'
        )
    distortion = tuple(float(value) for value in [*info.d, *[0.0] * COEFFICIENTS][:COEFFICIENTS])
    return Intrinsics(fx, fy, cx, cy, distortion, int(info.width), int(info.height))

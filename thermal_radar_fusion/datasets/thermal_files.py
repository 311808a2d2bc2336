"""Thermal images in files: 16-bit and 8-bit PNG or TIFF, and FLIR's radiometric JPEGs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import DatasetError
from thermal_radar_fusion.thermal.flir_jpeg import is_flir_jpeg, read_flir_jpeg
from thermal_radar_fusion.thermal.radiometry import (
    SCALES,
    Radiometry,
    RadiometryError,
    thermal_image,
)
from thermal_radar_fusion.thermal.thermal_image import ThermalImage

# How files are named that may be thermal images.
SUFFIXES = ('.png', '.tif', '.tiff', '.jpg', '.jpeg', '.bmp', '.pgm')
# The scales that 16-bit files come with, and temperatures that the middle of an image has [°C].
COMMON = ('centikelvin', 'a65_high', 'decikelvin', 'a65_low')
ORDINARY = (-40.0, 150.0)


def read_thermal_file(path: Path, radiometry: Radiometry | None = None) -> ThermalImage:
    """Read one image, at stamp 0.

    Colour images are taken as grey levels: right for grey palettes, a makeshift for others.

    Args:
        path: of the file.
        radiometry: what 16-bit counts mean; by default it is guessed, see `likely_preset`.

    Raises:
        DatasetError: it cannot be read; one line.
    """
    if not path.is_file():
        raise DatasetError(f'{path}: there is no such file')
    try:
        if is_flir_jpeg(path):
            return read_flir_jpeg(path)
        raw = _pixels(path)
        if raw.dtype == np.uint8:
            return thermal_image(0.0, raw, 'mono8', radiometry or Radiometry())
        radiometry = radiometry or Radiometry(preset=likely_preset(raw))
        return thermal_image(0.0, raw, 'mono16', radiometry)
    except RadiometryError as error:
        text = str(error)
        raise DatasetError(text if str(path) in text else f'{path}: {text}') from None


def likely_preset(raw: NDArray[np.uint16]) -> str:
    """Return the common preset that makes counts ordinary temperatures, `grey` if none does.

    The common scales are so far apart that hardly two fit; the finer one is taken.
    """
    middle = float(np.median(raw))
    for name in COMMON:
        scale, offset = SCALES[name]
        if ORDINARY[0] <= middle * scale + offset <= ORDINARY[1]:
            return name
    return 'grey'


def _pixels(path: Path) -> NDArray:
    """Return (height, width) uint8 or uint16 of a file."""
    import cv2

    # OpenCV's own messages about broken files would come on top of ours.
    raw = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    if raw is None or raw.dtype not in (np.uint8, np.uint16):
        raise DatasetError(f'{path}: is no image of 8 or 16 bits')
    if raw.ndim == 2:
        return raw
    colours = raw[..., :3]
    return cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY) if colours.shape[2] == 3 else raw[..., 0]

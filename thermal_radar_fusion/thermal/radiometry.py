"""From what a thermal camera's driver publishes to temperatures, or to grey levels and no more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.thermal.thermal_image import ThermalImage

ZERO_CELSIUS = 273.15
# What counts are worth: °C = counts * scale + offset. FLIR's linear modes and centikelvin count
# kelvin; Seek's U10.6 counts 1/64 K from -40 °C.
SCALES: dict[str, tuple[float, float]] = {
    'a65_high': (0.04, -ZERO_CELSIUS),
    'a65_low': (0.4, -ZERO_CELSIUS),
    'centikelvin': (0.01, -ZERO_CELSIUS),
    'ten_millikelvin': (0.01, -ZERO_CELSIUS),
    'decikelvin': (0.1, -ZERO_CELSIUS),
    'seek': (1 / 64, -40.0),
    'celsius': (1.0, 0.0),
}
# The types of sensor_msgs/Image that are understood.
ENCODINGS = {
    'mono8': np.uint8,
    '8UC1': np.uint8,
    'mono16': np.uint16,
    '16UC1': np.uint16,
    '32FC1': np.float32,
}
# Readings that mean a preset is wrong rather than that something is cold or hot [°C].
COLDEST, HOTTEST = -100.0, 1000.0
# h c / (k 10 µm) [K]: the middle of what uncooled cameras see, in Planck's law.
PLANCK = 1438.8


class RadiometryError(ValueError):
    """An image cannot be read as asked; the text says why in one line."""


@dataclass(frozen=True)
class Radiometry(Parameters):
    """What the counts of a camera mean."""

    preset: str = parameter(
        'a65_high',
        'scale of 16-bit counts; celsius: the values are °C; grey: no temperatures; '
        'custom: scale and offset',
        choices=(*SCALES, 'grey', 'custom'),
    )
    scale: float = parameter(0.04, 'of one count, preset custom only', unit='K', low=1e-6, high=10)
    offset: float = parameter(
        -ZERO_CELSIUS, 'of count 0, preset custom only', unit='°C', low=-1000, high=1000
    )
    emissivity: float = parameter(
        1.0, 'of skin (0.98); 1 where the camera corrects for it itself', low=0.5, high=1
    )
    reflected_temperature: float = parameter(
        22.0, 'what a surface reflects, for emissivities below 1', unit='°C', low=-50, high=100
    )


def thermal_image(
    stamp: float, raw: NDArray, encoding: str, parameters: Radiometry
) -> ThermalImage:
    """Return one frame as temperatures where they are to be had, else as grey levels.

    8-bit images have gone through a gain control and are never radiometric, whatever the preset.
    32FC1 is °C unless the preset is `grey` or `custom`.

    Args:
        stamp: of the frame [s].
        raw: (height, width) values of the encoding's type.
        encoding: of sensor_msgs/Image: mono8, 8UC1, mono16, 16UC1 or 32FC1.
        parameters: what the values mean.

    Raises:
        RadiometryError: unknown encoding, values of another type or shape, or temperatures that
            no camera reads, so that the preset must be wrong.
    """
    values = _checked(raw, encoding)
    linear = _linear(encoding, parameters)
    if linear is None:
        return ThermalImage(stamp, values, radiometric=False)
    scale, offset = linear
    celsius = values * np.float32(scale) + np.float32(offset)
    _check_range(celsius, parameters.preset)
    if parameters.emissivity < 1:
        celsius = surface_temperature(
            celsius, parameters.emissivity, parameters.reflected_temperature
        )
    return ThermalImage(stamp, celsius.astype(np.float32))


def surface_temperature(
    apparent: NDArray, emissivity: float, reflected: float
) -> NDArray[np.float64]:
    """Return the temperatures [°C] of a surface that looks like a black body of `apparent` [°C].

    The surface emits its share and reflects the rest of what is around it (`reflected`, °C), both
    by Planck's law at one wavelength.
    """
    emitted = (_radiance(apparent) - (1 - emissivity) * _radiance(reflected)) / emissivity
    with np.errstate(divide='ignore', invalid='ignore'):
        kelvin = PLANCK / np.log1p(1 / np.maximum(emitted, 1e-12))
    return kelvin - ZERO_CELSIUS


def _radiance(celsius: NDArray | float) -> NDArray[np.float64]:
    """Return the radiance at temperatures, in units of its own."""
    return 1 / np.expm1(PLANCK / (np.asarray(celsius, dtype=float) + ZERO_CELSIUS))


def _linear(encoding: str, parameters: Radiometry) -> tuple[float, float] | None:
    """Return scale [K] and offset [°C] of the values, None where they are no temperatures."""
    if ENCODINGS[encoding] is np.uint8 or parameters.preset == 'grey':
        return None
    if parameters.preset == 'custom':
        return parameters.scale, parameters.offset
    return SCALES['celsius' if encoding == '32FC1' else parameters.preset]


def _checked(raw: NDArray, encoding: str) -> NDArray[np.float32]:
    """Return the values as float32; pixels that are not finite take the median of the others."""
    if encoding not in ENCODINGS:
        known = ', '.join(ENCODINGS)
        raise RadiometryError(f'image encoding {encoding!r} is not one of {known}')
    expected = np.dtype(ENCODINGS[encoding])
    if raw.ndim != 2 or raw.size == 0 or raw.dtype.newbyteorder('=') != expected:
        raise RadiometryError(
            f'a {encoding} image must be {expected} of (height, width), '
            f'got {raw.dtype} of {raw.shape}'
        )
    values = raw.astype(np.float32)
    finite = np.isfinite(values)
    if finite.all():
        return values
    if not finite.any():
        raise RadiometryError('the image has no finite values')
    return np.where(finite, values, np.median(values[finite]))


def _check_range(celsius: NDArray, preset: str) -> None:
    """Refuse images whose middle is no temperature of this world."""
    middle = float(np.median(celsius))
    if not COLDEST <= middle <= HOTTEST:
        raise RadiometryError(
            f'preset {preset!r} makes the image {middle:.0f} °C on the whole: '
            'it does not fit this camera'
        )

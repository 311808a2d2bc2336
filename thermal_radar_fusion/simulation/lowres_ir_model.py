"""What is known of infrared sensors of a few pixels: the arrays that can be simulated."""

from __future__ import annotations

import math
from dataclasses import dataclass

from thermal_radar_fusion.camera_model import Intrinsics
from thermal_radar_fusion.parameters import Parameters, parameter


@dataclass(frozen=True)
class LowResModel(Parameters):
    """An array of thermopiles behind a wide lens; the defaults are an 8x8 Grid-EYE's."""

    rows: int = parameter(8, 'of pixels, the first is the top of the image', low=2, high=240)
    columns: int = parameter(8, 'of pixels, the first is on the left', low=2, high=320)
    vertical_view: float = parameter(60.0, 'angle from top to bottom', unit='°', low=1, high=150)
    horizontal_view: float = parameter(60.0, 'angle from left to right', unit='°', low=1, high=150)
    rate: float = parameter(10.0, 'frames', unit='Hz', low=0.1, high=100)
    resolution: float = parameter(0.01, 'step of the values, 0 = none', unit='K', low=0, high=5)
    noise: float = parameter(0.09, 'of each pixel in each frame, 1 sigma', unit='K', low=0, high=5)
    blur: float = parameter(
        0.35, 'of the optics beyond the pixel itself, 1 sigma', unit='pixels', low=0, high=2
    )
    contrast: float = parameter(
        0.42, 'share of the true contrast of people that the sensor shows', low=0, high=1.5
    )
    samples: int = parameter(6, 'rays along each side of a pixel', low=1, high=32)
    background: float = parameter(16.7, 'middle of the empty image', unit='°C', low=-40, high=80)
    session: float = parameter(
        0.5, 'of the background from one run to another, 1 sigma', unit='K', low=0, high=10
    )
    drift: float = parameter(0.25, 'slow, within a run, 1 sigma', unit='K', low=0, high=10)
    pattern: float = parameter(
        0.22, 'fixed pattern of the pixels, 1 sigma', unit='K', low=0, high=5
    )
    corners: float = parameter(
        0.7, 'colder than the middle, at the corners', unit='K', low=-10, high=10
    )
    bottom: float = parameter(
        0.9, 'colder than the middle, the last row', unit='K', low=-10, high=10
    )

    @property
    def intrinsics(self) -> Intrinsics:
        """The pinhole camera of the sample rays, `samples` to a pixel each way."""
        width, height = self.columns * self.samples, self.rows * self.samples
        fx = width / 2 / math.tan(math.radians(self.horizontal_view / 2))
        fy = height / 2 / math.tan(math.radians(self.vertical_view / 2))
        middle = (width - 1) / 2, (height - 1) / 2
        return Intrinsics(round(fx, 9), round(fy, 9), *middle, (0.0,) * 5, width, height)


# Noise and contrast of the 24x32 array: two frames of people below a ceiling (thermo-presence).
_MLX90640 = LowResModel(
    rows=24,
    columns=32,
    vertical_view=75.0,
    horizontal_view=110.0,
    rate=8.0,
    noise=0.2,
    contrast=0.7,
    samples=3,
    background=24.5,
)
LOWRES_DEVICES = {
    'thermopile_8x8': LowResModel(),
    'amg8833': LowResModel(resolution=0.25, noise=0.24, background=19.5),
    'mlx90640': _MLX90640,
    'mlx90640_narrow': _MLX90640.replace(vertical_view=35.0, horizontal_view=55.0),
}

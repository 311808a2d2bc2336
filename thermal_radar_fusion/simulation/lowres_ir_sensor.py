"""Infrared sensors of a few pixels: what an 8x8 or 24x32 thermopile array shows of people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from thermal_radar_fusion.camera_model import Intrinsics
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.simulation.body import BodyMotion
from thermal_radar_fusion.simulation.lowres_ir_background import LowResBackground
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.thermal_canvas import Canvas
from thermal_radar_fusion.simulation.thermal_lens import CameraPose, PixelRays
from thermal_radar_fusion.simulation.thermal_people import PeoplePainter
from thermal_radar_fusion.simulation.thermal_scene import Scene

Array = NDArray[np.float64]
Bodies = Sequence[tuple[Person, BodyMotion]]

NO_WALLS: Array = np.zeros((0, 2, 2))


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


class SimulatedLowResIr:
    """One sensor in a building; what it shows depends on nothing but seed, time and people."""

    def __init__(
        self,
        model: LowResModel,
        mounting: RigidTransform,
        generator: np.random.Generator,
        walls: Array = NO_WALLS,
    ) -> None:
        """Build a sensor.

        Args:
            mounting: the sensor's frame (x along the optical axis, y to the left and z to the
                top of the image) in `map`; pitch +90 degrees looks down from the ceiling, then
                the top of the image is where yaw points.
            generator: draws the background.
            walls: (W, 2, 2) m: start and end of vertical walls in `map`, which hide people.
        """
        self.model = model
        self._rays, pose = PixelRays(model.intrinsics), CameraPose(mounting)
        scene = Scene(self._rays, pose, walls, ceiling=math.inf)
        self._depth = np.round(scene.depth, 5).astype(np.float32)
        self._background = LowResBackground(model, int(generator.integers(2**62)))
        self._painter = PeoplePainter(pose, model.background, 1 / model.intrinsics.fx)
        self._weights = [
            pixel_weights(count, model.samples, model.blur)
            for count in (model.rows, model.columns)
        ]

    def frame_times(self, start: float, end: float) -> Array:
        """Return the times [s] of the frames in start <= time < end."""
        rate = self.model.rate
        first = math.ceil(round(start * rate, 6))
        return np.arange(first, max(first, math.ceil(round(end * rate, 6)))) / rate

    def render(self, time: float, bodies: Bodies, i: int) -> NDArray[np.float32]:
        """Return (rows, columns) °C of the frame at a time.

        Args:
            time: of the frame [s].
            bodies: everybody who may be in view.
            i: index of the instant in the motions.
        """
        image = self.contrast(bodies, i) + self._background.at(time)
        image += self._background.noise(round(time * self.model.rate))
        if self.model.resolution:
            image = np.rint(image / self.model.resolution) * self.model.resolution
        return np.round(image, 4).astype(np.float32)

    def contrast(self, bodies: Bodies, i: int) -> Array:
        """Return (rows, columns) how much warmer people make each pixel [K], without errors."""
        shape, level = self._rays.x.shape, np.float32(self.model.background)
        canvas = Canvas.empty(self._rays, np.full(shape, level), self._depth)
        self._painter.paint(canvas, bodies, i)
        image = (canvas.temperature - level).astype(float)
        for weights in self._weights:
            image = (weights[:, :, None] * image[None]).sum(axis=1).T
        return image * self.model.contrast


def pixel_weights(count: int, samples: int, blur: float) -> Array:
    """Return (count, count * samples) how much each ray counts in each pixel; rows sum to 1.

    A pixel averages over its own square, blurred by a Gaussian of `blur` pixels.
    """
    rays = (np.arange(count * samples) + 0.5) / samples
    away = rays[None] - (np.arange(count)[:, None] + 0.5)
    blur = max(blur, 1e-3)
    weights = ndtr((0.5 - away) / blur) - ndtr((-0.5 - away) / blur)
    return np.round(weights / weights.sum(axis=1, keepdims=True), 9)

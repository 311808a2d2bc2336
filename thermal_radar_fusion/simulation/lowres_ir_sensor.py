"""Infrared sensors of a few pixels: what an 8x8 or 24x32 thermopile array shows of people."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.simulation.body import BodyMotion
from thermal_radar_fusion.simulation.lowres_ir_background import LowResBackground
from thermal_radar_fusion.simulation.lowres_ir_model import LowResModel
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.thermal_canvas import Canvas
from thermal_radar_fusion.simulation.thermal_lens import CameraPose, PixelRays
from thermal_radar_fusion.simulation.thermal_people import PeoplePainter
from thermal_radar_fusion.simulation.thermal_scene import Scene

Array = NDArray[np.float64]
Bodies = Sequence[tuple[Person, BodyMotion]]

NO_WALLS: Array = np.zeros((0, 2, 2))


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

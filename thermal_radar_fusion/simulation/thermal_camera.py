"""A radiometric thermal camera that looks at simulated people: 16-bit frames and face boxes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.camera_model import Intrinsics
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter
from thermal_radar_fusion.simulation.body import BodyMotion
from thermal_radar_fusion.simulation.face_boxes import FaceBox, face_box
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.thermal_background import Background, RoomModel
from thermal_radar_fusion.simulation.thermal_canvas import Canvas
from thermal_radar_fusion.simulation.thermal_lens import CameraPose, PixelRays
from thermal_radar_fusion.simulation.thermal_noise import CameraNoise, NoiseModel
from thermal_radar_fusion.simulation.thermal_optics import blurred
from thermal_radar_fusion.simulation.thermal_people import PeoplePainter

Array = NDArray[np.float64]
Image = NDArray[np.uint16]
Bodies = Sequence[tuple[Person, BodyMotion]]

# What a count is worth: kelvin = counts * scale (FLIR's TemperatureLinear modes; centikelvin).
SCALES = {'high': 0.04, 'low': 0.4, 'centikelvin': 0.01}
ZERO_CELSIUS = 273.15


@dataclass(frozen=True)
class ThermalCameraModel(Parameters):
    """A thermal camera; the defaults are a FLIR A65 with its 13 mm lens, running at 15 Hz."""

    width: int = parameter(640, 'pixels', low=16, high=4096)
    height: int = parameter(512, 'pixels', low=16, high=4096)
    pitch: float = parameter(17.0, 'from pixel to pixel', unit='µm', low=1, high=100)
    lens: float = parameter(13.0, 'focal length', unit='mm', low=1, high=200)
    distortion: tuple = parameter(
        (-0.22, 0.09, 0.0006, -0.0004, 0.0), 'k1, k2, p1, p2, k3 of plumb_bob'
    )
    rate: float = parameter(15.0, 'frames', unit='Hz', low=0.1, high=200)
    radiometry: str = parameter('high', 'counts per kelvin: 25, 2.5 or 100', choices=tuple(SCALES))
    blur: float = parameter(0.7, 'of the optics, 1 sigma', unit='pixels', low=0, high=1.5)
    absorption: float = parameter(
        0.004, 'share of the contrast lost to the air', unit='1/m', low=0, high=0.5
    )
    exposure: float = parameter(
        0.0, 'thermal time constant of the pixels; moving people smear', unit='s', low=0, high=0.1
    )
    noise: NoiseModel = parameter(NoiseModel(), 'errors of the readings')
    room: RoomModel = parameter(RoomModel(), 'what is behind the people')

    def check(self) -> None:
        """Refuse a distortion that is not five finite numbers, or that folds the image."""
        numbers = [v for v in self.distortion if isinstance(v, (int, float)) and math.isfinite(v)]
        if len(self.distortion) != 5 or len(numbers) != 5:
            raise ParameterError(f'distortion must be 5 numbers, got {self.distortion!r}')
        if not self.intrinsics.is_invertible():
            raise ParameterError(f'distortion folds the image, got {self.distortion!r}')

    @property
    def intrinsics(self) -> Intrinsics:
        """The camera matrix: principal point in the middle."""
        focal = 1000 * self.lens / self.pitch
        return Intrinsics(
            focal,
            focal,
            (self.width - 1) / 2,
            (self.height - 1) / 2,
            tuple(float(value) for value in self.distortion),
            self.width,
            self.height,
        )

    @property
    def scale(self) -> float:
        """Kelvin per count."""
        return SCALES[self.radiometry]


class SimulatedThermalCamera:
    """One camera in a building; what it shows depends on nothing but seed, time and people.

    Attributes:
        model: parameters.
        intrinsics: camera matrix and distortion, as CameraInfo has them.
        offset: the constant error of its readings [K].
    """

    def __init__(
        self,
        model: ThermalCameraModel,
        mounting: RigidTransform,
        walls: Array,
        generator: np.random.Generator,
    ) -> None:
        """Build a camera.

        Args:
            mounting: the camera's frame (x along the optical axis, y left, z up) in `map`.
            walls: (W, 2, 2) m: start and end of vertical walls in `map`, which hide what is
                behind them; none leaves the room open.
            generator: draws the room and the camera's errors.
        """
        seed = int(generator.integers(2**62))
        draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
        self.model, self.intrinsics = model, model.intrinsics
        self._rays, pose = PixelRays(self.intrinsics), CameraPose(mounting)
        self._background = Background(model.room, self._rays, pose, walls, draw)
        self._noise = CameraNoise(model.noise, self._rays.x.shape, seed)
        self._painter = PeoplePainter(pose, model.room.air, 1 / self.intrinsics.fx)
        self.offset = self._noise.offset

    def frame_times(self, start: float, end: float) -> Array:
        """Return the times [s] of the frames in start <= time < end."""
        rate = self.model.rate
        first = math.ceil(round(start * rate, 6))
        return np.arange(first, max(first, math.ceil(round(end * rate, 6)))) / rate

    def render(self, time: float, bodies: Bodies, i: int) -> Image:
        """Return (height, width) counts of the frame at a time: kelvin = counts * scale.

        While the shutter is closed the camera repeats the last frame before (see `shown_time`);
        the motions should then reach back to it, else their earliest instant stands in.

        Args:
            time: of the frame [s], on the clock of the motions.
            bodies: everybody, with motions that have the same times.
            i: index of the instant in the motions.
        """
        time, i = self._shown(time, bodies, i)
        image = self.temperatures(bodies, i)
        image += self._noise.temporal(round(time * self.model.rate))
        image += self._noise.pattern
        image += np.float32(ZERO_CELSIUS + self.offset + self._noise.drift(time))
        counts = np.rint(image / np.float32(self.model.scale))
        return np.clip(counts, 0, 65535).astype(np.uint16)

    def temperatures(self, bodies: Bodies, i: int) -> NDArray[np.float32]:
        """Return (height, width) °C behind the optics, before any error of the camera."""
        lags = _lags(self.model.exposure)
        image = self._painted(bodies, i, lags[0]).temperature
        for lag in lags[1:]:
            image += self._painted(bodies, i, lag).temperature
        return blurred(image * np.float32(1 / len(lags)), self.model.blur)

    def faces(self, bodies: Bodies, i: int) -> list[FaceBox]:
        """Return the true boxes of the faces to be seen at instant i, in the order of bodies."""
        seen = self.intrinsics, self._painted(bodies, i, 0.0).owner
        boxes = [
            face_box(person.name, self._painter.head(person, motion, i), *seen, index)
            for index, (person, motion) in enumerate(bodies)
            if motion.present[i]
        ]
        return [box for box in boxes if box is not None]

    def shown_faces(self, time: float, bodies: Bodies, i: int) -> list[FaceBox]:
        """Return the true boxes of the faces in what `render` makes of the same arguments."""
        return self.faces(bodies, self._shown(time, bodies, i)[1])

    def shown_time(self, time: float) -> float:
        """Return the time [s] of what a frame shows: an older one while the shutter is closed."""
        closed = self._noise.shutter_start(time)
        if closed is None:
            return time
        return max(math.ceil(round(closed * self.model.rate, 6)) - 1, 0) / self.model.rate

    def _shown(self, time: float, bodies: Bodies, i: int) -> tuple[float, int]:
        """Return the time that a frame shows, and the instant of the motions that is nearest."""
        shown = self.shown_time(time)
        if shown == time or not bodies:
            return shown, i
        times = bodies[0][1].times
        return shown, int(np.clip(np.searchsorted(times, shown + 1e-6) - 1, 0, i))

    def _painted(self, bodies: Bodies, i: int, lag: float) -> Canvas:
        """Paint everybody as they were `lag` seconds before instant i."""
        background, absorption = self._background, self.model.absorption
        canvas = Canvas.empty(
            self._rays,
            background.temperature,
            background.depth,
            self.model.room.air,
            absorption,
        )
        self._painter.paint(canvas, bodies, i, lag)
        return canvas


def _lags(exposure: float) -> tuple[float, ...]:
    """Return how long ago [s] a bolometer of a time constant saw what it shows, in thirds."""
    return (0.182 * exposure, 0.693 * exposure, 1.792 * exposure) if exposure else (0.0,)

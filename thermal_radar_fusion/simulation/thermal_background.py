"""The empty room before a thermal camera: walls, floor, ceiling and what is hot in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter
from thermal_radar_fusion.simulation.thermal_lens import CameraPose, PixelRays
from thermal_radar_fusion.simulation.thermal_scene import CEILING, FLOOR, NEAR, OPEN, Scene
from thermal_radar_fusion.simulation.thermal_texture import bump, lattice_noise, step

Array = NDArray[np.float64]
Image = NDArray[np.float32]


@dataclass(frozen=True)
class RoomModel(Parameters):
    """How warm a room is."""

    air: float = parameter(22.2, 'air, and walls on the whole', unit='°C', low=-30, high=60)
    surfaces: float = parameter(
        0.5, 'between one wall and another, 1 sigma', unit='K', low=0, high=10
    )
    gradient: float = parameter(0.4, 'of walls, per metre upwards', unit='K/m', low=-5, high=5)
    texture: float = parameter(0.25, 'amplitude within a surface', unit='K', low=0, high=5)
    floor: float = parameter(-0.6, 'warmer than the air', unit='K', low=-20, high=40)
    ceiling: float = parameter(2.6, 'height', unit='m', low=1.5, high=100)
    distractors: int = parameter(6, 'hot or cold things on the walls in view', low=0, high=50)
    reference: float | None = parameter(
        None, 'temperature of a reference body, none by default', unit='°C', low=-20, high=150
    )
    reference_position: tuple = parameter(
        (3.0, 0.0, 2.2), 'x, y, z in map of the reference body, a disc', unit='m'
    )
    reference_radius: float = parameter(0.05, 'of the disc', unit='m', low=0.005, high=1)

    def check(self) -> None:
        """Refuse a position that is not three finite numbers."""
        place = self.reference_position
        numbers = [v for v in place if isinstance(v, (int, float)) and math.isfinite(v)]
        if len(place) != 3 or len(numbers) != 3:
            raise ParameterError(f'reference_position must be x, y, z, got {place!r}')


@dataclass(frozen=True)
class Distractor:
    """Something that is not as warm as the wall.

    Attributes:
        width, height: metres.
        above: range of its middle's height above the floor [m].
        warmer: range of its temperature above the air's [K].
        edge: softness of its outline relative to its size; above 1 it is a glow.
        stripes: per metre along the wall; 0 for none.
        around: whether it is round.
    """

    width: float
    height: float
    above: tuple[float, float]
    warmer: tuple[float, float]
    edge: float = 0.05
    stripes: float = 0.0
    around: bool = False


DISTRACTORS = {
    'lamp': Distractor(0.14, 0.14, (1.7, 2.4), (25, 60), 0.3, around=True),
    'kettle': Distractor(0.18, 0.24, (0.9, 1.1), (20, 60), 0.2, around=True),
    'hot_disc': Distractor(0.17, 0.20, (1.2, 1.8), (10, 15), 0.1, around=True),
    'radiator': Distractor(1.0, 0.55, (0.4, 0.45), (12, 30), 0.04, stripes=12.0),
    'monitor': Distractor(0.55, 0.33, (1.0, 1.4), (6, 13), 0.06),
    'cupboard': Distractor(0.9, 1.8, (0.9, 0.95), (-1.5, 1.2), 0.01),
    'door': Distractor(0.85, 2.05, (1.0, 1.03), (-1.0, 1.0), 0.01),
    'pipe': Distractor(0.06, 2.6, (1.3, 1.3), (3, 12), 0.3),
    'window': Distractor(1.1, 1.2, (1.4, 1.6), (-7, 4), 0.02),
}


class Background:
    """What a camera sees of a room without people.

    Attributes:
        temperature: (H, W) °C at the surfaces.
        depth: (H, W) along the optical axis [m].
    """

    def __init__(
        self,
        room: RoomModel,
        rays: PixelRays,
        pose: CameraPose,
        walls: Array,
        draw: np.random.Generator,
    ) -> None:
        """Draw a room with walls (W, 2, 2) [m, `map`]."""
        scene = Scene(rays, pose, walls, room.ceiling)
        image = _surfaces(room, scene, draw)
        for _ in range(room.distractors):
            image = _with_distractor(image, room, scene, draw)
        depth = scene.depth
        if room.reference is not None:
            image, depth = _with_reference(image, depth, room, rays, pose)
        self.temperature = np.round(image, 3).astype(np.float32)
        self.depth = np.round(depth, 5).astype(np.float32)


def _surfaces(room: RoomModel, scene: Scene, draw: np.random.Generator) -> Array:
    """Return (H, W) °C: every surface with its own level, gradient and texture."""
    image = np.full(scene.depth.shape, room.air)
    for code in (OPEN, FLOOR, CEILING, *range(int(scene.surface.max()) + 1)):
        level = room.surfaces * float(np.clip(draw.standard_normal(), -2, 2))
        lattice = draw.uniform(-1, 1, (2, 32, 32))
        here = scene.surface == code
        along, up = scene.along[here], scene.up[here]
        rough = lattice_noise(lattice[0], along * 0.8, up * 0.8)
        rough += 0.5 * lattice_noise(lattice[1], along * 5, up * 5)
        rise = room.floor if code == FLOOR else room.gradient
        if code >= 0:
            rise = room.gradient * (up - 1.3) - 0.8 * bump(up, up * 0, 0.25, 1.0)
        image[here] = room.air + level + rise + room.texture * rough
    return image


def _with_distractor(
    image: Array, room: RoomModel, scene: Scene, draw: np.random.Generator
) -> Array:
    """Put something drawn at random on a wall that a pixel drawn at random sees."""
    kind = DISTRACTORS[sorted(DISTRACTORS)[draw.integers(len(DISTRACTORS))]]
    row, column = (int(draw.integers(size)) for size in image.shape)
    middle, warmer = draw.uniform(*kind.above), draw.uniform(*kind.warmer)
    wall, along = scene.surface[row, column], scene.along[row, column]
    if wall < 0:
        return image
    x = (scene.along - along) / (kind.width / 2)
    y = (scene.up - middle) / (kind.height / 2)
    radius = np.sqrt(x * x + y * y) if kind.around else np.maximum(np.abs(x), np.abs(y))
    share = step(1 - radius, 2 * kind.edge) * (scene.surface == wall)
    if kind.stripes:
        share = share * (0.75 + 0.5 * np.abs((scene.along * kind.stripes) % 1.0 - 0.5))
    glow = 0.04 * bump(x, y, 3.0, 4.0) * (scene.surface == wall)
    return image + np.maximum(share, glow) * (room.air + warmer - image)


def _with_reference(
    image: Array, depth: Array, room: RoomModel, rays: PixelRays, pose: CameraPose
) -> tuple[Array, Array]:
    """Put a disc of a known temperature into the image and the depth, unless a wall hides it."""
    right, down, far = pose.apply(np.array(room.reference_position, dtype=float))
    if far <= NEAR:
        return image, depth
    square = (rays.x - right / far) ** 2 + (rays.y - down / far) ** 2
    shown = (square < (room.reference_radius / far) ** 2) & (depth > far)
    return np.where(shown, room.reference, image), np.where(shown, far, depth)

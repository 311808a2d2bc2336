"""The surface of one person's head as two square temperature maps: its front and its back.

A direction from the head's centre, in the head's own ellipsoidal measure, is mapped by the
paraboloid projection: (y, z) / (1 + |x|), front where x >= 0. It needs no trigonometry and is
nearly true to scale over a hemisphere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.simulation.face_temperatures import (
    FaceTemperatures,
    drawn_face,
    person_generator,
)
from thermal_radar_fusion.simulation.person import Appearance, Person
from thermal_radar_fusion.simulation.thermal_texture import blend, bump, lattice_noise, step

Array = NDArray[np.float64]
Image = NDArray[np.float32]

SIZE = 256
LEVELS = 6
# The head's measure [m] for a person of 1.72 m: half length, half breadth, half height of the
# ellipsoid whose directions index the maps, and how far its centre lies above the HEAD joint.
MEASURE = np.array([0.098, 0.077, 0.1125])
RISE = 0.0075
# Length of one texel at the middle of the face [m].
TEXEL = 2 * 2 * MEASURE[1] / SIZE

# Where the hair begins, in units of the half height, over the direction forward (1) to back (-1).
_HAIRLINE = {
    'short': ([-1.0, -0.3, 0.1, 0.3, 0.6, 1.0], [-0.55, -0.35, -0.05, 0.25, 0.55, 0.62]),
    'long': ([-1.0, 0.0, 0.3, 0.42, 0.6, 1.0], [-2.0, -2.0, -2.0, 0.25, 0.55, 0.62]),
    'bald': ([-1.0, 1.0], [2.0, 2.0]),
}


@dataclass(frozen=True)
class Surface:
    """Directions of the texels of both maps, each (2, SIZE, SIZE), front first.

    Attributes:
        x, y, z: unit vectors in the head's measure: forward, left, up.
        left, up: metres from the middle, as seen from the front.
    """

    x: Array
    y: Array
    z: Array

    @property
    def left(self) -> Array:
        return self.y * MEASURE[1]

    @property
    def up(self) -> Array:
        return self.z * MEASURE[2] + RISE


def surface() -> Surface:
    """Return the directions of all texels."""
    middle = (np.arange(SIZE) + 0.5) / SIZE * 2 - 1
    left, up = np.meshgrid(middle, middle)
    square = left * left + up * up
    forward = (1 - square) / (1 + square)
    y, z = 2 * left / (1 + square), 2 * up / (1 + square)
    return Surface(np.stack([forward, -forward]), np.stack([y, y]), np.stack([z, z]))


def texel(x: Array, y: Array, z: Array, size: int) -> NDArray[np.intp]:
    """Return the flat index into maps (2, size, size) of directions in the head's measure."""
    length = np.sqrt(x * x + y * y + z * z)
    scale = 0.5 * size / (length + np.abs(x))
    column = (y * scale + 0.5 * size).astype(np.intp)
    row = (z * scale + 0.5 * size).astype(np.intp)
    np.clip(column, 0, size - 1, out=column)
    np.clip(row, 0, size - 1, out=row)
    return ((x < 0) * size + row) * size + column


class HeadTexture:
    """What covers one person's head, at several resolutions.

    Attributes:
        air: temperature of the room [°C].
        temperatures: of the parts of the head.
        levels: per resolution (2, N, N) °C, each averages 2 x 2 texels of the one before.
    """

    def __init__(self, person: Person, air: float) -> None:
        """Draw the head of a person in air of a temperature [°C]."""
        self.air = air
        draw = person_generator(person, 1)
        self.temperatures = drawn_face(person, air, draw)
        image = _covered(surface(), self.temperatures, person.appearance, draw)
        self.levels = list(pyramid(np.round(image, 3).astype(np.float32)))

    def level(self, pixel: float) -> Image:
        """Return the map whose texels come nearest to pixels of a size on the head [m]."""
        index = 0
        while index + 1 < LEVELS and TEXEL * 2 ** (index + 0.5) < pixel:
            index += 1
        return self.levels[index]


def pyramid(image: Image) -> list[Image]:
    """Return maps (2, N, N) at LEVELS resolutions, each the mean of 2 x 2 texels before."""
    levels = [image]
    for _ in range(LEVELS - 1):
        a = levels[-1]
        sums = (a[:, ::2, ::2] + a[:, 1::2, ::2]) + (a[:, ::2, 1::2] + a[:, 1::2, 1::2])
        levels.append(sums * np.float32(0.25))
    return levels


def _covered(
    at: Surface, parts: FaceTemperatures, appearance: Appearance, draw: np.random.Generator
) -> Array:
    """Return the skin (2, SIZE, SIZE) [°C] under hair, beard, mask, glasses and hat."""
    image = skin(at, parts, draw)
    lattice = draw.uniform(-1, 1, (32, 32))
    rough = lattice_noise(lattice, at.left * 260, at.up * 110)
    if appearance.beard:
        image = blend(image, parts.beard + 0.5 * rough, _beard(at, rough))
    image = blend(image, parts.hair + 0.7 * rough, hair(at, appearance.hair, rough))
    if appearance.mask:
        image = blend(image, parts.mask + _mask_relief(at), _mask(at))
    if appearance.glasses:
        image = blend(image, parts.glasses, _glasses(at))
    return _under_hat(image, at, parts, appearance.hat)


def skin(at: Surface, parts: FaceTemperatures, draw: np.random.Generator) -> Array:
    """Return bare skin (2, SIZE, SIZE) [°C] whose hottest part is the person's temperature."""
    scale, tilt = draw.uniform(0.85, 1.15, 5), draw.uniform(-0.15, 0.15)
    left, up, front = at.left, at.up, step(at.x - 0.1, 0.2)
    side = np.abs(left)
    image = parts.cheeks + 0.5 + tilt * at.y
    image = blend(image, parts.forehead, step(up - 0.03, 0.03) * step(at.x + 0.3, 1.0))
    image = blend(image, parts.temples, bump(side - 0.062, up - 0.03, 0.02, 0.035) * front)
    image = blend(
        image, parts.ears, bump(at.x + 0.02, at.z, 0.3, 0.4) * step(np.abs(at.y) - 0.8, 0.2)
    )
    image = blend(image, parts.chin, bump(left, up + 0.088, 0.04, 0.035) * front)
    image = blend(image, parts.neck - 0.3, step(-0.09 - up, 0.02))
    socket = parts.canthi - 0.7
    image = blend(image, socket, 0.9 * bump(side - 0.03, up - 0.01, 0.03 * scale[0], 0.02) * front)
    cheek = bump(side - 0.042, up + 0.03, 0.03 * scale[1], 0.034)
    image = blend(image, parts.cheeks - 0.3, cheek * front)
    image = blend(image, parts.lips, bump(left, up + 0.063, 0.03 * scale[2], 0.012) * front)
    image = blend(image, parts.nose, _nose(left, up, scale[3]) * front)
    veins = lattice_noise(draw.uniform(-1, 1, (32, 32)), left * 70, up * 70)
    image = image + 0.22 * veins
    canthus = np.sqrt(bump(side - 0.019, up - 0.006, 0.015, 0.012)) * front
    image = blend(image, np.maximum(parts.canthi, image), canthus)
    return image + (parts.maximum - image[(up > -0.1) & (at.x > 0.25)].max())


def _nose(left: Array, up: Array, scale: float) -> Array:
    """Return where the nose is: narrow at its root, broad at its cold tip."""
    tip = bump(left, up + 0.028, 0.024 * scale, 0.026)
    bridge = bump(left, up + 0.010, 0.012, 0.028)
    return np.maximum(np.sqrt(tip), 0.6 * bridge)


def hair(at: Surface, style: str, rough: Array) -> Array:
    """Return the share of hair over skin, with a hairline that is not straight."""
    return step(at.z + 0.05 * rough - np.interp(at.x, *_HAIRLINE[style]), 0.1)


def _beard(at: Surface, rough: Array) -> Array:
    """Return the share of a full beard: jaw, chin and upper lip, but for the lips."""
    line = -0.045 - 0.35 * np.maximum(0.03 - np.abs(at.left), 0.0)
    cover = step(line - at.up + 0.006 * rough, 0.01) * step(at.x - 0.1, 0.2)
    return cover * (1 - bump(at.left, at.up + 0.064, 0.028, 0.011))


def _mask(at: Surface) -> Array:
    """Return the share of a mask from the bridge of the nose to below the chin, with loops."""
    upper = -0.012 - 0.35 * np.abs(at.left)
    cloth = step(upper - at.up, 0.004) * step(at.x - 0.30, 0.05)
    loop = (np.abs(at.up + 0.02) < 0.003) & (at.x <= 0.30) & (at.x > -0.05)
    return np.maximum(cloth, 0.7 * loop)


def _mask_relief(at: Surface) -> Array:
    """Return how far breath warms the middle of a mask and air cools its edges [K]."""
    return 2.4 * bump(at.left, at.up + 0.045, 0.055, 0.045) - 0.8


def _glasses(at: Surface) -> Array:
    """Return the share of glasses: two lenses, a bridge, and temples to the ears."""
    side = np.abs(at.left)
    lens = step(1 - ((side - 0.033) / 0.027) ** 4 - ((at.up - 0.004) / 0.019) ** 4, 0.3)
    bar = (np.abs(at.up - 0.014) < 0.003) & ((side < 0.012) | (side > 0.055)) & (at.x > 0)
    return np.maximum(lens, 0.8 * bar) * (at.x > 0)


def _under_hat(image: Array, at: Surface, parts: FaceTemperatures, hat: str) -> Array:
    """Lay a cap or a headscarf over the head."""
    if hat == 'cap':
        cover = step(at.z - np.interp(at.x, [-1.0, 0.3, 1.0], [0.1, 0.25, 0.42]), 0.06)
        return blend(image, parts.hat, cover)
    if hat == 'headscarf':
        oval = bump(at.left, at.up + 0.015, 0.066, 0.098) * (at.x > 0.2)
        return blend(image, parts.hat, 1 - step(oval - 0.06, 0.06))
    return image

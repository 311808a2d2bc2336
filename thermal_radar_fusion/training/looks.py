"""How people look to a thermal camera, spread wider than the simulator's mean visitors.

The simulator draws what is usual indoors. A detector must also know faces that come from the cold
or from the sun, fringes and hair over the cheeks, sunglasses, and bare shoulders.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.simulation.face_texture import (
    HeadTexture,
    Surface,
    pyramid,
    surface,
)
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.population import drawn_person
from thermal_radar_fusion.simulation.thermal_body import ClothedBody
from thermal_radar_fusion.simulation.thermal_texture import blend, bump, lattice_noise, step

Array = NDArray[np.float64]

# Shares of people with these.
GLASSES, SUNGLASSES, MASK, CAP, HEADSCARF = 0.22, 0.06, 0.12, 0.1, 0.08
FRINGE, SIDE_HAIR, BARE = 0.25, 0.15, 0.08
# Share of people with a collar, scarf or hood about the neck, and where it begins below the
# middle of the head [m].
COLLAR, CHIN = 0.45, (0.088, 0.104)


class Looks:
    """One person's head and body.

    Attributes:
        person: size and what is worn.
        texture: of the head.
        body: clothes, or bare skin.
    """

    def __init__(self, name: str, air: float, draw: np.random.Generator) -> None:
        """Draw somebody in air of a temperature [°C]."""
        self.person = _person(name, air, draw)
        self.texture = HeadTexture(self.person, air)
        self.body = ClothedBody(self.person, self.texture.temperatures)
        image = _varied(surface(), self.texture, draw)
        if draw.random() < COLLAR:
            image = self._with_collar(image, draw)
        self.texture.levels = list(pyramid(image.astype(np.float32)))
        if draw.random() < BARE:
            skin = self.texture.temperatures.maximum
            for part in self.body.temperatures:
                self.body.temperatures[part] = skin - draw.uniform(0.5, 5.0)

    def _with_collar(self, image: Array, draw: np.random.Generator) -> Array:
        """Dress the neck like the trunk, up to the chin, and return the head's texture."""
        cloth = self.body.temperatures['trunk'] + draw.normal(0, 1.0)
        self.texture.temperatures = replace(self.texture.temperatures, neck=cloth)
        return blend(image, cloth, step(-draw.uniform(*CHIN) - surface().up, 0.006))


def _person(name: str, air: float, draw: np.random.Generator) -> Person:
    """Draw a person; who stands in the cold has a colder face."""
    cold = np.clip((15.0 - air) / 20, 0, 1)
    temperature = draw.uniform(34.2, 38.5) - cold * draw.uniform(0, 4)
    warmth = draw.uniform(0.1, 0.85)
    clothing = np.clip(air + warmth * (temperature - air) * 0.8, 5, 40)
    head = draw.random()
    hat = 'cap' if head < CAP else 'headscarf' if head < CAP + HEADSCARF else 'none'
    traits = {
        'temperature': round(max(temperature, 30.0), 3),
        'clothing': round(float(clothing), 3),
        'hat': hat,
        'mask': bool(draw.random() < MASK),
        'glasses': bool(draw.random() < GLASSES),
    }
    return drawn_person(name, draw, **{f'appearance.{key}': v for key, v in traits.items()})


def _varied(at: Surface, texture: HeadTexture, draw: np.random.Generator) -> Array:
    """Return a head's texture (2, N, N) [°C] with more or less contrast, and more hair."""
    image, parts = texture.levels[0].astype(float), texture.temperatures
    skin = parts.maximum - 2.0
    image = skin + (image - skin) * draw.uniform(0.6, 1.35)
    image += draw.uniform(0, 0.7) * lattice_noise(
        draw.uniform(-1, 1, (16, 16)), at.left * 35, at.up * 35
    )
    image = blend(image, parts.nose - draw.uniform(0, 4), _cold_nose(at, draw))
    hair = texture.air + (skin - texture.air) * draw.uniform(0.3, 0.95)
    rough = lattice_noise(draw.uniform(-1, 1, (32, 32)), at.left * 200, at.up * 90)
    for share, cover in ((FRINGE, _fringe), (SIDE_HAIR, _side_hair)):
        if draw.random() < share:
            image = blend(image, hair + 0.7 * rough, cover(at, rough, draw))
    if draw.random() < SUNGLASSES:
        image = blend(image, parts.glasses, _sunglasses(at, draw))
    return image


def _cold_nose(at: Surface, draw: np.random.Generator) -> Array:
    """Return a share of cold skin about the tip of the nose, sometimes over the cheeks."""
    width = draw.uniform(0.018, 0.06)
    return draw.uniform(0, 1) * bump(at.left, at.up + 0.022, width, 0.035) * (at.x > 0.1)


def _fringe(at: Surface, rough: Array, draw: np.random.Generator) -> Array:
    """Return the share of hair over the forehead, to one side or to both."""
    line = draw.uniform(0.025, 0.06) + draw.uniform(-0.5, 0.5) * at.left + 0.006 * rough
    return step(at.up - line, 0.01) * (at.x > -0.2)


def _side_hair(at: Surface, rough: Array, draw: np.random.Generator) -> Array:
    """Return the share of hair that falls over the cheeks."""
    line = draw.uniform(0.035, 0.055) + 0.004 * rough
    return step(np.abs(at.left) - line, 0.008)


def _sunglasses(at: Surface, draw: np.random.Generator) -> Array:
    """Return the share of large dark glasses."""
    high, wide = draw.uniform(0.02, 0.03), draw.uniform(0.028, 0.036)
    side = np.abs(at.left)
    lens = step(1 - ((side - 0.034) / wide) ** 4 - ((at.up - 0.002) / high) ** 4, 0.3)
    return lens * (at.x > 0)

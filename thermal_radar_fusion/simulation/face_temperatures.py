"""How warm each part of one person's head is: drawn about the means of published tables.

Offsets are from the hottest part of the face. Sources: Wang and others, infrared thermography of
1,020 people (US FDA, 2021): canthi -0.3, forehead at most -0.7, its centre -1.5, mouth at most
-0.2; 38 faces of freely licensed thermograms: forehead -1.5, cheeks -2.6, nose -3.3, hair and
beard 2-5 K below the skin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thermal_radar_fusion.simulation.person import Person


@dataclass(frozen=True)
class FaceTemperatures:
    """Apparent temperatures [°C] of the parts of one person's head."""

    maximum: float
    canthi: float
    temples: float
    forehead: float
    cheeks: float
    nose: float
    lips: float
    chin: float
    neck: float
    ears: float
    hair: float
    beard: float
    mask: float
    hat: float
    glasses: float


# Mean and standard deviation [K] of each part below the hottest part of the face.
_BELOW_MAXIMUM = {
    'canthi': (0.0, 0.35),
    'temples': (0.75, 0.35),
    'forehead': (1.35, 0.4),
    'cheeks': (2.7, 0.5),
    'nose': (4.1, 1.0),
    'lips': (0.8, 0.45),
    'chin': (1.8, 0.5),
    'neck': (0.75, 0.55),
    'ears': (2.6, 1.2),
}
# Share of the way from the air's temperature to the skin's, and its standard deviation.
_COVERED = {
    'hair': (0.60, 0.08),
    'beard': (0.76, 0.06),
    'mask': (0.58, 0.08),
    'hat': (0.34, 0.07),
    'glasses': (0.14, 0.05),
}


def person_generator(person: Person, purpose: int) -> np.random.Generator:
    """Return a generator that gives the same looks to the same person in front of any camera."""
    size = [round(1e6 * value) for value in (person.height, person.build)]
    temperature = round(1e6 * person.appearance.temperature)
    entropy = [purpose, *size, temperature, *person.name.encode()]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))


def drawn_face(person: Person, air: float, draw: np.random.Generator) -> FaceTemperatures:
    """Draw a person's temperatures in air of a temperature [°C]; the maximum is the person's."""
    maximum = person.appearance.temperature
    parts = {
        name: maximum - max(mean + sigma * _limited_normal(draw), -0.8)
        for name, (mean, sigma) in _BELOW_MAXIMUM.items()
    }
    skin = maximum - 2.0
    covered = {
        name: air + (skin - air) * (mean + sigma * _limited_normal(draw))
        for name, (mean, sigma) in _COVERED.items()
    }
    return FaceTemperatures(maximum, **parts, **covered)


def _limited_normal(draw: np.random.Generator) -> float:
    """Draw a normal value within two sigmas."""
    return round(float(np.clip(draw.standard_normal(), -2, 2)), 9)

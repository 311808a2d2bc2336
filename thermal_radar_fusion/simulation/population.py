"""People drawn from what is known of adults: sizes, ways of walking, faces.

Heights: 1.71 +- 0.09 m over both sexes. Gait: step length and cadence at a freely chosen speed
spread by 5-10 % between healthy adults (Bohannon 1997; Oberg, Karsznia and Oberg 1993), arm
swing and trunk movement by more; healthy legs differ by a few per cent (Sadeghi and others 2000).
Faces: maximum 36.08 +- 0.49 degC of 1,020 people, clothing 27.6 +- 1.5 degC indoors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.simulation.person import Person

# Mean, standard deviation, lowest and highest value: tails are cut, nobody is a caricature.
TRAITS = {
    'height': (1.71, 0.09, 1.45, 2.05),
    'build': (1.0, 0.12, 0.7, 1.5),
    'gait.stride': (1.0, 0.07, 0.75, 1.25),
    'gait.width': (1.0, 0.20, 0.5, 1.7),
    'gait.arm_swing': (1.0, 0.25, 0.3, 2.0),
    'gait.elbow': (0.08, 0.10, 0.0, 0.6),
    'gait.leg_swing': (1.0, 0.10, 0.7, 1.4),
    'gait.bounce': (1.0, 0.20, 0.4, 1.8),
    'gait.asymmetry': (0.0, 0.03, -0.12, 0.12),
    'gait.lean': (0.04, 0.03, -0.05, 0.15),
    'appearance.temperature': (36.08, 0.49, 34.8, 37.3),
    'appearance.clothing': (27.6, 1.5, 23.0, 32.0),
}
LONG_HAIR, BALD, GLASSES, BEARD = 0.35, 0.10, 0.40, 0.18


def drawn_person(name: str, generator: np.random.Generator, **overrides: Any) -> Person:
    """Draw one adult.

    Args:
        name: of the person.
        generator: of random numbers. As many are drawn whatever is overridden, so that an
            override changes nothing else.
        overrides: values by dotted key, such as `**{'appearance.temperature': 38.5}`.

    Raises:
        ParameterError: a key is unknown or a value is out of its range; the text names it.
    """
    drawn: dict[str, Any] = {}
    for key, (mean, deviation, low, high) in TRAITS.items():
        drawn[key] = float(np.clip(generator.normal(mean, deviation), low, high).round(4))
    hair, glasses, beard = generator.random(3)
    short_or_bald = 'bald' if hair < LONG_HAIR + BALD else 'short'
    drawn['appearance.hair'] = 'long' if hair < LONG_HAIR else short_or_bald
    drawn['appearance.glasses'] = bool(glasses < GLASSES)
    drawn['appearance.beard'] = bool(beard < BEARD and hair >= LONG_HAIR)
    known = [key for key, _, _ in Person().flattened() if key != 'name']
    for key in overrides:
        if key not in known:
            raise ParameterError(f'unknown trait {key!r}; known are {", ".join(known)}')
    return Person.from_flat({'name': name, **drawn, **overrides})

"""The scenes of milliTRACE-IR's section V-C: one person at a time moves before a thermal camera.

Four people, four to seven sequences of 10 s each, within 3.5 m, at different times of the day:
every sequence has a camera that was switched on anew, with another offset, drift and fixed
pattern, and air of another temperature. A reference body hangs in view. Glasses and masks are
off, as screening asks for (ISO/TR 13154).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.population import drawn_person
from thermal_radar_fusion.simulation.scenario import Scenario, parse_scenario
from thermal_radar_fusion.simulation.simulation import Simulation

DURATION = 10.0
REFERENCE = 35.0
REFERENCE_PLACE = (2.6, -0.75, 2.1)
AIR = (21.0, 24.0)
UNCOVERED = {'appearance.glasses': False, 'appearance.mask': False, 'appearance.hat': 'none'}

# Where people walk, and what stands before the camera so that nobody comes nearer than 0.8 m.
_FLOOR_PLAN = {
    'rooms': {'lab': {'x': [0.0, 3.9], 'y': [-1.4, 1.4]}},
    'furniture': {'desk': {'x': [0.0, 0.5], 'y': [-0.6, 0.6]}},
}
_MOUNTING = {'x': 0.0, 'z': 1.6}


@dataclass(frozen=True)
class SceneSequence:
    """One recording of one person.

    Attributes:
        subject: number of the person.
        person: who is seen.
        number: of the sequence among the person's.
    """

    subject: int
    person: Person
    number: int


def sequences(subjects: Sequence[int], most: int = 7, fewest: int = 4) -> list[SceneSequence]:
    """Return the sequences of people by their numbers: four to seven of each, drawn."""
    made = []
    for subject in subjects:
        draw = np.random.default_rng((subject, 1))
        person = drawn_person(f'subject{subject}', draw, **UNCOVERED)
        count = int(draw.integers(fewest, most + 1))
        made += [SceneSequence(subject, person, number) for number in range(count)]
    return made


def simulation(sequence: SceneSequence, rate: float) -> Simulation:
    """Return what radar and thermal camera see in a sequence, the camera at a rate [Hz]."""
    return Simulation(scenario(sequence, rate), _seed(sequence))


def _seed(sequence: SceneSequence) -> int:
    """Return what a sequence is drawn from: no two have the same."""
    return 1000 * sequence.subject + sequence.number


def scenario(sequence: SceneSequence, rate: float) -> Scenario:
    """Return the scene of a sequence, the camera at a rate [Hz]."""
    air = float(np.random.default_rng((_seed(sequence), 2)).uniform(*AIR))
    room = {
        'air': air,
        'reference': REFERENCE,
        'reference_position': list(REFERENCE_PLACE),
    }
    return parse_scenario(
        f'{sequence.person.name} {sequence.number}',
        {
            'duration': DURATION,
            'floor_plan': _FLOOR_PLAN,
            'people': {'named': {sequence.person.name: _traits(sequence.person)}},
            'motion': {'kind': 'free', 'stand': 0.3, 'standing': [1.0, 3.0]},
            'radars': {'radar': {'room': 'lab', 'device': 'iwr1843', 'mounting': _MOUNTING}},
            'thermal_cameras': {
                'thermal': {
                    'room': 'lab',
                    'mounting': _MOUNTING,
                    'model': {'rate': rate, 'room': room},
                }
            },
        },
    )


def _traits(person: Person) -> dict[str, Any]:
    """Return what a scenario says of somebody who is not left to chance."""
    traits: dict[str, Any] = {}
    for name, value, _ in person.flattened():
        *groups, last = name.split('.')
        target = traits
        for group in groups:
            target = target.setdefault(group, {})
        target[last] = value
    del traits['name']
    return traits

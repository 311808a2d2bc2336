"""Who takes part in a scenario, and what of it is not left to chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.simulation.content import at, mapping, named, number, point, word
from thermal_radar_fusion.simulation.floor_plan import FloorPlan
from thermal_radar_fusion.simulation.motion import (
    Enter,
    Free,
    Leave,
    Motion,
    Scripted,
    Sit,
    Step,
    WalkTo,
    parse_step,
)
from thermal_radar_fusion.simulation.population import drawn_person
from thermal_radar_fusion.simulation.segments import apart, point_distances

Array = NDArray[np.float64]

MOST_PEOPLE = 50
BODY = 0.2  # half the width of a person: nearer to a wall, somebody would be in it [m]
TOUCHING = 0.4  # nearer to each other, two people would be in one place [m]

NAMES = (
    *('anna', 'ben', 'clara', 'david', 'emma', 'felix', 'greta', 'hugo', 'ida', 'jonas'),
    *('klara', 'leo', 'mia', 'noah', 'olga', 'paul', 'quinn', 'rosa', 'simon', 'tilda'),
    *('ute', 'viktor', 'wanda', 'xaver', 'yara', 'zoe'),
)


@dataclass(frozen=True)
class Participant:
    """One person of a scenario.

    Attributes:
        overrides: what is not drawn, by dotted name as in `Person`: 'appearance.temperature'.
        start: (2,) place at time 0, None where it is drawn or where the person comes in.
        script: what the person does; empty leaves it to the scenario's motion.
    """

    name: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    start: Array | None = None
    script: tuple[Step, ...] = ()


def parse_people(content: Any) -> tuple[Participant, ...]:
    """Return the people: those who are named first, then as many others as `count` wants.

    Raises:
        ParameterError: a key is unknown or a value impossible.
    """
    keys = mapping(content, ('count', 'named'))
    people = named('named', keys.get('named'), _participant)
    count = at('count', number, keys.get('count', len(people)), 0, MOST_PEOPLE)
    if count != int(count):
        raise ParameterError(f'count must be a whole number, got {count:g}')
    spare = [name for name in (*NAMES, *(f'{n}2' for n in NAMES)) if name not in people]
    chosen = [*people.values(), *(Participant(name) for name in spare)][: int(count)]
    return tuple(sorted(chosen, key=lambda person: person.name))


def _participant(name: str, content: Any) -> Participant:
    """Return one person; keys beside start and script are those of `Person`."""
    keys = dict(mapping(content))
    start, script = keys.pop('start', None), keys.pop('script', None) or []
    if not isinstance(script, list):
        raise ParameterError(f'script must be a list of steps, got {script!r:.60}')
    steps = tuple(at(f'script[{i}]', parse_step, step) for i, step in enumerate(script))
    place = None if start is None else at('start', point, start)
    if 'name' in keys:
        raise ParameterError('the name is the key of the entry')
    overrides = dict(_flat(keys))
    drawn_person(name, np.random.default_rng(0), **overrides)  # raises where one is impossible
    return Participant(name, overrides, place, steps)


def _flat(content: Mapping[str, Any], prefix: str = '') -> list[tuple[str, Any]]:
    """Return dotted name and value of every leaf of nested mappings."""
    pairs: list[tuple[str, Any]] = []
    for name, value in content.items():
        nested = isinstance(value, Mapping)
        pairs += _flat(value, f'{prefix}{name}.') if nested else [(f'{prefix}{name}', value)]
    return pairs


def check_people(people: Sequence[Participant], plan: FloorPlan, motion: Motion) -> None:
    """Raise ParameterError where what is given for somebody does not go with the building."""
    for person in people:
        at(f'named.{person.name}', _check_person, person, plan, motion)
    placed = [person for person in people if person.start is not None]
    for index, person in enumerate(placed):
        for other in placed[:index]:
            if apart(person.start, other.start) < TOUCHING:
                raise ParameterError(f'{other.name} and {person.name} start in the same place')


def _check_person(person: Participant, plan: FloorPlan, motion: Motion) -> None:
    """Check start and script of one person."""
    if (person.start is not None or person.script) and not isinstance(motion, Free | Scripted):
        raise ParameterError('start and script need a motion of kind free, entrance or script')
    if person.start is not None:
        at('start', check_place, person.start, plan)
    for index, step in enumerate(person.script):
        at(f'script[{index}]', _check_step, step, plan)


def _check_step(step: Step, plan: FloorPlan) -> None:
    """Check that what a step names is there."""
    if isinstance(step, WalkTo):
        check_place(step.place, plan)
    elif isinstance(step, Sit):
        word(step.sit, tuple(plan.chairs), 'chair')
    elif isinstance(step, Leave | Enter):
        word(step.leave if isinstance(step, Leave) else step.enter, plan.exits(), 'exit')


def check_place(place: Array, plan: FloorPlan) -> None:
    """Raise ParameterError where nobody can stand."""
    text = f'[{place[0]:g}, {place[1]:g}]'
    if point_distances(place, plan.walls).min() < BODY:
        raise ParameterError(f'{text} is inside a wall or within {BODY:g} m of it')
    if plan.room_at(place)[0] < 0:
        raise ParameterError(f'{text} is outside of every room')
    if plan.in_furniture(place)[0] or plan.clearance(place)[0] < BODY:
        raise ParameterError(f'{text} is inside furniture or within {BODY:g} m of it')

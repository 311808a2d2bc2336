"""Kinds of motion that a scenario may ask for, and the steps of a script, as parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter
from thermal_radar_fusion.simulation.content import at, mapping, point, word

Interval = tuple[float, float]


def _check_interval(name: str, values: tuple, low: float, high: float) -> None:
    """Raise ParameterError unless the values are [a, b] with low <= a <= b <= high."""
    numeric = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
    if len(values) != 2 or not numeric or not low <= values[0] <= values[1] <= high:
        limits = f'{low:g} <= a <= b <= {high:g}'
        raise ParameterError(f'{name} must be [a, b] with {limits}, got {list(values)}')


@dataclass(frozen=True)
class Motion(Parameters):
    """What all kinds have in common.

    Attributes:
        room: where it takes place; empty for the first room of the floor plan.
    """

    room: str = parameter('', 'name of the room, empty for the first one')
    speed: Interval = parameter((0.9, 1.3), 'how fast people walk, drawn', unit='m/s')

    def check(self) -> None:
        """Raise ParameterError where a speed is none of a walking person."""
        _check_interval('speed', self.speed, 0.3, 2.0)


@dataclass(frozen=True)
class Parallel(Motion):
    """Side by side to and fro with the same velocity (the paper's section V-D, scene i)."""

    spacing: Interval = parameter((0.5, 0.8), 'between neighbours, drawn', unit='m')
    direction: Interval = parameter((-0.35, 0.35), 'of the way from the x axis, drawn', unit='rad')
    length: float = parameter(4.0, 'of the way, as far as it fits', unit='m', low=1, high=100)
    unevenness: float = parameter(
        0.03, 'how far people stray from keeping exactly abreast', unit='m', low=0, high=0.2
    )

    def check(self) -> None:
        """Raise ParameterError where an interval is impossible."""
        super().check()
        _check_interval('spacing', self.spacing, 0.3, 3.0)
        _check_interval('direction', self.direction, -3.2, 3.2)


@dataclass(frozen=True)
class Crossing(Motion):
    """Lines that cross in one point, people pass it one after another (V-D, scene ii)."""

    approach: Interval = parameter(
        (0.2, 0.3), 'least distance of two who follow each other over the point, drawn', unit='m'
    )
    length: float = parameter(3.4, 'of each way, as far as it fits', unit='m', low=2, high=100)
    pause: Interval = parameter((0.4, 1.5), 'at the ends of the ways, drawn', unit='s')

    def check(self) -> None:
        """Raise ParameterError where an interval is impossible."""
        super().check()
        _check_interval('approach', self.approach, 0.15, 1.0)
        _check_interval('pause', self.pause, 0.0, 60.0)


@dataclass(frozen=True)
class Close(Motion):
    """Standing still together and moving the arms (V-D, scene iii)."""

    spacing: Interval = parameter((0.75, 0.85), 'between neighbours, drawn', unit='m')
    distance: Interval = parameter((2.0, 3.5), 'of the group from the first radar', unit='m')
    bearing: Interval = parameter(
        (-0.5, 0.5), 'turn of the group from side by side before the radar, drawn', unit='rad'
    )
    facing: str = parameter(
        'radar', 'where people look, within 34 degrees', choices=('radar', 'each_other')
    )

    def check(self) -> None:
        """Raise ParameterError where an interval is impossible."""
        super().check()
        _check_interval('spacing', self.spacing, 0.3, 3.0)
        _check_interval('distance', self.distance, 0.5, 50.0)
        _check_interval('bearing', self.bearing, -3.2, 3.2)


@dataclass(frozen=True)
class Free(Motion):
    """Walking about in the rooms: places to go to are drawn, people avoid each other.

    What somebody does at a place is drawn with these weights; `elsewhere` is the share of ways
    that lead to another room.
    """

    stand: float = parameter(0.25, 'weight of standing for a while', low=0, high=1)
    sit: float = parameter(
        0.0, 'weight of sitting down, where there are free chairs', low=0, high=1
    )
    talk: float = parameter(0.0, 'weight of joining somebody who stands or sits', low=0, high=1)
    leave: float = parameter(0.0, 'weight of leaving the building for a while', low=0, high=1)
    elsewhere: float = parameter(0.0, 'probability of a place in another room', low=0, high=1)
    standing: Interval = parameter((1.0, 4.0), 'time, drawn', unit='s')
    sitting: Interval = parameter((15.0, 60.0), 'time, drawn', unit='s')
    talking: Interval = parameter((8.0, 25.0), 'time, drawn', unit='s')
    away: Interval = parameter((10.0, 40.0), 'time outside of the building, drawn', unit='s')

    def check(self) -> None:
        """Raise ParameterError where an interval is impossible or the weights exceed 1."""
        super().check()
        for name in ('standing', 'sitting', 'talking', 'away'):
            _check_interval(name, getattr(self, name), 0.5, 3600.0)
        if self.stand + self.sit + self.talk + self.leave > 1:
            raise ParameterError('stand + sit + talk + leave must not exceed 1')


@dataclass(frozen=True)
class Entrance(Free):
    """Coming in one after another through a door, in an order and with gaps that are drawn."""

    door: str = parameter('', 'name of the door, empty for the first exit')
    gap: Interval = parameter((1.5, 6.0), 'between two who enter, drawn', unit='s')

    def check(self) -> None:
        """Raise ParameterError where an interval is impossible."""
        super().check()
        _check_interval('gap', self.gap, 0.5, 3600.0)


@dataclass(frozen=True)
class Scripted(Motion):
    """Everybody follows a script; whoever has none stands at the start."""


MOTIONS: dict[str, type[Motion]] = {
    'parallel': Parallel,
    'crossing': Crossing,
    'close': Close,
    'free': Free,
    'entrance': Entrance,
    'script': Scripted,
}


def parse_motion(content: Any) -> Motion:
    """Build the motion from {kind: NAME, parameter: value, ...}."""
    keys = dict(mapping(content))
    kind = word(keys.pop('kind', None), tuple(MOTIONS), 'kind of motion')
    return MOTIONS[kind].from_mapping(keys)


@dataclass(frozen=True)
class Step(Parameters):
    """One thing that somebody does before the next."""


@dataclass(frozen=True)
class WalkTo(Step):
    """Walk to a place, through doors and around furniture."""

    walk_to: Interval = parameter((0.0, 0.0), 'place [x, y]', unit='m')
    speed: float | None = parameter(
        None, 'none for the usual one of the person', unit='m/s', low=0.3, high=2.0
    )
    stop: bool = parameter(True, 'whether to stop there, or to walk on with the next step')

    def check(self) -> None:
        """Raise ParameterError unless the place is two finite numbers."""
        at('walk_to', point, list(self.walk_to))

    @property
    def place(self) -> np.ndarray:
        """(2,) metres."""
        return np.array(self.walk_to, dtype=float)


@dataclass(frozen=True)
class Stand(Step):
    """Stand for some seconds."""

    stand: float = parameter(1.0, 'how long', unit='s', low=0, high=1e5)
    facing: float | None = parameter(
        None, 'where to look, none for where the way led', unit='rad', low=-7, high=7
    )
    gesture: float = parameter(0.0, 'movement of the arms, 0 to 1', low=0, high=1)


@dataclass(frozen=True)
class Wait(Step):
    """Stand until a moment of the scene."""

    wait: float = parameter(0.0, 'until then, from the start of the scene', unit='s', low=0)


@dataclass(frozen=True)
class Sit(Step):
    """Walk to a chair, sit down, stay, get up."""

    sit: str = parameter('', 'name of the chair')
    seconds: float = parameter(10.0, 'how long', unit='s', low=0, high=1e5)
    gesture: float = parameter(0.0, 'movement of the arms, 0 to 1', low=0, high=1)


@dataclass(frozen=True)
class Leave(Step):
    """Walk out of the building."""

    leave: str = parameter('', 'name of an exit')


@dataclass(frozen=True)
class Enter(Step):
    """Come into the building; until then, or since leaving, the person is outside."""

    enter: str = parameter('', 'name of an exit')


STEPS: dict[str, type[Step]] = {
    'walk_to': WalkTo,
    'stand': Stand,
    'wait': Wait,
    'sit': Sit,
    'leave': Leave,
    'enter': Enter,
}


def parse_step(content: Any) -> Step:
    """Build a step from {VERB: value, detail: value, ...}."""
    keys: Mapping[str, Any] = mapping(content)
    verbs = [verb for verb in STEPS if verb in keys]
    if len(verbs) != 1:
        raise ParameterError(f'must have one of {", ".join(STEPS)}, got {content!r:.60}')
    return STEPS[verbs[0]].from_mapping(keys)

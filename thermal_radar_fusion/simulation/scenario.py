"""Scenarios: who is where, does what, and which sensors watch, read from YAML and checked."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.geometry import inside_polygon
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.resources import resource
from thermal_radar_fusion.simulation.content import at, mapping, named, word
from thermal_radar_fusion.simulation.floor_plan import FloorPlan, edges_of
from thermal_radar_fusion.simulation.floor_plan_content import parse_floor_plan
from thermal_radar_fusion.simulation.motion import Entrance, Motion, parse_motion
from thermal_radar_fusion.simulation.participants import Participant, check_people, parse_people
from thermal_radar_fusion.simulation.radar_device import RADAR_DEVICES
from thermal_radar_fusion.simulation.radar_echoes import RadarModel
from thermal_radar_fusion.simulation.segments import point_distances
from thermal_radar_fusion.yaml_file import read_yaml

Array = NDArray[np.float64]

LONGEST = 6 * 3600.0
ON_WALL = 0.15  # a sensor may hang this far outside of its room: on the wall, not in it [m]

KEYS = ('description', 'duration', 'floor_plan', 'people', 'motion')
SENSOR_KEYS = ('radars', 'thermal_cameras', 'lowres_ir')
DEFAULT_DEVICES = {'radars': 'iwr1843', 'lowres_ir': 'thermopile_8x8'}


class ScenarioError(ValueError):
    """A scenario is unknown, or something in it is impossible; one line that says where."""


@dataclass(frozen=True)
class Placement:
    """One sensor.

    Attributes:
        room: that it watches.
        pose: where it hangs, in `map`.
        model: what differs from the defaults of its model.
        device: of a radar one of RADAR_DEVICES, of a low-resolution infrared sensor one of
            LOWRES_DEVICES; empty for thermal cameras.
    """

    name: str
    room: str
    pose: Mounting
    model: Mapping[str, Any] = field(default_factory=dict)
    device: str = ''


@dataclass(frozen=True)
class Scenario:
    """All there is to know of a scene but the chance in it.

    Attributes:
        duration: seconds, unless a simulation asks for another one.
        people: in alphabetical order.
        radars, thermal_cameras, lowres_ir: by name.
    """

    name: str
    description: str
    duration: float
    plan: FloorPlan
    people: tuple[Participant, ...]
    motion: Motion
    radars: Mapping[str, Placement] = field(default_factory=dict)
    thermal_cameras: Mapping[str, Placement] = field(default_factory=dict)
    lowres_ir: Mapping[str, Placement] = field(default_factory=dict)


def scenario_names() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the package."""
    return tuple(sorted(path.stem for path in resource('config/scenarios').glob('*.yaml')))


def load_scenario(name: str | Path, settings: Mapping[str, Any] | None = None) -> Scenario:
    """Read a scenario; docs/simulation.md describes its keys.

    Args:
        name: of a scenario that comes with the package, or the path of a YAML file.
        settings: values that replace those of the file, by dotted name: 'people.count'.

    Raises:
        ScenarioError: one line: the scenario, a key or a device is unknown, or a value is
            impossible.
    """
    try:
        content = with_settings(read_yaml(_path(name)), settings or {})
        return parse_scenario(Path(name).stem, content)
    except ParameterError as error:
        raise ScenarioError(f'{name}: {error}') from None


def _path(name: str | Path) -> Path:
    """Return the file of a scenario, by its name or by its own path."""
    known = scenario_names()
    if str(name) in known:
        return resource(f'config/scenarios/{name}.yaml')
    if Path(name).suffix in ('.yaml', '.yml'):
        return Path(name)
    raise ScenarioError(f'unknown scenario {str(name)!r}; known are {", ".join(known)}')


def with_settings(content: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scenario's content with some values replaced, its floor plan written out."""
    changed = copy.deepcopy(dict(mapping(content, KEYS + SENSOR_KEYS)))
    if isinstance(changed.get('floor_plan'), str):
        changed['floor_plan'] = _known_floor_plan(changed['floor_plan'])
    for key, value in settings.items():
        if key == 'floor_plan' and isinstance(value, str):
            value = _known_floor_plan(value)
        at(key, _set, changed, key, value)
    return changed


def _known_floor_plan(name: str) -> dict[str, Any]:
    """Return what the floor plan of this name holds."""
    known = sorted(path.stem for path in resource('config/floor_plans').glob('*.yaml'))
    word(name, known, 'floor plan')
    return dict(mapping(read_yaml(resource(f'config/floor_plans/{name}.yaml'))))


def _set(content: dict[str, Any], key: str, value: Any) -> None:
    """Set one value by its dotted name."""
    group, *rest = key.split('.')
    if group not in KEYS + SENSOR_KEYS:
        raise ParameterError(f'unknown key; known are {", ".join(KEYS + SENSOR_KEYS)}')
    if group in SENSOR_KEYS and len(rest) > 1:
        word(rest[0], tuple(content.get(group) or {}), 'sensor')
    for name in rest:
        if content.get(group) is None:
            content[group] = {}
        content, group = content[group], name
        if not isinstance(content, dict):
            raise ParameterError('leads into a value that has no keys')
    content[group] = value


def parse_scenario(name: str, content: Any) -> Scenario:
    """Build a scenario from what its file holds.

    Raises:
        ParameterError: see `load_scenario`.
    """
    keys = mapping(content, KEYS + SENSOR_KEYS)
    plan = at('floor_plan', parse_floor_plan, keys.get('floor_plan'))
    motion = at('motion', parse_motion, keys.get('motion'))
    at('motion', _check_motion, motion, plan)
    people = at('people', parse_people, keys.get('people'))
    at('people', check_people, people, plan, motion)
    sensors = {group: _sensors(group, keys.get(group), plan) for group in SENSOR_KEYS}
    _check_names([sensor for group in sensors.values() for sensor in group])
    description = at('description', _text, keys.get('description', ''))
    duration = at('duration', checked_duration, keys.get('duration', 30.0))
    return Scenario(name, description, duration, plan, people, motion, **sensors)


def _check_motion(motion: Motion, plan: FloorPlan) -> None:
    """Raise ParameterError where what the motion names is not in the floor plan."""
    if motion.room:
        at('room', word, motion.room, plan.room_names, 'room')
    if isinstance(motion, Entrance):
        if not plan.exits():
            raise ParameterError('an entrance needs a door that leads out of the building')
        if motion.door:
            at('door', word, motion.door, plan.exits(), 'exit')


def checked_duration(content: Any) -> float:
    """Return the seconds that a scene lasts."""
    is_number = isinstance(content, (int, float)) and not isinstance(content, bool)
    if not is_number or not math.isfinite(content) or not 0 < content <= LONGEST:
        raise ParameterError(f'must be seconds in (0, {LONGEST:g}], got {content!r:.60}')
    return float(content)


def _text(content: Any) -> str:
    if not isinstance(content, str):
        raise ParameterError(f'must be text, got {content!r:.60}')
    return content.strip()


def _sensors(group: str, content: Any, plan: FloorPlan) -> dict[str, Placement]:
    return named(group, content, lambda name, entry: _placement(name, entry, plan, group))


def _placement(name: str, content: Any, plan: FloorPlan, group: str) -> Placement:
    devices = ['device'] if group in DEFAULT_DEVICES else []
    keys = mapping(content, ('room', *devices, 'mounting', 'model'))
    room = at('room', word, keys.get('room'), plan.room_names, 'room')
    pose = at('mounting', Mounting.from_mapping, mapping(keys.get('mounting')))
    place = np.array([pose.x, pose.y])
    inside = inside_polygon(place, plan.rooms[room])[0]
    if not inside and point_distances(place, edges_of(plan.rooms[room])).min() > ON_WALL:
        raise ParameterError(f'hangs at [{pose.x:g}, {pose.y:g}], outside of room {room!r}')
    device = keys.get('device', DEFAULT_DEVICES.get(group, ''))
    model = at('model', mapping, keys.get('model'))
    if group == 'radars':
        word(device, tuple(RADAR_DEVICES), 'device')
        at('model', RadarModel.from_mapping, model)
    return Placement(name, room, pose, model, device)


def _check_names(names: list[str]) -> None:
    """Raise ParameterError if two sensors have the same name: it is the frame of their data."""
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f'two sensors have the name {name!r}')

"""One description of rooms and sensors, read from YAML, and the node graph that it means."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from thermal_radar_fusion.contacts.proximity import ContactParameters
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.radar.area import MonitoredArea
from thermal_radar_fusion.radar.cloud_fields import IngestParameters
from thermal_radar_fusion.radar.tracker import TrackerParameters
from thermal_radar_fusion.simulated_scene import SimulatedScene, parse_scene
from thermal_radar_fusion.simulation.scenario import ScenarioError
from thermal_radar_fusion.yaml_file import read_yaml

if TYPE_CHECKING:
    from thermal_radar_fusion.bag_reader import BagReader

T = TypeVar('T')

KEYS = ('frame', 'rooms', 'radars', 'contacts', 'simulation')

# What ROS allows as the name of a node or as one part of a topic.
NAME = re.compile(r'[A-Za-z][A-Za-z0-9_]*')


@dataclass(frozen=True)
class Room:
    """One room with one tracker; its name is the namespace of its topics."""

    name: str
    area: MonitoredArea = field(default_factory=MonitoredArea)
    tracker: TrackerParameters = field(default_factory=TrackerParameters)


@dataclass(frozen=True)
class Radar:
    """One radar; its name is the frame_id of its points.

    Attributes:
        pose: where it hangs, as configured.
        ingest: how its points are read.
    """

    name: str
    room: str
    pose: Mounting = field(default_factory=Mounting)
    ingest: IngestParameters = field(default_factory=IngestParameters)

    @property
    def mounting(self) -> RigidTransform:
        """The transform from the radar's frame into its room's."""
        return self.pose.transform


@dataclass(frozen=True)
class Deployment:
    """All rooms and sensors of one installation.

    Attributes:
        frame: name of the common frame of all rooms (REP-105), at floor level.
        rooms, radars: by name.
        contacts: when being near each other counts.
        simulated: the scene that stands in for the sensors, None where they are real.
    """

    frame: str = 'map'
    rooms: Mapping[str, Room] = field(default_factory=dict)
    radars: Mapping[str, Radar] = field(default_factory=dict)
    contacts: ContactParameters = field(default_factory=ContactParameters)
    simulated: SimulatedScene | None = None

    @classmethod
    def default(cls, room: str = 'room', radar: str = 'radar') -> Deployment:
        """Return one unbounded room with one radar at the origin."""
        return cls(rooms={room: Room(room)}, radars={radar: Radar(radar, room)})

    @classmethod
    def of_rooms(cls, names: Iterable[str]) -> Deployment:
        """Return unbounded rooms without a description of their radars."""
        return cls(rooms={name: Room(name) for name in sorted(set(names))})

    def radars_of(self, room: str) -> dict[str, Radar]:
        """Return the radars of one room by name."""
        return {name: radar for name, radar in self.radars.items() if radar.room == room}

    def mountings(self, room: str) -> dict[str, RigidTransform]:
        """Return the poses of the radars of one room, as `RadarTracker` takes them."""
        return {name: radar.mounting for name, radar in self.radars_of(room).items()}


def load_deployment(path: Path | str) -> Deployment:
    """Read a deployment from a YAML file; docs/ros.md describes its keys.

    Raises:
        ParameterError: one line with the file's name: it is missing or no YAML, a key is unknown
            or given twice, a radar names an unknown room, or a value is impossible.
    """
    try:
        return parse_deployment(read_yaml(Path(path)))
    except ParameterError as error:
        raise ParameterError(f'{path}: {error}') from None


def parse_deployment(content: Any) -> Deployment:
    """Build a deployment from what the YAML file holds.

    Raises:
        ParameterError: see `load_deployment`.
    """
    keys = _mapping('the file', content, KEYS)
    if keys.get('simulation') is not None:
        return _simulated(keys)
    rooms = _named('rooms', keys.get('rooms'), _room)
    if not rooms:
        raise ParameterError('rooms must name at least one room')
    radars = _named('radars', keys.get('radars'), _radar)
    for name, radar in radars.items():
        if radar.room not in rooms:
            known = ', '.join(rooms)
            raise ParameterError(f'radars.{name}: unknown room {radar.room!r}; known are {known}')
    contacts = _at('contacts', lambda: _parameters(ContactParameters, keys.get('contacts')))
    return Deployment(_frame(keys.get('frame', 'map')), rooms, radars, contacts)


def _simulated(keys: Mapping[str, Any]) -> Deployment:
    """Return the deployment of a scenario: its rooms and radars, and the trackers given here.

    Raises:
        ParameterError: radars are given, which the scenario has, or a room that it lacks; or see
            `load_deployment`.
    """
    scene = _at('simulation', lambda: parse_scene(_mapping('it', keys['simulation'])))
    if keys.get('radars') is not None:
        raise ParameterError('radars are those of the scenario where there is a simulation')
    content = _at('simulation', _scenario_content, scene)
    given = _at('rooms', lambda: _mapping('it', keys.get('rooms'), tuple(content['rooms'])))
    rooms = {
        name: {**room, **_at(f'rooms.{name}', lambda n=name: _mapping('a room', given.get(n)))}
        for name, room in content['rooms'].items()
    }
    others = {name: keys[name] for name in ('frame', 'contacts') if name in keys}
    return dataclasses.replace(
        parse_deployment({**content, **others, 'rooms': rooms}), simulated=scene
    )


def _scenario_content(scene: SimulatedScene) -> dict[str, Any]:
    from thermal_radar_fusion.simulation.simulation import deployment_content

    try:
        return deployment_content(scene.scenario())
    except ScenarioError as error:
        raise ParameterError(str(error)) from None


def recorded_deployment(bag: BagReader) -> Deployment:
    """Return the deployment that a bag says it was recorded in; of simulated ones it is known.

    Of any other bag it is one with the defaults for each room.

    Raises:
        ParameterError: what the bag says is no deployment.
        BagError: the bag has no radar.
    """
    if bag.deployment is None:
        return Deployment.of_rooms(source.room for source in bag.radar_sources().values())
    try:
        return parse_deployment(bag.deployment)
    except ParameterError as error:
        raise ParameterError(f'{bag.path}: its deployment: {error}') from None


def _room(name: str, content: Any) -> Room:
    keys = _mapping('a room', content, ('area', 'tracker'))
    area = _at('area', lambda: _area(keys.get('area')))
    return Room(name, area, _at('tracker', lambda: _tracker(keys.get('tracker'))))


def _radar(name: str, content: Any) -> Radar:
    keys = _mapping('a radar', content, ('room', 'mounting', 'ingest'))
    if not isinstance(keys.get('room'), str):
        raise ParameterError('room must name the room that the radar is in')
    pose = _at('mounting', lambda: _parameters(Mounting, keys.get('mounting')))
    ingest = _at('ingest', lambda: _parameters(IngestParameters, keys.get('ingest')))
    return Radar(name, keys['room'], pose, ingest)


def _area(content: Any) -> MonitoredArea:
    keys = _mapping('area', content, ('bounds', 'exclusion_zones'))
    zones = keys.get('exclusion_zones') or []
    if not isinstance(zones, list):
        raise ParameterError('exclusion_zones must be a list of polygons')
    return MonitoredArea(keys.get('bounds'), tuple(zones))


def _tracker(content: Any) -> TrackerParameters:
    """Build the tracker's parameters: a preset, soft if none is named, and what differs."""
    keys = dict(_mapping('tracker', content))
    preset = TrackerParameters.preset(keys.pop('preset', 'soft'))
    values = {name: value for name, value, _ in preset.flattened()}
    return TrackerParameters.from_flat({**values, **dict(_flat(keys))})


def _parameters(kind: type[T], content: Any) -> T:
    return kind.from_mapping(_mapping('it', content))


def _frame(frame: Any) -> str:
    if not isinstance(frame, str) or not frame or frame.startswith('/'):
        raise ParameterError(f'frame must be the name of a frame without leading /, got {frame!r}')
    return frame


def _named(group: str, content: Any, build: Callable[[str, Any], T]) -> dict[str, T]:
    """Build every entry of a group; its names must be usable in ROS."""
    entries = _at(group, lambda: _mapping('it', content))
    for name in entries:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ParameterError(
                f'{group}: {name!r} is no ROS name (letters, digits, _; a letter first)'
            )
    return {name: _at(f'{group}.{name}', build, name, entry) for name, entry in entries.items()}


def _at(where: str, build: Callable[..., T], *arguments: Any) -> T:
    """Call `build`; an error also says where in the file it is."""
    try:
        return build(*arguments)
    except ParameterError as error:
        raise ParameterError(f'{where}: {error}') from None


def _mapping(name: str, content: Any, known: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """Return the content as a mapping, nothing as an empty one; refuse unknown keys."""
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        raise ParameterError(f'{name} must be a mapping of keys to values, got {content!r:.60}')
    for key in content:
        if known and key not in known:
            raise ParameterError(f'unknown key {key!r}; known are {", ".join(known)}')
    return content


def _flat(content: Mapping[str, Any], prefix: str = '') -> Iterator[tuple[str, Any]]:
    """Yield dotted name and value of every leaf of nested mappings."""
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f'{prefix}{name}.')
        else:
            yield f'{prefix}{name}', value

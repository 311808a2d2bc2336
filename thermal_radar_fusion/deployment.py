"""One description of rooms and sensors, read from YAML, and the node graph that it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import yaml

from thermal_radar_fusion.contacts.proximity import ContactParameters
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.parameters import ParameterError, Parameters
from thermal_radar_fusion.radar.area import MonitoredArea
from thermal_radar_fusion.radar.cloud_fields import IngestParameters
from thermal_radar_fusion.radar.tracker import TrackerParameters
from thermal_radar_fusion.yaml_file import read_yaml

if TYPE_CHECKING:
    from thermal_radar_fusion.bag_reader import BagReader

T = TypeVar('T')
RosValue = bool | int | float | str | list[float] | list[str]

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
    """

    frame: str = 'map'
    rooms: Mapping[str, Room] = field(default_factory=dict)
    radars: Mapping[str, Radar] = field(default_factory=dict)
    contacts: ContactParameters = field(default_factory=ContactParameters)

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
    keys = _mapping('the file', content, ('frame', 'rooms', 'radars', 'contacts'))
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


@dataclass(frozen=True)
class NodeSpec:
    """One process of the graph, in the words of `launch_ros.actions.Node`.

    Attributes:
        executable: name of the module in `thermal_radar_fusion.nodes`, and of the installed
            program.
        parameters: by dotted name.
    """

    executable: str
    name: str
    namespace: str
    parameters: Mapping[str, RosValue]
    remappings: tuple[tuple[str, str], ...] = ()

    def ros_arguments(self) -> list[str]:
        """Return what follows the program's name on a command line."""
        words = ['--ros-args', '-r', f'__node:={self.name}', '-r', f'__ns:={self.namespace}']
        for source, target in self.remappings:
            words += ['-r', f'{source}:={target}']
        for name, value in self.parameters.items():
            words += ['-p', f'{name}:={_yaml_value(value)}']
        return words


def node_specs(
    deployment: Deployment,
    *,
    namespace: str = '',
    use_sim_time: bool = False,
    ingest: bool = True,
    visualizer: bool = True,
) -> list[NodeSpec]:
    """Return the node graph of a deployment: `launch/` and `trf up` both start this.

    Args:
        namespace: put in front of every name, '' for none.
        use_sim_time: take time from /clock, for bags played with it.
        ingest: whether to read the sensors; not where a bag brings `radar/points`.
        visualizer: whether to publish markers for RViz.
    """
    root = '/' + namespace.strip('/')
    common: dict[str, RosValue] = {'use_sim_time': use_sim_time}
    specs = []
    if ingest:
        specs += [_ingest_spec(radar, root, common) for radar in deployment.radars.values()]
    specs += [_tracker_spec(deployment, room, root, common) for room in deployment.rooms.values()]
    specs.append(_tracer_spec(deployment, root, common))
    if visualizer:
        specs.append(_visualizer_spec(deployment, root, common))
    return specs


def simulator_spec(radar: Radar, *, namespace: str = '', use_sim_time: bool = False) -> NodeSpec:
    """Return the node that stands in for a radar: simulated people who cross."""
    parameters = {'use_sim_time': use_sim_time, 'room': radar.room, 'radar': radar.name}
    root = '/' + namespace.strip('/')
    name, room = f'{radar.name}_simulator', _joined(root, radar.room)
    truth = ('ground_truth', _joined(root, 'ground_truth'))
    return NodeSpec('simulator', name, room, parameters, (truth,))


def _ingest_spec(radar: Radar, root: str, common: Mapping[str, RosValue]) -> NodeSpec:
    parameters = {**common, **_ros_values(radar.ingest), 'frame_id': radar.name}
    return NodeSpec('radar_ingest', f'{radar.name}_ingest', _joined(root, radar.room), parameters)


def _tracker_spec(
    deployment: Deployment, room: Room, root: str, common: Mapping[str, RosValue]
) -> NodeSpec:
    parameters = {**common, 'room': room.name, 'frame_id': deployment.frame}
    parameters |= _ros_values(room.tracker)
    parameters |= area_parameters(room.area)
    radars = deployment.radars_of(room.name)
    if radars:
        parameters['radars'] = list(radars)
    for name, radar in radars.items():
        parameters |= _ros_values(radar.pose, f'mounting.{name}.')
    return NodeSpec('radar_tracker', 'radar_tracker', _joined(root, room.name), parameters)


def _tracer_spec(deployment: Deployment, root: str, common: Mapping[str, RosValue]) -> NodeSpec:
    parameters = {**common, 'rooms': list(deployment.rooms), **_ros_values(deployment.contacts)}
    return NodeSpec('contact_tracer', 'contact_tracer', root, parameters)


def _visualizer_spec(
    deployment: Deployment, root: str, common: Mapping[str, RosValue]
) -> NodeSpec:
    parameters = {**common, 'frame_id': deployment.frame, 'rooms': list(deployment.rooms)}
    for room in deployment.rooms.values():
        parameters |= area_parameters(room.area, f'area.{room.name}.')
    return NodeSpec('visualizer', 'visualizer', root, parameters)


def area_parameters(area: MonitoredArea, prefix: str = 'area.') -> dict[str, RosValue]:
    """Return an area as ROS parameters, which have no nested lists: x, y, x, y, ...

    `bounds` is one list; `exclusion_zones` names further ones, zone_0, zone_1, ...
    Whatever is empty is left out: an empty list has no type in ROS.
    """
    zones = {f'zone_{i}': zone for i, zone in enumerate(area.exclusion_zones)}
    parameters = {prefix + name: _flat_polygon(zone) for name, zone in zones.items()}
    if zones:
        parameters[prefix + 'exclusion_zones'] = list(zones)
    if area.bounds is not None:
        parameters[prefix + 'bounds'] = _flat_polygon(area.bounds)
    return parameters


def _flat_polygon(polygon: Any) -> list[float]:
    return np.asarray(polygon, dtype=float).ravel().tolist()


def _ros_values(parameters: Parameters, prefix: str = '') -> dict[str, RosValue]:
    return {name: value for name, value, _ in parameters.flattened(prefix)}


def _yaml_value(value: RosValue) -> str:
    """Return a value as `-p name:=value` takes it, on one line."""
    return (
        yaml.safe_dump(value, default_flow_style=True, width=float('inf'))
        .split('\n...')[0]
        .strip()
    )


def _joined(root: str, name: str) -> str:
    return f'{root.rstrip("/")}/{name}'

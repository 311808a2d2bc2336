"""One description of rooms and sensors, read from YAML, and the node graph that it means."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermal_radar_fusion.configuration import at, leaves, mapping, merged, named, parameters_of
from thermal_radar_fusion.contacts.proximity import ContactParameters
from thermal_radar_fusion.deployed_camera import ThermalCamera, parse_camera
from thermal_radar_fusion.deployed_identification import Identification, parse_identification
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.radar.area import MonitoredArea
from thermal_radar_fusion.radar.cloud_fields import IngestParameters
from thermal_radar_fusion.radar.tracker import TrackerParameters
from thermal_radar_fusion.simulated_scene import SimulatedScene, parse_scene
from thermal_radar_fusion.simulation.scenario import ScenarioError
from thermal_radar_fusion.topics import THERMAL_CAMERA, THERMAL_IMAGE, thermal_topic
from thermal_radar_fusion.yaml_file import read_yaml

if TYPE_CHECKING:
    from thermal_radar_fusion.bag_reader import BagReader

KEYS = ('frame', 'rooms', 'radars', 'cameras', 'contacts', 'reidentification', 'simulation')
# Keys that a file with a simulation says beyond what the scenario says.
BEYOND = ('frame', 'contacts', 'reidentification')


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
        rooms, radars, cameras: by name.
        contacts: when being near each other counts.
        identification: how people are recognised, None where nobody is.
        simulated: the scene that stands in for the sensors, None where they are real.
    """

    frame: str = 'map'
    rooms: Mapping[str, Room] = field(default_factory=dict)
    radars: Mapping[str, Radar] = field(default_factory=dict)
    contacts: ContactParameters = field(default_factory=ContactParameters)
    cameras: Mapping[str, ThermalCamera] = field(default_factory=dict)
    identification: Identification | None = field(default_factory=Identification.default)
    simulated: SimulatedScene | None = None

    @classmethod
    def default(cls, room: str = 'room', radar: str = 'radar') -> Deployment:
        """Return one unbounded room with one radar at the origin."""
        return cls(rooms={room: Room(room)}, radars={radar: Radar(radar, room)})

    @classmethod
    def of_rooms(cls, names: Iterable[str]) -> Deployment:
        """Return unbounded rooms without a description of their radars."""
        return cls(rooms={name: Room(name) for name in sorted(set(names))})

    def with_gallery(self, path: Path | None) -> Deployment:
        """Return the same, but for where people are kept; see `Identification.with_gallery`."""
        if self.identification is None:
            return self
        kept = self.identification.with_gallery(path)
        return dataclasses.replace(self, identification=kept)

    def radars_of(self, room: str) -> dict[str, Radar]:
        """Return the radars of one room by name."""
        return {name: radar for name, radar in self.radars.items() if radar.room == room}

    def cameras_of(self, room: str) -> dict[str, ThermalCamera]:
        """Return the thermal cameras of one room by name."""
        return {name: camera for name, camera in self.cameras.items() if camera.room == room}

    def camera_topic(self, camera: str, name: str) -> str:
        """Return the full name of a topic of a camera: `/lab/thermal/faces`.

        That of its images, and the camera_info beside them, may be the driver's.
        """
        known = self.cameras[camera]
        own = known.name if len(self.cameras_of(known.room)) > 1 else ''
        canonical = thermal_topic(known.room, name, own)
        if not known.image or name not in (THERMAL_IMAGE, THERMAL_CAMERA):
            return canonical
        image = known.image if known.image.startswith('/') else f'/{known.room}/{known.image}'
        return image if name == THERMAL_IMAGE else f'{image.rpartition("/")[0]}/{name}'

    def camera_inputs(self) -> list[str]:
        """Return the full names of the topics that cameras send on."""
        names = (THERMAL_IMAGE, THERMAL_CAMERA)
        return [self.camera_topic(camera, name) for camera in self.cameras for name in names]

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
    keys = mapping('the file', content, KEYS)
    if keys.get('simulation') is not None:
        return _simulated(keys)
    rooms = named('rooms', keys.get('rooms'), _room)
    if not rooms:
        raise ParameterError('rooms must name at least one room')
    radars = named('radars', keys.get('radars'), _radar)
    cameras = named('cameras', keys.get('cameras'), parse_camera)
    _check_rooms('radars', radars, rooms)
    _check_rooms('cameras', cameras, rooms)
    contacts = at('contacts', lambda: parameters_of(ContactParameters, keys.get('contacts')))
    identification = at(
        'reidentification', parse_identification, keys.get('reidentification'), rooms
    )
    frame = _frame(keys.get('frame', 'map'))
    return Deployment(frame, rooms, radars, contacts, cameras, identification)


def _check_rooms(group: str, sensors: Mapping[str, Any], rooms: Mapping[str, Room]) -> None:
    """Raise ParameterError if a sensor is in a room that there is not."""
    for name, sensor in sensors.items():
        if sensor.room not in rooms:
            known = ', '.join(rooms)
            raise ParameterError(
                f'{group}.{name}: unknown room {sensor.room!r}; known are {known}'
            )


def _simulated(keys: Mapping[str, Any]) -> Deployment:
    """Return the deployment of a scenario; see `simulated_content` for errors."""
    return dataclasses.replace(parse_deployment(simulated_content(keys)), simulated=_scene(keys))


def _scene(keys: Mapping[str, Any]) -> SimulatedScene:
    return at('simulation', lambda: parse_scene(mapping('it', keys['simulation'])))


def simulated_content(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the file of a simulation stands for: the scenario's rooms and sensors as given.

    Args:
        keys: what the file holds, with `simulation` and parameters of rooms and cameras.

    Raises:
        ParameterError: radars are given, which the scenario has, or a room or camera that it
            lacks; or see `load_deployment`.
    """
    if keys.get('radars') is not None:
        raise ParameterError('radars are those of the scenario where there is a simulation')
    content = at('simulation', _scenario_content, _scene(keys))
    for group, what in (('rooms', 'a room'), ('cameras', 'a camera')):
        known = content.get(group, {})
        content[group] = at(group, _with_given, known, keys.get(group), what)
    return {**content, **{name: keys[name] for name in BEYOND if name in keys}}


def _with_given(known: Mapping[str, Any], given: Any, what: str) -> dict[str, Any]:
    """Return what a scenario says of rooms or cameras, and what the file says beyond it."""
    given = mapping('it', given, tuple(known) or ('none',))
    return {
        name: merged(entry, at(name, mapping, what, given.get(name)))
        for name, entry in known.items()
    }


def _scenario_content(scene: SimulatedScene) -> dict[str, Any]:
    from thermal_radar_fusion.simulation.simulation import deployment_content

    try:
        return deployment_content(scene.scenario(), scene.sensors)
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
    keys = mapping('a room', content, ('area', 'tracker'))
    area = at('area', lambda: _area(keys.get('area')))
    return Room(name, area, at('tracker', lambda: _tracker(keys.get('tracker'))))


def _radar(name: str, content: Any) -> Radar:
    keys = mapping('a radar', content, ('room', 'mounting', 'ingest'))
    if not isinstance(keys.get('room'), str):
        raise ParameterError('room must name the room that the radar is in')
    pose = at('mounting', lambda: parameters_of(Mounting, keys.get('mounting')))
    ingest = at('ingest', lambda: parameters_of(IngestParameters, keys.get('ingest')))
    return Radar(name, keys['room'], pose, ingest)


def _area(content: Any) -> MonitoredArea:
    keys = mapping('area', content, ('bounds', 'exclusion_zones'))
    zones = keys.get('exclusion_zones') or []
    if not isinstance(zones, list):
        raise ParameterError('exclusion_zones must be a list of polygons')
    return MonitoredArea(keys.get('bounds'), tuple(zones))


def _tracker(content: Any) -> TrackerParameters:
    """Build the tracker's parameters: a preset, soft if none is named, and what differs."""
    keys = dict(mapping('tracker', content))
    preset = TrackerParameters.preset(keys.pop('preset', 'soft'))
    values = {name: value for name, value, _ in preset.flattened()}
    return TrackerParameters.from_flat({**values, **dict(leaves(keys))})


def _frame(frame: Any) -> str:
    if not isinstance(frame, str) or not frame or frame.startswith('/'):
        raise ParameterError(f'frame must be the name of a frame without leading /, got {frame!r}')
    return frame

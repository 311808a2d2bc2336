"""The node graph that a deployment means: what `launch/` and `trf up` both start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import yaml

from thermal_radar_fusion.deployed_camera import ThermalCamera
from thermal_radar_fusion.deployed_identification import Identification, flat_ways
from thermal_radar_fusion.deployment import Deployment, Radar, Room
from thermal_radar_fusion.parameters import Parameters
from thermal_radar_fusion.radar.area import MonitoredArea
from thermal_radar_fusion.simulated_scene import SimulatedScene
from thermal_radar_fusion.topics import (
    THERMAL_CAMERA,
    THERMAL_FACES,
    THERMAL_IMAGE,
    THERMAL_OVERLAY,
)

RosValue = bool | int | float | str | list[float] | list[str]


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

    def ros_arguments(self) -> list[str]:
        """Return what follows the program's name on a command line."""
        words = ['--ros-args', '-r', f'__node:={self.name}', '-r', f'__ns:={self.namespace}']
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
        ingest: whether to read the sensors, or to simulate them if that is what the deployment
            is about; not where a bag brings `radar/points`.
        visualizer: whether to publish markers for RViz.
    """
    root = '/' + namespace.strip('/')
    common: dict[str, RosValue] = {'use_sim_time': use_sim_time}
    specs = []
    if ingest and deployment.simulated is not None:
        specs.append(_simulator_spec(deployment.simulated, root, common))
    elif ingest:
        specs += [_ingest_spec(radar, root, common) for radar in deployment.radars.values()]
    specs += [_tracker_spec(deployment, room, root, common) for room in deployment.rooms.values()]
    specs += [
        _faces_spec(deployment, camera, root, common) for camera in deployment.cameras.values()
    ]
    specs += [
        _associator_spec(deployment, room, root, common)
        for room in deployment.rooms
        if deployment.cameras_of(room)
    ]
    if deployment.identification is not None:
        specs.append(_reidentifier_spec(deployment, deployment.identification, root, common))
    specs.append(_tracer_spec(deployment, root, common))
    if visualizer:
        specs.append(_visualizer_spec(deployment, root, common))
    return specs


def _simulator_spec(
    simulated: SimulatedScene, root: str, common: Mapping[str, RosValue]
) -> NodeSpec:
    parameters = {**common, **_ros_values(simulated.scene)}
    # Settings may be none, and an empty list has no type in ROS.
    lists = {'sensors': list(simulated.sensors), 'set': list(simulated.settings)}
    parameters |= {name: words for name, words in lists.items() if words}
    return NodeSpec('simulator', 'simulator', root, parameters)


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


def _faces_spec(
    deployment: Deployment, camera: ThermalCamera, root: str, common: Mapping[str, RosValue]
) -> NodeSpec:
    parameters = {**common, 'frame_id': camera.name, **_ros_values(camera.images)}
    topics = (THERMAL_IMAGE, THERMAL_CAMERA, THERMAL_FACES, THERMAL_OVERLAY)
    parameters |= _camera_topics(deployment, camera, *topics)
    name = f'{camera.name}_face_tracker'
    return NodeSpec('thermal_face_tracker', name, _joined(root, camera.room), parameters)


def _associator_spec(
    deployment: Deployment, room: str, root: str, common: Mapping[str, RosValue]
) -> NodeSpec:
    cameras = deployment.cameras_of(room)
    parameters = {**common, 'room': room, 'frame_id': deployment.frame, 'cameras': list(cameras)}
    calibrated = [name for name, camera in cameras.items() if camera.pose is not None]
    if calibrated:
        parameters['calibrated'] = calibrated
    for name, camera in cameras.items():
        topics = _camera_topics(deployment, camera, THERMAL_CAMERA, THERMAL_FACES)
        parameters |= {f'{name}.{topic}': full for topic, full in topics.items()}
        parameters |= _ros_values(camera.people, f'{name}.')
        parameters |= _ros_values(camera.matrix, f'{name}.intrinsics.')
        if camera.pose is not None:
            parameters |= _ros_values(camera.pose, f'{name}.mounting.')
    return NodeSpec('track_associator', 'track_associator', _joined(root, room), parameters)


def _camera_topics(
    deployment: Deployment, camera: ThermalCamera, *names: str
) -> dict[str, RosValue]:
    """Return topics of a camera by name, relative to its room but for a driver's absolute ones."""
    full = {name: deployment.camera_topic(camera.name, name) for name in names}
    return {name: topic.removeprefix(f'/{camera.room}/') for name, topic in full.items()}


def _reidentifier_spec(
    deployment: Deployment,
    identification: Identification,
    root: str,
    common: Mapping[str, RosValue],
) -> NodeSpec:
    parameters = {**common, 'frame_id': deployment.frame, 'rooms': list(deployment.rooms)}
    parameters |= {'network': identification.network, **_ros_values(identification.parameters)}
    rooms, seconds = flat_ways(identification.ways)
    if rooms:
        parameters |= {'ways.rooms': rooms, 'ways.seconds': seconds}
    return NodeSpec('reidentifier', 'reidentifier', root, parameters)


def _tracer_spec(deployment: Deployment, root: str, common: Mapping[str, RosValue]) -> NodeSpec:
    parameters = {**common, 'rooms': list(deployment.rooms), **_ros_values(deployment.contacts)}
    return NodeSpec('contact_tracer', 'contact_tracer', root, parameters)


def _visualizer_spec(
    deployment: Deployment, root: str, common: Mapping[str, RosValue]
) -> NodeSpec:
    parameters = {**common, 'frame_id': deployment.frame, 'rooms': list(deployment.rooms)}
    screened = [room for room in deployment.rooms if deployment.cameras_of(room)]
    if screened:
        parameters['screened'] = screened
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
    # What is not given has no type in ROS.
    return {name: value for name, value, _ in parameters.flattened(prefix) if value is not None}


def _yaml_value(value: RosValue) -> str:
    """Return a value as `-p name:=value` takes it, on one line."""
    return (
        yaml.safe_dump(value, default_flow_style=True, width=float('inf'))
        .split('\n...')[0]
        .strip()
    )


def _joined(root: str, name: str) -> str:
    return f'{root.rstrip("/")}/{name}'

"""The front door of the simulator: a scenario and a seed in, what all sensors see out."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from thermal_radar_fusion.camera_model import ThermalCameraView
from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.simulation.cast import Cast
from thermal_radar_fusion.simulation.content import at
from thermal_radar_fusion.simulation.readings import (
    LowResReading,
    Observation,
    RadarReading,
    ThermalReading,
    TruthReading,
)
from thermal_radar_fusion.simulation.scenario import (
    Placement,
    Scenario,
    ScenarioError,
    checked_duration,
)
from thermal_radar_fusion.simulation.streams import START, Streams

if TYPE_CHECKING:
    from thermal_radar_fusion.simulation.thermal_camera import ThermalCameraModel

# Kinds of sensors, and the key that lists them in a scenario.
GROUPS = {'radar': 'radars', 'thermal': 'thermal_cameras', 'lowres_ir': 'lowres_ir'}
SENSORS = tuple(GROUPS)

# What the counts of a simulated camera mean, in the words of `thermal.radiometry`.
PRESETS = {'high': 'a65_high', 'low': 'a65_low', 'centikelvin': 'centikelvin'}

__all__ = [
    'SENSORS',
    'START',
    'LowResReading',
    'Observation',
    'RadarReading',
    'Simulation',
    'ThermalReading',
    'TruthReading',
    'deployment_content',
    'simulate',
]


class Simulation:
    """People who live through a scenario, watched by its sensors.

    The same arguments give the same readings, bit by bit, each time they are asked for. Each
    sensor draws random numbers of its own: the others see the same without it.

    Args:
        seed: of everything that is drawn, 0 or more.
        duration: seconds, None for the scenario's.
        sensors: kinds of sensors that are simulated, of SENSORS; others cost nothing.

    Raises:
        ScenarioError: one line: the duration, the seed or a kind of sensors is impossible, people
            do not fit, or a sensor's model is wrong.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int = 0,
        duration: float | None = None,
        sensors: Collection[str] = SENSORS,
    ) -> None:
        self.scenario = scenario
        self.seed = _named(scenario, 'seed', _checked_seed, seed)
        wanted = scenario.duration if duration is None else duration
        self.duration = _named(scenario, 'duration', checked_duration, wanted)
        self.sensors = _named(scenario, 'sensors', _checked_sensors, sensors)
        self._cast = Cast(scenario, self.seed, self.duration)
        _named(scenario, '', self._streams)  # a wrong model is told at once, not on the way

    @property
    def people(self) -> tuple[str, ...]:
        """Names of everybody in the scenario."""
        return tuple(person.name for person in self._cast.people)

    def deployment_content(self) -> dict[str, Any]:
        """Return what a deployment's YAML file would hold: rooms, and the sensors in them."""
        return deployment_content(self.scenario, self.sensors)

    def observations(self) -> Iterator[Observation]:
        """Yield what the sensors see and the truth, in the order of stamps.

        Computed a few seconds at a time, so that hours need no more memory than minutes.
        """
        merged = heapq.merge(*self._streams(), key=lambda reading: reading.stamp)
        for reading in merged:
            if isinstance(reading, RadarReading):
                yield TruthReading(reading.room, reading.stamp, reading.truth)
            yield reading

    def _streams(self) -> list[Iterable[Observation]]:
        """Return the readings of each sensor, and the truth of rooms without a radar."""
        streams = Streams(self._cast, self.scenario.plan, self.seed, self.duration)
        makers: dict[str, Callable[[Placement], Iterable[Observation]]] = {
            'radar': streams.radar,
            'thermal': streams.thermal,
            'lowres_ir': streams.lowres_ir,
        }
        made = [
            at(f'{GROUPS[kind]}.{placement.name}.model', makers[kind], placement)
            for kind in SENSORS
            for placement in self._placements(kind).values()
        ]
        watched = {radar.room for radar in self._placements('radar').values()}
        others = [room for room in self.scenario.plan.room_names if room not in watched]
        return [*made, *(streams.truth(room) for room in others)]

    def _placements(self, kind: str) -> Mapping[str, Placement]:
        """Return the sensors of one kind that are simulated."""
        return getattr(self.scenario, GROUPS[kind]) if kind in self.sensors else {}


def simulate(scenario: Scenario, seed: int = 0, duration: float | None = None) -> list[Recording]:
    """Return what the radars of each room see, with the truth and whose each point is.

    Args:
        seed, duration: as of `Simulation`.

    Returns:
        One recording for each room that has a radar, in the order of the floor plan.

    Raises:
        ScenarioError: see `Simulation`.
    """
    simulation = Simulation(scenario, seed, duration, sensors=('radar',))
    readings: dict[str, list[RadarReading]] = {room: [] for room in scenario.plan.room_names}
    for reading in simulation.observations():
        if isinstance(reading, RadarReading):
            readings[reading.room].append(reading)
    watched = {radar.room for radar in scenario.radars.values()}
    return [
        Recording(
            tuple(reading.frame for reading in seen),
            tuple(reading.people for reading in seen),
            tuple(reading.truth for reading in seen),
            simulation.people,
            room,
        )
        for room, seen in readings.items()
        if room in watched
    ]


def deployment_content(scenario: Scenario, sensors: Collection[str] = SENSORS) -> dict[str, Any]:
    """Return what a deployment's YAML file would hold: rooms, and the sensors in them.

    Args:
        sensors: kinds of sensors that are simulated, of SENSORS.
    """
    rooms = {
        name: {'area': {'bounds': corners.tolist()}}
        for name, corners in scenario.plan.rooms.items()
    }
    content = {'rooms': rooms, 'radars': {}}
    if 'radar' in sensors:
        content['radars'] = {
            name: {'room': radar.room, 'mounting': _pose(radar)}
            for name, radar in scenario.radars.items()
        }
    if 'thermal' in sensors and scenario.thermal_cameras:
        content['cameras'] = {
            name: _camera_content(camera) for name, camera in scenario.thermal_cameras.items()
        }
    return content


def _camera_content(camera: Placement) -> dict[str, Any]:
    """Return one thermal camera as a deployment's file has it."""
    from thermal_radar_fusion.simulation.thermal_camera import ThermalCameraModel

    model = at(
        f'thermal_cameras.{camera.name}.model', ThermalCameraModel.from_mapping, camera.model
    )
    content = {
        'room': camera.room,
        'mounting': _pose(camera),
        'radiometry': {'preset': PRESETS[model.radiometry]},
    }
    reference = _reference_content(camera, model)
    return {**content, 'temperature': {'reference': reference}} if reference else content


def _reference_content(camera: Placement, model: ThermalCameraModel) -> dict[str, float]:
    """Return where in the image the reference body is, nothing where there is none."""
    if model.room.reference is None:
        return {}
    view = ThermalCameraView(model.intrinsics, camera.pose.transform)
    place = np.array([model.room.reference_position])
    if not view.sees(place)[0]:
        return {}
    (pixel,), (distance,) = view.project(place)
    radius = view.intrinsics.fx * model.room.reference_radius / distance
    figures = {'x': pixel[0], 'y': pixel[1], 'radius': radius}
    # Rounded, so that every machine writes the same bag.
    rounded = {name: round(float(value), 3) for name, value in figures.items()}
    return {'temperature': model.room.reference, **rounded}


def _pose(placement: Placement) -> dict[str, float]:
    """Return a mounting as a deployment's file has it."""
    return {name: value for name, value, _ in placement.pose.flattened()}


def _named(scenario: Scenario, where: str, check: Callable[..., Any], *arguments: Any) -> Any:
    """Return what `check` returns; its errors name the scenario."""
    try:
        return at(where, check, *arguments) if where else check(*arguments)
    except ParameterError as error:
        raise ScenarioError(f'{scenario.name}: {error}') from None


def _checked_seed(seed: Any) -> int:
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise ParameterError(f'must be a whole number, 0 or more, got {seed!r:.60}')
    return seed


def _checked_sensors(sensors: Collection[str]) -> tuple[str, ...]:
    for kind in sensors:
        if kind not in SENSORS:
            raise ParameterError(f'unknown kind {kind!r:.60}; known are {", ".join(SENSORS)}')
    return tuple(kind for kind in SENSORS if kind in sensors)

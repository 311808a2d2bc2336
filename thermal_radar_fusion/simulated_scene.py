"""What people ask of the simulator: a scenario, its chance, its sensors and what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter
from thermal_radar_fusion.simulation.scenario import LONGEST, Scenario, load_scenario
from thermal_radar_fusion.yaml_file import key_and_value

if TYPE_CHECKING:
    from thermal_radar_fusion.simulation.simulation import Simulation


@dataclass(frozen=True)
class SceneParameters(Parameters):
    """Which scene."""

    scenario: str = parameter('free', 'name of a scenario, or its file', reconfigurable=False)
    seed: int = parameter(0, 'of chance', low=0, reconfigurable=False)
    duration: float = parameter(
        0.0, "0: the scenario's own", unit='s', low=0, high=LONGEST, reconfigurable=False
    )


@dataclass(frozen=True)
class SimulatedScene:
    """A scene that can be played.

    Attributes:
        sensors: kinds of sensors, none for all.
        settings: KEY=VALUE, what differs from the scenario's file.
    """

    scene: SceneParameters = field(default_factory=SceneParameters)
    sensors: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()

    def scenario(self) -> Scenario:
        """Return the scenario, changed as the settings say; see `simulation_of` for errors."""
        return scenario_of(self.scene.scenario, self.settings)

    def simulation(self) -> Simulation:
        """Return the simulation of this scene; see `simulation_of` for errors."""
        scene = self.scene
        duration = scene.duration or None
        return simulation_of(scene.scenario, scene.seed, duration, self.settings, self.sensors)


def scenario_of(name: str, settings: Iterable[str]) -> Scenario:
    """Return a scenario with some KEY=VALUE changed; see `simulation_of` for errors."""
    return load_scenario(name, dict(key_and_value(setting) for setting in settings))


def simulation_of(
    scenario: str,
    seed: int,
    duration: float | None,
    settings: Iterable[str],
    sensors: Iterable[str],
) -> Simulation:
    """Return the simulation of a scenario with some KEY=VALUE changed.

    Args:
        duration: seconds, None for the scenario's own.
        sensors: kinds of sensors; all where none is named.

    Raises:
        ParameterError: a setting is no KEY=VALUE, a sensor is unknown.
        ScenarioError: the scenario or a key is unknown, or a value is impossible.
    """
    from thermal_radar_fusion.simulation.simulation import Simulation

    loaded = scenario_of(scenario, settings)
    return Simulation(loaded, seed, duration, sensor_kinds(sensors))


def parse_scene(content: Mapping[str, Any]) -> SimulatedScene:
    """Build a scene from what a deployment file says under `simulation`.

    Raises:
        ParameterError: a key is unknown, or a name or value impossible.
    """
    keys = dict(content)
    lists = {name: _words(name, keys.pop(name, [])) for name in ('sensors', 'set')}
    scene = SceneParameters.from_mapping(keys)
    return SimulatedScene(scene, sensor_kinds(lists['sensors']), lists['set'])


def _words(name: str, content: Any) -> tuple[str, ...]:
    if not isinstance(content, list) or not all(isinstance(word, str) for word in content):
        raise ParameterError(f'{name} must be a list of words, got {content!r:.60}')
    return tuple(content)


def sensor_kinds(words: Iterable[str]) -> tuple[str, ...]:
    """Return kinds of sensors in the simulator's order; all of them where none is named.

    Raises:
        ParameterError: one is unknown.
    """
    from thermal_radar_fusion.simulation.simulation import SENSORS

    wanted = tuple(words) or SENSORS
    for word in wanted:
        if word not in SENSORS:
            raise ParameterError(f'unknown sensor {word!r}; known are {", ".join(SENSORS)}')
    return tuple(kind for kind in SENSORS if kind in wanted)

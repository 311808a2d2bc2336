"""The scenes of the suite `paper`: those of milliTRACE-IR (section V-D) and others, simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.deployment import Deployment, parse_deployment
from thermal_radar_fusion.evaluation.visits import by_visit
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import Simulation, simulate

# Seconds of one run of each scene.
SCENES: Mapping[str, float] = {
    'parallel': 30.0,
    'crossing': 30.0,
    'close': 30.0,
    'free': 30.0,
    'entrance': 30.0,
    'two_rooms': 30.0,
    'building': 40.0,
}

# The paper has these scenes with two and with three people: even seeds, odd seeds.
ALTERNATING = ('parallel', 'crossing', 'close')
PEOPLE = (2, 3)


@dataclass(frozen=True)
class Scene:
    """One run of a scene.

    Attributes:
        people: how many there are in it.
        deployment: rooms and radars.
        recordings: what the radars of each room saw, with truth split by visits.
    """

    people: int
    deployment: Deployment
    recordings: tuple[Recording, ...]


def simulated(
    name: str, seed: int, people: int | None = None, duration: float | None = None
) -> Scene:
    """Simulate one scene.

    Args:
        name: of a scenario in SCENES.
        people, duration [s]: None for what belongs to the scene.

    Raises:
        ScenarioError: so many people do not fit, or the duration is impossible.
    """
    if people is None and name in ALTERNATING:
        people = PEOPLE[seed % len(PEOPLE)]
    scenario = load_scenario(name, {} if people is None else {'people.count': people})
    duration = SCENES[name] if duration is None else duration
    rooms = Simulation(scenario, seed, duration, sensors=('radar',)).deployment_content()
    recordings = tuple(by_visit(recording) for recording in simulate(scenario, seed, duration))
    return Scene(len(scenario.people), parse_deployment(rooms), recordings)

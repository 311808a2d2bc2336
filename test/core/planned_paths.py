"""What tests ask of planned trajectories: distances, speeds, who comes near what."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

from thermal_radar_fusion.simulation.planning import plan_trajectories
from thermal_radar_fusion.simulation.scenario import Scenario, load_scenario
from thermal_radar_fusion.simulation.segments import crossing
from thermal_radar_fusion.simulation.trajectory import STEP, Trajectory

Trajectories = Mapping[str, Trajectory]


def planned(name: str, seed: int, duration: float, **settings) -> tuple[Scenario, Trajectories]:
    """Plan a scenario; settings have two underscores for a dot."""
    changes = {key.replace('__', '.'): value for key, value in settings.items()}
    scenario = load_scenario(name, changes)
    return scenario, plan_trajectories(scenario, duration, np.random.default_rng(seed))


def distances(trajectories: Trajectories) -> dict[tuple[str, str], np.ndarray]:
    """Return the distance of every two people over time, infinite while one is outside."""
    found = {}
    for a, b in itertools.combinations(trajectories, 2):
        one, other = trajectories[a], trajectories[b]
        between = np.linalg.norm(one.position - other.position, axis=1)
        found[a, b] = np.where(one.present & other.present, between, np.inf)
    return found


def velocities(trajectory: Trajectory) -> np.ndarray:
    """Return the velocity between samples (T - 1, 2)."""
    return np.diff(trajectory.position, axis=0) / STEP


def speeds(trajectory: Trajectory) -> np.ndarray:
    """Return the speed between samples (T - 1,), 0 outside of the building."""
    inside = trajectory.present[1:] & trajectory.present[:-1]
    return np.where(inside, np.linalg.norm(velocities(trajectory), axis=1), 0.0)


def accelerations(trajectory: Trajectory) -> np.ndarray:
    """Return the acceleration (T - 2,), 0 outside of the building."""
    inside = trajectory.present[2:] & trajectory.present[:-2]
    change = np.diff(velocities(trajectory), axis=0) / STEP
    return np.where(inside, np.linalg.norm(change, axis=1), 0.0)


def passed_walls(scenario: Scenario, trajectory: Trajectory) -> int:
    """Return how often somebody went through a wall."""
    inside = trajectory.present[1:] & trajectory.present[:-1]
    path = trajectory.position
    return int(crossing(path[:-1], path[1:], scenario.plan.walls)[inside].sum())

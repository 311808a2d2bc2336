"""Draw docs/images/simulated_infrared.jpg: what the simulated infrared sensors see."""

import math
from itertools import pairwise
from pathlib import Path

import matplotlib

matplotlib.use('Agg')

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.simulation.actor import Actor
from thermal_radar_fusion.simulation.body import BodyMotion
from thermal_radar_fusion.simulation.lowres_ir_model import LOWRES_DEVICES
from thermal_radar_fusion.simulation.lowres_ir_sensor import SimulatedLowResIr
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.population import drawn_person
from thermal_radar_fusion.simulation.thermal_camera import (
    SimulatedThermalCamera,
    ThermalCameraModel,
)
from thermal_radar_fusion.simulation.trajectory import Trajectory

FILE = Path(__file__).parents[1] / 'docs' / 'images' / 'simulated_infrared.jpg'
CORNERS = [(-0.3, -2), (-0.3, 2.2), (6.5, 2.2), (6.5, -2), (-0.3, -2)]
WALLS = np.array(list(pairwise(CORNERS)), float)
LOOKS = (
    {},
    {'appearance.hair': 'long'},
    {'appearance.hair': 'bald'},
    {'appearance.glasses': True},
    {'appearance.mask': True},
    {'appearance.beard': True},
    {'appearance.hat': 'cap'},
    {'appearance.hat': 'headscarf'},
)
TURNS = (0.0, 0.8, math.pi / 2, math.pi)


def walker(person: Person, x: float, y: float, heading: float, seed: int) -> BodyMotion:
    """Return somebody who walks through x, y [m]."""
    way = np.column_stack([np.linspace(-1, 1, 41), np.zeros(41)])
    pose = RigidTransform.from_xyz_rpy((x, y, 0), (0, 0, heading))
    zero = np.zeros(41)
    path = Trajectory(
        pose.apply(np.column_stack([way, zero]))[:, :2],
        zero + heading,
        zero,
        zero,
        np.ones(41, bool),
    )
    return Actor(person, path, seed).motion(np.array([1.0]))


def camera(seed: int) -> SimulatedThermalCamera:
    """Return a camera in a room that the seed furnishes."""
    pose = Mounting(z=1.7, pitch=0.03).transform
    return SimulatedThermalCamera(ThermalCameraModel(), pose, WALLS, np.random.default_rng(seed))


def people(seed: int) -> list[tuple[Person, BodyMotion]]:
    """Return four people between 1.5 and 5 m who walk this way and that."""
    draw = np.random.default_rng(seed)
    bodies = []
    for k in range(4):
        person, x = drawn_person(f'scene {seed} person {k}', draw), draw.uniform(1.5, 5.0)
        heading = math.pi + draw.normal(0, 0.8)
        bodies.append((person, walker(person, x, draw.uniform(-0.36, 0.36) * x, heading, k)))
    return bodies


def show(axes: Axes, celsius: np.ndarray, low: float, high: float) -> None:
    """Show an image."""
    axes.imshow(celsius, cmap='inferno', vmin=low, vmax=high)
    axes.set_axis_off()


def draw_scenes(figure: SubFigure) -> None:
    """Draw three rooms with four people each, and the true boxes of their faces."""
    for seed, axes in zip((3, 5, 9), figure.subplots(1, 3), strict=True):
        one, bodies = camera(seed), people(seed)
        show(axes, one.render(1.0, bodies, 0) * one.model.scale - 273.15, 18.5, 37)
        for face in one.faces(bodies, 0):
            x0, y0, x1, y1 = face.box
            axes.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color='lime', lw=0.7)


def draw_heads(figure: SubFigure) -> None:
    """Draw every kind of head from front to back."""
    one = camera(1)
    for row, turn in zip(figure.subplots(len(TURNS), len(LOOKS)), TURNS, strict=True):
        for k, axes in enumerate(row):
            person = drawn_person(f'head {k}', np.random.default_rng(k), **_looks(k))
            bodies = [(person, walker(person, 1.5, 0, math.pi - turn, 1))]
            head = bodies[0][1].head[0]
            middle = round(one.intrinsics.cy - one.intrinsics.fy * (head[2] - 1.65) / head[0])
            image = one.render(1.0, bodies, 0) * one.model.scale - 273.15
            show(axes, image[middle - 95 : middle + 65, 240:400], 20, 37)


def _looks(k: int) -> dict[str, object]:
    plain = {'appearance.glasses': False, 'appearance.beard': False, 'appearance.hair': 'short'}
    return {**plain, 'height': 1.74, **LOOKS[k]}


def draw_lowres(figure: SubFigure) -> None:
    """Draw the same people below an 8x8 sensor and before two of 24x32."""
    mountings = {
        'thermopile_8x8': Mounting(x=2.6, z=2.7, pitch=math.pi / 2),
        'mlx90640': Mounting(x=2.6, z=2.7, pitch=math.pi / 2),
        'mlx90640_narrow': Mounting(z=1.3),
    }
    bodies = people(3)
    for (name, place), axes in zip(mountings.items(), figure.subplots(1, 3), strict=True):
        model = LOWRES_DEVICES[name]
        sensor = SimulatedLowResIr(model, place.transform, np.random.default_rng(1), WALLS)
        show(axes, sensor.render(1.0, bodies, 0), model.background - 1.5, model.background + 5)
        axes.set_title(name, fontsize=7)


def main() -> None:
    """Draw the sheet."""
    figure = plt.figure(figsize=(9, 9.4), layout='constrained')
    for part, draw in zip(
        figure.subfigures(3, 1, height_ratios=(2.4, 4.6, 2.4)),
        (draw_scenes, draw_heads, draw_lowres),
        strict=True,
    ):
        draw(part)
    figure.savefig(FILE, dpi=115, pil_kwargs={'quality': 82})


if __name__ == '__main__':
    main()

"""People who stand still, as bodies, and cameras without noise to look at them."""

import math

import numpy as np

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.simulation.body import JOINTS, BodyMotion
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.thermal_background import RoomModel
from thermal_radar_fusion.simulation.thermal_camera import (
    SimulatedThermalCamera,
    ThermalCameraModel,
)
from thermal_radar_fusion.simulation.thermal_noise import NoiseModel

# Metres for somebody of 1.72 m who looks along x.
MIDDLE = {
    'head': (0.02, 0, 1.603),
    'face': (0.115, 0, 1.603),
    'neck': (0, 0, 1.436),
    'chest': (0, 0, 1.24),
    'pelvis': (0, 0, 0.91),
}
LEFT = {
    'shoulder': (0, 0.20, 1.40),
    'elbow': (-0.02, 0.23, 1.08),
    'hand': (0.05, 0.24, 0.75),
    'hip': (0, 0.09, 0.90),
    'knee': (0.02, 0.09, 0.48),
    'ankle': (0, 0.09, 0.07),
    'toe': (0.16, 0.1, 0.02),
}
SILENT = NoiseModel(
    temporal=0,
    pixels=0,
    rows=0,
    columns=0,
    offset=0,
    drift=0,
    residual=0,
    shutter_interval=0,
)
BARE = RoomModel(distractors=0, surfaces=0, texture=0, gradient=0, floor=0)
NO_WALLS = np.zeros((0, 2, 2))


def standing(x, y, heading=math.pi, *, instants=1, rate=15.0, velocity=(0.0, 0.0)) -> BodyMotion:
    """Return somebody at x, y [m] who looks along heading and may be shifted at a velocity."""
    joints = dict(MIDDLE)
    for joint, (ahead, aside, up) in LEFT.items():
        joints |= {f'left_{joint}': (ahead, aside, up), f'right_{joint}': (ahead, -aside, up)}
    still = np.array([joints[name] for name in JOINTS], float)
    turned = RigidTransform.from_xyz_rpy((0, 0, 0), (0, 0, heading)).apply(still)
    times = np.arange(instants) / rate
    moved = times[:, None, None] * np.array([*velocity, 0.0]) + [x, y, 0.0]
    velocities = np.broadcast_to([*velocity, 0.0], (instants, *turned.shape))
    present = np.ones(instants, bool)
    return BodyMotion(times, present, turned + moved, velocities, np.full(instants, heading))


def camera(seed=1, *, mounting=None, walls=NO_WALLS, **settings) -> SimulatedThermalCamera:
    """Return a camera at 1.6 m height that looks along x, by default without any error."""
    model = ThermalCameraModel(**{'noise': SILENT, 'room': BARE, **settings})
    place = mounting or Mounting(z=1.6)
    return SimulatedThermalCamera(model, place.transform, walls, np.random.default_rng(seed))


def celsius(image, scale=0.04) -> np.ndarray:
    """Return counts as degrees Celsius."""
    return image * scale - 273.15


def somebody(name='somebody', **appearance) -> Person:
    """Return a person of the mean size."""
    return Person(name, appearance=appearance)

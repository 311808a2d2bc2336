"""One sensor's readings in the order of their stamps, computed a few seconds at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.simulation.body import BodyMotion
from thermal_radar_fusion.simulation.cast import Cast, nobody, seed_for
from thermal_radar_fusion.simulation.content import word
from thermal_radar_fusion.simulation.floor_plan import FloorPlan
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.radar_device import RADAR_DEVICES
from thermal_radar_fusion.simulation.radar_echoes import RadarModel
from thermal_radar_fusion.simulation.radar_sensor import SimulatedRadar
from thermal_radar_fusion.simulation.readings import (
    LowResReading,
    RadarReading,
    ThermalReading,
    TruthReading,
)
from thermal_radar_fusion.simulation.scenario import Placement

Array = NDArray[np.float64]
Bodies = list[tuple[Person, BodyMotion]]

# Not zero: a stamp of zero means that a driver did not set it.
START = 100.0
BLOCK = 4.0  # how much is computed at once [s]
SHUTTER = 2.0  # how far back a thermal camera repeats frames while its shutter is closed [s]
TRUTH_RATE = 15.0  # of the truth of rooms without a radar [Hz]


class Streams:
    """Makes the sensors of a simulation, each with random numbers of its own.

    Args:
        seed: of the whole simulation.
        duration: readings end then [s].
    """

    def __init__(self, cast: Cast, plan: FloorPlan, seed: int, duration: float) -> None:
        self._cast = cast
        self._plan = plan
        self._seed = seed
        self._duration = duration

    def radar(self, placement: Placement) -> Iterator[RadarReading]:
        """Return the readings of a radar; frames that get lost are none.

        Raises:
            ParameterError: its model is impossible.
        """
        model = RadarModel.from_mapping(placement.model)
        generator = self._generator('radar', placement)
        device, pose = RADAR_DEVICES[placement.device], placement.pose.transform
        sensor = SimulatedRadar(device, pose, self._plan.walls, generator, model)
        return self._radar_readings(placement, sensor)

    def _radar_readings(
        self, placement: Placement, sensor: SimulatedRadar
    ) -> Iterator[RadarReading]:
        for start, end in self._blocks():
            times = sensor.frame_times(start, end)
            motions = self._cast.motions(times)
            seen = sensor.observe(motions or (nobody(times),))
            late = np.array(
                [0.0 if s is None else s.time - t for s, t in zip(seen, times, strict=True)]
            )
            truth = (
                self._cast.truth(placement.room, motions, late) if motions else [()] * len(times)
            )
            for observation, people in zip(seen, truth, strict=True):
                if observation is not None:
                    stamp = START + observation.time
                    frame = RadarFrame(stamp, observation.points, placement.name)
                    yield RadarReading(
                        placement.room, placement.name, stamp, frame, observation.people, people
                    )

    def thermal(self, placement: Placement) -> Iterator[ThermalReading]:
        """Return the readings of a thermal camera.

        Raises:
            ParameterError: its model is impossible.
        """
        from thermal_radar_fusion.simulation.thermal_camera import (
            SimulatedThermalCamera,
            ThermalCameraModel,
        )

        model = ThermalCameraModel.from_mapping(placement.model)
        generator = self._generator('thermal', placement)
        camera = SimulatedThermalCamera(
            model, placement.pose.transform, self._plan.walls, generator
        )
        return (
            ThermalReading(
                placement.room,
                placement.name,
                START + frame[0],
                camera.intrinsics,
                partial(camera.render, *frame),
                partial(camera.shown_faces, *frame),
            )
            for frame in self._instants(camera)
        )

    def lowres_ir(self, placement: Placement) -> Iterator[LowResReading]:
        """Return the readings of a low-resolution infrared sensor.

        Raises:
            ParameterError: its device is unknown or its model is impossible.
        """
        from thermal_radar_fusion.simulation.lowres_ir_model import LOWRES_DEVICES
        from thermal_radar_fusion.simulation.lowres_ir_sensor import SimulatedLowResIr

        device = word(placement.device, tuple(LOWRES_DEVICES), 'device')
        model = LOWRES_DEVICES[device].replace(**placement.model)
        generator = self._generator('lowres_ir', placement)
        pose = placement.pose.transform
        sensor = SimulatedLowResIr(model, pose, generator, self._plan.walls)
        return (
            LowResReading(placement.room, placement.name, START + frame[0], sensor.render(*frame))
            for frame in self._instants(sensor)
        )

    def _instants(self, sensor: Any) -> Iterator[tuple[float, Bodies, int]]:
        """Yield time, bodies and their index for each frame of an infrared sensor."""
        for start, end in self._blocks():
            times = sensor.frame_times(max(start - SHUTTER, 0.0), end)
            bodies = list(zip(self._cast.people, self._cast.motions(times), strict=True))
            for index in np.flatnonzero(times >= start - 1e-9):
                yield float(times[index]), bodies, int(index)

    def truth(self, room: str) -> Iterator[TruthReading]:
        """Yield the truth about a room without a radar at a steady rate."""
        for start, end in self._blocks():
            frames = np.arange(math.ceil(start * TRUTH_RATE), math.ceil(end * TRUTH_RATE))
            times = frames / TRUTH_RATE
            truth = self._cast.truth(room, self._cast.motions(times)) or [()] * len(times)
            for time, people in zip(times, truth, strict=True):
                yield TruthReading(room, START + float(time), people)

    def _blocks(self) -> Iterator[tuple[float, float]]:
        """Yield start and end of what is computed at once."""
        for number in range(math.ceil(self._duration / BLOCK)):
            yield number * BLOCK, min((number + 1) * BLOCK, self._duration)

    def _generator(self, kind: str, placement: Placement) -> np.random.Generator:
        """Return the random numbers of one sensor."""
        return np.random.default_rng(seed_for(self._seed, kind, placement.name))

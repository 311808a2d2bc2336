"""What the sensors of a simulated building see, reading by reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import TruePerson
from thermal_radar_fusion.radar.point_cloud import RadarFrame

if TYPE_CHECKING:
    from thermal_radar_fusion.camera_model import Intrinsics
    from thermal_radar_fusion.simulation.face_boxes import FaceBox


@dataclass(frozen=True)
class RadarReading:
    """One frame of a radar.

    Attributes:
        room, sensor: names.
        stamp: seconds, the sensor's clock.
        frame: the cloud in the sensor's own frame.
        people: (N,) index into `Simulation.people` of whom each point came from, or NOBODY.
        truth: who is in the room at the stamp, and where.
    """

    room: str
    sensor: str
    stamp: float
    frame: RadarFrame
    people: NDArray[np.int64]
    truth: tuple[TruePerson, ...]


@dataclass(frozen=True)
class ThermalReading:
    """One frame of a thermal camera.

    Attributes:
        room, sensor: names.
        stamp: seconds, the sensor's clock.
        camera: its intrinsics.
        render: makes the image.
        find: looks up the faces in it.
    """

    room: str
    sensor: str
    stamp: float
    camera: Intrinsics
    render: Callable[[], NDArray[np.uint16]]
    find: Callable[[], list[FaceBox]]

    @cached_property
    def image(self) -> NDArray[np.uint16]:
        """(height, width) counts, rendered when first asked for: most of the work there is."""
        return self.render()

    @cached_property
    def faces(self) -> list[FaceBox]:
        """The truth: boxes of the faces that the image shows, found when first asked for."""
        return self.find()


@dataclass(frozen=True)
class LowResReading:
    """One frame of a low-resolution infrared sensor.

    Attributes:
        room, sensor: names.
        stamp: seconds, the sensor's clock.
        image: (rows, columns) degrees Celsius.
    """

    room: str
    sensor: str
    stamp: float
    image: NDArray[np.float32]


@dataclass(frozen=True)
class TruthReading:
    """Who is in a room at an instant, and where.

    Attributes:
        room: name.
        stamp: seconds: that of each radar frame of the room, or steady where no radar is.
    """

    room: str
    stamp: float
    people: tuple[TruePerson, ...]


Observation: TypeAlias = RadarReading | ThermalReading | LowResReading | TruthReading

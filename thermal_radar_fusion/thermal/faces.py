"""Faces as they are found in an image, and as they are tracked from image to image."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.thermal.thermal_image import ThermalImage

Array = NDArray[np.float64]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class DetectedFace:
    """One face in one image.

    Attributes:
        box: x0, y0, x1, y1 [pixels, pixel centres at integers]: hairline to chin, ear to ear.
        score: in [0, 1], how sure the detector is.
        chin_room: how far the box reaches below the chin, as people leave room there who draw
            boxes [share of the height to the chin].
    """

    box: Box
    score: float
    chin_room: float = 0.0

    @property
    def centre(self) -> tuple[float, float]:
        """Column and row of the middle [pixels]."""
        x0, y0, x1, y1 = self.box
        return (x0 + x1) / 2, (y0 + y1) / 2

    @property
    def height(self) -> float:
        """Pixels."""
        return self.box[3] - self.box[1]


class FaceDetector(Protocol):
    """Whatever finds faces: our network, blobs, or a user's network."""

    def detect(self, image: ThermalImage) -> list[DetectedFace]:
        """Return the faces of one image, the surest first."""
        ...


class FaceStatus(IntEnum):
    """Life of a face track; the values are those of FaceTrack.msg."""

    TENTATIVE = 0
    CONFIRMED = 1
    COASTING = 2


@dataclass(frozen=True)
class FaceTrack:
    """One face as estimated after one frame.

    Attributes:
        track_id: unique for the life of the tracker, never reused, starts at 1.
        status: CONFIRMED was found in this frame, COASTING is predicted only.
        state: (7,) x, y [px], vx, vy [px/s], height h [px], distance d [m], its rate [m/s]
            (milliTRACE-IR, section IV-B).
        covariance: (7, 7) of the state, same order.
        box: x0, y0, x1, y1 [px] of the face as estimated.
        temperature: this frame's reading of the face, relative to the reference body if there is
            one, not corrected for distance [°C]; NaN where it was not seen or is not radiometric.
        temperature_std: standard deviation of that reading [K]; NaN likewise.
        first_seen, last_seen: stamps of the first and last detection [s].
    """

    track_id: int
    status: FaceStatus
    state: Array
    covariance: Array
    box: tuple[float, float, float, float]
    temperature: float
    temperature_std: float
    first_seen: float
    last_seen: float

    @property
    def distance(self) -> float:
        """From the camera [m], coarse: from the height of the face alone."""
        return float(self.state[5])

    @property
    def distance_std(self) -> float:
        """Standard deviation of the distance [m]."""
        return float(np.sqrt(self.covariance[5, 5]))


@dataclass(frozen=True)
class TrackedFaces:
    """What the face tracker says about one frame.

    Attributes:
        stamp: of the frame [s].
        faces: confirmed and coasting tracks, by ascending id.
    """

    stamp: float
    faces: tuple[FaceTrack, ...]

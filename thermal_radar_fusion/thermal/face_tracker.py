"""Thermal images in, tracks of faces with their temperatures out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.thermal import face_ekf
from thermal_radar_fusion.thermal.distance_model import DistanceModel
from thermal_radar_fusion.thermal.face_association import (
    associate_faces,
    box_measurement,
    measurement_noise,
    overlap,
)
from thermal_radar_fusion.thermal.face_ekf import FaceFilterParameters, FaceState
from thermal_radar_fusion.thermal.face_heading import Heading
from thermal_radar_fusion.thermal.face_region import Orientation
from thermal_radar_fusion.thermal.faces import (
    DetectedFace,
    FaceDetector,
    FaceStatus,
    FaceTrack,
    TrackedFaces,
)
from thermal_radar_fusion.thermal.temperature import Reading
from thermal_radar_fusion.thermal.thermal_image import ThermalImage
from thermal_radar_fusion.thermal.thermometer import TemperatureParameters, Thermometer

Array = NDArray[np.float64]
Box = tuple[float, float, float, float]

ASPECT_TIME = 0.3
"""Width over height of a box is averaged over so long [s]."""


@dataclass(frozen=True)
class FaceTrackerParameters(Parameters):
    """Everything that can be set of the face tracker."""

    distance: DistanceModel = parameter(DistanceModel(), 'height of faces over distance')
    filter: FaceFilterParameters = parameter(
        FaceFilterParameters(), 'extended Kalman filter of a face'
    )
    gate: float = parameter(
        16.3, 'squared Mahalanobis distance within which a box may be a face', low=0.1, high=1e4
    )
    birth_score: float = parameter(
        0.0, 'detections less sure than this go on with tracks but start none', low=0.0, high=1.0
    )
    birth_overlap: float = parameter(
        0.4, 'no birth over a face that is tracked: intersection over union', low=0.0, high=1.0
    )
    confirm_time: float = parameter(
        0.2, 'found for so long, a face is confirmed', unit='s', low=0.0, high=60.0
    )
    tentative_coast_time: float = parameter(
        0.2, 'a face that is not confirmed lives on for so long', unit='s', low=0.0, high=60.0
    )
    coast_time: float = parameter(
        0.8,
        'a confirmed face lives on for so long without being found',
        unit='s',
        low=0.0,
        high=60.0,
    )
    longest_step: float = parameter(
        0.25,
        'a longer gap between frames counts as this much evidence',
        unit='s',
        low=0.01,
        high=10.0,
    )
    late_tolerance: float = parameter(
        0.3,
        'a frame late by up to this is used, one later than this is a jump back: reset',
        unit='s',
        low=0.0,
        high=10.0,
    )
    still_time: float = parameter(
        1.0,
        'a camera that repeats its image for up to this has closed its shutter: nothing is new',
        unit='s',
        low=0.0,
        high=60.0,
    )


@dataclass
class _Face:
    """What the tracker keeps of one face.

    Attributes:
        seen_for: seconds of evidence since the first detection.
        aspect: width over height of its boxes.
        heading: whether it is walked towards the camera.
    """

    track_id: int
    state: FaceState
    aspect: float
    first_seen: float
    last_seen: float
    seen_for: float = 0.0
    confirmed: bool = False
    heading: Heading = field(default_factory=Heading)

    def box(self, orientation: Orientation) -> Box:
        """Return x0, y0, x1, y1 [px] as estimated."""
        x, y, height = self.state.mean[[face_ekf.X, face_ekf.Y, face_ekf.H]].tolist()
        height = max(height, 1.0)
        return orientation.box(x, y, height, self.aspect * height)


class FaceTracker:
    """Tracks the faces before one thermal camera."""

    def __init__(
        self,
        parameters: FaceTrackerParameters | None,
        detector: FaceDetector,
        temperature: TemperatureParameters | None = None,
        rotation: int = 0,
    ) -> None:
        """Start with nobody.

        Args:
            parameters: see `FaceTrackerParameters`; its `distance` should be fitted to the camera
                (`fit_distance_model`) or at least be `DistanceModel.pinhole` of its focal length.
            detector: finds the faces of one image.
            temperature: how faces are measured.
            rotation: degrees by which images must be turned clockwise for heads to be up; boxes
                are in the image as it is.

        Raises:
            ParameterError: the rotation is not 0, 90, 180 or 270.
        """
        self.parameters = parameters or FaceTrackerParameters()
        self.confirmed_total = 0
        self._detector = detector
        self._orientation = Orientation(rotation)
        self._thermometer = Thermometer(temperature, self._orientation)
        self._started = 0
        self.reset()

    def reset(self) -> None:
        """Forget every face and the reference body; ids go on counting."""
        self._faces: list[_Face] = []
        self._stamp: float | None = None
        self._shown: ThermalImage | None = None
        self._thermometer.reset()

    def update(self, image: ThermalImage) -> TrackedFaces:
        """Step all faces to the image's stamp, find them in it, return who is where."""
        dt = self._advance(image.stamp)
        self._age(dt)
        self._follow([] if self._is_frozen(image) else self._found(image), image.shape, dt)
        self._give_up()
        return self._report(self._readings(image))

    def _found(self, image: ThermalImage) -> list[DetectedFace]:
        """Return the faces of an image, all of them from hairline to chin."""
        down_to_chin = self._orientation.down_to_chin
        return [
            replace(face, box=down_to_chin(face.box, face.chin_room), chin_room=0.0)
            for face in self._detector.detect(image)
        ]

    def _advance(self, stamp: float) -> float:
        """Take over the stamp and return the seconds since the last one; reset on a jump back."""
        if self._stamp is not None and stamp < self._stamp - self.parameters.late_tolerance:
            self.reset()
        dt = 0.0 if self._stamp is None else max(stamp - self._stamp, 0.0)
        self._stamp = stamp if self._stamp is None else max(stamp, self._stamp)
        return dt

    def _is_frozen(self, image: ThermalImage) -> bool:
        """Tell whether the shutter is closed: this image was seen before, a moment ago."""
        shown = self._shown
        if shown is None or not np.array_equal(shown.values, image.values):
            self._shown = image
            return False
        return image.stamp - shown.stamp <= self.parameters.still_time

    def _age(self, dt: float) -> None:
        """Predict all faces; those that a gap between frames was too long for die."""
        blind = max(dt - self.parameters.longest_step, 0.0)
        for face in self._faces:
            face.state = face_ekf.predict(
                face.state, dt, self.parameters.distance, self.parameters.filter
            )
        self._faces = [face for face in self._faces if blind <= self._patience(face)]

    def _patience(self, face: _Face) -> float:
        """Return the seconds that a face lives on without being found."""
        own = self.parameters
        return own.coast_time if face.confirmed else own.tentative_coast_time

    def _follow(self, found: Sequence[DetectedFace], shape: tuple[int, int], dt: float) -> None:
        """Update the faces that were found, and start those that are new."""
        turn, noise = self._orientation, self.parameters.filter
        boxes = [box_measurement(face, turn) for face in found]
        noises = [measurement_noise(face.box, shape, turn, noise) for face in found]
        states = [face.state for face in self._faces]
        choice = associate_faces(states, boxes, noises, self.parameters.gate)
        for face, index in zip(list(self._faces), choice, strict=True):
            if index >= 0:
                face.state = face_ekf.update(face.state, boxes[index], noises[index])
                self._see(face, found[index], dt)
        taken = [found[index].box for index in choice if index >= 0]
        for index in sorted(set(range(len(found))) - set(choice)):
            if self._is_new(found[index], taken):
                taken.append(found[index].box)
                self._start(found[index], boxes[index], noises[index])

    def _see(self, face: _Face, detection: DetectedFace, dt: float) -> None:
        """Remember that a face was found in this image; believe in it after a while."""
        share = 1.0 - math.exp((face.last_seen - self._stamp) / ASPECT_TIME)
        face.aspect += share * (self._aspect(detection) - face.aspect)
        face.heading.update(
            self._stamp, self._stamp - face.last_seen, face.state, self._orientation
        )
        face.seen_for += min(dt, self.parameters.longest_step)
        face.last_seen = self._stamp
        if not face.confirmed and face.seen_for >= self.parameters.confirm_time:
            face.confirmed = True
            self.confirmed_total += 1

    def _aspect(self, detection: DetectedFace) -> float:
        """Return width over height of a face."""
        height, width = self._orientation.extents(detection.box)
        return width / height

    def _is_new(self, detection: DetectedFace, taken: Sequence[Box]) -> bool:
        """Tell whether a detection that belongs to nobody is a face of its own."""
        limit = self.parameters.birth_overlap
        sure = detection.score >= self.parameters.birth_score
        return sure and all(overlap(detection.box, box) <= limit for box in taken)

    def _start(self, detection: DetectedFace, box: Array, noise: Array) -> None:
        """Begin a tentative track."""
        self._started += 1
        state = face_ekf.born(box, noise, self.parameters.distance, self.parameters.filter)
        stamp, aspect = self._stamp, self._aspect(detection)
        self._faces.append(_Face(self._started, state, aspect, stamp, stamp))

    def _give_up(self) -> None:
        """Drop the faces that were not found for too long."""
        self._faces = [
            face for face in self._faces if self._stamp - face.last_seen <= self._patience(face)
        ]

    def _readings(self, image: ThermalImage) -> dict[int, Reading]:
        """Measure the confirmed faces that were found in this image, by id."""
        shown = [face for face in self._faces if face.last_seen == self._stamp and face.confirmed]
        if self._shown is not image:
            return {}
        boxes = [face.box(self._orientation) for face in shown]
        readings = self._thermometer.read(image, boxes, [face.heading.facing for face in shown])
        return {face.track_id: reading for face, reading in zip(shown, readings, strict=True)}

    def _report(self, readings: dict[int, Reading]) -> TrackedFaces:
        """Return the confirmed faces."""
        reported = tuple(
            self._reported(face, readings.get(face.track_id, Reading()))
            for face in self._faces
            if face.confirmed
        )
        return TrackedFaces(self._stamp, reported)

    def _reported(self, face: _Face, reading: Reading) -> FaceTrack:
        seen = face.last_seen == self._stamp
        return FaceTrack(
            track_id=face.track_id,
            status=FaceStatus.CONFIRMED if seen else FaceStatus.COASTING,
            state=face.state.mean,
            covariance=face_ekf.reported_covariance(face.state, self.parameters.filter),
            box=face.box(self._orientation),
            temperature=reading.temperature,
            temperature_std=reading.std,
            first_seen=face.first_seen,
            last_seen=face.last_seen,
        )

"""Somebody before radar and thermal camera: what is read off the face, and where."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.camera_model import ThermalCameraView
from thermal_radar_fusion.deployment import parse_deployment
from thermal_radar_fusion.evaluation.temperature_scenes import (
    REFERENCE,
    REFERENCE_PLACE,
    SceneSequence,
    simulation,
)
from thermal_radar_fusion.evaluation.true_boxes import TrueBoxDetector
from thermal_radar_fusion.pipeline import room_tracker
from thermal_radar_fusion.radar.track import RadarTrack
from thermal_radar_fusion.simulation.readings import RadarReading, ThermalReading
from thermal_radar_fusion.simulation.simulation import Simulation
from thermal_radar_fusion.simulation.thermal_background import RoomModel
from thermal_radar_fusion.thermal.distance_model import DistanceModel
from thermal_radar_fusion.thermal.face_association import BORDER
from thermal_radar_fusion.thermal.face_detector import FaceDetectorParameters, face_detector
from thermal_radar_fusion.thermal.face_tracker import FaceTracker, FaceTrackerParameters
from thermal_radar_fusion.thermal.faces import DetectedFace, FaceDetector, FaceTrack
from thermal_radar_fusion.thermal.radiometry import Radiometry, thermal_image
from thermal_radar_fusion.thermal.reference_body import ReferenceParameters
from thermal_radar_fusion.thermal.thermal_image import ThermalImage
from thermal_radar_fusion.thermal.thermometer import TemperatureParameters, Thermometer

Array = NDArray[np.float64]

DETECTORS = ('network', 'blobs', 'truth')

NEAR, FAR = 0.5, 1.0
"""A radar track is the face's so far aside of its ray and so far from its coarse distance [m]."""

REACH = 0.7
"""A face track is the person's if the head lies so near its middle, in heights of the face."""


@dataclass(frozen=True)
class Setup:
    """How sequences are measured.

    Attributes:
        detector: of DETECTORS: those that search images, or `truth`: true boxes with errors.
        rate: of the thermal camera [Hz].
        reference: whether the reference body is made use of.
        distance: height of faces over distance, None for an ideal camera.
    """

    detector: str = 'network'
    rate: float = 7.5
    reference: bool = True
    distance: DistanceModel | None = None


@dataclass(frozen=True)
class FaceReading:
    """What one image says of the person's face.

    Attributes:
        stamp: seconds.
        temperature, std: °C and K, of the face's region.
        maximum: °C, of the hottest pixel in the box: the paper's reading.
        coarse: distance by the height of the face [m].
        radar: distance by the radar [m]; coarse where the radar has no track yet.
    """

    stamp: float
    temperature: float
    std: float
    maximum: float
    coarse: float
    radar: float


@dataclass(frozen=True)
class MeasuredSequence:
    """What came of one sequence.

    Attributes:
        subject: number of the person.
        temperature: the true one [°C].
        readings: of the person's face, in order.
        sizes: (N, 2) true distance [m] and height [px] of the boxes that were found on it.
        seconds: that the sequence lasts.
    """

    subject: int
    temperature: float
    readings: tuple[FaceReading, ...]
    sizes: Array
    seconds: float


def measure(task: tuple[SceneSequence, Setup]) -> MeasuredSequence:
    """Simulate one sequence and measure it as the nodes would.

    Raises:
        DetectorError: the detector lacks its weights.
    """
    sequence, setup = task
    simulated = simulation(sequence, setup.rate)
    post = _Post(simulated, setup, sequence.number)
    for reading in simulated.observations():
        if isinstance(reading, RadarReading):
            post.hear(reading)
        elif isinstance(reading, ThermalReading):
            post.look(reading)
    return MeasuredSequence(
        sequence.subject,
        sequence.person.appearance.temperature,
        tuple(post.readings),
        post.sizes(),
        simulated.duration,
    )


@dataclass
class _Recorder:
    """A detector that remembers what it found."""

    detector: FaceDetector
    found: list[tuple[float, DetectedFace]] = field(default_factory=list)

    def detect(self, image: ThermalImage) -> list[DetectedFace]:
        """Return what the detector finds."""
        faces = self.detector.detect(image)
        self.found += [(image.stamp, face) for face in faces if _is_whole(face, image.shape)]
        return faces


def _is_whole(face: DetectedFace, shape: tuple[int, int]) -> bool:
    """Tell whether the border of an image of (height, width) leaves a face's height alone."""
    return face.box[1] > BORDER and face.box[3] < shape[0] - 1 - BORDER


class _Post:
    """Radar and thermal camera of one sequence, with what they have seen so far."""

    def __init__(self, simulated: Simulation, setup: Setup, seed: int) -> None:
        self._setup, self._seed = setup, seed
        (self._camera,) = simulated.scenario.thermal_cameras.values()
        deployment = parse_deployment(simulated.deployment_content())
        self._radar = room_tracker(deployment, self._camera.room)
        self._tracks: tuple[RadarTrack, ...] = ()
        self._heads: list[tuple[float, Array]] = []
        self._view: ThermalCameraView | None = None
        self.readings: list[FaceReading] = []

    def hear(self, reading: RadarReading) -> None:
        """Take in a radar frame and the truth that comes with it."""
        self._tracks = self._radar.update(reading.frame).tracks
        self._heads += [(reading.stamp, person.head) for person in reading.truth]

    def look(self, reading: ThermalReading) -> None:
        """Take in a thermal image."""
        if self._view is None:
            self._switch_on(ThermalCameraView(reading.camera, self._camera.pose.transform))
        if isinstance(self._recorder.detector, TrueBoxDetector):
            self._recorder.detector.truth = reading.faces
        image = thermal_image(reading.stamp, reading.image, 'mono16', Radiometry())
        tracked = self._tracker.update(image)
        measured = [face for face in tracked.faces if np.isfinite(face.temperature)]
        for face in measured:
            if self._is_the_persons(face):
                self.readings.append(self._reading(image, face))

    def sizes(self) -> Array:
        """Return (N, 2) true distance and height of the boxes on the person's face."""
        found = self._recorder.found if self._heads else []
        if not found:
            return np.zeros((0, 2))
        stamps, heads = (np.array(column) for column in zip(*self._heads, strict=True))
        at = np.array([stamp for stamp, _ in found])
        places = np.column_stack([np.interp(at, stamps, column) for column in heads.T])
        pixels, distances = self._view.project(places)
        heights = np.array([face.height for _, face in found])
        apart = np.linalg.norm(np.array([face.centre for _, face in found]) - pixels, axis=1)
        return np.column_stack([distances, heights])[apart < REACH * heights]

    def _switch_on(self, view: ThermalCameraView) -> None:
        """Begin to watch, once the camera is known."""
        self._view = view
        self._recorder = _Recorder(self._detector(view))
        model = self._setup.distance or DistanceModel.pinhole(view.intrinsics.fy)
        parameters = TemperatureParameters(reference=self._reference(view))
        self._maximum = Thermometer(parameters.replace(method='maximum'))
        tracking = FaceTrackerParameters(distance=model)
        self._tracker = FaceTracker(tracking, self._recorder, parameters)

    def _detector(self, view: ThermalCameraView) -> FaceDetector:
        if self._setup.detector == 'truth':
            return TrueBoxDetector(view.intrinsics, np.random.default_rng(self._seed))
        return face_detector(FaceDetectorParameters(method=self._setup.detector))

    def _reference(self, view: ThermalCameraView) -> ReferenceParameters:
        """Return where the reference body is in the image, as somebody would mark it."""
        if not self._setup.reference:
            return ReferenceParameters()
        pixels, distances = view.project([REFERENCE_PLACE])
        radius = view.intrinsics.fx * RoomModel().reference_radius / float(distances[0])
        return ReferenceParameters(REFERENCE, *pixels[0].tolist(), radius)

    def _is_the_persons(self, face: FaceTrack) -> bool:
        """Tell whether a track is on the person's head, not on a lamp."""
        if not self._heads:
            return False
        pixels, _ = self._view.project(self._heads[-1][1][None])
        apart = np.linalg.norm(pixels[0] - face.state[:2])
        return bool(apart < REACH * (face.box[3] - face.box[1]))

    def _reading(self, image: ThermalImage, face: FaceTrack) -> FaceReading:
        hottest = self._maximum.read(image, [face.box])[0]
        coarse = face.distance
        return FaceReading(
            image.stamp,
            face.temperature,
            face.temperature_std,
            hottest.temperature,
            coarse,
            self._radar_distance(face, coarse),
        )

    def _radar_distance(self, face: FaceTrack, coarse: float) -> float:
        """Return how far the radar says the face is [m], coarse where it tracks nobody there.

        The radar knows the way on the floor, the camera the elevation of the face.
        """
        ray = self._view.rays(face.state[None, :2])[0]
        level = float(np.hypot(ray[0], ray[1]))
        ways = np.array([track.position[:2] for track in self._tracks]).reshape(-1, 2)
        ways = ways - self._view.position[:2]
        distances = np.hypot(*ways.T) / level
        aside = np.abs(ways[:, 0] * ray[1] - ways[:, 1] * ray[0]) / level
        possible = (aside < NEAR) & (np.abs(distances - coarse) < FAR)
        if not possible.any():
            return coarse
        return float(distances[np.argmin(np.where(possible, aside, np.inf))])

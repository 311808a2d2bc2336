"""Simulated entrances of a few people before a radar and a thermal camera, both tracked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from thermal_radar_fusion.camera_model import ThermalCameraView
from thermal_radar_fusion.datasets.recording import TruePerson
from thermal_radar_fusion.deployment import parse_deployment
from thermal_radar_fusion.evaluation.comparison import EvaluationError
from thermal_radar_fusion.evaluation.true_boxes import TrueBoxDetector
from thermal_radar_fusion.pipeline import room_tracker
from thermal_radar_fusion.radar.track import RadarTrack
from thermal_radar_fusion.simulation.cast import seed_for
from thermal_radar_fusion.simulation.readings import RadarReading, ThermalReading
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import Simulation
from thermal_radar_fusion.simulation.thermal_camera import ThermalCameraModel
from thermal_radar_fusion.thermal.distance_model import DistanceModel
from thermal_radar_fusion.thermal.face_detector import FaceDetectorParameters
from thermal_radar_fusion.thermal.face_tracker import FaceTracker, FaceTrackerParameters
from thermal_radar_fusion.thermal.faces import TrackedFaces
from thermal_radar_fusion.thermal.image_tracker import ImageTracker
from thermal_radar_fusion.thermal.thermal_image import ThermalImage

SCENARIO = 'entrance'
DETECTORS = ('network', 'blobs', 'truth')

Watch = Callable[[ThermalReading], TrackedFaces]


@dataclass(frozen=True)
class RadarMoment:
    """What the radar tracker says after one frame, and who is where at its stamp."""

    stamp: float
    tracks: tuple[RadarTrack, ...]
    truth: tuple[TruePerson, ...]


class Entrance:
    """One seeded entrance.

    Args:
        people: how many.
        duration: seconds.
        detector: of DETECTORS: `truth` renders nothing and takes the true boxes, with errors.

    Attributes:
        view: of the camera, in the frame of the radar tracks.

    Raises:
        ScenarioError: so many people do not fit, or the seed or duration is impossible.
        EvaluationError: the detector lacks its weights.
    """

    def __init__(self, seed: int, people: int, duration: float, detector: str = 'network') -> None:
        scenario = load_scenario(SCENARIO, {'people.count': people})
        self._simulation = Simulation(scenario, seed, duration, ('radar', 'thermal'))
        self._deployment = parse_deployment(self._simulation.deployment_content())
        ((self._name, camera),) = scenario.thermal_cameras.items()
        self._room = camera.room
        intrinsics = ThermalCameraModel.from_mapping(camera.model).intrinsics
        self.view = ThermalCameraView(intrinsics, camera.pose.transform)
        if detector == 'truth':
            self._watch = self._with_true_boxes(np.random.default_rng(seed_for(seed, 'boxes')))
        else:
            self._watch = self._with_images(detector)

    def moments(self) -> Iterator[RadarMoment | TrackedFaces]:
        """Yield the radar's tracks and the camera's faces in the order of their stamps, once."""
        tracker = room_tracker(self._deployment, self._room)
        for reading in self._simulation.observations():
            if isinstance(reading, RadarReading):
                tracks = tracker.update(reading.frame).tracks
                yield RadarMoment(reading.stamp, tracks, reading.truth)
            elif isinstance(reading, ThermalReading):
                yield self._watch(reading)

    def _with_images(self, method: str) -> Watch:
        """Return what renders images and follows the faces that a detector finds in them."""
        images = self._deployment.cameras[self._name].images
        images = images.replace(detector=FaceDetectorParameters(method))
        tracker = ImageTracker(images, _refuse)
        tracker.set_focal_length(self.view.intrinsics.fy)
        return lambda reading: tracker.update(reading.stamp, reading.image)[1]

    def _with_true_boxes(self, generator: np.random.Generator) -> Watch:
        """Return what follows true faces that are found with errors."""
        intrinsics = self.view.intrinsics
        parameters = FaceTrackerParameters(distance=DistanceModel.pinhole(intrinsics.fy))
        detector = TrueBoxDetector(intrinsics, generator)
        tracker = FaceTracker(parameters, detector)

        def watch(reading: ThermalReading) -> TrackedFaces:
            detector.truth = reading.faces
            return tracker.update(_blank(reading))

        return watch


def _blank(reading: ThermalReading) -> ThermalImage:
    """Return an image that shows nothing, another one at every instant: it is not frozen."""
    shape = reading.camera.height, reading.camera.width
    return ThermalImage(reading.stamp, np.full(shape, reading.stamp, np.float32), False)


def _refuse(text: str) -> None:
    raise EvaluationError(text)

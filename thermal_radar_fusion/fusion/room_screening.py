"""Radar tracks and face tracks of one room in, temperatures of its people out.

The one core of the node track_associator and of `trf process`. A screening aid, not a medical
device.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from thermal_radar_fusion.camera_model import Intrinsics, ThermalCameraView
from thermal_radar_fusion.fusion.camera_people import (
    NOBODY_MEASURED,
    CameraPeople,
    PersonTemperature,
)
from thermal_radar_fusion.fusion.radar_trails import RadarTrails
from thermal_radar_fusion.fusion.screened import NO_TRACK, Screening
from thermal_radar_fusion.fusion.screening import Screener, ScreeningParameters, ScreeningResult
from thermal_radar_fusion.fusion.track_association import (
    AssociationParameters,
    Pairing,
    TrackAssociator,
)
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.track import RadarTrack
from thermal_radar_fusion.thermal.faces import TrackedFaces
from thermal_radar_fusion.thermal.temperature import TemperatureCorrection

NO_MOUNTING = (
    'where it hangs was never calibrated (trf calibrate extrinsics): faces are measured, but'
    ' belong to no radar track'
)

# A stamp back by more than this is a restart, no late message [s].
LATE_TOLERANCE = 0.3


@dataclass(frozen=True)
class PersonScreeningParameters(Parameters):
    """How the faces of one camera become people with temperatures."""

    association: AssociationParameters = parameter(
        AssociationParameters(), 'of faces with radar tracks'
    )
    correction: TemperatureCorrection = parameter(
        TemperatureCorrection(), 'of readings for distance'
    )
    screening: ScreeningParameters = parameter(ScreeningParameters(), 'who is too warm')
    fewest_readings: int = parameter(
        5, 'a temperature of fewer readings is not told', low=1, high=1000
    )
    memory: float = parameter(
        10.0, 'who is neither seen nor tracked any more is forgotten', unit='s', low=0, high=3600
    )


@dataclass(frozen=True)
class CameraSetup:
    """What is known of one camera of the room.

    Attributes:
        mounting: its pose in the frame of the radar tracks; None where it was never calibrated:
            faces are then measured, but belong to nobody.
    """

    mounting: RigidTransform | None = None
    parameters: PersonScreeningParameters = field(default_factory=PersonScreeningParameters)


class RoomScreening:
    """Finds out how warm the people of one room are.

    Radar frames and images may come in any order, at any rates. What is
    said of a person holds on while the radar follows them, also where no camera sees them.
    """

    def __init__(self, room: str, cameras: Mapping[str, CameraSetup]) -> None:
        """Start with nobody.

        Args:
            room: its name.
            cameras: of the room, by name.
        """
        self.room = room
        self._cameras = {name: _CameraScreening(setup) for name, setup in cameras.items()}
        self._trails = RadarTrails()
        self._stamp = -math.inf

    def reset(self) -> None:
        """Forget everybody."""
        self._stamp = -math.inf
        self._trails.reset()
        for camera in self._cameras.values():
            camera.reset()

    def set_intrinsics(self, camera: str, intrinsics: Intrinsics) -> None:
        """Tell the camera matrix of one camera; before that, its faces belong to nobody."""
        self._cameras[camera].set_intrinsics(intrinsics)

    def reconfigure(self, camera: str, parameters: PersonScreeningParameters) -> None:
        """Take other parameters for one camera.

        Who is too warm is judged by them from now on; other ways to pair or to correct begin anew.
        """
        self._cameras[camera].reconfigure(parameters)

    def radar(self, stamp: float, tracks: Sequence[RadarTrack]) -> None:
        """Take in the radar tracks, in `map`, of one frame [s]; a jump back forgets everybody."""
        if stamp < self._stamp - LATE_TOLERANCE:
            self.reset()
        self._stamp = max(self._stamp, stamp)
        known = frozenset().union(*(camera.people.radar_ids for camera in self._cameras.values()))
        self._trails.add(stamp, tracks)
        self._trails.keep(known)
        for camera in self._cameras.values():
            if camera.associator is not None:
                camera.associator.radar(stamp, tracks)

    def faces(self, camera: str, tracked: TrackedFaces) -> tuple[Screening, ...]:
        """Take in the faces of one image of a camera; return all people of the room.

        Raises:
            KeyError: the room has no such camera.
        """
        self._cameras[camera].update(tracked, self._trails)
        return tuple(
            _screening(self.room, name, person, result)
            for name, own in self._cameras.items()
            for person, result in own.judged(self._trails.alive)
        )


class _CameraScreening:
    """What one camera's images say of people.

    Attributes:
        people: by their faces.
        associator: of faces with radar tracks, None while the camera's view is not known.
    """

    def __init__(self, setup: CameraSetup) -> None:
        self._mounting = setup.mounting
        self._intrinsics: Intrinsics | None = None
        self._parameters = setup.parameters
        self._screener = Screener(setup.parameters.screening)
        self.reset()

    def reset(self) -> None:
        """Forget everybody."""
        self._stamp = -math.inf
        self._results: dict[int, ScreeningResult] = {}
        self.people = CameraPeople(self._parameters.correction, self._parameters.memory)
        self._screener.reset()
        self.associator = self._associator()

    def reconfigure(self, parameters: PersonScreeningParameters) -> None:
        """Take other parameters; who is known stays known where only the judgement changes."""
        before, self._parameters = self._parameters, parameters
        self._screener.parameters = parameters.screening
        if before.replace(screening=parameters.screening) != parameters:
            self.reset()

    def set_intrinsics(self, intrinsics: Intrinsics) -> None:
        """Take the camera matrix from now on."""
        if intrinsics != self._intrinsics:
            self._intrinsics = intrinsics
            self.associator = self._associator()

    def _associator(self) -> TrackAssociator | None:
        """Return a new associator, None while it is not known what the camera sees."""
        if self._intrinsics is None or self._mounting is None:
            return None
        view = ThermalCameraView(self._intrinsics, self._mounting)
        return TrackAssociator(self._parameters.association, view)

    def update(self, tracked: TrackedFaces, trails: RadarTrails) -> None:
        """Take in the faces of one image."""
        if tracked.stamp < self._stamp - LATE_TOLERANCE:
            self.reset()
        self._stamp = max(self._stamp, tracked.stamp)
        view, pairings = None, ()
        if self.associator is not None:
            self.associator.faces(tracked)
            view, pairings = self.associator.view, self.associator.pairings()
        self.people.update(tracked.stamp, tracked.faces, pairings, trails, view)
        for person in self.people.people(trails.alive):
            self._judge(person)

    def _judge(self, person: PersonTemperature) -> None:
        """Compare one person with the others, if this image has measured them.

        Where the radar has a say, what it does not see is nobody: a poster, a lamp, a reflection.
        """
        known = person.estimate
        seen = person.last_seen == self._stamp and self._is_known(person)
        if seen and (person.pairing is not None or self.associator is None):
            self._results[person.key] = self._screener.update(
                person.key, known.mean, known.std, self._stamp
            )

    def _is_known(self, person: PersonTemperature) -> bool:
        return person.estimate.samples >= self._parameters.fewest_readings

    def judged(self, alive: frozenset[int]) -> list[tuple[PersonTemperature, ScreeningResult]]:
        """Return everybody with what was found; too few readings are no temperature."""
        people = self.people.people(alive)
        for gone in self._results.keys() - {person.key for person in people}:
            self._drop(gone)
        return [
            (
                person if self._is_known(person) else replace(person, estimate=NOBODY_MEASURED),
                self._results.get(person.key, ScreeningResult()),
            )
            for person in people
        ]

    def _drop(self, key: int) -> None:
        """Forget a result.

        Whoever left stays a comparison for the others; whoever proved to be somebody known, by a
        further face of theirs, does not count twice.
        """
        self._results.pop(key)
        if self.people.knows(key):
            self._screener.forget(key)


def _screening(
    room: str, camera: str, person: PersonTemperature, result: ScreeningResult
) -> Screening:
    """Return what is told of one person."""
    pairing = person.pairing or Pairing(NO_TRACK, person.face_id, math.nan, 0.0, 0.0)
    known = person.estimate
    return Screening(
        room,
        camera,
        pairing.radar_id,
        person.face_id,
        pairing.cost,
        pairing.confidence,
        known.mean,
        known.std,
        known.samples,
        result.threshold,
        result.margin,
        result.elevated,
    )

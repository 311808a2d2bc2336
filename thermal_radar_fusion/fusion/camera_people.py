"""The people whose faces one camera sees: whose radar track each is, and how warm."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.camera_model import ThermalCameraView
from thermal_radar_fusion.fusion.radar_trails import RadarTrails
from thermal_radar_fusion.fusion.screened import NO_TRACK
from thermal_radar_fusion.fusion.track_association import Pairing
from thermal_radar_fusion.thermal.faces import FaceTrack
from thermal_radar_fusion.thermal.temperature import (
    KEPT,
    TemperatureCorrection,
    TemperatureEstimate,
    TrackTemperature,
)

Array = NDArray[np.float64]

LEAST_STD = 1e-3  # nobody is surer than this [K]
NOBODY_MEASURED = TemperatureEstimate(float('nan'), float('nan'), 0)


@dataclass
class SeenFace:
    """One face track: its readings, and the radar track that it belongs to.

    Attributes:
        temperature: readings with the coarse distances of the face's size.
        views: of each reading the stamp [s], the cosine of the elevation in which the camera saw
            the face, the coarse distance and the one to correct by [m].
        new: how many of the latest readings have only the coarse distance yet.
        pairing: with a radar track; None while there is none.
        estimate: what the readings say together.
    """

    face_id: int
    temperature: TrackTemperature
    last_seen: float
    views: deque[list[float]] = field(default_factory=lambda: deque(maxlen=KEPT))
    new: int = 0
    pairing: Pairing | None = None
    estimate: TemperatureEstimate = NOBODY_MEASURED

    def see(self, face: FaceTrack, stamp: float, view: ThermalCameraView | None) -> None:
        """Take in the face as one image shows it."""
        self.last_seen = stamp
        if np.isfinite([face.temperature, face.distance]).all():
            self.temperature.add(stamp, face.temperature, face.temperature_std, face.distance)
            self.views.append([stamp, _level(face, view), face.distance, face.distance])
            self.new += 1

    def measure(
        self, trails: RadarTrails, view: ThermalCameraView | None, revised: bool = False
    ) -> None:
        """Work the temperature out anew, with the radar's distances where there are any.

        Args:
            revised: whether it is another radar track than before.
        """
        self._locate(len(self.views) if revised else self.new, trails, view)
        self.new = 0
        self.estimate = self.temperature.estimate([seen[3] for seen in self.views])

    def _locate(self, count: int, trails: RadarTrails, view: ThermalCameraView | None) -> None:
        """Find the distances of the latest readings: the radar's, else the coarse ones.

        The radar knows how far a person is on the floor, the camera how far above or below its
        own height it looked: together they are the distance to the face.
        """
        seen = list(islice(reversed(self.views), count))
        ranges = np.full(len(seen), math.nan)
        if self.pairing is not None and view is not None:
            stamps = np.array([own[0] for own in seen])
            places = trails.at(self.pairing.radar_id, stamps)
            ranges = np.hypot(*(places - view.position[:2]).T)
        for own, on_floor in zip(seen, ranges, strict=True):
            own[3] = float(on_floor) / own[1] if math.isfinite(on_floor) else own[2]


def _level(face: FaceTrack, view: ThermalCameraView | None) -> float:
    """Return the cosine of the elevation in which the camera sees a face, 1 for horizontal."""
    if view is None:
        return 1.0
    ray = view.rays(np.array([face.state[:2]]))[0]
    return max(float(np.hypot(ray[0], ray[1])), 0.1)


@dataclass(frozen=True)
class PersonTemperature:
    """One person as a camera knows them.

    Attributes:
        key: the person's first face track: stays when further faces or a radar track are found.
        face_id: the latest face track.
        last_seen: stamp of the latest image with the face [s].
        pairing: with a radar track that is alive, None if there is none.
        estimate: of all readings of all these faces.
    """

    key: int
    face_id: int
    last_seen: float
    pairing: Pairing | None
    estimate: TemperatureEstimate


class CameraPeople:
    """Remembers the faces of one camera, and which of them are one person.

    Args:
        correction: of readings for distance.
        memory: faces that are gone, and whose radar track is too, are forgotten after this [s].
    """

    def __init__(self, correction: TemperatureCorrection, memory: float) -> None:
        self._correction = correction
        self._memory = memory
        self._faces: dict[int, SeenFace] = {}

    def knows(self, face_id: int) -> bool:
        """Tell whether a face track is remembered."""
        return face_id in self._faces

    @property
    def radar_ids(self) -> frozenset[int]:
        """Radar tracks that faces belong to."""
        pairings = (face.pairing for face in self._faces.values())
        return frozenset(pairing.radar_id for pairing in pairings if pairing is not None)

    def update(
        self,
        stamp: float,
        faces: Iterable[FaceTrack],
        pairings: Iterable[Pairing],
        trails: RadarTrails,
        view: ThermalCameraView | None,
    ) -> None:
        """Take in the faces of one image, and who is paired with whom now."""
        live = {face.track_id for face in faces}
        for face in faces:
            if face.track_id not in self._faces:
                own = TrackTemperature(self._correction)
                self._faces[face.track_id] = SeenFace(face.track_id, own, stamp)
            self._faces[face.track_id].see(face, stamp, view)
        revised = self._revise(pairings, live)
        for number in live | revised:
            self._faces[number].measure(trails, view, number in revised)
        self._forget(stamp, trails.alive)

    def _revise(self, pairings: Iterable[Pairing], live: set[int]) -> set[int]:
        """Take over the newest pairing of each face; return the faces whose person changed.

        A face that is gone keeps the pairing that it had.
        """
        newest: dict[int, Pairing] = {}
        for pairing in sorted(pairings, key=lambda pairing: pairing.last):
            newest[pairing.face_id] = pairing
        revised = set()
        for number, face in self._faces.items():
            pairing = newest.get(number, None if number in live else face.pairing)
            if _radar_id(pairing) != _radar_id(face.pairing):
                revised.add(number)
            face.pairing = pairing
        return revised

    def _forget(self, stamp: float, alive: frozenset[int]) -> None:
        self._faces = {
            number: face
            for number, face in self._faces.items()
            if stamp - face.last_seen <= self._memory or _radar_id(face.pairing) in alive
        }

    def people(self, alive: frozenset[int]) -> list[PersonTemperature]:
        """Return everybody known, by their first face: faces of one radar track are one person."""
        groups: dict[tuple[str, int], list[SeenFace]] = {}
        for number in sorted(self._faces):
            face = self._faces[number]
            radar = _radar_id(face.pairing)
            key = ('radar', radar) if radar in alive else ('face', number)
            groups.setdefault(key, []).append(face)
        return [_person(faces, alive) for faces in groups.values()]


def _radar_id(pairing: Pairing | None) -> int:
    return NO_TRACK if pairing is None else pairing.radar_id


def _person(faces: list[SeenFace], alive: frozenset[int]) -> PersonTemperature:
    """Return the person that some face tracks, in the order of their ids, belong to."""
    latest = faces[-1]
    pairing = latest.pairing if _radar_id(latest.pairing) in alive else None
    last_seen = max(face.last_seen for face in faces)
    estimate = pooled([face.estimate for face in faces])
    return PersonTemperature(faces[0].face_id, latest.face_id, last_seen, pairing, estimate)


def pooled(estimates: Iterable[TemperatureEstimate]) -> TemperatureEstimate:
    """Return what several face tracks of one person say together.

    Each counts by its readings over its variance: a face seen from the side says little beside
    one from the front. The errors are taken as those of one camera, which do not average out.
    """
    measured = [estimate for estimate in estimates if estimate.samples]
    if not measured:
        return NOBODY_MEASURED
    means, stds, samples = np.array([(e.mean, e.std, e.samples) for e in measured]).T
    weights = samples / np.maximum(stds, LEAST_STD) ** 2
    share = weights / weights.sum()
    return TemperatureEstimate(float(share @ means), float(share @ stds), int(samples.sum()))

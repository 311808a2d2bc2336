"""From radar frames and images to contacts and temperatures, offline: what the nodes compute."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.bags import BagImage, BagWriter
from thermal_radar_fusion.contacts.proximity import (
    Contact,
    ContactDetector,
    TrackedPerson,
    track_name,
)
from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.deployment import Deployment
from thermal_radar_fusion.fusion.screened import Screening, is_elevated
from thermal_radar_fusion.message_content import NOBODY
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import RadarTrack, TrackedFrame
from thermal_radar_fusion.radar.tracker import RadarTracker
from thermal_radar_fusion.screening_figures import final, screening_figures
from thermal_radar_fusion.thermal_pipeline import ProcessedImage, Tell, ThermalPipeline
from thermal_radar_fusion.topics import THERMAL_FACES

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ProcessedFrame:
    """What came of one radar frame.

    Attributes:
        room: name of the room.
        tracked: tracks, and whose each point is.
        contacts: what the contact detector reported with this frame.
        latency: computing time [s].
        screened: what was known of temperatures by then, by the ids of tracks.
    """

    room: str
    tracked: TrackedFrame
    contacts: tuple[Contact, ...]
    latency: float
    screened: Mapping[int, Screening] = field(default_factory=dict)

    @property
    def stamp(self) -> float:
        """Seconds, the sensor's clock."""
        return self.tracked.frame.stamp


class Pipeline:
    """Trackers for each room and camera and one contact detector, fed reading by reading.

    Computes what the nodes compute on the same frames and images in the same order. A room that
    the deployment does not describe is tracked with the defaults.

    Args:
        infos, tell: as of `ThermalPipeline`.
    """

    def __init__(
        self,
        deployment: Deployment | None = None,
        infos: Mapping[str, Any] | None = None,
        tell: Tell = lambda text: None,
    ) -> None:
        self.deployment = deployment or Deployment.default()
        self._thermal = ThermalPipeline(self.deployment, infos, tell)
        self._trackers: dict[str, RadarTracker] = {}
        self._detector = ContactDetector(self.deployment.contacts)

    def update(self, room: str, frame: RadarFrame) -> ProcessedFrame:
        """Track the people of one room through one frame and tell who is near whom."""
        begin = time.perf_counter()
        if room not in self._trackers:
            self._trackers[room] = room_tracker(self.deployment, room)
        tracked = self._trackers[room].update(frame)
        self._thermal.radar(room, tracked.frame.stamp, tracked.tracks)
        screened = self._thermal.screened(room)
        people = [tracked_person(room, track, screened) for track in tracked.tracks]
        contacts = self._detector.update(tracked.frame.stamp, people, room)
        return ProcessedFrame(room, tracked, contacts, time.perf_counter() - begin, screened)

    def update_image(self, image: BagImage) -> ProcessedImage | None:
        """Find and measure the faces of one image; None if it cannot be used, which is told."""
        return self._thermal.image(image.sensor, image.stamp, image.pixels)

    def close(self) -> tuple[Contact, ...]:
        """End the contacts that are going on when the recording ends."""
        return self._detector.close()


def room_tracker(deployment: Deployment, room: str) -> RadarTracker:
    """Return a tracker with the parameters, area and radars that a deployment gives a room."""
    mountings = deployment.mountings(room)
    known = deployment.rooms.get(room)
    if known is None:
        return RadarTracker(mountings=mountings)
    return RadarTracker(known.tracker, mountings, known.area)


def tracked_person(
    room: str, track: RadarTrack, screened: Mapping[int, Screening] = NOBODY
) -> TrackedPerson:
    """Return a track as the contact detector takes it."""
    name = track_name(room, track.track_id)
    elevated = is_elevated(screened, track.track_id)
    return TrackedPerson(name, track.position, track.covariance[:2, :2], elevated)


@dataclass
class ProcessedBag:
    """Everything that came of a recording, and its figures.

    Attributes:
        frames: in the order of processing.
        contacts: every contact in its last known state, in the order of their starts.
        elapsed: computing time of the whole [s].
        images: those that could be used, in the order of processing.
    """

    frames: list[ProcessedFrame] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    elapsed: float = 0.0
    images: list[ProcessedImage] = field(default_factory=list)

    @property
    def duration(self) -> float:
        """Seconds from the first to the last stamp."""
        stamps = [entry.stamp for entry in (*self.frames, *self.images)]
        return max(stamps) - min(stamps) if stamps else 0.0

    @property
    def rooms(self) -> tuple[str, ...]:
        """Names of all rooms, ascending."""
        return tuple(sorted({frame.room for frame in self.frames}))

    @property
    def confirmed_tracks(self) -> int:
        """Number of distinct tracks ever confirmed, in all rooms."""
        return len({(f.room, track.track_id) for f in self.frames for track in f.tracked.tracks})

    @property
    def coverage(self) -> float:
        """Share of frames that hold a track, in each room from its first one on; 0 if never."""
        held = [held for room in self.rooms for held in self._held(room)]
        return sum(held) / len(held) if held else 0.0

    @property
    def realtime_factor(self) -> float:
        """Seconds of recording for each second of computing."""
        return self.duration / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def latencies(self) -> Array:
        """Computing time of each frame [s]."""
        return np.array([frame.latency for frame in self.frames])

    def of_room(self, room: str) -> list[ProcessedFrame]:
        """Return the frames of one room."""
        return [frame for frame in self.frames if frame.room == room]

    def summary(self) -> dict:
        """Return the figures by the names that `trf process --json` writes."""
        return {
            'frames': len(self.frames),
            'duration_s': self.duration,
            'confirmed_tracks': self.confirmed_tracks,
            'coverage': self.coverage,
            'realtime_factor': self.realtime_factor,
            'latency_ms': latency_percentiles(self.latencies),
            'contacts': [contact_figures(contact) for contact in self.contacts],
            'images': len(self.images),
            'image_latency_ms': latency_percentiles(
                np.array([image.latency for image in self.images])
            ),
            'temperatures': [screening_figures(screening) for screening in self.temperatures],
        }

    @property
    def temperatures(self) -> list[Screening]:
        """What was found in the end of everybody who was measured, by room and track."""
        return final(screening for image in self.images for screening in image.screenings)

    def _held(self, room: str) -> list[bool]:
        """Tell for each frame of a room, from the first track on, whether it holds one."""
        held = [bool(frame.tracked.tracks) for frame in self.of_room(room)]
        return held[held.index(True) :] if True in held else []


def process(
    readings: Iterable[tuple[str, RadarFrame] | BagImage],
    deployment: Deployment | None = None,
    infos: Mapping[str, Any] | None = None,
    tell: Tell = lambda text: None,
) -> ProcessedBag:
    """Run radar frames, as (room, frame), and images through a `Pipeline`; collect what comes.

    Args:
        infos, tell: as of `ThermalPipeline`.
    """
    begin = time.perf_counter()
    pipeline = Pipeline(deployment, infos, tell)
    processed = ProcessedBag()
    for reading in readings:
        if not isinstance(reading, BagImage):
            processed.frames.append(pipeline.update(*reading))
        elif (image := pipeline.update_image(reading)) is not None:
            processed.images.append(image)
    reports = [contact for frame in processed.frames for contact in frame.contacts]
    processed.contacts = latest(reports + list(pipeline.close()))
    processed.elapsed = time.perf_counter() - begin
    return processed


def process_recordings(
    recordings: Sequence[Recording], deployment: Deployment | None = None
) -> ProcessedBag:
    """Run whole recordings, one room each, through a `Pipeline` in the order of their stamps."""
    return process(merged(recordings), deployment)


def merged(recordings: Sequence[Recording]) -> Iterator[tuple[str, RadarFrame]]:
    """Yield the frames of several rooms by stamp; within a room the order is kept."""
    if len(recordings) == 1:
        # Stamps that jump back are part of the recording: a bag that was looped, for example.
        yield from ((recordings[0].room, frame) for frame in recordings[0].frames)
        return
    entries = [(recording.room, frame) for recording in recordings for frame in recording.frames]
    yield from sorted(entries, key=lambda entry: entry[1].stamp)


def latest(reports: Iterable[Contact]) -> list[Contact]:
    """Return the last report of each contact, in the order of their starts."""
    last: dict[tuple, Contact] = {}
    for contact in reports:
        last[contact.room, contact.person_a, contact.person_b, contact.start] = contact
    return sorted(last.values(), key=lambda c: (c.start, c.room, c.person_a, c.person_b))


def contact_figures(contact: Contact) -> dict:
    """Return a contact as plain names, seconds and metres."""
    return {
        'person_a': contact.person_a,
        'person_b': contact.person_b,
        'room': contact.room,
        'state': contact.state.name.lower(),
        'start_s': contact.start,
        'last_s': contact.last,
        'duration_s': contact.duration,
        'distance_m': contact.distance,
        'distance_std_m': contact.distance_std,
        'distance_min_m': contact.distance_min,
        'distance_mean_m': contact.distance_mean,
        'elevated': contact.elevated,
    }


def latency_percentiles(latencies: Array) -> dict[str, float]:
    """Return median and 99th percentile [ms] of latencies [s], 0 where there are none."""
    if not len(latencies):
        return {'p50': 0.0, 'p99': 0.0}
    p50, p99 = np.percentile(latencies, [50, 99]) * 1e3
    return {'p50': float(p50), 'p99': float(p99)}


def write_processed(bag: BagWriter, processed: ProcessedBag, deployment: Deployment) -> None:
    """Write what came of a recording to a bag, on the topics that the nodes publish it on."""
    for frame in processed.frames:
        bag.tracks(frame.room, frame.stamp, frame.tracked.tracks)
        bag.people(frame.room, frame.stamp, frame.tracked.tracks, frame.screened)
        bag.contacts(frame.stamp, frame.contacts)
    for image in processed.images:
        topic = deployment.camera_topic(image.camera, THERMAL_FACES)
        bag.faces(topic, image.camera, image.tracked, image.shape)
        bag.screenings(image.room, image.stamp, image.screenings)

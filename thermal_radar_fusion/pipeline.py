"""From radar frames and images to contacts, identities, temperatures, offline: as the nodes do."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from thermal_radar_fusion.bags import BagImage, BagWriter
from thermal_radar_fusion.contacts.proximity import (
    Contact,
    ContactDetector,
    TrackedPerson,
    track_name,
)
from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.deployed_identification import DeployedIdentities
from thermal_radar_fusion.deployment import Deployment
from thermal_radar_fusion.fusion.screened import Screening, is_elevated
from thermal_radar_fusion.message_content import NOBODY
from thermal_radar_fusion.processed_bag import ProcessedBag, ProcessedFrame, latest
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import RadarTrack, TrackedFrame
from thermal_radar_fusion.radar.tracker import RadarTracker
from thermal_radar_fusion.reid.building_identities import IdentifiedFrame
from thermal_radar_fusion.reid.track_names import TrackNames
from thermal_radar_fusion.thermal_pipeline import ProcessedImage, Tell, ThermalPipeline
from thermal_radar_fusion.topics import THERMAL_FACES


class Pipeline:
    """Trackers for each room and camera and one contact detector, fed reading by reading.

    Computes what the nodes compute on the same frames and images in the same order. A room that
    the deployment does not describe is tracked with the defaults.

    Args:
        infos, tell: as of `ThermalPipeline`.

    Raises:
        ModelError, GalleryError: see `DeployedIdentities`.
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
        self._names = TrackNames()
        self._identities = None
        if self.deployment.identification is not None:
            rooms = self.deployment.rooms
            self._identities = DeployedIdentities(self.deployment.identification, rooms, tell)

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
        latency = time.perf_counter() - begin
        # As in the graph, where whoever people are is known a little after where they are.
        names = self._names.of(room, [track.track_id for track in tracked.tracks])
        identified = self._identified(room, tracked)
        return ProcessedFrame(room, tracked, contacts, latency, screened, names, identified)

    def update_image(self, image: BagImage) -> ProcessedImage | None:
        """Find and measure the faces of one image; None if it cannot be used, which is told."""
        return self._thermal.image(image.sensor, image.stamp, image.pixels)

    def _identified(self, room: str, tracked: TrackedFrame) -> tuple[IdentifiedFrame, ...]:
        if self._identities is None:
            return ()
        frames = self._identities.update(room, tracked)
        for frame in frames:
            self._names.update(frame.room, frame.identities)
        return frames

    def rest(self) -> tuple[IdentifiedFrame, ...]:
        """Return who was there in the last frames, and keep whoever is known now.

        Raises:
            GalleryError: the file of the gallery cannot be written.
        """
        if self._identities is None:
            return ()
        frames = self._identities.rest()
        self._identities.save()
        self._identities.close()
        return frames

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
    processed.identified = [f for frame in processed.frames for f in frame.identified]
    processed.identified += pipeline.rest()
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


def write_processed(bag: BagWriter, processed: ProcessedBag, deployment: Deployment) -> None:
    """Write what came of a recording to a bag, on the topics that the nodes publish it on."""
    for frame in processed.frames:
        bag.tracks(frame.room, frame.stamp, frame.tracked.tracks)
        bag.people(frame.room, frame.stamp, frame.tracked.tracks, frame.screened, frame.names)
        bag.contacts(frame.stamp, frame.contacts)
    for found in processed.identified:
        bag.identities(found.room, found.stamp, found.identities)
    for image in processed.images:
        topic = deployment.camera_topic(image.camera, THERMAL_FACES)
        bag.faces(topic, image.camera, image.tracked, image.shape)
        bag.screenings(image.room, image.stamp, image.screenings)

"""A recording played into the running graph, and what the graph answers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.bags import (
    CONTACTS_TOPIC,
    PEOPLE_TOPIC,
    PERSON_FIELD,
    TRUTH_TOPIC,
    BagWriter,
    radar_topic,
)
from thermal_radar_fusion.cli.common import CommandError
from thermal_radar_fusion.cli.node_processes import NodeProcesses
from thermal_radar_fusion.cli.watching_cameras import CamerasWatch
from thermal_radar_fusion.cli.watching_identities import IdentitiesWatch
from thermal_radar_fusion.contacts.proximity import Contact
from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.deployment import Deployment
from thermal_radar_fusion.node_specs import node_specs
from thermal_radar_fusion.processed_bag import ProcessedBag, ProcessedFrame, latest
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import UNASSIGNED, RadarTrack, TrackedFrame
from thermal_radar_fusion.simulation.streams import START

if TYPE_CHECKING:
    from pathlib import Path

    from thermal_radar_fusion.cli.rendering import ImageRenderer
    from thermal_radar_fusion.nodes.serialized import SerializedPort

STARTUP = 30.0
LAST_ANSWER = 2.0
PROBE_PERIOD = 0.1
RECENT = 45
SMALLEST_STEP = 1e-5


@dataclass
class Answer:
    """What the graph made of one frame, and when (`time.time()`) each part came."""

    sent: float
    frame: RadarFrame
    tracks: tuple[RadarTrack, ...] | None = None
    tracks_received: float | None = None
    contacts: tuple[Contact, ...] | None = None
    contacts_received: float | None = None


@dataclass
class Watch:
    """Follows one room of the graph.

    Attributes:
        room: its name.
        bag: where everything that comes is recorded, None for nowhere.
        answers: by stamp in nanoseconds, in the order of the frames.
        tracks: the latest.
        contacts: the latest report of each contact.
        on_contact: called with each report.
        connected: whether anything has come from the end of the graph; recording begins then.
        identities: follows who is there.
        cameras: follows the room's thermal cameras, None where there are none.
    """

    room: str
    bag: BagWriter | None = None
    answers: dict[int, Answer] = field(default_factory=dict)
    tracks: tuple[RadarTrack, ...] = ()
    contacts: list[Contact] = field(default_factory=list)
    on_contact: Callable[[Contact], None] | None = None
    connected: bool = False
    identities: IdentitiesWatch = field(default_factory=IdentitiesWatch)
    cameras: CamerasWatch | None = None

    @property
    def ready(self) -> bool:
        """Whether every end of the graph has answered."""
        seen = self.cameras is None or self.cameras.answered
        return self.connected and self.identities.answered and seen

    def connect(self, port: SerializedPort) -> None:
        """Subscribe to what the graph publishes and announce what is played into it."""
        topics = {
            radar_topic(self.room, 'tracks'): (messages.TRACKS, self._on_tracks),
            CONTACTS_TOPIC: (messages.CONTACTS, self._on_contacts),
            PEOPLE_TOPIC: (messages.PEOPLE, None),
            **self.identities.subscriptions,
            **(self.cameras.subscriptions if self.cameras else {}),
        }
        for topic, kind in (self.cameras.published if self.cameras else {}).items():
            port.advertise(topic, kind)
        port.advertise(radar_topic(self.room, 'points'), messages.CLOUD)
        port.advertise(TRUTH_TOPIC, messages.PEOPLE)
        for topic, (kind, receive) in topics.items():
            port.subscribe(topic, kind, self._receiver(topic, kind, receive))

    def probe(self, port: SerializedPort) -> None:
        """Send empty frames and images: their answers show that everybody is connected."""
        if self.cameras is not None:
            self.cameras.probe(port)
        empty = RadarFrame(time.time(), np.empty((0, 5)))
        cloud = messages.WRITER.cloud(empty, 'probe')
        port.publish(radar_topic(self.room, 'points'), messages.serialized(messages.CLOUD, cloud))

    def send(
        self, port: SerializedPort, frame: RadarFrame, recording: Recording, index: int
    ) -> None:
        """Publish one frame of a recording with its truth, under the stamp of `frame`."""
        labels = {}
        if recording.point_people is not None:
            labels[PERSON_FIELD] = recording.point_people[index]
        cloud = messages.WRITER.cloud(frame, frame.sensor, **labels)
        self.answers[messages.nanoseconds(frame.stamp)] = Answer(time.time(), frame)
        self._send(port, radar_topic(self.room, 'points'), messages.CLOUD, frame.stamp, cloud)
        if recording.truth is not None:
            truth = messages.WRITER.truth(self.room, frame.stamp, recording.truth[index], 'map')
            self._send(port, TRUTH_TOPIC, messages.PEOPLE, frame.stamp, truth)

    @property
    def complete(self) -> bool:
        """Whether the last frame that was sent has been answered."""
        last = next(reversed(self.answers.values()), None)
        seen = self.cameras is None or self.cameras.complete
        return seen and (last is None or (last.tracks is not None and last.contacts is not None))

    def recent_latency(self) -> float | None:
        """Return the median seconds from frame to /contacts of the last frames, None of none."""
        recent = latencies(list(self.answers.values())[-RECENT:])['contacts']
        return float(np.median(recent)) if len(recent) else None

    def processed(self) -> ProcessedBag:
        """Return the answers as a processed recording; latency is frame to /contacts."""
        frames = [
            ProcessedFrame(
                self.room,
                TrackedFrame(a.frame, a.tracks, np.full(len(a.frame.points), UNASSIGNED)),
                a.contacts,
                a.contacts_received - a.sent,
            )
            for a in self.answers.values()
            if a.tracks is not None and a.contacts is not None
        ]
        images = self.cameras.images() if self.cameras else []
        identified = self.identities.at(self.answers)
        return ProcessedBag(frames, list(self.contacts), images=images, identified=identified)

    def play_images(
        self, port: SerializedPort, renderer: ImageRenderer, begin: float, elapsed: float
    ) -> None:
        """Publish the images that are due; see `CamerasWatch.play`."""
        self.cameras.play(renderer, begin, elapsed, partial(self._send, port))

    def _send(
        self, port: SerializedPort, topic: str, kind: str, stamp: float, content: object
    ) -> None:
        data = messages.serialized(kind, content)
        port.publish(topic, data)
        if self.bag is not None:
            self.bag.serialized(topic, kind, messages.nanoseconds(stamp), data)

    def _receiver(
        self, topic: str, kind: str, receive: Callable | None
    ) -> Callable[[bytes, float], None]:
        """Return what takes in one topic: record it, then look at it."""

        def take(data: bytes, received: float) -> None:
            if self.bag is not None and self.ready:
                self.bag.serialized(topic, kind, messages.nanoseconds(received), data)
            if receive is not None:
                receive(messages.typestore().deserialize_cdr(data, kind), received)

        return take

    def _on_tracks(self, content: object, received: float) -> None:
        self.tracks = tuple(messages.track_from(track) for track in content.tracks)
        answer = self._answer(content)
        if answer is not None:
            answer.tracks, answer.tracks_received = self.tracks, received

    def _on_contacts(self, content: object, received: float) -> None:
        self.connected = True
        contacts = tuple(messages.contact_from(contact) for contact in content.contacts)
        self.contacts = latest([*self.contacts, *contacts])
        answer = self._answer(content)
        if answer is not None:
            answer.contacts, answer.contacts_received = contacts, received
        for contact in contacts:
            if self.on_contact is not None:
                self.on_contact(contact)

    def _answer(self, content: object) -> Answer | None:
        """Return the frame that a message answers, None for a prediction in silence."""
        stamp = messages.time_seconds(content.header.stamp)
        return self.answers.get(messages.nanoseconds(stamp))


@contextmanager
def running_graph(
    deployed: Deployment, watch: Watch, logs: Path
) -> Iterator[tuple[SerializedPort, NodeProcesses]]:
    """Start the graph of a deployment on a private domain of this machine and wait for it.

    Raises:
        CommandError: a node ended, or the graph did not come up.
    """
    from thermal_radar_fusion import ros_environment
    from thermal_radar_fusion.nodes.serialized import SerializedPort

    with ros_environment.ReservedDomain() as domain:
        variables = ros_environment.kept_local(ros_environment.environment(), domain.number)
        os.environ.update(variables)
        specs = node_specs(deployed, ingest=False, visualizer=False)
        with NodeProcesses(specs, variables, logs) as nodes, SerializedPort('trf') as port:
            watch.identities.expected = deployed.identification is not None
            watch.connect(port)
            _wait_for(watch, port, nodes)
            yield port, nodes


def _wait_for(watch: Watch, port: SerializedPort, nodes: NodeProcesses) -> None:
    """Probe the graph until it answers.

    Raises:
        CommandError: a node ended, or no answer came for STARTUP seconds.
    """
    end = time.monotonic() + STARTUP
    while not watch.ready:
        nodes.check()
        if time.monotonic() > end:
            raise CommandError(f'the node graph did not come up within {STARTUP:g} s')
        watch.probe(port)
        port.spin_until(lambda: watch.ready, PROBE_PERIOD)


def play(
    port: SerializedPort,
    nodes: NodeProcesses,
    watch: Watch,
    recording: Recording,
    between: Callable[[float], None] = lambda elapsed: None,
    renderer: ImageRenderer | None = None,
) -> None:
    """Play a recording in real time under the stamps of now; wait for the last answer.

    Args:
        between: called with the seconds since the start after each frame.
        renderer: makes the images that belong to it.

    Raises:
        CommandError: a node ended.
    """
    begin = time.time()
    first, stamp = recording.frames[0].stamp, begin
    for index, frame in enumerate(recording.frames):
        due = frame.stamp - first
        port.spin(begin + due - time.time())
        # Answers are told apart by stamp, and two radars may well send at the same instant.
        stamp = max(begin + due, stamp + SMALLEST_STEP)
        watch.send(port, RadarFrame(stamp, frame.points, frame.sensor), recording, index)
        if renderer is not None:
            # The scene began before the first radar frame.
            scene = begin - (first - START)
            watch.play_images(port, renderer, scene, time.time() - scene)
        nodes.check()
        between(due)
    port.spin_until(lambda: watch.complete, LAST_ANSWER)


def latencies(answers: Sequence[Answer]) -> dict[str, np.ndarray]:
    """Return seconds from sending a frame to each answer, of the frames that have one."""
    tracks = [a.tracks_received - a.sent for a in answers if a.tracks_received is not None]
    contacts = [a.contacts_received - a.sent for a in answers if a.contacts_received is not None]
    return {'tracks': np.array(tracks), 'contacts': np.array(contacts)}

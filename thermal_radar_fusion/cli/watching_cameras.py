"""Thermal images played into the running graph, and what the graph makes of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.fusion.screened import Screening, by_track
from thermal_radar_fusion.thermal.faces import TrackedFaces
from thermal_radar_fusion.thermal_messages import faces_from, screening_from
from thermal_radar_fusion.thermal_pipeline import ProcessedImage
from thermal_radar_fusion.topics import (
    THERMAL_CAMERA,
    THERMAL_FACES,
    THERMAL_IMAGE,
    screenings_topic,
)

if TYPE_CHECKING:
    from thermal_radar_fusion.camera_model import Intrinsics
    from thermal_radar_fusion.cli.rendering import ImageRenderer, RenderedImage
    from thermal_radar_fusion.deployment import Deployment
    from thermal_radar_fusion.nodes.serialized import SerializedPort

Send = Callable[[str, str, float, Any], None]

# An image that comes later than this is not worth playing [s].
LATEST = 0.2
ROOM_TEMPERATURE = 22.0


@dataclass
class ImageAnswer:
    """What the graph made of one image, and when (`time.time()`) it was there."""

    camera: str
    sent: float
    faces: TrackedFaces | None = None
    shape: tuple[int, int] = (0, 0)
    screenings: tuple[Screening, ...] | None = None
    received: float = 0.0


class CamerasWatch:
    """Follows the thermal cameras of one room of the graph.

    Attributes:
        sent: number of images that were played.
        late: number of images that were rendered too late to be played.
        screened: what is known of temperatures, by the ids of radar tracks.
        on_screenings: called with what is said of everybody, at each image.
    """

    def __init__(
        self, deployed: Deployment, room: str, intrinsics: Mapping[str, Intrinsics]
    ) -> None:
        """Follow the cameras of a room.

        Args:
            intrinsics: of each of them.
        """
        self._room = room
        self._deployed = deployed
        self._intrinsics = intrinsics
        self._answers: dict[int, ImageAnswer] = {}
        self.sent = self.late = 0
        self.screened: dict[int, Screening] = {}
        self.answered = not intrinsics
        self.on_screenings: Callable[[tuple[Screening, ...]], None] = lambda screenings: None

    @property
    def subscriptions(self) -> dict[str, tuple[str, Callable]]:
        """Type of each topic that is listened to, and what takes its messages."""
        topics = {
            self._topic(camera, THERMAL_FACES): (messages.FACES, self._on_faces)
            for camera in self._intrinsics
        }
        if topics:
            topics[screenings_topic(self._room)] = (messages.SCREENINGS, self._on_screenings)
        return topics

    @property
    def published(self) -> dict[str, str]:
        """Type of each topic that is played."""
        kinds = {THERMAL_IMAGE: messages.IMAGE, THERMAL_CAMERA: messages.CAMERA_INFO}
        return {self._topic(c, n): kind for c in self._intrinsics for n, kind in kinds.items()}

    def probe(self, port: SerializedPort) -> None:
        """Send an image of an empty room: its answer shows that everybody is connected."""
        for camera, own in self._intrinsics.items():
            pixels = np.full((own.height, own.width), ROOM_TEMPERATURE, np.float32)
            image = messages.WRITER.image(time.time(), pixels, camera)
            data = messages.serialized(messages.IMAGE, image)
            port.publish(self._topic(camera, THERMAL_IMAGE), data)

    def play(self, renderer: ImageRenderer, begin: float, elapsed: float, send: Send) -> None:
        """Send the images that are due by now.

        Args:
            begin: stamp of the start of the scene.
            elapsed: seconds of the scene that are over.
        """
        while (image := renderer.peek()) is not None and image.elapsed <= elapsed:
            renderer.drop()
            if elapsed - image.elapsed > LATEST:
                self.late += 1
            else:
                self._send(image, begin + image.elapsed, send)

    def _send(self, image: RenderedImage, stamp: float, send: Send) -> None:
        own, camera = self._intrinsics[image.camera], image.camera
        info = messages.WRITER.camera_info(stamp, own, camera)
        content = messages.WRITER.image(stamp, image.pixels, camera)
        self.sent += 1
        self._answers[messages.nanoseconds(stamp)] = ImageAnswer(camera, time.time())
        # First, so that it is there when the image is worked on.
        send(self._topic(camera, THERMAL_CAMERA), messages.CAMERA_INFO, stamp, info)
        send(self._topic(camera, THERMAL_IMAGE), messages.IMAGE, stamp, content)

    @property
    def complete(self) -> bool:
        """Whether the last image that was sent has been answered."""
        last = next(reversed(self._answers.values()), None)
        return last is None or last.screenings is not None

    def images(self) -> list[ProcessedImage]:
        """Return the answers as processed images; latency is image to screenings."""
        return [
            ProcessedImage(
                self._room,
                answer.camera,
                answer.faces,
                answer.shape,
                answer.screenings,
                answer.received - answer.sent,
            )
            for answer in self._answers.values()
            if answer.faces is not None and answer.screenings is not None
        ]

    def _on_faces(self, content: Any, received: float) -> None:
        tracked, shape = faces_from(content)
        answer = self._answers.get(messages.nanoseconds(tracked.stamp))
        if answer is not None:
            answer.faces, answer.shape = tracked, shape

    def _on_screenings(self, content: Any, received: float) -> None:
        self.answered = True
        screenings = tuple(screening_from(screening) for screening in content.screenings)
        self.screened = by_track(screenings)
        self.on_screenings(screenings)
        stamp = messages.time_seconds(content.header.stamp)
        answer = self._answers.get(messages.nanoseconds(stamp))
        if answer is not None:
            answer.screenings, answer.received = screenings, received

    def _topic(self, camera: str, name: str) -> str:
        return self._deployed.camera_topic(camera, name)

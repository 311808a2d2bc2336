"""What simulated sensors see as the messages that real ones send: for bags and for the graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from functools import singledispatchmethod
from typing import Any, NamedTuple

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.message_content import MessageWriter
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.simulation.scenario import Placement, Scenario
from thermal_radar_fusion.simulation.simulation import (
    LowResReading,
    Observation,
    RadarReading,
    ThermalReading,
    TruthReading,
)
from thermal_radar_fusion.topics import (
    PERSON_FIELD,
    THERMAL_CAMERA,
    THERMAL_IMAGE,
    TRUTH_TOPIC,
    lowres_ir_topic,
    radar_topic,
    thermal_topic,
)


class TopicMessage(NamedTuple):
    """A message, its type and where it goes."""

    topic: str
    kind: str
    content: Any


class SimulatedMessages:
    """Turns the observations of a scenario into messages.

    Args:
        writer: of the messages' kind, rclpy's or those of bags.
        scenario: whose sensors see.
        map_frame: frame of the ground truth.
    """

    def __init__(self, writer: MessageWriter, scenario: Scenario, map_frame: str) -> None:
        self._writer = writer
        self._map_frame = map_frame
        self._scenario = scenario
        self._thermal = _names_in_topics(scenario.thermal_cameras)
        self._lowres_ir = _names_in_topics(scenario.lowres_ir)

    def topics(self, sensors: Collection[str]) -> dict[str, str]:
        """Return the type of every topic that some kinds of sensors fill, and of the truth."""
        scenario, topics = self._scenario, {TRUTH_TOPIC: messages.PEOPLE}
        if 'radar' in sensors:
            rooms = {radar.room for radar in scenario.radars.values()}
            topics |= {radar_topic(room, 'points'): messages.CLOUD for room in sorted(rooms)}
        if 'thermal' in sensors:
            for name, camera in scenario.thermal_cameras.items():
                topics |= {
                    self._thermal_topic(camera.room, name, THERMAL_IMAGE): messages.IMAGE,
                    self._thermal_topic(camera.room, name, THERMAL_CAMERA): messages.CAMERA_INFO,
                }
        if 'lowres_ir' in sensors:
            for name, sensor in scenario.lowres_ir.items():
                topics[lowres_ir_topic(sensor.room, self._lowres_ir[name])] = messages.IMAGE
        return topics

    def image_topic(self, reading: ThermalReading) -> str:
        """Return the topic of a thermal image."""
        return self._thermal_topic(reading.room, reading.sensor, THERMAL_IMAGE)

    @singledispatchmethod
    def of(self, reading: Observation, stamp: float) -> list[TopicMessage]:
        """Return what one observation says, stamped anew [s]."""
        raise TypeError(f'no message says {type(reading).__name__}')

    @of.register
    def _(self, reading: RadarReading, stamp: float) -> list[TopicMessage]:
        frame = RadarFrame(stamp, reading.frame.points, reading.sensor)
        cloud = self._writer.cloud(frame, reading.sensor, **{PERSON_FIELD: reading.people})
        return [TopicMessage(radar_topic(reading.room, 'points'), messages.CLOUD, cloud)]

    @of.register
    def _(self, reading: ThermalReading, stamp: float) -> list[TopicMessage]:
        room, sensor = reading.room, reading.sensor
        image = self._writer.image(stamp, reading.image, sensor)
        info = self._writer.camera_info(stamp, reading.camera, sensor)
        info_topic = self._thermal_topic(room, sensor, THERMAL_CAMERA)
        return [
            TopicMessage(self.image_topic(reading), messages.IMAGE, image),
            TopicMessage(info_topic, messages.CAMERA_INFO, info),
        ]

    @of.register
    def _(self, reading: LowResReading, stamp: float) -> list[TopicMessage]:
        topic = lowres_ir_topic(reading.room, self._lowres_ir[reading.sensor])
        image = self._writer.image(stamp, reading.image, reading.sensor)
        return [TopicMessage(topic, messages.IMAGE, image)]

    @of.register
    def _(self, reading: TruthReading, stamp: float) -> list[TopicMessage]:
        people = self._writer.truth(reading.room, stamp, reading.people, self._map_frame)
        return [TopicMessage(TRUTH_TOPIC, messages.PEOPLE, people)]

    def _thermal_topic(self, room: str, camera: str, name: str) -> str:
        return thermal_topic(room, name, self._thermal[camera])


def mountings(scenario: Scenario) -> dict[str, RigidTransform]:
    """Return where every sensor of a scenario hangs, by name: from its frame into `map`."""
    sensors = {**scenario.radars, **scenario.thermal_cameras, **scenario.lowres_ir}
    return {name: sensor.pose.transform for name, sensor in sensors.items()}


def _names_in_topics(sensors: Mapping[str, Placement]) -> dict[str, str]:
    """Return what of each sensor's name its topic needs: nothing where it is alone in its room."""
    in_room = Counter(sensor.room for sensor in sensors.values())
    return {name: name if in_room[s.room] > 1 else '' for name, s in sensors.items()}

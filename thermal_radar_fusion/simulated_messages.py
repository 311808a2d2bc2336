"""What simulated sensors see as the messages that real ones send: for bags and for the graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
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
        self._thermal = _names_in_topics(scenario.thermal_cameras)
        self._lowres_ir = _names_in_topics(scenario.lowres_ir)

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
        camera = self._thermal[reading.sensor]
        image = self._writer.image(stamp, reading.image, reading.sensor)
        info = self._writer.camera_info(stamp, reading.camera, reading.sensor)
        image_topic = thermal_topic(reading.room, THERMAL_IMAGE, camera)
        info_topic = thermal_topic(reading.room, THERMAL_CAMERA, camera)
        return [
            TopicMessage(image_topic, messages.IMAGE, image),
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


def mountings(scenario: Scenario) -> dict[str, RigidTransform]:
    """Return where every sensor of a scenario hangs, by name: from its frame into `map`."""
    sensors = {**scenario.radars, **scenario.thermal_cameras, **scenario.lowres_ir}
    return {name: sensor.pose.transform for name, sensor in sensors.items()}


def _names_in_topics(sensors: Mapping[str, Placement]) -> dict[str, str]:
    """Return what of each sensor's name its topic needs: nothing where it is alone in its room."""
    in_room = Counter(sensor.room for sensor in sensors.values())
    return {name: name if in_room[s.room] > 1 else '' for name, s in sensors.items()}

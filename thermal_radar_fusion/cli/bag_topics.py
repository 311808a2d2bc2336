"""Which topics of a bag are those of a deployment's sensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thermal_radar_fusion.cli.common import BadInputError, radar_sources
from thermal_radar_fusion.topics import THERMAL_CAMERA, THERMAL_IMAGE

if TYPE_CHECKING:
    from thermal_radar_fusion.bags import BagReader
    from thermal_radar_fusion.deployment import Deployment


def camera_sources(deployed: Deployment, bag: BagReader) -> dict[str, str]:
    """Return the camera whose images each topic holds, of the topics that the bag has."""
    topics = {deployed.camera_topic(name, THERMAL_IMAGE): name for name in deployed.cameras}
    return {topic: name for topic, name in topics.items() if topic in bag.topics}


def camera_infos(deployed: Deployment, bag: BagReader) -> dict[str, Any]:
    """Return the first sensor_msgs/CameraInfo of each camera, of those that the bag has."""
    topics = {name: deployed.camera_topic(name, THERMAL_CAMERA) for name in deployed.cameras}
    return {
        name: next(bag.camera_infos(topic))
        for name, topic in topics.items()
        if bag.counts.get(topic)
    }


def sensor_topics(bag: BagReader, deployed: Deployment, root: str) -> tuple[dict[str, str], bool]:
    """Return the sensors' topics of a bag, and whether its clouds need ingestion.

    Each comes with the name under which the nodes, below the namespace `root`, listen to it.

    Raises:
        BadInputError: the bag has no radar topic that the deployment listens to.
    """
    clouds, ingest = _cloud_topics(bag, deployed, root)
    drivers = [camera.image for camera in deployed.cameras.values()]
    for name in deployed.cameras:
        image = deployed.camera_topic(name, THERMAL_IMAGE)
        for topic in (image, deployed.camera_topic(name, THERMAL_CAMERA)):
            if topic in bag.topics:
                clouds[topic] = topic if image in drivers else root + topic
    return clouds, ingest


def _cloud_topics(bag: BagReader, deployed: Deployment, root: str) -> tuple[dict[str, str], bool]:
    from thermal_radar_fusion.bags import radar_topic

    canonical = [t for room in deployed.rooms if (t := radar_topic(room, 'points')) in bag.topics]
    if canonical:
        return {topic: root + topic for topic in canonical}, False
    absolute = [radar.ingest.topic for radar in deployed.radars.values()]
    drivers = [topic for topic in radar_sources(deployed) if topic in bag.topics]
    if drivers:
        return {t: t if t in absolute else root + t for t in drivers}, True
    topics, rooms = ', '.join(sorted(bag.topics)), ', '.join(deployed.rooms)
    raise BadInputError(f'{bag.path}: has no radar topic of the rooms {rooms}; it has {topics}')

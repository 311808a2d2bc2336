"""Which topics of a bag are those of a deployment's thermal cameras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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

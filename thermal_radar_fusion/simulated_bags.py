"""Simulated scenes as bags: every sensor, the truth, the mountings and the deployment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.bags import MAP_FRAME, BagError, BagWriter
from thermal_radar_fusion.simulated_messages import SimulatedMessages, mountings
from thermal_radar_fusion.simulation.simulation import START, Simulation


def write_simulation(
    path: str | Path,
    simulation: Simulation,
    *,
    storage: str = 'mcap',
    force: bool = False,
    tell: Callable[[float], None] = lambda elapsed: None,
) -> Counter[str]:
    """Write what all sensors of a simulation see, reading by reading.

    The same scenario, seed and duration make the same bytes.

    Args:
        tell: called with the seconds of the scene that are written.

    Returns:
        Number of messages by topic.

    Raises:
        BagError: see `BagWriter`; or nothing is seen at all.
    """
    content = SimulatedMessages(messages.WRITER, simulation.scenario, MAP_FRAME)
    written: Counter[str] = Counter()
    # Images are most of a bag that has them, and much of an image is smooth.
    has_images = 'thermal' in simulation.sensors and bool(simulation.scenario.thermal_cameras)
    with BagWriter(path, storage=storage, force=force, compress=has_images) as bag:
        bag.deployment(simulation.deployment_content())
        bag.mountings(START, mountings(simulation.scenario))
        for room in simulation.scenario.plan.room_names:
            bag.names(room, simulation.people)
        for reading in simulation.observations():
            for topic, kind, message in content.of(reading, reading.stamp):
                bag.write(topic, kind, reading.stamp, message)
                written[topic] += 1
            tell(reading.stamp - START)
        if not written:
            raise BagError(f'{path}: not written, no sensor saw anything')
    return written

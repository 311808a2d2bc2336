"""Simulated scenes as bags: every sensor, the truth, the mountings and the deployment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.bags import BagError, BagWriter
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
    written: Counter[str] = Counter()
    with BagWriter(path, storage=storage, force=force, compress=_has_images(simulation)) as bag:
        _describe(bag, simulation)
        content = SimulatedMessages(messages.WRITER, simulation.scenario, bag.map_frame)
        for reading in simulation.observations():
            for topic, kind, message in content.of(reading, reading.stamp):
                bag.write(topic, kind, reading.stamp, message)
                written[topic] += 1
            tell(reading.stamp - START)
        if not written:
            raise BagError(f'{path}: not written, no sensor saw anything')
    return written


def _has_images(simulation: Simulation) -> bool:
    """Tell whether a bag is worth compressing: images are most of it, and much of them smooth."""
    return 'thermal' in simulation.sensors and bool(simulation.scenario.thermal_cameras)


def _describe(bag: BagWriter, simulation: Simulation) -> None:
    """Write what the rest is to be understood by: rooms, mountings, names."""
    bag.deployment(simulation.deployment_content())
    bag.mountings(START, mountings(simulation.scenario))
    for room in simulation.scenario.plan.room_names:
        bag.names(room, simulation.people)

"""Thermal images of a simulated scene, rendered ahead in a process of their own."""

from __future__ import annotations

import multiprocessing
import queue
import signal
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from numpy.typing import NDArray

from thermal_radar_fusion.cli.node_processes import die_with_parent

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

    from thermal_radar_fusion.simulated_scene import SimulatedScene
    from thermal_radar_fusion.simulation.simulation import ThermalReading

# Images rendered and not yet fetched: about two seconds.
AHEAD = 20
PATIENCE = 5.0


class RenderedImage(NamedTuple):
    """One image, and when it is due in seconds from the start of the scene."""

    elapsed: float
    camera: str
    pixels: NDArray


class ImageRenderer:
    """Renders what the thermal cameras of a scene see; a context manager that ends it.

    Args:
        scene: what is simulated.
        seed: of chance.
        duration: seconds.
    """

    def __init__(self, scene: SimulatedScene, seed: int, duration: float) -> None:
        # Not forked: what the parent holds open of ROS is none of the child's business.
        context = multiprocessing.get_context('spawn')
        self._queue: Queue = context.Queue(AHEAD)
        self._process = context.Process(
            target=_render, args=(scene, seed, duration, self._queue), daemon=True
        )
        self._next: RenderedImage | None = None
        self._over = False

    def __enter__(self) -> ImageRenderer:
        self._process.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._queue.cancel_join_thread()
        self._queue.close()
        self._process.join(PATIENCE)

    def peek(self) -> RenderedImage | None:
        """Return the next image, None while it is not rendered or after the last one."""
        if self._next is None and not self._over:
            try:
                self._next = self._queue.get_nowait()
            except queue.Empty:
                return None
            self._over = self._next is None
        return self._next

    def drop(self) -> None:
        """Go on to the image after the next."""
        self._next = None


def _render(scene: SimulatedScene, seed: int, duration: float, images: Queue) -> None:
    """Put every image of a scene into a queue, and None in the end."""
    from thermal_radar_fusion.simulation.simulation import START, Simulation, ThermalReading

    die_with_parent()
    # Ctrl-C is the parent's to handle: it ends this process too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    simulation = Simulation(scene.scenario(), seed, duration, ('thermal',))
    for reading in simulation.observations():
        if isinstance(reading, ThermalReading):
            images.put(_rendered(reading, START))
    images.put(None)


def _rendered(reading: ThermalReading, start: float) -> RenderedImage:
    return RenderedImage(reading.stamp - start, reading.sensor, reading.image)

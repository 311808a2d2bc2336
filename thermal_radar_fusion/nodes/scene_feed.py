"""A simulated scene computed ahead of time, so that whoever publishes it never waits."""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

from thermal_radar_fusion.simulation.simulation import (
    START,
    Observation,
    Simulation,
    ThermalReading,
)

# Readings: about a second of a room with every sensor, some ten megabytes of images.
AHEAD = 64
POLL_TIME = 0.1


class Due(NamedTuple):
    """A reading and when it is due, in seconds from the start of the scene's first showing."""

    elapsed: float
    reading: Observation


class SceneFeed:
    """Plays a scene again and again into a queue, in a thread of its own.

    Args:
        simulation: of the scene.
        wanted: tells of a due thermal image whether it is worth rendering.
    """

    def __init__(self, simulation: Simulation, wanted: Callable[[Due], bool]) -> None:
        self._simulation = simulation
        self._wanted = wanted
        self._queue: queue.Queue[Due | Exception] = queue.Queue(AHEAD)
        self._next: Due | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._compute, name='scene', daemon=True)
        self._thread.start()

    def peek(self) -> Due | None:
        """Return the next reading, None while it is not computed.

        Raises:
            Exception: what ended the computing.
        """
        if self._next is None:
            try:
                entry = self._queue.get_nowait()
            except queue.Empty:
                return None
            if isinstance(entry, Exception):
                raise entry
            self._next = entry
        return self._next

    def drop(self) -> None:
        """Go on to the reading after the next."""
        self._next = None

    def close(self) -> None:
        """Stop computing."""
        self._stopped.set()
        self._thread.join()

    def _compute(self) -> None:
        try:
            for due in self._showings():
                if not isinstance(due.reading, ThermalReading) or self._rendered(due):
                    self._put(due)
                if self._stopped.is_set():
                    return
        except Exception as error:
            self._put(error)

    def _showings(self) -> Iterator[Due]:
        """Yield every reading of one showing after the other."""
        begin = 0.0
        for _ in itertools.count():
            for reading in self._simulation.observations():
                yield Due(begin + reading.stamp - START, reading)
            begin += self._simulation.duration

    def _rendered(self, due: Due) -> bool:
        """Render an image that is wanted; tell whether it was."""
        return self._wanted(due) and due.reading.image is not None

    def _put(self, entry: Due | Exception) -> None:
        """Wait for a place in the queue, unless nobody takes anything out of it any more."""
        is_waiting = True
        while is_waiting and not self._stopped.is_set():
            with contextlib.suppress(queue.Full):
                self._queue.put(entry, timeout=POLL_TIME)
                is_waiting = False

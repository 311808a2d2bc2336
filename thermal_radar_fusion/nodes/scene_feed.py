"""A simulated scene computed ahead of time, so that whoever publishes it never waits."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from thermal_radar_fusion.simulation.simulation import (
    START,
    Observation,
    Simulation,
    ThermalReading,
)

# Radars are computed some seconds at a time, all at once: meanwhile there is enough to play [s].
AHEAD = 2.0


class Due(NamedTuple):
    """A reading and when it is due, in seconds from the start of the scene's first showing."""

    elapsed: float
    reading: Observation


class SceneFeed:
    """Computes a scene again and again, `AHEAD` of what is played, in a thread of its own.

    Args:
        simulation: of the scene.
        wanted: tells of a thermal image that is not rendered yet whether it shall be.
    """

    def __init__(self, simulation: Simulation, wanted: Callable[[Due], bool]) -> None:
        self._simulation = simulation
        self._wanted = wanted
        self._ready: deque[Due] = deque()
        self._played = 0.0
        self._error: Exception | None = None
        self._stopped = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._compute, name='scene', daemon=True)
        self._thread.start()

    def peek(self) -> Due | None:
        """Return the next reading, None while it is not computed.

        Raises:
            Exception: what ended the computing.
        """
        if self._error is not None:
            raise self._error
        return self._ready[0] if self._ready else None

    def drop(self) -> None:
        """Go on to the reading after the next."""
        with self._changed:
            self._played = self._ready.popleft().elapsed
            self._changed.notify()

    def close(self) -> None:
        """Stop computing."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    def _compute(self) -> None:
        try:
            for due in self._showings():
                if not self._awaited(due):
                    return
                if self._rendered(due):
                    self._ready.append(due)
        except Exception as error:
            self._error = error

    def _showings(self) -> Iterator[Due]:
        """Yield every reading of one showing after the other."""
        for showing in itertools.count():
            begin = showing * self._simulation.duration - START
            for reading in self._simulation.observations():
                yield Due(begin + reading.stamp, reading)

    def _awaited(self, due: Due) -> bool:
        """Wait until a reading is to be computed; tell whether it ever is."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopped or not self._ready or due.elapsed < self._played + AHEAD
            )
            return not self._stopped

    def _rendered(self, due: Due) -> bool:
        """Render a thermal image if it is wanted; tell whether there is a reading to play."""
        if not isinstance(due.reading, ThermalReading):
            return True
        return self._wanted(due) and due.reading.image is not None

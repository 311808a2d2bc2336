"""People who walk: smooth paths through timed places."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from thermal_radar_fusion.datasets.recording import TruePerson

Array = NDArray[np.float64]

SWAY_AMPLITUDE = 0.02
SWAY_FREQUENCY = 0.3


class Walker:
    """One person on a path that is walked to its end, back to its start, and so on.

    A person who stands does not stand still: everybody sways by two centimetres, which is what
    lets a real radar see them.

    Args:
        person: name.
        places: (t, x, y) in seconds and metres, t ascending from 0.
        height: of the person [m].
        phase: of the sway [rad], so that people do not sway in step.
    """

    def __init__(
        self,
        person: str,
        places: Sequence[tuple[float, float, float]],
        height: float = 1.7,
        phase: float = 0.0,
    ) -> None:
        self.person = person
        self.height = height
        self.phase = phase
        self._places = np.asarray(places, dtype=float)

    def at(self, time: float) -> TruePerson:
        """Return where the person is `time` seconds after the start; z is half their height."""
        length = self._places[-1, 0]
        lap, within = divmod(time, length)
        backwards = lap % 2 == 1
        path_time = length - within if backwards else within
        direction = -1.0 if backwards else 1.0
        position = self._path(path_time) + self._sway(time)
        velocity = direction * self._path(path_time, 1) + self._sway_velocity(time)
        return TruePerson(
            self.person, np.array([*position, self.height / 2]), np.array([*velocity, 0.0])
        )

    @cached_property
    def _path(self) -> PchipInterpolator:
        # Monotone between places: whoever stands at a place does not overshoot it.
        return PchipInterpolator(self._places[:, 0], self._places[:, 1:])

    def _sway(self, time: float) -> Array:
        angle = 2 * np.pi * SWAY_FREQUENCY * time + self.phase
        return SWAY_AMPLITUDE * np.array([np.sin(angle), np.cos(angle)])

    def _sway_velocity(self, time: float) -> Array:
        angle = 2 * np.pi * SWAY_FREQUENCY * time + self.phase
        rate = 2 * np.pi * SWAY_FREQUENCY * SWAY_AMPLITUDE
        return rate * np.array([np.cos(angle), -np.sin(angle)])

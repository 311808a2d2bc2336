"""Where somebody's body is asked to be: the line that planning hands to the walking model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicHermiteSpline

Array = NDArray[np.float64]

STEP = 0.05


@dataclass(frozen=True)
class Trajectory:
    """One person's way through the building, sampled every STEP seconds from time 0 on.

    Attributes:
        position: (T, 2) metres, frame `map`: the middle of the body on the floor, smooth.
        heading: (T,) radians, unwrapped: where the trunk points.
        sitting: (T,) 0 stands, 1 sits; in between on the way.
        gesture: (T,) 0 still arms, 1 lively gestures (matters only while standing or sitting).
        present: (T,) whether the person is in the building at all.
    """

    position: Array
    heading: Array
    sitting: Array
    gesture: Array
    present: NDArray[np.bool_]

    @property
    def duration(self) -> float:
        """Seconds to the last sample."""
        return (len(self.position) - 1) * STEP


class SmoothTrajectory:
    """A trajectory between its samples: cubic pieces, so that velocities are continuous.

    Before the first and after the last sample the body goes on as it does there, for LEAD seconds:
    whoever is on the way at the start has been walking before.
    """

    LEAD = 3.0

    def __init__(self, trajectory: Trajectory) -> None:
        self.start, self.end = -self.LEAD, trajectory.duration + self.LEAD
        self._present = trajectory.present
        columns = (trajectory.heading, trajectory.sitting, trajectory.gesture)
        samples = _extended(np.column_stack([trajectory.position, *columns]), self.LEAD)
        grid = self.start + STEP * np.arange(len(samples))
        self._spline = CubicHermiteSpline(grid, samples, np.gradient(samples, STEP, axis=0))

    def __call__(self, times: Array | float) -> Array:
        """Return x, y, heading, sitting and gesture (..., 5) at times (...)."""
        return self._spline(np.clip(times, self.start, self.end))

    def present(self, times: Array) -> NDArray[np.bool_]:
        """Tell whether the person is in the building at times (T,): at the sample before."""
        index = np.floor(times / STEP + 1e-6).astype(int)
        return self._present[np.clip(index, 0, len(self._present) - 1)]


def _extended(samples: Array, lead: float) -> Array:
    """Return samples (T, 5) with `lead` seconds of constant velocity before and after them."""
    count = np.arange(1, round(lead / STEP) + 1)[:, None]
    moving = np.array([1.0, 1.0, 1.0, 0.0, 0.0])  # sitting and gestures stay as they are
    first = moving * (samples[:2][-1] - samples[0])
    last = moving * (samples[-1] - samples[-2:][0])
    before = samples[0] - count[::-1] * first
    return np.concatenate([before, samples, samples[-1] + count * last])

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

    Before the first and after the last sample everything stays as it is there.
    """

    # Just beyond its ends the trajectory goes on, so that velocities hold right at the ends.
    MARGIN = 0.01

    def __init__(self, trajectory: Trajectory) -> None:
        self.duration = trajectory.duration
        self._present = trajectory.present
        columns = (trajectory.heading, trajectory.sitting, trajectory.gesture)
        samples = np.column_stack([trajectory.position, *columns])
        grid = STEP * np.arange(len(samples))
        self._spline = CubicHermiteSpline(grid, samples, np.gradient(samples, STEP, axis=0))

    def __call__(self, times: Array | float) -> Array:
        """Return x, y, heading, sitting and gesture (..., 5) at times (...)."""
        return self._spline(np.clip(times, -self.MARGIN, self.duration + self.MARGIN))

    def present(self, times: Array) -> NDArray[np.bool_]:
        """Tell whether the person is in the building at times (T,): at the sample before."""
        index = np.floor(times / STEP + 1e-6).astype(int)
        return self._present[np.clip(index, 0, len(self._present) - 1)]

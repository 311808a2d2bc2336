"""Where somebody's body is asked to be: the line that planning hands to the walking model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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

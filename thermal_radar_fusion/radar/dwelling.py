"""Whether somebody stays in one place: stands or sits there, with arms that move perhaps.

The speed of a track does not tell: gestures shake the centre of few points as much as a slow walk
does. Who goes nowhere for some seconds dwells; walkers pass through a place of that size in one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FOLLOW = 0.02
"""Share of the way to each new position that the place moves: tracks wander, people shift."""


@dataclass(frozen=True)
class Place:
    """Where somebody is, and since when.

    Attributes:
        centre: (2,) on the floor [m].
        since: stamp [s].
    """

    centre: Array
    since: float

    def after(self, position: Array, stamp: float, radius: float) -> Place:
        """Return the place after a sighting: a new one for who is farther away than radius [m]."""
        offset = position - self.centre
        if np.hypot(*offset) > radius:
            return Place(position.copy(), stamp)
        return Place(self.centre + FOLLOW * offset, self.since)

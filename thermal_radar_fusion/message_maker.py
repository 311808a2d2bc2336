"""The grammar of messages: what every one of ours is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.radar.stamps import to_sec_nanosec

Array = NDArray[np.float64]


class MessageMaker:
    """Builds the parts that all messages have.

    Args:
        make: returns a message of a type, as in `make('geometry_msgs/msg/Point', x=...)`.
        pack: returns bytes as such messages hold a sequence of uint8 ('B'), float32 ('f') or
            float64 ('d').
    """

    def __init__(self, make: Callable[..., Any], pack: Callable[[bytes, str], Any]) -> None:
        self._make = make
        self._pack = pack

    def time(self, stamp: float) -> Any:
        """Return seconds as builtin_interfaces/Time."""
        sec, nanosec = to_sec_nanosec(stamp)
        return self._make('builtin_interfaces/msg/Time', sec=sec, nanosec=nanosec)

    def header(self, stamp: float, frame_id: str) -> Any:
        """Return a std_msgs/Header of a stamp in seconds."""
        return self._make('std_msgs/msg/Header', stamp=self.time(stamp), frame_id=frame_id)


def flat(matrix: ArrayLike) -> Array:
    """Return a matrix row by row, as fixed-size fields hold it."""
    return np.ascontiguousarray(matrix, dtype=float).ravel()

"""Stamps: seconds as float and as ROS (sec, nanosec), and the repair of stamps never set."""

from __future__ import annotations

from collections.abc import Callable


def to_seconds(sec: int, nanosec: int) -> float:
    """Return a ROS stamp in seconds; exact to a fraction of a microsecond for today's dates."""
    return sec + nanosec * 1e-9


def to_sec_nanosec(stamp: float) -> tuple[int, int]:
    """Return (sec, nanosec) of a stamp in seconds, rounded to the nearest nanosecond."""
    sec = int(stamp // 1)
    nanosec = round((stamp - sec) * 1e9)
    return (sec + 1, 0) if nanosec >= 1_000_000_000 else (sec, nanosec)


class StampGuard:
    """Replaces stamp 0, which several TI drivers send, by the time of receipt; warns once."""

    def __init__(self, warn: Callable[[str], object]) -> None:
        self._warn = warn
        self.replaced = 0

    def stamp(self, stamp: float, received: float) -> float:
        """Return the sensor's stamp, or the time of receipt where the driver left it out."""
        if stamp > 0.0:
            return stamp
        if self.replaced == 0:
            self._warn('the driver does not fill in header.stamp: the time of receipt is used')
        self.replaced += 1
        return received

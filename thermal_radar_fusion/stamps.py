"""The one conversion between a stamp in seconds and ROS's seconds with nanoseconds."""

from __future__ import annotations

import math

NANOSECONDS = 1_000_000_000


def to_ros(stamp: float) -> tuple[int, int]:
    """Split seconds into (sec, nanosec), rounded to the nearest nanosecond.

    The fraction is taken before it is scaled: `round(stamp * 1e9)` would lose a quarter of a
    microsecond on today's dates.
    """
    sec = math.floor(stamp)
    nanosec = round((stamp - sec) * NANOSECONDS)
    return (sec + 1, 0) if nanosec == NANOSECONDS else (sec, nanosec)


def from_ros(sec: int, nanosec: int) -> float:
    """Return seconds; `from_ros(*to_ros(s))` differs from `s` by less than a nanosecond."""
    return sec + nanosec * 1e-9


def to_nanoseconds(stamp: float) -> int:
    """Return whole nanoseconds, as bags date their messages."""
    sec, nanosec = to_ros(stamp)
    return sec * NANOSECONDS + nanosec


def from_nanoseconds(nanoseconds: int) -> float:
    """Return seconds from whole nanoseconds."""
    return from_ros(*divmod(nanoseconds, NANOSECONDS))

"""Time and frame numbers of a TI sensor: wraps, gaps, restarts and faults."""

from __future__ import annotations

# CPU clock of the R4F core of all xWR12xx ... xWR68xx that the frame header's cycles count.
TICKS_PER_SECOND = 200_000_000

_WRAP = 1 << 32
# A counter that jumps farther ahead than this did not lose frames, it is wrong or restarted.
_LONGEST_GAP = 1 << 16
# So many frames in a row whose timer runs backwards mean that it was restarted.
_RESTART_AFTER = 3


class FrameCounter:
    """Counts lost frames and restarts from the frame numbers.

    A number that does not grow is a restart if the next one continues it, and a fault of this one
    number otherwise.
    """

    def __init__(self) -> None:
        self.lost = 0
        self.restarts = 0
        self.faults = 0
        self._last: int | None = None
        self._suspect: int | None = None

    def push(self, number: int) -> int:
        """Take the number of the next frame; return the step to it, 1 where that is unknown."""
        if self._last is None:
            self._last = number
            return 1
        if self._suspect is not None:
            return self._judge(number, self._suspect)
        if not 0 < number - self._last <= _LONGEST_GAP:
            self._suspect = number
            return 1
        return self._advance(number, 1)

    def _judge(self, number: int, suspect: int) -> int:
        self._suspect = None
        if number == suspect + 1 or self._last is None:
            self.restarts += 1
            self._last = number
            return 1
        self.faults += 1
        if not 0 < number - self._last <= _LONGEST_GAP:
            self._suspect = number
            return 1
        return self._advance(number, 2)

    def _advance(self, number: int, expected: int) -> int:
        """Take a number that grew; `expected` frames came since the last good one."""
        step = number - (self._last or 0)
        self.lost += max(0, step - expected)
        self._last = number
        return max(1, step - expected + 1)


class FrameClock:
    """Seconds from the 32-bit cycle counter, which wraps every 21.5 s.

    The step of the frame numbers and the usual period choose among the possible wraps. A counter
    that runs backwards for a frame or two is a fault (the frame is dated by the period), for
    longer a restart (time goes on from there). Stamps always grow.
    """

    def __init__(self) -> None:
        self._ticks: int | None = None
        self._elapsed = 0
        self._period = 0
        self._stamp_ticks = 0
        self._backwards = 0

    def push(self, ticks: int, step: int = 1) -> float:
        """Take the next frame's counter and frame number step; return its stamp in seconds."""
        if self._ticks is None:
            self._ticks = self._elapsed = self._stamp_ticks = ticks
            return ticks / TICKS_PER_SECOND
        advance = self._advance(ticks, step)
        if advance > self._stamp_ticks - self._elapsed:
            self._accept(ticks, advance, step)
        elif self._backwards + 1 >= _RESTART_AFTER:
            self._restart(ticks)
        else:
            self._backwards += 1
            self._stamp_ticks += max(1, self._period)
        return self._stamp_ticks / TICKS_PER_SECOND

    def _advance(self, ticks: int, step: int) -> int:
        """Return the ticks since the last good frame, the wraps chosen by what is expected."""
        passed = ticks - (self._ticks or 0)
        usual = self._period * (1 + self._backwards)
        surplus = _signed(passed - usual)
        # A corrupt frame number must not move the time where the timer says all is well.
        if step == 1 or abs(surplus) < self._period // 2:
            return usual + surplus
        expected = self._period * (step + self._backwards)
        return expected + _signed(passed - expected)

    def _accept(self, ticks: int, advance: int, step: int) -> None:
        if step == 1 and self._backwards == 0:
            self._period = advance
        self._ticks, self._backwards = ticks, 0
        self._elapsed += advance
        self._stamp_ticks = self._elapsed

    def _restart(self, ticks: int) -> None:
        self._ticks, self._backwards = ticks, 0
        self._stamp_ticks += max(1, self._period)
        self._elapsed = self._stamp_ticks


def _signed(ticks: int) -> int:
    """Return the difference of two counters as the nearest of its possible values."""
    return (ticks + _WRAP // 2) % _WRAP - _WRAP // 2


class HostClock:
    """Translates the sensor's stamps into the host's clock, free of the jitter of the line.

    Bytes can only arrive late, so the smallest difference between receipt and stamp is the best
    one; it is allowed to grow slowly because the two clocks drift apart.
    """

    # Two crystals of 50 ppm each.
    DRIFT = 1e-4
    # A larger change is a restart of the sensor or a step of the host's clock.
    STEP = 1.0

    def __init__(self) -> None:
        self._offset: float | None = None
        self._last = 0.0

    def translate(self, stamp: float, received: float) -> float:
        """Return the sensor's stamp on the host's clock; both in seconds."""
        offset = received - stamp
        if self._offset is not None and abs(offset - self._offset) < self.STEP:
            drift = self.DRIFT * max(0.0, stamp - self._last)
            offset = min(offset, self._offset + drift)
        self._offset, self._last = offset, stamp
        return stamp + offset

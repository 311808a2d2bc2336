"""Serial ports that say in one line why they cannot be opened."""

from __future__ import annotations

import errno
import termios

import serial


class PortError(OSError):
    """A serial port cannot be opened, or was lost; the text is one line that names it."""


# What pyserial raises on a port that is lost, or closed under a read by another thread.
PORT_FAILURES = (OSError, TypeError, ValueError, termios.error)

_HINTS = {
    errno.ENOENT: 'there is no such device; is the radar plugged in?',
    errno.EACCES: 'permission denied; add yourself to the group that owns it (often dialout)',
    errno.EPERM: 'permission denied; add yourself to the group that owns it (often dialout)',
    errno.EAGAIN: 'another program is using it',
    errno.EBUSY: 'another program is using it',
}


def open_port(device: str, baud: int, timeout: float = 0.1) -> serial.Serial:
    """Open a port for this program alone; `timeout` in seconds is how long a read waits.

    Raises:
        PortError: it cannot be opened.
    """
    try:
        return serial.Serial(device, baud, timeout=timeout, write_timeout=1.0, exclusive=True)
    except PORT_FAILURES as error:
        raise PortError(f'{device}: {reason(error)}') from None


def reason(error: Exception) -> str:
    """Return what went wrong in words a person can act on."""
    code = getattr(error, 'errno', None)
    if code in _HINTS:
        return _HINTS[code]
    return ' '.join(str(error).split()) or type(error).__name__

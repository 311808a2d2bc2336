"""Configuration of a TI radar: a .cfg file, sent line by line over the command port."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SPEED_OF_LIGHT = 299_792_458.0

# What the firmware's command line ends its answers with.
_SUCCESS = re.compile(r'^\s*(Done|Ignored|Skipped)\b', re.MULTILINE)
_FAILURE = re.compile(r'^.*(\bError\b|not recognized|not supported|Invalid).*$', re.MULTILINE)

# Sent first, for a radar that is already running; whatever it answers is right.
_PREPARATION = ('sensorStop', 'flushCfg')


class CommandError(RuntimeError):
    """A .cfg file is unusable or the radar refuses it; the text names file, line and command."""


class CommandPort(Protocol):
    """The part of `serial.Serial` that is used."""

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes, fewer after the port's timeout."""

    def write(self, data: bytes) -> int | None:
        """Send bytes."""

    def reset_input_buffer(self) -> None:
        """Forget what arrived."""

    @property
    def in_waiting(self) -> int:
        """Return how many bytes have arrived."""


@dataclass(frozen=True)
class Command:
    """One line of a .cfg file: its number from 1, and its text without comment."""

    line: int
    text: str

    @property
    def name(self) -> str:
        """The command itself."""
        return self.text.split()[0]

    @property
    def numbers(self) -> tuple[float, ...]:
        """The arguments, NaN for one that is no number."""
        return tuple(_number(word) for word in self.text.split()[1:])


@dataclass(frozen=True)
class RadarConfig:
    """A .cfg file.

    Attributes:
        name: what errors call the file.
        commands: lines that are sent, in their order.
    """

    name: str
    commands: tuple[Command, ...]

    def numbers(self, name: str, least: int) -> tuple[float, ...] | None:
        """Return the arguments of the first such command; None if absent or fewer than `least`."""
        for command in self.commands:
            if command.name == name and len(command.numbers) >= least:
                return command.numbers
        return None

    @property
    def frame_period(self) -> float | None:
        """Seconds from frame to frame (frameCfg's fifth number), None if the file has none."""
        frame = self.numbers('frameCfg', 5)
        return frame[4] * 1e-3 if frame and frame[4] > 0 else None

    @property
    def max_velocity(self) -> float | None:
        """Largest unambiguous radial speed in m/s: wavelength / (4 x time between the chirps)."""
        chirps = self._chirps()
        return chirps and chirps[0] / (4.0 * chirps[1])

    @property
    def velocity_step(self) -> float | None:
        """Radial speed of one Doppler bin in m/s: wavelength / (2 x duration of all chirps)."""
        chirps = self._chirps()
        return chirps and chirps[0] / (2.0 * chirps[1] * chirps[2])

    @property
    def range_step(self) -> float | None:
        """Distance of one range bin in m: c / (2 x swept bandwidth while sampling)."""
        profile = self.numbers('profileCfg', 11)
        if not profile or min(profile[7], profile[9], profile[10]) <= 0:
            return None
        bandwidth = profile[7] * 1e12 * profile[9] / (profile[10] * 1e3)
        return SPEED_OF_LIGHT / (2.0 * bandwidth)

    def _chirps(self) -> tuple[float, float, float] | None:
        """Return wavelength [m], time between chirps of one transmitter [s] and their number."""
        profile, frame = self.numbers('profileCfg', 11), self.numbers('frameCfg', 5)
        if not profile or not frame:
            return None
        transmitters = frame[1] - frame[0] + 1
        interval = (profile[2] + profile[4]) * 1e-6 * transmitters
        if not (profile[1] > 0 and interval > 0 and frame[2] > 0):
            return None
        return SPEED_OF_LIGHT / (profile[1] * 1e9), interval, frame[2]


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float('nan')


def read_config(path: str | Path) -> RadarConfig:
    """Read a .cfg file; blank lines and comments (% and #) are left out.

    Raises:
        CommandError: missing, unreadable, not text, or without a command.
    """
    path = Path(path)
    try:
        text = path.read_text('ascii')
    except UnicodeDecodeError:
        raise CommandError(f'{path}: is not a text file') from None
    except OSError as error:
        raise CommandError(f'{path}: {error.strerror or error}') from None
    lines = (re.split('[%#]', line)[0].strip() for line in text.splitlines())
    commands = tuple(Command(number, line) for number, line in enumerate(lines, 1) if line)
    if not commands:
        raise CommandError(f'{path}: holds no command')
    return RadarConfig(str(path), commands)


def configure(
    port: CommandPort,
    config: RadarConfig,
    timeout: float = 3.0,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Stop the radar if it runs, then send every command and check every answer.

    Args:
        port: an open command port whose reads return after a short time.
        timeout: seconds to wait for each answer; sensorStart calibrates for about a second.
        clock: seconds, monotonic.

    Raises:
        CommandError: the radar refuses a command or does not answer; nothing more is sent.
        OSError, termios.error: the port is lost.
    """
    for text in _PREPARATION:
        _converse(port, text, timeout, clock)
    for command in config.commands:
        answer = _converse(port, command.text, timeout, clock)
        problem = _problem(answer)
        if problem:
            raise CommandError(f'{config.name}: line {command.line}: {command.text!r}: {problem}')


def _converse(port: CommandPort, command: str, timeout: float, clock: Callable[[], float]) -> str:
    """Send one command; return the answer, or what there is of it after the timeout."""
    port.reset_input_buffer()
    port.write(command.encode('ascii') + b'\n')
    answer, end = b'', clock() + timeout
    while clock() < end:
        answer += port.read(max(1, port.in_waiting))
        text = _without_echo(answer, command)
        if _complete(text):
            return text
    return _without_echo(answer, command)


def _without_echo(answer: bytes, command: str) -> str:
    """Return the answer as text without the command, which the firmware repeats."""
    text = answer.decode('ascii', 'replace').replace('\r', '')
    _, echoed, rest = text.partition(command)
    return rest if echoed else text


def _complete(text: str) -> bool:
    """Tell whether the answer's last word has come, whole lines only."""
    lines = text[: text.rfind('\n') + 1]
    return bool(_SUCCESS.search(lines) or _FAILURE.search(lines))


def _problem(answer: str) -> str | None:
    """Return what is wrong with an answer, None if it is a success."""
    failure = _FAILURE.search(answer)
    if failure:
        return ' '.join(failure.group().split())
    if _SUCCESS.search(answer):
        return None
    words = ' '.join(answer.split())
    return f'the radar answers {words!r}' if words else 'the radar does not answer'

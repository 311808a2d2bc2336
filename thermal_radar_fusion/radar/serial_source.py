"""Frames from a radar on a serial port, over pulled cables and restarts."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

import serial

from thermal_radar_fusion.radar.cloud_fields import IngestParameters
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.serial_port import PORT_FAILURES, PortError, open_port, reason
from thermal_radar_fusion.radar.ti_clock import HostClock
from thermal_radar_fusion.radar.ti_command import (
    CommandError,
    RadarConfig,
    configure,
    read_config,
)
from thermal_radar_fusion.radar.ti_uart import UartFrame, UartParser, UartStats

FIRST_DELAY = 0.5
LONGEST_DELAY = 10.0

# Start bit, eight bits, stop bit.
BITS_PER_BYTE = 10


class BackOff:
    """When to try again: twice as long after each failure, up to a cap."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._delay = FIRST_DELAY
        self._next = 0.0

    def fail(self) -> None:
        """Note a failure."""
        self._next = self._clock() + self._delay
        self._delay = min(2.0 * self._delay, LONGEST_DELAY)

    def succeed(self) -> None:
        """Begin anew with the shortest delay."""
        self._delay, self._next = FIRST_DELAY, 0.0

    @property
    def remaining(self) -> float:
        """Seconds until the next try, 0 if it is due."""
        return max(0.0, self._next - self._clock())


class SerialSource:
    """Reads one radar's data port; owns no thread.

    Call `poll` in a loop; `close` from any thread ends the waiting. A port that cannot be opened,
    a cable that is pulled and a radar that refuses its configuration are each logged in one line
    and tried again with growing delays. After each connection `prepare` is called before
    anything is read: a radar that lost its power needs its configuration again.
    """

    def __init__(
        self,
        device: str,
        baud: int = 921600,
        *,
        sensor: str = 'radar',
        parser: UartParser | None = None,
        doppler_sign: int = 1,
        frame_period: float = 0.0,
        prepare: Callable[[], None] = lambda: None,
        log: Callable[[str], object] = lambda text: None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare to read; nothing is opened before the first `poll`.

        Args:
            device, baud: the data port.
            sensor: frame_id of the frames.
            parser: `UartParser()` by default.
            doppler_sign: -1 turns the velocities round.
            frame_period: what is expected between frames in seconds, 0 if unknown; kept for
                diagnostics.
            prepare: configures the radar; may raise CommandError or PortError.
            log: takes each change of state as one line.
            clock: monotonic seconds; wall_clock: the clock of the frames' stamps.
        """
        self.connected = False
        self.connections = 0
        self.problem = ''
        self.has_velocity = True
        self.frame_period = frame_period
        self._device, self._baud, self._sensor = device, baud, sensor
        self._parser = parser or UartParser()
        self._doppler_sign = doppler_sign
        self._prepare, self._log = prepare, log
        self._wall_clock = wall_clock
        self._back_off = BackOff(clock)
        self._host_clock = HostClock()
        self._port: serial.Serial | None = None
        self._closed = threading.Event()
        self._polling = threading.Lock()

    @classmethod
    def from_parameters(
        cls,
        parameters: IngestParameters,
        sensor: str = 'radar',
        *,
        log: Callable[[str], object] = lambda text: None,
        wall_clock: Callable[[], float] = time.time,
    ) -> SerialSource:
        """Build from a configuration; the .cfg file is read at once.

        Raises:
            CommandError: the .cfg file is missing or empty.
        """
        config = read_config(parameters.config_file) if parameters.config_file else None
        step = config.velocity_step if config else None
        return cls(
            parameters.data_port,
            parameters.data_baud,
            sensor=sensor,
            parser=UartParser(parameters.firmware, step or 0.0),
            doppler_sign=parameters.cloud.doppler_sign,
            frame_period=parameters.frame_period or (config and config.frame_period) or 0.0,
            prepare=_configurer(parameters, config),
            log=log,
            wall_clock=wall_clock,
        )

    @property
    def stats(self) -> UartStats:
        """What became of the bytes of all connections together."""
        return self._parser.stats

    def poll(self, timeout: float = 0.1) -> list[RadarFrame]:
        """Wait at most `timeout` seconds for bytes; return the frames they complete.

        Stamps are the sensor's timer on the host's wall clock, at the first byte of the frame.
        Never raises for what happens to the port.
        """
        with self._polling:
            if self._closed.is_set() or not self._ready(timeout):
                return []
            try:
                return self._canonical(self._read(timeout))
            except PORT_FAILURES as error:
                return self._lose(error)

    def close(self) -> None:
        """Close the port and let `poll` return at once from now on."""
        self._closed.set()
        port = self._port
        if port is not None:
            with contextlib.suppress(*PORT_FAILURES):
                port.cancel_read()
        with self._polling:
            self._disconnect()

    def _ready(self, timeout: float) -> bool:
        """Tell whether the port is open; otherwise open it, or wait until that is due."""
        if self._port is not None:
            return True
        if self._back_off.remaining > 0.0:
            self._closed.wait(min(timeout, self._back_off.remaining))
            return False
        try:
            self._connect()
        except (PortError, CommandError) as error:
            self._disconnect()
            self._back_off.fail()
            self._report(str(error))
            return False
        return True

    def _connect(self) -> None:
        self._port = open_port(self._device, self._baud)
        self._prepare()
        self.connected = True
        self.connections += 1
        self.problem = ''
        self._back_off.succeed()
        self._host_clock = HostClock()
        self._log(f'{self._device}: connected')

    def _report(self, problem: str) -> None:
        """Log a problem once, not at every try."""
        if problem != self.problem:
            self._log(problem)
        self.problem = problem

    def _lose(self, error: Exception) -> list[RadarFrame]:
        """Give the port up; return what was complete."""
        frames = self._canonical(self._parser.close())
        self._disconnect()
        self._back_off.fail()
        if not self._closed.is_set():
            self._report(f'{self._device}: connection lost ({reason(error)})')
        return frames

    def _disconnect(self) -> None:
        self.connected = False
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def _read(self, timeout: float) -> list[UartFrame]:
        """Return as soon as bytes are there; take all that arrived."""
        port = self._port
        if port is None:
            return []
        port.timeout = timeout
        data = port.read(1)
        if not data:
            return self._parser.release()
        return self._parser.feed(data + port.read(port.in_waiting))

    def _canonical(self, frames: list[UartFrame]) -> list[RadarFrame]:
        received = self._wall_clock()
        return [self._translated(frame, received) for frame in frames]

    def _translated(self, frame: UartFrame, received: float) -> RadarFrame:
        self.has_velocity = frame.has_velocity
        frame.points[:, 3] *= self._doppler_sign
        on_the_line = frame.size * BITS_PER_BYTE / self._baud
        stamp = self._host_clock.translate(frame.stamp, received - on_the_line)
        return frame.radar_frame(self._sensor, stamp)


def _configurer(parameters: IngestParameters, config: RadarConfig | None) -> Callable[[], None]:
    """Return a function that sends the configuration, or does nothing where there is none."""

    def send() -> None:
        if config is None:
            return
        port = open_port(parameters.command_port, parameters.command_baud)
        try:
            configure(port, config)
        except PORT_FAILURES as error:
            raise PortError(f'{parameters.command_port}: {reason(error)}') from None
        finally:
            port.close()

    return send

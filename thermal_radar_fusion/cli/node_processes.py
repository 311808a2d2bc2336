"""The node graph as child processes that never outlive the command."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from thermal_radar_fusion.cli.common import BadInputError, CommandError

if TYPE_CHECKING:
    from thermal_radar_fusion.deployment import Deployment
    from thermal_radar_fusion.node_specs import NodeSpec

PATIENCE = 5.0
SET_PARENT_DEATH_SIGNAL = 1


class NodeProcesses:
    """Starts every node of a graph as a process; a context manager that stops them all.

    Args:
        specs: what to start, see `deployment.node_specs`.
        environment: variables of the processes, see `ros_environment`.
        logs: folder for one log file per node; None lets them write to this terminal.
    """

    def __init__(
        self, specs: Sequence[NodeSpec], environment: Mapping[str, str], logs: Path | None = None
    ) -> None:
        self._specs = specs
        self._environment = dict(environment)
        self._logs = logs
        self._processes: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> NodeProcesses:
        try:
            for spec in self._specs:
                self._processes[_full_name(spec)] = self._started(spec)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    @property
    def names(self) -> list[str]:
        """Full names of the nodes."""
        return list(self._processes)

    def check(self) -> None:
        """Raise CommandError, in one line, if a node has ended."""
        for name, process in self._processes.items():
            code = process.poll()
            if code is not None:
                raise CommandError(
                    f'node {name} ended with {_cause(code)}{self._last_words(name)}'
                )

    def _started(self, spec: NodeSpec) -> subprocess.Popen:
        command = [sys.executable, '-m', f'thermal_radar_fusion.nodes.{spec.executable}']
        log = None
        if self._logs is not None:
            log = self._log(_full_name(spec)).open('w')
        try:
            return subprocess.Popen(
                [*command, *spec.ros_arguments()],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT if log else None,
                # Ctrl-C reaches only this command, which then stops the nodes in order.
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        finally:
            if log is not None:
                log.close()

    def _log(self, name: str) -> Path:
        return self._logs / f'{name.strip("/").replace("/", ".")}.log'

    def _last_words(self, name: str) -> str:
        """Return the last line that a node wrote, if it wrote into a log."""
        if self._logs is None:
            return ''
        lines = self._log(name).read_text(errors='replace').strip().splitlines()
        return f': {lines[-1].strip()}' if lines else ''

    def _stop(self) -> None:
        """Ask every node to end, and kill the ones that do not."""
        for process in self._processes.values():
            if process.poll() is None:
                # Not SIGINT: in a node that is still being imported it leaves a traceback.
                process.terminate()
        end = time.monotonic() + PATIENCE
        for process in self._processes.values():
            try:
                process.wait(max(end - time.monotonic(), 0.05))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Turn signals to end into KeyboardInterrupt, so that whatever is open gets closed.

    SIGINT too: a shell without job control lets what it starts in the background ignore it.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def check_devices(deployed: Deployment) -> None:
    """Raise BadInputError if a serial device or a radar configuration is missing."""
    for name, radar in deployed.radars.items():
        ingest = radar.ingest
        if ingest.source != 'ti_uart':
            continue
        for path in (ingest.data_port, ingest.command_port, ingest.config_file):
            if path and not Path(path).exists():
                raise BadInputError(f'radar {name}: {path} does not exist')


def _full_name(spec: NodeSpec) -> str:
    return f'{spec.namespace.rstrip("/")}/{spec.name}'


def _cause(code: int) -> str:
    """Return what an exit status means."""
    return f'exit status {code}' if code >= 0 else signal.Signals(-code).name


def die_with_parent() -> None:
    """Let the kernel end this child when the command is killed without a chance to do so."""
    if sys.platform == 'linux':
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)

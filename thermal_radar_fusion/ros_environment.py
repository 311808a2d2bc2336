"""Find the built messages and give processes the environment in which ROS 2 runs.

On a ROS installation the user sources it and nothing is left to do here. In a checkout that
`make setup` prepared, ROS 2 comes as wheels in the virtual environment and nothing is sourced:
then these functions stand in for `source install/setup.bash`.
"""

from __future__ import annotations

import os
import random
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from thermal_radar_fusion.resources import PACKAGE, checkout, resource

Environment = dict[str, str]

PATH_VARIABLES = ('AMENT_PREFIX_PATH', 'PYTHONPATH', 'LD_LIBRARY_PATH')
THREAD_VARIABLES = ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS')

# Ports of the package domain_coordinator, so that its users' domains are avoided too.
DOMAIN_PORT = 32768
DOMAINS = range(1, 101)


class RosNotFoundError(RuntimeError):
    """Neither a sourced ROS 2 nor a prepared checkout holds this package's messages."""


def environment(base: Mapping[str, str] | None = None) -> Environment:
    """Return the environment of a process that imports rclpy and this package's messages.

    Args:
        base: variables to start from, those of this process if None.

    Raises:
        RosNotFoundError: with one line that says what to do.
    """
    variables = dict(os.environ if base is None else base)
    for name in THREAD_VARIABLES:
        variables.setdefault(name, '1')
    install = workspace()
    if install is not None:
        return _with_workspace(variables, install)
    if _sourced(variables):
        return variables
    raise RosNotFoundError(
        f'the ROS 2 messages of {PACKAGE} are not built: run `make setup` in the checkout,'
        ' or colcon build and source install/setup.bash'
    )


def enter() -> None:
    """Restart this process in the environment of ROS 2 unless it is in it already.

    Does not return where a restart is needed. Call it first thing, before anything is open.

    Raises:
        RosNotFoundError: see `environment`.
    """
    variables = environment()
    if any(variables.get(name) != os.environ.get(name) for name in PATH_VARIABLES):
        # The dynamic loader reads LD_LIBRARY_PATH only once, when a process starts.
        sys.stdout.flush()
        os.execve(sys.executable, sys.orig_argv, variables)


def workspace() -> Path | None:
    """Return the prefix that `make setup` built for this Python, None where there is none."""
    root = checkout()
    if root is None or not _has_wheels():
        return None
    prefix = root / 'install' / PACKAGE
    return prefix if _site_packages(prefix).is_dir() else None


def kept_local(variables: Mapping[str, str], domain: int | None = None) -> Environment:
    """Return the variables with DDS kept on this machine, in a domain of its own if one is given.

    Nodes of one machine also find each other faster. What the user has set stays, except for the
    domain.
    """
    profiles = str(resource('config/fastdds_local.xml'))
    local = {
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        'FASTRTPS_DEFAULT_PROFILES_FILE': profiles,
        **variables,
    }
    if domain is not None:
        local['ROS_DOMAIN_ID'] = str(domain)
    return local


class ReservedDomain:
    """A ROS domain that no other user of this class has, until it is closed.

    Attributes:
        number: the value for ROS_DOMAIN_ID.
    """

    def __init__(self) -> None:
        for number in random.sample(DOMAINS, len(DOMAINS)):
            self._lock = socket.socket()
            try:
                self._lock.bind(('', DOMAIN_PORT + number))
            except OSError:
                self._lock.close()
                continue
            self.number = number
            return
        raise RosNotFoundError('all ROS domains of this machine are taken')

    def close(self) -> None:
        """Give the domain back."""
        self._lock.close()

    def __enter__(self) -> ReservedDomain:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _has_wheels() -> bool:
    """Tell whether this Python's prefix holds ROS 2 from PyPI."""
    return Path(sys.prefix, 'share/ament_index/resource_index/packages/rclpy').exists()


def _sourced(variables: Mapping[str, str]) -> bool:
    """Tell whether one of the ament prefixes holds this package."""
    prefixes = _split(variables.get('AMENT_PREFIX_PATH', ''))
    marker = f'share/ament_index/resource_index/packages/{PACKAGE}'
    return any(Path(prefix, marker).exists() for prefix in prefixes)


def _with_workspace(variables: Environment, install: Path) -> Environment:
    """Return the variables with the workspace and the wheels in front, other ROS left out."""
    # A sourced ROS installation has other versions of the same libraries, for another Python.
    foreign = _foreign_prefixes(variables, install)
    ours = {
        'AMENT_PREFIX_PATH': [str(install), sys.prefix],
        # The checkout comes first: its modules are live, only the messages are from the build.
        'PYTHONPATH': [str(install.parent.parent), str(_site_packages(install))],
        'LD_LIBRARY_PATH': [str(install / 'lib'), str(Path(sys.prefix, 'lib'))],
    }
    for name, entries in ours.items():
        kept = [e for e in _split(variables.get(name, '')) if not e.startswith(foreign)]
        variables[name] = os.pathsep.join(dict.fromkeys(entries + kept))
    if variables.get('RMW_IMPLEMENTATION', 'rmw_fastrtps_cpp') != 'rmw_fastrtps_cpp':
        del variables['RMW_IMPLEMENTATION']
    return variables


def _foreign_prefixes(variables: Mapping[str, str], install: Path) -> tuple[str, ...]:
    """Return the ament prefixes that are neither the workspace nor this Python's."""
    prefixes = _split(variables.get('AMENT_PREFIX_PATH', ''))
    return tuple(prefix for prefix in prefixes if prefix not in (str(install), sys.prefix))


def _site_packages(prefix: Path) -> Path:
    """Return the folder of Python modules below an ament prefix."""
    return prefix / f'lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages'


def _split(paths: str) -> list[str]:
    """Return the entries of a path variable."""
    return [path for path in paths.split(os.pathsep) if path]


def main(arguments: Sequence[str] | None = None) -> None:
    """Replace this process by a command in the environment of ROS 2.

    Usage: python -m thermal_radar_fusion.ros_environment COMMAND [ARGUMENT ...]
    """
    command = list(sys.argv[1:] if arguments is None else arguments)
    try:
        variables = environment()
    except RosNotFoundError as error:
        sys.exit(f'error: {error}')
    os.execvpe(command[0], command, variables)


if __name__ == '__main__':
    main()

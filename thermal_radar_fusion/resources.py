"""Where the files lie that belong to the package but are no Python: msg/, config/, rviz/, ..."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = 'thermal_radar_fusion'


class ResourceError(FileNotFoundError):
    """A file of the package is in none of the places where an installation puts it."""


def resource(relative: str) -> Path:
    """Return the path of a share file or folder, for example `msg` or `config/room.yaml`.

    Looks in the checkout, in the installation that this module is part of, in every ament
    prefix and in the Python prefix, in that order.

    Raises:
        ResourceError: none of them has it.
    """
    for root in _roots():
        if (root / relative).exists():
            return root / relative
    raise ResourceError(f'{relative} of {PACKAGE} is not installed')


def checkout() -> Path | None:
    """Return the source checkout that this module runs from, None where it is installed."""
    root = Path(__file__).resolve().parent.parent
    return root if (root / 'package.xml').exists() and (root / 'msg').is_dir() else None


def _roots() -> Iterator[Path]:
    """Yield the folders that may hold the package's share files, the likeliest first."""
    module = Path(__file__).resolve().parent
    yield module.parent
    for prefix in (*module.parents, *_ament_prefixes(), Path(sys.prefix)):
        yield prefix / 'share' / PACKAGE


def _ament_prefixes() -> Iterator[Path]:
    """Yield the prefixes of the ROS environment, none where nothing is sourced."""
    for prefix in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep):
        if prefix:
            yield Path(prefix)

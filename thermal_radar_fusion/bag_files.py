"""The files of a bag before they are opened: whether they are one, whole, and what it notes."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from thermal_radar_fusion.bag_writer import DEPLOYMENT_KEY, NAMES_KEY, BagError

# Of a database's header: the size of its pages (1 stands for 65536) and their number.
SQLITE_HEADER = struct.Struct('>16xH10xI')


def check_files(path: Path) -> None:
    """Raise BagError unless a path may be a bag, and its databases are whole."""
    _check_kind(path)
    for file in path.glob('*.db3') if path.is_dir() else [path]:
        _check_length(file)


def _check_kind(path: Path) -> None:
    """Raise BagError unless the path may be a bag."""
    if not path.exists():
        raise BagError(f'{path}: does not exist')
    if path.is_dir() and not (path / 'metadata.yaml').exists():
        raise BagError(f'{path}: is no bag, the folder has no metadata.yaml')
    if path.is_file() and path.suffix not in ('.mcap', '.db3'):
        raise BagError(f'{path}: is no bag (a folder with metadata.yaml, .mcap or .db3)')


def _check_length(path: Path) -> None:
    """Raise BagError if a database lacks some of its end, which SQLite reads as zeros."""
    if path.suffix != '.db3':
        return
    with path.open('rb') as file:
        head = file.read(SQLITE_HEADER.size)
    if len(head) == SQLITE_HEADER.size:
        page, pages = SQLITE_HEADER.unpack(head)
        if path.stat().st_size < (65536 if page == 1 else page) * pages:
            raise BagError(f'{path}: damaged or truncated bag (it ends within its last page)')


def custom_data(path: Path) -> dict[str, Any]:
    """Return what of ours the metadata of a bag holds: names of people, its deployment."""
    import yaml

    metadata = (path if path.is_dir() else path.parent) / 'metadata.yaml'
    if not metadata.exists():
        return {}
    content = yaml.safe_load(metadata.read_text())['rosbag2_bagfile_information']
    custom = content.get('custom_data') or {}
    ours = {k: v for k, v in custom.items() if k == DEPLOYMENT_KEY or k.startswith(NAMES_KEY)}
    return {key: json.loads(text) for key, text in ours.items()}


@contextmanager
def damage(path: Path) -> Iterator[None]:
    """Turn what rosbags raises on a damaged bag, which is almost anything, into a BagError."""
    try:
        yield
    except BagError:
        raise
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BagError(f'{path}: damaged or truncated bag ({reason})') from None

"""The gallery on disk: written whole or not at all, readable for nobody but its owner."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from thermal_radar_fusion.reid.adaptation_evidence import RoomEvidence
from thermal_radar_fusion.reid.features import checked_features
from thermal_radar_fusion.reid.gallery import Gallery, GalleryError, GalleryParameters, Person
from thermal_radar_fusion.reid.welm import WelmParameters

FORMAT = 1


def save_gallery(gallery: Gallery, path: Path) -> None:
    """Write a gallery; the file at `path` is replaced at once, or stays as it was.

    Raises:
        GalleryError: the file there is another network's, or no gallery, and would be lost.
        OSError: the file cannot be written.
    """
    if path.exists():
        _check_network(path, _header(path), gallery.network, gallery.dimension)
    temporary = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        _write(temporary, gallery)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def gallery_network(path: Path) -> tuple[str, int]:
    """Return the name of the network that a file's features are of, and their dimension.

    Raises:
        GalleryError: there is no such file, or it is damaged or no gallery.
    """
    header = _header(path)
    try:
        return str(header['network']), int(header['dimension'])
    except (KeyError, TypeError, ValueError):
        raise GalleryError(f'{path}: is a damaged gallery') from None


def load_gallery(
    path: Path,
    network: str,
    dimension: int,
    parameters: GalleryParameters | None = None,
    welm: WelmParameters | None = None,
) -> Gallery:
    """Read a gallery.

    Args:
        path: of the file.
        network: name of the network in use.
        dimension: D of its features.
        parameters, welm: None for the defaults.

    Raises:
        GalleryError: there is no such file, it is damaged or no gallery, or its features are of
            another network.
    """
    header = _header(path)
    _check_network(path, header, network, dimension)
    gallery = Gallery(network, dimension, parameters, welm)
    try:
        _restore(gallery, header, _arrays(path))
    except (KeyError, TypeError, ValueError):
        raise GalleryError(f'{path}: is a damaged gallery') from None
    return gallery


def _write(path: Path, gallery: Gallery) -> None:
    people = gallery.people
    header = {
        'format': FORMAT,
        'network': gallery.network,
        'dimension': gallery.dimension,
        'enrolled': gallery.enrolled,
        'people': [[name, len(p.stamps), p.last_seen] for name, p in people.items()],
        'evidence': {room: sums.content() for room, sums in gallery.evidence.items()},
    }
    empty = np.empty((0, gallery.dimension))
    arrays = {
        'header': np.frombuffer(json.dumps(header).encode(), dtype=np.uint8),
        'features': np.concatenate([empty, *(p.features for p in people.values())]),
        'stamps': np.concatenate([empty[:, 0], *(p.stamps for p in people.values())]),
        'rooms': np.concatenate([np.array([], str), *(p.rooms for p in people.values())]),
    }
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), 'wb') as file:
        np.savez(file, **arrays)
        file.flush()
        os.fsync(file.fileno())


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """Return all arrays of a file; see `load_gallery` for errors."""
    if not path.is_file():
        raise GalleryError(f'{path}: there is no such file')
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except OSError as error:
        raise GalleryError(f'{path}: cannot be read ({error.strerror or error})') from None
    except (ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile):
        raise GalleryError(f'{path}: is a damaged gallery, or none') from None


def _header(path: Path) -> dict[str, Any]:
    arrays = _arrays(path)
    try:
        header = json.loads(bytes(arrays['header']))
        known = header['format']
    except (KeyError, TypeError, ValueError):
        raise GalleryError(f'{path}: is no gallery') from None
    if known != FORMAT:
        raise GalleryError(f'{path}: is a gallery of format {known!r}, not {FORMAT}')
    return header


def _check_network(path: Path, header: dict[str, Any], network: str, dimension: int) -> None:
    known, size = header.get('network'), header.get('dimension')
    if (known, size) != (network, dimension):
        raise GalleryError(
            f'{path}: holds features of the network {known!r} ({size} numbers each), not of'
            f' {network!r} ({dimension})'
        )


def _restore(gallery: Gallery, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Put the people of a file, and what is known of rooms, into an empty gallery."""
    for room, content in header['evidence'].items():
        gallery.evidence[room] = RoomEvidence.of_content(content, gallery.dimension)
    people, begin = {}, 0
    for name, count, last_seen in header['people']:
        part = slice(begin, begin := begin + count)
        stamps = checked_features(arrays['stamps'][part], count)[0]
        rows = checked_features(arrays['features'][part], gallery.dimension)
        if len(rows) != count:
            raise GalleryError('features are missing')
        people[str(name)] = Person(rows, stamps, float(last_seen), arrays['rooms'][part])
    gallery.restore(people, int(header['enrolled']))

"""Folders of thermal images with faces boxed by hand: boxes.csv, and index.csv where there is one.

`boxes.csv` has the columns file, x0, y0, x1, y1 [pixels] and ignore; files are relative to the
folder. A row without numbers names an image without faces. Images that `index.csv` gives no faces
(`n_faces` 0) are such images too; others that boxes.csv does not name are left out.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import DatasetError

COLUMNS = ('file', 'x0', 'y0', 'x1', 'y1')
SIDES = COLUMNS[1:]


@dataclass(frozen=True)
class BoxedImage:
    """One image and its faces.

    Attributes:
        path: of the image.
        boxes: (N, 4) x0, y0, x1, y1 [pixels] that must be found.
        ignored: (M, 4) that may be found or not.
    """

    path: Path
    boxes: NDArray[np.float64]
    ignored: NDArray[np.float64]


def boxed_images(folder: Path) -> list[BoxedImage]:
    """Return the images of a folder, in the order in which they are named.

    A folder without boxes.csv whose folders have one each is all of these together.

    Raises:
        DatasetError: boxes.csv is missing, lacks a column or has a row that is no box; one line.
    """
    below = sorted(path.parent for path in folder.glob('*/boxes.csv'))
    if below and not (folder / 'boxes.csv').exists():
        return [image for part in below for image in boxed_images(part)]
    faces: dict[str, list[tuple[list[float], bool]]] = {}
    for number, row in enumerate(_rows(folder / 'boxes.csv', COLUMNS), start=2):
        entries = faces.setdefault(row['file'], [])
        if any(row[side] for side in SIDES):
            entries.append(_box(row, f'{folder / "boxes.csv"}: line {number}'))
    for name in _without_faces(folder / 'index.csv'):
        faces.setdefault(name, [])
    if not faces:
        raise DatasetError(f'{folder / "boxes.csv"}: names no image')
    return [_image(folder / name, entries) for name, entries in faces.items()]


def _image(path: Path, entries: list[tuple[list[float], bool]]) -> BoxedImage:
    kinds = [[box for box, ignored in entries if ignored == kind] for kind in (False, True)]
    return BoxedImage(path, *[np.array(boxes, dtype=float).reshape(-1, 4) for boxes in kinds])


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the rows of a CSV file, without blanks about the cells."""
    try:
        with path.open(newline='', encoding='utf-8-sig') as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise DatasetError(f'{path}: has no column {missing[0]!r}')
            return [{k: (v or '').strip() for k, v in row.items() if k} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, 'strerror', None) or 'is no CSV file'
        raise DatasetError(f'{path}: cannot be read ({reason})') from None


def _box(row: dict[str, str], place: str) -> tuple[list[float], bool]:
    """Return one box and whether it is to be ignored."""
    try:
        box = [float(row[side]) for side in SIDES]
    except ValueError:
        raise DatasetError(f'{place} is no box: {[row[side] for side in SIDES]}') from None
    if not all(map(math.isfinite, box)) or box[0] >= box[2] or box[1] >= box[3]:
        raise DatasetError(f'{place} is no box: {box}')
    return box, row.get('ignore', '').lower() not in ('', '0', 'false', 'no')


def _without_faces(index: Path) -> list[str]:
    """Return the files of an index that have no faces; none where there is no index."""
    if not index.is_file():
        return []
    rows = _rows(index, ('file',))
    return [row['file'] for row in rows if row.get('n_faces') == '0']

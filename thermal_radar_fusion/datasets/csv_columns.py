"""Columns of numbers out of a CSV file with a heading, with one clear line where that fails."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import DatasetError
from thermal_radar_fusion.datasets.text_file import read_text

Array = NDArray[np.float64]


def read_columns(path: Path, names: Sequence[str]) -> dict[str, Array]:
    """Return some columns (N,) of a CSV file by their headings; others are left alone.

    Empty lines, and lines that begin with #, do not count.

    Raises:
        DatasetError: the file cannot be read, lacks a column or rows, or has something that is
            not a finite number in one of these columns; the text names file and line.
    """
    rows = list(_rows(path))
    heading = [name.strip() for name in rows[0][1]] if rows else []
    for name in names:
        if name not in heading:
            raise DatasetError(f'{path}: has no column {name!r}; needed are {", ".join(names)}')
    if len(rows) == 1:
        raise DatasetError(f'{path}: has no rows')
    places = {name: heading.index(name) for name in names}
    values = [_numbers(f'{path}, line {line}', cells, places) for line, cells in rows[1:]]
    return dict(zip(names, np.array(values).T, strict=True))


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield number and cells of every line that says something."""
    reader = csv.reader(read_text(path).splitlines())
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) and not cells[0].startswith('#'):
                yield reader.line_num, cells
    except csv.Error as error:
        raise DatasetError(f'{path}, line {reader.line_num}: {error}') from None


def _numbers(where: str, cells: list[str], places: Mapping[str, int]) -> list[float]:
    """Return the numbers of one line."""
    return [_number(where, name, cells, place) for name, place in places.items()]


def _number(where: str, name: str, cells: list[str], place: int) -> float:
    """Return one cell as a finite number."""
    text = cells[place].strip() if place < len(cells) else ''
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DatasetError(f'{where}: {name} must be a number, got {text!r:.40}')
    return value

"""Read logs of the data port of TI radars: raw bytes, or CSV rows of byte values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from thermal_radar_fusion.datasets.recording import DatasetError, Recording
from thermal_radar_fusion.datasets.text_file import read_text
from thermal_radar_fusion.radar.ti_packet import MAGIC, PacketError, read_header
from thermal_radar_fusion.radar.ti_uart import UartFrame, UartParser, UartStats

CSV_HEADER = ['Timestamp', 'RawData']

# In so many bytes of floats a carriage return is expected hundreds of times.
ENOUGH_BYTES = 50_000


def read(path: str | Path, doppler_step: float = 0.0) -> tuple[Recording, UartStats]:
    """Read a whole log; return its frames and what became of each byte.

    Stamps are the sensor's own timer in seconds: they start anywhere, only differences mean
    something. (The clock column of the known CSV logs lacks hours and minutes.)

    Args:
        path: .csv (rows of byte values) or anything else (raw bytes).
        doppler_step: see `UartParser`.

    Raises:
        DatasetError: missing, unreadable, or without a single TI packet.
    """
    frames, stats = read_uart(path, doppler_step)
    return Recording(tuple(frame.radar_frame() for frame in frames)), stats


def read_uart(
    path: str | Path, doppler_step: float = 0.0
) -> tuple[tuple[UartFrame, ...], UartStats]:
    """Like `read`, with all that the sensor says: frame numbers, on-board targets, firmware."""
    path = Path(path)
    notes: list[str] = []
    data = _csv_bytes(path, notes) if path.suffix.lower() == '.csv' else _raw_bytes(path)
    parser = UartParser(doppler_step=doppler_step)
    frames = (*parser.feed(data), *parser.close())
    parser.stats.notes.extend(notes)
    if not frames:
        raise DatasetError(f'{path}: no frame of a TI radar in {len(data)} bytes')
    return frames, parser.stats


def _raw_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f'{path}: {error.strerror or error}') from None


def _csv_bytes(path: Path, notes: list[str]) -> bytes:
    """Join the rows; a row that holds a packet but for its last byte is completed by a zero.

    The last byte is padding or the high byte of the last point's noise, so nothing is lost.
    """
    rows = list(_rows(path))
    short = [
        index
        for index, row in enumerate(rows)
        if _lacks_one_byte(row, rows[index + 1 : index + 2])
    ]
    for index in short:
        rows[index] += b'\0'
    if short:
        notes.append(f'{len(short)} of {len(rows)} rows lack their last byte: completed by 0')
    data = b''.join(rows)
    if len(data) > ENOUGH_BYTES and b'\r' not in data:
        notes.append(
            'byte 13 occurs nowhere: the logger turned it into 10, which alters some numbers'
        )
    return data


def _rows(path: Path) -> Iterator[bytes]:
    """Yield the bytes of each row."""
    reader = csv.reader(io.StringIO(read_text(path), newline=''))
    if next(reader, None) != CSV_HEADER:
        raise DatasetError(f'{path}: is not a log of byte values ({",".join(CSV_HEADER)})')
    for row in reader:
        try:
            yield bytes(int(value) for value in row[1].split(','))
        except (ValueError, IndexError):
            line = reader.line_num
            raise DatasetError(f'{path}: line {line} is no row of byte values') from None


def _lacks_one_byte(row: bytes, following: list[bytes]) -> bool:
    """Tell whether a row is a packet without its last byte, the next row beginning another."""
    if not row.startswith(MAGIC) or (following and not following[0].startswith(MAGIC)):
        return False
    try:
        header = read_header(row)
    except PacketError:
        return False
    return header is not None and header.length == len(row) + 1

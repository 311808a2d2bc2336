"""Radiometric JPEGs of FLIR's handheld cameras as temperatures, for offline use.

A FLIR JPEG carries, in APP1 segments that begin with 'FLIR', an FFF container: a table of records,
among them the sensor's raw counts (type 1; PNG or plain 16 bit) and what they mean (type 32; the
constants of Planck's law and the object's parameters). The layout is the one that exiftool's FLIR
tables document.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.thermal.radiometry import ZERO_CELSIUS, RadiometryError
from thermal_radar_fusion.thermal.thermal_image import ThermalImage

Image = NDArray[np.float32]

APP1, START_OF_SCAN = 0xE1, 0xDA
# Segments: how they begin, and the bytes before their content. Records: the types that are read,
# bytes of an entry in their table, and the most that are looked at.
MARK, HEADER = b'FLIR\0', 8
RAW_DATA, CAMERA_INFO = 1, 32
RECORD, MOST_RECORDS = 32, 1000
# Raw counts: the header's length, the mark of its byte order, and how a PNG begins.
RAW_HEADER, LITTLE = 32, 2
PNG = b'\x89PNG'
# Attenuation of the atmosphere (FLIR's constants): coefficients of water vapour from the
# temperature [°C] and the relative humidity.
VAPOUR = (1.5587, 6.939e-2, -2.7816e-4, 6.8455e-7)


@dataclass(frozen=True)
class FlirRadiometry:
    """What the raw counts of one file mean.

    Attributes:
        r1, r2, b, f, o: constants of Planck's law; counts = r1 / (r2 (exp(b / T) - f)) - o.
        emissivity: of the object.
        distance: of the object [m].
        reflected, air, window: temperatures of surroundings, air and window [K].
        transmission: of the window.
        humidity: relative, 0 to 1.
        attenuation: alpha 1, alpha 2, beta 1, beta 2, x of the atmosphere.
    """

    r1: float
    r2: float
    b: float
    f: float
    o: float
    emissivity: float
    distance: float
    reflected: float
    air: float
    window: float
    transmission: float
    humidity: float
    attenuation: tuple[float, float, float, float, float]

    @classmethod
    def parse(cls, record: bytes) -> FlirRadiometry:
        """Read it from a camera's record."""
        values = _floats(record, 0x20, 8)
        emissivity, distance, reflected, air, window, transmission, _, humidity = values
        r1, b, f = _floats(record, 0x58, 3)
        o, r2 = struct.unpack_from('<if', record, 0x308)
        scene = (emissivity, distance, reflected, air, window, transmission, humidity)
        return cls(r1, r2, b, f, o, *scene, _floats(record, 0x70, 5))

    def celsius(self, counts: NDArray) -> Image:
        """Return an object's temperatures [°C] of raw counts.

        What the object reflects, what the air on both sides of the window emits, and what the
        window emits is taken off; the rest is scaled up to what leaves the object.
        """
        air, glass = self._transmission_of_air(), self.transmission
        foreign = (1 - self.emissivity) * self._counts(self.reflected)
        foreign += (1 - air) / air * self._counts(self.air)
        foreign += (1 - glass) / (air * glass) * self._counts(self.window)
        foreign += (1 - air) / (air * glass * air) * self._counts(self.air)
        own = (counts / (air * glass * air) - foreign) / self.emissivity
        ratio = self.r1 / (self.r2 * np.maximum(own + self.o, 1e-3)) + self.f
        return (self.b / np.log(ratio) - ZERO_CELSIUS).astype(np.float32)

    def _counts(self, kelvin: float) -> float:
        """Return the counts that a black body makes."""
        return self.r1 / (self.r2 * (math.exp(self.b / kelvin) - self.f)) - self.o

    def _transmission_of_air(self) -> float:
        """Return which share of the radiation passes half of the air to the object."""
        celsius = self.air - ZERO_CELSIUS
        exponent = sum(c * celsius**k for k, c in enumerate(VAPOUR))
        water = math.sqrt(max(self.humidity, 0) * math.exp(exponent))
        root = math.sqrt(max(self.distance, 0) / 2)
        a1, a2, b1, b2, x = self.attenuation
        first, second = (math.exp(-root * (a + b * water)) for a, b in ((a1, b1), (a2, b2)))
        return x * first + (1 - x) * second


def is_flir_jpeg(path: Path) -> bool:
    """Tell whether a file is a JPEG with FLIR's raw counts in it."""
    with path.open('rb') as file:
        head = file.read(1 << 18)
    return head.startswith(b'\xff\xd8') and MARK + b'\1' in head


def read_flir_jpeg(path: Path, stamp: float = 0.0) -> ThermalImage:
    """Return the temperatures of a FLIR JPEG, with the emissivity and air that it states.

    Raises:
        RadiometryError: it cannot be read, is no FLIR JPEG, or is damaged; one line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RadiometryError(f'{path}: cannot be read ({error.strerror})') from None
    try:
        records = _records(_container(data))
        radiometry = FlirRadiometry.parse(records[CAMERA_INFO])
        celsius = radiometry.celsius(_raw_counts(records[RAW_DATA]))
    except (KeyError, IndexError, ValueError, OverflowError, ZeroDivisionError, struct.error):
        raise RadiometryError(f'{path}: is no FLIR radiometric JPEG, or is damaged') from None
    return ThermalImage(stamp, celsius)


def _container(data: bytes) -> bytes:
    """Return the FFF container of a JPEG, put together from its segments."""
    parts: dict[int, bytes] = {}
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != START_OF_SCAN:
        (size,) = struct.unpack_from('>H', data, place + 2)
        segment = data[place + 4 : place + 2 + size]
        if data[place + 1] == APP1 and segment.startswith(MARK):
            parts[segment[6]] = segment[HEADER:]
        place += 2 + size
    return b''.join(parts[number] for number in sorted(parts))


def _records(container: bytes) -> dict[int, bytes]:
    """Return the records of an FFF container by their type."""
    start, count = struct.unpack_from('>II', container, 24)
    records = {}
    for place in range(start, start + RECORD * min(count, MOST_RECORDS), RECORD):
        kind, *_, offset, length = struct.unpack_from('>HHIIII', container, place)
        records[kind] = container[offset : offset + length]
    return records


def _raw_counts(record: bytes) -> NDArray[np.uint16]:
    """Return the raw counts (height, width) of a record."""
    import cv2

    little = struct.unpack_from('<H', record)[0] == LITTLE
    width, height = struct.unpack_from('<HH' if little else '>HH', record, 2)
    content = record[RAW_HEADER:]
    if not content.startswith(PNG):
        order = '<u2' if little else '>u2'
        return np.frombuffer(content, order, width * height).reshape(height, width)
    counts = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if counts is None or counts.dtype != np.uint16:
        raise ValueError('no 16-bit PNG')
    # FLIR writes the bytes of its PNGs in the wrong order.
    return counts.byteswap()


def _floats(record: bytes, offset: int, count: int) -> tuple[float, ...]:
    return struct.unpack_from(f'<{count}f', record, offset)

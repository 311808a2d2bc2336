"""Packets of TI's UART data port: magic word, headers of three firmware generations, resync.

Every packet begins with the magic word and a header that says how long it is. The header differs
per firmware (little-endian 32-bit words after the magic word unless stated):

- SDK 1 and 2, out-of-box demo: version, packet length, platform, frame number, CPU cycles,
  detected objects, TLVs; on every chip but the xWR12xx/14xx also the subframe number.
- SDK 3, out-of-box demo: the same, always with the subframe number.
- people tracking on SDK 3: version, platform, CPU cycles, packet length, frame number, subframe,
  chirp margin, frame margin, UART time, tracking time, then 16-bit number of TLVs and checksum.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

MAGIC = bytes((2, 1, 4, 3, 6, 5, 8, 7))

# A range-Doppler heat map of 256 x 256 bins fits; nothing longer is believed, so a corrupt
# length cannot make the buffer grow.
MAX_PACKET = 1 << 18

LONGEST_HEADER = 52

# Both words that tell the firmware apart end here.
_IDENTITY_END = 20


class Generation(str, Enum):
    """What kind of firmware sends, as far as its packets differ."""

    SDK2 = 'sdk2'
    SDK3 = 'sdk3'
    PEOPLE = 'people'


NAMES = {
    Generation.SDK2: 'out-of-box demo',
    Generation.SDK3: 'out-of-box demo',
    Generation.PEOPLE: 'people tracking',
}


class Firmware(NamedTuple):
    """What a frame header says about its sender."""

    generation: Generation
    version: int
    platform: int

    def __str__(self) -> str:
        version = '.'.join(str(part) for part in self.version.to_bytes(4, 'big'))
        return f'{NAMES[self.generation]}, SDK {version}, xWR{self.platform & 0xFFFF:04X}'


class Header(NamedTuple):
    """What all firmware says in its frame header.

    Attributes:
        size: bytes of the header, magic word included.
        length: bytes of the packet, header and padding included.
        ticks: the sensor's CPU cycle counter, 32 bits.
        objects: number of detected points, -1 where the header does not tell.
        tlvs: number of type-length-value parts that follow.
    """

    firmware: Firmware
    size: int
    length: int
    number: int
    ticks: int
    objects: int
    tlvs: int


class PacketError(ValueError):
    """A packet cannot be used; the text is the reason, one of a few words for counting."""


@dataclass
class PacketCounts:
    """Bytes that ended in no frame and packets that were given up, by reason."""

    skipped: Counter[str] = field(default_factory=Counter)
    corrupt: Counter[str] = field(default_factory=Counter)

    def reject(self, reason: str, size: int) -> None:
        """Count one corrupt packet of which `size` bytes are lost."""
        self.corrupt[reason] += 1
        self.skipped[reason] += size


def identify(data: bytes | bytearray, firmware: str = 'auto') -> Firmware:
    """Read off the first 20 bytes who sends; `firmware` other than auto overrules the guess.

    People tracking has the platform (0xA6843, ...) where the out-of-box demo has the length.

    Raises:
        PacketError: neither place holds a platform.
    """
    version, first, second = struct.unpack_from('<3I', data, 8)
    if firmware == 'auto':
        generation = _generation(version, first, second)
    else:
        generation = Generation(firmware)
    return Firmware(generation, version, first if generation is Generation.PEOPLE else second)


def _generation(version: int, first: int, second: int) -> Generation:
    major = version >> 24
    if _is_platform(first) and major >= 3:
        return Generation.PEOPLE
    if _is_platform(second) and major >= 1:
        return Generation.SDK2 if major <= 2 else Generation.SDK3
    raise PacketError('unknown header')


def _is_platform(word: int) -> bool:
    """Tell whether a word is 0xA0000 plus the chip's four digits."""
    return word >> 16 == 0xA


def read_header(data: bytes | bytearray, firmware: str = 'auto') -> Header | None:
    """Read the header at the beginning of `data`; None if more bytes are needed.

    Raises:
        PacketError: 'unknown header', 'bad checksum' or 'bad length'.
    """
    if len(data) < _IDENTITY_END:
        return None
    sender = identify(data, firmware)
    size = _header_size(sender)
    if len(data) < size:
        return None
    read = _read_people if sender.generation is Generation.PEOPLE else _read_out_of_box
    header = read(data, sender, size)
    if not size <= header.length <= MAX_PACKET:
        raise PacketError('bad length')
    return header


def _header_size(sender: Firmware) -> int:
    if sender.generation is Generation.PEOPLE:
        return 52
    single_core = sender.platform in (0xA1243, 0xA1443)
    return 36 if sender.generation is Generation.SDK2 and single_core else 40


def _read_out_of_box(data: bytes | bytearray, sender: Firmware, size: int) -> Header:
    length, _, number, ticks, objects, tlvs = struct.unpack_from('<6I', data, 12)
    return Header(sender, size, length, number, ticks, objects, tlvs)


def _read_people(data: bytes | bytearray, sender: Firmware, size: int) -> Header:
    if _folded_sum(data[:size]) != 0xFFFF:
        raise PacketError('bad checksum')
    ticks, length, number = struct.unpack_from('<3I', data, 16)
    (tlvs,) = struct.unpack_from('<H', data, 48)
    return Header(sender, size, length, number, ticks, -1, tlvs)


def _folded_sum(data: bytes | bytearray) -> int:
    """Return the one's complement sum of the 16-bit words; 0xFFFF if the checksum is right."""
    total = sum(struct.unpack(f'<{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


class PacketFramer:
    """Cuts a stream of bytes into packets, however the bytes are chunked.

    A magic word within a packet's declared length means that bytes of it were lost: the packet is
    given up and the next one begins there, so that one fault costs one frame. Where the last
    bytes of a packet are the first of a magic word, the following bytes decide.
    """

    def __init__(self, firmware: str, counts: PacketCounts) -> None:
        """Use `firmware` (auto or a Generation) and count what is lost in `counts`."""
        self._firmware = firmware
        self._counts = counts
        self._buffer = bytearray()
        self._searched = len(MAGIC)
        self._stray = 'between packets'

    @property
    def pending(self) -> int:
        """Number of bytes that are kept for later; at most MAX_PACKET and a magic word."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[tuple[Header, bytes]]:
        """Take bytes, yield the packets that are complete."""
        self._buffer += data
        yield from self._packets(final=False)

    def release(self) -> Iterator[tuple[Header, bytes]]:
        """Yield a packet that only waits for its successor: nothing follows for now."""
        yield from self._packets(final=True)

    def close(self) -> Iterator[tuple[Header, bytes]]:
        """End the stream: yield what is complete and count the rest as lost."""
        yield from self._packets(final=True)
        if self._buffer.startswith(MAGIC):
            self._counts.reject('cut off', len(self._buffer))
        elif self._buffer:
            self._counts.skipped[self._stray] += len(self._buffer)
        self._discard(len(self._buffer))

    def _packets(self, final: bool) -> Iterator[tuple[Header, bytes]]:
        while self._align():
            try:
                header = read_header(self._buffer, self._firmware)
            except PacketError as error:
                self._give_up(str(error), len(MAGIC))
                self._stray = str(error)
                continue
            if header is None:
                return
            end = self._end_of_packet(header.length, final)
            if end is None:
                return
            if end < header.length:
                self._give_up('truncated', end)
                continue
            yield header, self._discard(header.length)

    def _align(self) -> bool:
        """Skip to the next magic word; False if there is none yet."""
        start = self._buffer.find(MAGIC)
        found = start >= 0
        stray = start if found else len(self._buffer) - _begun_magic(self._buffer)
        if stray:
            self._counts.skipped[self._stray] += stray
            self._discard(stray)
        if found:
            self._stray = 'between packets'
        return found

    def _end_of_packet(self, length: int, final: bool) -> int | None:
        """Return where the packet ends, less than `length` if truncated; None if unknown yet."""
        inner = self._buffer.find(MAGIC, self._searched, length)
        if inner >= 0:
            return inner
        if len(self._buffer) < length:
            self._searched = max(len(MAGIC), len(self._buffer) - len(MAGIC) + 1)
            return None
        begun = _begun_magic(self._buffer[length - len(MAGIC) : length])
        rest = MAGIC[begun:]
        follows = self._buffer[length : length + len(rest)]
        if begun == 0 or not rest.startswith(follows):
            return length
        if len(follows) == len(rest):
            return length - begun
        return length if final else None

    def _give_up(self, reason: str, size: int) -> None:
        self._counts.reject(reason, size)
        self._discard(size)

    def _discard(self, size: int) -> bytes:
        """Remove and return the first `size` bytes."""
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._searched = len(MAGIC)
        return data


def _begun_magic(data: bytes | bytearray) -> int:
    """Return how many of the last bytes are the first bytes of a magic word that is not over."""
    for size in range(len(MAGIC) - 1, 0, -1):
        if data.endswith(MAGIC[:size]):
            return size
    return 0

"""TI's UART data port: bytes in any chunking to canonical radar frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.ti_clock import FrameClock, FrameCounter
from thermal_radar_fusion.radar.ti_content import Content, read_content
from thermal_radar_fusion.radar.ti_packet import (
    Firmware,
    Generation,
    Header,
    PacketCounts,
    PacketError,
    PacketFramer,
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class UartFrame:
    """One frame as the sensor sent it.

    Attributes:
        stamp: seconds on the sensor's own timer, wraps removed; only differences mean something.
        number: the sensor's frame counter.
        ticks: the sensor's 32-bit cycle counter as sent.
        size: bytes of the packet.
        points, targets, point_targets: see `ti_content.Content`.
        firmware: who sent it.
        has_velocity: whether the velocity column means something.
    """

    stamp: float
    number: int
    ticks: int
    size: int
    points: Array
    targets: NDArray
    point_targets: NDArray[np.int64] | None
    firmware: Firmware
    has_velocity: bool

    def radar_frame(self, sensor: str = 'radar', stamp: float | None = None) -> RadarFrame:
        """Return the canonical frame, on the sensor's clock unless a stamp is given."""
        return RadarFrame(self.stamp if stamp is None else stamp, self.points, sensor)


@dataclass
class UartStats:
    """What became of the bytes: each is in a frame, skipped, or still pending.

    Attributes:
        bytes: all bytes taken.
        frames, points: what came out.
        points_dropped: points with impossible numbers in frames that came out.
        bytes_pending: bytes kept because their packet is not complete.
        packets: bytes skipped and packets given up, by reason.
        counter: frames that the counter says are missing, restarts and faults of the counter.
        senders: frames per firmware.
        notes: what else a person should know, one sentence each (readers of files add it).
    """

    bytes: int = 0
    frames: int = 0
    points: int = 0
    points_dropped: int = 0
    bytes_pending: int = 0
    packets: PacketCounts = field(default_factory=PacketCounts)
    counter: FrameCounter = field(default_factory=FrameCounter)
    senders: Counter[Firmware] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def bytes_skipped(self) -> int:
        """Bytes that are in no frame."""
        return self.packets.skipped.total()

    @property
    def corrupt_frames(self) -> int:
        """Packets that were given up."""
        return self.packets.corrupt.total()

    @property
    def lost_frames(self) -> int:
        """Frames that are missing according to the frame numbers."""
        return self.counter.lost

    @property
    def firmware(self) -> str:
        """Who sends, as most of the frame headers say; 'unknown' before the first frame."""
        return str(self.senders.most_common(1)[0][0]) if self.senders else 'unknown'

    def as_dict(self) -> dict[str, object]:
        """Return everything as plain numbers, strings and dictionaries (for JSON)."""
        return {
            'frames': self.frames,
            'points': self.points,
            'bytes': self.bytes,
            'bytes_skipped': self.bytes_skipped,
            'corrupt_frames': self.corrupt_frames,
            'firmware': self.firmware,
            'lost_frames': self.lost_frames,
            'counter_restarts': self.counter.restarts,
            'counter_faults': self.counter.faults,
            'points_dropped': self.points_dropped,
            'skipped_by_reason': dict(self.packets.skipped),
            'corrupt_by_reason': dict(self.packets.corrupt),
            'notes': list(self.notes),
        }


class UartParser:
    """Incremental parser of the data port: never raises on any bytes, memory is bounded.

    The chunks in which the bytes arrive change nothing about the frames. A frame comes out with
    its last byte, except where that byte might begin the next magic word (one in a few hundred):
    then with the next byte, or by `release`.
    """

    def __init__(self, firmware: str = 'auto', doppler_step: float = 0.0) -> None:
        """Prepare for a stream.

        Args:
            firmware: 'auto', or 'sdk2', 'sdk3', 'people' where the header misleads.
            doppler_step: m/s per Doppler bin, needed for velocities from SDK 2 only.

        Raises:
            ValueError: another firmware.
        """
        if firmware != 'auto':
            firmware = Generation(firmware).value
        self.stats = UartStats()
        self._framer = PacketFramer(firmware, self.stats.packets)
        self._clock = FrameClock()
        self._doppler_step = doppler_step

    def feed(self, data: bytes) -> list[UartFrame]:
        """Take bytes; return the frames that they complete."""
        self.stats.bytes += len(data)
        return self._frames(self._framer.feed(data))

    def release(self) -> list[UartFrame]:
        """Return a complete frame that only waits for the byte after it: the line is silent."""
        return self._frames(self._framer.release())

    def close(self) -> list[UartFrame]:
        """End the stream: return what is complete, count the rest as skipped."""
        return self._frames(self._framer.close())

    def _frames(self, packets: Iterable[tuple[Header, bytes]]) -> list[UartFrame]:
        frames = []
        for header, packet in packets:
            try:
                content = read_content(header, packet, self._doppler_step)
            except PacketError as error:
                self.stats.packets.reject(str(error), len(packet))
                continue
            frames.append(self._frame(header, content))
        self.stats.bytes_pending = self._framer.pending
        return frames

    def _frame(self, header: Header, content: Content) -> UartFrame:
        stats = self.stats
        stats.frames += 1
        stats.points += len(content.points)
        stats.points_dropped += content.dropped
        stats.senders[header.firmware] += 1
        step = stats.counter.push(header.number)
        bins_only = header.firmware.generation is Generation.SDK2 and self._doppler_step == 0.0
        return UartFrame(
            self._clock.push(header.ticks, step),
            header.number,
            header.ticks,
            header.length,
            content.points,
            content.targets,
            content.point_targets,
            header.firmware,
            not bins_only,
        )

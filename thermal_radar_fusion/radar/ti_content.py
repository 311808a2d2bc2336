"""The inside of a TI packet: points and on-board targets, in ROS axes.

TI's axes are x right, y forward, z up (seen from the radar); its azimuth is positive to the
right. Numbers of the parts (TLVs) mean different things per firmware: 7 is the side information
of the points in the out-of-box demo and the list of targets in people tracking.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.radar.ti_packet import Generation, Header, PacketError

Array = NDArray[np.float64]

# No mmWave sensor of this kind sees farther or faster: such numbers come from corrupt bytes.
MAX_RANGE = 500.0
MAX_SPEED = 200.0

NO_TARGET = -1
# Target index bytes from here on say why a point belongs to nobody.
_FIRST_REASON = 253

# SNR and noise of the side information, in dB.
_SIDE_INFO_UNIT = 0.1

_CARTESIAN = np.dtype([('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('velocity', '<f4')])
_SPHERICAL = np.dtype(
    [('range', '<f4'), ('azimuth', '<f4'), ('elevation', '<f4'), ('velocity', '<f4')]
)
_SIDE_INFO = np.dtype([('snr', '<i2'), ('noise', '<i2')])
_FIXED_POINT = np.dtype(
    [
        ('range_bin', '<u2'),
        ('doppler_bin', '<i2'),
        ('peak', '<u2'),
        ('x', '<i2'),
        ('y', '<i2'),
        ('z', '<i2'),
    ]
)
# The five numbers after the velocity vary with the firmware's version and are left alone.
_TARGET = np.dtype(
    [
        ('id', '<u4'),
        ('x', '<f4'),
        ('y', '<f4'),
        ('vx', '<f4'),
        ('vy', '<f4'),
        ('other', '<f4', 5),
    ]
)
# 3D people tracking of the radar toolbox: units first, then small integers.
_UNITS = np.dtype([(name, '<f4') for name in ('elevation', 'azimuth', 'velocity', 'range', 'snr')])
_COMPRESSED = np.dtype(
    [
        ('elevation', 'i1'),
        ('azimuth', 'i1'),
        ('velocity', '<i2'),
        ('range', '<u2'),
        ('snr', '<u2'),
    ]
)
_TARGET_3D = np.dtype(
    [
        ('id', '<u4'),
        ('x', '<f4'),
        ('y', '<f4'),
        ('z', '<f4'),
        ('vx', '<f4'),
        ('vy', '<f4'),
        ('vz', '<f4'),
        ('other', '<f4', 21),
    ]
)

TARGETS = np.dtype([('id', np.int64), ('position', np.float64, 2), ('velocity', np.float64, 2)])


class Content(NamedTuple):
    """What one packet says.

    Attributes:
        points: (N, 5) canonical columns, see `RadarFrame`; power is the SNR in dB where the
            firmware sends it, 10 log10(peak + 1) from SDK 2, 0 where nothing is sent.
        targets: (M,) of dtype TARGETS: on-board tracks, ROS axes, m and m/s.
        point_targets: (N,) id of the target that the firmware gives each point to, NO_TARGET for
            none; None where it does not say.
        dropped: points that were not finite or impossibly far or fast.
    """

    points: Array
    targets: NDArray
    point_targets: NDArray[np.int64] | None
    dropped: int


def read_content(header: Header, packet: bytes, doppler_step: float = 0.0) -> Content:
    """Decode a whole packet.

    Args:
        doppler_step: m/s per Doppler bin; SDK 2 sends bin numbers only (0: velocity 0).

    Raises:
        PacketError: 'bad tlv': the parts do not fit into the packet or to each other.
    """
    # Corrupt floats may be signalling NaNs, at which numpy would warn in every cast.
    with np.errstate(invalid='ignore', over='ignore'):
        return _read_content(header, packet, doppler_step)


def _read_content(header: Header, packet: bytes, doppler_step: float) -> Content:
    parts = dict(_parts(header, packet))
    generation = header.firmware.generation
    points = _READERS[generation](parts, header, doppler_step)
    points[:, 0], points[:, 1] = points[:, 1].copy(), -points[:, 0]
    keep = _believable(points)
    index = _target_index(parts.get(8)) if generation is Generation.PEOPLE else None
    if index is not None:
        index = index[keep] if len(index) == len(points) else None
    dropped = len(points) - int(np.count_nonzero(keep))
    return Content(points[keep], _targets(parts, generation), index, dropped)


def _parts(header: Header, packet: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and value of each part."""
    offset = header.size
    for _ in range(header.tlvs):
        if offset + 8 > len(packet):
            raise PacketError('bad tlv')
        kind, size = struct.unpack_from('<2I', packet, offset)
        offset += 8
        if size > len(packet) - offset:
            raise PacketError('bad tlv')
        yield kind, packet[offset : offset + size]
        offset += size


def _records(part: bytes, dtype: np.dtype) -> NDArray:
    """Return a part as records; its size must be a multiple of theirs."""
    if len(part) % dtype.itemsize:
        raise PacketError('bad tlv')
    return np.frombuffer(part, dtype)


def _read_sdk2(parts: dict[int, bytes], header: Header, doppler_step: float) -> Array:
    """Read TLV 1: a count, the Q format of the positions, then fixed-point objects."""
    if 1 not in parts:
        return _empty(header)
    if len(parts[1]) < 4:
        raise PacketError('bad tlv')
    count, q_format = struct.unpack_from('<2H', parts[1])
    objects = _records(parts[1][4:], _FIXED_POINT)
    if len(objects) != count or q_format > 15:
        raise PacketError('bad tlv')
    points = np.empty((count, 5))
    for column, name in enumerate('xyz'):
        points[:, column] = objects[name] / 2.0**q_format
    points[:, 3] = objects['doppler_bin'] * doppler_step
    points[:, 4] = 10.0 * np.log10(objects['peak'] + 1.0)
    return _counted(points, header)


def _read_sdk3(parts: dict[int, bytes], header: Header, _: float) -> Array:
    """Read TLV 1 and 7, or the compressed cloud of the radar toolbox, TLV 1020."""
    if 1020 in parts:
        return _read_compressed(parts[1020])
    if 1 not in parts:
        return _empty(header)
    objects = _records(parts[1], _CARTESIAN)
    points = np.zeros((len(objects), 5))
    for column, name in enumerate(_CARTESIAN.names):
        points[:, column] = objects[name]
    if 7 not in parts:
        return _counted(points, header)
    # Two parts that agree outvote the header's count: logs are known in which bytes 13 became 10.
    points[:, 4] = _snr(parts[7], len(points))
    return points


def _read_people(parts: dict[int, bytes], header: Header, _: float) -> Array:
    """Read TLV 6, spherical points, and 9, their SNR."""
    if 6 not in parts:
        return np.zeros((0, 5))
    objects = _records(parts[6], _SPHERICAL)
    snr = _snr(parts.get(9), len(objects))
    return _from_spherical(
        objects['range'], objects['azimuth'], objects['elevation'], objects['velocity'], snr
    )


def _read_compressed(part: bytes) -> Array:
    if len(part) < _UNITS.itemsize:
        raise PacketError('bad tlv')
    units = np.frombuffer(part[: _UNITS.itemsize], _UNITS)[0]
    objects = _records(part[_UNITS.itemsize :], _COMPRESSED)
    names = ('range', 'azimuth', 'elevation', 'velocity', 'snr')
    return _from_spherical(*(objects[name] * float(units[name]) for name in names))


_READERS = {
    Generation.SDK2: _read_sdk2,
    Generation.SDK3: _read_sdk3,
    Generation.PEOPLE: _read_people,
}


def _from_spherical(
    distance: NDArray, azimuth: NDArray, elevation: NDArray, velocity: NDArray, snr: NDArray
) -> Array:
    """Return (N, 5) points, still in TI's axes."""
    distance, azimuth, elevation = (
        np.asarray(values, dtype=np.float64) for values in (distance, azimuth, elevation)
    )
    floor = distance * np.cos(elevation)
    x, y = floor * np.sin(azimuth), floor * np.cos(azimuth)
    z = distance * np.sin(elevation)
    return np.column_stack([x, y, z, velocity, snr]).astype(np.float64)


def _snr(part: bytes | None, count: int) -> Array:
    """Return the SNR of each point in dB, 0 where the firmware does not send it."""
    if part is None:
        return np.zeros(count)
    side_info = _records(part, _SIDE_INFO)
    if len(side_info) != count:
        raise PacketError('bad tlv')
    return side_info['snr'] * _SIDE_INFO_UNIT


def _counted(points: Array, header: Header) -> Array:
    """Return the points if the header counts as many."""
    if len(points) != header.objects:
        raise PacketError('bad tlv')
    return points


def _empty(header: Header) -> Array:
    return _counted(np.zeros((0, 5)), header)


def _believable(points: Array) -> NDArray[np.bool_]:
    """Tell which points are finite and within what such a sensor can see."""
    near = np.abs(points[:, :3]).max(axis=1, initial=0.0) <= MAX_RANGE
    return near & (np.abs(points[:, 3]) <= MAX_SPEED) & np.isfinite(points).all(axis=1)


def _targets(parts: dict[int, bytes], generation: Generation) -> NDArray:
    """Return the on-board tracks, those with impossible numbers left out."""
    if generation is Generation.PEOPLE:
        return _canonical_targets(_records(parts.get(7, b''), _TARGET))
    if generation is Generation.SDK3:
        # TLV 1011, each point's target, speaks of the frame before and is left out.
        return _canonical_targets(_records(parts.get(1010, b''), _TARGET_3D))
    return np.empty(0, TARGETS)


def _canonical_targets(records: NDArray) -> NDArray:
    targets = np.empty(len(records), TARGETS)
    targets['id'] = records['id']
    targets['position'] = np.column_stack([records['y'], -records['x']])
    targets['velocity'] = np.column_stack([records['vy'], -records['vx']])
    near = np.abs(targets['position']).max(axis=1, initial=0.0) <= MAX_RANGE
    return targets[near & (np.abs(targets['velocity']).max(axis=1, initial=0.0) <= MAX_SPEED)]


def _target_index(part: bytes | None) -> NDArray[np.int64] | None:
    if part is None:
        return None
    index = np.frombuffer(part, np.uint8).astype(np.int64)
    return np.where(index < _FIRST_REASON, index, NO_TARGET)

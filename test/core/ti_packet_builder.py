"""Builds packets as the three kinds of TI firmware send them, for tests."""

import struct

MAGIC = bytes((2, 1, 4, 3, 6, 5, 8, 7))


def tlv(kind, value):
    return struct.pack('<2I', kind, len(value)) + value


def side_info(points):
    """SNR 20 dB, 20.1 dB, ... and noise 60 dB for each point."""
    return b''.join(struct.pack('<2h', 200 + i, 600) for i in range(len(points)))


def sdk2(points, number=1, ticks=1000, padding=0):
    """Points are (x, y, z, Doppler bin, peak); positions with eight fractional bits."""
    objects = b''.join(
        struct.pack('<HhH3h', 7, bin_, peak, *(round(256 * v) for v in (x, y, z)))
        for x, y, z, bin_, peak in points
    )
    body = tlv(1, struct.pack('<2H', len(points), 8) + objects) + bytes(padding)
    words = (0x02010004, 36 + len(body), 0xA1443, number, ticks, len(points), 1)
    return MAGIC + struct.pack('<7I', *words) + body


def sdk3(points, number=1, ticks=1000, padding=0, objects=None):
    """Points are (x, y, z, velocity)."""
    cloud = b''.join(struct.pack('<4f', *point) for point in points)
    body = tlv(1, cloud) + tlv(7, side_info(points)) + bytes(padding)
    objects = len(points) if objects is None else objects
    words = (0x03060000, 40 + len(body), 0xA6843, number, ticks, objects, 2, 0)
    return MAGIC + struct.pack('<8I', *words) + body


def people(points, targets=(), index=None, number=1, ticks=1000, padding=0):
    """Points are (range, azimuth, elevation, velocity), targets (id, x, y, vx, vy)."""
    parts = [
        tlv(6, b''.join(struct.pack('<4f', *point) for point in points)),
        tlv(9, side_info(points)),
        tlv(7, b''.join(struct.pack('<I9f', *target, *[0.0] * 5) for target in targets)),
    ]
    if index is not None:
        parts.append(tlv(8, bytes(index)))
    return people_packet(b''.join(parts) + bytes(padding), len(parts), number, ticks)


def people_packet(body, parts, number=1, ticks=1000):
    words = (0x03030001, 0xA6843, ticks, 52 + len(body), number, 0, 0, 0, 0, 0)
    head = MAGIC + struct.pack('<10IH', *words, parts)
    return head + struct.pack('<H', checksum(head)) + body


def checksum(head):
    """The 16 bits that make the one's complement sum of the header 0xFFFF."""
    total = sum(struct.unpack('<25H', head))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF

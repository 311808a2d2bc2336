"""FLIR radiometric JPEGs made by hand."""

import struct

import cv2
import numpy as np

PLANCK = {'r1': 14906.2, 'r2': 0.0109, 'b': 1396.6, 'f': 1.0, 'o': -7261}
AIR = (0.006569, 0.01262, -0.002276, -0.00667, 1.9)


def flir_jpeg(counts, *, png, emissivity=0.95, distance=1.0, air=20.0, part=60000) -> bytes:
    """Return a JPEG whose FLIR segments hold counts (height, width), as PNG or plain."""
    image = cv2.imencode('.jpg', np.zeros((8, 8), np.uint8))[1].tobytes()
    container = _container(_raw(counts, png), _camera(emissivity, distance, air))
    parts = [container[k : k + part] for k in range(0, len(container), part)]
    segments = b''
    for number, content in enumerate(parts):
        body = b'FLIR\0\1' + bytes([number, len(parts) - 1]) + content
        segments += b'\xff\xe1' + struct.pack('>H', len(body) + 2) + body
    return image[:2] + segments + image[2:]


def _raw(counts, png) -> bytes:
    height, width = counts.shape
    header = struct.pack('<HHH', 2, width, height).ljust(32, b'\0')
    if png:
        return header + cv2.imencode('.png', counts.byteswap())[1].tobytes()
    return header + counts.astype('<u2').tobytes()


def _camera(emissivity, distance, air) -> bytes:
    record = bytearray(0x400)
    room = 293.15
    scene = (emissivity, distance, room, air + 273.15, room, 1.0, 0.0, 0.5)
    struct.pack_into('<8f', record, 0x20, *scene)
    struct.pack_into('<3f', record, 0x58, PLANCK['r1'], PLANCK['b'], PLANCK['f'])
    struct.pack_into('<5f', record, 0x70, *AIR)
    struct.pack_into('<if', record, 0x308, PLANCK['o'], PLANCK['r2'])
    return bytes(record)


def _container(raw, camera) -> bytes:
    """Return an FFF container: a header, a table of records, the records."""
    table_at, count = 64, 14
    at = table_at + 32 * count
    table = struct.pack('>HHIIII', 1, 3, 100, 1, at, len(raw)).ljust(32, b'\0')
    table += struct.pack('>HHIIII', 32, 1, 106, 1, at + len(raw), len(camera)).ljust(32, b'\0')
    head = b'FFF\0'.ljust(20, b'\0') + struct.pack('>IIII', 100, table_at, count, 2)
    return head.ljust(table_at, b'\0') + table.ljust(32 * count, b'\0') + raw + camera

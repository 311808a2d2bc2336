"""Any driver's PointCloud2 to the canonical cloud and back, by field name and offset (no ROS)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter
from thermal_radar_fusion.radar.point_cloud import COLUMNS

Array = NDArray[np.float64]

# Names by which the TI drivers and their forks, the rio data sets and automotive drivers call the
# same quantity; the first that a cloud has is taken.
ALIASES: dict[str, tuple[str, ...]] = {
    'x': ('x',),
    'y': ('y',),
    'z': ('z',),
    'velocity': (
        'velocity',
        'doppler',
        'v_doppler_mps',
        'radial_velocity',
        'radial_speed',
        'doppler_velocity',
        'vrad',
        'v_r',
        'vel',
    ),
    'power': ('power', 'intensity', 'snr', 'snr_db', 'amplitude', 'rcs'),
}

# A cloud without these says nothing about where people are; the others have defaults.
REQUIRED = ('x', 'y')

# Rotations from the axes of a driver to ROS axes (REP-103: x forward, y left, z up).
AXES: dict[str, Array] = {
    'ros': np.eye(3),
    'ti': np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    'optical': np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]),
}

# sensor_msgs/PointField datatype codes.
DATATYPES = {1: 'i1', 2: 'u1', 3: 'i2', 4: 'u2', 5: 'i4', 6: 'u4', 7: 'f4', 8: 'f8'}
INT32, FLOAT32 = 5, 7


class CloudFieldError(ValueError):
    """A cloud lacks a field that is needed, or its layout contradicts its data."""


class CloudField(NamedTuple):
    """One field of a point, as sensor_msgs/PointField has it."""

    name: str
    offset: int
    datatype: int
    count: int = 1


@dataclass(frozen=True)
class FieldMapping(Parameters):
    """How the columns of a driver's cloud become x, y, z, velocity and power in ROS axes."""

    axes: str = parameter(
        'ros',
        'Axes of the points: ros (x forward, y left), ti (x right, y forward) or '
        'optical (z forward, x right, y down).',
        choices=tuple(AXES),
    )
    doppler_sign: int = parameter(
        1,
        'Sign of the velocity: 1 if positive means moving away, -1 if approaching.',
        low=-1,
        high=1,
    )
    x: str = parameter('', 'Field that holds x; empty looks it up among the known names.')
    y: str = parameter('', 'Field that holds y; empty looks it up among the known names.')
    z: str = parameter('', 'Field that holds z; empty looks it up among the known names.')
    velocity: str = parameter('', 'Field that holds the radial velocity; empty looks it up.')
    power: str = parameter('', 'Field that holds power or SNR; empty looks it up.')

    def check(self) -> None:
        """Refuse a sign of zero."""
        if self.doppler_sign == 0:
            raise ParameterError('doppler_sign must be 1 or -1, got 0')


@dataclass(frozen=True)
class IngestParameters(Parameters):
    """Where the points of one radar come from and how they are read."""

    source: str = parameter(
        'point_cloud2',
        'What is read: point_cloud2 (any driver), one_point (one message per point) or '
        "ti_uart (the sensor's serial port).",
        choices=('point_cloud2', 'one_point', 'ti_uart'),
        reconfigurable=False,
    )
    topic: str = parameter(
        'radar/points_raw', "The driver's topic; not used by ti_uart.", reconfigurable=False
    )
    cloud: FieldMapping = parameter(FieldMapping(), 'How fields and axes are understood.')
    point_gap: float = parameter(
        0.01,
        'one_point: messages further apart than this belong to different frames.',
        unit='s',
        low=0.0001,
        high=1.0,
    )
    point_ids: bool = parameter(
        True, 'one_point: the point_id restarts at each frame; false where it is not filled in.'
    )
    data_port: str = parameter(
        '/dev/ttyUSB1', 'ti_uart: device of the data port.', reconfigurable=False
    )
    data_baud: int = parameter(
        921600,
        'ti_uart: speed of the data port.',
        unit='Bd',
        low=9600,
        high=12_000_000,
        reconfigurable=False,
    )
    command_port: str = parameter(
        '',
        'ti_uart: device of the command port; empty leaves the radar as it is.',
        reconfigurable=False,
    )
    command_baud: int = parameter(
        115200,
        'ti_uart: speed of the command port.',
        unit='Bd',
        low=9600,
        high=12_000_000,
        reconfigurable=False,
    )
    config_file: str = parameter(
        '', 'ti_uart: .cfg file sent to the command port at start-up.', reconfigurable=False
    )
    firmware: str = parameter(
        'auto',
        'ti_uart: kind of firmware; auto reads it off the frame header.',
        choices=('auto', 'sdk2', 'sdk3', 'people'),
        reconfigurable=False,
    )
    frame_period: float = parameter(
        0.0,
        'Expected time between frames for diagnostics; 0 takes it from config_file, or unknown.',
        unit='s',
        low=0.0,
        high=10.0,
    )

    def check(self) -> None:
        """Refuse a command port without a configuration to send, and the reverse."""
        if bool(self.command_port) != bool(self.config_file):
            raise ParameterError('command_port and config_file must be given together')


@dataclass(frozen=True)
class CloudLayout:
    """Where the numbers of a PointCloud2 lie; the names are those of the message."""

    fields: Sequence[tuple[str, int, int, int]]
    point_step: int
    row_step: int
    width: int
    height: int = 1
    is_bigendian: bool = False

    def column(self, data: memoryview, name: str) -> NDArray:
        """Return one field as (height * width,) numbers of its own type, without a copy.

        Raises:
            CloudFieldError: no such field, or it does not lie within the data.
        """
        name, offset, datatype, _ = self._field(name)
        if datatype not in DATATYPES:
            raise CloudFieldError(f'field {name!r} has unknown datatype {datatype}')
        dtype = np.dtype(('>' if self.is_bigendian else '<') + DATATYPES[datatype])
        if offset + dtype.itemsize > self.point_step:
            raise CloudFieldError(
                f'field {name!r} at offset {offset} ends beyond point_step {self.point_step}'
            )
        strides = (self._row_step(), self.point_step)
        view = np.ndarray((self.height, self.width), dtype, data, offset, strides)
        return view.reshape(-1)

    def check(self, size: int) -> None:
        """Raise CloudFieldError unless `size` bytes hold all the points."""
        if self.height > 1 and self._row_step() < self.width * self.point_step:
            raise CloudFieldError(
                f'row_step {self.row_step} is less than {self.width} points of {self.point_step}'
            )
        needed = (self.height - 1) * self._row_step() + self.width * self.point_step
        if size < needed:
            raise CloudFieldError(f'cloud of {self.points} points needs {needed} B, has {size}')

    @property
    def points(self) -> int:
        """Number of points."""
        return self.width * self.height

    def _row_step(self) -> int:
        # Some drivers leave row_step 0 in clouds of one row.
        return self.row_step if self.height > 1 else self.width * self.point_step

    def _field(self, name: str) -> tuple[str, int, int, int]:
        for field in self.fields:
            if field[0] == name:
                return field
        raise CloudFieldError(f'no field {name!r}; the cloud has {_listed(self.fields)}')


def locate(
    fields: Sequence[tuple[str, int, int, int]], mapping: FieldMapping = FieldMapping()
) -> dict[str, str]:
    """Find the cloud's field for each canonical column; a column without one is left out.

    A field named in the mapping is taken as it stands and serves no second column (in Autoware's
    Doppler clouds the field `intensity` is the velocity); the rest is found by `ALIASES`.

    Raises:
        CloudFieldError: a named field does not exist, or x or y cannot be found.
    """
    named = {column: name for column in COLUMNS if (name := getattr(mapping, column))}
    names = [field[0] for field in fields]
    for column, name in named.items():
        if name not in names:
            raise CloudFieldError(f'no field {name!r} for {column}; has {_listed(fields)}')
    found = dict(named)
    free = {name.lower(): name for name in reversed(names) if name not in named.values()}
    for column in COLUMNS:
        match = next((free[alias] for alias in ALIASES[column] if alias in free), None)
        if column not in found and match is not None:
            found[column] = match
    for column in REQUIRED:
        if column not in found:
            raise CloudFieldError(f'no field for {column}; the cloud has {_listed(fields)}')
    return found


def has_velocity(
    fields: Sequence[tuple[str, int, int, int]], mapping: FieldMapping = FieldMapping()
) -> bool:
    """Tell whether the cloud carries Doppler; where it does not, `decode` fills in zeros."""
    return 'velocity' in locate(fields, mapping)


def decode(
    data: bytes | bytearray | memoryview,
    fields: Sequence[tuple[str, int, int, int]],
    point_step: int,
    row_step: int,
    width: int,
    height: int = 1,
    is_bigendian: bool = False,
    mapping: FieldMapping = FieldMapping(),
) -> Array:
    """Return the (N, 5) canonical points of a PointCloud2 (columns of `RadarFrame.points`).

    Points with a NaN or an infinity in a used column are dropped whole; an empty cloud gives
    (0, 5). Where a cloud has no z, velocity or power, these are 0: ask `has_velocity` before
    trusting the Doppler.

    Args:
        data: anything with the buffer protocol.
        fields: (name, offset, datatype, count) as in sensor_msgs/PointField.
        point_step, row_step, width, height, is_bigendian: as in the message.
        mapping: names, axes and sign.

    Raises:
        CloudFieldError: the layout lacks x or y or contradicts the data; one clear line.
    """
    layout = CloudLayout(fields, point_step, row_step, width, height, is_bigendian)
    return decode_labelled(data, layout, mapping=mapping)[0]


def decode_labelled(
    data: bytes | bytearray | memoryview,
    layout: CloudLayout,
    labels: Sequence[str] = (),
    mapping: FieldMapping = FieldMapping(),
) -> tuple[Array, dict[str, NDArray[np.int64]]]:
    """Like `decode`, and also return integer columns (person, track_id) of the points kept.

    Raises:
        CloudFieldError: as `decode`, or a label is not among the fields.
    """
    if layout.points == 0:
        return np.empty((0, 5)), {name: np.empty(0, dtype=np.int64) for name in labels}
    buffer = memoryview(data).cast('B')
    layout.check(buffer.nbytes)
    points = np.zeros((layout.points, 5))
    for column, name in locate(layout.fields, mapping).items():
        points[:, COLUMNS.index(column)] = layout.column(buffer, name)
    keep = np.isfinite(points).all(axis=1)
    columns = {name: layout.column(buffer, name)[keep].astype(np.int64) for name in labels}
    return to_ros_axes(points[keep], mapping), columns


def to_ros_axes(points: Array, mapping: FieldMapping) -> Array:
    """Turn (N, 5) points of the mapping's axes and Doppler sign into the canonical ones."""
    positions = points[:, :3] @ AXES[mapping.axes].T
    return np.column_stack([positions, mapping.doppler_sign * points[:, 3], points[:, 4]])


class EncodedCloud(NamedTuple):
    """What a PointCloud2 of one row needs; row_step is `len(data)`, little endian."""

    data: bytes
    fields: tuple[CloudField, ...]
    point_step: int
    width: int


def encode(points: Array, columns: Mapping[str, NDArray] | None = None) -> EncodedCloud:
    """Pack canonical points (N, 5) as float32 x, y, z, velocity, power, plus int32 columns.

    Raises:
        CloudFieldError: a column has another length than the points.
    """
    columns = columns or {}
    types = [(name, '<f4') for name in COLUMNS] + [(name, '<i4') for name in columns]
    cells = np.empty(len(points), dtype=types)
    for index, name in enumerate(COLUMNS):
        cells[name] = points[:, index]
    for name, values in columns.items():
        if len(values) != len(points):
            raise CloudFieldError(f'column {name!r} has {len(values)} of {len(points)} points')
        cells[name] = values
    return EncodedCloud(cells.tobytes(), _canonical_fields(columns), cells.itemsize, len(points))


def _canonical_fields(columns: Mapping[str, NDArray]) -> tuple[CloudField, ...]:
    """Describe what `encode` packs: four bytes per field, without gaps."""
    names = [(name, FLOAT32) for name in COLUMNS] + [(name, INT32) for name in columns]
    return tuple(CloudField(name, 4 * i, code) for i, (name, code) in enumerate(names))


def _listed(fields: Sequence[tuple[str, int, int, int]]) -> str:
    return ', '.join(field[0] for field in fields) or 'no fields'

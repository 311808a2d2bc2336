"""Clouds of every layout that drivers are known to send."""

import array
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.radar.cloud_fields import (
    DATATYPES,
    CloudField,
    CloudFieldError,
    CloudLayout,
    FieldMapping,
    IngestParameters,
    decode,
    decode_labelled,
    encode,
    has_velocity,
    locate,
)

XYZ = [('x', 0, 7, 1), ('y', 4, 7, 1), ('z', 8, 7, 1)]


def float_fields(*names):
    return [(name, 4 * i, 7, 1) for i, name in enumerate(names)]


def packed(*rows):
    return b''.join(struct.pack(f'<{len(row)}f', *row) for row in rows)


def decode_row(*row, names, **mapping):
    return decode(
        packed(row), float_fields(*names), 4 * len(row), 0, 1, mapping=FieldMapping(**mapping)
    )[0].tolist()


POINTS = hnp.arrays(
    np.float32, st.tuples(st.integers(0, 20), st.just(5)), elements=st.floats(-1e4, 1e4, width=32)
)


@given(POINTS)
def test_encode_and_decode_are_inverse(points):
    cloud = encode(points)
    back = decode(cloud.data, cloud.fields, cloud.point_step, len(cloud.data), cloud.width)
    np.testing.assert_array_equal(back, points)


@given(POINTS)
def test_labels_stay_with_their_points(points):
    points = points.astype(float)
    points[::3, 1] = np.nan
    person = np.arange(len(points)) - 1
    cloud = encode(points, {'person': person})
    layout = CloudLayout(cloud.fields, cloud.point_step, 0, cloud.width)
    back, labels = decode_labelled(cloud.data, layout, ['person'])
    keep = np.isfinite(points).all(axis=1)
    np.testing.assert_array_equal(back, points[keep])
    np.testing.assert_array_equal(labels['person'], person[keep])


@pytest.mark.parametrize(
    'alias', ['velocity', 'doppler', 'v_doppler_mps', 'vrad', 'radial_speed', 'Radial_Velocity']
)
def test_velocity_is_found_by_every_alias(alias):
    assert decode_row(1, 2, 3, 4, names=['x', 'y', 'z', alias]) == [1, 2, 3, 4, 0]


@pytest.mark.parametrize(
    'alias', ['power', 'intensity', 'snr', 'snr_db', 'amplitude', 'rcs', 'SNR']
)
def test_power_is_found_by_every_alias(alias):
    assert decode_row(1, 2, 3, 4, names=['x', 'y', 'z', alias]) == [1, 2, 3, 0, 4]


def test_columns_that_a_cloud_lacks_are_zero_and_the_doppler_is_known_to_be_absent():
    assert decode_row(1, 2, names=['x', 'y']) == [1, 2, 0, 0, 0]
    assert not has_velocity(XYZ)
    assert has_velocity([*XYZ, ('doppler', 12, 7, 1)])


def test_gaps_between_fields_of_the_ti_driver():
    # PCL structure of the TI ROS 2 driver: x, y, z, padding, intensity, velocity, padding
    data = struct.pack('<8f', 1, 2, 3, 99, 12, -0.5, 99, 99)
    fields = [*XYZ, ('intensity', 16, 7, 1), ('velocity', 20, 7, 1)]
    assert decode(data, fields, 32, 32, 1).tolist() == [[1, 2, 3, -0.5, 12]]


@pytest.mark.parametrize('big', [False, True])
@pytest.mark.parametrize('code', sorted(DATATYPES))
def test_every_datatype_and_byte_order(code, big):
    dtype = np.dtype(DATATYPES[code]).newbyteorder('>' if big else '<')
    data = np.array([[1, 2, 3], [4, 5, 6]]).astype(dtype).tobytes()
    fields = [(name, i * dtype.itemsize, code, 1) for i, name in enumerate('xyz')]
    points = decode(data, fields, 3 * dtype.itemsize, 0, 2, is_bigendian=big)
    assert points[:, :3].tolist() == [[1, 2, 3], [4, 5, 6]]


def test_organised_cloud_with_padded_rows():
    row = packed([1, 2, 3], [4, 5, 6]) + b'\xff' * 7
    points = decode(row + row[:24], XYZ, 12, len(row), 2, 2)
    assert points[:, :3].tolist() == [[1, 2, 3], [4, 5, 6]] * 2


def test_points_that_are_not_finite_are_dropped_whole():
    data = packed([1, 2, 3], [np.nan, 2, 3], [1, np.inf, 3], [4, 5, 6])
    assert decode(data, XYZ, 12, 48, 4)[:, 0].tolist() == [1, 4]


def test_unused_fields_may_hold_nan():
    data = packed([1, 2, 3, np.nan])
    assert len(decode(data, [*XYZ, ('noise', 12, 7, 1)], 16, 16, 1)) == 1


@pytest.mark.parametrize(('width', 'height'), [(0, 1), (0, 0), (5, 0)])
def test_empty_clouds_are_passed_on(width, height):
    assert decode(b'', [], 0, 0, width, height).shape == (0, 5)


def test_the_buffer_type_of_ros_messages_is_read():
    assert decode(array.array('B', packed([1, 2, 3])), XYZ, 12, 12, 1)[0, 2] == 3
    assert decode(np.frombuffer(packed([1, 2, 3]), np.uint8), XYZ, 12, 12, 1)[0, 2] == 3


@pytest.mark.parametrize(
    ('axes', 'forward', 'left', 'up'),
    [
        ('ros', [1, 0, 0], [0, 1, 0], [0, 0, 1]),
        ('ti', [0, 1, 0], [-1, 0, 0], [0, 0, 1]),
        ('optical', [0, 0, 1], [-1, 0, 0], [0, -1, 0]),
    ],
)
def test_axis_presets(axes, forward, left, up):
    for index, point in enumerate((forward, left, up)):
        assert decode_row(*point, names='xyz', axes=axes)[:3] == np.eye(3)[index].tolist()


def test_doppler_sign_turns_the_velocity():
    assert decode_row(1, 2, 3, 4, names=['x', 'y', 'z', 'doppler'], doppler_sign=-1)[3] == -4


def test_a_named_field_is_taken_and_serves_no_second_column():
    # Autoware's doppler_pointcloud: the velocity is called intensity
    names = ['x', 'y', 'z', 'intensity']
    assert decode_row(1, 2, 3, 4, names=names, velocity='intensity') == [1, 2, 3, 4, 0]


def test_first_alias_wins_where_a_cloud_has_several():
    fields = float_fields('x', 'y', 'z', 'snr_db', 'intensity')
    assert locate(fields)['power'] == 'intensity'


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        ({'fields': float_fields('y', 'z')}, 'no field for x'),
        ({'fields': [('x', 9, 7, 1), *XYZ[1:]]}, "'x' at offset 9 ends beyond point_step 12"),
        ({'fields': [('x', 0, 77, 1), *XYZ[1:]]}, "'x' has unknown datatype 77"),
        ({'data': b'\0' * 23}, 'needs 24 B, has 23'),
        ({'height': 2, 'row_step': 23}, 'row_step 23'),
        ({'mapping': FieldMapping(velocity='v')}, "no field 'v' for velocity"),
    ],
)
def test_bad_clouds_give_one_clear_line(change, words):
    good = {'data': b'\0' * 24, 'fields': XYZ, 'point_step': 12, 'row_step': 24, 'width': 2}
    with pytest.raises(CloudFieldError, match=words) as caught:
        decode(**{**good, **change})
    assert '\n' not in str(caught.value)


def test_a_label_that_is_not_there_is_named():
    with pytest.raises(CloudFieldError, match="no field 'person'"):
        decode_labelled(packed([1, 2, 3]), CloudLayout(XYZ, 12, 12, 1), ['person'])


def test_a_column_of_another_length_is_refused():
    with pytest.raises(CloudFieldError, match='person'):
        encode(np.zeros((2, 5)), {'person': np.zeros(3)})


def test_encoded_layout_is_the_canonical_one():
    cloud = encode(np.zeros((2, 5)), {'person': [0, -1]})
    assert cloud.point_step == 24
    assert cloud.fields[-1] == CloudField('person', 20, 5)
    assert [field.name for field in cloud.fields[:5]] == ['x', 'y', 'z', 'velocity', 'power']


@given(
    st.binary(max_size=80),
    st.lists(
        st.tuples(
            st.sampled_from(['x', 'y', 'z', 'doppler', 'snr']),
            st.integers(0, 40),
            st.integers(0, 9),
            st.integers(0, 2),
        ),
        max_size=6,
    ),
    st.integers(0, 40),
    st.integers(0, 80),
    st.integers(0, 6),
    st.integers(0, 6),
)
def test_any_layout_decodes_or_is_refused(data, fields, point_step, row_step, width, height):
    try:
        points = decode(data, fields, point_step, row_step, width, height)
    except CloudFieldError:
        return
    assert np.isfinite(points).all()
    assert len(points) <= width * height


@pytest.mark.parametrize(
    ('values', 'words'),
    [
        ({'source': 'usb'}, 'source must be one of'),
        ({'cloud': {'axes': 'ned'}}, 'cloud: axes must be one of'),
        ({'cloud': {'doppler_sign': 0}}, 'doppler_sign must be 1 or -1'),
        ({'command_port': '/dev/ttyUSB0'}, 'command_port and config_file'),
    ],
)
def test_impossible_ingest_parameters_are_refused(values, words):
    with pytest.raises(ParameterError, match=words):
        IngestParameters.from_mapping(values)


def test_ingest_parameters_round_trip_through_dotted_names():
    flat = {name: value for name, value, _ in IngestParameters().flattened()}
    assert flat['cloud.axes'] == 'ros'
    assert IngestParameters.from_flat(flat) == IngestParameters()

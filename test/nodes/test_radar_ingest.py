"""The node radar_ingest: odd clouds, one-point messages, and a radar on a serial port."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2: run `make test`')

from node_graph import clean
from sensor_msgs.msg import PointCloud2, PointField

from thermal_radar_fusion.nodes import conversions, radar_inputs
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.radar.point_cloud import RadarFrame

sys.path.insert(0, str(Path(__file__).parents[1] / 'core'))

import ti_packet_builder as build
from pseudo_terminal import Port

FLOAT = PointField.FLOAT32


def padded_cloud(stamp, rows, names=('x', 'y', 'z', 'intensity', 'velocity')):
    """Return a cloud with gaps between its fields, as PCL's structures have them."""
    offsets = dict(zip(names, (0, 4, 8, 16, 20), strict=False))
    cells = np.zeros(
        len(rows),
        dtype={
            'names': names,
            'formats': ['<f4'] * len(names),
            'offsets': list(offsets.values()),
            'itemsize': 32,
        },
    )
    for index, row in enumerate(rows):
        cells[index] = tuple(row)
    message = PointCloud2(header=conversions.header(stamp, 'ti_mmwave_0'), height=1)
    message.fields = [
        PointField(name=name, offset=offset, datatype=FLOAT, count=1)
        for name, offset in offsets.items()
    ]
    message.width, message.point_step, message.row_step = len(rows), 32, 32 * len(rows)
    message.data = cells.tobytes()
    return message


@pytest.fixture
def ingest(graph):
    """Start an ingest node for clouds and return (process, publisher, clouds heard)."""

    def start(**parameters):
        topic = '/driver/points'
        process = graph.start('radar_ingest', topic=topic, frame_id='north', **parameters)
        heard = graph.listen(PointCloud2, '/lab/radar/points')
        driver = graph.publisher(PointCloud2, topic)
        graph.handshake(driver, lambda stamp: padded_cloud(stamp, []), heard)
        return process, driver, heard

    return start


def test_padded_cloud_in_sensor_axes(graph, ingest):
    process, driver, heard = ingest(cloud__axes='ti', cloud__doppler_sign=-1)
    rows = [(1.0, 4.0, 0.5, 20.0, -0.7), (np.nan, 1.0, 0.0, 1.0, 1.0), (-2.0, 3.0, 0.0, 7.0, 0.2)]
    graph.exchange(driver, [padded_cloud(100.25, rows)], heard)
    frame = conversions.frame_from_cloud(heard[0])
    assert frame.sensor == 'north'
    assert frame.stamp == 100.25
    expected = [[4.0, -1.0, 0.5, 0.7, 20.0], [3.0, 2.0, 0.0, -0.2, 7.0]]
    assert frame.points == pytest.approx(np.array(expected))
    assert [field.name for field in heard[0].fields] == ['x', 'y', 'z', 'velocity', 'power']
    assert clean(process.stop())


def test_empty_clouds_are_passed_on(graph, ingest):
    _, driver, heard = ingest()
    graph.exchange(driver, [padded_cloud(100.0, [])], heard)
    assert heard[0].width == 0
    assert len(heard[0].fields) == 5


def test_missing_stamp_and_velocity_are_told_once(graph, ingest):
    process, driver, heard = ingest()
    rows = [(2.0, 0.0, 0.0, 10.0)]
    sent = [padded_cloud(0.0, rows, ('x', 'y', 'z', 'intensity')) for _ in range(3)]
    graph.exchange(driver, sent, heard)
    stamps = [conversions.seconds(message.header.stamp) for message in heard]
    assert stamps == sorted(stamps)
    assert stamps[0] > 1e9
    output = ''.join(process.stop()[1:])
    assert output.count('time of receipt') == 1
    assert output.count('no velocity') == 1


def test_reconfigured_axes(graph, ingest):
    process, driver, heard = ingest()
    assert graph.set_parameters(process, cloud__axes='ti')[0].successful
    assert not graph.set_parameters(process, cloud__axes='left_handed')[0].successful
    assert not graph.set_parameters(process, topic='/elsewhere')[0].successful
    graph.exchange(driver, [padded_cloud(100.0, [(1.0, 4.0, 0.0, 1.0, 0.0)])], heard)
    assert conversions.frame_from_cloud(heard[0]).points[0, :2].tolist() == [4.0, -1.0]


def test_contradictory_cloud_is_dropped(graph, ingest):
    process, driver, _ = ingest()
    cloud = padded_cloud(100.0, [(1.0, 4.0, 0.0, 1.0, 0.0)])
    cloud.width = 50
    driver.publish(cloud)
    status = graph.diagnostics(process, lambda status: status['drops'] == '1')
    assert '50 points' in status['message']


def test_radar_on_a_serial_port(graph, tmp_path):
    port = Port(tmp_path / 'radar').plug()
    process = graph.start('radar_ingest', source='ti_uart', data_port=port.path, frame_id='south')
    heard = graph.listen(PointCloud2, '/lab/radar/points')
    number = 0

    def frame_heard():
        nonlocal number
        number += 1
        port.send(packet(number))
        return any(message.width for message in heard)

    graph.wait(frame_heard, 'no frame came from the port')
    frame = conversions.frame_from_cloud(heard[-1])
    assert frame.sensor == 'south'
    assert frame.points == pytest.approx(np.array([[2.0, 0.0, 0.0, 0.5, 20.0]]), abs=1e-3)
    status = graph.diagnostics(process, lambda status: status['connected'] == 'True')
    assert status['firmware'] != 'unknown'

    port.unplug()
    told = graph.diagnostics(process, lambda status: status['connected'] == 'False')
    assert told['problem']
    assert clean(process.stop())


def packet(number):
    points = [(2.0, 0.0, 0.0, 0.5)]
    return build.people(points, number=number, ticks=number * 20_000_000, padding=4)


@pytest.mark.parametrize(
    ('parameters', 'words'),
    [
        ({'topic': 'radar/points'}, ['topic', 'canonical clouds']),
        ({'source': 'one_point', 'message_type': 'nobody/msg/Knows'}, ['is not installed']),
        (
            {'source': 'ti_uart', 'command_port': '/dev/null', 'config_file': '/no/such.cfg'},
            ['config_file', '/no/such.cfg'],
        ),
        ({'source': 'telepathy'}, ['source', 'must be one of']),
    ],
)
def test_bad_parameter_is_one_clear_line(graph, parameters, words):
    status, _, errors = graph.start('radar_ingest', **parameters).finish()
    assert status == 2
    assert errors.count('\n') == 1
    for word in words:
        assert word in errors


def test_polar_scan_becomes_points():
    item = SimpleNamespace(
        range=2.0, azimuth=np.pi / 2, elevation=np.pi / 6, doppler_velocity=0.4, amplitude=9.0
    )
    points = radar_inputs.scan_points(SimpleNamespace(returns=[item]))
    assert points == pytest.approx(np.array([[0.0, np.sqrt(3.0), 1.0, 0.4, 9.0]]))
    assert radar_inputs.scan_points(SimpleNamespace(returns=[])).shape == (0, 5)


def test_message_class_is_found_by_name():
    assert radar_inputs.message_class('sensor_msgs/msg/PointCloud2') is PointCloud2
    for name in ('sensor_msgs/msg/NoSuch', 'nonsense', ''):
        with pytest.raises(ParameterError, match='not installed'):
            radar_inputs.message_class(name)


class FakeNode:
    """Stands in for the node where no message type of the kind can be installed."""

    def __init__(self):
        self.frames = []
        self.time = 100.0

    def create_subscription(self, kind, topic, callback, qos):
        self.receive = callback

    def create_timer(self, period, callback):
        self.tick = callback

    def now(self):
        return self.time

    def publish(self, frame):
        self.frames.append(frame)


def scan_point(number, stamp, x):
    stamp = conversions.header(stamp, 'ti')
    return SimpleNamespace(
        header=stamp, point_id=number, x=x, y=0.0, z=0.0, velocity=0.1, intensity=5.0
    )


def test_one_point_messages_become_frames():
    node = FakeNode()
    source = radar_inputs.PointInput(node, radar_inputs.IngestParameters(), object)
    for stamp in (50.0, 50.04):
        for number in range(3):
            node.receive(scan_point(number, stamp, 1.0 + number))
    assert [frame.stamp for frame in node.frames] == [50.0]
    node.tick()
    assert len(node.frames) == 1
    node.time += 0.02
    node.tick()
    assert [frame.stamp for frame in node.frames] == [50.0, 50.04]
    assert node.frames[1].points[:, 0].tolist() == [1.0, 2.0, 3.0]
    source.close()
    assert isinstance(node.frames[0], RadarFrame)

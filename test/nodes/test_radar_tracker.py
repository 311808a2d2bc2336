"""The node radar_tracker against its core, and what only a node does."""

import numpy as np
import pytest

pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2: run `make test`')

from node_graph import clean
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import PointCloud2, PointField
from thermal_radar_fusion.msg import RadarTrack, RadarTrackArray

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.radar.area import MonitoredArea
from thermal_radar_fusion.radar.cloud_fields import decode
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.tracker import RadarTracker

RATE = 15.0
START = 100.0


def walk(seconds, start=START, y=0.0):
    """Return clouds of one person who walks along x, as a radar sends them."""
    random = np.random.default_rng(7)
    frames = []
    for index in range(round(seconds * RATE)):
        time = index / RATE
        points = random.normal([1.5 + 0.8 * time, y, 0.0], [0.1, 0.1, 0.3], (20, 3))
        radial = 0.8 * points[:, :1] / np.linalg.norm(points[:, :2], axis=1, keepdims=True)
        cloud = np.hstack([points, radial, np.full((20, 1), 30.0)])
        frames.append(RadarFrame(start + time, cloud, 'radar'))
    return frames


def clouds(frames):
    return [conversions.cloud_message(frame, frame.sensor) for frame in frames]


@pytest.fixture
def tracker(graph):
    """Start a tracker and return (process, publisher of points, tracks heard)."""

    def start(**parameters):
        process = graph.start('radar_tracker', room='lab', **parameters)
        tracks = graph.listen(RadarTrackArray, '/lab/radar/tracks')
        points = graph.publisher(PointCloud2, '/lab/radar/points')
        graph.handshake(points, empty_cloud, tracks)
        return process, points, tracks

    return start


def empty_cloud(stamp):
    return conversions.cloud_message(RadarFrame(stamp, np.empty((0, 5)), 'radar'), 'radar')


def test_same_tracks_as_the_core(graph, tracker):
    pose = {'x': 1.0, 'y': 0.5, 'z': 1.2, 'yaw': 0.3}
    zone = [(3.0, -1.0), (3.2, -1.0), (3.2, 3.0), (3.0, 3.0)]
    process, points, tracks = tracker(
        radars=['radar'],
        **{f'mounting__radar__{key}': value for key, value in pose.items()},
        area__exclusion_zones=['curtain'],
        area__curtain=[value for corner in zone for value in corner],
        silence=30.0,
    )
    labelled = graph.listen(PointCloud2, '/lab/radar/track_points')
    graph.handshake(points, empty_cloud, labelled)
    graph.wait(lambda: tracks, 'tracks are missing')
    tracks.clear()
    core = RadarTracker(
        mountings={'radar': RigidTransform.from_xyz_rpy((1.0, 0.5, 1.2), (0, 0, 0.3))},
        area=MonitoredArea(exclusion_zones=(zone,)),
    )
    sent = clouds(walk(4.0))
    expected = [core.update(conversions.frame_from_cloud(cloud)) for cloud in sent]
    graph.exchange(points, sent, tracks)
    graph.wait(lambda: len(labelled) >= len(sent), 'track_points are missing')

    assert any(frame.tracks for frame in expected)
    for frame, message in zip(expected, tracks, strict=True):
        assert_same(frame, message)
    for frame, cloud in zip(expected, labelled, strict=True):
        assert cloud.width == len(frame.frame.points)
        assert cloud.header.frame_id == 'map'
        assert [field.name for field in cloud.fields][-1] == 'track_id'
    assert clean(process.stop())


def assert_same(frame, message):
    assert message.room == 'lab'
    assert message.header.frame_id == 'map'
    assert conversions.seconds(message.header.stamp) == pytest.approx(frame.frame.stamp, abs=1e-9)
    assert [t.track_id for t in message.tracks] == [t.track_id for t in frame.tracks]
    for ours, theirs in zip(frame.tracks, message.tracks, strict=True):
        assert (theirs.position.x, theirs.position.y) == tuple(ours.position)
        assert (theirs.velocity.x, theirs.velocity.y) == tuple(ours.velocity)
        assert np.array_equal(np.reshape(theirs.covariance, (4, 4)), ours.covariance)
        assert np.array_equal(np.reshape(theirs.spread, (2, 2)), ours.spread)
        assert theirs.status == ours.status
        assert theirs.points == ours.points
        assert theirs.existence == np.float32(ours.existence)


def test_points_survive_the_way_through_a_message():
    frame = walk(0.1)[0]
    message = conversions.cloud_message(frame, 'radar')
    points = decode(message.data, conversions.fields_of(message), message.point_step, 0, 20)
    assert np.array_equal(points, frame.points.astype(np.float32))


def test_silence_coasts_and_then_falls_silent(graph, tracker):
    _, points, tracks = tracker(silence=0.1)
    graph.exchange(points, clouds(walk(3.0)), tracks)
    last = tracks[-1]
    assert [track.status for track in last.tracks] == [RadarTrack.CONFIRMED]

    graph.wait(lambda: not tracks[-1].tracks, 'the track never ends')
    predicted = [m for m in tracks if m.tracks and m.tracks[0].status == RadarTrack.COASTING]
    assert predicted
    first, final = predicted[0].tracks[0], predicted[-1].tracks[0]
    assert final.position.x > last.tracks[0].position.x
    assert final.covariance[0] > first.covariance[0] >= last.tracks[0].covariance[0]
    stamps = [conversions.seconds(message.header.stamp) for message in tracks]
    assert stamps == sorted(stamps)


def test_backward_stamp_resets(graph, tracker):
    _, points, tracks = tracker(silence=30.0)
    graph.exchange(points, clouds(walk(3.0)), tracks)
    assert [track.track_id for track in tracks[-1].tracks] == [1]
    graph.exchange(points, clouds(walk(0.2, y=1.0)), tracks)
    assert not tracks[-1].tracks
    graph.exchange(points, clouds(walk(3.0, START + 1.0, y=1.0)), tracks)
    assert [track.track_id for track in tracks[-1].tracks] == [2]


def test_backward_clock_resets(graph, tracker):
    process, points, tracks = tracker(use_sim_time=True, silence=30.0)
    clock = graph.publisher(Clock, '/clock')
    clock.publish(Clock(clock=conversions.time_message(START)))
    graph.exchange(points, clouds(walk(3.0)), tracks)
    assert tracks[-1].tracks

    clock.publish(Clock(clock=conversions.time_message(START - 50.0)))
    later = clouds([RadarFrame(START + 3.0, np.empty((0, 5)), 'radar')])
    graph.wait(lambda: not _answer(graph, points, later, tracks).tracks, 'tracks stay')
    assert 'time jumped back' in ''.join(process.stop()[1:])


def _answer(graph, points, sent, tracks):
    return graph.exchange(points, sent, tracks)[-1]


def test_empty_frames_age_the_tracks(graph, tracker):
    _, points, tracks = tracker(silence=30.0)
    graph.exchange(points, clouds(walk(3.0)), tracks)
    empty = [RadarFrame(START + 3.0 + i / RATE, np.empty((0, 5)), 'radar') for i in range(5)]
    graph.exchange(points, clouds(empty), tracks)
    assert [track.status for track in tracks[-1].tracks] == [RadarTrack.COASTING]


def test_unusable_cloud_is_dropped_and_told(graph, tracker):
    process, points, _ = tracker()
    cloud = PointCloud2(height=1, width=3, point_step=4, data=bytes(12))
    cloud.fields = [PointField(name='intensity', offset=0, datatype=PointField.FLOAT32, count=1)]
    points.publish(cloud)
    status = graph.diagnostics(process, lambda status: status['drops'] == '1')
    assert status['level'] == b'\x01'
    assert 'no field for x' in status['message']


def test_diagnostics_count_frames_and_points(graph, tracker):
    process, points, tracks = tracker()
    graph.exchange(points, clouds(walk(1.0)), tracks)
    # The handshake sent some frames too.
    status = graph.diagnostics(process, lambda status: int(status['frames']) > 15)
    assert float(status['rate [Hz]']) > 0
    assert float(status['latency max [ms]']) > 0
    assert status['drops'] == '0'


def test_reconfiguration(graph, tracker):
    process, points, tracks = tracker(silence=30.0)
    descriptor = graph.describe_parameters(process, 'life_cycle.coast_time')[0]
    assert descriptor.description
    assert descriptor.floating_point_range[0].from_value == 0.0

    refused = graph.set_parameters(process, life_cycle__coast_time=-1.0)[0]
    assert not refused.successful
    assert 'coast_time' in refused.reason
    fixed = graph.set_parameters(process, method='paper')[0]
    assert not fixed.successful

    graph.exchange(points, clouds(walk(3.0)), tracks)
    # Whole numbers serve for decimal ones.
    assert graph.set_parameters(process, gate__max_range=1)[0].successful
    near = [RadarFrame(f.stamp + 3.0, f.points, 'radar') for f in walk(0.2)]
    graph.exchange(points, clouds(near), tracks)
    assert [track.status for track in tracks[-1].tracks] == [RadarTrack.COASTING]
    assert tracks[-1].tracks[0].track_id == 1


@pytest.mark.parametrize(
    ('parameters', 'words'),
    [
        ({'filter__acceleration_density': -1.0}, ['acceleration_density', 'must lie in']),
        ({'method': 'magic'}, ['method', 'soft, paper']),
        ({'silence': 'long'}, ['silence', 'must be float']),
        ({'no_such_thing': 1}, ["unknown parameter 'no_such_thing'"]),
        ({'area__bounds': [0.0, 1.0, 2.0]}, ['area.bounds', '3 numbers']),
        ({'area__bounds': [0.0, 1.0]}, ['at least three']),
        ({'radars': ['a'], 'mounting__b__x': 1.0}, ["unknown parameter 'mounting.b.x'"]),
    ],
)
def test_bad_parameter_is_one_clear_line(graph, parameters, words):
    status, _, errors = graph.start('radar_tracker', **parameters).finish()
    assert status == 2
    assert errors.count('\n') == 1
    for word in words:
        assert word in errors

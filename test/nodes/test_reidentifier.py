"""The node reidentifier: people by their gait, kept on disk, forgotten on request."""

import signal
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2: run `make test`')

from node_graph import clean
from sensor_msgs.msg import PointCloud2
from thermal_radar_fusion.msg import IdentityArray
from thermal_radar_fusion.srv import ForgetPerson

from thermal_radar_fusion import ros_environment
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import TrackedFrame
from thermal_radar_fusion.reid.followed import IdentityState
from thermal_radar_fusion.reid.gait_features import GaitFeatures
from thermal_radar_fusion.reid.gallery import Gallery
from thermal_radar_fusion.reid.gallery_file import load_gallery, save_gallery

TOPIC = '/lab/radar/track_points'
# Somebody is known, or new, as soon as one answer is the likelier: what is tested is the node.
HASTY = {
    'decision.least_time': 1.0,
    'decision.confidence': 0.5,
    'decision.open_set.newcomers': 0.05,
}
# A walk that begins so much later is the same one again [s].
AGAIN = 102.0


def walk(track=1, begin=100.0, seconds=9.0, height=1.7, room='lab'):
    """Return the clouds of somebody who walks to and fro, 10 a second."""
    rng = np.random.default_rng(track)
    return [
        conversions.track_points_message(_frame(rng, begin + k / 10, track, height), 'map')
        for k in range(round(10 * seconds))
    ]


def _frame(rng, stamp, track, height):
    phase = stamp % 6.0
    x, speed = (1 + phase, 1.0) if phase < 3 else (7 - phase, -1.0)
    body = np.column_stack(
        [
            rng.normal(x, 0.1, 20),
            rng.normal(0, 0.12, 20),
            rng.uniform(0.1, height, 20),
            rng.normal(speed, 0.4, 20),
            np.ones(20),
        ]
    )
    return TrackedFrame(RadarFrame(stamp, body), (), np.full(20, track))


def nobody(stamp):
    frame = RadarFrame(stamp, np.empty((0, 5)))
    return conversions.track_points_message(TrackedFrame(frame, (), np.empty(0, int)), 'map')


@pytest.fixture
def reidentifier(graph):
    """Start the node; return (process, publisher of points, identities heard)."""

    def start(rooms=('lab',), **parameters):
        values = {**HASTY, **parameters}
        process = graph.start('reidentifier', namespace='/', rooms=list(rooms), **values)
        identities = graph.listen(IdentityArray, '/identities')
        points = graph.publisher(PointCloud2, TOPIC)
        graph.handshake(points, nobody, identities)
        return process, points, identities

    return start


def last(identities):
    (identity,) = identities[-1].identities
    return identity


def forget(graph, process, person):
    client = graph.node.create_client(ForgetPerson, f'{process.name}/forget')
    graph.wait(client.service_is_ready, 'there is no service')
    future = client.call_async(ForgetPerson.Request(person=person))
    graph.wait(future.done, 'the service does not answer')
    return future.result()


def people_in(path):
    network = GaitFeatures()
    return list(load_gallery(path, network.network, network.dimension).people)


def test_somebody_new_gets_a_name_and_keeps_it(graph, reidentifier):
    process, points, identities = reidentifier()
    graph.exchange(points, walk(), identities)
    first = [i for message in identities[:40] for i in message.identities]
    assert {identity.state for identity in first} == {IdentityState.UNDECIDED}
    assert {(i.room, i.track_id, i.person) for i in first} == {('lab', 1, '')}
    assert (last(identities).state, last(identities).person) == (IdentityState.NEW, 'P1')
    assert last(identities).confidence > 0.5
    assert identities[-1].room == 'lab'
    assert identities[-1].header.frame_id == 'map'
    status = graph.diagnostics(process, lambda s: s['people known'] == '1')
    assert int(status['frames']) >= 90
    assert clean(process.stop())


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_people_are_known_after_a_restart(graph, reidentifier, tmp_path, number):
    path = tmp_path / 'state' / 'gallery.npz'
    process, points, identities = reidentifier(**{'gallery.file': str(path)})
    graph.exchange(points, walk(), identities)
    assert last(identities).person == 'P1'
    assert clean(graph.stop(process, number))
    assert people_in(path) == ['P1']
    assert path.stat().st_mode & 0o777 == 0o600
    again, points, identities = reidentifier(**{'gallery.file': str(path)})
    # Track numbers begin anew with the tracker; people do not.
    graph.exchange(points, walk(begin=100.0 + AGAIN), identities)
    assert (last(identities).state, last(identities).person) == (IdentityState.KNOWN, 'P1')
    assert clean(again.stop())


def test_people_are_known_after_a_crash_since_the_last_save(
    graph, reidentifier, tmp_path, monkeypatch
):
    # What is killed leaves no shared memory behind for the next graph of this domain.
    monkeypatch.setenv('FASTDDS_BUILTIN_TRANSPORTS', 'UDPv4')
    path = tmp_path / 'gallery.npz'
    settings = {'gallery.file': str(path), 'gallery.save_period': 1.0}
    process, points, identities = reidentifier(**settings)
    graph.exchange(points, walk(), identities)
    graph.wait(lambda: people_in(path) == ['P1'], 'nothing is saved')
    graph.stop(process, signal.SIGKILL)
    _, points, identities = reidentifier(**settings)
    graph.exchange(points, walk(begin=100.0 + AGAIN), identities)
    assert (last(identities).state, last(identities).person) == (IdentityState.KNOWN, 'P1')


def test_forgotten_on_request_here_and_on_disk(graph, reidentifier, tmp_path):
    path = tmp_path / 'gallery.npz'
    process, points, identities = reidentifier(**{'gallery.file': str(path)})
    graph.exchange(points, walk(), identities)
    unknown = forget(graph, process, 'P9')
    assert (unknown.success, unknown.message) == (False, "nobody is called 'P9'")
    answer = forget(graph, process, 'P1')
    assert (answer.success, answer.message) == (True, 'P1 is forgotten')
    assert people_in(path) == []
    graph.exchange(points, walk(begin=109.0), identities)
    assert (last(identities).state, last(identities).person) == (IdentityState.NEW, 'P2')


def test_forgotten_by_command(graph, reidentifier, tmp_path):
    path = tmp_path / 'gallery.npz'
    process, points, identities = reidentifier(**{'gallery.file': str(path)})
    graph.exchange(points, walk(), identities)
    in_use = trf(graph, 'forget', 'P1', '--gallery', path)
    assert in_use.returncode == 2
    assert 'is in use by another program' in in_use.stderr
    unknown = trf(graph, 'forget', 'P9', '--node', process.name)
    assert unknown.returncode == 1
    assert unknown.stderr == "trf: /reidentifier: nobody is called 'P9'\n"
    done = trf(graph, 'forget', 'P1', '--node', process.name)
    assert (done.returncode, done.stdout) == (0, 'P1 is forgotten\n'), done.stderr
    assert people_in(path) == []


def trf(graph, *arguments):
    """Run `trf reid` in the domain of a graph."""
    code = 'from thermal_radar_fusion.cli import main; main()'
    return subprocess.run(
        [sys.executable, '-c', code, 'reid', *map(str, arguments)],
        env=ros_environment.kept_local(ros_environment.environment(), graph.domain),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_what_cannot_be_used_is_told_and_the_node_goes_on(graph, reidentifier):
    process, points, identities = reidentifier()
    sent = walk()
    frame = RadarFrame(104.95, np.ones((3, 5)))
    points.publish(conversions.cloud_message(frame, 'map'))
    status = graph.diagnostics(process, lambda s: int(s['drops']) == 1)
    assert status['message'].startswith("lab: no field 'track_id'; the cloud has x, y")
    for cloud in sent[::7]:
        broken = np.frombuffer(cloud.data, np.float32).copy()
        broken[:3] = np.nan, np.inf, -np.inf
        cloud.data = broken.tobytes()
    graph.exchange(points, sent, identities)
    assert last(identities).person == 'P1'
    assert clean(process.stop())


def test_rooms_are_put_in_order(graph, reidentifier):
    process = graph.start('reidentifier', namespace='/', rooms=['lab', 'hall'], **HASTY)
    identities = graph.listen(IdentityArray, '/identities')
    rooms = {
        room: graph.publisher(PointCloud2, f'/{room}/radar/track_points')
        for room in ('lab', 'hall')
    }
    graph.handshake_of_rooms(rooms, nobody, identities)
    # The hall's frames come first, all of them.
    for k in range(10):
        rooms['hall'].publish(nobody(100.05 + k / 10))
    for cloud in walk(seconds=1.0):
        rooms['lab'].publish(cloud)
    rooms['lab'].publish(nobody(110.0))
    graph.wait(lambda: sum(_stamp(m) > 99 for m in identities) >= 20, 'identities are missing')
    heard = [(message.room, _stamp(message)) for message in identities if _stamp(message) > 99]
    assert [room for room, _ in heard] == ['lab', 'hall'] * 10
    assert [stamp for _, stamp in heard] == sorted(stamp for _, stamp in heard)
    assert clean(process.stop())


def _stamp(message):
    return conversions.seconds(message.header.stamp)


def test_parameters_can_be_changed_and_are_checked(graph, reidentifier):
    process, points, identities = reidentifier(**{'decision.least_time': 100.0})
    graph.exchange(points, walk(), identities)
    assert last(identities).state == IdentityState.UNDECIDED
    (bad,) = graph.set_parameters(process, decision__confidence=2.0)
    assert not bad.successful
    assert 'confidence must lie in' in bad.reason or 'range' in bad.reason
    (good,) = graph.set_parameters(process, decision__least_time=1.0)
    assert good.successful
    graph.exchange(points, walk(begin=109.0), identities)
    assert last(identities).person == 'P1'
    (fixed,) = graph.set_parameters(process, gallery__file='/tmp/elsewhere')
    assert not fixed.successful


def another_network(tmp_path):
    save_gallery(Gallery('another', 16), tmp_path / 'gallery.npz')
    return {'gallery.file': str(tmp_path / 'gallery.npz')}


def damaged_file(tmp_path):
    (tmp_path / 'gallery.npz').write_bytes(b'PK nothing')
    return {'gallery.file': str(tmp_path / 'gallery.npz')}


def unwritable_folder(tmp_path):
    (tmp_path / 'file').write_text('')
    return {'gallery.file': str(tmp_path / 'file' / 'gallery.npz')}


def missing_network(tmp_path):
    return {'network': str(tmp_path / 'none.onnx')}


def lonely_way(tmp_path):
    return {'ways.rooms': ['lab'], 'ways.seconds': [3.0]}


@pytest.mark.parametrize(
    ('mistake', 'words'),
    [
        (another_network, "holds features of the network 'another'"),
        (damaged_file, 'is a damaged gallery'),
        (unwritable_folder, 'cannot be written'),
        (missing_network, 'there is no such file'),
        (lonely_way, 'must name two rooms for each'),
    ],
)
def test_a_start_that_cannot_be_is_one_line_and_loses_nothing(graph, tmp_path, mistake, words):
    parameters = mistake(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    process = graph.start('reidentifier', namespace='/', rooms=['lab'], **parameters)
    status, _, errors = process.finish()
    assert status == 2
    (line,) = errors.strip().splitlines()
    assert words in line
    for path, content in before.items():
        assert path.read_bytes() == content


def test_two_nodes_do_not_share_a_gallery(graph, reidentifier, tmp_path):
    path = str(tmp_path / 'gallery.npz')
    first, *_ = reidentifier(**{'gallery.file': path})
    second = graph.start('reidentifier', '/', 'second', rooms=['lab'], **{'gallery.file': path})
    status, _, errors = second.finish()
    assert status == 2
    assert 'is in use by another program' in errors
    assert first.alive

"""The commands of `trf` that start nodes: as real processes, over DDS, to their very end."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2: run `make test`')

from thermal_radar_fusion.msg import ContactArray, PersonArray, RadarTrackArray

from thermal_radar_fusion.bags import open_bag, write_recording
from thermal_radar_fusion.deployment import recorded_deployment
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.resources import resource
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import simulate

PATIENCE = 90.0
# Of a bag's own pace: how many frames a busy machine keeps up with is for `trf bench`.
SLOW = 0.5
DEMO = resource('config/demo.yaml')
THERMAL = ('thermal_face_tracker', 'track_associator')


def _ignore_interrupts():
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class Command:
    """`trf` as a process of its own, which sees nothing that was sourced."""

    def __init__(self, *arguments, cwd, domain=None, in_background=False):
        variables = {k: v for k, v in os.environ.items() if k != 'ROS_DOMAIN_ID'}
        if domain is not None:
            variables |= {'ROS_DOMAIN_ID': str(domain)}
        self._process = subprocess.Popen(
            [sys.executable, '-c', 'from thermal_radar_fusion.cli import main; main()']
            + [str(argument) for argument in arguments],
            cwd=cwd,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # As a script that puts its commands into the background has it.
            preexec_fn=_ignore_interrupts if in_background else None,
        )

    def finish(self):
        """Return exit code, stdout and stderr."""
        output, errors = self._process.communicate(timeout=PATIENCE)
        return self._process.returncode, output, errors

    def nodes(self):
        """Return the process numbers of the nodes that the command has started, by module."""
        found = {}
        children = Path(f'/proc/{self._process.pid}/task/{self._process.pid}/children')
        with contextlib.suppress(OSError):
            for number in children.read_text().split():
                words = Path(f'/proc/{number}/cmdline').read_text().split('\0')
                if '-m' in words:
                    found[words[words.index('-m') + 1].rsplit('.')[-1]] = int(number)
        return found

    def wait_for(self, condition):
        """Wait until something is the case while the command runs; return it."""
        end = time.monotonic() + PATIENCE
        while not (value := condition()):
            assert self._process.poll() is None, self.finish()
            assert time.monotonic() < end
            time.sleep(0.02)
        return value

    def wait_for_line(self, text):
        """Read stdout until a line that holds a text."""
        for line in self._process.stdout:
            if text in line:
                return
        pytest.fail(f'no {text!r}: {self.finish()}')

    def signal(self, number):
        self._process.send_signal(number)

    def kill(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@pytest.fixture
def trf(tmp_path):
    """Start commands that do not outlive the test."""
    started = []

    def start(*arguments, **options):
        started.append(Command(*arguments, cwd=tmp_path, **options))
        return started[-1]

    yield start
    for command in started:
        command.kill()


def scene(seconds, seed=1, name='free'):
    """Return what the radar of a scenario in the demonstration's room sees."""
    return simulate(load_scenario(name), seed, seconds)[0]


@pytest.fixture
def bag(tmp_path):
    write_recording(tmp_path / 'free', scene(3.0))
    return tmp_path / 'free'


def gone(number):
    """Tell whether a process has ended."""
    return not Path(f'/proc/{number}').exists()


def test_the_demo_ends_by_itself_and_leaves_a_bag_and_a_report(trf, tmp_path):
    status, output, errors = trf('demo', '--duration', 8, '--no-live', '--json', 'f.json').finish()
    assert status == 0, errors
    figures = json.loads((tmp_path / 'f.json').read_text())
    assert figures['confirmed_tracks'] >= 1
    assert figures['frames'] > 100
    assert figures['images'] > 10
    assert {visit['room'] for visit in figures['identities']} == {'lab'}
    assert figures['latency_ms']['p50'] > 0
    assert '/contacts over DDS' in output
    assert '<svg' in (tmp_path / 'demo_output' / 'report.html').read_text()
    with open_bag(tmp_path / 'demo_output' / 'bag') as recorded:
        assert {
            '/lab/radar/points',
            '/lab/radar/tracks',
            '/people',
            '/identities',
            '/contacts',
            '/ground_truth',
            '/lab/thermal/image_raw',
            '/lab/thermal/camera_info',
            '/lab/thermal/faces',
            '/lab/screenings',
            '/tf_static',
        } <= set(recorded.topics)
        assert recorded.names('lab') == ('anna', 'ben', 'felix')
        assert recorded_deployment(recorded).cameras['thermal'].people.screening.rule == 'fixed'
        points = list(recorded.frames(recorded.radar_sources()))
        assert len(points) == len(scene(8.0, 0, 'reception').frames)
        assert all(entry.people is not None for entry in points)


def test_a_demo_that_is_interrupted_leaves_no_process(trf, tmp_path):
    for number in (signal.SIGINT, signal.SIGTERM):
        command = trf('demo', '--no-live', '--output', f'output_{number}')
        command.wait_for_line('are up')
        nodes = command.nodes()
        assert set(nodes) == {'radar_tracker', 'reidentifier', 'contact_tracer', *THERMAL}
        command.signal(number)
        status, _, errors = command.finish()
        assert status == 130
        assert 'Traceback' not in errors
        assert all(gone(node) for node in nodes.values())


def test_a_node_that_dies_ends_the_demo_with_one_line(trf):
    command = trf('demo', '--no-live')
    command.wait_for_line('are up')
    nodes = command.nodes()
    os.kill(nodes['contact_tracer'], signal.SIGKILL)
    status, _, errors = command.finish()
    assert status == 1
    assert errors.count('\n') == 1
    assert '/contact_tracer ended with SIGKILL' in errors
    assert gone(nodes['radar_tracker'])


def test_nodes_do_not_outlive_a_command_that_is_killed(trf):
    command = trf('demo', '--no-live')
    command.wait_for_line('are up')
    nodes = command.nodes()
    command.kill()
    end = time.monotonic() + PATIENCE
    while not all(gone(node) for node in nodes.values()):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_bag_is_played_into_the_graph(trf, bag, graph):
    contacts = graph.listen(ContactArray, '/contacts', wait=False)
    people = graph.listen(PersonArray, '/people', wait=False)
    arguments = (DEMO, '--bag', bag, '--rate', SLOW)
    status, output, errors = trf('up', *arguments, domain=graph.domain).finish()
    assert status == 0, errors
    assert '/lab/radar_tracker' in output
    graph.wait(lambda: contacts and conversions.seconds(contacts[-1].header.stamp) > 102.5, 'end')
    assert len(contacts) > 35
    assert max(len(message.people) for message in people) >= 2


def test_a_namespace_is_put_in_front_of_every_name(trf, bag, graph):
    contacts = graph.listen(ContactArray, '/house/contacts', wait=False)
    arguments = (DEMO, '--bag', bag, '--rate', SLOW, '--namespace', 'house')
    status, output, errors = trf('up', *arguments, domain=graph.domain).finish()
    assert status == 0, errors
    assert '/house/lab/radar_tracker' in output
    graph.wait(lambda: len(contacts) > 5, 'no contacts in the namespace')


@pytest.mark.parametrize('in_background', [False, True])
def test_up_stays_until_it_is_stopped(trf, graph, in_background):
    config = resource('config/single_radar.yaml')
    command = trf('up', config, domain=graph.domain, in_background=in_background)
    tracks = graph.listen(RadarTrackArray, '/room/radar/tracks')
    command.wait_for(lambda: len(command.nodes()) == 5)
    nodes = command.nodes()
    expected = {'radar_ingest', 'radar_tracker', 'reidentifier', 'contact_tracer', 'visualizer'}
    assert set(nodes) == expected
    command.signal(signal.SIGINT)
    status, _, errors = command.finish()
    assert status == 0
    assert 'Traceback' not in errors
    assert tracks == []
    assert all(gone(node) for node in nodes.values())


def test_up_simulates_where_the_deployment_says_so(trf, graph):
    command = trf('up', DEMO, domain=graph.domain)
    people = graph.listen(PersonArray, '/people')
    truth = graph.listen(PersonArray, '/ground_truth')
    graph.wait(lambda: people and any(m.people for m in people), 'nobody is tracked')
    assert {person.room for message in truth for person in message.people} == {'lab'}
    nodes = command.nodes()
    assert set(nodes) == {
        'simulator',
        'radar_tracker',
        'reidentifier',
        'contact_tracer',
        'visualizer',
        *THERMAL,
    }
    command.signal(signal.SIGINT)
    status, _, errors = command.finish()
    assert status == 0
    assert 'Traceback' not in errors
    assert all(gone(node) for node in nodes.values())


def test_a_simulated_bag_needs_no_configuration(trf, tmp_path, graph):
    made = trf('simulate', 'two_rooms', '-o', 'bag', '--duration', 3, '--sensors', 'radar')
    assert made.finish()[0] == 0
    people = graph.listen(PersonArray, '/people', wait=False)
    arguments = ('--bag', 'bag', '--rate', SLOW)
    status, output, errors = trf('up', *arguments, domain=graph.domain).finish()
    assert status == 0, errors
    assert '/office/radar_tracker' in output
    graph.wait(lambda: {p.room for m in people for p in m.people}, 'nobody is tracked')
    with open_bag(tmp_path / 'bag') as opened:
        truth = opened.truth()
    for message in people:
        stamp = conversions.seconds(message.header.stamp)
        for person in message.people:
            real = [p.position[:2] for p in truth.at(person.room, stamp)]
            place = np.array([person.position.x, person.position.y])
            # In one frame for all rooms: without mountings the workshop would be elsewhere.
            assert min(np.linalg.norm(real - place, axis=1), default=0) < 1.0


def test_a_bag_is_replayed_as_it_was_recorded(trf, bag, graph):
    from sensor_msgs.msg import PointCloud2

    points = graph.listen(PointCloud2, '/lab/radar/points', wait=False)
    truth = graph.listen(PersonArray, '/ground_truth', wait=False)
    status, _, errors = trf('replay', bag, '--rate', 3, domain=graph.domain).finish()
    assert status == 0, errors
    frames = scene(3.0).frames
    graph.wait(lambda: len(points) == len(truth) == len(frames), 'not everything was replayed')
    stamps = [conversions.seconds(message.header.stamp) for message in points]
    assert stamps == [pytest.approx(frame.stamp, abs=1e-8) for frame in frames]


def test_the_clock_goes_with_the_bag(trf, bag, graph):
    from rosgraph_msgs.msg import Clock

    clock = graph.listen(Clock, '/clock', wait=False)
    arguments = ('--rate', 3, '--clock', '--topic', '/ground_truth')
    status, _, errors = trf('replay', bag, *arguments, domain=graph.domain).finish()
    assert status == 0, errors
    graph.wait(lambda: clock and conversions.seconds(clock[-1].clock) > 102.5, 'no clock')
    times = [conversions.seconds(message.clock) for message in clock]
    assert times == sorted(times)
    assert times[0] > 99.5


def test_latency_is_measured_per_hop(trf, tmp_path):
    status, output, errors = trf('bench', 'latency', '--seconds', 5, '--json', 'f.json').finish()
    assert status == 0, errors
    figures = json.loads((tmp_path / 'f.json').read_text())
    # Nearly all where nothing else runs; how many a busy machine keeps up with is for the bench.
    assert figures['answered'] >= 0.5 * figures['frames']
    assert figures['frames'] > 50
    tracks, contacts = (figures['hops_ms'][topic] for topic in ('tracks', 'contacts'))
    assert 0 < tracks['p50'] < contacts['p50'] == figures['latency_ms']['p50']
    assert '/contacts' in output


def test_the_demo_overwrites_nothing_but_demonstrations(trf, tmp_path, bag):
    (tmp_path / 'mine').mkdir()
    bag.rename(tmp_path / 'mine' / 'bag')
    status, _, errors = trf('demo', '--output', 'mine').finish()
    assert status == 2
    assert 'is from no demonstration' in errors
    (tmp_path / 'file').write_text('')
    status, _, errors = trf('demo', '--output', 'file').finish()
    assert status == 2
    assert errors.count('\n') == 1


def test_a_topic_that_the_bag_lacks_is_bad_input(trf, bag):
    status, _, errors = trf('replay', bag, '--topic', '/nope').finish()
    assert status == 2
    assert errors.count('\n') == 1
    assert 'has no topic /nope' in errors

"""The node simulator: scenes live, at their pace, and bad ones in one line."""

import functools
import threading
import time

import numpy as np
import pytest

pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2: run `make test`')

from node_graph import PATIENCE, clean
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from thermal_radar_fusion.msg import PersonArray

from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.nodes.scene_feed import AHEAD, SceneFeed
from thermal_radar_fusion.simulation.simulation import START, ThermalReading, TruthReading

HOUSE = """
duration: 2.0
floor_plan:
  rooms:
    hall: {x: [0, 4], y: [0, 4]}
    den: {x: [4, 8], y: [0, 4]}
  doors: {door: {rooms: [hall, den], at: [4.0, 2.0], width: 1.0}}
people: {count: 2}
motion: {kind: free}
radars:
  hall_radar: {room: hall, device: iwr1843, mounting: {x: 0, y: 2, z: 1.5}}
  den_radar: {room: den, device: iwr6843, mounting: {x: 8, y: 2, z: 1.5, yaw: 3.14159}}
thermal_cameras:
  camera: {room: hall, mounting: {x: 0, y: 2, z: 2}, model: {width: 64, height: 48, rate: 15}}
lowres_ir:
  ceiling: {room: den, mounting: {x: 6, y: 2, z: 3, pitch: 1.5708}}
"""


@pytest.fixture
def house(tmp_path):
    (tmp_path / 'house.yaml').write_text(HOUSE)
    return str(tmp_path / 'house.yaml')


@pytest.fixture
def simulator(graph, house):
    """Start the simulator on a house of two rooms, or on what is given."""

    def start(namespace='/', **parameters):
        return graph.start('simulator', namespace, **{'scenario': house, **parameters})

    return start


def stamps(messages):
    return np.array([conversions.seconds(message.header.stamp) for message in messages])


def test_every_sensor_of_every_room_is_heard_at_its_pace(graph, simulator):
    process = simulator()
    rates = {'hall': 15.0, 'den': 10.0}
    clouds = {room: graph.listen(PointCloud2, f'/{room}/radar/points') for room in rates}
    truth = graph.listen(PersonArray, '/ground_truth')
    cells = graph.listen(Image, '/den/lowres_ir/image')
    images = graph.listen(Image, '/hall/thermal/image_raw')
    cameras = graph.listen(CameraInfo, '/hall/thermal/camera_info')
    # Longer than the scene, which starts over.
    graph.wait(lambda: all(len(messages) > 40 for messages in clouds.values()), 'no clouds')
    graph.wait(lambda: len(images) > 5 and len(cameras) > 5 and len(cells) > 5, 'no images')
    for room, messages in clouds.items():
        assert {message.header.frame_id for message in messages} == {f'{room}_radar'}
        steps = np.diff(stamps(messages))
        assert (steps > 0).all()
        assert np.median(steps) == pytest.approx(1 / rates[room], rel=0.1)
        # Stamps are of now: the scene's own begin at 100 s.
        assert abs(stamps(messages)[-1] - time.time()) < PATIENCE
    assert {person.room for message in truth for person in message.people} <= set(rates)
    assert {person.person for message in truth for person in message.people} == {'anna', 'ben'}
    person = next(person for message in truth for person in message.people)
    assert 1.0 < person.head.z < 2.2
    assert 30.0 < person.temperature < 43.0
    assert (images[0].header.frame_id, images[0].encoding) == ('camera', 'mono16')
    assert (images[0].width, images[0].height, images[0].step) == (64, 48, 128)
    assert (cameras[0].width, len(cameras[0].d), cameras[0].k[0] > 0) == (64, 5, True)
    assert stamps(images)[3] in stamps(cameras)
    assert (cells[0].header.frame_id, cells[0].encoding) == ('ceiling', '32FC1')
    assert clean(process.stop())


def test_a_scene_starts_over_as_it_was(graph, simulator):
    simulator(duration=1.0, sensors=['radar'], seed=4)
    clouds = graph.listen(PointCloud2, '/hall/radar/points')
    graph.wait(lambda: len(clouds) > 40, 'no clouds')
    frames = [bytes(message.data) for message in clouds]
    assert len(set(frames)) <= 15
    assert frames[20] in frames[:19]


def test_names_go_under_the_namespace_and_only_what_is_asked_for_is_there(graph, simulator):
    simulator('/site', sensors=['lowres_ir'])
    graph.listen(Image, '/site/den/lowres_ir/image')
    topics = {name for name, _ in graph.node.get_topic_names_and_types()}
    assert '/site/ground_truth' in topics
    assert not [name for name in topics if 'radar' in name or 'thermal' in name]


def test_a_machine_that_is_too_slow_drops_images_and_nothing_else(graph, simulator):
    # No machine renders so many images in time.
    model = 'thermal_cameras.camera.model={rate: 200}'
    process = simulator(set=[model])
    clouds = graph.listen(PointCloud2, '/hall/radar/points')
    graph.listen(Image, '/hall/thermal/image_raw')
    status = graph.diagnostics(process, lambda status: int(status['drops']) > 0)
    assert status['message'] == 'the machine is too slow for all thermal images'
    seen = len(clouds)
    graph.wait(lambda: len(clouds) > seen + 15, 'the radar fell silent')
    assert np.median(np.diff(stamps(clouds[-15:]))) == pytest.approx(1 / 15, rel=0.1)


@pytest.mark.parametrize(
    ('parameters', 'text'),
    [
        ({'scenario': 'nowhere'}, "unknown scenario 'nowhere'"),
        ({'scenario': 'missing.yaml'}, 'no such file'),
        ({'set': ['people.count=-1']}, 'people: count: must be a number'),
        ({'set': ['people']}, 'people: expected KEY=VALUE'),
        ({'sensors': ['sonar']}, "unknown sensor 'sonar'"),
        ({'duration': -1.0}, 'duration must lie in'),
        ({'speed': 3}, "unknown parameter 'speed'"),
    ],
)
def test_a_bad_scene_is_one_line(simulator, parameters, text):
    status, _, errors = simulator(**parameters).finish()
    assert status == 2
    assert text in errors
    assert errors.count('\n') == 1


class Scene:
    """Stands in for a simulation: images whose rendering is counted."""

    duration = 10.0

    def __init__(self, count=100, error=None):
        self.count, self.error, self.rendered = count, error, []

    def observations(self):
        for index in range(self.count):
            stamp = START + index / 10
            yield TruthReading('lab', stamp, ())
            render = functools.partial(self.render, index)
            yield ThermalReading('lab', 'camera', stamp, None, render, list)
        if self.error is not None:
            raise self.error

    def render(self, index):
        self.rendered.append(index)
        return np.zeros((2, 2), np.uint16)


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.001)


def played(feed, count):
    """Return the next readings of a feed."""
    taken = []
    while len(taken) < count:
        until(feed.peek)
        taken.append(feed.peek())
        feed.drop()
    return taken


def test_a_scene_is_computed_ahead_but_not_far():
    scene = Scene()
    feed = SceneFeed(scene, lambda due: True)
    until(lambda: len(scene.rendered) == round(AHEAD * 10))
    assert len(played(feed, 2)) == 2
    until(lambda: len(scene.rendered) >= round(AHEAD * 10))
    feed.close()
    assert len(scene.rendered) <= round(AHEAD * 10) + 2


def test_images_that_nobody_wants_are_not_rendered():
    scene = Scene()
    feed = SceneFeed(scene, lambda due: 3 <= round(due.elapsed * 10) < 5)
    taken = played(feed, 12)
    feed.close()
    images = [due for due in taken if isinstance(due.reading, ThermalReading)]
    assert [round(due.elapsed, 6) for due in images] == [0.3, 0.4]
    assert scene.rendered == [3, 4]


def test_showings_follow_one_another():
    feed = SceneFeed(Scene(), lambda due: False)
    taken = played(feed, 150)
    feed.close()
    np.testing.assert_allclose([due.elapsed for due in taken], np.arange(150) / 10, atol=1e-9)


def test_what_ends_the_computing_is_raised():
    feed = SceneFeed(Scene(3, OSError('gone')), lambda due: False)
    with pytest.raises(OSError, match='gone'):
        played(feed, 10)
    feed.close()

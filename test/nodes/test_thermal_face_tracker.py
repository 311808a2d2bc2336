"""The node thermal_face_tracker over DDS: images in, faces and overlays out."""

import numpy as np
import pytest

pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2: run `make test`')

from node_graph import clean
from sensor_msgs.msg import CameraInfo, Image
from thermal_radar_fusion.msg import FaceTrackArray

from thermal_radar_fusion.camera_model import Intrinsics
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.resources import resource
from thermal_radar_fusion.thermal.face_detector import FaceDetectorParameters
from thermal_radar_fusion.thermal.image_tracker import ImageTracker, ImageTrackerParameters
from thermal_radar_fusion.thermal.radiometry import Radiometry
from thermal_radar_fusion.thermal_messages import faces_from, image_from

IMAGE, FACES = '/lab/thermal/image_raw', '/lab/thermal/faces'
SHAPE = 120, 160
CAMERA = Intrinsics(200.0, 210.0, 79.5, 59.5, (0.0, 0.0, 0.0, 0.0, 0.0), SHAPE[1], SHAPE[0])
BLOBS = {'detector__method': 'blobs', 'radiometry__preset': 'centikelvin'}


def celsius(time):
    """Return a warm oval that moves over a cool wall (H, W) [°C]."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    inside = ((columns - 60 - 10 * time) / 14) ** 2 + ((rows - 60) / 19) ** 2
    noise = np.random.default_rng(round(time * 100)).normal(0, 0.05, SHAPE)
    return 22.0 + 13.0 * np.clip(1.5 - inside, 0, 1) + noise


def counts(time):
    return np.rint((celsius(time) + 273.15) * 100).astype(np.uint16)


def image(time, pixels=None, encoding=''):
    stamp = 100.0 + time
    pixels = counts(time) if pixels is None else pixels
    return conversions.image_message(stamp, pixels, 'thermal', encoding)


def probe(stamp):
    return conversions.image_message(stamp, np.full(SHAPE, 22.0, np.float32), 'thermal')


def walk(seconds=2.0):
    return [image(index / 10) for index in range(round(seconds * 10))]


@pytest.fixture
def tracker(graph):
    """Start a tracker and return (process, publisher of images, faces heard)."""

    def start(**parameters):
        process = graph.start('thermal_face_tracker', **{**BLOBS, **parameters})
        heard = graph.listen(FaceTrackArray, FACES)
        images = graph.publisher(Image, IMAGE)
        graph.handshake(images, probe, heard)
        return process, images, heard

    return start


def test_same_faces_as_the_core(graph, tracker):
    process, images, heard = tracker()
    sent = walk()
    graph.exchange(images, sent, heard)
    core = ImageTracker(
        ImageTrackerParameters(
            radiometry=Radiometry(preset='centikelvin'),
            detector=FaceDetectorParameters(method='blobs'),
        )
    )
    for message, answer in zip(sent, heard, strict=True):
        stamp = conversions.seconds(message.header.stamp)
        _, expected = core.update(stamp, image_from(message))
        tracked, shape = faces_from(answer)
        assert shape == SHAPE
        assert (tracked.stamp, answer.header.frame_id) == (stamp, 'thermal')
        assert len(tracked.faces) == len(expected.faces)
        for ours, theirs in zip(tracked.faces, expected.faces, strict=True):
            assert (ours.track_id, ours.status) == (theirs.track_id, theirs.status)
            np.testing.assert_allclose(ours.state, theirs.state, rtol=1e-9)
            np.testing.assert_allclose(ours.covariance, theirs.covariance, rtol=1e-9)
            np.testing.assert_allclose(ours.box, theirs.box, rtol=1e-5)
            np.testing.assert_allclose(ours.temperature, theirs.temperature, rtol=1e-6)
    assert heard[-1].faces
    assert heard[-1].faces[0].temperature == pytest.approx(35.0, abs=1.0)
    assert clean(process.stop())


def test_eight_bits_are_tracked_but_never_measured(graph, tracker):
    process, images, heard = tracker()
    grey = [
        image(i / 10, np.clip((celsius(i / 10) - 15) * 10, 0, 255).astype(np.uint8))
        for i in range(10)
    ]
    graph.exchange(images, grey, heard)
    faces = [face for message in heard for face in message.faces]
    assert faces
    assert all(np.isnan(face.temperature) for face in faces)
    status, _, errors = process.stop()
    assert status == 0
    assert errors.count('faces are not measured') == 1


def test_what_is_no_temperature_is_one_line_and_the_node_goes_on(graph, tracker):
    process, images, heard = tracker()
    # 16-bit counts of another camera; colours; fewer bytes than pixels.
    cut = image(0.2)
    cut.data = cut.data[:100]
    other = image(0.0, np.full(SHAPE, 14, np.uint16))
    colours = image(0.1, np.zeros((*SHAPE, 3), np.uint8), 'rgb8')
    for number, bad in enumerate((other, colours, cut), start=1):
        images.publish(bad)
        drops = str(number)
        graph.diagnostics(process, lambda found, drops=drops: found['drops'] == drops)
    graph.exchange(images, walk(0.5), heard)
    ended = process.stop()
    assert clean(ended)
    for words in ('does not fit this camera', "unknown encoding 'rgb8'", 'has only 100 bytes'):
        assert ended[2].count(words) == 1


def test_the_focal_length_tells_distances_unless_it_is_of_other_images(graph, tracker):
    process, images, heard = tracker()
    infos = graph.publisher(CameraInfo, '/lab/thermal/camera_info')
    wrong = conversions.WRITER.camera_info(
        99.0, Intrinsics(900.0, 900.0, 160, 128, (0.0,) * 5, 320, 256), 'thermal'
    )
    # Faces that come later are farther, by the ratio of the focal lengths.
    for one in walk():
        infos.publish(wrong)
        graph.exchange(images, [one], heard)
    before = heard[-1].faces[0].state[5]
    right = conversions.WRITER.camera_info(100.0, CAMERA, 'thermal')

    def nearer():
        infos.publish(right)
        return _distance(graph, images, heard) < 0.5 * before

    graph.wait(nearer, 'still the lens of before')
    ended = process.stop()
    assert clean(ended)
    assert ended[2].count('camera_info is for images of 320 x 256, these are 160 x 120') == 1


def _distance(graph, images, heard):
    """Return the distance of a face that is new, as the node tells it now."""
    number = len(heard)
    start = 10.0 * (1 + number)
    graph.exchange(images, [image(start + i / 10, counts(i / 10)) for i in range(8)], heard)
    return heard[-1].faces[0].state[5]


def test_an_overlay_is_drawn_where_somebody_looks(graph, tracker):
    pytest.importorskip('cv2')
    _, images, heard = tracker()
    graph.exchange(images, walk(1.0), heard)
    pictures = graph.listen(Image, '/lab/thermal/overlay')
    graph.handshake(images, probe, pictures)
    graph.exchange(images, [image(2.0 + i / 10) for i in range(8)], pictures)
    assert pictures[-1].encoding == 'rgb8'
    assert (pictures[-1].height, pictures[-1].width) == SHAPE
    colours = np.asarray(pictures[-1].data).reshape(*SHAPE, 3).astype(int)
    green = (colours[..., 1] > colours[..., 0] + 60) & (colours[..., 1] > colours[..., 2] + 60)
    assert green.any()


@pytest.mark.parametrize(
    ('weights', 'words'),
    [
        ('/nowhere/faces.onnx', 'there is no such file'),
        (str(resource('models/face_detector.onnx')), 'as YOLO does'),
    ],
    ids=['missing', 'of another shape'],
)
def test_weights_that_do_not_serve_are_one_line_and_blobs_are_found(
    graph, tracker, weights, words
):
    process, images, heard = tracker(detector__method='yolo', detector__weights=weights)
    graph.exchange(images, walk(1.0), heard)
    assert heard[-1].faces
    ended = process.stop()
    assert clean(ended)
    lines = [line for line in ended[2].splitlines() if weights in line]
    assert len(lines) == 1
    assert words in lines[0]
    assert 'warm blobs instead' in lines[0]


def test_a_stamp_never_set_is_the_time_of_receipt(graph, tracker):
    process, images, heard = tracker()
    unset = image(0.0)
    unset.header.stamp.sec = unset.header.stamp.nanosec = 0
    images.publish(unset)
    graph.wait(lambda: heard, 'no answer')
    now = graph.node.get_clock().now().nanoseconds * 1e-9
    assert abs(conversions.seconds(heard[-1].header.stamp) - now) < 60
    assert 'does not fill in header.stamp' in process.stop()[2]


@pytest.mark.parametrize(
    ('parameters', 'words'),
    [
        ({'radiometry__preset': 'warm'}, 'radiometry: preset must be one of'),
        ({'detector__rotation': 45}, 'detector: rotation must be 0, 90, 180 or 270'),
        ({'lens': 9.0}, "unknown parameter 'lens'"),
    ],
)
def test_impossible_parameters_end_it_with_one_line(graph, parameters, words):
    status, _, errors = graph.start('thermal_face_tracker', **parameters).finish()
    assert status == 2
    assert words in errors
    assert 'Traceback' not in errors

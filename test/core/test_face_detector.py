"""Detectors of faces in simulated thermal images."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standing_people import camera, celsius, somebody, standing

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.resources import resource
from thermal_radar_fusion.simulation.thermal_background import RoomModel
from thermal_radar_fusion.simulation.thermal_noise import NoiseModel
from thermal_radar_fusion.thermal.boxes import overlaps, surest
from thermal_radar_fusion.thermal.face_detector import (
    DetectorError,
    FaceDetectorParameters,
    face_detector,
    turned_back,
)
from thermal_radar_fusion.thermal.face_picture import contrasts, face_picture
from thermal_radar_fusion.thermal.face_region import Orientation
from thermal_radar_fusion.thermal.thermal_image import ThermalImage


@pytest.fixture(scope='module')
def network():
    """The network that is shipped."""
    return face_detector(FaceDetectorParameters())


def scene(people, seed=1, **room):
    """Return the image of people (x, y, appearance) who look at a camera, and their boxes."""
    one = camera(seed, noise=NoiseModel(shutter_interval=0), room=RoomModel(**room))
    bodies = [
        (somebody(f'{k}', **looks), standing(x, y, math.pi + math.atan2(y, x)))
        for k, (x, y, looks) in enumerate(people)
    ]
    image = ThermalImage(0.0, celsius(one.render(0.0, bodies, 0)).astype(np.float32))
    return image, np.array([face.box for face in one.faces(bodies, 0)])


def found_share(detector, image, truth, least=0.5):
    """Return the share of true boxes that are found, and how many other boxes were."""
    found = [face.box for face in detector.detect(image)]
    shared = overlaps(truth, found)
    hits = (shared.max(axis=1, initial=0) >= least).sum()
    return hits / len(truth), len(found) - hits


LOOKS = [
    {},
    {'glasses': True},
    {'mask': True},
    {'beard': True},
    {'hat': 'cap'},
    {'hat': 'headscarf'},
    {'hair': 'bald'},
    {'hair': 'long'},
    {'temperature': 39.0},
]


@pytest.mark.parametrize('looks', LOOKS, ids=str)
@pytest.mark.parametrize('distance', [1.5, 3.0])
def test_whoever_looks_at_the_camera_is_found(network, looks, distance):
    image, truth = scene([(distance, 0.1, looks)])
    assert found_share(network, image, truth) == (1.0, 0)


@pytest.mark.parametrize('distance', [0.8, 2.0, 4.0, 6.0])
def test_near_and_far_faces_are_found_with_their_height(network, distance):
    image, truth = scene([(distance, 0.0, {})])
    (face,) = network.detect(image)
    height = (1 + face.chin_room) * (truth[0, 3] - truth[0, 1])
    assert face.height == pytest.approx(height, rel=0.12, abs=1.5)


def test_three_people_in_a_furnished_room(network):
    people = [(2.0, 0.5, {}), (3.0, -0.4, {'glasses': True}), (4.0, 0.3, {'hair': 'long'})]
    shares = []
    for seed in range(4):
        image, truth = scene(people, seed, distractors=10)
        shares.append(found_share(network, image, truth))
    assert np.mean([share for share, _ in shares]) >= 0.9
    assert sum(false for _, false in shares) <= 1


def found_among(bodies, seed, network):
    """Return how many faces are found in a furnished room with these bodies."""
    one = camera(seed, room=RoomModel(distractors=12))
    image = ThermalImage(0.0, celsius(one.render(0.0, bodies, 0)).astype(np.float32))
    return len(network.detect(image))


def test_empty_rooms_have_no_faces(network):
    assert [found_among([], seed, network) for seed in range(6)] == [0] * 6


def test_backs_of_heads_are_hardly_ever_faces(network):
    backs = [(somebody('a'), standing(2.0, 0.3, 0.0)), (somebody('b'), standing(3.0, -0.6, 0.2))]
    assert sum(found_among(backs, seed, network) for seed in range(6)) <= 1


def test_grey_levels_will_do(network):
    image, truth = scene([(2.0, 0.2, {}), (3.0, -0.5, {})])
    low, high = np.percentile(image.values, (1, 99.9))
    levels = np.rint(255 * np.clip((image.values - low) / (high - low), 0, 1))
    grey = ThermalImage(0.0, levels.astype(np.float32), radiometric=False)
    assert found_share(network, grey, truth)[0] == 1.0


def test_what_is_no_skin_is_no_face_where_temperatures_are_known(network):
    image, truth = scene([(2.0, 0.0, {})])
    assert found_share(network, image, truth)[0] == 1.0
    hot = replace(image, values=image.values + 60)
    assert network.detect(hot) == []
    assert len(network.detect(replace(hot, radiometric=False))) == 1


@pytest.mark.parametrize('rotation', [0, 90, 180, 270])
def test_a_camera_on_its_side_sees_the_same_faces(rotation):
    upright, truth = scene([(2.0, 0.2, {}), (3.0, -0.5, {})])
    turns = rotation // 90
    image = replace(upright, values=np.ascontiguousarray(np.rot90(upright.values, turns)))
    detector = face_detector(FaceDetectorParameters(rotation=rotation))
    found = detector.detect(image)
    mask_boxes = [_turned(box, turns, upright.shape) for box in truth]
    assert np.sort(overlaps(mask_boxes, [f.box for f in found]).max(axis=1))[0] > 0.5
    assert len(found) == 2


def _turned(box, turns, shape):
    """Return where a box comes to lie when its image is turned counterclockwise."""
    mask = np.zeros(shape, bool)
    x0, y0, x1, y1 = np.rint(box).astype(int)
    mask[y0 : y1 + 1, x0 : x1 + 1] = True
    rows, columns = np.nonzero(np.rot90(mask, turns))
    return columns.min(), rows.min(), columns.max(), rows.max()


@given(
    shape=st.tuples(st.integers(3, 40), st.integers(3, 40)),
    turns=st.integers(0, 3),
    seed=st.integers(0, 1000),
)
def test_boxes_turn_back_as_pixels_do(shape, turns, seed):
    draw = np.random.default_rng(seed)
    y0, y1 = np.sort(draw.integers(0, shape[0], 2))
    x0, x1 = np.sort(draw.integers(0, shape[1], 2))
    clockwise = _turned((x0, y0, x1, y1), -turns, shape)
    assert turned_back(clockwise, turns, shape) == (x0, y0, x1, y1)


@given(
    corners=st.lists(st.floats(0, 30), min_size=4, max_size=4),
    room=st.floats(0, 0.5),
    turns=st.integers(0, 3),
)
def test_room_below_the_chin_is_cut_where_the_chin_is(corners, room, turns):
    x0, y0 = corners[:2]
    face = x0, y0, x0 + corners[2] + 1, y0 + corners[3] + 1
    drawn = (*face[:3], face[3] + room * (face[3] - face[1]))
    back = turned_back(drawn, turns, (90, 70))
    cut = Orientation(90 * turns).down_to_chin(back, room)
    assert cut == pytest.approx(turned_back(face, turns, (90, 70)))


@given(
    scale=st.floats(0.01, 100),
    offset=st.floats(-500, 500),
    shape=st.sampled_from([(120, 160), (180, 180), (512, 640), (37, 91)]),
)
def test_the_picture_does_not_depend_on_the_unit(scale, offset, shape):
    values = np.random.default_rng(1).normal(20, 3, shape).astype(np.float32)
    other = (values.astype(float) * scale + offset).astype(np.float32)
    assert np.abs(contrasts(values) - contrasts(other)).max() < 0.05


@pytest.mark.parametrize('shape', [(512, 640), (640, 512), (120, 160), (16, 900), (5, 5)])
def test_pictures_of_any_image_have_about_the_same_size(shape):
    picture = face_picture(np.zeros(shape, np.float32))
    channels, rows, columns = picture.channels.shape
    assert channels == 2
    assert rows % 32 == columns % 32 == 0
    assert np.isfinite(picture.channels).all()
    boxes = np.array([[-0.5, -0.5, shape[1] * picture.scale[0] - 0.5, 7.5]])
    assert picture.to_image(boxes)[0, 2] == pytest.approx(shape[1] - 0.5)


@pytest.mark.parametrize('method', ['network', 'blobs'])
@pytest.mark.parametrize(
    'values', [np.zeros((4, 4)), np.full((60, 80), 22.0), np.full((1, 1), 35.0)], ids=str
)
def test_dull_and_tiny_images_are_no_trouble(method, values):
    detector = face_detector(FaceDetectorParameters(method=method))
    assert detector.detect(ThermalImage(0.0, values.astype(np.float32))) == []


@pytest.mark.parametrize('radiometric', [True, False])
def test_blobs_find_a_bare_face_without_any_weights(radiometric):
    image, truth = scene([(2.5, 0.0, {'hat': 'headscarf'})], distractors=0)
    detector = face_detector(FaceDetectorParameters(method='blobs'))
    found = detector.detect(replace(image, radiometric=radiometric))
    assert overlaps(truth, [face.box for face in found]).max() > 0.5


def test_of_two_boxes_on_one_face_the_surer_stays():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [30, 0, 40, 10], [0, 0, 10, 10]], float)
    scores = np.array([0.5, 0.9, 0.6, 0.4])
    assert surest(boxes, scores, 0.45).tolist() == [1, 2]
    assert surest(boxes, scores, 1.0).tolist() == [1, 2, 0, 3]
    assert surest(np.zeros((0, 4)), np.zeros(0), 0.5).tolist() == []


def pixels_of(box):
    x, y = np.meshgrid(np.arange(20), np.arange(20))
    return (x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3])


@given(st.lists(st.integers(0, 19), min_size=8, max_size=8))
def test_overlaps_as_by_counting_pixels(numbers):
    corners = np.sort(np.array(numbers).reshape(2, 2, 2), axis=1)
    a, b = corners[:, :, 0][0], corners[:, :, 0][1]
    c, d = corners[:, :, 1][0], corners[:, :, 1][1]
    boxes = np.array([[a[0], c[0], a[1], c[1]], [b[0], d[0], b[1], d[1]]], float)
    masks = [pixels_of(box) for box in boxes]
    union = (masks[0] | masks[1]).sum()
    expected = (masks[0] & masks[1]).sum() / union if union else 0.0
    assert overlaps(boxes[:1], boxes[1:])[0, 0] == pytest.approx(expected)


def test_bad_parameters_are_named():
    with pytest.raises(ParameterError, match='rotation must be 0, 90, 180 or 270, got 45'):
        FaceDetectorParameters(rotation=45)
    with pytest.raises(ParameterError, match='weights'):
        FaceDetectorParameters(method='yolo')
    with pytest.raises(ParameterError, match='method'):
        FaceDetectorParameters(method='haar')


def test_weights_that_are_missing_or_no_network_are_one_line(tmp_path):
    with pytest.raises(DetectorError, match='there is no such file'):
        face_detector(FaceDetectorParameters(weights=str(tmp_path / 'none.onnx')))
    (tmp_path / 'text.onnx').write_text('hello')
    with pytest.raises(DetectorError, match=r'text.onnx: is no ONNX network') as caught:
        face_detector(FaceDetectorParameters(weights=str(tmp_path / 'text.onnx')))
    assert '\n' not in str(caught.value)


def test_the_shipped_network_is_small_and_no_yolo():
    file = resource('models/face_detector.onnx')
    assert file.stat().st_size < 2_000_000
    with pytest.raises(DetectorError, match='as YOLO does'):
        face_detector(FaceDetectorParameters(method='yolo', weights=str(file)))

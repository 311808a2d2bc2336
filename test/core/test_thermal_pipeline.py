"""Thermal images and radar frames offline, and what goes on without what is missing."""

import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from walking_faces import INTRINSICS, MOUNTING, radar_track

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.bags import BagImage, BagWriter, open_bag
from thermal_radar_fusion.cli import run
from thermal_radar_fusion.deployment import parse_deployment
from thermal_radar_fusion.fusion.screened import NOTICE, Screening, by_track
from thermal_radar_fusion.pipeline import process
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.screening_figures import final, person_name, verdict
from thermal_radar_fusion.thermal.faces import TrackedFaces
from thermal_radar_fusion.thermal.image_tracker import ImageTracker, ImageTrackerParameters
from thermal_radar_fusion.thermal.overlay import colored, label, overlay
from thermal_radar_fusion.thermal_pipeline import ThermalPipeline

SHAPE = 120, 160
CAMERA = replace(INTRINSICS, fx=200.0, fy=200.0, cx=79.5, cy=59.5, width=160, height=120)
CONTENT = {
    'rooms': {'lab': {}},
    'radars': {'radar': {'room': 'lab'}},
    'cameras': {
        'thermal': {
            'room': 'lab',
            'mounting': dict(zip('xyz', MOUNTING.translation.tolist(), strict=True)),
            'radiometry': {'preset': 'centikelvin'},
            'detector': {'method': 'blobs'},
            'screening': {'rule': 'fixed', 'threshold': 33.0},
        }
    },
}
IMAGE, INFO = '/lab/thermal/image_raw', '/lab/thermal/camera_info'


def deployment(**changes):
    camera = {**CONTENT['cameras']['thermal'], **changes}
    return parse_deployment({**CONTENT, 'cameras': {'thermal': camera}})


def celsius(time):
    """Return a face before a wall (H, W) [°C] that comes nearer and moves to the right."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    inside = ((columns - 70 - 4 * time) / 13) ** 2 + ((rows - 62) / 18) ** 2
    noise = np.random.default_rng(round(time * 100)).normal(0, 0.05, SHAPE)
    return 22.0 + 13.0 * np.clip(1.5 - inside, 0, 1) + noise


def counts(time):
    return np.rint((celsius(time) + 273.15) * 100).astype(np.uint16)


def images(seconds=3.0, make=counts):
    return [BagImage('thermal', 100.0 + i / 10, make(i / 10)) for i in range(round(seconds * 10))]


def info(camera=CAMERA):
    return messages.WRITER.camera_info(100.0, camera, 'thermal')


def told_by(deployed, infos, readings):
    """Return what came of images, and what was told."""
    told = []
    return process(readings, deployed, infos, told.append), told


def place(face):
    """Return where on the floor somebody with this face is, as its size tells it."""
    ray = (face.state[0] - CAMERA.cx) / CAMERA.fx
    forward = face.distance / math.hypot(1.0, ray)
    return forward, MOUNTING.translation[1] - forward * ray


def test_a_face_gets_the_radar_track_that_walks_with_it():
    pipeline = ThermalPipeline(deployment(), {'thermal': info()})
    tracker = ImageTracker(deployment().cameras['thermal'].images)
    tracker.set_focal_length(CAMERA.fy)
    for image in images():
        _, seen = tracker.update(image.stamp, image.pixels)
        tracks = [radar_track(3, place(face), image.stamp) for face in seen.faces[:1]]
        pipeline.radar('lab', image.stamp, tracks)
        made = pipeline.image('thermal', image.stamp, image.pixels)
    assert [s.track_id for s in made.screenings] == [3]
    found = pipeline.screened('lab')[3]
    assert found.temperature == pytest.approx(35.0, abs=0.8)
    assert found.elevated
    assert pipeline.screened('attic') == {}


def test_without_radar_tracks_faces_are_measured():
    processed, told = told_by(deployment(), {'thermal': info()}, images())
    assert told == []
    assert len(processed.images) == 30
    assert processed.duration == pytest.approx(2.9)
    (found,) = processed.temperatures
    assert person_name(found) == f'thermal:{found.face_id}'
    assert processed.summary()['temperatures'][0]['temperature_c'] == found.temperature
    assert processed.summary()['images'] == 30


@pytest.mark.parametrize(
    ('changes', 'infos', 'make', 'words'),
    [
        ({'mounting': None}, {'thermal': info()}, counts, 'never calibrated'),
        ({}, {}, counts, 'neither camera_info nor intrinsics'),
        ({}, {'thermal': info(INTRINSICS)}, counts, 'of 640 x 512, these are 160 x 120'),
        ({}, {'thermal': info()}, lambda t: counts(t) // 100, 'does not fit this camera'),
        (
            {'detector': {'method': 'yolo', 'weights': '/nowhere.onnx'}},
            {'thermal': info()},
            counts,
            'warm blobs instead',
        ),
        (
            {},
            {'thermal': info()},
            lambda t: np.clip(8 * (celsius(t) - 15), 0, 255).astype(np.uint8),
            'faces are not measured',
        ),
        (
            {'intrinsics': {'fx': 9, 'fy': 9, 'width': 64, 'height': 64}},
            {},
            counts,
            'of 64 x 64, these are 160 x 120',
        ),
    ],
)
def test_what_is_missing_is_told_once_in_one_line(changes, infos, make, words):
    _, told = told_by(deployment(**changes), infos, images(make=make))
    assert len(told) == 1
    assert words in told[0]
    assert told[0].startswith('thermal: ')
    assert '\n' not in told[0]


def test_grey_levels_are_followed_but_never_measured():
    grey = images(make=lambda t: np.clip(8 * (celsius(t) - 15), 0, 255).astype(np.uint8))
    processed, _ = told_by(deployment(), {'thermal': info()}, grey)
    assert any(image.tracked.faces for image in processed.images)
    assert processed.temperatures == []


def test_the_focal_length_is_taken_unless_the_model_was_fitted():
    for given, changes in ((False, {}), (True, {'distance_model': 'fitted'})):
        tracker = ImageTracker(
            ImageTrackerParameters.from_mapping(
                {'detector': {'method': 'blobs'}, 'radiometry': {'preset': 'celsius'}, **changes}
            )
        )
        tracker.set_focal_length(20.0)
        for index in range(8):
            _, tracked = tracker.update(index / 10, celsius(index / 10).astype(np.float32))
        assert (tracked.faces[0].distance > 1.0) == given


def screening(camera='thermal', face_id=1, track_id=0, samples=9, **changes):
    return Screening(
        'lab', camera, track_id, face_id, temperature=36.0, samples=samples, **changes
    )


def test_everybody_is_told_once_in_the_end():
    said = [
        screening(face_id=1),
        screening(face_id=1, track_id=4),
        screening(face_id=2, track_id=4, samples=20),
        screening(face_id=5),
        replace(screening(face_id=9), temperature=math.nan),
    ]
    assert [person_name(found) for found in final(said)] == ['thermal:5', 'lab#4']
    assert final(said)[1].samples == 20
    assert by_track(said)[4].samples == 20


def test_a_verdict_is_a_word():
    assert verdict(screening()) == ''
    assert verdict(screening(margin=-1.0)) == 'usual'
    assert verdict(screening(margin=1.0, elevated=True)) == 'elevated'


def test_faces_and_screenings_of_bags_come_back(tmp_path):
    processed, _ = told_by(deployment(), {'thermal': info()}, images())
    last = processed.images[-1]
    with BagWriter(tmp_path / 'bag') as bag:
        bag.faces('/lab/thermal/faces', 'thermal', last.tracked, last.shape)
        bag.screenings('lab', last.stamp, last.screenings)
    with open_bag(tmp_path / 'bag') as bag:
        ((camera, tracked),) = bag.faces()
        ((stamp, screenings),) = bag.screenings()
    assert (camera, stamp) == ('thermal', last.stamp)
    for ours, theirs in zip(tracked.faces, last.tracked.faces, strict=True):
        np.testing.assert_array_equal(ours.covariance, theirs.covariance)
        np.testing.assert_allclose(ours.box, theirs.box, rtol=1e-6)
        assert (ours.track_id, ours.status) == (theirs.track_id, theirs.status)
    assert [s.face_id for s in screenings] == [s.face_id for s in last.screenings]
    assert screenings[0].temperature == pytest.approx(last.screenings[0].temperature, rel=1e-6)


@pytest.fixture
def bag(tmp_path):
    """Write a bag with radar frames, images and their deployment."""
    with BagWriter(tmp_path / 'bag') as writer:
        writer.deployment(CONTENT)
        for image in images():
            writer.frame('lab', RadarFrame(image.stamp - 0.02, np.empty((0, 5)), 'radar'))
            sent = messages.WRITER.image(image.stamp, image.pixels, 'thermal')
            writer.write(IMAGE, messages.IMAGE, image.stamp, sent)
            writer.write(INFO, messages.CAMERA_INFO, image.stamp, info())
    return tmp_path / 'bag'


def test_images_lie_among_the_clouds_in_the_order_of_time(bag):
    with open_bag(bag) as opened:
        readings = list(opened.readings(opened.radar_sources(), {IMAGE: 'thermal'}))
    kinds = [isinstance(reading, BagImage) for reading in readings]
    assert kinds == [False, True] * 30
    np.testing.assert_array_equal(readings[1].pixels, counts(0.0))


def test_trf_process_takes_temperatures(bag, tmp_path, capsys):
    figures = tmp_path / 'figures.json'
    assert run(['process', str(bag), '-o', str(tmp_path / 'out'), '--json', str(figures)]) == 0
    printed = ' '.join(capsys.readouterr().out.split())
    assert NOTICE in printed
    assert 'thermal:1' in printed
    (found,) = json.loads(figures.read_text())['temperatures']
    assert found['temperature_c'] == pytest.approx(35.0, abs=0.8)
    # Nobody whom the radar sees: measured, not judged.
    assert found['threshold_c'] is None
    table = (tmp_path / 'out' / 'temperatures.csv').read_text().splitlines()
    assert len(table) == 2
    assert NOTICE in (tmp_path / 'out' / 'report.html').read_text()
    with open_bag(tmp_path / 'out' / 'results') as results:
        assert results.counts['/lab/screenings'] == results.counts['/lab/thermal/faces'] == 30


def test_trf_process_tells_what_is_missing_on_stderr(bag, capsys):
    assert run(['process', str(bag), '--set', 'cameras.radiometry.preset=grey']) == 0
    assert 'thermal: the images are no temperatures' in capsys.readouterr().err


@pytest.mark.parametrize(
    'setting', ['cameras.lens=3', 'cameras.screening.rule=mine', 'camera.a=1']
)
def test_impossible_settings_of_cameras_are_one_line(bag, capsys, setting):
    assert run(['process', str(bag), '--set', setting]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_an_encoding_that_is_not_known_is_one_line(tmp_path, capsys):
    with BagWriter(tmp_path / 'bag') as writer:
        writer.deployment(CONTENT)
        writer.frame('lab', RadarFrame(100.0, np.empty((0, 5)), 'radar'))
        colours = np.zeros((*SHAPE, 3), np.uint8)
        sent = messages.WRITER.image(100.0, colours, 'thermal', 'rgb8')
        writer.write(IMAGE, messages.IMAGE, 100.0, sent)
    assert run(['process', str(tmp_path / 'bag')]) == 2
    assert "unknown encoding 'rgb8'" in capsys.readouterr().err


def test_the_overlay_has_a_box_around_each_face():
    pytest.importorskip('cv2')
    tracker = ImageTracker(deployment().cameras['thermal'].images)
    for image in images(1.0):
        seen, tracked = tracker.update(image.stamp, image.pixels)
    drawn, plain = overlay(seen, tracked), overlay(seen, TrackedFaces(1.0, ()))
    assert drawn.shape == (*SHAPE, 3)
    rows, columns = np.nonzero((drawn != plain).any(axis=-1))
    x0, _, _, y1 = tracked.faces[0].box
    assert columns.min() <= round(x0) + 1
    assert rows.max() == pytest.approx(y1, abs=2)
    assert label(tracked.faces[0]).startswith('1 3')


def test_colours_go_from_cold_to_warm():
    colours = colored(np.linspace(20, 37, 200, dtype=np.float32).reshape(10, 20)).astype(int)
    assert colours[0, 0].sum() < 60
    assert colours[-1, -1].sum() > 600
    assert (np.diff(colours.sum(axis=-1).ravel()) >= -12).all()
    assert colored(np.zeros((4, 4), np.float32)).shape == (4, 4, 3)


def test_a_camera_info_of_another_kind_of_message_is_not_needed():
    """Whatever has the fields of CameraInfo serves."""
    sent = info()
    fields = ('k', 'd', 'width', 'height', 'distortion_model')
    plain = SimpleNamespace(**{name: getattr(sent, name) for name in fields})
    processed, told = told_by(deployment(), {'thermal': plain}, images(0.5))
    assert (len(processed.images), told) == (5, [])

"""Bags with images, cameras, mountings, heads and temperatures, read back and by rosbags alone."""

import json
import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rosbags.highlevel import AnyReader

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.bags import STORAGES, BagError, BagWriter, open_bag
from thermal_radar_fusion.datasets.recording import TruePerson
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.thermal_messages import image_from
from thermal_radar_fusion.topics import lowres_ir_topic, thermal_topic

IMAGE, CAMERA = thermal_topic('lab', 'image_raw'), thermal_topic('lab', 'camera_info')
LOWRES = lowres_ir_topic('lab')


@dataclass(frozen=True)
class Camera:
    """A pinhole as simulated cameras describe themselves."""

    width: int = 640
    height: int = 512
    fx: float = 700.5
    fy: float = 701.5
    cx: float = 319.0
    cy: float = 255.0
    distortion: tuple = (-0.3, 0.1, 0.001, -0.002, 0.01)


PIXELS = np.arange(512 * 640, dtype=np.uint32).reshape(512, 640).astype(np.uint16)
CELSIUS = np.linspace(18, 36, 24 * 32, dtype=np.float32).reshape(24, 32)
MOUNTINGS = {
    'north': RigidTransform.from_xyz_rpy((1.0, 2.0, 2.5), (0.1, 0.3, -2.0)),
    'ceiling': RigidTransform.from_xyz_rpy((3.5, 0.0, 3.0), (0.0, math.pi / 2, 0.0)),
}


def write(path, storage='mcap', **options):
    with BagWriter(path, storage=storage, **options) as bag:
        bag.deployment({'rooms': {'lab': {}}, 'radars': {'r': {'room': 'lab'}}})
        bag.mountings(99.5, MOUNTINGS)
        for index in range(4):
            stamp = 100.0 + index / 15
            thermal = messages.WRITER.image(stamp, PIXELS + index, 'north')
            camera = messages.WRITER.camera_info(stamp, Camera(), 'north')
            lowres = messages.WRITER.image(stamp, CELSIUS + index, 'ceiling')
            bag.write(IMAGE, messages.IMAGE, stamp, thermal)
            bag.write(CAMERA, messages.CAMERA_INFO, stamp, camera)
            bag.write(LOWRES, messages.IMAGE, stamp, lowres)
            bag.frame('lab', RadarFrame(stamp, np.ones((3, 5)), 'r'))


@pytest.mark.parametrize(
    ('storage', 'compress'), [('mcap', False), ('mcap', True), ('sqlite3', False)]
)
def test_images_cameras_and_mountings_come_back(tmp_path, storage, compress):
    write(tmp_path / 'bag', storage, compress=compress)
    with open_bag(tmp_path / 'bag') as bag:
        thermal, lowres = list(bag.images(IMAGE)), list(bag.images(LOWRES))
        cameras, mountings = list(bag.camera_infos(CAMERA)), bag.mountings()
        assert bag.latched == {'/tf_static'}
        assert bag.deployment == {'rooms': {'lab': {}}, 'radars': {'r': {'room': 'lab'}}}
    for index, (image, cells) in enumerate(zip(thermal, lowres, strict=True)):
        assert (image.sensor, cells.sensor) == ('north', 'ceiling')
        assert image.stamp == cells.stamp == pytest.approx(100.0 + index / 15, abs=1e-9)
        assert (image.pixels.dtype, cells.pixels.dtype) == (np.uint16, np.float32)
        np.testing.assert_array_equal(image.pixels, PIXELS + index)
        np.testing.assert_array_equal(cells.pixels, CELSIUS + index)
    np.testing.assert_allclose(cameras[0].k, [700.5, 0, 319, 0, 701.5, 255, 0, 0, 1])
    np.testing.assert_allclose(cameras[0].d, Camera.distortion)
    assert set(mountings) == set(MOUNTINGS)
    for name, pose in MOUNTINGS.items():
        np.testing.assert_allclose(mountings[name].rotation, pose.rotation, atol=1e-8)
        np.testing.assert_allclose(mountings[name].translation, pose.translation)


def test_other_readers_find_standard_messages(tmp_path):
    write(tmp_path / 'bag')
    with AnyReader([tmp_path / 'bag']) as reader:
        connections = {c.topic: c for c in reader.connections}
        first = {c.topic: reader.deserialize(d, c.msgtype) for c, _, d in reader.messages()}
    assert connections[IMAGE].msgtype == 'sensor_msgs/msg/Image'
    assert connections[CAMERA].msgtype == 'sensor_msgs/msg/CameraInfo'
    image, cells, camera = first[IMAGE], first[LOWRES], first[CAMERA]
    assert (image.encoding, image.step, len(image.data)) == ('mono16', 1280, 512 * 1280)
    assert (cells.encoding, cells.step, cells.height) == ('32FC1', 128, 24)
    assert (camera.distortion_model, camera.width, camera.height) == ('plumb_bob', 640, 512)
    assert camera.header.stamp == image.header.stamp
    np.testing.assert_allclose(camera.p.reshape(3, 4)[:, :3], camera.k.reshape(3, 3))
    durability = {t: c.ext.offered_qos_profiles[0].durability.name for t, c in connections.items()}
    assert durability.pop('/tf_static') == 'TRANSIENT_LOCAL'
    assert set(durability.values()) == {'VOLATILE'}


def test_compression_makes_a_bag_smaller(tmp_path):
    write(tmp_path / 'plain')
    write(tmp_path / 'small', compress=True)
    plain, small = ((tmp_path / n / f'{n}.mcap').stat().st_size for n in ('plain', 'small'))
    assert small < plain / 2


@pytest.mark.parametrize('storage', STORAGES)
def test_the_same_content_makes_the_same_bytes(tmp_path, storage):
    for folder in ('a', 'b'):
        write(tmp_path / folder / 'bag', storage, compress=True)
    for ours in (tmp_path / 'a' / 'bag').iterdir():
        assert ours.read_bytes() == (tmp_path / 'b' / 'bag' / ours.name).read_bytes(), ours.name


def test_heads_and_temperatures_come_back_and_unknown_stays_unknown(tmp_path):
    known = TruePerson('ada', np.zeros(3), np.ones(3), np.array([0.1, 0.2, 1.6]), 36.25)
    unknown = TruePerson('bob', np.ones(3), np.zeros(3))
    with BagWriter(tmp_path / 'bag') as bag:
        bag.truth('lab', 100.0, [known, unknown])
    with open_bag(tmp_path / 'bag') as bag:
        ada, bob = bag.truth().at('lab', 100.0)
    np.testing.assert_array_equal(ada.head, known.head)
    assert ada.temperature == 36.25
    assert bob.head is None
    assert math.isnan(bob.temperature)


def test_tracked_people_have_no_head_and_no_temperature_yet():
    person = messages.WRITER.person('lab#1', 'lab', None, None)
    assert math.isnan(person.temperature)
    assert all(math.isnan(value) for value in (person.head.x, person.head.y, person.head.z))


@settings(max_examples=40, deadline=None)
@given(
    pixels=st.sampled_from(['uint8', 'uint16', 'float32']).flatmap(
        lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9))
    ),
    padding=st.integers(0, 5),
    big=st.booleans(),
)
def test_images_of_any_layout_are_read(pixels, padding, big):
    content = messages.WRITER.image(5.0, pixels, 'camera')
    stored = pixels.astype(pixels.dtype.newbyteorder('>' if big else '<'))
    rows = stored.view(np.uint8).reshape(len(pixels), -1)
    content.data = np.pad(rows, ((0, 0), (0, padding))).ravel()
    content.step, content.is_bigendian = rows.shape[1] + padding, int(big)
    read = image_from(content)
    assert read.dtype == pixels.dtype
    np.testing.assert_array_equal(read, pixels)


@pytest.mark.parametrize(
    ('change', 'text'),
    [
        ({'encoding': 'rgb8'}, "unknown encoding 'rgb8'"),
        ({'height': 25}, '32 x 25'),
        ({'step': 4}, 'has only'),
    ],
)
def test_an_image_that_cannot_be_read_is_one_line(tmp_path, change, text):
    content = messages.WRITER.image(5.0, CELSIUS, 'ceiling')
    for name, value in change.items():
        setattr(content, name, value)
    with BagWriter(tmp_path / 'bag') as bag:
        data = messages.serialized(messages.IMAGE, content)
        bag.serialized(LOWRES, messages.IMAGE, 5_000_000_000, data)
    with open_bag(tmp_path / 'bag') as bag, pytest.raises(BagError, match=text) as caught:
        list(bag.images(LOWRES))
    assert '\n' not in str(caught.value)


def test_a_topic_without_images_is_told(tmp_path):
    write(tmp_path / 'bag')
    with open_bag(tmp_path / 'bag') as bag:
        with pytest.raises(BagError, match='no sensor_msgs/msg/Image on /attic/image; it has'):
            list(bag.images('/attic/image'))
        with pytest.raises(BagError, match='on /lab/radar/points'):
            list(bag.camera_infos('/lab/radar/points'))


def test_custom_data_that_is_damaged_is_told(tmp_path):
    write(tmp_path / 'bag')
    metadata = tmp_path / 'bag' / 'metadata.yaml'
    text = metadata.read_text()
    assert json.dumps('lab') in text
    metadata.write_text(text.replace('"lab"', '"lab'))
    with pytest.raises(BagError, match='damaged'), open_bag(tmp_path / 'bag'):
        pass

"""Thermal images through the node graph over DDS and offline give the same temperatures."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2: run `make test`')

from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from test_offline_equals_graph import empty_cloud, patient, seconds_of
from thermal_radar_fusion.msg import ContactArray, FaceTrackArray, PersonArray, ScreeningArray

from thermal_radar_fusion.bags import BagImage, open_bag
from thermal_radar_fusion.deployment import load_deployment, recorded_deployment
from thermal_radar_fusion.fusion.screened import by_track
from thermal_radar_fusion.node_specs import node_specs
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.pipeline import process
from thermal_radar_fusion.resources import resource
from thermal_radar_fusion.simulated_bags import write_simulation
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import Simulation
from thermal_radar_fusion.thermal_messages import faces_from

IMAGE, CAMERA = '/lab/thermal/image_raw', '/lab/thermal/camera_info'
POINTS, FACES, SCREENINGS = '/lab/radar/points', '/lab/thermal/faces', '/lab/screenings'
SHAPE = 256, 320
INFOS = 5

# The order in which a track and an image arrive at the associator is not that of their sending:
# a reading may be corrected for where the person was a tenth of a second ago.
TOLERANCE_K = 0.05


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    """Write a simulated scene with radar and thermal camera, of which one has a temperature."""
    path = tmp_path_factory.mktemp('bags') / 'reception'
    scenario = load_scenario('reception')
    write_simulation(path, Simulation(scenario, 0, 7.0, ('radar', 'thermal')))
    return path


@pytest.fixture
def deployment(bag):
    with open_bag(bag) as opened:
        recorded = recorded_deployment(opened)
    # Judged as in the demonstration, of which this is the beginning.
    demo = load_deployment(resource('config/demo.yaml'))
    return dataclasses.replace(recorded, cameras=demo.cameras)


def readings_of(bag):
    """Return everything that the sensors say, in its order, and the camera_info."""
    with open_bag(bag) as opened:
        readings = list(opened.readings(opened.radar_sources(), {IMAGE: 'thermal'}))
        return readings, next(opened.camera_infos(CAMERA))


def empty_image(stamp):
    return conversions.image_message(stamp, np.full(SHAPE, 22.0, np.float32), 'thermal')


def info_message(info):
    """Return a CameraInfo of a bag as rclpy has it."""
    sent = CameraInfo(height=info.height, width=info.width, distortion_model=info.distortion_model)
    sent.d, sent.k = list(info.d), list(info.k)
    return sent


def heard(graph, bag, deployment):
    """Play a bag into the graph reading by reading; return what the nodes said."""
    for spec in node_specs(deployment, ingest=False, visualizer=False):
        graph.start_spec(patient(spec))
    readings, info = readings_of(bag)
    contacts = graph.listen(ContactArray, '/contacts')
    people = graph.listen(PersonArray, '/people')
    screenings = graph.listen(ScreeningArray, SCREENINGS)
    faces = graph.listen(FaceTrackArray, FACES)
    points = graph.publisher(PointCloud2, POINTS)
    images = graph.publisher(Image, IMAGE)
    infos = graph.node.create_publisher(CameraInfo, CAMERA, 10)
    graph.wait(lambda: infos.get_subscription_count() == 2, 'nobody listens to camera_info')
    graph.handshake(points, empty_cloud, contacts)
    # A camera sends it with each image, and to sensor data nobody listens reliably: some are lost
    # until the nodes have found this camera.
    for _ in range(INFOS):
        infos.publish(info_message(info))
        graph.handshake(images, empty_image, screenings)
    for reading in readings:
        if isinstance(reading, BagImage):
            sent = conversions.image_message(reading.stamp, reading.pixels, reading.sensor)
            graph.exchange(images, [sent], screenings)
        else:
            sent = conversions.cloud_message(reading.frame, reading.frame.sensor)
            graph.exchange(points, [sent], contacts)
    last = max(reading.stamp for reading in readings if isinstance(reading, BagImage))
    graph.wait(lambda: any(seconds_of(m) == last for m in faces), 'faces are missing')
    return {seconds_of(m): m for m in faces}, screenings, people


def test_faces_and_temperatures_are_the_same(graph, bag, deployment):
    readings, info = readings_of(bag)
    offline = process(
        (r if isinstance(r, BagImage) else (r.room, r.frame) for r in readings),
        deployment,
        {'thermal': info},
    )
    faces, screenings, people = heard(graph, bag, deployment)
    assert len(offline.images) == sum(isinstance(r, BagImage) for r in readings)
    for image in offline.images:
        tracked, shape = faces_from(faces[image.stamp])
        assert shape == image.shape
        assert_same_faces(tracked.faces, image.tracked.faces)
    said = conversions.screenings_from(screenings[-1])
    assert_same_people(said, offline.images[-1].screenings)
    # The one who comes in first has a temperature.
    assert [found.elevated for found in by_track(said).values()] == [True]
    warm = {p.person: p.temperature for message in people for p in message.people}
    expected = {f'lab#{found.track_id}' for found in said if found.track_id and found.is_measured}
    assert {name for name, temperature in warm.items() if np.isfinite(temperature)} <= expected


def assert_same_faces(ours, theirs):
    assert [face.track_id for face in ours] == [face.track_id for face in theirs]
    for own, other in zip(ours, theirs, strict=True):
        assert own.status == other.status
        np.testing.assert_allclose(own.state, other.state, atol=1e-6)
        np.testing.assert_allclose(own.temperature, other.temperature, rtol=1e-5)


def assert_same_people(ours, theirs):
    keys = [
        [(s.camera, s.face_id, s.track_id, s.samples) for s in said] for said in (ours, theirs)
    ]
    assert keys[0] == keys[1]
    for own, other in zip(ours, theirs, strict=True):
        assert own.elevated == other.elevated
        for name in ('temperature', 'threshold', 'margin'):
            values = getattr(own, name), getattr(other, name)
            np.testing.assert_allclose(*values, atol=TOLERANCE_K)

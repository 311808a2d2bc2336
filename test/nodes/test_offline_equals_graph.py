"""The node graph over DDS and the offline pipeline say the same of the same bag."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2: run `make test`')

from sensor_msgs.msg import PointCloud2
from thermal_radar_fusion.msg import ContactArray, PersonArray, RadarTrackArray

from thermal_radar_fusion.bags import open_bag
from thermal_radar_fusion.contacts.proximity import ContactParameters
from thermal_radar_fusion.deployment import recorded_deployment
from thermal_radar_fusion.node_specs import node_specs
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.pipeline import process
from thermal_radar_fusion.processed_bag import contact_figures
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.simulated_bags import write_simulation
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import Simulation

# Covariances, existence and distances travel as float32 in part.
TOLERANCE = 1e-5


SCENES = {
    # Three people in one room; and people who go from room to room.
    'free': {},
    'two_rooms': {'motion.elsewhere': 0.8},
}


@pytest.fixture(scope='module', params=SCENES)
def bag(tmp_path_factory, request):
    """Write some seconds of a simulated building, with its deployment."""
    path = tmp_path_factory.mktemp('bags') / request.param
    scenario = load_scenario(request.param, SCENES[request.param])
    write_simulation(path, Simulation(scenario, 2, 12.0, ('radar',)))
    return path


@pytest.fixture
def deployment(bag):
    with open_bag(bag) as opened:
        recorded = recorded_deployment(opened)
    # So that there are contacts, whatever people do.
    near = ContactParameters(begin_distance=4.0, end_distance=4.5, begin_time=0.5)
    return dataclasses.replace(recorded, contacts=near)


def frames_of(bag):
    """Return room and frame of every cloud."""
    with open_bag(bag) as opened:
        frames = opened.frames(opened.radar_sources())
        return [(entry.room, entry.frame) for entry in frames]


def empty_cloud(stamp):
    return conversions.cloud_message(RadarFrame(stamp, np.empty((0, 5)), 'radar'), 'radar')


def patient(spec):
    """Return a node's specification with which a busy machine is not taken for silence."""
    silence = {'silence': 30.0} if spec.executable == 'radar_tracker' else {}
    return dataclasses.replace(spec, parameters={**spec.parameters, **silence})


def heard(graph, bag, deployment):
    """Play a bag into the graph frame by frame; return tracks, people and contacts."""
    for spec in node_specs(deployment, ingest=False, visualizer=False):
        graph.start_spec(patient(spec))
    frames = frames_of(bag)
    rooms = sorted({room for room, _ in frames})
    tracks = []
    for room in rooms:
        graph.listen(RadarTrackArray, f'/{room}/radar/tracks', into=tracks)
    people = graph.listen(PersonArray, '/people')
    contacts = graph.listen(ContactArray, '/contacts')
    points = {room: graph.publisher(PointCloud2, f'/{room}/radar/points') for room in rooms}
    for room in rooms:
        graph.handshake(points[room], empty_cloud, contacts)
    for room, frame in frames:
        cloud = conversions.cloud_message(frame, frame.sensor)
        graph.exchange(points[room], [cloud], contacts)
    # Neither answers to the handshake nor predictions while the machine was busy elsewhere. And
    # what comes on one topic may overtake what comes on another.
    stamps = {frame.stamp for _, frame in frames}
    heard = {}
    for name, messages in (('tracks', tracks), ('people', people), ('contacts', contacts)):
        graph.wait(lambda m=messages: stamps <= {*map(seconds_of, m)}, f'{name} are missing')
        ours = [message for message in messages if seconds_of(message) in stamps]
        heard[name] = sorted(ours, key=seconds_of)
    return heard['tracks'], heard['people'], heard['contacts']


def seconds_of(message):
    return conversions.seconds(message.header.stamp)


def assert_same_tracks(message, expected):
    """Compare one RadarTrackArray with the tracks of the offline tracker."""
    assert [track.track_id for track in message.tracks] == [t.track_id for t in expected]
    for ours, theirs in zip(message.tracks, expected, strict=True):
        assert ours.status == theirs.status
        state = [ours.position.x, ours.position.y, ours.velocity.x, ours.velocity.y]
        np.testing.assert_allclose(state, theirs.state, atol=TOLERANCE)
        covariance = np.reshape(ours.covariance, (4, 4))
        np.testing.assert_allclose(covariance, theirs.covariance, atol=TOLERANCE)
        assert ours.existence == pytest.approx(theirs.existence, abs=TOLERANCE)
        assert ours.points == theirs.points


def assert_same_contacts(message, expected):
    """Compare one ContactArray with the contacts of the offline detector."""
    assert len(message.contacts) == len(expected)
    for ours, contact in zip(message.contacts, expected, strict=True):
        theirs = contact_figures(contact)
        assert (ours.person_a, ours.person_b) == (theirs['person_a'], theirs['person_b'])
        assert ours.state == contact.state
        figures = (ours.distance, ours.distance_min, ours.distance_mean, ours.duration)
        names = ('distance_m', 'distance_min_m', 'distance_mean_m', 'duration_s')
        np.testing.assert_allclose(figures, [theirs[n] for n in names], atol=TOLERANCE)


def test_tracks_people_and_contacts_are_the_same(graph, bag, deployment):
    offline = process(frames_of(bag), deployment)
    tracks, people, contacts = heard(graph, bag, deployment)
    assert len(offline.contacts) >= 1
    assert offline.confirmed_tracks >= 2
    assert offline.rooms == tuple(sorted({radar.room for radar in deployment.radars.values()}))
    assert len(tracks) == len(people) == len(contacts) == len(offline.frames)
    for index, frame in enumerate(offline.frames):
        assert_same_tracks(tracks[index], frame.tracked.tracks)
        assert_same_contacts(contacts[index], frame.contacts)
        assert len(people[index].people) == len(frame.tracked.tracks)

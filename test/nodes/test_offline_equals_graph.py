"""The node graph over DDS and the offline pipeline say the same of the same bag."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2: run `make test`')

from sensor_msgs.msg import PointCloud2
from thermal_radar_fusion.msg import ContactArray, PersonArray, RadarTrackArray

from thermal_radar_fusion.bags import open_bag, write_recording
from thermal_radar_fusion.deployment import load_deployment
from thermal_radar_fusion.node_specs import node_specs
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.pipeline import contact_figures, process
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.resources import resource
from thermal_radar_fusion.simulation.scenarios import crossing

# Covariances, existence and distances travel as float32 in part.
TOLERANCE = 1e-5


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    """Write twelve seconds of three people who cross and meet."""
    path = tmp_path_factory.mktemp('bags') / 'crossing'
    write_recording(path, crossing(14.0, seed=2, room='lab'))
    return path


@pytest.fixture(scope='module')
def deployment():
    return load_deployment(resource('config/demo.yaml'))


def frames_of(bag):
    with open_bag(bag) as opened:
        return [entry.frame for entry in opened.frames(opened.radar_sources())]


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
    tracks = graph.listen(RadarTrackArray, '/lab/radar/tracks')
    people = graph.listen(PersonArray, '/people')
    contacts = graph.listen(ContactArray, '/contacts')
    points = graph.publisher(PointCloud2, '/lab/radar/points')
    graph.handshake(points, empty_cloud, contacts)
    frames = frames_of(bag)
    clouds = [conversions.cloud_message(frame, frame.sensor) for frame in frames]
    graph.exchange(points, clouds, contacts)
    # The answer to the last frame may overtake what it was made from.
    last = seconds_of(contacts[-1])
    graph.wait(lambda: tracks and seconds_of(tracks[-1]) >= last, 'no tracks of the last frame')
    graph.wait(lambda: people and seconds_of(people[-1]) >= last, 'no people of the last frame')
    # Neither answers to the handshake nor predictions while the machine was busy elsewhere.
    stamps = {frame.stamp for frame in frames}
    return ([m for m in heard if seconds_of(m) in stamps] for heard in (tracks, people, contacts))


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
    offline = process((('lab', frame) for frame in frames_of(bag)), deployment)
    tracks, people, contacts = heard(graph, bag, deployment)
    assert len(offline.contacts) >= 1
    assert offline.confirmed_tracks >= 3
    assert len(tracks) == len(people) == len(contacts) == len(offline.frames)
    for index, frame in enumerate(offline.frames):
        assert_same_tracks(tracks[index], frame.tracked.tracks)
        assert_same_contacts(contacts[index], frame.contacts)
        assert len(people[index].people) == len(frame.tracked.tracks)

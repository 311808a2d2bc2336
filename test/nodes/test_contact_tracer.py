"""The node contact_tracer, and the chain from points to contacts."""

import numpy as np
import pytest

pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2: run `make test`')

from node_graph import clean
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import PointCloud2
from thermal_radar_fusion.msg import (
    Contact,
    ContactArray,
    IdentityArray,
    PersonArray,
    RadarTrackArray,
)

from thermal_radar_fusion.contacts.proximity import ContactDetector, ContactParameters
from thermal_radar_fusion.deployment import Deployment
from thermal_radar_fusion.node_specs import node_specs
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.pipeline import Pipeline
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import RadarTrack, TrackStatus
from thermal_radar_fusion.reid.followed import Identity, IdentityState
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import simulate

LATCHED = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
TOLERANCE = 1e-5  # figures travel as float32


def track(number, x, y):
    return RadarTrack(
        number,
        TrackStatus.CONFIRMED,
        np.array([x, y, 0.1, 0.0]),
        np.diag([0.02, 0.01, 0.1, 0.1]),
        1.1,
        np.eye(2) * 0.02,
        0.99,
        12,
        0.0,
        0.0,
    )


def meeting(start=100.0, room='lab'):
    """Return arrays of two people who are 1 m apart for 5 s and then 5 m."""
    for index in range(80):
        apart = 1.0 if index < 50 else 5.0
        tracks = [track(1, 0.0, 0.0), track(2, apart, 0.0)]
        yield conversions.tracks_message(room, start + index / 10, tracks, 'map')


def no_tracks(stamp):
    return conversions.tracks_message('lab', stamp, [], 'map')


@pytest.fixture
def tracer(graph):
    """Start a tracer of one room and return (process, publisher of tracks, contacts heard)."""

    def start(**parameters):
        process = graph.start('contact_tracer', namespace='/', rooms=['lab'], **parameters)
        contacts = graph.listen(ContactArray, '/contacts')
        tracks = graph.publisher(RadarTrackArray, '/lab/radar/tracks')
        graph.handshake(tracks, no_tracks, contacts)
        return process, tracks, contacts

    return start


def test_same_contacts_as_the_core(graph, tracer):
    process, tracks, contacts = tracer(begin_time=1, end_time=0.5)
    people = graph.listen(PersonArray, '/people')
    graph.handshake(tracks, no_tracks, people)
    contacts.clear()
    sent = list(meeting())
    graph.exchange(tracks, sent, contacts)
    graph.wait(lambda: len(people) >= len(sent), 'people are missing')

    detector = ContactDetector(ContactParameters(begin_time=1.0, end_time=0.5))
    for message, answer in zip(sent, contacts, strict=True):
        stamp = conversions.seconds(message.header.stamp)
        expected = detector.update(stamp, conversions.tracked_people(message), 'lab')
        assert answer.header == message.header
        assert len(expected) == len(answer.contacts)
        for ours, theirs in zip(expected, answer.contacts, strict=True):
            assert_same(ours, theirs)
    states = [contact.state for message in contacts for contact in message.contacts]
    assert states[0] == Contact.BEGIN
    assert states[-1] == Contact.END
    assert states.count(Contact.BEGIN) == states.count(Contact.END) == 1
    assert [person.person for person in people[0].people] == ['lab#1', 'lab#2']
    assert people[0].people[1].covariance[0] == 0.02
    assert clean(process.stop())


def assert_same(ours, theirs):
    assert (theirs.state, theirs.person_a, theirs.person_b, theirs.room) == (
        ours.state,
        ours.person_a,
        ours.person_b,
        ours.room,
    )
    assert conversions.seconds(theirs.start) == pytest.approx(ours.start, abs=1e-6)
    assert conversions.seconds(theirs.last) == pytest.approx(ours.last, abs=1e-6)
    figures = ('distance', 'distance_min', 'distance_mean', 'duration')
    for name in figures:
        assert getattr(theirs, name) == pytest.approx(getattr(ours, name), rel=TOLERANCE)
    assert theirs.distance_stddev == pytest.approx(ours.distance_std, rel=TOLERANCE)


def test_people_have_their_names_where_these_are_known(graph, tracer):
    _, tracks, _ = tracer()
    people = graph.listen(PersonArray, '/people')
    named = graph.publisher(IdentityArray, '/identities')
    found = [Identity('lab', 2, IdentityState.KNOWN, 'P7', 0.97, {'P7': 0.97})]
    named.publish(conversions.identities_message(conversions.header(99.0, 'map'), 'lab', found))

    def is_named():
        tracks.publish(next(meeting()))
        return people and len(people[-1].people) == 2 and people[-1].people[0].person == 'P7'

    graph.wait(is_named, 'the name is missing')
    assert [(p.person, p.track_id, p.room) for p in people[-1].people] == [
        ('P7', 2, 'lab'),
        ('lab#1', 1, 'lab'),
    ]


def test_late_joiner_learns_of_the_contact(graph, tracer):
    _, tracks, contacts = tracer(begin_time=1.0)
    graph.exchange(tracks, list(meeting())[:30], contacts)
    late = graph.listen(ContactArray, '/contacts', LATCHED)
    graph.wait(lambda: late, 'a late joiner hears nothing')
    assert late[-1].contacts[0].person_b == 'lab#2'


def test_people_of_two_rooms_do_not_meet(graph):
    graph.start('contact_tracer', namespace='/', rooms=['lab', 'hall'], begin_time=0.5)
    contacts = graph.listen(ContactArray, '/contacts')
    publishers = {}
    for room in ('lab', 'hall'):
        publishers[room] = graph.publisher(RadarTrackArray, f'/{room}/radar/tracks')
        graph.handshake(publishers[room], no_tracks, contacts)
    for index in range(20):
        for number, room in enumerate(publishers):
            tracks = [track(1 + number, 0.0, 0.0)]
            message = conversions.tracks_message(room, 100 + index / 10, tracks, 'map')
            graph.exchange(publishers[room], [message], contacts)
    assert not any(message.contacts for message in contacts)


def test_reconfiguration_keeps_the_contact(graph, tracer):
    process, tracks, contacts = tracer(begin_time=1.0)
    sent = list(meeting())
    graph.exchange(tracks, sent[:30], contacts)
    refused = graph.set_parameters(process, end_distance=0.5)[0]
    assert not refused.successful
    assert 'end_distance' in refused.reason
    assert graph.set_parameters(process, begin_distance=0.5, end_distance=0.8)[0].successful
    graph.exchange(tracks, sent[30:60], contacts)
    states = [contact.state for message in contacts for contact in message.contacts]
    assert states[-1] == Contact.END


def test_backward_stamp_ends_the_contact(graph, tracer):
    _, tracks, contacts = tracer(begin_time=1.0)
    graph.exchange(tracks, list(meeting())[:30], contacts)
    graph.exchange(tracks, list(meeting(50.0))[:1], contacts)
    assert [contact.state for contact in contacts[-1].contacts] == [Contact.END]


def test_from_points_to_contacts_as_offline(graph):
    recording = simulate(load_scenario('parallel'), 0, 12.0)[0]
    deployment = Deployment.default('lab', 'radar')
    for spec in node_specs(deployment, ingest=False, visualizer=False):
        graph.start_spec(spec)
    contacts = graph.listen(ContactArray, '/contacts')
    tracks = graph.listen(RadarTrackArray, '/lab/radar/tracks')
    points = graph.publisher(PointCloud2, '/lab/radar/points')
    graph.handshake(points, lambda stamp: cloud(stamp, np.empty((0, 5))), contacts)
    graph.handshake(points, lambda stamp: cloud(stamp, np.empty((0, 5))), tracks)

    sent = [cloud(frame.stamp, frame.points) for frame in recording.frames]
    graph.exchange(points, sent, contacts)
    offline = Pipeline(deployment)
    expected = [offline.update('lab', conversions.frame_from_cloud(message)) for message in sent]
    # Not the answers to the handshake, nor to silence on a busy machine.
    live = {conversions.seconds(message.header.stamp): message.contacts for message in contacts}
    assert any(frame.contacts for frame in expected)
    for frame in expected:
        assert [_phase(c) for c in live[frame.stamp]] == [_phase(c) for c in frame.contacts]
    assert {track.track_id for m in tracks for track in m.tracks} == {
        track.track_id for frame in expected for track in frame.tracked.tracks
    }


def _phase(contact):
    return contact.person_a, contact.person_b, contact.state


def cloud(stamp, points):
    return conversions.cloud_message(RadarFrame(stamp, points, 'radar'), 'radar')

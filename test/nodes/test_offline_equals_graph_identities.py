"""People of two rooms get the same names through the node graph over DDS and offline."""

import pytest

pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2: run `make test`')

from sensor_msgs.msg import PointCloud2
from test_offline_equals_graph import empty_cloud, frames_of, patient, seconds_of
from thermal_radar_fusion.msg import ContactArray, IdentityArray, PersonArray

from thermal_radar_fusion.bags import open_bag
from thermal_radar_fusion.cli.common import changed
from thermal_radar_fusion.deployment import recorded_deployment
from thermal_radar_fusion.node_specs import node_specs
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.pipeline import process
from thermal_radar_fusion.reid.followed import IdentityState
from thermal_radar_fusion.simulated_bags import write_simulation
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import Simulation

# So that people are known, and known again, within the half minute of this test: nothing is
# asked of whether that is right.
HASTY = [
    'reidentification.decision.least_time=1.0',
    'reidentification.decision.confidence=0.5',
    'reidentification.decision.overlap=30.0',
    'reidentification.decision.open_set.newcomers=0.001',
    'reidentification.decision.open_set.offset=-10.0',
]
# Longer than a silent room is waited for.
AFTERWARDS = 2.0


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    """Write half a minute of two people who go from room to room, with its deployment."""
    path = tmp_path_factory.mktemp('bags') / 'two_rooms'
    settings = {'motion.elsewhere': 0.9, 'motion.stand': 0.0, 'motion.sit': 0.0}
    scenario = load_scenario('two_rooms', {**settings, 'people.count': 2})
    write_simulation(path, Simulation(scenario, 3, 30.0, ('radar',)))
    return path


@pytest.fixture
def deployment(bag):
    with open_bag(bag) as opened:
        return changed(recorded_deployment(opened), HASTY)


def heard(graph, frames, deployment):
    """Play frames into the graph one by one; return what it said of identities and people."""
    for spec in node_specs(deployment, ingest=False, visualizer=False):
        graph.start_spec(patient(spec))
    rooms = sorted({room for room, _ in frames})
    contacts = graph.listen(ContactArray, '/contacts')
    identities = graph.listen(IdentityArray, '/identities')
    people = graph.listen(PersonArray, '/people')
    points = {room: graph.publisher(PointCloud2, f'/{room}/radar/points') for room in rooms}
    for room in rooms:
        graph.handshake(points[room], empty_cloud, contacts)
    graph.handshake_of_rooms(points, empty_cloud, identities)
    for room, frame in frames:
        cloud = conversions.cloud_message(frame, frame.sensor)
        graph.exchange(points[room], [cloud], contacts)
    wanted = {frame.stamp for _, frame in frames}
    # Nothing follows the last frames, and who is early is held back until somebody does.
    for room in rooms:
        graph.exchange(points[room], [empty_cloud(max(wanted) + AFTERWARDS)], contacts)
    graph.wait(lambda: wanted <= {*map(seconds_of, identities)}, 'identities are missing')
    return [message for message in identities if seconds_of(message) in wanted], people


def told(frame):
    """Return what is told of a frame, as numbers travel."""
    return [
        (i.track_id, i.state, i.person, pytest.approx(i.confidence, abs=1e-6))
        for i in frame.identities
    ]


def test_identities_are_the_same(graph, bag, deployment):
    frames = frames_of(bag)
    offline = process(frames, deployment)
    assert {visit.identity.state for visit in offline.visits} >= {
        IdentityState.NEW,
        IdentityState.KNOWN,
    }
    assert {visit.identity.room for visit in offline.visits} == {'office', 'workshop'}
    messages, people = heard(graph, frames, deployment)
    assert len(messages) == len(offline.identified) == len(frames)
    for message, frame in zip(messages, offline.identified, strict=True):
        assert (message.room, seconds_of(message)) == (frame.room, frame.stamp)
        said = conversions.identities_from(message)
        assert [(i.track_id, i.state, i.person, i.confidence) for i in said] == told(frame)
        for ours, theirs in zip(said, frame.identities, strict=True):
            assert ours.probabilities == pytest.approx(dict(theirs.probabilities), abs=1e-6)
    assert_same_names(people, offline)


def assert_same_names(people, offline):
    """Whoever has a name on /people has it offline, and nobody of those is missing."""
    named = {
        (person.room, person.track_id, person.person)
        for message in people
        for person in message.people
        if '#' not in person.person
    }
    expected = {
        (frame.room, track, name)
        for frame in offline.frames
        for track, name in frame.names.items()
    }
    assert named == expected

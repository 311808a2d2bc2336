"""The pipeline computes what its parts compute, and its figures are the contract's."""

import itertools
import math

import numpy as np
import pytest

from thermal_radar_fusion import pipeline, processed_bag
from thermal_radar_fusion.bags import BagWriter, open_bag, read_recording, write_recording
from thermal_radar_fusion.contacts.proximity import (
    Contact,
    ContactDetector,
    ContactParameters,
    ContactState,
)
from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.deployment import Deployment, Mounting, Radar, Room
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.tracker import RadarTracker, TrackerParameters
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import simulate

KEYS = {
    'frames',
    'duration_s',
    'confirmed_tracks',
    'coverage',
    'realtime_factor',
    'latency_ms',
    'identities',
    'contacts',
    'images',
    'image_latency_ms',
    'temperatures',
}


@pytest.fixture(scope='module')
def recording():
    return simulate(load_scenario('parallel'), 1, 14.0)[0]


@pytest.fixture(scope='module')
def processed(recording):
    return pipeline.process_recordings([recording])


def states(processed: processed_bag.ProcessedBag) -> list:
    """Return everything about tracks and contacts that can be compared."""
    return [
        (
            frame.room,
            frame.stamp,
            [(t.track_id, t.status, *t.state.tolist()) for t in frame.tracked.tracks],
            frame.contacts,
        )
        for frame in processed.frames
    ]


def test_it_is_the_tracker_and_the_detector(recording, processed):
    tracker, detector = RadarTracker(), ContactDetector()
    for frame, ours in zip(recording.frames, processed.frames, strict=True):
        tracked = tracker.update(frame)
        assert [t.track_id for t in ours.tracked.tracks] == [t.track_id for t in tracked.tracks]
        people = [pipeline.tracked_person('lab', track) for track in tracked.tracks]
        assert ours.contacts == detector.update(frame.stamp, people, 'lab')


def test_the_figures_have_the_names_of_the_contract(processed):
    summary = processed.summary()
    assert set(summary) == KEYS
    assert set(summary['latency_ms']) == {'p50', 'p99'}
    assert summary['frames'] == len(processed.frames)
    assert summary['duration_s'] == pytest.approx(14.0, abs=0.3)
    assert summary['confirmed_tracks'] >= 2
    assert 0.9 < summary['coverage'] <= 1.0
    assert summary['realtime_factor'] > 0
    assert 0 < summary['latency_ms']['p50'] <= summary['latency_ms']['p99']
    assert all(isinstance(contact, dict) for contact in summary['contacts'])


def test_a_contact_is_of_two_who_really_were_so_near(recording, processed):
    contact = max(processed.contacts, key=lambda contact: contact.duration)
    assert contact.room == 'lab'
    assert contact.duration > 2.0
    means = []
    for pair in itertools.combinations(recording.people, 2):
        distances = [
            math.dist(*(p.position[:2] for p in people if p.person in pair))
            for frame, people in zip(recording.frames, recording.truth, strict=True)
            if contact.start <= frame.stamp <= contact.last
        ]
        means.append(np.mean(distances))
    assert min(abs(np.array(means) - contact.distance_mean)) < 0.25
    assert contact.state is ContactState.END, 'contacts end with the recording'


def test_a_bag_gives_the_same_as_the_recording_in_it(tmp_path, recording):
    write_recording(tmp_path / 'bag', recording)
    (first,) = read_recording(tmp_path / 'bag')
    with open_bag(tmp_path / 'bag') as bag:
        frames = [(entry.room, entry.frame) for entry in bag.frames(bag.radar_sources())]
    assert states(pipeline.process(frames)) == states(pipeline.process_recordings([first]))


def test_processing_twice_gives_the_same(recording, processed):
    assert states(pipeline.process_recordings([recording])) == states(processed)


def test_results_are_on_the_topics_of_the_nodes(tmp_path, processed):
    with BagWriter(tmp_path / 'bag') as bag:
        pipeline.write_processed(bag, processed, Deployment.default())
    with open_bag(tmp_path / 'bag') as bag:
        assert set(bag.topics) == {'/lab/radar/tracks', '/people', '/contacts', '/identities'}
        tracks = list(bag.tracks())
        identities = list(bag.identities())
        contacts = list(bag.contacts())
    assert [len(t) for _, _, t in tracks] == [len(f.tracked.tracks) for f in processed.frames]
    np.testing.assert_allclose([s for s, _ in contacts], [f.stamp for f in processed.frames])
    stamps = [stamp for _, stamp, _ in identities]
    np.testing.assert_allclose(stamps, [f.stamp for f in processed.identified], atol=1e-6)
    assert [room for room, _, _ in identities] == ['lab'] * len(processed.frames)
    said = [[(i.track_id, i.person, i.state) for i in found] for _, _, found in identities]
    assert said == [
        [(i.track_id, i.person, i.state) for i in f.identities] for f in processed.identified
    ]
    begins = [c for _, cs in contacts for c in cs if c.state is ContactState.BEGIN]
    assert len(begins) == len(processed.contacts)


def test_a_deployment_mounts_its_radars_and_sets_its_parameters(recording):
    radar = Radar('radar', 'lab', Mounting(x=10.0, yaw=np.pi / 2))
    room = Room('lab', tracker=TrackerParameters.preset('paper_sparse'))
    deployed = Deployment(
        rooms={'lab': room}, radars={'radar': radar}, contacts=ContactParameters(begin_time=60.0)
    )
    processed = pipeline.process_recordings([recording], deployed)
    assert processed.contacts == []
    x = [t.position[0] for frame in processed.frames for t in frame.tracked.tracks]
    assert x, 'nobody was tracked'
    assert 7.5 < min(x) <= max(x) < 12.5


def test_rooms_are_tracked_apart_by_stamp(recording):
    frames = tuple(RadarFrame(f.stamp + 0.01, f.points, 'other') for f in recording.frames)
    other = Recording(frames, room='hall')
    processed = pipeline.process_recordings([recording, other])
    assert processed.rooms == ('hall', 'lab')
    alone = pipeline.process_recordings([recording])
    assert states(processed_bag.ProcessedBag(processed.of_room('lab'))) == states(alone)
    assert {contact.room for contact in processed.contacts} == {'hall', 'lab'}
    assert processed.confirmed_tracks == 2 * alone.confirmed_tracks


def test_coverage_counts_from_the_first_track_on():
    empty = RadarFrame(1.0, np.empty((0, 5)))
    assert pipeline.process([('lab', empty)]).coverage == 0.0
    walk = simulate(load_scenario('free'), 0, 6.0)[0]
    processed = pipeline.process_recordings([walk])
    before = [f for f in processed.frames if not f.tracked.tracks]
    assert before, 'a track is not confirmed in the first frame'
    assert processed.coverage == 1.0


def test_nothing_gives_nothing():
    summary = pipeline.process([]).summary()
    assert summary['frames'] == 0
    assert summary['duration_s'] == 0.0
    assert summary['coverage'] == 0.0
    assert summary['latency_ms'] == {'p50': 0.0, 'p99': 0.0}
    assert summary['contacts'] == []


def test_a_contact_is_told_once_in_its_last_state():
    def report(state: ContactState, start: float, last: float) -> Contact:
        return Contact(state, 'a', 'b', 'lab', start, last, 1.0, 0.1, 0.9, 1.0)

    reports = [
        report(ContactState.BEGIN, 5.0, 7.0),
        report(ContactState.ONGOING, 5.0, 8.0),
        report(ContactState.END, 5.0, 9.0),
        report(ContactState.BEGIN, 1.0, 3.0),
    ]
    assert processed_bag.latest(reports) == [reports[3], reports[2]]

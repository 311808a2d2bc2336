"""The trackers that ours is compared with do what they say, on the points that ours would use."""

import sys

import numpy as np
import pytest

from thermal_radar_fusion.evaluation import peers
from thermal_radar_fusion.evaluation.detections import ClusterLabels, DetectionParameters, Site
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.radar.area import MonitoredArea
from thermal_radar_fusion.radar.cloud import GateParameters
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import UNASSIGNED

RATE = 15
# The clouds here are about the middle of the body, not on its skin.
GATE = GateParameters(body_depth=0.0)
NAMES = list(peers.PEERS)


def made(name, site=None):
    peer = peers.PEERS[name]
    if peer.library:
        pytest.importorskip(peer.library)
    return peer.make(site or Site(gate=GATE))


def frames(paths, seconds=6.0, seed=0, start=100.0):
    """Twelve points about each path (a function of seconds to (2,))."""
    rng = np.random.default_rng(seed)
    for i in range(round(seconds * RATE)):
        centres = [np.asarray(path(i / RATE)) for path in paths]
        parts = [
            np.column_stack([rng.normal(c, 0.07, (12, 2)), np.zeros((12, 2)), np.ones(12)])
            for c in centres
        ]
        yield RadarFrame(start + i / RATE, np.concatenate([np.empty((0, 5)), *parts]))


def ann(t):
    return 2.0 + 0.8 * t, 1.0


def bob(t):
    return 6.0 - 0.5 * t, -1.0


@pytest.mark.parametrize('name', NAMES)
def test_two_people_keep_a_track_each_and_their_points(name):
    tracker = made(name)
    tracked = [tracker.update(frame) for frame in frames([ann, bob])]
    last = tracked[-1]
    assert [track.track_id for track in last.tracks] == [1, 2]
    by_place = sorted(last.tracks, key=lambda track: -track.position[1])
    for track, path, speed in zip(by_place, (ann, bob), (0.8, -0.5), strict=True):
        np.testing.assert_allclose(track.position, path(6.0), atol=0.12)
        np.testing.assert_allclose(track.velocity, [speed, 0.0], atol=0.2)
        own = last.track_ids == track.track_id
        np.testing.assert_allclose(last.frame.points[own, :2].mean(axis=0), path(6.0), atol=0.15)
        assert own.sum() == track.points == 12


@pytest.mark.parametrize('name', NAMES)
def test_nobody_is_reported_at_once_and_who_left_is_forgotten(name):
    tracker = made(name)
    tracked = [tracker.update(frame) for frame in frames([ann])]
    assert not tracked[0].tracks
    assert (tracked[0].track_ids == UNASSIGNED).all()
    for frame in frames([], start=106.0):
        last = tracker.update(frame)
    assert not last.tracks


@pytest.mark.parametrize('name', NAMES)
def test_lost_frames_pass_as_time(name):
    tracker = made(name)
    tracked = [tracker.update(f) for i, f in enumerate(frames([ann])) if i % 15 not in (3, 4, 5)]
    assert {track.track_id for one in tracked for track in one.tracks} == {1}
    np.testing.assert_allclose(tracked[-1].tracks[0].position, ann(6.0), atol=0.12)


@pytest.mark.parametrize('name', NAMES)
def test_points_are_mounted_and_gated_as_ours_are(name):
    bounds = [[-9, 0], [9, 0], [9, 9], [-9, 9]]
    mounting = RigidTransform(translation=np.array([1.0, 2.0, 1.0]))
    site = Site({'radar': mounting}, MonitoredArea(bounds), GATE)
    tracker = made(name, site)
    for frame in frames([ann, lambda t: (3.0, -4.0)]):
        last = tracker.update(frame)
    np.testing.assert_allclose(last.tracks[0].position, np.add(ann(6.0), [1.0, 2.0]), atol=0.12)
    assert len(last.tracks) == 1
    # The second person is outside of the bounds: only the first twelve rows are left.
    np.testing.assert_array_equal(last.rows, np.arange(12))


@pytest.mark.parametrize('name', NAMES)
def test_same_frames_give_the_same_tracks(name):
    near = [ann, lambda t: (2.0 + 0.8 * t, 0.5), lambda t: (6.0 - 0.8 * t, 0.8)]
    first, second = made(name), made(name)
    for frame in frames(near):
        one, other = first.update(frame), second.update(frame)
        np.testing.assert_array_equal(one.track_ids, other.track_ids)
        states = [np.array([track.state for track in each.tracks]) for each in (one, other)]
        np.testing.assert_array_equal(*states)


def test_clusters_alone_tell_two_people_apart_and_merge_two_who_are_close():
    labels = ClusterLabels(DetectionParameters(radius=0.3, min_points=4))
    apart = labels.update(next(frames([ann, bob])))
    assert len(set(apart.track_ids[:12]) | set(apart.track_ids[12:])) == 2
    close = labels.update(next(frames([ann, lambda t: (2.0, 1.2)])))
    assert set(close.track_ids) == {1}
    assert not apart.tracks


def test_absent_library_is_told_of_in_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, 'norfair', None)
    monkeypatch.delitem(sys.modules, 'thermal_radar_fusion.evaluation.peer_norfair', raising=False)
    assert 'norfair' not in peers.available()
    lines = [line for line in peers.absent() if line.startswith('norfair')]
    assert lines == [
        'norfair is left out: norfair is not installed (pip install --no-deps norfair filterpy)'
    ]

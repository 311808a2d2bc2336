"""The plain tracker that ours is compared with does what it says."""

import numpy as np

from thermal_radar_fusion.evaluation.baseline import BaselineTracker
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import UNASSIGNED, TrackStatus


def frames(paths, count=60, seed=0):
    """Eight points about each path (a function of seconds to (2,)), at ten frames a second."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        centres = [np.asarray(path(0.1 * i)) for path in paths]
        parts = [
            np.column_stack([rng.normal(centre, 0.07, (8, 2)), np.zeros((8, 2)), np.ones(8)])
            for centre in centres
        ]
        yield RadarFrame(0.1 * i, np.concatenate([np.empty((0, 5)), *parts]))


def test_two_people_apart_keep_one_track_each():
    tracker = BaselineTracker()
    walks = [lambda t: (2.0 + t, 1.0), lambda t: (6.0 - 0.5 * t, -1.0)]
    tracked = [tracker.update(frame) for frame in frames(walks)]
    last = tracked[-1]
    assert [track.track_id for track in last.tracks] == [1, 2]
    np.testing.assert_allclose(last.tracks[0].state, [7.9, 1.0, 1.0, 0.0], atol=0.15)
    np.testing.assert_array_equal(np.bincount(last.track_ids[last.track_ids > 0])[1:], [8, 8])


def test_nobody_is_reported_before_a_track_is_confirmed():
    tracker = BaselineTracker()
    tracked = [tracker.update(frame) for frame in frames([lambda t: (2.0, 0.0)])]
    assert not tracked[5].tracks
    assert (tracked[5].track_ids == UNASSIGNED).all()
    assert tracked[12].tracks


def test_track_coasts_and_then_ends():
    tracker = BaselineTracker()
    for frame in frames([lambda t: (2.0, 0.0)], count=30):
        tracker.update(frame)
    coasting = tracker.update(RadarFrame(3.5, np.empty((0, 5))))
    assert [track.status for track in coasting.tracks] == [TrackStatus.COASTING]
    assert not tracker.update(RadarFrame(4.5, np.empty((0, 5)))).tracks

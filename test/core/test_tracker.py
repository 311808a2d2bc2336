"""What the tracker does with people who walk, meet, stand, hide, and with bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from walkers import frames, straight

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.radar.area import MonitoredArea
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import UNASSIGNED, TrackStatus
from thermal_radar_fusion.radar.tracker import RadarTracker, TrackerParameters

METHODS = ['soft', 'paper']
NOTHING = np.zeros((0, 5))


def tracker(method: str = 'soft', **kwargs) -> RadarTracker:
    return RadarTracker(TrackerParameters.preset(method), **kwargs)


def run(one: RadarTracker, clouds) -> list:
    return [one.update(frame) for frame in clouds]


def ids_near(tracked, walk, within=0.4) -> list[int]:
    """Ids of the tracks near a walker, frame by frame, 0 where there is none."""
    result = []
    for frame in tracked:
        here = walk(frame.frame.stamp)
        if here is None:
            continue
        distances = {t.track_id: np.linalg.norm(t.position - here) for t in frame.tracks}
        nearest = min(distances, key=distances.get, default=0)
        result.append(nearest if distances.get(nearest, np.inf) < within else 0)
    return result


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('rate', [5.0, 15.0])
def test_a_person_is_one_track_at_any_rate(method, rate):
    walk = straight((2, -1), (0.5, 0.4))
    one = tracker(method)
    tracked = run(one, frames([walk], 8, rate=rate, points=25))
    assert one.confirmed_total == 1
    last = tracked[-1].tracks[0]
    here = walk(tracked[-1].frame.stamp)
    assert np.linalg.norm(last.position - here) < 0.15
    assert np.linalg.norm(last.velocity - [0.5, 0.4]) < 0.3
    assert last.existence > 0.9
    assert last.first_seen == 0.0


def test_confirmation_takes_time_not_frames():
    walk = straight((3, 0), (0, 0))
    delays = []
    for rate in (5.0, 20.0):
        tracked = run(tracker(), frames([walk], 4, rate=rate))
        delays.append(next(f.frame.stamp for f in tracked if f.tracks))
    assert delays[0] == pytest.approx(delays[1], abs=0.3)


def test_every_point_of_a_person_carries_the_id():
    tracked = run(tracker(), frames([straight((3, 0), (0.3, 0))], 5, clutter=0))
    last = tracked[-1]
    assert (last.track_ids == last.tracks[0].track_id).mean() > 0.9
    assert len(last.track_ids) == len(last.frame.points)


def test_far_points_are_unassigned():
    clouds = frames([straight((3, 0), (0, 0))], 4, clutter=0)
    stray = RadarFrame(4.0, np.vstack([clouds[-1].points, [8.0, 3.0, 0, 0, 50]]))
    one = tracker()
    run(one, clouds)
    assert one.update(stray).track_ids[-1] == UNASSIGNED


@pytest.mark.parametrize('seed', range(4))
def test_people_who_cross_keep_their_identities(seed):
    walks = [straight((2, -2), (0.3, 0.8)), straight((3.4, 2), (0.1, -0.8))]
    one = tracker()
    tracked = run(one, frames(walks, 5, seed=seed, rate=15))
    for walk in walks:
        seen = [i for i in ids_near(tracked, walk) if i]
        assert seen[0] == seen[-1]
    assert one.confirmed_total == 2


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('seed', range(3))
def test_a_person_who_turns_about_keeps_the_track(method, seed):
    """The centroid leaves a narrow gate; a track born there would starve the old one."""

    def there_and_back(t):
        return (2 + 1.3 * min(t, 3) - 1.3 * max(t - 3, 0), 0.3)

    one = tracker(method)
    tracked = run(one, frames([there_and_back], 6, seed=seed, points=25, std=0.08))
    assert one.confirmed_total == 1
    assert len(tracked[-1].tracks) == 1


@pytest.mark.parametrize('seed', range(3))
def test_people_who_walk_side_by_side_are_two(seed):
    walks = [straight((1.5, -0.35), (0.8, 0)), straight((1.5, 0.3), (0.8, 0))]
    tracked = run(tracker(), frames(walks, 6, seed=seed, rate=15, points=25))
    late = tracked[30:]
    assert np.mean([len(frame.tracks) == 2 for frame in late]) > 0.9


def test_people_who_stand_close_for_a_minute_stay_two():
    walks = [straight((3, -0.4), (0, 0)), straight((3, 0.4), (0, 0))]
    one = tracker()
    tracked = run(one, frames(walks, 60))
    assert all(len(frame.tracks) == 2 for frame in tracked[30:])
    assert one.confirmed_total == 2


def test_two_people_who_meet_and_stand_are_still_two_when_they_part():
    def left(t):
        return (3.0, -1.5 + 0.6 * min(t, 2.0) - 0.6 * max(t - 7, 0))

    def right(t):
        return (3.2, 1.5 - 0.6 * min(t, 2.0) + 0.6 * max(t - 7, 0))

    one = tracker()
    tracked = run(one, frames([left, right], 9))
    assert one.confirmed_total == 2
    assert len({ids_near(tracked, left)[-1], ids_near(tracked, right)[-1]} - {0}) == 2


def test_somebody_who_enters_behind_somebody_is_only_delayed():
    """Same bearing, farther off: looks like a ghost at first, and is believed in the end."""
    front, behind = straight((2, 0), (0, 0.02)), straight((4, 0.1), (0, 0.02), begin=4.0)
    one = tracker()
    tracked = run(one, frames([front, behind], 16))
    assert len(tracked[-1].tracks) == 2


def test_five_people_who_enter_together_are_five():
    walks = [straight((2.0 + i, -2 + i), (0.2, 0.1 * (-1) ** i)) for i in range(5)]
    one = tracker()
    assert len(run(one, frames(walks, 5))[-1].tracks) == 5


def test_an_unseen_person_coasts_and_dies():
    one = tracker()
    run(one, frames([straight((3, 0), (0.5, 0))], 4, clutter=0))
    tracked = run(one, [RadarFrame(4.0 + i / 10, NOTHING) for i in range(40)])
    assert tracked[2].tracks[0].status is TrackStatus.COASTING
    assert tracked[2].tracks[0].points == 0
    assert not tracked[-1].tracks


def test_a_person_who_was_hidden_for_a_moment_has_the_same_id():
    walk = straight((2, 0), (0.4, 0))
    hidden = [
        RadarFrame(f.stamp, NOTHING if 4 < f.stamp < 7 else f.points)
        for f in frames([walk], 11, clutter=0)
    ]
    one = tracker()
    tracked = run(one, hidden)
    assert tracked[39].tracks[0].track_id == tracked[-1].tracks[0].track_id
    assert one.confirmed_total == 1


def test_a_long_gap_between_frames_ends_tracks():
    one = tracker()
    run(one, frames([straight((3, 0), (0, 0))], 4))
    assert one.update(RadarFrame(64.0, NOTHING)).tracks == ()


def test_a_jump_back_resets_but_ids_go_on():
    clouds = frames([straight((3, 0), (0, 0))], 4)
    one = tracker()
    run(one, clouds)
    assert one.update(clouds[0]).tracks == ()
    assert run(one, clouds[1:])[-1].tracks[0].track_id == 2


def test_a_late_frame_is_used_without_going_back():
    clouds = frames([straight((3, 0), (0, 0))], 4)
    one = tracker()
    run(one, clouds)
    late = one.update(RadarFrame(clouds[-1].stamp - 0.2, clouds[-1].points, 'radar'))
    assert late.tracks[0].track_id == 1
    assert late.tracks[0].status is TrackStatus.CONFIRMED
    assert late.frame.stamp == clouds[-1].stamp - 0.2


def test_looking_ahead_changes_nothing():
    one, other = tracker(), tracker()
    clouds = frames([straight((2, 0), (0.5, 0))], 5)
    run(one, clouds[:-1])
    run(other, clouds[:-1])
    ahead = one.coasted(clouds[-1].stamp + 0.5)[0]
    assert ahead.position[0] == pytest.approx(2 + 0.5 * (clouds[-1].stamp + 0.5), abs=0.3)
    np.testing.assert_array_equal(
        one.update(clouds[-1]).tracks[0].state, other.update(clouds[-1]).tracks[0].state
    )
    assert one.coasted(clouds[-1].stamp + 60) == ()


def test_two_radars_that_face_each_other_make_one_track():
    walk = straight((2, 0), (0.5, 0))
    facing = RigidTransform.from_xyz_rpy([8, 0, 0], [0, 0, np.pi])
    there = facing.inverse()
    one = tracker(mountings={'near': RigidTransform(), 'far': facing})
    for frame in frames([walk], 6):
        one.update(RadarFrame(frame.stamp, frame.points, 'near'))
        points = np.column_stack([there.apply(frame.points[:, :3]), frame.points[:, 3:]])
        points[:, 3] *= -1
        tracked = one.update(RadarFrame(frame.stamp + 0.03, points, 'far'))
    assert one.confirmed_total == 1
    assert tracked.tracks[0].velocity == pytest.approx([0.5, 0.0], abs=0.3)


def test_nobody_is_looked_for_outside_the_area():
    zone = ((2, -1), (4, -1), (4, 1), (2, 1))
    walks = [straight((3, 0), (0, 0)), straight((3, 2.5), (0, 0))]
    one = tracker(area=MonitoredArea(exclusion_zones=(zone,)))
    tracked = run(one, frames(walks, 4))
    assert [t.position[1] > 1 for t in tracked[-1].tracks] == [True]


def test_a_mirror_ghost_is_held_back():
    """Same bearing, farther away, same radial speed, two seconds long."""
    person = straight((2, 0.3), (0.6, 0))
    ghost = straight((4, 0.5), (0.6, 0.02), begin=2.5, end=4.5)
    one = tracker()
    run(one, frames([person, ghost], 6, clutter=0))
    assert one.confirmed_total == 1


@pytest.mark.parametrize('method', METHODS)
def test_permuting_points_changes_no_track(method):
    walks = [straight((2, -1), (0.3, 0.2)), straight((2, 1), (0.3, -0.2))]
    rng = np.random.default_rng(0)
    one, other = tracker(method), tracker(method)
    for frame in frames(walks, 6, points=20):
        order = rng.permutation(len(frame.points))
        a = one.update(frame)
        b = other.update(RadarFrame(frame.stamp, frame.points[order]))
        assert [t.track_id for t in a.tracks] == [t.track_id for t in b.tracks]
        np.testing.assert_array_equal(a.track_ids[order], b.track_ids)
        for ours, theirs in zip(a.tracks, b.tracks, strict=True):
            np.testing.assert_allclose(ours.state, theirs.state, atol=1e-6)


any_float = st.floats(allow_nan=True, allow_infinity=True, width=64)
clouds_of_anything = hnp.arrays(
    np.float64,
    st.tuples(st.integers(0, 25), st.just(5)),
    elements=st.one_of(any_float, st.floats(-5, 5), st.just(3.0)),
)


@pytest.mark.parametrize('method', METHODS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_cloud_at_any_time_is_survived(method, data):
    one = RadarTracker(
        TrackerParameters.from_flat(
            {
                'method': method,
                'life_cycle.confirm_time': 0.1,
                'assignment.birth_points': 2,
                'clustering.min_points': 2,
            }
        )
    )
    for _ in range(8):
        stamp = data.draw(st.floats(-1e3, 1e9))
        frame = RadarFrame(stamp, data.draw(clouds_of_anything))
        tracked = one.update(frame)
        assert len(tracked.track_ids) == len(tracked.frame.points)
        ids = [track.track_id for track in tracked.tracks]
        assert ids == sorted(set(ids))
        for track in tracked.tracks:
            assert np.isfinite(track.state).all()
            assert np.linalg.eigvalsh(track.covariance).min() > 0
            assert 0 <= track.existence <= 1


def test_a_frame_of_ten_thousand_points_is_survived():
    rng = np.random.default_rng(0)
    cloud = rng.uniform([0.5, -4, -1, -2, 1], [9, 4, 1, 2, 100], size=(10_000, 5))
    one = tracker()
    for i in range(3):
        one.update(RadarFrame(i / 10, cloud))


def test_an_unknown_preset_is_named():
    with pytest.raises(ParameterError, match="'fast'"):
        TrackerParameters.preset('fast')


def test_presets_differ_as_they_say():
    assert TrackerParameters.preset('paper').clustering.min_points == 10
    assert TrackerParameters.preset('paper_sparse').clustering.min_points == 5
    assert TrackerParameters().method == 'soft'

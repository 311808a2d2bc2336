"""Tracked frames of several rooms in, identities out: the same however rooms interleave."""

import numpy as np
import pytest

from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import TrackedFrame
from thermal_radar_fusion.reid.building_identities import (
    BuildingIdentities,
    IdentificationParameters,
)
from thermal_radar_fusion.reid.followed import IdentityState
from thermal_radar_fusion.reid.gait_windows import GaitWindowParameters
from thermal_radar_fusion.reid.gallery import Gallery

SIZE = 4
# Some decisions of this test's network need no long walk.
QUICK = IdentificationParameters().changed({'decision.least_time': 1.0})
WINDOWS = GaitWindowParameters(rate=10.0, steps=15)


class HeightNetwork:
    """Takes people for what their height is: a direction in four dimensions."""

    windows = WINDOWS

    def __call__(self, windows):
        heights = np.array([w.points[..., 2][w.mask].mean() for w in windows])
        return np.eye(SIZE)[np.round(heights).astype(int)].astype(float)


def frames(room, track, height, begin, end, rate=10.0, seed=0):
    """Return (room, TrackedFrame) of somebody who walks on, with one stray point beside."""
    rng = np.random.default_rng([seed, track])
    made = []
    for stamp in np.arange(begin, end, 1 / rate):
        body = rng.normal([stamp, 0, height, 1, 10], [0.1, 0.1, 0.05, 0.1, 1], (12, 5))
        points = np.vstack([body, [0, 9, 1, 0, 1]])
        ids = np.array([track] * 12 + [-1])
        made.append((room, TrackedFrame(RadarFrame(float(stamp), points), (), ids)))
    return made


def building(parameters=QUICK, rooms=('hall', 'lab'), network=None, **extras):
    return BuildingIdentities(
        network or HeightNetwork(), Gallery('heights', SIZE), parameters, rooms, **extras
    )


def run(identities, arrivals):
    found = [frame for room, tracked in arrivals for frame in identities.update(room, tracked)]
    return [*found, *identities.rest()]


def day():
    """Somebody walks in the lab, somebody else in the hall; then the first comes to the hall."""
    return {
        'lab': frames('lab', 1, 1.0, 0.0, 8.0),
        'hall': frames('hall', 1, 2.0, 0.03, 8.0, rate=15)
        + frames('hall', 2, 1.0, 12.0, 20.0, rate=15),
    }


def by_stamp(streams):
    entries = [entry for own in streams.values() for entry in own]
    return sorted(entries, key=lambda entry: entry[1].frame.stamp)


def interleaved(streams, rng):
    left = {room: list(own) for room, own in streams.items()}
    while any(left.values()):
        stamps = {room: own[0][1].frame.stamp for room, own in left.items() if own}
        # No room is ahead by more than is waited for.
        near = [room for room, stamp in stamps.items() if stamp < min(stamps.values()) + 0.8]
        yield left[str(rng.choice(near))].pop(0)


def final(found, room, track):
    said = [i for frame in found if frame.room == room for i in frame.identities]
    return [identity for identity in said if identity.track_id == track][-1]


def test_who_walks_from_room_to_room_is_known_there():
    found = run(building(), by_stamp(day()))
    lab, hall, again = (final(found, *at) for at in (('lab', 1), ('hall', 1), ('hall', 2)))
    assert (lab.state, hall.state) == (IdentityState.NEW, IdentityState.NEW)
    assert lab.person != hall.person
    assert (again.state, again.person) == (IdentityState.KNOWN, lab.person)
    assert again.confidence >= QUICK.decision.confidence


def test_every_frame_is_answered_once_in_order():
    arrivals = by_stamp(day())
    found = run(building(), arrivals)
    assert [(f.room, f.stamp) for f in found] == [(r, t.frame.stamp) for r, t in arrivals]


@pytest.mark.parametrize('seed', range(5))
def test_the_answer_does_not_depend_on_who_arrives_first(seed):
    streams = day()
    expected = run(building(), by_stamp(streams))
    shuffled = interleaved(streams, np.random.default_rng(seed))
    assert run(building(), shuffled) == expected


def test_the_answer_is_that_of_the_clouds_that_nodes_exchange():
    def sent(entry):
        room, tracked = entry
        points = tracked.frame.points.astype(np.float32).astype(float)
        return room, TrackedFrame(RadarFrame(tracked.frame.stamp, points), (), tracked.track_ids)

    arrivals = by_stamp(day())
    assert run(building(), map(sent, arrivals)) == run(building(), arrivals)


def test_a_bag_that_begins_again_finds_the_people_it_knows():
    identities = building()
    first = run(identities, frames('lab', 1, 1.0, 100.0, 108.0))
    second = run(identities, frames('lab', 2, 1.0, 50.0, 58.0))
    assert final(second, 'lab', 2).person == final(first, 'lab', 1).person
    assert len(second) == 80
    assert identities.gallery.people['P1'].last_seen < 58.0


def test_a_room_whose_clock_differs_is_left_out_and_told_of():
    told = []
    streams = {'lab': frames('lab', 1, 1.0, 50.0, 58.0), 'hall': frames('hall', 1, 2.0, 0.0, 8.0)}
    arrivals = [entry for pair in zip(*streams.values(), strict=True) for entry in pair]
    found = run(building(tell=told.append), arrivals)
    assert final(found, 'lab', 1).state == IdentityState.NEW
    # Until the other clock is seen to be ahead for good.
    assert {frame.room for frame in found[20:]} == {'lab'}
    assert told
    assert 'hall: frames lag behind' in told[-1]


def test_features_that_are_no_numbers_cost_their_window_only():
    class Sometimes(HeightNetwork):
        calls = 0

        def __call__(self, windows):
            self.calls += 1
            rows = super().__call__(windows)
            return rows * np.nan if self.calls == 3 else rows

    told = []
    found = run(building(network=Sometimes(), tell=told.append), frames('lab', 1, 1.0, 0, 8))
    assert told == ['lab: 1 of 1 features are not finite']
    assert len(found) == 80
    assert final(found, 'lab', 1).state == IdentityState.NEW


def test_points_that_are_no_numbers_and_points_without_a_track_are_nobody():
    stray = RadarFrame(0.0, np.full((3, 5), np.nan))
    tracked = TrackedFrame(stray, (), np.array([-1, -1, -1]))
    (found,) = building(rooms=['lab']).update('lab', tracked)
    assert found.identities == ()


def test_other_parameters_from_now_on():
    identities = building(IdentificationParameters().changed({'decision.least_time': 60.0}))
    before = run(identities, frames('lab', 1, 1.0, 0.0, 6.0))
    assert final(before, 'lab', 1).state == IdentityState.UNDECIDED
    identities.reconfigure(QUICK)
    assert final(run(identities, frames('lab', 1, 1.0, 6.0, 9.0)), 'lab', 1).person == 'P1'


def test_forgotten_is_somebody_new():
    identities = building()
    run(identities, frames('lab', 1, 1.0, 0.0, 8.0))
    identities.forget('P1')
    found = run(identities, frames('lab', 1, 1.0, 8.0, 16.0))
    assert final(found, 'lab', 1).person == 'P2'

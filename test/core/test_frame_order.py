"""Frames of several rooms come out in one order, whatever the order in which they arrive."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from thermal_radar_fusion.reid.frame_order import FrameOrder

ROOMS = ('hall', 'lab', 'office')


def streams(rng, rooms=ROOMS, seconds=5.0):
    """Return the stamps of each room, whose radars have rates of their own."""
    rates = rng.uniform(4, 15, len(rooms))
    return {
        room: np.sort(rng.uniform(0, seconds, int(rate * seconds))).tolist()
        for room, rate in zip(rooms, rates, strict=True)
    }


def interleaved(rng, stamps):
    """Yield room and stamp; within a room by stamp, among rooms at random."""
    left = {room: list(own) for room, own in stamps.items()}
    while any(left.values()):
        room = rng.choice([room for room, own in left.items() if own])
        yield str(room), left[str(room)].pop(0)


def ordered(order, arrivals):
    out = [frame for room, stamp in arrivals for frame in order.add(room, stamp, (stamp, room))]
    return [*out, *order.rest()]


@given(st.integers(0, 10**6))
def test_order_does_not_depend_on_arrival(seed):
    rng = np.random.default_rng(seed)
    stamps = streams(rng)
    expected = sorted((stamp, room) for room, own in stamps.items() for stamp in own)
    assert ordered(FrameOrder(ROOMS, wait=60.0), interleaved(rng, stamps)) == expected


def test_one_room_alone_is_not_held_back():
    order = FrameOrder(['lab'])
    assert [order.add('lab', t, t) for t in (1.0, 1.1, 1.2)] == [[1.0], [1.1], [1.2]]


def test_a_frame_waits_until_no_room_can_have_an_earlier_one():
    order = FrameOrder(['hall', 'lab'], wait=1.0)
    assert order.add('lab', 1.0, 'lab 1.0') == []
    assert order.add('lab', 1.5, 'lab 1.5') == []
    assert order.add('hall', 1.2, 'hall 1.2') == ['lab 1.0', 'hall 1.2']
    assert order.rest() == ['lab 1.5']
    assert order.rest() == []


def test_a_silent_room_is_waited_for_only_so_long():
    order = FrameOrder(['hall', 'lab'], wait=1.0)
    assert order.add('lab', 1.0, 1.0) == []
    assert order.add('lab', 1.9, 1.9) == []
    assert order.add('lab', 2.1, 2.1) == [1.0]


def test_late_frames_of_a_room_stay_where_its_tracker_put_them():
    order = FrameOrder(['lab'])
    assert ordered(order, [('lab', 1.0), ('lab', 0.9), ('lab', 1.1)]) == [
        (1.0, 'lab'),
        (0.9, 'lab'),
        (1.1, 'lab'),
    ]


def test_rooms_that_nobody_named_are_waited_for_from_their_first_frame_on():
    order = FrameOrder()
    assert order.add('lab', 1.0, 'a') == ['a']
    assert order.add('hall', 1.1, 'b') == []
    assert order.add('lab', 1.2, 'c') == ['b']


def test_reset_drops_what_is_held_back():
    order = FrameOrder(['hall', 'lab'])
    order.add('lab', 5.0, 'lost')
    order.reset()
    assert order.newest('lab') == -np.inf
    assert order.rest() == []

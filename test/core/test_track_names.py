"""Names stay with tracks while these live, and nobody is two tracks."""

from thermal_radar_fusion.reid.followed import Identity, IdentityState
from thermal_radar_fusion.reid.track_names import TrackNames


def identity(room, track, person=''):
    state = IdentityState.KNOWN if person else IdentityState.UNDECIDED
    return Identity(room, track, state, person)


def test_a_track_has_its_name_also_while_it_is_not_seen():
    names = TrackNames()
    names.update('lab', [identity('lab', 3, 'P1'), identity('lab', 4)])
    names.update('lab', [])
    assert names.of('lab', [3, 4]) == {3: 'P1'}


def test_names_end_with_their_tracks():
    names = TrackNames()
    names.update('lab', [identity('lab', 3, 'P1')])
    assert names.of('lab', [4]) == {}
    assert names.of('lab', [3, 4]) == {}


def test_who_is_in_doubt_again_has_no_name():
    names = TrackNames()
    names.update('lab', [identity('lab', 3, 'P1')])
    names.update('lab', [identity('lab', 3)])
    assert names.of('lab', [3]) == {}


def test_who_came_to_another_room_has_left_the_first():
    names = TrackNames()
    names.update('lab', [identity('lab', 3, 'P1'), identity('lab', 5, 'P2')])
    names.update('hall', [identity('hall', 1, 'P1')])
    assert names.of('lab', [3, 5]) == {5: 'P2'}
    assert names.of('hall', [1]) == {1: 'P1'}


def test_rooms_of_which_nothing_was_heard():
    assert TrackNames().of('lab', [1]) == {}

"""People are recognised in bags as the node does it, and what is told of them in the end."""

import dataclasses

import pytest

from thermal_radar_fusion import pipeline
from thermal_radar_fusion.cli.common import changed
from thermal_radar_fusion.cli.identity_lines import IdentityLines
from thermal_radar_fusion.deployment import Deployment
from thermal_radar_fusion.identity_figures import visit_figures, visits
from thermal_radar_fusion.reid.building_identities import IdentifiedFrame
from thermal_radar_fusion.reid.followed import Identity, IdentityState
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import simulate


@pytest.fixture(scope='module')
def recording():
    """Return two people who walk side by side."""
    return simulate(load_scenario('parallel'), 0, 14.0)[0]


def two_rooms(seed=1, **settings):
    """Return what the radars of two rooms see of people who change between them."""
    scenario = load_scenario('two_rooms', {'motion.elsewhere': 0.8, **settings})
    return list(simulate(scenario, seed, 24.0))


@pytest.fixture(scope='module')
def building():
    return pipeline.process_recordings(two_rooms(), Deployment.of_rooms(['office', 'workshop']))


def test_every_frame_of_every_room_is_identified_by_stamp(building):
    stamps = [frame.stamp for frame in building.identified]
    assert stamps == sorted(frame.stamp for frame in building.frames)
    assert building.people >= 2


def test_people_are_named_where_they_are_known(building):
    known = {(v.identity.room, v.identity.track_id): v.identity.person for v in building.visits}
    frames = building.frames
    named = {(f.room, track): name for f in frames for track, name in f.names.items()}
    assert named
    assert named.items() <= known.items()


def test_visits_say_since_when_it_is_known(building):
    figures = building.summary()['identities']
    assert len(figures) == len(building.visits)
    for visit in figures:
        assert visit['begin_s'] <= visit['end_s']
        assert (visit['decided_s'] is None) == (visit['person'] == '')
        assert visit['state'] in ('known', 'new', 'undecided')
        if visit['person']:
            assert visit['begin_s'] < visit['decided_s'] <= visit['end_s']
            assert visit['confidence'] >= 0.9


def test_nobody_is_recognised_where_that_is_not_wanted(recording):
    silent = dataclasses.replace(Deployment.default('lab'), identification=None)
    processed = pipeline.process_recordings([recording], silent)
    assert processed.identified == processed.visits == []
    assert processed.summary()['identities'] == []
    assert len(processed.frames) == len(recording.frames)


def test_people_of_one_recording_are_known_in_the_next(recording, tmp_path):
    # What is tested is that they are kept, not how well they are told apart.
    hasty = ['decision.confidence=0.5', 'decision.open_set.newcomers=0.05']
    kept = changed(Deployment.default('lab'), [f'reidentification.{name}' for name in hasty])
    kept = kept.with_gallery(tmp_path / 'gallery.npz')
    first = pipeline.process_recordings([recording], kept)
    second = pipeline.process_recordings([recording], kept)
    assert {visit.state for visit in first.visits if visit.identity.person} == {'new'}
    assert {visit.state for visit in second.visits if visit.identity.person} == {'known'}
    assert second.people == first.people > 0


def seen(stamp, *identities, room='lab'):
    return IdentifiedFrame(room, stamp, identities)


def undecided(track=1):
    return Identity('lab', track, confidence=0.4, probabilities={'P1': 0.4})


def known(track=1, person='P1', state=IdentityState.KNOWN):
    return Identity('lab', track, state, person, 0.97, {person: 0.97})


def test_a_visit_is_what_was_said_last_of_a_track():
    found = visits(
        [
            seen(10.0, undecided(1)),
            seen(10.1, undecided(1), undecided(2)),
            seen(14.0, known(1), undecided(2)),
            seen(15.0, known(1)),
        ]
    )
    assert [visit.track for visit in found] == ['lab#1', 'lab#2']
    first, second = map(visit_figures, found)
    assert (first['person'], first['state'], first['confidence']) == ('P1', 'known', 0.97)
    assert (first['begin_s'], first['decided_s'], first['end_s']) == (10.0, 14.0, 15.0)
    assert (second['person'], second['state'], second['decided_s']) == ('', 'undecided', None)
    assert (found[0].sure, found[0].known_after) == ('0.97', '4.0 s')
    assert (found[1].sure, found[1].known_after) == ('–', '–')


def test_who_was_in_doubt_meanwhile_is_known_since_the_last_answer():
    stream = [seen(1.0, known()), seen(2.0, undecided()), seen(3.0, known(person='P2'))]
    (visit,) = visits(stream)
    assert (visit.identity.person, visit.decided) == ('P2', 3.0)
    (visit,) = visits(stream[:2])
    assert (visit.identity.person, visit.decided) == ('', None)


def test_lines_tell_what_is_new(capsys):
    lines = IdentityLines()
    for identities in (
        [undecided()],
        [known(state=IdentityState.NEW)],
        [known(state=IdentityState.NEW)],
        [undecided()],
        [known()],
    ):
        lines.tell(identities)
    told = [line.split('s  ', 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert told == [
        'lab#1 is P1, somebody new (sure to 97%)',
        'lab#1 may be somebody else',
        'lab#1 is P1, known (sure to 97%)',
    ]

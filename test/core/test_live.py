"""The live view of `trf demo` shows who is where and who is near whom."""

import io
import math

import numpy as np
import pytest
from rich.console import Console

from thermal_radar_fusion.cli.live import PLAN_COLUMNS, Scene, plan_rows, view
from thermal_radar_fusion.contacts.proximity import Contact, ContactState
from thermal_radar_fusion.fusion.screened import NOTICE, Screening
from thermal_radar_fusion.radar.track import RadarTrack, TrackStatus

BOUNDS = ((0.0, -2.0), (7.0, -2.0), (7.0, 2.0), (0.0, 2.0))


def track(track_id, x, y, status=TrackStatus.CONFIRMED):
    state, covariance = np.array([x, y, 0.6, 0.8]), np.diag([0.04, 0.01, 1, 1])
    return RadarTrack(track_id, status, state, covariance, 1.0, np.eye(2), 1.0, 9, 0.0, 0.0)


def contact(state, distance=1.25):
    return Contact(state, 'lab#1', 'lab#12', 'lab', 1.0, 4.5, distance, 0.07, 0.8, 1.1)


def shown(tracks=(), contacts=(), latency=None, screened=None, names=None):
    """Return the lines of the view on a plain terminal."""
    console = Console(file=io.StringIO(), width=100)
    scene = Scene('lab', BOUNDS, tracks, contacts, screened=screened or {}, names=names or {})
    console.print(view(scene, 12.5, 25.0, latency))
    return console.file.getvalue().splitlines()


def plan(lines):
    """Return the inner rows of the floor plan."""
    return [line[3 : 3 + PLAN_COLUMNS] for line in lines[2:15]]


def test_names_stand_beside_the_tracks_whose_people_are_known():
    lines = shown([track(1, 1.0, 0.0), track(2, 2.0, 0.0)], names={2: 'P7'})
    (first,) = [line for line in lines if 'lab#1' in line]
    (second,) = [line for line in lines if 'lab#2' in line]
    assert 'P' not in first
    assert 'lab#2 P7' in second


def test_nobody_is_said_to_be_nobody():
    text = '\n'.join(shown())
    assert 'nobody yet' in text
    assert 'none yet' in text
    assert '12.5 of 25 s' in text


def test_people_are_where_they_are():
    lines = shown([track(1, 0.0, 2.0), track(2, 7.0, -2.0), track(13, 3.5, 0.0)])
    rows = plan(lines)
    assert rows[0][0] == '1'
    assert rows[-1][-1] == '2'
    middle = PLAN_COLUMNS // 2
    assert rows[6][middle - 1 : middle + 1].strip() == '3'
    assert rows[6][0] == '▶'


@pytest.mark.parametrize('height', [10, 24, 30, 80])
def test_the_plan_leaves_room_for_the_tables(height):
    rows = plan_rows(height)
    assert 4 <= rows <= 13
    scene = Scene('lab', BOUNDS, [track(1, 1.0, 0.0)] * 3, [contact(ContactState.END)], rows)
    console = Console(file=io.StringIO(), width=100)
    console.print(view(scene, 1.0, 25.0, None))
    assert len(console.file.getvalue().splitlines()) <= max(height, 24)


def test_who_leaves_the_room_stays_at_its_wall():
    assert plan(shown([track(1, 99.0, 99.0)]))[0][-1] == '1'


def test_figures_come_with_their_uncertainty():
    text = '\n'.join(shown([track(12, 3.456, -1.0)], latency=0.0123))
    (line,) = [line for line in text.splitlines() if '● lab#12' in line]
    for figure in ('3.46', '-1.00', '0.20 m', '1.0 m/s'):
        assert figure in line
    assert 'frame to /contacts 12.3 ms' in text
    assert 'x [m]' in text


@pytest.mark.parametrize(
    ('state', 'word', 'lines'),
    [
        (ContactState.BEGIN, 'near', True),
        (ContactState.ONGOING, 'near', True),
        (ContactState.END, 'ended', False),
    ],
)
def test_a_contact_is_told_and_drawn_while_it_lasts(state, word, lines):
    people = [track(1, 2.0, 0.0), track(12, 4.0, 1.0)]
    output = shown(people, [contact(state)])
    (line,) = [line for line in output if 'lab#1 – lab#12' in line]
    assert word in line
    assert '3.5 s' in line
    assert ('1.25±0.07' in line) is lines
    assert any('·' in row for row in plan(output)) is lines


def test_of_many_contacts_the_last_are_shown():
    contacts = [contact(ContactState.END, float(i)) for i in range(20)]
    output = shown((), contacts)
    assert sum('lab#12' in line for line in output) == 6


def screening(track_id, temperature, elevated=False):
    found = {'temperature': temperature, 'temperature_std': 0.34, 'elevated': elevated}
    return Screening('lab', 'thermal', track_id, 7, **found)


def test_temperatures_stand_beside_people_and_the_notice_below():
    people = [track(1, 2.0, 0.0), track(2, 3.0, 1.0), track(3, 4.0, 1.0), track(4, 5.0, 1.0)]
    screened = {1: screening(1, 36.21), 2: screening(2, 38.06, True), 3: screening(3, math.nan)}
    output = shown(people, screened=screened)
    lines = {n: line for line in output for n in range(1, 5) if f'● lab#{n}' in line}
    assert '36.2±0.3 °C' in lines[1]
    assert '▲' not in lines[1]
    assert '▲ 38.1±0.3 °C' in lines[2]
    assert '°C' not in lines[3] + lines[4]
    assert any(NOTICE in line for line in output)
    assert not any(NOTICE in line for line in shown(people))

"""The tables: which sequences there are, and how they are averaged."""

import itertools
import math

import numpy as np
import pytest

from thermal_radar_fusion.datasets.recording import DatasetError
from thermal_radar_fusion.evaluation import suites
from thermal_radar_fusion.evaluation.baseline import BaselineTracker

HEADER = 'Frame #,# Obj,X,Y,Z,Doppler,Intensity,y,m,d,h,m,s'
SHORT = suites.SuiteParameters(duration=8.0, pair_starts=(0.0, 9.0), triple_starts=(0.0, 2.0))


def write_walk(path, phase, seconds=15, seed=0):
    """Write a file of somebody who walks to and fro at x = 4 m, y from -1.5 to 1.5 m."""
    rng = np.random.default_rng(seed)
    lines = [HEADER]
    for i in range(10 * seconds):
        centre = (1.5 * math.sin(0.6 * 0.1 * i + phase), 4.0, 0.0)
        for x, y, z in rng.normal(centre, 0.08, (8, 3)):
            clock = f'2020,1,2,3,{i // 600},{i % 600 / 10}'
            lines.append(f'{i},8,{x:.4f},{y:.4f},{z:.4f},0.0,9,{clock}')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join(lines))


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('mmgait')
    for number, name in enumerate('abc'):
        write_walk(folder / f'room1/1/77Ghz_radar/{name}.csv', 2.0 * number, seed=number)
    write_walk(folder / 'room2/1/77Ghz_radar/d.csv', 0.0)
    return folder


@pytest.fixture(scope='module')
def recordings(folder):
    return suites.load(suites.find_files(folder))


def test_files_are_found_in_order(folder):
    assert [file.stem for file in suites.find_files(folder)] == ['a', 'b', 'c', 'd']


@pytest.mark.parametrize('name', ['absent', ''])
def test_folder_without_files_is_refused(tmp_path, name):
    with pytest.raises(DatasetError):
        suites.find_files(tmp_path / name)


def test_each_person_alone_is_one_row(recordings):
    rows = suites.one_person(recordings, {'plain': BaselineTracker})
    assert [row.people for row in rows] == [('a',), ('b',), ('c',), ('d',)]
    assert all(row.score.mota > 0.85 for row in rows)


def test_all_pairs_and_triples_of_a_room_are_overlaid(recordings):
    told = []
    rows = suites.overlaid(
        recordings, {'plain': BaselineTracker}, SHORT, lambda *step: told.append(step)
    )
    pairs = list(itertools.combinations('abc', 2))
    assert [row.people for row in rows] == [*pairs, ('a', 'b', 'c'), ('a', 'b', 'c')]
    assert [row.start for row in rows] == [0.0, 0.0, 0.0, 0.0, 2.0]
    assert all(row.score.duration_s == pytest.approx(8.0, abs=0.2) for row in rows)
    assert [step[1:] for step in told] == [(i, 5) for i in range(5)]


def test_limit_picks_evenly(recordings):
    parameters = SHORT.replace(limit=3)
    rows = suites.overlaid(recordings, {'plain': BaselineTracker}, parameters)
    assert [row.people for row in rows] == [('a', 'b'), ('b', 'c'), ('a', 'b', 'c')]


def test_short_files_are_overlaid_for_as_long_as_they_last(recordings):
    parameters = SHORT.replace(duration=60.0)
    rows = suites.overlaid(recordings, {'plain': BaselineTracker}, parameters)
    assert [row.start for row in rows] == [0.0] * 4
    assert all(row.score.duration_s == pytest.approx(14.9, abs=0.1) for row in rows)


def test_summary_is_mean_and_standard_error(recordings):
    rows = suites.overlaid(recordings, {'plain': BaselineTracker}, SHORT)
    rows += suites.one_person(recordings, {'plain': BaselineTracker})
    summary = {row.group: row for row in suites.summarise(rows)}
    counts = {group: row.recordings for group, row in summary.items()}
    assert counts == {'1 person': 4, '2 people': 3, '3 people': 2, 'overlaid': 5}
    motas = [row.score.mota for row in rows if len(row.people) == 2]
    pair = summary['2 people']
    assert pair.mean['mota'] == pytest.approx(np.mean(motas))
    assert pair.standard_error['mota'] == pytest.approx(np.std(motas, ddof=1) / math.sqrt(3))
    assert math.isnan(summary['1 person'].mean['separation_ratio'])

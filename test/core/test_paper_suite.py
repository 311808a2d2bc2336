"""The suite `paper`: what it computes, writes and shows, on a few seconds of simulation."""

import dataclasses
import json
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from thermal_radar_fusion import cli
from thermal_radar_fusion.evaluation import paper_tables
from thermal_radar_fusion.evaluation.comparison import EvaluationError
from thermal_radar_fusion.evaluation.paper_figures import suite_figures
from thermal_radar_fusion.evaluation.paper_scenes import SCENES
from thermal_radar_fusion.evaluation.paper_suite import Suite, run_suite
from thermal_radar_fusion.evaluation.score import pooled
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.report.suite import render_suite

TINY = Suite(scenes=('parallel',), seeds=(1000, 1001), duration=4.0, peers=('plain',))
CONTRACT = {'position_error_p80_m', 'distance_error_p80_m', 'position_rmse_m', 'distance_rmse_m'}
CONTRACT |= {'separation_ratio', 'separation_ratio_dbscan', 'failed_tracks', 'mota', 'idf1'}
CONTRACT |= {'hota', 'gospa', 'id_switches'}


@pytest.fixture(scope='module')
def runs():
    return run_suite(TINY)


@pytest.fixture(scope='module')
def figures(runs):
    return suite_figures(TINY, runs)


def trf(*arguments):
    return cli.run([str(argument) for argument in arguments])


def test_figures_have_the_contract_for_ours_and_for_peers(figures):
    assert set(figures) == {'suite', 'seeds', 'scenes', 'overall'}
    assert (figures['suite'], figures['seeds']) == ('paper', [1000, 1001])
    for values in (figures['scenes']['parallel'], figures['overall']):
        assert set(values) >= CONTRACT
        assert set(values['peers']['plain']) >= CONTRACT
    json.dumps(figures, allow_nan=False)


def test_even_seeds_have_two_people_and_odd_ones_three(runs, figures):
    assert [run.people for run in runs] == [2, 3]
    assert set(figures['scenes']['parallel']['by_people']) == {'2', '3'}
    four = dataclasses.replace(TINY, people=4, seeds=(1000,), duration=1.0)
    assert run_suite(four)[0].people == 4


def test_runs_are_pooled_as_one(runs, figures):
    ours = [run.samples['ours'] for run in runs]
    errors = np.concatenate([one.position_errors for one in ours])
    values = figures['scenes']['parallel']
    assert values['position_error_p80_m'] == np.percentile(errors, 80)
    assert values['position_rmse_m'] == pytest.approx(math.sqrt(np.mean(errors**2)))
    frames = np.concatenate([one.separated for one in ours])
    assert values['separation_ratio'] == frames.mean()
    counts = [one.counts for one in ours]
    wrong = sum(c.misses + c.false_positives + c.switches for c in counts)
    assert values['mota'] == pytest.approx(1 - wrong / sum(c.objects for c in counts))
    assert values['id_switches_per_run'] == values['id_switches'] / 2


def test_pool_of_one_is_itself(runs):
    alone = runs[0].samples['ours']
    assert pooled([alone]).score() == alone.score()


def test_number_of_processes_changes_nothing(figures):
    told = []
    again = suite_figures(TINY, run_suite(TINY, 2, lambda *step: told.append(step)))
    assert again == figures
    assert [step[1:] for step in told] == [(0, 2), (1, 2)]


def test_parameters_of_the_tracker_reach_it(figures):
    never = dataclasses.replace(TINY, tracker={'life_cycle.confirm_time': 20.0}, peers=())
    assert suite_figures(never, run_suite(never))['overall']['mota'] == 0.0
    assert figures['overall']['mota'] != 0.0
    wrong = dataclasses.replace(TINY, tracker={'life_cycle.nix': 1})
    with pytest.raises(ParameterError, match='nix'):
        run_suite(wrong)


@pytest.mark.parametrize(
    ('change', 'text'),
    [
        ({'scenes': ('nix',)}, "unknown scene 'nix'; known are parallel"),
        ({'scenes': ()}, 'at least one'),
        ({'seeds': ()}, 'at least one'),
        ({'duration': 0.0}, 'must be positive'),
        ({'duration': math.inf}, 'must be positive'),
    ],
)
def test_impossible_suites_are_refused(change, text):
    with pytest.raises(EvaluationError, match=text):
        Suite(**change)


def test_tables_have_every_scene_and_method(figures):
    rows = paper_tables.method_rows(figures)
    assert [[row.method for row in group] for group in rows] == [['ours', 'plain']] * 2
    close = paper_tables.separation_rows(figures)
    assert {group[0].scene for group in close} <= {'parallel, 2 people', 'parallel, 3 people'}
    for group in close:
        methods = [row.method for row in group]
        assert methods == ['ours', 'plain', *paper_tables.WITHOUT_TRACKING]


def test_best_is_the_largest_or_the_smallest_of_what_is_shown():
    rows = [paper_tables.Row('s', str(n), {'x': n}) for n in (0.2, 0.1, None, 0.1004)]
    more, less = paper_tables.Column('x', 'x', more=True), paper_tables.Column('x', 'x')
    assert [paper_tables.is_best(row, rows, more) for row in rows] == [True, False, False, False]
    assert [paper_tables.is_best(row, rows, less) for row in rows] == [False, True, False, True]
    assert not paper_tables.is_best(rows[1], rows[1:], less)


def test_what_nobody_could_do_is_not_called_best():
    names = ('ours', 'plain', paper_tables.TRUTH_ALONE)
    rows = [
        paper_tables.Row('s', n, {'x': v}) for n, v in zip(names, (0.8, 0.7, 0.9), strict=True)
    ]
    column = paper_tables.Column('x', 'x', more=True)
    assert [paper_tables.is_best(row, rows, column) for row in rows] == [True, False, False]


class Page(HTMLParser):
    """What a page holds: its ids, and the addresses that it would load."""

    def __init__(self):
        super().__init__()
        self.ids, self.addresses, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            self.ids += [value] if name == 'id' else []
            self.addresses += [value] if name in ('src', 'href', 'xlink:href') else []


def test_report_needs_nothing_but_itself(figures, runs):
    text = render_suite(figures, runs)
    page = Page()
    page.feed(text)
    assert all(address.startswith('#') for address in page.addresses)
    assert not re.search(r'url\((?!#)|@import', text)
    assert len(page.ids) == len(set(page.ids))
    assert page.tags.count('svg') == 5
    assert page.tags.count('table') == 3
    for word in ('parallel', 'DBSCAN alone', 'milliTRACE-IR', 'HOTA'):
        assert word in text


def test_command_writes_figures_and_report(tmp_path, capsys):
    options = '--suite paper --scenes close --seeds 1 --first-seed 1000 --duration 3 --no-peers'
    files = ('--json', tmp_path / 'f.json', '--report', tmp_path / 'f.html')
    assert trf('evaluate', 'tracking', *options.split(), *files) == 0
    figures = json.loads((tmp_path / 'f.json').read_text())
    assert figures['seeds'] == [1000]
    assert figures['scenes']['close']['peers'] == {}
    assert (tmp_path / 'f.html').read_text().startswith('<!DOCTYPE html>')
    assert 'People close together' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('options', 'text'),
    [
        ('', 'give either a bag or folder, or --suite'),
        ('somewhere --suite paper', 'give either'),
        ('somewhere --seeds 2', '--seeds belongs to --suite'),
        ('somewhere --no-peers', '--peers belongs to --suite'),
        ('--suite nix', "unknown suite 'nix'; known are paper"),
        ('--suite paper --scenes nix', "unknown scene 'nix'"),
        ('--suite paper --seeds 0', '--seeds'),
        ('--suite paper --jobs 0', '--jobs'),
        ('--suite paper --first-seed=-1', '--first-seed'),
        ('--suite paper --duration=-3', 'must be positive'),
        ('--suite paper --people 500', 'people: count: must be'),
        ('--suite paper --set tracker.nix=1', "unknown parameter 'nix'"),
        ('--suite paper --set contacts.begin_distance=1', 'tracker.'),
        ('--suite paper --room lab', '--room'),
        ('--suite paper --report /dev/null/f.html', '/dev/null/f.html: cannot be written'),
        ('--suite paper --json /dev', '/dev: cannot be written'),
    ],
)
def test_bad_input_is_one_line(options, text, capsys):
    assert trf('evaluate', 'tracking', *options.split()) == 2
    error = capsys.readouterr().err.strip()
    assert error.startswith('trf: ')
    assert '\n' not in error
    assert text in error


def test_absent_peer_is_told_of(monkeypatch, capsys):
    from thermal_radar_fusion.evaluation import peers

    absent = {'gone': peers.Peer('gone', 'Gone', 'Gone', {}, 'nothing', 'pip install nothing')}
    monkeypatch.setattr(peers, 'PEERS', absent)
    options = '--suite paper --scenes close --seeds 1 --duration 1'
    assert trf('evaluate', 'tracking', *options.split()) == 0
    line = 'gone is left out: nothing is not installed (pip install nothing)'
    assert line in capsys.readouterr().out.splitlines()


def test_every_scene_is_a_scenario():
    from thermal_radar_fusion.simulation.scenario import scenario_names

    assert set(SCENES) <= set(scenario_names())

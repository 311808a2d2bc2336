"""`trf reid`: who a gallery knows, and forgetting them; `trf process` with a gallery."""

import json

import numpy as np
import pytest

from thermal_radar_fusion import cli
from thermal_radar_fusion.reid.gait_features import GaitFeatures
from thermal_radar_fusion.reid.gallery import Gallery
from thermal_radar_fusion.reid.gallery_file import load_gallery, save_gallery
from thermal_radar_fusion.reid.gallery_store import GalleryLock
from thermal_radar_fusion.simulated_bags import write_simulation
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import Simulation

# 21 November 2026, 20:30 UTC.
STAMP = 1795293000.0


def trf(*arguments):
    return cli.run([str(argument) for argument in arguments])


@pytest.fixture
def gallery(tmp_path):
    """Write three people, of whom the first has more features than usual bounds allow."""
    known = Gallery('gait-1', 32)
    rows = np.abs(np.random.default_rng(0).normal(size=(600, 32)))
    for person, count in enumerate((500, 30, 20)):
        known.enrol(STAMP + 100 * person + np.arange(count) / 10, rows[:count])
    path = tmp_path / 'gallery.npz'
    save_gallery(known, path)
    return path


def people(path):
    return list(load_gallery(path, 'gait-1', 32).people)


def test_people_are_listed(gallery, tmp_path, capsys):
    assert trf('reid', 'list', gallery, '--json', tmp_path / 'f.json') == 0
    output = capsys.readouterr().out
    assert '2026-11-21 20:30:00 UTC' in output
    assert '3 people of 3 ever; network gait-1' in output
    figures = json.loads((tmp_path / 'f.json').read_text())
    assert (figures['network'], figures['dimension'], figures['enrolled']) == ('gait-1', 32, 3)
    assert [entry['person'] for entry in figures['people']] == ['P1', 'P2', 'P3']
    assert [entry['features'] for entry in figures['people']] == [500, 30, 20]
    assert figures['people'][1]['first_s'] == STAMP + 100
    assert figures['people'][1]['last_seen_s'] == pytest.approx(STAMP + 102.9)


def test_simulated_stamps_are_no_dates(tmp_path, capsys):
    known = Gallery('gait-1', 32)
    known.enrol(12.5, np.eye(32))
    save_gallery(known, tmp_path / 'g')
    assert trf('reid', 'list', tmp_path / 'g') == 0
    assert '12.5 s' in capsys.readouterr().out


def test_some_are_forgotten_and_nothing_else_is_lost(gallery, capsys):
    before = load_gallery(gallery, 'gait-1', 32).people['P1']
    assert trf('reid', 'forget', 'P2', 'P3', '--gallery', gallery) == 0
    assert 'P2 is forgotten\nP3 is forgotten' in capsys.readouterr().out
    after = load_gallery(gallery, 'gait-1', 32)
    np.testing.assert_array_equal(after.people['P1'].features, before.features)
    assert (list(after.people), after.enrolled) == (['P1'], 3)


def test_who_is_not_known_cannot_be_forgotten_and_nobody_else_is(gallery, capsys):
    assert trf('reid', 'forget', 'P1', 'P9', '--gallery', gallery) == 2
    assert capsys.readouterr().err == "trf: nobody is called 'P9'\n"
    assert people(gallery) == ['P1', 'P2', 'P3']


def test_a_gallery_in_use_is_left_alone(gallery, capsys):
    with GalleryLock(gallery):
        assert trf('reid', 'forget', 'P1', '--gallery', gallery) == 2
    assert 'is in use by another program' in capsys.readouterr().err
    assert people(gallery) == ['P1', 'P2', 'P3']


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    path = tmp_path_factory.mktemp('bags') / 'walk'
    scenario = load_scenario('free', {'people.count': 1, 'motion.stand': 0, 'motion.sit': 0})
    write_simulation(path, Simulation(scenario, 0, 14.0, ('radar',)))
    return path


def processed(bag, folder, *options):
    """Run `trf process`; return the visits that it found."""
    hasty = '--set', 'reidentification.decision.open_set.newcomers=0.05'
    assert trf('process', bag, '--json', folder / 'f.json', *hasty, *options) == 0
    return json.loads((folder / 'f.json').read_text())['identities']


def test_people_of_one_bag_are_known_in_the_next(bag, tmp_path, capsys):
    gallery = tmp_path / 'gallery.npz'
    first = processed(bag, tmp_path, '--gallery', gallery)
    assert {visit['state'] for visit in first} == {'new'}
    second = processed(bag, tmp_path, '--gallery', gallery, '-o', tmp_path / 'out')
    assert [(visit['person'], visit['state']) for visit in second] == [('P1', 'known')]
    output = capsys.readouterr().out
    assert 'people recognised' in output
    assert 'known after' in output
    table = (tmp_path / 'out' / 'identities.csv').read_text().splitlines()
    assert table[0].startswith('person,room,track_id,state,confidence')
    assert table[1].startswith('P1,lab,1,known,')
    network = GaitFeatures()
    assert list(load_gallery(gallery, network.network, network.dimension).people) == ['P1']


def test_nobody_is_kept_unless_that_is_asked_for(bag, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('HOME', str(tmp_path))
    assert processed(bag, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['f.json']


def test_nobody_is_recognised_if_that_is_not_wanted(bag, tmp_path, capsys):
    assert processed(bag, tmp_path, '--no-identities') == []
    assert 'people recognised' not in capsys.readouterr().out

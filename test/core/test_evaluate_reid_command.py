"""The commands `trf evaluate reid` and `trf calibrate reid`: contract, page, and bad input."""

import json

import numpy as np
import pytest
from acquaintances import acquaintances
from gait_windows_at_hand import different_walkers

from thermal_radar_fusion import cli
from thermal_radar_fusion.evaluation import reid
from thermal_radar_fusion.evaluation.reid_open_set import fitted
from thermal_radar_fusion.reid.gait_features import GaitFeatures
from thermal_radar_fusion.reid.open_set_file import open_set_beside
from thermal_radar_fusion.resources import resource

CONTRACT = {
    'accuracy_w20_6',
    'accuracy',
    'accuracy_cosine',
    'unknown_detection_auroc',
    'train_ms',
    'update_ms',
}


@pytest.fixture(scope='module')
def evaluated(tmp_path_factory):
    """JSON, page and output of the command on synthetic people."""
    folder = tmp_path_factory.mktemp('reid')
    patch = pytest.MonkeyPatch()
    groups = [acquaintances(3, k, 90, 60, visit=0.05) for k in range(2)]
    patch.setattr(reid, 'people_of', lambda *given: groups)
    patch.setattr(reid, 'Plan', lambda: reid.QUICK.replace(people=3, initialisations=1))
    # Three people are as many as there are here, and a few galleries are enough.
    for name, value in (('WORST_PEOPLE', 3), ('GALLERIES', 4), ('RUNS', 2)):
        patch.setattr(reid, name, value)
    files = ['--json', str(folder / 'f.json'), '--report', str(folder / 'page.html')]
    assert cli.run(['evaluate', 'reid', *files]) == 0
    patch.undo()
    return json.loads((folder / 'f.json').read_text()), (folder / 'page.html').read_text()


def test_figures_are_those_of_the_contract(evaluated):
    found, _ = evaluated
    assert set(found) >= CONTRACT
    assert set(found['accuracy']) == {'2', '3'}
    assert found['accuracy']['3']['20'] == found['accuracy_w20_6'] > 0.9
    assert 0.9 < found['unknown_detection_auroc'] <= 1
    assert found['train_ms'] > 0
    assert found['update_ms'] > 0
    assert set(found['curves']) == {'6 s', '18 s', 'imbalanced'}
    assert {'WELM', 'ridge', 'nearest centroid'} <= set(found['classifiers']['18 s']['same'])


def test_page_has_all_figures(evaluated):
    found, page = evaluated
    assert page.count('<svg') == 7
    assert f'{found["accuracy_w20_6"]:.3f}' in page
    assert 'logistic regression' in page
    assert 'nan' not in page.split('<svg')[0]


def test_calibration_is_written_beside_the_network(tmp_path, monkeypatch, capsys):
    weights = tmp_path / 'own.onnx'
    weights.write_bytes(resource('models/gait.onnx').read_bytes())
    people = acquaintances(8, 1, 60, 50, visit=0.05)
    open_set = fitted(people, 2, np.random.default_rng(0))
    monkeypatch.setattr(reid, 'fitted_open_set', lambda *given: open_set)
    file = tmp_path / 'f.json'
    assert cli.run(['calibrate', 'reid', '--network', str(weights), '--json', str(file)]) == 0
    name = GaitFeatures(weights).network
    assert json.loads(file.read_text())['network'] == name
    found = open_set_beside(weights, name)
    assert found.parameters.half_time == pytest.approx(open_set.parameters.half_time, rel=1e-4)
    assert found.scatter is not None
    assert 'own.open_set.yaml' in capsys.readouterr().out


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of two people in the layout of mmGait, of which nothing needs to be read."""
    place = tmp_path / 'data' / 'room1' / '77Ghz_radar'
    place.mkdir(parents=True)
    people = dict(zip(('005', '017'), different_walkers(2, windows=60), strict=True))
    for name in people:
        (place / f'{name}.csv').write_text('')
    monkeypatch.setattr(
        'thermal_radar_fusion.evaluation.reid_real.read_windows',
        lambda file, parameters, cache: people[file.stem],
    )
    return tmp_path / 'data'


def test_real_people_by_name(folder, tmp_path, capsys):
    file = tmp_path / 'f.json'
    names = ['--data', str(folder), '--subjects', '005,017']
    assert cli.run(['evaluate', 'reid', *names, '--json', str(file)]) == 0
    found = json.loads(file.read_text())
    assert found['chance'] == 0.5
    assert 0.5 < found['window_accuracy'] <= 1
    assert 0.5 < found['accuracy_24s'] <= 1
    assert 'too good' in capsys.readouterr().out


BAD = {
    'somebody else': (['--subjects', '005,099'], '099'),
    'one person': (['--subjects', '005'], 'at least two subjects'),
    'nobody': (['--subjects', ','], 'at least two subjects'),
    'all left out': (['--leave-out', '2'], 'can be left out'),
    'no such network': (['--network', 'none.onnx'], 'none.onnx'),
    'splits of nothing': (['--splits', '3'], '--leave-out'),
    'networks of its own': (['--leave-out', '2', '--network', 'a.onnx'], '--network'),
    'two kinds of people': (['--quick'], 'simulated people'),
    'groups': (['--groups', '3'], 'simulated people'),
    'population': (['--population', '3'], 'simulated people'),
}


@pytest.mark.parametrize('case', BAD)
def test_bad_input_is_one_line(case, folder, capsys):
    options, message = BAD[case]
    if case == 'all left out':
        pytest.importorskip('torch')
    assert cli.run(['evaluate', 'reid', '--data', str(folder), *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count('\n') == 1


def test_folders_without_mmgait_files_are_named(tmp_path, capsys):
    assert cli.run(['evaluate', 'reid', '--data', str(tmp_path / 'none')]) == 2
    assert cli.run(['evaluate', 'reid', '--data', str(tmp_path)]) == 2
    place = tmp_path / '77Ghz_radar'
    place.mkdir()
    for name in 'ab':
        (place / f'{name}.csv').write_text('colour,size\nred,3\n')
    assert cli.run(['evaluate', 'reid', '--data', str(tmp_path)]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3
    assert 'has no mmGait files' in errors[0]
    assert 'a.csv' in errors[2]


@pytest.mark.parametrize(
    'options', [['--subjects', 'a,b'], ['--leave-out', '3'], ['--splits', '2'], ['--groups', '1']]
)
def test_options_of_real_people_need_their_folder(options, capsys):
    assert cli.run(['evaluate', 'reid', *options]) == 2
    assert capsys.readouterr().err.count('\n') == 1


def test_windows_folder_that_cannot_be_is_named(tmp_path, capsys):
    (tmp_path / 'file').write_text('')
    assert cli.run(['evaluate', 'reid', '--windows', str(tmp_path / 'file')]) == 2
    assert 'cannot be written' in capsys.readouterr().err


def test_training_that_is_not_installed_is_one_line(folder, monkeypatch, capsys):
    monkeypatch.setitem(
        __import__('sys').modules, 'thermal_radar_fusion.evaluation.reid_splits', None
    )
    assert cli.run(['evaluate', 'reid', '--data', str(folder), '--leave-out', '2']) == 1
    assert 'requirements/train.txt' in capsys.readouterr().err

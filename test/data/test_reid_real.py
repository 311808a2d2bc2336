"""Real people told apart by `trf evaluate reid --data`; the shipped network knows these people."""

import json

import pytest

from thermal_radar_fusion import cli

SUBJECTS = ('002', '022', '085')


@pytest.fixture(scope='module')
def found(mmgait_folder, tmp_path_factory):
    """What the command writes of three people."""
    folder = tmp_path_factory.mktemp('reid')
    options = ['--data', str(mmgait_folder), '--subjects', ','.join(SUBJECTS)]
    options += ['--windows', str(folder), '--json', str(folder / 'f.json')]
    assert cli.run(['evaluate', 'reid', *options]) == 0
    return json.loads((folder / 'f.json').read_text())


def test_people_are_told_apart(found):
    # A test of the chain, not a figure: the network has learnt from them.
    assert found['chance'] == pytest.approx(1 / 3)
    assert found['window_accuracy'] > 0.85
    assert found['accuracy_24s'] > 0.95
    assert found['subjects'] == list(SUBJECTS)


def test_unknown_subject_is_one_line(mmgait_folder, capsys):
    options = ['--data', str(mmgait_folder), '--subjects', '002,nobody']
    assert cli.run(['evaluate', 'reid', *options]) == 2
    error = capsys.readouterr().err
    assert 'nobody' in error
    assert error.count('\n') == 1

"""The default tracker on one real walk alone and on two people laid over one another."""

import pytest

from thermal_radar_fusion.datasets import mmgait
from thermal_radar_fusion.evaluation.tracking import evaluate
from thermal_radar_fusion.radar.tracker import RadarTracker, TrackerParameters

FOLDER = 'room2/1/fixed_route/77Ghz_radar'


def scored(recording, preset='soft'):
    tracker = RadarTracker(TrackerParameters.preset(preset))
    return evaluate(recording, [tracker.update(frame) for frame in recording.frames])


@pytest.fixture(scope='module')
def folder(mmgait_folder):
    if not (mmgait_folder / FOLDER).is_dir():
        pytest.skip(f'{FOLDER} is absent')
    return mmgait_folder / FOLDER


@pytest.fixture(scope='module')
def pair(folder):
    return mmgait.merge([folder / '022.csv.gz', folder / '042.csv.gz'], duration=60.0)


def test_one_person_is_followed_through_the_whole_file(folder):
    score = scored(mmgait.merge([folder / '013.csv.gz']))
    assert score.confirmed_tracks <= 2
    assert score.coverage >= 0.98
    assert score.mota >= 0.95


def test_two_people_are_followed_and_told_apart(pair):
    score = scored(pair)
    assert score.mota >= 0.93
    assert score.idf1 >= 0.8
    assert score.position_error_p80_m < 0.1


def test_the_default_beats_the_paper(pair):
    assert scored(pair).mota > scored(pair, 'paper_sparse').mota

"""The default tracker on real recordings, against the bounds that the product promises."""

import numpy as np
import pytest

from thermal_radar_fusion.datasets import mmgait
from thermal_radar_fusion.datasets.reference import with_reference
from thermal_radar_fusion.evaluation import suites
from thermal_radar_fusion.evaluation.baseline import BaselineTracker
from thermal_radar_fusion.radar.tracker import RadarTracker

METHODS = {'ours': RadarTracker, 'plain': BaselineTracker}


@pytest.fixture(scope='module')
def recordings(mmgait_folder):
    files = [file for file in suites.find_files(mmgait_folder) if '77ghz' in str(file).lower()]
    if not files:
        pytest.skip(f'no 77 GHz files below {mmgait_folder}')
    return [with_reference(mmgait.read(file)) for file in files]


@pytest.fixture(scope='module')
def alone(recordings):
    """Every third file: all of them are what `trf evaluate tracking FOLDER` is for."""
    return suites.one_person(recordings[::3], METHODS)


@pytest.fixture(scope='module')
def together(recordings):
    """Three sequences of each room, two and three people at a time."""
    return suites.overlaid(recordings, METHODS, suites.SuiteParameters(limit=3))


def scores(rows, method, name):
    return np.array([getattr(row.score, name) for row in rows if row.method == method])


def test_one_person_is_one_track(alone):
    tracks = scores(alone, 'ours', 'confirmed_tracks')
    assert tracks.mean() <= 1.5
    assert scores(alone, 'plain', 'confirmed_tracks').mean() > tracks.mean()


def test_one_person_is_tracked_all_the_time(alone):
    assert scores(alone, 'ours', 'coverage').min() >= 0.98


def test_one_person_is_where_the_reference_is(alone):
    assert scores(alone, 'ours', 'position_error_p80_m').max() < 0.1


def test_people_together_are_followed(together):
    assert scores(together, 'ours', 'mota').mean() >= 0.95


@pytest.mark.parametrize('name', ['mota', 'idf1', 'separation_ratio'])
def test_people_together_are_followed_better_than_by_a_plain_tracker(together, name):
    assert scores(together, 'ours', name).mean() > scores(together, 'plain', name).mean()

"""Gait features of real people: one session each, as far as that goes."""

import numpy as np
import pytest

from thermal_radar_fusion.datasets.gait_recordings import find_recordings, read_windows
from thermal_radar_fusion.reid.gait_features import GaitFeatures
from thermal_radar_fusion.training.gait_validation import told_apart

SUBJECTS = ('002', '022', '085')


@pytest.fixture(scope='module')
def features():
    """The shipped network."""
    return GaitFeatures()


@pytest.fixture(scope='module')
def recordings(mmgait_folder, features):
    """Three people of one room before one radar."""
    files = find_recordings(mmgait_folder, SUBJECTS, 'radar_77ghz')
    return [read_windows(file, features.windows) for file in files]


def test_one_track_covers_the_recording(recordings):
    for recording in recordings:
        steps = np.diff(recording.stamps)
        assert len(recording) > 400
        # Two windows per second: hardly one is missing.
        assert len(recording) > 0.98 * 2 * np.ptp(recording.stamps)
        assert np.median(steps) == pytest.approx(0.5, abs=0.05)
        assert recording.mask.sum((1, 2)).mean() > 300


def test_people_of_the_training_are_told_apart(recordings, features):
    # The network knows these three: a test of the chain, not a figure.
    found = told_apart(recordings, [features.of(one.points, one.mask) for one in recordings])
    assert found.window > 0.9
    assert found.long > 0.97

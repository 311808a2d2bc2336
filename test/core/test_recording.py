"""A recording says how long it is."""

import numpy as np
import pytest

from thermal_radar_fusion.datasets.recording import DatasetError, Recording
from thermal_radar_fusion.radar.point_cloud import RadarFrame


@pytest.mark.parametrize(('stamps', 'duration'), [((), 0.0), ((7.5,), 0.0), ((7.5, 9.0), 1.5)])
def test_duration_is_from_the_first_to_the_last_frame(stamps, duration):
    frames = tuple(RadarFrame(stamp, np.empty((0, 5))) for stamp in stamps)
    assert Recording(frames).duration == duration


def test_a_dataset_error_is_bad_input():
    assert issubclass(DatasetError, ValueError)

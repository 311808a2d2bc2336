import numpy as np
import pytest

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.radar.area import MonitoredArea

SQUARE = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))
FAN = ((1.0, 1.0), (2.0, 1.0), (1.0, 2.0))


def test_everything_is_watched_by_default():
    assert MonitoredArea().contains([[1e6, -1e6]]).tolist() == [True]


def test_bounds_and_exclusion_zones():
    area = MonitoredArea(bounds=SQUARE, exclusion_zones=(FAN,))
    inside = area.contains([[3.0, 3.0], [5.0, 3.0], [1.2, 1.2], [1.9, 1.9]])
    assert inside.tolist() == [True, False, False, True]


def test_no_positions():
    assert MonitoredArea(bounds=SQUARE).contains(np.zeros((0, 2))).shape == (0,)


@pytest.mark.parametrize(
    'bad', [((0, 0), (1, 1)), ((0, 0), (1, 1), (2,)), 'room', [[0, 0, 0]] * 3]
)
def test_a_bad_polygon_is_named(bad):
    with pytest.raises(ParameterError, match=r'exclusion_zones\[0\]'):
        MonitoredArea(exclusion_zones=(bad,))

"""Screening rules on the FDA study's table of 1,020 people."""

import numpy as np
import pytest

from thermal_radar_fusion.datasets.csv_columns import read_columns
from thermal_radar_fusion.evaluation.screening import (
    ScreenedPeople,
    area_under_curve,
    rules,
    scores,
)


@pytest.fixture(scope='module')
def table(shared_data):
    path = shared_data / 'thermal/uci925_facial_temperatures/InfraredThermographyTemperature.csv'
    if not path.exists():
        pytest.skip('the FDA table of facial temperatures is not at hand')
    return read_columns(path, ('T_Max1', 'aveOralM'))


def test_a_fixed_threshold_finds_fever_of_37_5_degrees(table):
    people = ScreenedPeople(table['T_Max1'], table['aveOralM'] >= 37.5)
    assert area_under_curve(people) == pytest.approx(0.973, abs=5e-4)
    fixed = scores(people, rules(people))['fixed']
    # 104 of 111 with fever and 857 of 909 without.
    np.testing.assert_allclose([fixed.sensitivity, fixed.specificity], 0.94, atol=0.005)


def test_two_spreads_above_the_others_find_fever_of_38_degrees(table):
    people = ScreenedPeople(table['T_Max1'], table['aveOralM'] >= 38.0)
    adaptive = scores(people, rules(people))['adaptive_2_sigma']
    assert adaptive.sensitivity >= 0.97
    assert adaptive.specificity >= 0.95

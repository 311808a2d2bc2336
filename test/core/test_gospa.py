"""GOSPA against Stone Soup's, and on cases that one can do by hand."""

from datetime import datetime

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from thermal_radar_fusion.evaluation.gospa import Gospa, root_mean_square, squared_gospa

CUTOFF = 0.5

coordinates = st.floats(-1.0, 1.0)
places = st.lists(st.tuples(coordinates, coordinates), max_size=4)


def distances(true, estimated):
    true = np.reshape(true, (-1, 2)).astype(float)
    estimated = np.reshape(estimated, (-1, 2)).astype(float)
    return np.linalg.norm(true[:, None] - estimated[None], axis=2)


def by_stone_soup(true, estimated):
    """Localisation, missed, false as Stone Soup has them, squared."""
    ospa = pytest.importorskip('stonesoup.metricgenerator.ospametric')
    from stonesoup.types.state import State

    begin = datetime(2000, 1, 1)
    states = [
        [State(np.reshape(place, (2, 1)), timestamp=begin) for place in group]
        for group in (estimated, true)
    ]
    metric, _ = ospa.GOSPAMetric(p=2, c=CUTOFF).compute_gospa_metric(*states)
    return metric.value


@settings(max_examples=40, deadline=None)
@given(places, places)
def test_equals_stone_soup(true, estimated):
    assume(true or estimated)
    expected = by_stone_soup(true, estimated)
    found = squared_gospa(distances(true, estimated), CUTOFF)
    assert np.sqrt(sum(found)) == pytest.approx(expected['distance'], abs=1e-9)
    assert found.localisation == pytest.approx(expected['localisation'], abs=1e-9)
    assert found.missed == pytest.approx(expected['missed'], abs=1e-9)
    assert found.false == pytest.approx(expected['false'], abs=1e-9)


def test_parts_by_hand():
    # One pair 0.3 m apart, one person missed, two tracks of nobody.
    true, estimated = [(0, 0), (5, 0)], [(0.3, 0), (9, 9), (9, -9)]
    found = squared_gospa(distances(true, estimated), CUTOFF)
    assert found == pytest.approx((0.09, 0.125, 0.25))


def test_pair_beyond_the_cutoff_is_a_miss_and_a_false_track():
    assert squared_gospa(distances([(0, 0)], [(0.6, 0)]), CUTOFF) == Gospa(0.0, 0.125, 0.125)


def test_assignment_is_the_best_of_all():
    # Greedily, the nearest pair leaves two that are too far apart.
    true, estimated = [(0.0, 0), (0.4, 0)], [(0.3, 0), (0.8, 0)]
    found = squared_gospa(distances(true, estimated), CUTOFF)
    assert found == pytest.approx((0.09 + 0.16, 0.0, 0.0))


@given(places, places)
def test_people_and_tracks_change_places(true, estimated):
    one = squared_gospa(distances(true, estimated), CUTOFF)
    other = squared_gospa(distances(estimated, true), CUTOFF)
    assert one == pytest.approx((other.localisation, other.false, other.missed))


def test_mean_over_frames_keeps_the_parts_apart():
    frames = np.array([[0.09, 0.0, 0.0], [0.01, 0.125, 0.0]])
    total, localisation, missed, false = root_mean_square(frames)
    assert total**2 == pytest.approx(frames.sum() / 2)
    assert localisation == pytest.approx(np.sqrt(0.05))
    assert (missed, false) == pytest.approx((0.25, 0.0))
    assert np.isnan(root_mean_square(np.empty((0, 3)))).all()

"""Parameters name what is wrong with them and survive the way through ROS names."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter


@dataclass(frozen=True)
class Filter(Parameters):
    """A group."""

    noise: float = parameter(0.5, 'how much', unit='m', low=0, high=3)
    steps: int = parameter(3, 'how many', low=1, high=9)


@dataclass(frozen=True)
class Tracker(Parameters):
    """The whole."""

    filter: Filter = parameter(Filter(), 'a group')
    method: str = parameter('soft', 'which', choices=('soft', 'paper'))
    limit: float | None = parameter(None, 'an optional number')
    corners: tuple = parameter((), 'a polygon')
    ghosts: bool = parameter(True, 'a switch')


@pytest.mark.parametrize(
    ('values', 'text'),
    [
        ({'filter': {'noise': 9}}, r'filter: noise must lie in \[0, 3\] m, got 9'),
        ({'filter': {'nose': 1}}, "filter: unknown parameter 'nose'; known are noise, steps"),
        ({'method': 'other'}, "method must be one of soft, paper, got 'other'"),
        ({'limit': float('inf')}, 'limit must lie in'),
        ({'filter': {'steps': 2.5}}, 'steps must be int, got 2.5'),
        ({'filter': {'steps': True}}, 'steps must be int, got True'),
        ({'filter': 3}, 'filter must be Filter, got 3'),
        ({'ghosts': 1}, 'ghosts must be bool, got 1'),
        ({'filter': {'noise': 'much'}}, "noise must be float, got 'much'"),
    ],
)
def test_what_is_wrong_is_named(values, text):
    with pytest.raises(ParameterError, match=text):
        Tracker.from_mapping(values)


def test_values_take_the_declared_type():
    tracker = Tracker.from_mapping({'limit': 1, 'corners': [[0, 1], [2, 3]]})
    assert isinstance(tracker.limit, float)
    assert tracker.corners == ((0, 1), (2, 3))
    assert hash(tracker) == hash(Tracker(limit=1.0, corners=((0, 1), (2, 3))))


def test_a_replaced_value_is_checked_too():
    assert Tracker().replace(method='paper').method == 'paper'
    with pytest.raises(ParameterError, match='method'):
        Tracker().replace(method='none')


@given(st.floats(0, 3), st.integers(1, 9), st.sampled_from(['soft', 'paper']))
def test_flat_names_lead_back_to_the_same_parameters(noise, steps, method):
    tracker = Tracker(filter=Filter(noise, steps), method=method)
    flat = {name: value for name, value, _ in tracker.flattened()}
    assert flat['filter.noise'] == noise
    assert Tracker.from_flat(flat) == tracker


def test_descriptions_travel_with_the_names():
    texts = {name: (d.text, d.unit) for name, _, d in Tracker().flattened()}
    assert texts['filter.noise'] == ('how much', 'm')

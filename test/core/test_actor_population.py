"""People drawn from the statistics of adults."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.population import drawn_person

MANY = [drawn_person(f'p{i}', np.random.default_rng(i)) for i in range(800)]

NUMBERS = [key for key, value, _ in Person().flattened() if isinstance(value, float)]


def values(key: str) -> np.ndarray:
    """Return one trait of many people."""
    group, _, name = key.rpartition('.')
    return np.array([getattr(getattr(p, group) if group else p, name) for p in MANY])


@pytest.mark.parametrize(
    ('key', 'mean', 'deviation'),
    [
        ('height', 1.71, 0.09),
        ('build', 1.0, 0.12),
        ('gait.stride', 1.0, 0.07),
        ('gait.asymmetry', 0.0, 0.03),
        ('appearance.temperature', 36.08, 0.49),
        ('appearance.clothing', 27.6, 1.5),
    ],
)
def test_spread_is_that_of_adults(key, mean, deviation):
    drawn = values(key)
    assert drawn.mean() == pytest.approx(mean, abs=0.15 * deviation)
    assert drawn.std() == pytest.approx(deviation, rel=0.15)


def test_looks_vary_but_nobody_is_masked_unasked():
    assert {p.appearance.hair for p in MANY} == {'short', 'long', 'bald'}
    assert 0.3 < np.mean([p.appearance.glasses for p in MANY]) < 0.5
    assert 0.05 < np.mean([p.appearance.beard for p in MANY]) < 0.25
    assert not any(p.appearance.mask for p in MANY)
    assert {p.appearance.hat for p in MANY} == {'none'}


def test_nobody_is_feverish_unasked():
    assert values('appearance.temperature').max() < 37.5


def test_the_same_generator_draws_the_same_person():
    assert drawn_person('a', np.random.default_rng(3)) == drawn_person(
        'a', np.random.default_rng(3)
    )


def test_an_override_changes_nothing_else():
    plain = drawn_person('a', np.random.default_rng(3))
    changes = {'appearance.temperature': 38.6, 'gait.lean': 0.1, 'appearance.mask': True}
    other = drawn_person('a', np.random.default_rng(3), **changes)
    assert other.appearance.temperature == 38.6
    assert other.appearance.mask
    restored = dict(_flat(plain))
    assert {**dict(_flat(other)), **{key: restored[key] for key in changes}} == restored


@given(seed=st.integers(0, 2**32), key=st.sampled_from(NUMBERS))
def test_overriding_any_trait_leaves_the_generator_alike(seed, key):
    one, other = np.random.default_rng(seed), np.random.default_rng(seed)
    drawn_person('a', one)
    drawn_person('a', other, **{key: dict(_flat(MANY[0]))[key]})
    assert one.random() == other.random()


@pytest.mark.parametrize('key', ['stride', 'gait.strides', 'appearance', 'appearance.temp'])
def test_an_unknown_trait_is_named(key):
    with pytest.raises(ParameterError, match=f"unknown trait '{key}'; known are height, build"):
        drawn_person('a', np.random.default_rng(0), **{key: 1.0})


@pytest.mark.parametrize(
    ('key', 'value', 'message'),
    [
        ('height', 4.0, 'height must lie in'),
        ('gait.stride', 'long', 'stride must be float'),
        ('appearance.hat', 'crown', 'hat must be one of none, cap, headscarf'),
    ],
)
def test_an_impossible_trait_is_refused_by_name(key, value, message):
    with pytest.raises(ParameterError, match=message):
        drawn_person('a', np.random.default_rng(0), **{key: value})


def _flat(person: Person) -> list[tuple[str, object]]:
    return [(key, value) for key, value, _ in person.flattened()]

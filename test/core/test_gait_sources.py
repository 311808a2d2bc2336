"""Windows for training from bags and from simulated walkers, and how people are told apart."""

import numpy as np
import pytest

from thermal_radar_fusion.datasets.gait_recordings import GaitRecording
from thermal_radar_fusion.datasets.recording import DatasetError

pytest.importorskip('torch', reason='training needs requirements/train.txt')

from thermal_radar_fusion.bags import BagError, write_recording
from thermal_radar_fusion.reid.cosine import fit_cosine
from thermal_radar_fusion.reid.gait_windows import WINDOW, GaitWindowParameters
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import simulate
from thermal_radar_fusion.training.gait_sources import is_bag, known_people
from thermal_radar_fusion.training.gait_validation import (
    halves,
    mean_accuracy,
    over_time,
    told_apart,
)
from thermal_radar_fusion.training.gait_walkers import simulated_walkers

PARAMETERS = GaitWindowParameters(rate=10.0, steps=20, centring=WINDOW)


def silent(*_):
    """Tell nobody."""


def test_bags_give_windows_of_the_people_whom_they_name(tmp_path):
    (recording,) = simulate(load_scenario('free', {'people.count': 1}), seed=2, duration=8)
    write_recording(tmp_path / 'lab', recording)
    assert is_bag(tmp_path / 'lab')
    found = known_people([tmp_path / 'lab'], tmp_path, PARAMETERS, silent)
    assert [one.subject for one in found] == [f'lab:{recording.people[0]}']
    assert len(found[0]) > 2
    from dataclasses import replace

    write_recording(tmp_path / 'nameless', replace(recording, point_people=None))
    with pytest.raises(BagError, match='does not say whose'):
        known_people([tmp_path / 'nameless'], tmp_path, PARAMETERS, silent)
    with pytest.raises(DatasetError, match='no such file or folder'):
        known_people([tmp_path / 'none'], tmp_path, PARAMETERS, silent)


def test_simulated_walkers_are_made_once_and_are_the_same_again(tmp_path, monkeypatch):
    told = []
    first = simulated_walkers(tmp_path, 1, 3, 10.0, PARAMETERS, lambda *news: told.append(news))
    assert told == [('Walking', 0, 1)]
    assert 1 <= len(first) <= 2
    assert {one.subject for one in first} == {'walker_3_0'}
    monkeypatch.setattr('thermal_radar_fusion.training.gait_walkers.simulate', None)
    again = simulated_walkers(tmp_path, 1, 3, 10.0, PARAMETERS, silent)
    assert [len(one) for one in again] == [len(one) for one in first]


def recording(name, count=120):
    """Return a recording without anything to see, of a minute."""
    shape = (count, 1, 1)
    return GaitRecording(
        name,
        '',
        '',
        np.zeros((*shape, 4), np.float32),
        np.ones(shape, bool),
        0.5 * np.arange(count),
    )


def test_gallery_and_probe_share_no_window():
    stamps = 0.5 * np.arange(120)
    gallery, probe = halves(stamps)
    assert gallery.sum() == 60
    assert stamps[probe].min() - stamps[gallery].max() > 4.5


def test_scores_are_the_mean_of_the_last_24_seconds():
    draw = np.random.default_rng(1)
    stamps = np.cumsum(draw.uniform(0.3, 1.5, 90))
    scores = draw.normal(0, 1, (90, 3))
    expected = [
        scores[(stamps >= end - 24) & (stamps <= end)].mean(0)
        for end in stamps
        if end - stamps[0] >= 24
    ]
    assert over_time(scores, stamps) == pytest.approx(np.array(expected))
    assert over_time(scores[:5], stamps[:5]) == pytest.approx(scores[:5].mean(0)[None])


def test_people_with_features_of_their_own_are_told_apart():
    people = [recording(f'{k}') for k in range(8)]
    draw = np.random.default_rng(2)
    features = [np.eye(8)[k] + 0.05 * draw.normal(0, 1, (120, 8)) for k in range(8)]
    for fit in (None, fit_cosine):
        found = told_apart(people, features, *([fit] if fit else []))
        assert (found.window, found.long, found.chance) == (1.0, 1.0, 1 / 8)
    noise = [draw.normal(0, 1, (120, 8)) for _ in range(8)]
    assert told_apart(people, noise).window < 0.3
    names = [one.subject for one in people]
    grouped = mean_accuracy(people, lambda one: features[names.index(one.subject)])
    assert grouped.window == 1.0
    assert grouped.chance == pytest.approx((1 / 6 + 1 / 2) / 2)

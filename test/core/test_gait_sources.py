"""Windows for training from bags and from simulated walkers, and how people are told apart."""

from dataclasses import replace

import numpy as np
import pytest
from gait_windows_at_hand import walk

from thermal_radar_fusion.datasets.gait_recordings import GaitRecording
from thermal_radar_fusion.datasets.recording import NOBODY, DatasetError

pytest.importorskip('torch', reason='training needs requirements/train.txt')

from thermal_radar_fusion.bags import BagError, write_recording
from thermal_radar_fusion.reid.cosine import fit_cosine
from thermal_radar_fusion.reid.gait_windows import WINDOW, GaitWindowParameters
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
    write_recording(tmp_path / 'lab', walk(people=2))
    assert is_bag(tmp_path / 'lab')
    found = known_people([tmp_path / 'lab'], tmp_path, PARAMETERS, silent)
    assert {one.subject for one in found} == {'lab:anna', 'lab:ben'}
    assert min(map(len, found)) > 2


def test_bags_of_nobody_known_are_one_line(tmp_path):
    nobody = tuple(np.full(20, NOBODY) for _ in range(60))
    write_recording(tmp_path / 'empty', replace(walk(), point_people=nobody, people=()))
    with pytest.raises(BagError, match='empty: shows nobody who walks'):
        known_people([tmp_path / 'empty'], tmp_path, PARAMETERS, silent)
    write_recording(tmp_path / 'nameless', walk(20, labelled=False))
    with pytest.raises(BagError, match='does not say whose'):
        known_people([tmp_path / 'nameless'], tmp_path, PARAMETERS, silent)
    with pytest.raises(DatasetError, match='no such file or folder'):
        known_people([tmp_path / 'none'], tmp_path, PARAMETERS, silent)


def test_subjects_are_left_out_by_name(tmp_path, monkeypatch):
    for name in ('001', '002', '003'):
        (tmp_path / f'{name}.csv').write_text('')
    monkeypatch.setattr(
        'thermal_radar_fusion.training.gait_sources.read_windows',
        lambda file, *_: recording(file.stem),
    )
    found = known_people([tmp_path], tmp_path, PARAMETERS, silent, ['003', '001'])
    assert [one.subject for one in found] == ['002']
    with pytest.raises(DatasetError, match='no mmGait file of 004, 9 to leave out'):
        known_people([tmp_path], tmp_path, PARAMETERS, silent, ['004', '001', '9'])


def test_simulated_walkers_are_made_once_and_are_the_same_again(tmp_path, monkeypatch):
    told = []
    first = simulated_walkers(tmp_path, 1, 3, 12.0, PARAMETERS, lambda *news: told.append(news))
    assert told == [('Walking', 0, 1)]
    # Two visits before two radars, unless one saw too little.
    assert 1 <= len(first) <= 4
    assert {one.subject for one in first} == {'walker_3_0'}
    assert len({one.sensor for one in first}) == 1
    monkeypatch.setattr('thermal_radar_fusion.training.gait_walkers.simulate', None)
    again = simulated_walkers(tmp_path, 1, 3, 12.0, PARAMETERS, silent)
    for one, other in zip(first, again, strict=True):
        assert (one.points == other.points).all()
        assert (one.mask == other.mask).all()


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

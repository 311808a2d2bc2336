"""The gallery: bounded in people, features and age, forgotten on request, whole on disk."""

import os
import stat

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spheres import People

from thermal_radar_fusion.reid.discriminant import discriminant
from thermal_radar_fusion.reid.features import FeatureError
from thermal_radar_fusion.reid.gallery import Gallery, GalleryError, GalleryParameters
from thermal_radar_fusion.reid.gallery_file import load_gallery, save_gallery
from thermal_radar_fusion.reid.welm import WelmError, WelmParameters, fit_welm

SMALL = WelmParameters(hidden_units=40)


def gallery(**parameters):
    return Gallery('gait-1', 32, GalleryParameters(**parameters), SMALL)


def filled(count=3, windows=20, **parameters):
    """A gallery of some people, each seen for some seconds one after another."""
    known, people = gallery(**parameters), People(count)
    for person in range(count):
        known.enrol(100.0 * person + np.arange(windows), people.windows(person, windows))
    return known


def same(a, b):
    """Whether two galleries know the same people and tell them apart alike."""
    probe = People(3, seed=9).windows(0, 5)
    return (
        list(a.people) == list(b.people)
        and all(np.array_equal(a.people[n].features, b.people[n].features) for n in a.people)
        and all(np.array_equal(a.people[n].stamps, b.people[n].stamps) for n in a.people)
        and np.allclose(a.classifier().scores(probe), b.classifier().scores(probe), rtol=1e-9)
    )


def test_names_are_never_used_again():
    known = filled(3)
    assert list(known.people) == ['P1', 'P2', 'P3']
    known.forget('P3')
    known.forget('P1')
    assert known.enrol(0.0, np.eye(32)[:2]) == 'P4'
    assert list(known.people) == ['P2', 'P4']


def test_classifier_is_that_of_all_features():
    known = filled(4, windows=30)
    rows = np.concatenate([p.features for p in known.people.values()])
    labels = [n for n, p in known.people.items() for _ in p.features]
    batch = discriminant(fit_welm(rows, labels, SMALL))
    probe = People(4, seed=3).windows(2, 5)
    np.testing.assert_allclose(known.classifier().scores(probe), batch.scores(probe), rtol=1e-6)


def test_features_of_one_person_are_bounded_and_the_classifier_follows():
    known, people = gallery(features=50), People(2)
    for person in range(2):
        known.enrol(0.0, people.windows(person, 5))
    for stamp in range(40):
        known.add('P1', float(stamp), people.windows(0, 7))
    assert len(known.people['P1'].features) == len(known.people['P1'].stamps) == 50
    # Some of the old ones are still there, more of the late ones.
    assert known.people['P1'].stamps.min() < 20 < np.median(known.people['P1'].stamps)
    test_rows = np.concatenate([p.features for p in known.people.values()])
    batch = discriminant(fit_welm(test_rows, ['P1'] * 50 + ['P2'] * 5, SMALL))
    probe = people.windows(1, 4)
    np.testing.assert_allclose(known.classifier().scores(probe), batch.scores(probe), rtol=1e-6)


def test_more_at_once_than_is_kept():
    known = gallery(features=10)
    assert known.enrol(0.0, np.random.default_rng(0).normal(size=(200, 32))) == 'P1'
    assert len(known.people['P1'].features) == 10


def test_who_was_not_seen_for_longest_is_forgotten_first():
    known = filled(3, people=3)
    known.see('P1', 1000.0)
    known.enrol(1001.0, np.eye(32)[:3])
    assert list(known.people) == ['P1', 'P3', 'P4']


def test_what_is_too_old_is_forgotten():
    known = filled(3, windows=10, memory=50.0)
    known.see('P1', 240.0)
    assert known.expire(155.0) == ('P1',)
    assert known.people['P2'].stamps.min() == 105.0
    assert len(known.people['P2'].features) == 5
    assert len(known.people['P3'].features) == 10
    assert known.expire(1e6) == ('P2', 'P3')
    with pytest.raises(WelmError, match='got 0'):
        known.classifier()


def test_clock_put_back_makes_nobody_younger_than_now():
    known = filled(2, memory=50.0)
    known.rewind(30.0)
    assert known.people['P2'].last_seen == known.people['P2'].stamps.max() == 30.0
    assert known.expire(79.0) == ('P1',)
    assert known.expire(81.0) == ('P2',)


def test_forgotten_is_forgotten():
    known = filled(3)
    known.forget('P2')
    assert known.classifier().labels == known.centroids().labels == ('P1', 'P3')
    for call in (known.forget, lambda name: known.see(name, 0.0)):
        with pytest.raises(GalleryError, match="nobody is called 'P2'"):
            call('P2')


def test_centroids_are_mean_directions():
    known = filled(3)
    for name, centroid in zip(known.people, known.centroids().centroids, strict=True):
        mean = known.people[name].features.mean(axis=0)
        np.testing.assert_allclose(centroid, mean / np.linalg.norm(mean))
    assert gallery().centroids().labels == ()


@pytest.mark.parametrize(
    ('features', 'message'),
    [
        (np.full((2, 32), np.nan), '2 of 2 features are not finite'),
        (np.ones((2, 16)), 'rows of 32'),
        (np.empty((0, 32)), 'no features'),
    ],
)
def test_bad_features_change_nothing(features, message):
    known, before = filled(3), filled(3)
    with pytest.raises(FeatureError, match=message):
        known.enrol(0.0, features)
    with pytest.raises(FeatureError, match=message):
        known.add('P1', 0.0, features)
    with pytest.raises(GalleryError, match='P9'):
        known.add('P9', 0.0, np.ones(32))
    assert same(known, before)
    assert known.enrolled == before.enrolled


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 3), max_size=30), st.integers(1, 3), st.integers(1, 6))
def test_bounds_hold_whatever_comes(events, people, features):
    known = gallery(people=people, features=features, memory=6.0)
    rng = np.random.default_rng(0)
    for stamp, event in enumerate(events):
        names = list(known.people)
        if event == 0 or not names:
            known.enrol(float(stamp), rng.normal(size=(1 + stamp % 3, 32)))
        elif event == 1:
            known.add(names[stamp % len(names)], float(stamp), rng.normal(size=(3, 32)))
        elif event == 2:
            known.forget(names[0])
        known.expire(float(stamp))
        assert len(known.people) <= people
        for person in known.people.values():
            assert 1 <= len(person.features) == len(person.stamps) <= features
            assert person.stamps.min() >= stamp - 6.0
        if len(known.people) > 1:
            assert known.classifier().labels == tuple(known.people)


def test_file_brings_everything_back(tmp_path):
    known, path = filled(3), tmp_path / 'gallery.npz'
    known.forget('P2')
    known.see('P1', 5000.0)
    save_gallery(known, path)
    again = load_gallery(path, 'gait-1', 32, welm=SMALL)
    assert same(known, again)
    assert again.people['P1'].last_seen == 5000.0
    assert again.enrol(0.0, np.eye(32)[:1]) == 'P4'
    assert os.listdir(tmp_path) == ['gallery.npz']


def test_empty_gallery_has_a_file_too(tmp_path):
    save_gallery(gallery(), tmp_path / 'gallery.npz')
    assert not load_gallery(tmp_path / 'gallery.npz', 'gait-1', 32).people


def test_only_the_owner_reads_it(tmp_path):
    save_gallery(filled(2), tmp_path / 'gallery.npz')
    assert stat.S_IMODE((tmp_path / 'gallery.npz').stat().st_mode) == 0o600


def test_failing_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / 'gallery.npz'
    save_gallery(filled(2), path)
    before = path.read_bytes()

    def full(file, **_):
        file.write(b'half of it')
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(np, 'savez', full)
    with pytest.raises(OSError, match='No space'):
        save_gallery(filled(3), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ['gallery.npz']


@pytest.mark.parametrize(('network', 'dimension'), [('gait-2', 32), ('gait-1', 64)])
def test_another_networks_features_are_neither_read_nor_lost(tmp_path, network, dimension):
    path = tmp_path / 'gallery.npz'
    save_gallery(filled(2), path)
    before = path.read_bytes()
    expected = rf"features of the network 'gait-1' \(32 .*not of '{network}' \({dimension}\)"
    with pytest.raises(GalleryError, match=expected):
        load_gallery(path, network, dimension)
    with pytest.raises(GalleryError, match=expected) as caught:
        save_gallery(Gallery(network, dimension), path)
    assert '\n' not in str(caught.value)
    assert path.read_bytes() == before


def damaged(path, kind):
    """Make a file that is no gallery."""
    whole = path.read_bytes() if path.exists() else b''
    if kind == 'array':
        with path.open('wb') as file:
            np.save(file, np.eye(3))
    elif kind == 'archive':
        with path.open('wb') as file:
            np.savez(file, features=np.eye(3))
    else:
        path.write_bytes({'half': whole[: len(whole) // 2], 'text': b'hello', 'empty': b''}[kind])


@pytest.mark.parametrize('kind', ['half', 'text', 'empty', 'array', 'archive'])
def test_damaged_file_is_refused_in_one_line_and_kept(tmp_path, kind):
    path = tmp_path / 'gallery.npz'
    save_gallery(filled(2), path)
    damaged(path, kind)
    before = path.read_bytes()
    with pytest.raises(GalleryError, match='gallery') as caught:
        load_gallery(path, 'gait-1', 32)
    assert '\n' not in str(caught.value)
    with pytest.raises(GalleryError, match='gallery'):
        save_gallery(filled(2), path)
    assert path.read_bytes() == before


def test_flipped_byte_is_found(tmp_path):
    path = tmp_path / 'gallery.npz'
    save_gallery(filled(2), path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(GalleryError, match='damaged'):
        load_gallery(path, 'gait-1', 32)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(GalleryError, match='there is no such file'):
        load_gallery(tmp_path / 'none.npz', 'gait-1', 32)


def test_other_bounds_hold_for_a_gallery_from_disk(tmp_path):
    path = tmp_path / 'gallery.npz'
    save_gallery(filled(5, windows=30), path)
    bounds = GalleryParameters(people=2, features=10)
    again = load_gallery(path, 'gait-1', 32, bounds, SMALL)
    assert list(again.people) == ['P4', 'P5']
    assert all(len(person.features) == 10 for person in again.people.values())

"""People on disk: taken up again, for one program at a time, and never lost to a mistake."""

import os

import numpy as np
import pytest

from thermal_radar_fusion.reid.gallery import Gallery, GalleryError, GalleryParameters
from thermal_radar_fusion.reid.gallery_file import load_gallery, save_gallery
from thermal_radar_fusion.reid.gallery_store import GalleryStore, GalleryStoreParameters

NETWORK, SIZE = 'gait-1', 8


def store(path='', network=NETWORK, **bounds):
    parameters = GalleryStoreParameters(file=str(path), bounds=GalleryParameters(**bounds))
    return GalleryStore(network, SIZE, parameters)


def test_memory_alone_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kept = store()
    kept.gallery.enrol(0.0, np.eye(SIZE))
    kept.save()
    kept.close()
    assert list(tmp_path.iterdir()) == []


def test_people_are_taken_up_again(tmp_path):
    path = tmp_path / 'state' / 'gallery.npz'
    first = store(path)
    first.gallery.enrol(0.0, np.eye(SIZE))
    first.save()
    first.close()
    again = store(path)
    assert list(again.gallery.people) == ['P1']
    assert again.gallery.enrol(1.0, np.eye(SIZE)) == 'P2'
    assert (path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_home_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    store('~/gallery.npz').close()
    assert (tmp_path / 'gallery.npz').exists()


def test_one_program_at_a_time(tmp_path):
    path = tmp_path / 'gallery.npz'
    first = store(path)
    with pytest.raises(GalleryError, match='in use by another program'):
        store(path)
    first.close()
    store(path).close()


def test_a_lock_is_gone_with_what_failed(tmp_path):
    path = tmp_path / 'gallery.npz'
    path.write_bytes(b'nothing')
    with pytest.raises(GalleryError, match='damaged'):
        store(path)
    path.unlink()
    store(path).close()


def test_what_cannot_be_used_is_left_as_it_is(tmp_path):
    path = tmp_path / 'gallery.npz'
    save_gallery(Gallery('another', SIZE), path)
    content = path.read_bytes()
    with pytest.raises(GalleryError, match="network 'another'"):
        store(path)
    assert path.read_bytes() == content


def test_a_file_that_cannot_be_written_is_found_at_once(tmp_path):
    (tmp_path / 'file').write_text('')
    for path in (tmp_path / 'file' / 'gallery.npz', tmp_path):
        with pytest.raises(GalleryError) as caught:
            store(path)
        assert str(path) in str(caught.value)
        assert '\n' not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason='root writes everywhere')
def test_a_folder_that_is_read_only(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(GalleryError, match='cannot be written'):
        store(tmp_path / 'gallery.npz')


def test_bounds_hold_for_what_is_taken_up(tmp_path):
    path = tmp_path / 'gallery.npz'
    kept = store(path)
    for stamp in range(4):
        kept.gallery.enrol(float(stamp), np.eye(SIZE))
    kept.save()
    kept.close()
    assert list(store(path, people=2).gallery.people) == ['P3', 'P4']
    assert list(load_gallery(path, NETWORK, SIZE).people) == ['P3', 'P4']

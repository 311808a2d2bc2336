"""Windows of recordings of known people, and what is kept of them."""

import gzip

import numpy as np
import pytest
from gait_windows_at_hand import walk, walker

from thermal_radar_fusion.datasets.gait_recordings import (
    find_recordings,
    kept_recording,
    of_sensor,
    read_windows,
    walker_windows,
)
from thermal_radar_fusion.datasets.recording import DatasetError, Recording
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.reid.gait_windows import WINDOW, GaitWindowParameters

PARAMETERS = GaitWindowParameters(rate=10.0, steps=20, centring=WINDOW)
HEADER = 'Frame #,# Obj,X,Y,Z,Doppler,Intensity,y,m,d,h,m,s\n'


def test_each_track_is_the_person_of_its_points():
    mounting = RigidTransform(translation=np.array([0, 0, 1.0]))
    windows = walker_windows(walk(people=2), mounting, PARAMETERS)
    assert set(windows) == {'anna', 'ben'}
    for own in windows.values():
        assert len(own) > 3
        stamps = [window.stamp for window in own]
        assert stamps == sorted(stamps)
        heights = own[0].points[..., 2][own[0].mask]
        assert -0.01 < heights.min() < heights.max() < 1.71


def test_without_labels_the_most_seen_track_is_the_person():
    windows = walker_windows(walk(labelled=False), RigidTransform(), PARAMETERS)
    assert list(windows) == ['anna']
    assert len(windows['anna']) > 3


def test_tracks_of_nobody_are_left_out():
    recording = walk()
    labels = tuple(np.where(np.arange(20) < 10, own, -1) for own in recording.point_people)
    mixed = Recording(recording.frames, labels, people=recording.people)
    assert walker_windows(mixed, RigidTransform(), PARAMETERS) == {}


def test_each_radar_by_itself():
    near, far = walk(5, sensor='near'), walk(5, sensor='far')
    both = Recording(
        near.frames + far.frames, near.point_people + far.point_people, people=near.people
    )
    assert {frame.sensor for frame in of_sensor(both, 'far').frames} == {'far'}
    assert len(of_sensor(both, 'near').point_people) == 5


def rows(count=60, packed=True):
    """Return an mmGait file of one walker: x to the right, y forward."""
    lines = [HEADER]
    for index, frame in enumerate(walk(count).frames):
        clock = f'2020,1,2,3,{int(index * 0.1) // 60},{index * 0.1 % 60:.3f}'
        for x, y, z, velocity, power in frame.points:
            point = f'{-y:.4f},{x:.4f},{z:.4f},{velocity:.3f},{power:.0f}'
            lines.append(f'{index},{len(frame.points)},{point},{clock}\n')
    text = ''.join(lines).encode()
    return gzip.compress(text) if packed else text


@pytest.fixture
def folder(tmp_path):
    for sensor, names in (('77Ghz_radar', ('001', '002')), ('60Ghz_radar', ('001',))):
        (tmp_path / 'room1' / sensor).mkdir(parents=True)
        for name in names:
            (tmp_path / 'room1' / sensor / f'{name}.csv.gz').write_bytes(rows())
    return tmp_path


def test_files_are_found_by_subject_and_sensor(folder):
    assert len(find_recordings(folder)) == 3
    assert [p.name for p in find_recordings(folder, ['002'])] == ['002.csv.gz']
    assert len(find_recordings(folder, sensor='radar_60ghz')) == 1
    with pytest.raises(DatasetError, match='has nothing of 009; there are 001, 002'):
        find_recordings(folder, ['001', '009'])
    with pytest.raises(DatasetError, match='no mmGait files of radar_24ghz'):
        find_recordings(folder, sensor='radar_24ghz')


def test_windows_are_read_once_and_kept(folder, monkeypatch):
    file, cache = find_recordings(folder, ['002'])[0], folder / 'kept'
    first = read_windows(file, PARAMETERS, cache)
    assert (first.subject, first.room, first.sensor) == ('002', 'room1', 'radar_77ghz')
    assert first.points.shape == (len(first), 20, 32, 4)
    monkeypatch.setattr('thermal_radar_fusion.datasets.gait_recordings.read', None)
    again = read_windows(file, PARAMETERS, cache)
    assert (again.mask == first.mask).all()
    assert again.points == pytest.approx(first.points, abs=2e-3)
    assert (again.stamps == first.stamps).all()
    assert len(again.chosen(np.arange(2))) == 2
    with pytest.raises(TypeError):
        read_windows(file, PARAMETERS.replace(steps=21), cache)


def test_broken_files_are_one_line(folder, tmp_path):
    file, cache = find_recordings(folder, ['002'])[0], folder / 'kept'
    with pytest.raises(DatasetError, match='nobody walks for 20'):
        read_windows(file, PARAMETERS.replace(steps=201))
    with pytest.raises(DatasetError, match='No such file'):
        read_windows(tmp_path / 'none.csv', PARAMETERS, cache)
    kept = cache / 'kept.npz'
    cache.mkdir()
    kept.write_text('hello')
    with pytest.raises(DatasetError, match='holds no windows'):
        kept_recording(kept, lambda: walker('a', 2))

"""The reader, the reference and the overlay on real mmGait files."""

import itertools

import numpy as np
import pytest

from thermal_radar_fusion.datasets import mmgait, overlay
from thermal_radar_fusion.datasets.reference import find_reference, with_reference


@pytest.fixture(scope='module')
def files(mmgait_folder):
    found = sorted(mmgait_folder.rglob('*.csv.gz'))
    if not found:
        pytest.skip(f'no mmGait files below {mmgait_folder}')
    return found


@pytest.fixture(scope='module')
def recordings(files):
    return [mmgait.read(file) for file in files]


@pytest.fixture(scope='module')
def references(recordings):
    return [find_reference(recording) for recording in recordings]


def settled_part(recording):
    stamps = np.array([frame.stamp for frame in recording.frames])
    first = overlay.settled(stamps)
    return slice(first, None), stamps[first:]


def test_every_file_reads_as_one_person_at_ten_frames_a_second(files, recordings):
    for file, recording in zip(files, recordings, strict=True):
        _, stamps = settled_part(recording)
        steps = np.diff([frame.stamp for frame in recording.frames])
        assert recording.people == (file.name.split('.')[0],)
        assert recording.room in file.parts
        assert recording.frames[0].sensor in ('radar_77ghz', 'radar_60ghz')
        assert (steps > 0).all()
        assert np.median(np.diff(stamps)) == pytest.approx(0.1, abs=0.005)
        assert np.diff(stamps).max() < 1.0


def test_axes_are_those_of_ros(recordings):
    for recording in recordings:
        points = np.concatenate([frame.points for frame in recording.frames])
        x, y = points[:, 0], points[:, 1]
        assert (x >= 0).all()  # nothing behind the radar
        assert np.median(x) > np.median(np.abs(y))


def test_doppler_is_positive_for_a_receding_person(recordings, references):
    for recording, found in zip(recordings, references, strict=True):
        ranges, speeds = [], []
        for frame, own, position, velocity in zip(
            recording.frames, found.labels, found.positions, found.velocities, strict=True
        ):
            if own.sum() >= 5:
                ranges.append(position @ velocity / np.linalg.norm(position))
                speeds.append(frame.points[own, 3].mean())
        assert np.corrcoef(ranges, speeds)[0, 1] > 0.9


def test_filler_points_of_the_60_ghz_radar_are_empty_frames(recordings):
    for recording in recordings:
        empty = np.mean([len(frame.points) == 0 for frame in recording.frames])
        if recording.frames[0].sensor == 'radar_60ghz':
            assert 0.0 < empty < 0.1
        else:
            assert empty == 0.0
        assert all(frame.points[:, :3].any(axis=1).all() for frame in recording.frames)


def test_reference_follows_a_walking_person(recordings, references):
    for recording, found in zip(recordings, references, strict=True):
        part, _ = settled_part(recording)
        present = found.present[part]
        speed = np.hypot(*found.velocities[part][present, :2].T)
        seen = np.array([own.any() for own in found.labels[part]])
        assert present.mean() > (0.97 if recording.frames[0].sensor == 'radar_77ghz' else 0.9)
        assert seen[present].mean() > 0.97
        assert 0.8 < np.median(speed) < 1.5
        assert speed.max() < 2.5
        assert np.nanmedian(found.residuals) < 0.06


def test_two_radars_that_face_each_other_agree_on_the_reference(recordings, references):
    """Nothing ties the two clouds together but the walk: the reference must be the person."""
    traces = {
        (recording.room, recording.people, recording.frames[0].sensor): (recording, found)
        for recording, found in zip(recordings, references, strict=True)
    }
    pairs = [
        (traces[room, people, 'radar_60ghz'], traces[room, people, 'radar_77ghz'])
        for room, people, sensor in traces
        if sensor == 'radar_60ghz' and (room, people, 'radar_77ghz') in traces
    ]
    if not pairs:
        pytest.skip('no walk was recorded by two radars')
    for first, second in pairs:
        residuals = _residuals_of_rigid_fit(*_common_positions(first, second))
        assert np.median(residuals) < 0.13
        assert np.percentile(residuals, 95) < 0.4


def _common_positions(first, second):
    """Return positions (M, 2) of both references at the first's stamps."""
    stamps = [np.array([frame.stamp for frame in r.frames]) for r, _ in (first, second)]
    traces = [found for _, found in (first, second)]
    there = traces[1].present
    resampled = np.column_stack(
        [
            np.interp(stamps[0], stamps[1][there], traces[1].positions[there, axis])
            for axis in (0, 1)
        ]
    )
    near = np.abs(stamps[0][:, None] - stamps[1][there][None]).min(axis=1) < 0.2
    common = traces[0].present & near
    return traces[0].positions[common, :2], resampled[common]


def _residuals_of_rigid_fit(source, target):
    """Return distances after the best rotation and translation (Kabsch), fitted twice."""
    keep = np.ones(len(source), dtype=bool)
    for _ in range(3):
        a, b = source[keep] - source[keep].mean(axis=0), target[keep] - target[keep].mean(axis=0)
        u, _, vt = np.linalg.svd(a.T @ b)
        rotation = u @ np.diag([1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
        moved = (source - source[keep].mean(axis=0)) @ rotation + target[keep].mean(axis=0)
        residuals = np.linalg.norm(moved - target, axis=1)
        keep = residuals < 3.0 * np.median(residuals)
    return residuals


def test_overlay_of_every_pair_of_a_room_is_ninety_seconds_of_two(recordings):
    labelled = [
        with_reference(recording)
        for recording in recordings
        if (recording.room, recording.frames[0].sensor) == ('room2', 'radar_77ghz')
    ][:4]
    for pair in itertools.combinations(labelled, 2):
        merged = overlay.overlay(pair, duration=90.0, start=20.0)
        counts = np.array([len(people) for people in merged.truth])
        assert merged.duration == pytest.approx(90.0, abs=0.5)
        assert len(merged.people) == 2
        assert np.mean(counts == 2) > 0.97
        assert all(
            len(frame.points) == len(labels)
            for frame, labels in zip(merged.frames, merged.point_people, strict=True)
        )


def test_one_file_alone_merges_to_itself_with_truth(files):
    merged = mmgait.merge(files[:1])
    recording = mmgait.read(files[0])
    part, _ = settled_part(recording)
    np.testing.assert_array_equal(merged.frames[3].points, recording.frames[part][3].points)
    assert len(merged.frames) == len(recording.frames[part])
    assert {person.person for people in merged.truth for person in people} == set(merged.people)


def test_merged_people_have_set_off(files):
    pair = [file for file in files if '77Ghz' in str(file) and 'room2' in file.parts][:2]
    if len(pair) < 2:
        pytest.skip('needs two files of room2')
    merged = mmgait.merge(pair, duration=10.0)
    distances = [
        np.linalg.norm(people[0].position - people[1].position)
        for people in merged.truth
        if len(people) == 2
    ]
    assert np.median(distances) > 0.5
    assert merged.frames[0].stamp - mmgait.read(pair[0]).frames[0].stamp > 20.0

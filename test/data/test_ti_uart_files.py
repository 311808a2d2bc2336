"""Real logs of TI data ports, faults and all."""

import itertools

import numpy as np
import pytest

from thermal_radar_fusion.datasets import ti_uart
from thermal_radar_fusion.datasets.recording import DatasetError
from thermal_radar_fusion.radar.ti_content import NO_TARGET
from thermal_radar_fusion.radar.ti_uart import UartParser

MAGIC = bytes((2, 1, 4, 3, 6, 5, 8, 7))

# frames, bytes skipped by reason
SDK2 = {
    'ball1.dat': (40, {'cut off': 912}),
    'ball2.dat': (40, {'cut off': 467}),
    'lock1.dat': (40, {'cut off': 2280}),
}
PEOPLE = {
    '19-11-20_1313.bin': (120, {'between packets': 120}),
    '19-11-20_1506.bin': (256, {'between packets': 256}),
    '19-11-20_1556.bin': (140, {'between packets': 140}),
    '19-11-20_1654.bin': (340, {'between packets': 340}),
    '19-11-20_1726.bin': (2207, {'between packets': 2207, 'truncated': 289}),
    '19-11-20_1730.bin': (724, {'between packets': 724}),
    '19-12-01_1703.bin': (569, {}),
}
AOP = '30fps_moving_log_2024-12-16.csv'


@pytest.fixture(scope='module')
def folder(shared_data):
    folder = shared_data / 'ti_uart'
    if not folder.is_dir():
        pytest.skip(f'no real recordings: {folder} is absent')
    return folder


@pytest.fixture(scope='module')
def people(folder):
    return {name: ti_uart.read_uart(folder / 'iwr6843_sdk3' / name) for name in PEOPLE}


@pytest.mark.parametrize('name', PEOPLE)
def test_people_tracking_every_byte_is_explained(people, name):
    frames, stats = people[name]
    count, skipped = PEOPLE[name]
    assert (len(frames), dict(stats.packets.skipped)) == (count, skipped)
    assert stats.bytes == sum(frame.size for frame in frames) + stats.bytes_skipped
    assert stats.firmware == 'people tracking, SDK 3.3.0.1, xWR6843'
    steps = np.diff([frame.stamp for frame in frames])
    assert np.median(steps) == pytest.approx(0.1, abs=1e-3)
    assert 0.09 < steps.min() <= steps.max() < 0.21


@pytest.mark.parametrize('name', PEOPLE)
def test_what_lies_between_packets_is_one_stray_two(folder, people, name):
    data = (folder / 'iwr6843_sdk3' / name).read_bytes()
    gaps, end = [], 0
    for frame in people[name][0]:
        start = data.find(MAGIC, end)
        while int.from_bytes(data[start + 24 : start + 28], 'little') != frame.number:
            start = data.find(MAGIC, start + 8)  # a truncated packet
        gaps.append(data[end:start])
        end = start + frame.size
    gaps.append(data[end:])
    stray = people[name][1].packets.skipped['between packets']
    truncated = people[name][1].packets.skipped['truncated']
    assert set(gaps) - {gap for gap in gaps if len(gap) > truncated > 0} <= {b'', b'\x02'}
    assert sum(len(gap) for gap in gaps) == stray + truncated


def test_two_packets_that_lost_bytes_cost_one_frame_number(people):
    _, stats = people['19-11-20_1726.bin']
    assert dict(stats.packets.corrupt) == {'truncated': 2}
    assert (stats.lost_frames, stats.counter.restarts) == (1, 0)


def test_on_board_targets_lie_among_the_points_given_to_them(people):
    """The decoding of axes, angles and indices agrees with the firmware's own tracker."""
    frames, _ = people['19-12-01_1703.bin']
    errors = [
        np.linalg.norm(
            frame.points[frame.point_targets == target['id'], :2].mean(axis=0) - target['position']
        )
        for frame in frames
        if frame.point_targets is not None
        for target in frame.targets
        if np.count_nonzero(frame.point_targets == target['id']) > 5
    ]
    assert len(errors) > 500
    assert np.median(errors) < 0.25


def test_target_indices_name_targets_or_nobody(people):
    for frames, _ in people.values():
        for frame in frames:
            if frame.point_targets is not None and len(frame.targets):
                known = {NO_TARGET, *frame.targets['id'].tolist()}
                assert set(frame.point_targets.tolist()) <= known


def test_target_velocity_is_the_change_of_its_position(people):
    frames, _ = people['19-12-01_1703.bin']
    moved, said = [], []
    for before, after in itertools.pairwise(frames):
        old = {target['id']: target for target in before.targets}
        for target in after.targets:
            if target['id'] in old:
                step = target['position'] - old[target['id']]['position']
                moved.append(step / (after.stamp - before.stamp))
                said.append(target['velocity'])
    moved, said = np.array(moved), np.array(said)
    assert np.median(np.abs(moved - said)) < 0.2
    assert np.corrcoef(moved[:, 0], said[:, 0])[0, 1] > 0.7


@pytest.mark.parametrize('name', SDK2)
def test_sdk2_out_of_box(folder, name):
    recording, stats = ti_uart.read(folder / 'iwr1443_sdk2' / name)
    count, skipped = SDK2[name]
    assert (len(recording.frames), dict(stats.packets.skipped)) == (count, skipped)
    assert stats.firmware == 'out-of-box demo, SDK 2.1.0.4, xWR1443'
    assert np.median(np.diff([frame.stamp for frame in recording.frames])) == pytest.approx(
        0.25, abs=1e-3
    )
    points = np.concatenate([frame.points for frame in recording.frames])
    assert (points[:, 0] >= 0).all()  # in front of the radar
    assert np.linalg.norm(points[:, :3], axis=1).max() < 6


def test_sdk2_velocities_are_whole_doppler_bins(folder):
    frames, _ = ti_uart.read_uart(folder / 'iwr1443_sdk2' / 'lock1.dat', doppler_step=0.1)
    bins = np.concatenate([frame.points[:, 3] for frame in frames]) / 0.1
    assert all(frame.has_velocity for frame in frames)
    np.testing.assert_allclose(bins, np.round(bins), atol=1e-9)
    assert 0 < np.abs(bins).max() <= 64


def test_csv_rows_without_their_last_byte_are_completed(folder):
    recording, stats = ti_uart.read(folder / 'iwr6843aop_csv' / AOP)
    assert (len(recording.frames), stats.bytes_skipped, stats.corrupt_frames) == (450, 0, 0)
    assert stats.firmware == 'out-of-box demo, SDK 3.6.0.0, xWR6843'
    assert stats.notes[0].startswith('450 of 450 rows lack their last byte')
    assert 'byte 13 occurs nowhere' in stats.notes[1]
    assert (stats.counter.restarts, stats.counter.faults) == (1, 2)
    steps = np.diff([frame.stamp for frame in recording.frames])
    assert np.median(steps) == pytest.approx(1 / 30, abs=1e-3)
    assert 0.03 < steps.min() <= steps.max() < 0.2


@pytest.mark.filterwarnings('error')
def test_mutated_recordings_raise_nothing(folder):
    random = np.random.default_rng(0)
    for path in sorted(folder.glob('iwr*/*.[bd]*')):
        data = np.frombuffer(path.read_bytes(), np.uint8).copy()
        hit = random.integers(0, len(data), len(data) // 200)
        data[hit] = random.integers(0, 256, len(hit))
        parser = UartParser()
        frames = parser.feed(np.delete(data, random.integers(0, len(data), 100)).tobytes())
        frames += parser.close()
        assert parser.stats.corrupt_frames > 0
        assert all(np.isfinite(frame.points).all() for frame in frames)


@pytest.mark.parametrize(
    ('name', 'content', 'words'),
    [
        ('gone.bin', None, 'No such file'),
        ('text.bin', b'hello', 'no frame of a TI radar in 5 bytes'),
        ('empty.bin', b'', 'no frame of a TI radar in 0 bytes'),
        ('other.csv', b'a,b\n1,2\n', 'is not a log of byte values'),
        ('broken.csv', b'Timestamp,RawData\n0,"1,2,999"\n', 'line 2 is no row'),
        ('binary.csv', b'\xff\xfe', 'is not a text file'),
        ('cut.bin', MAGIC, 'no frame of a TI radar'),
    ],
)
def test_bad_files_give_one_clear_line(tmp_path, name, content, words):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatasetError, match=words) as caught:
        ti_uart.read(path)
    assert '\n' not in str(caught.value)
    assert name in str(caught.value)

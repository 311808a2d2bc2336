"""The mmGait reader on small files with known content, and on broken ones."""

import gzip

import numpy as np
import pytest

from thermal_radar_fusion.datasets import mmgait
from thermal_radar_fusion.datasets.recording import DatasetError

HEADER = 'Frame #,# Obj,X,Y,Z,Doppler,Intensity,y,m,d,h,m,s\n'
ROWS = (
    '7,2,0.5,2.0,0.1,-0.3,22,2019,7,16,19,43,59.5\n'
    '7,2,-1.0,3.0,0.2,0.6,30,2019,7,16,19,43,59.5\n'
    '8,1,0.25,2.5,0.0,0.0,40,2019,7,16,19,44,0.1\n'
)


def written(folder, text, name='room2/1/fixed_route/77Ghz_radar/042.csv'):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith('.gz') else data)
    return path


def refusal(path):
    """Return the text of the error that reading the file raises: always one line."""
    with pytest.raises(DatasetError) as caught:
        mmgait.read(path)
    text = str(caught.value)
    assert '\n' not in text
    assert str(path) in text
    return text


def test_points_come_in_ros_axes_grouped_into_frames(tmp_path):
    recording = mmgait.read(written(tmp_path, HEADER + ROWS))
    first, second = recording.frames
    np.testing.assert_array_equal(
        first.points, [[2.0, -0.5, 0.1, -0.3, 22.0], [3.0, 1.0, 0.2, 0.6, 30.0]]
    )
    np.testing.assert_array_equal(second.points, [[2.5, -0.25, 0.0, 0.0, 40.0]])
    assert second.stamp - first.stamp == pytest.approx(0.6)
    assert first.stamp == pytest.approx(1563306239.5)  # 2019-07-16 19:43:59.5 UTC


def test_names_come_from_the_layout(tmp_path):
    recording = mmgait.read(written(tmp_path, HEADER + ROWS))
    assert (recording.room, recording.people) == ('room2', ('042',))
    assert recording.frames[0].sensor == 'radar_77ghz'
    assert recording.truth is None


def test_names_have_defaults_outside_the_layout(tmp_path):
    recording = mmgait.read(written(tmp_path, HEADER + ROWS, 'walk.csv'))
    assert (recording.room, recording.people) == ('room', ('walk',))
    assert recording.frames[0].sensor == 'radar'


def test_packed_file_reads_alike(tmp_path):
    plain = mmgait.read(written(tmp_path, HEADER + ROWS))
    packed = mmgait.read(written(tmp_path, HEADER + ROWS, '77Ghz_radar/042.csv.gz'))
    assert packed.people == ('042',)
    np.testing.assert_array_equal(packed.frames[0].points, plain.frames[0].points)


def test_missing_name_of_the_intensity_and_blank_lines_are_fine(tmp_path):
    text = HEADER.replace('Intensity', '') + ROWS + '\n\n'
    assert len(mmgait.read(written(tmp_path, text)).frames) == 2


def test_filler_point_is_an_empty_frame(tmp_path):
    filler = '9,1,0,0,0,0,163,2019,7,16,19,44,0.2\n'
    recording = mmgait.read(written(tmp_path, HEADER + ROWS + filler))
    assert recording.frames[2].points.shape == (0, 5)


def test_restarted_counter_begins_a_new_frame(tmp_path):
    again = '8,1,0.25,2.5,0.0,0.0,40,2019,7,16,19,44,0.2\n1,1,0.2,2.5,0,0,4,2019,7,16,19,44,0.3\n'
    recording = mmgait.read(written(tmp_path, HEADER + ROWS + again))
    assert len(recording.frames) == 4


def test_stamps_increase_even_where_the_clock_was_set_back(tmp_path):
    back = '9,1,0.2,2.5,0,0,4,2019,7,16,19,43,30\n10,1,0.2,2.5,0,0,4,2019,7,16,19,43,30.1\n'
    recording = mmgait.read(written(tmp_path, HEADER + ROWS + back))
    steps = np.diff([frame.stamp for frame in recording.frames])
    assert (steps > 0).all()
    assert steps[-1] == pytest.approx(0.1, abs=1e-6)


@pytest.mark.parametrize(
    ('text', 'complaint'),
    [
        ('', 'line 1'),
        ('time,x,y\n1,2,3\n', 'line 1: is no mmGait header'),
        (HEADER, 'no points'),
        (HEADER + ROWS + '9,1,0.2\n', 'line 5: 3 cells, expected 13'),
        (HEADER + ROWS.replace('0.25', 'wide'), "line 4: 'wide' is not a number"),
        (HEADER + ROWS.replace('0.25', ''), "line 4: '' is not a number"),
        (HEADER + ROWS.replace(',44,', ',94,'), 'line 4: clock'),
        (HEADER + ROWS.replace(',44,', ',nan,'), 'line 4: clock'),
        (HEADER + ROWS.replace(',44,', ',inf,'), 'line 4: clock'),
        (HEADER + ROWS.replace('0.1\n', 'inf\n'), 'line 4: clock'),
    ],
)
def test_broken_file_is_refused_by_line(tmp_path, text, complaint):
    assert complaint in refusal(written(tmp_path, text))


def test_missing_file_is_refused(tmp_path):
    assert 'No such file' in refusal(tmp_path / 'absent.csv')


def test_folder_is_refused(tmp_path):
    refusal(tmp_path)


def test_binary_file_is_refused(tmp_path):
    path = tmp_path / 'a.csv'
    path.write_bytes(bytes(range(256)))
    assert 'not a text file' in refusal(path)


@pytest.mark.parametrize('damage', ['plain', 'truncated', 'garbled'])
def test_broken_gzip_is_refused(tmp_path, damage):
    data = gzip.compress((HEADER + ROWS * 50).encode())
    path = tmp_path / 'a.csv.gz'
    garbled = data[:30] + bytes(10) + data[40:]
    path.write_bytes({'plain': b'Frame', 'truncated': data[:60], 'garbled': garbled}[damage])
    assert 'gzip' in refusal(path)


def test_a_file_merges_with_itself_only_once(tmp_path):
    path = written(tmp_path, HEADER + ROWS)
    with pytest.raises(DatasetError, match='twice'):
        mmgait.merge([path, path])

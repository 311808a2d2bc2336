"""Columns of numbers out of CSV files, and what is said of files that are wrong."""

import numpy as np
import pytest

from thermal_radar_fusion.datasets.csv_columns import read_columns
from thermal_radar_fusion.datasets.recording import DatasetError


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a file."""

    def write(text, name='some.csv'):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_columns_are_found_by_their_names(written):
    path = written('# by hand\nb, a,c\n1,2,x\n\n3, 4.5,y\n')
    columns = read_columns(path, ('a', 'b'))
    assert list(columns) == ['a', 'b']
    np.testing.assert_array_equal(columns['a'], [2.0, 4.5])
    np.testing.assert_array_equal(columns['b'], [1.0, 3.0])


@pytest.mark.parametrize(
    ('text', 'told'),
    [
        ('', "no column 'a'"),
        ('b\n1\n', "no column 'a'"),
        ('a,b\n', 'no rows'),
        ('a,b\n1,2\nx,3\n', "line 3: a must be a number, got 'x'"),
        ('a,b\n1\n', "line 2: b must be a number, got ''"),
        ('a,b\n1,inf\n', "line 2: b must be a number, got 'inf'"),
        ('a,b\n1,2\x00\n', 'line 2'),
    ],
)
def test_what_is_wrong_is_told_in_one_line(written, text, told):
    with pytest.raises(DatasetError, match=told) as raised:
        read_columns(written(text), ('a', 'b'))
    assert 'some.csv' in str(raised.value)
    assert '\n' not in str(raised.value)


def test_a_missing_file_and_one_that_is_no_text_are_told(tmp_path):
    with pytest.raises(DatasetError, match='No such file'):
        read_columns(tmp_path / 'none.csv', ('a',))
    (tmp_path / 'binary.csv').write_bytes(b'\xff\xfe\x00')
    with pytest.raises(DatasetError, match='not a text file'):
        read_columns(tmp_path / 'binary.csv', ('a',))

"""The RadHAR reader on small files with known content, and on broken ones."""

import gzip

import numpy as np
import pytest

from thermal_radar_fusion.datasets import radhar
from thermal_radar_fusion.datasets.recording import DatasetError


def message(point_id, nsecs, x=1.5):
    return f"""header:
  seq: 7
  stamp:
    secs: 100
    nsecs: {nsecs}
  frame_id: "ti_mmwave"
point_id: {point_id}
x: {x}
y: -0.5
z: 0.25
range: 1.6
velocity: -0.6
doppler_bin: 7
bearing: -12.0
intensity: 30.5
---
"""


ECHO = message(0, 0) + message(1, 50_000) + message(0, 33_000_000, x=1.25)


def test_points_are_regrouped_into_frames(tmp_path):
    path = tmp_path / 'walk.txt'
    path.write_text(ECHO)
    first, second = radhar.read(path).frames
    np.testing.assert_array_equal(first.points, [[1.5, -0.5, 0.25, -0.6, 30.5]] * 2)
    np.testing.assert_array_equal(second.points, [[1.25, -0.5, 0.25, -0.6, 30.5]])
    assert (first.stamp, second.stamp) == (100.0, pytest.approx(100.033))
    assert first.sensor == 'ti_mmwave'


def test_packed_file_reads_alike(tmp_path):
    path = tmp_path / 'walk.txt.gz'
    path.write_bytes(gzip.compress(ECHO.encode()))
    assert [len(frame.points) for frame in radhar.read(path).frames] == [2, 1]


@pytest.mark.parametrize(
    ('text', 'complaint'),
    [
        ('', 'no text echo'),
        ('Frame #,# Obj\n1,2\n', 'no text echo'),
        (ECHO.replace('x: 1.25', 'x: far'), "line 40: 'far' is not a number"),
        (ECHO.replace('secs: 100', 'secs: nan', 1), "line 4: 'nan' is not a finite number"),
        (ECHO.rpartition('intensity')[0], "line 33: the message here has no 'intensity'"),
    ],
)
def test_broken_file_is_refused_by_line(tmp_path, text, complaint):
    path = tmp_path / 'walk.txt'
    path.write_text(text)
    with pytest.raises(DatasetError) as caught:
        radhar.read(path)
    assert complaint in str(caught.value)
    assert '\n' not in str(caught.value)

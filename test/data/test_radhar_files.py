"""The reader on real RadHAR files."""

import gzip

import numpy as np
import pytest

from thermal_radar_fusion.datasets import radhar


def test_every_file_regroups_into_frames_and_loses_no_point(radhar_folder):
    files = sorted(radhar_folder.glob('*.txt.gz'))
    if not files:
        pytest.skip(f'no RadHAR files in {radhar_folder}')
    for file in files:
        recording = radhar.read(file)
        text = gzip.decompress(file.read_bytes()).decode()
        assert len(recording.frames) == text.count('point_id: 0\n')
        assert sum(len(frame.points) for frame in recording.frames) == text.count('point_id:')
        assert recording.duration == pytest.approx(20.0, abs=0.2)
        assert (np.diff([frame.stamp for frame in recording.frames]) > 0).all()
        assert recording.frames[0].sensor == 'ti_mmwave'

"""FLIR's radiometric JPEGs."""

import contextlib

import cv2
import numpy as np
import pytest
from flir_jpeg_builder import PLANCK, flir_jpeg

from thermal_radar_fusion.datasets.recording import DatasetError
from thermal_radar_fusion.datasets.thermal_files import likely_preset, read_thermal_file
from thermal_radar_fusion.thermal.flir_jpeg import is_flir_jpeg, read_flir_jpeg
from thermal_radar_fusion.thermal.radiometry import RadiometryError


def counts_of(celsius) -> np.ndarray:
    """Return the counts of a black body by Planck's law, without air."""
    kelvin = np.asarray(celsius) + 273.15
    ideal = PLANCK['r1'] / (PLANCK['r2'] * (np.exp(PLANCK['b'] / kelvin) - PLANCK['f']))
    return np.rint(ideal - PLANCK['o']).astype(np.uint16)


@pytest.fixture
def celsius():
    return np.random.default_rng(1).uniform(-10, 90, (24, 32))


def written(tmp_path, data):
    path = tmp_path / 'image.jpg'
    path.write_bytes(data)
    return path


@pytest.mark.parametrize('png', [True, False])
@pytest.mark.parametrize('part', [60000, 700])
def test_a_black_body_without_air_is_read_as_it_is(tmp_path, celsius, png, part):
    data = flir_jpeg(counts_of(celsius), png=png, emissivity=1.0, distance=0.0, part=part)
    path = written(tmp_path, data)
    assert is_flir_jpeg(path)
    image = read_flir_jpeg(path, 3.0)
    assert image.radiometric
    assert image.stamp == 3.0
    assert np.abs(image.values - celsius).max() < 0.02


def test_what_is_as_warm_as_all_around_needs_no_correction(tmp_path):
    counts = counts_of(np.full((4, 4), 20.0))
    path = written(tmp_path, flir_jpeg(counts, png=False, emissivity=0.7, distance=30.0))
    assert read_flir_jpeg(path).values == pytest.approx(20.0, abs=0.02)


def test_air_and_low_emissivity_make_warm_things_look_colder(tmp_path):
    counts = counts_of(np.full((4, 4), 36.0))
    readings = [
        float(
            read_flir_jpeg(written(tmp_path, flir_jpeg(counts, png=False, **scene))).values[0, 0]
        )
        for scene in (
            {'emissivity': 1.0, 'distance': 0.0},
            {'emissivity': 0.98, 'distance': 1.0},
            {'emissivity': 0.98, 'distance': 20.0},
            {'emissivity': 0.9, 'distance': 20.0},
        )
    ]
    assert readings == sorted(readings)
    assert readings[1] - readings[0] < 0.6


@pytest.mark.parametrize('cut', [30, 300, 900, 1800])
def test_a_cut_file_is_refused_in_one_line(tmp_path, celsius, cut):
    path = written(tmp_path, flir_jpeg(counts_of(celsius), png=False)[:cut])
    with pytest.raises(RadiometryError, match=r'image.jpg: is no FLIR'):
        read_flir_jpeg(path)


def test_damaged_bytes_never_end_in_anything_else(tmp_path, celsius):
    data = bytearray(flir_jpeg(counts_of(celsius), png=True))
    draw = np.random.default_rng(2)
    for _ in range(200):
        broken = data.copy()
        for place in draw.integers(2, 2600, 6):
            broken[place] = draw.integers(256)
        path = written(tmp_path, bytes(broken))
        with contextlib.suppress(RadiometryError):
            assert read_flir_jpeg(path).values.ndim == 2


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(RadiometryError, match='cannot be read'):
        read_flir_jpeg(tmp_path / 'none.jpg')


def test_files_of_every_kind_are_read(tmp_path, celsius):
    flir = written(tmp_path, flir_jpeg(counts_of(celsius), png=True))
    assert read_thermal_file(flir).radiometric
    for name, raw in {
        'ck.png': np.rint((celsius + 273.15) * 100).astype(np.uint16),
        'a65.tiff': np.rint((celsius + 273.15) / 0.04).astype(np.uint16),
    }.items():
        cv2.imwrite(str(tmp_path / name), raw)
        image = read_thermal_file(tmp_path / name)
        assert image.radiometric
        assert np.abs(image.values - celsius).max() < 0.03
    for name, raw in {
        'grey.png': np.full((9, 8), 77, np.uint8),
        'colour.png': np.full((9, 8, 3), 77, np.uint8),
        'alpha.png': np.full((9, 8, 4), 77, np.uint8),
        'plain.jpg': np.full((9, 8), 77, np.uint8),
    }.items():
        cv2.imwrite(str(tmp_path / name), raw)
        image = read_thermal_file(tmp_path / name)
        assert not image.radiometric
        assert image.values == pytest.approx(77, abs=1)


def test_counts_of_no_known_scale_are_grey():
    assert likely_preset(np.full((3, 3), 60000, np.uint16)) == 'grey'
    assert likely_preset(np.full((3, 3), 300, np.uint16)) == 'grey'


def test_what_is_no_image_is_one_line(tmp_path):
    (tmp_path / 'text.png').write_text('hello')
    with pytest.raises(DatasetError, match=r'text.png: is no image'):
        read_thermal_file(tmp_path / 'text.png')
    with pytest.raises(DatasetError, match='no such file'):
        read_thermal_file(tmp_path / 'none.png')

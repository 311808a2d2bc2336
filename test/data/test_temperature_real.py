"""Readings of real faces: what a box that is not exact does to them."""

import csv

import cv2
import numpy as np
import pytest

from thermal_radar_fusion.thermal.thermal_image import ThermalImage
from thermal_radar_fusion.thermal.thermometer import TemperatureParameters, Thermometer

# Boxes grown or shrunk: left and right, above, below, in shares of width and height.
CHANGES = {
    'as drawn': (0.0, 0.0, 0.0),
    '10 % taller below': (0.0, 0.0, 0.1),
    '20 % taller below': (0.0, 0.0, 0.2),
    'larger': (0.1, 0.1, 0.1),
    'smaller': (-0.05, -0.05, -0.05),
}


@pytest.fixture(scope='module')
def faces(shared_data):
    """Return the images [°C] and boxes of the real faces in centikelvin images."""
    folder = shared_data / 'thermal' / 'wikimedia_irimage'
    if not folder.is_dir():
        pytest.skip(f'no real recordings: {folder} is absent')
    with (folder / 'boxes.csv').open() as file:
        rows = [row for row in csv.DictReader(file) if row['ignore'] == '0']
    found = []
    for row in rows:
        counts = cv2.imread(str(folder / row['file']), cv2.IMREAD_UNCHANGED)
        box = tuple(float(row[name]) for name in ('x0', 'y0', 'x1', 'y1'))
        found.append(((counts / 100 - 273.15).astype(np.float32), box))
    return found


def readings(faces, method, change):
    """Return the reading [°C] of every face, its box changed."""
    thermometer = Thermometer(TemperatureParameters(method=method))
    aside, above, below = CHANGES[change]
    found = []
    for values, (x0, y0, x1, y1) in faces:
        wide, high = x1 - x0, y1 - y0
        box = (x0 - aside * wide, y0 - above * high, x1 + aside * wide, y1 + below * high)
        found.append(thermometer.read(ThermalImage(0.0, values), [box])[0].temperature)
    return np.array(found)


def test_real_faces_are_as_warm_as_skin(faces):
    found = readings(faces, 'region', 'as drawn')
    assert len(found) >= 14
    assert ((found > 30) & (found < 37)).all()


def test_a_box_that_is_not_exact_hardly_matters(faces):
    before = readings(faces, 'region', 'as drawn')
    for change in CHANGES:
        moved = np.abs(readings(faces, 'region', change) - before)
        print(f'{change}: mean {moved.mean():.2f} K, largest {moved.max():.2f} K')
        assert moved.mean() < 0.06


def test_a_neck_moves_the_maximum_and_not_the_region(faces):
    moved = {
        method: readings(faces, method, '20 % taller below') - readings(faces, method, 'as drawn')
        for method in ('region', 'maximum')
    }
    for method, by in moved.items():
        print(f'{method}: largest change {np.abs(by).max():.2f} K')
    assert np.abs(moved['maximum']).max() > 0.3
    assert np.abs(moved['region']).max() < 0.1

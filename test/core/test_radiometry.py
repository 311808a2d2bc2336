"""Counts of thermal cameras as temperatures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.thermal.radiometry import (
    Radiometry,
    RadiometryError,
    surface_temperature,
    thermal_image,
)

# What a camera of each preset sends for 35 °C.
COUNTS = {
    'a65_high': 308.15 / 0.04,
    'a65_low': 308.15 / 0.4,
    'centikelvin': 30815,
    'ten_millikelvin': 30815,
    'decikelvin': 3081.5,
    'seek': 64 * (35 + 40),
    'celsius': 35,
}


def image(preset, count, encoding='mono16', **settings):
    """Return the thermal image of an even frame of a count."""
    kinds = {'mono16': np.uint16, '16UC1': np.uint16, 'mono8': np.uint8, '32FC1': np.float32}
    raw = np.full((3, 4), count).astype(kinds[encoding])
    return thermal_image(1.5, raw, encoding, Radiometry(preset=preset, **settings))


@pytest.mark.parametrize(('preset', 'count'), COUNTS.items())
@pytest.mark.parametrize('encoding', ['mono16', '16UC1'])
def test_every_preset_reads_a_face(preset, count, encoding):
    frame = image(preset, round(count), encoding)
    assert frame.radiometric
    assert frame.values.dtype == np.float32
    step = {'a65_low': 0.4, 'decikelvin': 0.1, 'celsius': 1.0}.get(preset, 0.05)
    assert frame.values == pytest.approx(35.0, abs=step / 2 + 1e-3)
    assert frame.stamp == 1.5


def test_a_scale_of_ones_own():
    frame = image('custom', 1000, scale=0.1, offset=-60.0)
    assert frame.values == pytest.approx(40.0)


def test_floating_point_is_celsius_whatever_the_preset():
    assert image('a65_high', 36.6, '32FC1').values == pytest.approx(36.6)
    kelvin = image('custom', 309.75, '32FC1', scale=1.0, offset=-273.15)
    assert kelvin.values == pytest.approx(36.6, abs=1e-4)


@pytest.mark.parametrize('preset', [*COUNTS, 'grey'])
def test_eight_bits_are_never_radiometric(preset):
    frame = image(preset, 200, 'mono8')
    assert not frame.radiometric
    assert (frame.values == 200).all()


def test_grey_counts_are_no_temperatures():
    assert not image('grey', 7000).radiometric
    assert not image('grey', 36.6, '32FC1').radiometric


def test_dead_pixels_take_the_median():
    raw = np.full((5, 5), 30.0, np.float32)
    raw[1, 2], raw[3, 3] = np.nan, np.inf
    frame = thermal_image(0.0, raw, '32FC1', Radiometry())
    assert (frame.values == 30.0).all()


@pytest.mark.parametrize(
    ('raw', 'encoding', 'words'),
    [
        (np.zeros((4, 4, 3), np.uint8), 'bgr8', 'bgr8'),
        (np.zeros((4, 4), np.uint8), 'mono16', 'uint8'),
        (np.zeros((4, 4, 1), np.uint16), 'mono16', '(4, 4, 1)'),
        (np.zeros((0, 4), np.uint16), 'mono16', '(0, 4)'),
        (np.full((4, 4), np.nan, np.float32), '32FC1', 'no finite'),
        (np.full((4, 4), 60000, np.uint16), 'mono16', 'a65_high'),
        (np.full((4, 4), 5, np.uint16), 'mono16', 'does not fit'),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(raw, encoding, words):
    with pytest.raises(RadiometryError) as caught:
        thermal_image(0.0, raw, encoding, Radiometry())
    assert words in str(caught.value)
    assert '\n' not in str(caught.value)


def test_a_preset_is_one_of_a_list():
    with pytest.raises(ParameterError, match='preset'):
        Radiometry(preset='lepton')


def band_radiance(kelvin):
    """Integrate Planck's law over what uncooled cameras see, 7.5 to 13 µm."""
    c2 = 14387.77
    return quad(lambda um: um**-5 / np.expm1(c2 / um / kelvin), 7.5, 13)[0]


@pytest.mark.parametrize('skin', [30.0, 34.0, 38.0, 42.0])
@pytest.mark.parametrize('room', [15.0, 22.0, 30.0])
def test_emissivity_as_by_planck_over_the_whole_band(skin, room):
    seen = 0.98 * band_radiance(skin + 273.15) + 0.02 * band_radiance(room + 273.15)
    apparent = brentq(lambda kelvin: band_radiance(kelvin) - seen, 250, 350) - 273.15
    assert surface_temperature(np.array(apparent), 0.98, room) == pytest.approx(skin, abs=0.01)


@given(skin=st.floats(-20, 120), room=st.floats(-20, 60), emissivity=st.floats(0.6, 1.0))
def test_a_surface_as_warm_as_the_room_needs_no_correction(skin, room, emissivity):
    same = surface_temperature(np.array(room), emissivity, room)
    assert same == pytest.approx(room, abs=1e-6)
    black = surface_temperature(np.array(skin), 1.0, room)
    assert black == pytest.approx(skin, abs=1e-6)
    corrected = float(surface_temperature(np.array(skin), emissivity, room))
    assert (corrected - skin) * (skin - room) >= -1e-6


def test_an_image_is_corrected_for_its_emissivity():
    frame = image('centikelvin', 30815, emissivity=0.98, reflected_temperature=22.0)
    assert frame.values == pytest.approx(surface_temperature(np.array(35.0), 0.98, 22.0), abs=1e-4)
    assert 35.2 < frame.values[0, 0] < 35.3

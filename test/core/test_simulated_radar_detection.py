"""Resolution, ambiguity and detection of the simulated radar, against theory."""

import numpy as np
import pytest
from scipy.stats import ncx2

from thermal_radar_fusion.datasets.recording import NOBODY
from thermal_radar_fusion.simulation.radar_detection import (
    Cells,
    Echoes,
    cells_of,
    detected,
    false_alarm_probability,
    false_alarms,
    without_static,
)
from thermal_radar_fusion.simulation.radar_device import RADAR_DEVICES, RadarDevice
from thermal_radar_fusion.simulation.radar_points import angles, points_of

DEVICE = RADAR_DEVICES['iwr1843']
# Few cells, so that many frames fit, and noise of known power: what theory is written for.
SMALL = DEVICE.replace(
    minimum_range=0.1,
    maximum_range=1.0,
    maximum_velocity=0.3,
    range_training=0,
    doppler_training=0,
)
SINGLE = SMALL.replace(transmitters=1, receivers=1, elevation=False)
MIDDLE = 10
STRONG = 1000.0


def echoes(distances, speeds=0.0, right=0.0, up=0.0, amplitudes=STRONG, frames=0, people=0):
    """Return echoes whose way back is the way there; everything is broadcast."""
    columns = np.broadcast_arrays(frames, people, distances, speeds, right, up, amplitudes)
    frames, people, distances, speeds, right, up, amplitudes = map(np.atleast_1d, columns)
    both = [np.stack([right, right], axis=-1).astype(float), up[:, None].astype(float)]
    distances, speeds = distances.astype(float), speeds.astype(float)
    return Echoes(frames, people, distances, speeds, *both, amplitudes.astype(complex))


def cells(seen, device=DEVICE):
    return cells_of(seen, device, np.random.default_rng(1))


def peaks(values):
    """Count the maxima of a profile that stand out of it by 3 dB."""
    padded = np.pad(values, 1)
    top = (padded[1:-1] > padded[:-2]) & (padded[1:-1] > padded[2:])
    return int((top & (values > 0.5 * values.max())).sum())


def profile(found, along, count):
    """Return the power of cells summed over everything but one index."""
    return np.bincount(getattr(found, along), found.powers, count)


@pytest.mark.parametrize('device', RADAR_DEVICES.values(), ids=RADAR_DEVICES)
def test_two_targets_are_resolved_in_range_as_far_apart_as_the_window_allows(device):
    def seen(bins):
        apart = bins * device.range_resolution
        return cells(echoes([4.0, 4.0 + apart], 1.0, amplitudes=[STRONG, 1j * STRONG]), device)

    count = device.range_bins
    assert peaks(profile(seen(0.5), 'ranges', count)) == 1
    assert peaks(profile(seen(3.0), 'ranges', count)) == 2


@pytest.mark.parametrize('device', RADAR_DEVICES.values(), ids=RADAR_DEVICES)
def test_two_targets_are_resolved_in_doppler(device):
    def seen(bins):
        speeds = [0.5, 0.5 + bins * device.doppler_resolution]
        return cells(echoes(4.0, speeds, amplitudes=[STRONG, 1j * STRONG]), device)

    count = device.doppler_bins
    assert peaks(profile(seen(0.5), 'doppler', count)) == 1
    assert peaks(profile(seen(3.0), 'doppler', count)) == 2


def test_two_targets_in_a_cell_are_resolved_in_angle_only_beyond_the_beamwidth():
    # Eight antennas half a wavelength apart: the beam is about 2 / 8 wide in direction cosine.
    def reported(apart):
        # In quadrature in the middle of the row, so that neither sum nor difference is special.
        phase = 1j * np.exp(-1j * np.pi * 3.5 * apart)
        pair = echoes(4.0, 1.0, [-apart / 2, apart / 2], amplitudes=[STRONG, STRONG * phase])
        found = cells(pair)
        return angles(found.chosen(np.array([found.powers.argmax()])).snapshots, DEVICE)[1]

    assert len(reported(0.1)) == 1
    assert sorted(reported(0.5)) == pytest.approx([-0.25, 0.25], abs=0.04)


def test_the_devices_have_the_resolutions_of_the_paper_and_of_the_real_files():
    assert DEVICE.range_step == 0.0488
    assert DEVICE.doppler_bins == 64
    assert DEVICE.doppler_bins / 2 * DEVICE.doppler_resolution == pytest.approx(4.77, abs=0.01)
    assert DEVICE.frame_rate == 15.0
    assert RADAR_DEVICES['iwr1443'].doppler_bins == 16
    assert RADAR_DEVICES['iwr6843'].doppler_bins == 32
    assert RADAR_DEVICES['iwr6843'].wavelength == pytest.approx(0.005, rel=0.01)
    assert DEVICE.antennas == 12


@pytest.mark.parametrize('speed', [5.3, -5.3, 9.0])
def test_fast_targets_wrap_around(speed):
    points = points_of(cells(echoes(4.0, speed, amplitudes=30.0)), DEVICE)
    span = DEVICE.doppler_bins * DEVICE.doppler_resolution
    expected = (speed + span / 2) % span - span / 2
    strongest = points.values[points.values[:, 4].argmax()]
    assert strongest[3] == pytest.approx(expected, abs=DEVICE.doppler_resolution)


def test_a_target_is_seen_where_it_is():
    direction = np.array([0.25, 0.1])
    found = cells(echoes(4.0, 1.0, *direction, amplitudes=300.0))
    best = points_of(found.chosen(np.array([found.powers.argmax()])), DEVICE).values[0]
    expected = [4.0 * np.sqrt(1 - (direction**2).sum()), -4.0 * 0.25, 4.0 * 0.1, 1.0]
    # Half a bin of the angle FFT is 1 / 64.
    assert best[:4] == pytest.approx(expected, abs=4.0 / 64 + DEVICE.doppler_resolution / 2)
    assert best[4] == pytest.approx(20 * np.log10(300.0), abs=1.5)


def test_what_cannot_be_is_put_at_exactly_zero_forward():
    noise = np.random.default_rng(0).standard_normal((300, 12, 2)) @ np.array([1.0, 1j])
    number = np.zeros(300, dtype=int)
    fields = [number, number + 40, number + 80, number, noise]
    points = points_of(Cells(*fields), DEVICE.replace(field_of_view=1.5))
    assert (points.values[:, 0] == 0.0).any()
    assert (points.values[:, 0] >= 0.0).all()


@pytest.mark.parametrize('decibel', [12.0, 15.0, 20.0])
def test_detection_of_a_fluctuating_target_is_swerling_1(decibel):
    count, snr = 40_000, 10.0 ** (0.1 * decibel)
    draws = np.random.default_rng(3).standard_normal((count, 2)) * np.sqrt(snr / 2)
    place = MIDDLE * SINGLE.range_step
    seen = echoes(place, amplitudes=draws @ np.array([1.0, 1j]), frames=np.arange(count))
    found = cells(seen, SINGLE)
    found = found.chosen((found.ranges == MIDDLE) & (found.doppler == SINGLE.doppler_bins // 2))
    expected = false_alarm_probability(SINGLE) ** (1.0 / (1.0 + snr))
    assert detected(found, SINGLE).sum() / count == pytest.approx(expected, abs=0.012)


def test_detection_of_a_steady_target_by_twelve_antennas_is_a_noncentral_chi_square():
    device = SMALL.replace(threshold=6.0)
    count, snr = 20_000, 3.0
    place = MIDDLE * device.range_step
    seen = echoes(place, amplitudes=np.sqrt(snr), frames=np.arange(count))
    found = cells(seen, device)
    found = found.chosen((found.ranges == MIDDLE) & (found.doppler == device.doppler_bins // 2))
    limit = 10.0**0.6
    expected = ncx2.sf(2 * 12 * limit, 2 * 12, 2 * 12 * snr)
    assert detected(found, device).sum() / count == pytest.approx(expected, abs=0.012)


def test_false_alarms_come_as_often_as_noise_exceeds_the_threshold():
    device = SINGLE.replace(threshold=10.0, maximum_range=10.0)
    assert false_alarm_probability(device) == pytest.approx(np.exp(-10.0))
    drawn = false_alarms(200, device, np.random.default_rng(2))
    expected = 200 * device.range_bins * device.doppler_bins * np.exp(-10.0)
    assert len(drawn.frames) == pytest.approx(expected, abs=5 * np.sqrt(expected))
    assert (drawn.people == NOBODY).all()
    assert (np.diff(drawn.frames) >= 0).all()
    assert not len(false_alarms(100, DEVICE, np.random.default_rng(2)).frames)


@pytest.mark.parametrize(('beside', 'seen'), [((), True), ((7,), True), ((-7, 7), False)])
def test_cfar_in_range_takes_the_side_with_less(beside, seen):
    device = DEVICE.replace(doppler_training=0)
    strong = [(80 + offset + extra) for offset in beside for extra in (-1, 0, 1)]
    places = np.array([80, *strong]) * device.range_step
    amplitudes = np.array([20.0] + [3000.0] * len(strong))
    found = cells(echoes(places, 1.0, amplitudes=amplitudes), device)
    hit = detected(found, device) & (found.ranges == 80)
    assert hit.any() == seen


def test_cfar_in_doppler_hides_a_weak_limb_beside_a_strong_trunk():
    speeds = np.array([0, 4, 5]) * DEVICE.doppler_resolution
    pair = echoes(80 * DEVICE.range_step, speeds, amplitudes=[20.0, 5000.0, 5000.0])
    found = cells(pair)
    weak = (found.doppler == DEVICE.doppler_bins // 2) & (found.ranges == 80)
    assert not detected(found, DEVICE)[weak].any()
    assert detected(found, DEVICE.replace(doppler_training=0))[weak].all()


def test_what_stands_still_is_taken_out_and_what_moves_stays():
    def power(bins):
        seen = echoes(80 * DEVICE.range_step, bins * DEVICE.doppler_resolution)
        return cells(without_static(seen, DEVICE)).powers.sum()

    assert power(0.0) < 1e-3 * STRONG**2
    # The mean of a slow echo over the frame is sinc of its Doppler: 1 - sinc(x)^2 is left.
    slow = 0.1
    assert power(slow) < 0.1 * power(4.0)
    assert power(0.02) < power(slow) < power(0.3) < power(1.0)


def test_the_echo_that_gives_most_power_owns_the_cell():
    both = echoes(4.0, 1.0, amplitudes=[300.0, 500.0], people=[0, 1])
    ghost = echoes(6.0, 1.0, amplitudes=500.0, people=NOBODY)
    found = cells(both.joined(ghost))
    assert set(found.people[found.ranges < 100]) == {1}
    assert set(found.people[found.ranges > 100]) == {NOBODY}


def test_a_wrapped_target_seems_to_be_elsewhere():
    """The firmware takes the transmitters' turns out by a Doppler that is wrong."""

    def direction(speed):
        found = cells(echoes(4.0, speed, 0.0, amplitudes=300.0))
        strongest = found.chosen(np.array([found.powers.argmax()]))
        return abs(angles(strongest.snapshots, DEVICE)[1][0])

    span = DEVICE.doppler_bins * DEVICE.doppler_resolution
    assert direction(1.0) == 0.0
    assert direction(1.0 + span) > 0.05


@pytest.mark.parametrize(
    ('changes', 'said'),
    [
        ({'range_step': 0.1}, 'range_step'),
        ({'maximum_range': 0.6, 'minimum_range': 0.7}, 'maximum_range'),
        ({'maximum_velocity': 0.1}, 'maximum_velocity'),
        ({'lost_frames': 1.5}, 'lost_frames'),
        ({'receivers': 0}, 'receivers'),
        ({'power': 'watts'}, 'power'),
        ({'colour': 'red'}, 'colour'),
    ],
)
def test_impossible_devices_are_refused_by_name(changes, said):
    with pytest.raises(ValueError, match=said):
        RadarDevice().replace(**changes)

"""From detected cells to the points that a radar reports: angles, positions, power, limits.

The arithmetic is that of Texas Instruments' out-of-box demo of the mmWave SDK 2 and 3
(`mmw/dss`, `aoaproc`): a zero-padded FFT over the azimuth antennas, elevation from the phase
between the elevated row and the other, and y = sqrt(range^2 - x^2 - z^2), or 0 where that is
negative, which is why weak points lie at exactly 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.simulation.radar_detection import Cells
from thermal_radar_fusion.simulation.radar_device import RadarDevice

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Points:
    """Points of several frames, by frame.

    Attributes:
        frames, people: (N,) index of the frame; whose point it is, or NOBODY.
        values: (N, 5) as in `RadarFrame.points`.
    """

    frames: Integers
    people: Integers
    values: Array


def points_of(cells: Cells, device: RadarDevice) -> Points:
    """Return the points of detected cells, one or two for each."""
    which, right, up = angles(cells.snapshots, device)
    cells = cells.chosen(which)
    distance = cells.ranges * device.range_step
    velocity = (cells.doppler - device.doppler_bins // 2) * device.doppler_resolution
    position = _positions(distance, right, up, device)
    values = np.column_stack([*position, velocity, _power(cells.powers, device)])
    keep = np.flatnonzero(np.abs(right) <= np.sin(device.field_of_view))
    keep = keep[_first(cells.frames[keep], device.maximum_points)]
    return Points(cells.frames[keep], cells.people[keep], values[keep])


def angles(snapshots: Complex, device: RadarDevice) -> tuple[Integers, Array, Array]:
    """Return the directions in which snapshots (U, A) have power.

    Returns:
        which snapshot (N,), ascending, and direction cosines to the right and upwards (N,).
    """
    row = device.transmitters * device.receivers
    spectrum = np.fft.fft(snapshots[:, :row], device.angle_bins)
    power = spectrum.real**2 + spectrum.imag**2
    first = power.argmax(axis=1)
    which, peaks = np.arange(len(power)), first
    if device.second_peak < 1.0:
        again, second = _second_peaks(power, first, row, device)
        which, peaks = np.concatenate([which, again]), np.concatenate([peaks, second])
        order = np.argsort(which, kind='stable')
        which, peaks = which[order], peaks[order]
    half = device.angle_bins // 2
    right = ((peaks + half) % device.angle_bins - half) / half
    return which, right, _elevation(snapshots[which], spectrum[which, peaks], right, device)


def _second_peaks(
    power: Array, first: Integers, row: int, device: RadarDevice
) -> tuple[Integers, Integers]:
    """Return the snapshots with a second peak outside the main lobe, and where it is."""
    bins = np.arange(device.angle_bins)
    apart = np.abs(
        (bins - first[:, None] + device.angle_bins // 2) % device.angle_bins
        - device.angle_bins // 2
    )
    peak = (power >= np.roll(power, 1, axis=1)) & (power > np.roll(power, -1, axis=1))
    rest = np.where(peak & (apart > device.angle_bins // row), power, 0.0)
    second = rest.argmax(axis=1)
    rows = np.arange(len(power))
    found = np.flatnonzero(rest[rows, second] > device.second_peak * power[rows, first])
    return found, second[found]


def _elevation(snapshots: Complex, peak: Complex, right: Array, device: RadarDevice) -> Array:
    """Return the direction cosines upwards, ambiguous beyond +-1: one phase tells them."""
    if not device.elevation:
        return np.zeros(len(right))
    row = device.transmitters * device.receivers
    place = device.transmitter_positions[-1, 0] + device.receiver_positions
    angle = -np.pi * place * right[:, None]
    raised = (snapshots[:, row:] * (np.cos(angle) + 1j * np.sin(angle))).sum(axis=1)
    return np.angle(raised * peak.conj()) / np.pi


def _positions(distance: Array, right: Array, up: Array, device: RadarDevice) -> list[Array]:
    """Return x forward, y left, z up of points, quantised."""
    forward = distance * np.sqrt(np.maximum(1.0 - right**2 - up**2, 0.0))
    step = device.position_step
    axes = (forward, -distance * right, distance * up)
    return [np.rint(axis / step) * step for axis in axes]


def _power(powers: Array, device: RadarDevice) -> Array:
    """Return powers as the device reports them."""
    if device.power == 'magnitude':
        return np.rint(np.sqrt(powers))
    decibel = 10.0 * np.log10(np.maximum(powers, 1e-9))
    return np.rint(10.0 * decibel) if device.power == 'tenths' else np.rint(10 * decibel) / 10


def _first(frames: Integers, limit: int) -> NDArray[np.bool_]:
    """Tell which entries are among the first so many of their frame."""
    starts = np.flatnonzero(np.diff(frames, prepend=-1))
    counts = np.diff(np.append(starts, len(frames)))
    return np.arange(len(frames)) - np.repeat(starts, counts) < limit

"""From echoes to detected range-Doppler cells: FFT windows, noise, CFAR.

Sources: Richards, Scheer, Holm, 'Principles of Modern Radar' (2010), chapters 14 (Doppler
processing), 15 (detection), 16 (CFAR); windows after F. J. Harris, 'On the use of windows for
harmonic analysis with the discrete Fourier transform', Proc. IEEE 66 (1978).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.special import gammaincc

from thermal_radar_fusion.simulation.radar_device import RadarDevice

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
Integers = NDArray[np.int64]

NEIGHBOURS = np.arange(-1, 3)  # cells that a Hann window's main lobe touches
WEAKEST = 0.25  # share of the threshold's amplitude: what adds less to a cell does not matter
_TABLE_STEP = 512


@dataclass(frozen=True)
class Echoes:
    """What comes back to the radar: M plane waves.

    Attributes:
        frames: (M,) index of the frame.
        people: (M,) whose it is, or NOBODY.
        distances: (M,) metres, half the length of the path.
        speeds: (M,) radial velocity [m/s].
        right: (M, 2) direction cosines to the right, of the way there and of the way back.
        up: (M, 1) direction cosines upwards of the way there; receivers are all in one row.
        amplitudes: (M,) complex, at the peak of a cell; the noise of one antenna has power 1.
    """

    frames: Integers
    people: Integers
    distances: Array
    speeds: Array
    right: Array
    up: Array
    amplitudes: Complex

    def chosen(self, which: NDArray) -> Echoes:
        """Return some of them: a mask or indices."""
        return Echoes(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    def joined(self, other: Echoes) -> Echoes:
        """Return both together."""
        pairs = ((getattr(self, n), getattr(other, n)) for n in self.__dataclass_fields__)
        return Echoes(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True)
class Cells:
    """Range-Doppler cells, U of them, by frame, Doppler and range.

    Attributes:
        frames, doppler, ranges: (U,) indices; Doppler counts from minus the maximum velocity on.
        people: (U,) who gave most of the power, or NOBODY.
        snapshots: (U, A) complex amplitude of each virtual antenna; noise has power 1.
    """

    frames: Integers
    doppler: Integers
    ranges: Integers
    people: Integers
    snapshots: Complex

    @property
    def powers(self) -> Array:
        """(U,) mean over the antennas."""
        return (self.snapshots.real**2 + self.snapshots.imag**2).mean(axis=1)

    def chosen(self, which: NDArray) -> Cells:
        """Return some of them: a mask or indices."""
        return Cells(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    def merged(self, other: Cells) -> Cells:
        """Return both together, frame by frame."""
        if not len(other.frames):
            return self
        order = np.argsort(np.concatenate([self.frames, other.frames]), kind='stable')
        pairs = ((getattr(self, n), getattr(other, n)) for n in self.__dataclass_fields__)
        return Cells(*(np.concatenate(pair)[order] for pair in pairs))


def without_static(echoes: Echoes, device: RadarDevice) -> Echoes:
    """Return the echoes after each frame's mean over its chirps was taken out.

    The mean of a moving echo is not zero but sinc(x) of it, x its Doppler in bins; taking that
    out adds an echo of minus this size at Doppler zero, which cancels one that stands still.
    """
    means = np.sinc(echoes.speeds / device.doppler_resolution) * echoes.amplitudes
    noticed = np.flatnonzero(np.abs(means) > weakest(device))
    residue = dataclasses.replace(
        echoes.chosen(noticed), speeds=np.zeros(len(noticed)), amplitudes=-means[noticed]
    )
    return echoes.joined(residue)


def cells_of(echoes: Echoes, device: RadarDevice, noise: np.random.Generator) -> Cells:
    """Return every cell that an echo reaches, with the echoes' coherent sum and noise in it."""
    echoes = echoes.chosen(np.abs(echoes.amplitudes) > weakest(device))
    keys, response = _spread(echoes, device)
    phasors = echoes.amplitudes[:, None] * steering(echoes, device)
    # SciPy's product of sparse with dense is a plain loop, the same on every machine.
    sums = (response @ phasors.view(float)).view(complex)
    people = _majority(response, echoes)
    doppler, ranges = np.divmod(keys, device.range_bins)
    frames, doppler = np.divmod(doppler, device.doppler_bins)
    return Cells(frames, doppler, ranges, people, sums + _noise(sums.shape, noise))


def weakest(device: RadarDevice) -> float:
    """Return the amplitude below which something in a cell does not matter."""
    return WEAKEST * 10.0 ** (0.05 * device.threshold)


def steering(echoes: Echoes, device: RadarDevice) -> Complex:
    """Return the phasor (M, A) of each echo at each virtual antenna, amplitude 1.

    An echo so fast that its Doppler wrapped around also carries the error of the firmware's
    correction for the transmitters' taking turns.
    """
    bins = np.rint(echoes.speeds / device.doppler_resolution)
    wraps = np.floor(bins / device.doppler_bins + 0.5)
    place = device.transmitter_positions
    turns = place[:, 0] * echoes.right[:, :1] + place[:, 1] * echoes.up
    turns = turns + 2.0 * wraps[:, None] * device.transmitter_turns
    there = _phasors(np.pi * turns)
    back = _phasors(np.pi * device.receiver_positions * echoes.right[:, 1:])
    return (there[:, :, None] * back[:, None]).reshape(-1, device.antennas)


def _phasors(angles: Array) -> Complex:
    """Return complex numbers of size 1."""
    return np.cos(angles) + 1j * np.sin(angles)


def _spread(echoes: Echoes, device: RadarDevice) -> tuple[Integers, csr_array]:
    """Return the keys (U,) of the cells that echoes reach, and the response (U, M) of each.

    The key counts cells by frame, Doppler and range. The response is that of the windows' main
    lobes only: a Hann window's side lobes are below -31 dB.
    """
    near, far = echoes.distances / device.range_step, echoes.speeds / device.doppler_resolution
    ranges, in_range = _lobe(near, device.range_step / device.range_resolution)
    doppler, in_doppler = _lobe(far, 1.0)
    lowest = int(np.ceil(device.minimum_range / device.range_step))
    in_range = np.where((ranges >= lowest) & (ranges < device.range_bins), in_range, 0.0)
    size = in_doppler[:, :, None] * in_range[:, None, :]
    source, d, r = np.nonzero(size * np.abs(echoes.amplitudes)[:, None, None] > weakest(device))
    count = device.doppler_bins
    rows = echoes.frames[source] * count + (doppler[source, d] + count // 2) % count
    cells = rows * device.range_bins + ranges[source, r]
    reached = np.zeros(int(cells.max(initial=-1)) + 1, dtype=bool)
    reached[cells] = True
    keys = np.flatnonzero(reached)
    number = np.empty(len(reached), dtype=np.int64)
    number[keys] = np.arange(len(keys))
    shape = (len(keys), len(near))
    return keys, coo_array((size[source, d, r], (number[cells], source)), shape=shape).tocsr()


def _lobe(places: Array, scale: float) -> tuple[Integers, Array]:
    """Return the bins (M, 4) next to places (M,) in bins, and the window's response in each."""
    bins = np.floor(places).astype(np.int64)[:, None] + NEIGHBOURS
    offset = np.abs(bins - places[:, None]) * scale
    index = np.rint(offset * _TABLE_STEP).astype(np.int64)
    return bins, _HANN[np.minimum(index, len(_HANN) - 1)]


def _hann(offset: Array) -> Array:
    """Return the transform of a Hann window at offsets in bins, 1 at the peak."""
    pole = np.abs(np.abs(offset) - 1.0) < 1e-9
    return np.where(pole, 0.5, np.sinc(offset) / np.where(pole, 1.0, 1.0 - offset**2))


_HANN = _hann(np.arange(2 * _TABLE_STEP + 1) / _TABLE_STEP)


def _noise(shape: tuple[int, ...], generator: np.random.Generator) -> Complex:
    """Return complex white noise of power 1."""
    parts = generator.standard_normal((*shape, 2)) * np.sqrt(0.5)
    return parts[..., 0] + 1j * parts[..., 1]


def _majority(response: csr_array, echoes: Echoes) -> Integers:
    """Return for each cell the person with most of the power in it."""
    numbers = np.arange(-1, echoes.people.max(initial=-1) + 1)
    powers = np.abs(echoes.amplitudes) ** 2
    shares = response.power(2) @ (powers[:, None] * (echoes.people[:, None] == numbers))
    return numbers[shares.argmax(axis=1)]


def detected(cells: Cells, device: RadarDevice) -> NDArray[np.bool_]:
    """Tell which cells stand out of their neighbours both in range and in Doppler (CFAR).

    As in Texas Instruments' firmware levels are averaged in decibel; in range the side with
    the lower average counts (smallest-of, CASO), in Doppler both together, cyclic. A strong
    body thereby masks weak parts of itself and of others. Cells that no echo reaches count as
    noise of known power.
    """
    levels = 10.0 * np.log10(np.maximum(cells.powers, 1e-3))
    threshold = np.full(len(levels), device.threshold)
    if not len(levels):
        return threshold > 0.0
    table = _LevelTable(cells, levels, device)
    noise = np.zeros(len(levels))
    if device.range_training:
        reach = device.range_guard + 1 + np.arange(device.range_training)
        noise = np.minimum(table.mean(0, -reach), table.mean(0, reach))
    found = levels > threshold + noise
    if device.doppler_training:
        reach = device.doppler_guard + 1 + np.arange(device.doppler_training)
        found &= levels > threshold + table.mean(np.append(-reach, reach), 0)
    return found


class _LevelTable:
    """The levels of a few frames' cells for looking up neighbours; 0 dB where no echo is."""

    def __init__(self, cells: Cells, levels: Array, device: RadarDevice) -> None:
        self._count = device.doppler_bins
        self._margin = device.range_guard + device.range_training + 1
        self._stride = device.range_bins + 2 * self._margin
        self._rows, self._doppler = cells.frames * self._count, cells.doppler
        self._ranges = cells.ranges + self._margin
        self._levels = np.zeros((int(cells.frames.max()) + 1) * self._count * self._stride)
        self._levels[(self._rows + self._doppler) * self._stride + self._ranges] = levels

    def mean(self, doppler: Integers | int, ranges: Integers | int) -> Array:
        """Return each cell's mean level over neighbours at these offsets (one of them 0)."""
        rows = self._rows[:, None] + (self._doppler[:, None] + doppler) % self._count
        return self._levels[rows * self._stride + self._ranges[:, None] + ranges].mean(axis=1)


def false_alarm_probability(device: RadarDevice) -> float:
    """Return the probability that a cell of noise alone is detected (noise level known)."""
    limit = 10.0 ** (0.1 * device.threshold)
    return float(gammaincc(device.antennas, device.antennas * limit))


def false_alarms(frames: int, device: RadarDevice, generator: np.random.Generator) -> Cells:
    """Draw the cells of noise alone that are detected in so many frames."""
    size = device.doppler_bins * device.range_bins
    counts = generator.poisson(size * false_alarm_probability(device), frames)
    cells = generator.integers(0, size, counts.sum())
    doppler, ranges = np.divmod(cells, device.range_bins)
    snapshots = _noise((len(cells), device.antennas), generator)
    powers = (np.abs(snapshots) ** 2).mean(axis=1, keepdims=True)
    snapshots *= np.sqrt(10.0 ** (0.1 * device.threshold) / np.maximum(powers, 1e-9))
    return Cells(
        np.repeat(np.arange(frames), counts),
        doppler,
        ranges,
        np.full(len(cells), -1),
        snapshots,
    )

"""What a millimetre-wave radar can tell apart: resolutions, ambiguities, antennas, detector.

A device is described by what its chirps and its firmware make of them, as the data sheet and a
recording show it, not by chirp slopes and sample counts. The relations between the two are in
M. A. Richards, J. A. Scheer, W. A. Holm, 'Principles of Modern Radar: Basic Principles' (SciTech
2010), chapters 14, 15, 17, and for frequency-modulated continuous waves in Texas Instruments'
'The fundamentals of millimeter wave radar sensors' (SPYY005).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter

Array = NDArray[np.float64]

LIGHT_SPEED = 299_792_458.0


@dataclass(frozen=True)
class RadarDevice(Parameters):
    """A radar with time-division multiplexed antennas, as far as its point cloud shows it."""

    carrier: float = parameter(77e9, 'carrier frequency', unit='Hz', low=1e9, high=3e11)
    frame_rate: float = parameter(15.0, 'frames per second', unit='Hz', low=0.5, high=200)
    range_resolution: float = parameter(
        0.0488, 'c / 2B: two targets are resolved so far apart', unit='m', low=0.001, high=5
    )
    range_step: float = parameter(
        0.0488,
        'spacing of the range bins, finer where the FFT is zero-padded',
        unit='m',
        low=0.001,
    )
    minimum_range: float = parameter(0.2, 'nearer bins are not searched', unit='m', low=0, high=50)
    maximum_range: float = parameter(10.0, 'nor farther ones', unit='m', low=0.5, high=300)
    doppler_resolution: float = parameter(
        0.1492, 'step of the radial velocity', unit='m/s', low=0.001, high=10
    )
    maximum_velocity: float = parameter(
        4.77, 'faster radial velocities wrap around', unit='m/s', low=0.05, high=200
    )
    transmitters: int = parameter(
        2,
        'azimuth transmit antennas, each sees the receivers shifted by a whole row',
        low=1,
        high=12,
    )
    receivers: int = parameter(4, 'receive antennas, half a wavelength apart', low=1, high=64)
    elevation: bool = parameter(
        True, 'one more transmitter, half a wavelength higher, in the middle of the row'
    )
    angle_bins: int = parameter(64, 'length of the zero-padded angle FFT', low=4, high=1024)
    second_peak: float = parameter(
        0.5,
        'a second angle in a cell is reported if its peak is that share of the first; 1: never',
        low=0.0,
        high=1.0,
    )
    azimuth_beamwidth: float = parameter(
        math.radians(110),
        'of one antenna, one way, 3 dB, full width',
        unit='rad',
        low=0.05,
        high=6.3,
    )
    elevation_beamwidth: float = parameter(
        math.radians(40), 'the same up and down', unit='rad', low=0.05, high=6.3
    )
    field_of_view: float = parameter(
        math.radians(60),
        'azimuths beyond this to a side are not reported',
        unit='rad',
        low=0.05,
        high=1.6,
    )
    reference_snr: float = parameter(
        69.6,
        'of one antenna after range and Doppler FFT, for 1 square metre at 1 m on boresight',
        unit='dB',
        low=0,
        high=150,
    )
    threshold: float = parameter(
        12.5, 'CFAR: a cell must stand out of its neighbours by so much', unit='dB', low=0, high=60
    )
    range_training: int = parameter(
        8, 'CFAR in range: cells on a side, the weaker side counts; 0: none', low=0, high=64
    )
    range_guard: int = parameter(4, 'CFAR in range: cells left out between', low=0, high=64)
    doppler_training: int = parameter(
        4, 'CFAR in Doppler: cells on each side, cyclic; 0: none', low=0, high=64
    )
    doppler_guard: int = parameter(2, 'CFAR in Doppler: cells left out between', low=0, high=64)
    clutter_removal: bool = parameter(
        True, "take each frame's mean over its chirps out: what stands still fades"
    )
    maximum_points: int = parameter(500, 'a frame holds no more', low=1, high=10_000)
    position_step: float = parameter(
        0.001, 'coordinates are multiples of it', unit='m', low=0.0001, high=0.5
    )
    power: str = parameter(
        'snr',
        'reported power: snr [dB], tenths [0.1 dB], or magnitude (linear, of the cell)',
        choices=('snr', 'tenths', 'magnitude'),
    )
    lost_frames: float = parameter(0.01, 'probability that a frame is lost', low=0, high=1)
    clock_jitter: float = parameter(
        0.003, 'standard deviation of the stamps', unit='s', low=0, high=0.1
    )

    def check(self) -> None:
        """Refuse figures that contradict each other."""
        if self.range_step > 1.0001 * self.range_resolution:
            raise ParameterError('range_step must not exceed range_resolution')
        if self.maximum_range <= self.minimum_range:
            raise ParameterError('maximum_range must exceed minimum_range')
        if self.maximum_velocity < self.doppler_resolution:
            raise ParameterError('maximum_velocity must be at least one doppler_resolution')

    @property
    def wavelength(self) -> float:
        """Of the carrier [m]."""
        return LIGHT_SPEED / self.carrier

    @property
    def doppler_bins(self) -> int:
        """Number of Doppler bins, symmetric about zero but for the lowest."""
        return 2 * max(1, round(self.maximum_velocity / self.doppler_resolution))

    @property
    def range_bins(self) -> int:
        """Number of range bins from range 0 to the maximum."""
        return int(self.maximum_range / self.range_step) + 1

    @property
    def antennas(self) -> int:
        """Number of virtual antennas, the elevated ones included."""
        return self.receivers * (self.transmitters + self.elevation)

    @property
    def transmitter_positions(self) -> Array:
        """(T, 2) places of the transmitters, the elevated one last: right, up [half waves]."""
        rows = [(t * self.receivers, 0.0) for t in range(self.transmitters)]
        middle = (self.transmitters - 1) * self.receivers / 2
        rows += [(middle, 1.0)] if self.elevation else []
        return np.array(rows, dtype=float)

    @property
    def receiver_positions(self) -> Array:
        """(R,) places of the receivers to the right [half waves]."""
        return np.arange(self.receivers, dtype=float)

    @property
    def transmitter_turns(self) -> Array:
        """(T,) phase [turns] that one wrap of the Doppler leaves on each transmitter.

        Transmitters take turns, so between them a target moves; the firmware takes that out
        of the phases by the Doppler it measured, which is wrong where this is ambiguous.
        """
        count = self.transmitters + self.elevation
        return np.arange(count) / count


IWR1843 = RadarDevice()
"""TI IWR1843BOOST as in milliTRACE-IR, section V-A: 77 GHz, 3.07 GHz wide, 64 chirps, 15 Hz.

There is no real file of it at hand. Its sensitivity is that of the IWR1443, which is calibrated,
and what physics adds: 64 chirps are summed instead of 16 (6 dB), and the receiver's noise figure
is 1 dB lower (data sheets SWRS211 and SWRS228).
"""

IWR1443 = RadarDevice(
    frame_rate=10.0,
    range_resolution=0.0406,
    range_step=0.0381,
    reference_snr=62.6,
    maximum_range=9.0,
    doppler_resolution=0.29379,
    maximum_velocity=2.35,
    maximum_points=64,
    position_step=1 / 512,
    power='magnitude',
    lost_frames=0.015,
    clock_jitter=0.007,
)
"""TI IWR1443BOOST as in the 77 GHz files of mmGait: 16 Doppler bins, 10 Hz."""

IWR6843 = RadarDevice(
    carrier=60.25e9,
    frame_rate=10.0,
    range_resolution=0.0413,
    range_step=0.03875,
    reference_snr=66.0,
    elevation_beamwidth=math.radians(28),
    minimum_range=2.6,
    maximum_range=7.97,
    doppler_resolution=0.147075,
    maximum_velocity=2.3532,
    maximum_points=64,
    position_step=0.0001,
    power='tenths',
    lost_frames=0.03,
    clock_jitter=0.007,
)
"""TI IWR6843ISK as in the 60 GHz files of mmGait: 32 Doppler bins, 10 Hz."""

RADAR_DEVICES: dict[str, RadarDevice] = {
    'iwr1843': IWR1843,
    'iwr1443': IWR1443,
    'iwr6843': IWR6843,
}

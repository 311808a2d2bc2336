"""How a radar's cloud of one person looks, in figures, so that clouds can be compared.

Everything is measured on a recording with a reference trajectory and labels (see
`datasets.reference`), real and simulated alike, by the same functions: what the reference calls
the person's points are the person's points here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import NOBODY, Recording
from thermal_radar_fusion.radar.tracker import RadarTracker

Array = NDArray[np.float64]

FEWEST = 5  # points of a person from which on a frame has a spread
CLUSTER = 3  # with fewer points a person counts as missed
WALKING = 0.3  # radial speed from which on the Doppler is compared with it [m/s]
TOLERANCE = 0.25

# Bands of range [m] in which the person's points are counted.
BANDS = ((0.0, 2.0), (2.0, 3.5), (3.5, 5.0), (5.0, 7.0))


@dataclass(frozen=True)
class Statistic:
    """One figure of a cloud.

    Attributes:
        value: the median of `samples`, their mean, or a figure by itself; NaN if unknown.
        samples: one number for each frame that has one; may be empty.
        unit: of all of them.
    """

    value: float
    samples: Array
    unit: str = ''

    @property
    def range(self) -> tuple[float, float]:
        """10th and 90th percentile of the samples, NaN without any."""
        if not len(self.samples):
            return (np.nan, np.nan)
        low, high = np.percentile(self.samples, (10, 90))
        return float(low), float(high)


@dataclass(frozen=True)
class Compared:
    """The same figure of a real and of a simulated cloud."""

    real: Statistic
    simulated: Statistic

    @property
    def ratio(self) -> float:
        """Simulated over real; NaN where the real one is 0 or unknown."""
        return self.simulated.value / self.real.value if self.real.value else np.nan

    @property
    def close(self) -> bool:
        """Whether the simulated figure is within 25 % of the real one."""
        return bool(abs(self.ratio - 1.0) <= TOLERANCE)


@dataclass(frozen=True)
class _Person:
    """The person's points of one frame, and where the reference has him.

    Attributes:
        points: (N, 5) his points; position, velocity: (3,) his reference.
        others: number of points that are not his.
    """

    points: Array
    position: Array
    velocity: Array
    others: int


def compare(real: Recording, simulated: Recording, frame_rate: float) -> dict[str, Compared]:
    """Return all figures of two recordings of one person, side by side.

    Args:
        real, simulated: with truth and labels.
        frame_rate: nominal [Hz].
    """
    first, second = statistics(real, frame_rate), statistics(simulated, frame_rate)
    return {name: Compared(first[name], second[name]) for name in first}


def statistics(recording: Recording, frame_rate: float) -> dict[str, Statistic]:
    """Return the figures of a recording of one person with truth and labels.

    Spreads are standard deviations of the person's points in a frame with at least FEWEST of
    them: of the Doppler, and of the position along the line of sight on the floor (radial),
    across it (tangential) and vertically; `cluster_extent` is the root of the sum of the first
    two's squares. The centroid's jitter is its distance on the floor from the smooth reference,
    less the mean of that.
    """
    frames = _frames(recording)
    counts = np.array([len(frame.points) for frame in frames], dtype=float)
    spread = [frame for frame in frames if len(frame.points) >= FEWEST]
    extents = np.array([_extent(frame) for frame in spread]).reshape(-1, 3)
    others = np.array([frame.others for frame in frames], dtype=float)
    return {
        'points_per_frame': _median(counts + others),
        'person_points_per_frame': _median(counts),
        'doppler_spread': _median([f.points[:, 3].std() for f in spread], 'm/s'),
        'cluster_extent': _median(np.hypot(extents[:, 0], extents[:, 1]), 'm'),
        'radial_extent': _median(extents[:, 0], 'm'),
        'tangential_extent': _median(extents[:, 1], 'm'),
        'vertical_extent': _median(extents[:, 2], 'm'),
        'centroid_jitter': _median(_jitter(frames), 'm'),
        'other_points_per_frame': _mean(others),
        'missed_frames': _mean(counts < CLUSTER),
        'lost_frames': _lost(recording, frame_rate),
        'doppler_slope': _doppler_slope(frames),
        **_by_range(frames, counts),
        'confirmed_tracks': Statistic(_confirmed_tracks(recording), np.empty(0)),
    }


def _frames(recording: Recording) -> list[_Person]:
    """Return the frames in which the person is there."""
    return [
        _Person(
            frame.points[people != NOBODY],
            truth[0].position,
            truth[0].velocity,
            int((people == NOBODY).sum()),
        )
        for frame, people, truth in zip(
            recording.frames, recording.point_people, recording.truth, strict=True
        )
        if truth
    ]


def _median(samples: Array | list[float], unit: str = '') -> Statistic:
    """Return samples with their median."""
    samples = np.asarray(samples, dtype=float)
    return Statistic(float(np.median(samples)) if len(samples) else np.nan, samples, unit)


def _mean(samples: Array) -> Statistic:
    """Return samples with their mean, for what is mostly zero."""
    return Statistic(float(np.mean(samples)) if len(samples) else np.nan, np.empty(0))


def _extent(frame: _Person) -> tuple[float, float, float]:
    """Return the radial, tangential and vertical standard deviation of a person's points."""
    sight = _sight(frame)
    x, y, z = frame.points[:, :3].T
    radial = x * sight[0] + y * sight[1]
    return radial.std(), (y * sight[0] - x * sight[1]).std(), z.std()


def _jitter(frames: list[_Person]) -> Array:
    """Return how far the points' centre is from where it is on average, on the floor.

    The average is taken relative to the reference and along and across the line of sight: a
    radar sees the near side of a body.
    """
    offsets = [f.points[:, :3].mean(axis=0) - f.position for f in frames if len(f.points)]
    sights = [_sight(f) for f in frames if len(f.points)]
    if not offsets:
        return np.empty(0)
    (x, y, _), (ahead, left) = np.array(offsets).T, np.array(sights).T
    radial, tangential = x * ahead + y * left, y * ahead - x * left
    return np.hypot(radial - np.median(radial), tangential - np.median(tangential))


def _sight(frame: _Person) -> Array:
    """Return the unit vector (2,) on the floor from the radar to the person."""
    return frame.position[:2] / max(np.hypot(*frame.position[:2]), 1e-9)


def _lost(recording: Recording, frame_rate: float) -> Statistic:
    """Return the share of frames that did not come in time, holes of a second and more left out.

    In time is within one and a half periods after the frame before.
    """
    steps = np.diff([frame.stamp for frame in recording.frames])
    return _mean(steps[steps < 1.0] * frame_rate > 1.5)


def _doppler_slope(frames: list[_Person]) -> Statistic:
    """Return the slope of the points' median Doppler against the reference's radial speed."""
    rows = []
    for frame in frames:
        speed = (frame.position * frame.velocity).sum() / np.linalg.norm(frame.position)
        if abs(speed) > WALKING and len(frame.points) >= CLUSTER:
            rows.append((speed, np.median(frame.points[:, 3])))
    speed, doppler = np.array(rows).reshape(-1, 2).T
    slope = (speed * doppler).sum() / (speed**2).sum() if len(rows) else np.nan
    return Statistic(float(slope), np.empty(0))


def _by_range(frames: list[_Person], counts: Array) -> Mapping[str, Statistic]:
    """Return the person's points in each band of range."""
    ranges = np.array([np.linalg.norm(frame.position) for frame in frames])
    return {
        f'person_points_{low:g}_to_{high:g}_m': _median(counts[(ranges >= low) & (ranges < high)])
        for low, high in BANDS
    }


def _confirmed_tracks(recording: Recording) -> float:
    """Return how many tracks our tracker confirms; one person is there."""
    tracker = RadarTracker()
    for frame in recording.frames:
        tracker.update(frame)
    return float(tracker.confirmed_total)

"""Figures that set a simulated cloud beside a real one."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from thermal_radar_fusion.datasets.recording import NOBODY, Recording
from thermal_radar_fusion.evaluation.realism import Compared

REAL, SIMULATED, REST, WAY = '#3b82f6', '#f59e0b', '#94a3b8', '#10b981'
LAP = 12.0  # seconds in the bird's-eye view

# What the distributions show: statistic and title.
SHOWN = {
    'points_per_frame': 'points per frame',
    'person_points_per_frame': "person's points per frame",
    'doppler_spread': 'Doppler spread [m/s]',
    'cluster_extent': 'cluster extent [m]',
    'vertical_extent': 'vertical extent [m]',
    'centroid_jitter': 'jitter of the centroid [m]',
}
STYLE = {
    'font.size': 9,
    'axes.spines.top': False,
    'axes.spines.right': False,
    'axes.grid': True,
    'grid.color': '#e2e8f0',
    'axes.axisbelow': True,
    'legend.frameon': False,
}


def distributions(compared: Mapping[str, Compared]) -> Figure:
    """Return histograms of the main statistics, real and simulated, medians marked."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8.0, 4.4), layout='constrained')
        for axes, (name, title) in zip(figure.subplots(2, 3).flat, SHOWN.items(), strict=True):
            _histograms(axes, compared[name])
            axes.set(title=title, yticks=[])
        figure.axes[0].legend()
    return figure


def birds_eye(real: Recording, simulated: Recording) -> Figure:
    """Return both clouds of the same LAP seconds from above."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(8.0, 3.6), layout='constrained')
        left, right = figure.subplots(1, 2, sharex=True, sharey=True)
        start = _busiest(real)
        _from_above(left, real, start, 'real')
        _from_above(right, simulated, start, 'simulated')
        left.set(ylabel='y, left [m]', aspect='equal', xlim=(-0.5, 9.0), ylim=(-4.5, 4.5))
        right.set(aspect='equal')
        left.legend(loc='upper left', markerscale=2, fontsize=8)
    return figure


def _histograms(axes: Axes, compared: Compared) -> None:
    """Draw the two distributions of one statistic over the same bins."""
    both = (compared.real, REAL, 'real'), (compared.simulated, SIMULATED, 'simulated')
    samples = np.concatenate([compared.real.samples, compared.simulated.samples])
    top = np.percentile(samples, 99.5) if len(samples) else 1.0
    bins = np.linspace(0.0, max(top, 1e-9), 31)
    if np.array_equal(samples, np.rint(samples)):
        bins = np.arange(-0.5, top + 1.5, max(1.0, np.ceil(top / 30)))
    for statistic, color, label in both:
        weights = np.full(len(statistic.samples), 1.0 / max(len(statistic.samples), 1))
        axes.hist(statistic.samples, bins, weights=weights, color=color, alpha=0.55, label=label)
        axes.axvline(statistic.value, color=color, linewidth=1.5)


def _busiest(recording: Recording) -> float:
    """Return the stamp at which LAP seconds begin in which the person covers most range."""
    rows = [
        (f.stamp, np.hypot(*t[0].position[:2]))
        for f, t in zip(recording.frames, recording.truth, strict=True)
        if t
    ]
    stamps, ranges = np.array(rows).reshape(-1, 2).T
    ends = np.searchsorted(stamps, stamps + LAP)
    covered = [np.ptp(ranges[i:end]) * (end - i) for i, end in enumerate(ends)]
    return float(stamps[int(np.argmax(covered))])


def _from_above(axes: Axes, recording: Recording, start: float, title: str) -> None:
    """Draw the points and the reference of LAP seconds."""
    chosen = [
        (frame.points[:, :2], people, truth)
        for frame, people, truth in zip(
            recording.frames, recording.point_people, recording.truth, strict=True
        )
        if start <= frame.stamp < start + LAP
    ]
    points = np.concatenate([points for points, _, _ in chosen] or [np.empty((0, 2))])
    own = np.concatenate([people for _, people, _ in chosen] or [np.empty(0)]) != NOBODY
    way = np.array([truth[0].position[:2] for _, _, truth in chosen if truth]).reshape(-1, 2)
    color = REAL if title == 'real' else SIMULATED
    axes.plot(*points[~own].T, '.', markersize=2, color=REST, label='other points')
    axes.plot(*points[own].T, '.', markersize=2, color=color, label='points of the person')
    axes.plot(*way.T, color=WAY, linewidth=1.2, label='reference')
    axes.plot(0, 0, '^', color='black', markersize=6)
    axes.set(title=title, xlabel='x, forward [m]')

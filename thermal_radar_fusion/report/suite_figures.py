"""The figures of the report on a suite; they return matplotlib figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from thermal_radar_fusion.report.figures import PALETTE, WIDTH
from thermal_radar_fusion.report.svg import INK, MUTED

Array = NDArray[np.float64]

MOST_QUANTILES = 200
FARTHEST = 0.5


def method_colors(methods: Sequence[str]) -> dict[str, str]:
    """Return a colour for each method, always the same for the same place in the list."""
    return {method: PALETTE[index % len(PALETTE)] for index, method in enumerate(methods)}


def error_distribution(
    errors: Mapping[str, Array], label: str, paper: tuple[float, float]
) -> Figure:
    """Draw the cumulative distribution of the errors of each method (the paper's figure 10).

    Args:
        errors: metres, by method.
        label: of the x axis.
        paper: error [m] and the share of all errors that the paper says are below it.
    """
    figure = Figure(figsize=(WIDTH, 4.2), layout='constrained')
    axes = figure.subplots()
    shades = method_colors(list(errors))
    for method, values in errors.items():
        if len(values):
            shares = np.linspace(0, 1, min(len(values), MOST_QUANTILES) + 1)
            places = np.quantile(values, shares)
            axes.plot(places, 100 * shares, color=shades[method], label=method)
    _mark_paper(axes, *paper)
    axes.set(xlabel=label, ylabel='share of all frames [%]', xlim=(0, FARTHEST), ylim=(0, 100))
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc='lower right', fontsize=9)
    return figure


def _mark_paper(axes: Axes, error: float, share: float) -> None:
    """Mark what the paper says."""
    axes.axhline(100 * share, color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.plot([error], [100 * share], 'o', color=INK, markersize=5, zorder=5)
    axes.annotate(
        f'paper: {error:.2f} m',
        (error, 100 * share),
        textcoords='offset points',
        xytext=(6, -13),
        fontsize=9,
    )


def bars(
    values: Mapping[str, Mapping[str, float]],
    label: str,
    *,
    width: float = WIDTH,
    top: float | None = None,
) -> Figure:
    """Draw a group of bars for each scene, one bar for each method.

    Args:
        values: of each method, by scene; a scene that has none is left empty.
        label: of the y axis.
        width: of the figure [inches].
        top: of the y axis, None for what fits.
    """
    figure = Figure(figsize=(width, 3.4), layout='constrained')
    axes = figure.subplots()
    shades = method_colors(list(values))
    scenes = list(dict.fromkeys(scene for by_scene in values.values() for scene in by_scene))
    thickness = 0.8 / len(values)
    for index, (method, by_scene) in enumerate(values.items()):
        places = np.arange(len(scenes)) + (index - (len(values) - 1) / 2) * thickness
        heights = [by_scene.get(scene, np.nan) for scene in scenes]
        axes.bar(places, heights, 0.92 * thickness, color=shades[method], label=method)
    axes.set_xticks(range(len(scenes)), [scene.replace('_', ' ') for scene in scenes])
    axes.set(ylabel=label)
    axes.set_ylim(0, top)
    axes.grid(axis='x', visible=False)
    axes.legend(loc='lower center', bbox_to_anchor=(0.5, 1.0), ncols=len(values), fontsize=9)
    return figure

"""One HTML file that shows how near temperatures are to the truth: the paper's figures 8 and 9."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from thermal_radar_fusion.evaluation.temperature import Estimated, sure_estimates
from thermal_radar_fusion.fusion.screened import NOTICE
from thermal_radar_fusion.report.page import card, rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from thermal_radar_fusion.evaluation.temperature_models import Models
    from thermal_radar_fusion.evaluation.temperature_runs import MeasuredSequence

VARIANTS = {
    'raw': 'readings',
    'fixed': 'times alpha(2 m)',
    'corrected': 'eq. 15, radar distance',
}
NOBODY = 'Nobody was measured.'


def write_temperature_report(
    path: str | Path,
    figures: Mapping[str, Any],
    measured: Sequence[MeasuredSequence],
    models: Models,
) -> None:
    """Write the report of `trf evaluate temperature`.

    Args:
        path: of the HTML file.
        figures: as `evaluation.temperature.figures` returns them.
        measured, models: what they were computed from; at least one sequence.
    """
    page = render_temperatures(figures, measured, models)
    Path(path).write_text(page, encoding='utf-8')


def render_temperatures(
    figures: Mapping[str, Any], measured: Sequence[MeasuredSequence], models: Models
) -> str:
    """Return the page of `write_temperature_report` as text."""
    return rendered(
        'temperature_errors.html',
        title='Temperatures of simulated people',
        subtitle=f'{figures["sequences"]} sequences of {len(figures["subjects"])} people, each'
        ' before a camera switched on anew',
        key_figures=_key_figures(figures),
        cards=_cards(measured, models),
        people=[_row(person) for person in figures['subjects']],
        notice=NOTICE,
    )


def _key_figures(figures: Mapping[str, Any]) -> list[dict[str, str]]:
    own = figures['corrected']
    shown = [
        ('largest error', f'{own["max_error_c"]:.2f} K'),
        ('mean error', f'{own["mean_error_c"]:.2f} K'),
        ('largest standard deviation', f'{own["std_c"]:.2f} K'),
        ('largest error, uncorrected', f'{figures["raw"]["max_error_c"]:.2f} K'),
        ('not measured', f'{figures["not_measured"]}'),
    ]
    return [{'name': name, 'value': value} for name, value in shown]


def _row(person: Mapping[str, float]) -> dict[str, str]:
    return {
        'name': f'{person["subject"]}',
        'sequences': f'{person["sequences"]}',
        'true': f'{person["true_c"]:.2f} °C',
        'mean': f'{person["mean_c"]:.2f} °C',
        'error': f'{person["error_c"]:+.2f} K'.replace('-', '−'),
        'std': f'{person["std_c"]:.2f} K',
    }


def _cards(measured: Sequence[MeasuredSequence], models: Models) -> list[dict[str, Any]]:
    """Return title, explanation and figure of every card."""
    from thermal_radar_fusion.report.svg import style

    found = sure_estimates(measured, models)['region']
    longest = max(measured, key=lambda entry: len(entry.readings))
    with style():
        return [
            card(
                'Errors of all samples',
                'Quartiles, and whiskers to the 5th and 95th percentile, of each person: readings'
                ' as they are, times alpha at a fixed distance, and the running mean with the'
                " radar's distance (figure 8a).",
                _boxes(found) if found['corrected'] else None,
                empty=NOBODY,
            ),
            card(
                'True and estimated temperature',
                'The end of every sequence, with one standard deviation; dashed: equal (figure'
                ' 8b).',
                _estimates(found['corrected']) if found['corrected'] else None,
                empty=NOBODY,
            ),
            card(
                'One sequence',
                "Readings over time, as they are and times alpha of the radar's distance; dashed:"
                ' the truth (figure 9).',
                _course(longest, models) if longest.readings else None,
                empty=NOBODY,
                wide=True,
            ),
        ]


def _axes(width: float = 1.0) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    from thermal_radar_fusion.report.figures import WIDTH

    figure = Figure(figsize=(width * WIDTH, 4.2), layout='constrained')
    return figure, figure.subplots()


def _boxes(found: Mapping[str, Sequence[Estimated]]) -> Figure:
    """Draw the errors of the samples of each person, by variant."""
    from thermal_radar_fusion.report.figures import PALETTE
    from thermal_radar_fusion.report.svg import INK, MUTED

    figure, axes = _axes()
    subjects = sorted({row.subject for rows in found.values() for row in rows})
    for index, (variant, name) in enumerate(VARIANTS.items()):
        color = PALETTE[index]
        axes.boxplot(
            [_errors(found[variant], subject) for subject in subjects],
            positions=np.arange(len(subjects)) + 0.26 * (index - 1),
            widths=0.2,
            whis=(5, 95),
            showfliers=False,
            patch_artist=True,
            boxprops={'facecolor': color, 'edgecolor': color, 'alpha': 0.6},
            whiskerprops={'color': color},
            capprops={'color': color},
            medianprops={'color': INK},
        )
        axes.plot([], [], color=color, linewidth=6, alpha=0.6, label=name)
    axes.axhline(0, color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.set_xticks(range(len(subjects)), [f'person {subject}' for subject in subjects])
    axes.set(ylabel='error [K]')
    axes.grid(axis='x', visible=False)
    axes.legend(loc='lower center', bbox_to_anchor=(0.5, 1.0), ncols=3, fontsize=9)
    return figure


def _errors(rows: Sequence[Estimated], subject: int) -> np.ndarray:
    """Return what all samples of one person are off [K]."""
    own = [row.samples - row.temperature for row in rows if row.subject == subject]
    return np.concatenate(own) if own else np.empty(0)


def _estimates(rows: Sequence[Estimated]) -> Figure:
    """Draw the last estimate of each sequence over the truth."""
    from thermal_radar_fusion.report.figures import PALETTE
    from thermal_radar_fusion.report.svg import MUTED

    figure, axes = _axes()
    for index, subject in enumerate(sorted({row.subject for row in rows})):
        own = [row for row in rows if row.subject == subject]
        axes.errorbar(
            # Side by side, as the truth is the same in all of them.
            [row.temperature + 0.012 * (k - (len(own) - 1) / 2) for k, row in enumerate(own)],
            [row.estimate for row in own],
            [row.std for row in own],
            fmt='o',
            markersize=4,
            linewidth=1,
            color=PALETTE[index % len(PALETTE)],
            label=f'person {subject}',
        )
    ends = [
        min(axes.get_xlim()[0], axes.get_ylim()[0]),
        max(axes.get_xlim()[1], axes.get_ylim()[1]),
    ]
    axes.plot(ends, ends, color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0)
    axes.set(xlabel='true temperature [°C]', ylabel='estimate [°C]', xlim=ends, ylim=ends)
    axes.legend(loc='upper left', fontsize=9)
    return figure


def _course(entry: MeasuredSequence, models: Models) -> Figure:
    """Draw one sequence over time: readings, corrected readings, the truth."""
    from thermal_radar_fusion.report.figures import PALETTE
    from thermal_radar_fusion.report.svg import INK, MUTED

    figure, axes = _axes(2.1)
    times = np.array([reading.stamp for reading in entry.readings])
    values = np.array([reading.temperature for reading in entry.readings])
    distances = np.array([reading.radar for reading in entry.readings])
    corrected = models.region.apply(values, distances)
    times = times - times[0]
    axes.plot(times, values, '.', color=PALETTE[0], label='reading')
    axes.plot(times, corrected, '.', color=PALETTE[2], label='corrected')
    line = {'color': INK, 'linewidth': 0.9, 'linestyle': (0, (4, 2))}
    axes.axhline(entry.temperature, label='truth', **line)
    axes.set(xlabel='time [s]', ylabel='temperature [°C]')
    other = axes.twinx()
    other.plot(times, distances, color=MUTED, linewidth=1, label='distance')
    other.set(ylabel='distance [m]')
    other.grid(visible=False)
    figure.legend(loc='outside upper center', ncols=4, fontsize=9)
    return figure

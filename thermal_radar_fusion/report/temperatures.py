"""What a report tells of the temperatures of people: over time, and in the end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.fusion.screened import NO_TRACK, NOTICE, Screening
from thermal_radar_fusion.report.page import card
from thermal_radar_fusion.screening_figures import person_name, verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from thermal_radar_fusion.report.history import History

Array = NDArray[np.float64]

# More lines than these are no picture.
MOST_PEOPLE = 12
BREAK = 0.5


@dataclass(frozen=True)
class TemperatureHistory:
    """One person's temperature as it became known.

    Attributes:
        name: of the person's track.
        times: (N,) seconds since the recording began.
        values, stds: (N,) mean over the track until then, and its deviation [°C, K].
        thresholds: (N,) above which it counts as elevated [°C]; NaN while warming up.
    """

    name: str
    times: Array
    values: Array
    stds: Array
    thresholds: Array


def histories(history: History) -> list[TemperatureHistory]:
    """Return the temperatures of everybody with a radar track while their means still changed."""
    reports: dict[str, dict[float, Screening]] = {}
    for image in history.processed.images:
        for found in image.screenings:
            if found.track_id != NO_TRACK and found.is_measured:
                reports.setdefault(person_name(found), {})[image.stamp - history.begin] = found
    return [_history(name, reports[name]) for name in sorted(reports)]


def _history(name: str, reports: Mapping[float, Screening]) -> TemperatureHistory:
    rows = [(t, s.temperature, s.temperature_std, s.threshold) for t, s in reports.items()]
    return TemperatureHistory(name, *np.array(rows, dtype=float).T)


def temperature_card(history: History, shades: Mapping[str, str]) -> dict[str, Any]:
    """Return the card with everybody's temperature over time."""
    people = histories(history)[:MOST_PEOPLE]
    note = (
        'Skin, corrected for distance, mean over the track so far, with one standard deviation;'
        f' dashed: above it counts as elevated. {NOTICE}'
    )
    figure = _figure(history, people, shades) if people else None
    empty = "No face was paired with a radar's track."
    return card('Temperature of people', note, figure, empty=empty, wide=True)


def _figure(
    history: History, people: Sequence[TemperatureHistory], shades: Mapping[str, str]
) -> Figure:
    from thermal_radar_fusion.report.figures import WIDTH, over_time
    from thermal_radar_fusion.report.svg import MUTED

    figure, axes = over_time(history, 3.4, width=2.1 * WIDTH)
    for person in people:
        color = shades.get(person.name, MUTED)
        low, high = person.values - person.stds, person.values + person.stds
        axes.fill_between(person.times, low, high, color=color, alpha=0.15, linewidth=0)
        axes.plot(person.times, person.values, color=color, label=person.name)
    _draw_threshold(axes, people)
    axes.set(ylabel='temperature [°C]')
    axes.legend(loc='lower center', bbox_to_anchor=(0.5, 1.0), ncols=6, fontsize=9)
    return figure


def _draw_threshold(axes: Any, people: Sequence[TemperatureHistory]) -> None:
    """Draw above what a temperature counts as elevated, as far as that was known."""
    from thermal_radar_fusion.report.svg import INK

    times = np.concatenate([person.times for person in people])
    thresholds = np.concatenate([person.thresholds for person in people])
    order = np.argsort(times, kind='stable')
    times, thresholds = times[order], thresholds[order]
    known = np.isfinite(thresholds)
    if known.any():
        line = {'color': INK, 'linewidth': 0.9, 'linestyle': (0, (4, 2))}
        axes.step(times[known], thresholds[known], where='post', **line)


def temperature_rows(history: History, shades: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the rows of the table of temperatures: people with a radar track, or else faces."""
    found = history.processed.temperatures
    paired = [person for person in found if person.track_id != NO_TRACK]
    return [_row(person, shades) for person in paired or found]


def _row(person: Screening, shades: Mapping[str, str]) -> dict[str, str]:
    judged = math.isfinite(person.margin)
    return {
        'name': person_name(person),
        'color': shades.get(person_name(person), 'var(--muted)'),
        'camera': person.camera,
        'temperature': f'{person.temperature:.2f} ± {person.temperature_std:.2f} °C',
        'samples': f'{person.samples}',
        'threshold': f'{person.threshold:.2f} °C' if judged else '–',
        'margin': f'{person.margin:+.2f} K'.replace('-', '−') if judged else '–',
        'verdict': verdict(person) or 'warming up',
        'elevated': 'elevated' if person.elevated else '',
    }

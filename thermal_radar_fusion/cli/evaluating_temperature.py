"""`trf evaluate temperature`: readings of faces against the true temperature."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.common import JsonOption, console, table, working, write_json
from thermal_radar_fusion.cli.suite import check_writable

if TYPE_CHECKING:
    from rich.table import Table

NAMES = {
    'raw': 'mean of the readings',
    'fixed': 'times alpha(2 m)',
    'corrected': 'eq. 15, radar distance',
}


class Detector(str, Enum):
    """Who finds the faces; the values are those of `temperature_runs.DETECTORS`."""

    NETWORK = 'network'
    BLOBS = 'blobs'
    TRUTH = 'truth'


def temperature(
    subjects: Annotated[int, typer.Option(min=1, max=200, help='People who are measured.')] = 4,
    calibration: Annotated[
        int, typer.Option(min=2, max=200, help='Other people, to whom the models are fitted.')
    ] = 6,
    rate: Annotated[
        float, typer.Option(min=1, max=60, metavar='HZ', help='Of the thermal camera.')
    ] = 7.5,
    detector: Annotated[
        Detector, typer.Option(help='Who finds faces; truth: true boxes with errors.')
    ] = Detector.NETWORK,
    reference: Annotated[
        bool, typer.Option('--reference/--no-reference', help='Use the reference body in view.')
    ] = True,
    jobs: Annotated[int, typer.Option(min=1, help='Processes.')] = 1,
    report: Annotated[
        Path | None,
        typer.Option(metavar='FILE', help='Write figures 8 and 9 of the paper as HTML.'),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Measure simulated people who walk before a thermal camera that drifts."""
    from thermal_radar_fusion.evaluation.temperature import Plan, figures, run
    from thermal_radar_fusion.evaluation.temperature_runs import Setup

    check_writable(report, json)
    setup = Setup(detector.value, rate, reference)
    with working('Simulating') as tell:
        models, measured = run(Plan(setup, subjects, calibration), jobs, tell)
    found = figures(measured, models)
    _show(found)
    write_json(json, found)
    if report is not None:
        from thermal_radar_fusion.report.temperature_errors import write_temperature_report

        write_temperature_report(report, found, measured, models)


def _show(found: Mapping[str, Any]) -> None:
    """Print the comparison of figure 8a and table 3."""
    console().print(_comparison(found), _people(found), sep='\n')
    console().print(
        f'{found["sequences"]} sequences, {found["not_measured"]} without a face from the front.'
        ' A screening aid, not a medical device.'
    )


def _comparison(found: Mapping[str, Any]) -> Table:
    """Return readings and variants beside each other."""
    headings = ('largest error [K]', 'mean error [K]', 'largest std [K]')
    shown = table('Error of temperatures', 'reading', 'estimate', *headings)
    for reading, scores in (('face region', found), ('maximum', found['maximum'])):
        for variant, name in NAMES.items():
            numbers = scores[variant]
            cells = (numbers[key] for key in ('max_error_c', 'mean_error_c', 'std_c'))
            shown.add_row(reading, name, *(f'{cell:.3f}' for cell in cells))
    return shown


def _people(found: Mapping[str, Any]) -> Table:
    """Return the paper's table 3."""
    headings = ('sequences', 'true [°C]', 'mean [°C]', 'error [K]', 'std [K]')
    shown = table('Face region, eq. 15, by person', 'person', *headings)
    for row in found['subjects']:
        numbers = (f'{row[key]:.2f}' for key in ('true_c', 'mean_c', 'error_c', 'std_c'))
        shown.add_row(str(row['subject']), str(row['sequences']), *numbers)
    return shown

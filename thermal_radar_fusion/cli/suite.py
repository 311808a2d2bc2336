"""`trf evaluate tracking --suite`: every scene of the simulator, every method, many seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermal_radar_fusion.cli.common import BadInputError, changed, console, table, working

if TYPE_CHECKING:
    from rich.table import Table

    from thermal_radar_fusion.evaluation.paper_suite import Run, Suite

SUITES = ('paper',)
SEEDS = 20

# What the paper says of its own measurements (section V-D), without a number for each scene.
PAPER_POSITION_P80 = 0.30
PAPER_DISTANCE_P80 = 0.25

PLACES = {
    'position_error_p80_m': 'pos.\np80 [m]',
    'position_rmse_m': 'pos.\nRMSE [m]',
    'distance_error_p80_m': 'dist.\np80 [m]',
    'distance_rmse_m': 'dist.\nRMSE [m]',
    'gospa': 'GOSPA\n[m]',
}
IDENTITIES = {
    'separation_ratio': 'sepa-\nrated',
    'failed_tracks': 'failed',
    'mota': 'MOTA',
    'idf1': 'IDF1',
    'hota': 'HOTA',
    'id_switches': 'ID sw.',
}


@dataclass(frozen=True)
class SuiteOptions:
    """What the command line asks for; None where it says nothing."""

    seeds: int | None = None
    first_seed: int | None = None
    scenes: str | None = None
    people: int | None = None
    duration: float | None = None
    peers: bool | None = None
    jobs: int | None = None
    report: Path | None = None

    def refuse(self) -> None:
        """Raise BadInputError if anything is asked for: there is no suite."""
        given = [name for name, value in vars(self).items() if value is not None]
        if given:
            raise BadInputError(f'--{given[0].replace("_", "-")} belongs to --suite')


def evaluate_suite(name: str, options: SuiteOptions, settings: Sequence[str]) -> dict[str, Any]:
    """Run a suite, print its tables, write its report and return its figures.

    Raises:
        BadInputError: no such suite, or the report cannot be written.
        EvaluationError, ParameterError: an option or a parameter is wrong.
    """
    from thermal_radar_fusion.evaluation import peers
    from thermal_radar_fusion.evaluation.paper_figures import suite_figures
    from thermal_radar_fusion.evaluation.paper_suite import run_suite

    if name not in SUITES:
        raise BadInputError(f'unknown suite {name!r}; known are {", ".join(SUITES)}')
    suite = _suite(options, settings)
    _check_writable(options.report)
    for line in peers.absent() if options.peers is not False else ():
        console().print(line)
    with working('Simulating') as tell:
        runs = run_suite(suite, options.jobs or 1, tell)
    figures = suite_figures(suite, runs)
    _write_report(options.report, figures, runs)
    console().print(_places_table(figures))
    console().print(_identities_table(figures))
    return figures


def _check_writable(report: Path | None) -> None:
    """Raise BadInputError where the report cannot be written: before the work, not after it."""
    if report is None:
        return
    try:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.open('a').close()
    except OSError as error:
        raise BadInputError(f'{report}: cannot be written ({error.strerror})') from None


def _write_report(report: Path | None, figures: Mapping[str, Any], runs: Sequence[Run]) -> None:
    """Write the HTML page where one is asked for."""
    if report is not None:
        from thermal_radar_fusion.report.suite import write_suite_report

        write_suite_report(report, figures, runs)


def _suite(options: SuiteOptions, settings: Sequence[str]) -> Suite:
    """Return what is to be run."""
    from thermal_radar_fusion.evaluation import peers
    from thermal_radar_fusion.evaluation.paper_suite import SCENES, Suite

    first = options.first_seed or 0
    names = tuple(options.scenes.split(',')) if options.scenes is not None else tuple(SCENES)
    return Suite(
        scenes=tuple(name.strip() for name in names),
        seeds=tuple(range(first, first + (SEEDS if options.seeds is None else options.seeds))),
        people=options.people,
        duration=options.duration,
        peers=() if options.peers is False else peers.available(),
        tracker=_tracker_changes(settings),
    )


def _tracker_changes(settings: Sequence[str]) -> dict[str, Any]:
    """Return the parameters of the tracker that settings change, by dotted name."""
    from thermal_radar_fusion.deployment import Deployment

    default = Deployment.default()
    before = default.rooms['room'].tracker.flattened()
    after = changed(default, settings).rooms['room'].tracker.flattened()
    pairs = zip(before, after, strict=True)
    return {name: new for (name, old, _), (_, new, _) in pairs if new != old}


def _places_table(figures: Mapping[str, Any]) -> Table:
    title = (
        'Where people are; milliTRACE-IR (table 4, figure 10), measured with three people:'
        f' p80 {PAPER_POSITION_P80:.2f} m and {PAPER_DISTANCE_P80:.2f} m'
    )
    return _method_table(title, figures, PLACES)


def _identities_table(figures: Mapping[str, Any]) -> Table:
    title = (
        'Who is who; milliTRACE-IR (table 5): no track fails, DBSCAN separates up to 44 % worse'
        ' and fails in 3 of 5'
    )
    return _method_table(title, figures, IDENTITIES)


def _method_table(title: str, figures: Mapping[str, Any], columns: Mapping[str, str]) -> Table:
    """Return a table with a row for each scene and method."""
    shown = table(title, 'scene', 'method', *columns.values())
    shown.columns[1].justify = 'left'
    for scene, values in (*figures['scenes'].items(), ('all', figures['overall'])):
        for row, (method, own) in enumerate({'ours': values, **values['peers']}.items()):
            shown.add_row('' if row else scene, method, *(_cell(own[name]) for name in columns))
        if 'separation_ratio' in columns:
            shown.add_row('', 'DBSCAN alone', _cell(values['separation_ratio_dbscan']))
    return shown


def _cell(value: float | int | None) -> str:
    if value is None:
        return '-'
    return f'{value:.3f}' if isinstance(value, float) else str(value)

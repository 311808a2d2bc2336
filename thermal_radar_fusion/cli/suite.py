"""`trf evaluate tracking --suite`: every scene of the simulator, every method, many seeds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermal_radar_fusion.cli.common import BadInputError, changed, console, table, working

if TYPE_CHECKING:
    from rich.table import Table

    from thermal_radar_fusion.evaluation.paper_suite import Run, Suite
    from thermal_radar_fusion.evaluation.paper_tables import Column, Row

SUITES = ('paper',)
SEEDS = 20


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
    for line in peers.absent() if options.peers is not False else ():
        console().print(line)
    with working('Simulating') as tell:
        runs = run_suite(suite, options.jobs or 1, tell)
    figures = suite_figures(suite, runs)
    _write_report(options.report, figures, runs)
    for title, note, columns, rows in _tables(figures):
        console().print(_method_table(title, columns, rows), note, '', sep='\n')
    return figures


def check_writable(*paths: Path | None) -> None:
    """Raise BadInputError where a file cannot be written: before minutes of work, not after."""
    for path in filter(None, paths):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInputError(f'{path}: cannot be written ({error.strerror})') from None
        if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
            raise BadInputError(f'{path}: cannot be written')


def _write_report(report: Path | None, figures: Mapping[str, Any], runs: Sequence[Run]) -> None:
    """Write the HTML page where one is asked for."""
    if report is not None:
        from thermal_radar_fusion.report.suite import write_suite_report

        write_suite_report(report, figures, runs)


def _suite(options: SuiteOptions, settings: Sequence[str]) -> Suite:
    """Return what is to be run."""
    from thermal_radar_fusion.evaluation import peers
    from thermal_radar_fusion.evaluation.paper_scenes import SCENES
    from thermal_radar_fusion.evaluation.paper_suite import Suite

    first = options.first_seed or 0
    names = tuple(options.scenes.split(',')) if options.scenes is not None else tuple(SCENES)
    return Suite(
        scenes=tuple(dict.fromkeys(name.strip() for name in names)),
        seeds=tuple(range(first, first + (SEEDS if options.seeds is None else options.seeds))),
        people=options.people,
        duration=options.duration,
        peers=() if options.peers is False else peers.available(),
        tracker=_tracker_changes(settings),
    )


def _tracker_changes(settings: Sequence[str]) -> dict[str, Any]:
    """Return the parameters of the tracker that settings change, by dotted name."""
    from thermal_radar_fusion.deployment import Deployment

    if any(not setting.strip().startswith('tracker.') for setting in settings):
        raise BadInputError('a suite can change the parameters that begin with tracker.')
    default = Deployment.default()
    before = default.rooms['room'].tracker.flattened()
    after = changed(default, settings).rooms['room'].tracker.flattened()
    pairs = zip(before, after, strict=True)
    return {name: new for (name, old, _), (_, new, _) in pairs if new != old}


def _tables(
    figures: Mapping[str, Any],
) -> Iterator[tuple[str, str, Sequence[Column], Sequence[Sequence[Row]]]]:
    """Yield title, note, columns and rows of every table."""
    from thermal_radar_fusion.evaluation import paper_tables as tables

    methods, close = tables.method_rows(figures), tables.separation_rows(figures)
    yield tables.PLACES_TITLE, tables.PLACES_NOTE, tables.PLACES, methods
    yield tables.SEPARATION_TITLE, tables.SEPARATION_NOTE, tables.SEPARATION, close
    yield tables.IDENTITIES_TITLE, tables.IDENTITIES_NOTE, tables.IDENTITIES, methods


def _method_table(title: str, columns: Sequence[Column], scenes: Sequence[Sequence[Row]]) -> Table:
    """Return a table with a row for each scene and method."""
    shown = table(title, 'scene', 'method', *(column.heading for column in columns))
    shown.columns[1].justify = 'left'
    for rows in scenes:
        for index, row in enumerate(rows):
            cells = [column.text(row.values[column.name]) for column in columns]
            shown.add_row('' if index else row.scene, row.method, *cells)
    return shown

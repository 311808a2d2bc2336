"""`trf evaluate`: how well it works, measured against truth."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.common import (
    BadInputError,
    ConfigOption,
    JsonOption,
    SetOption,
    changed,
    console,
    deployment_of,
    help_without_command,
    progress,
    radar_sources,
    table,
    working,
    write_json,
)
from thermal_radar_fusion.cli.evaluating_adaptation import adaptation
from thermal_radar_fusion.cli.evaluating_association import association
from thermal_radar_fusion.cli.evaluating_faces import faces
from thermal_radar_fusion.cli.evaluating_reid import reid
from thermal_radar_fusion.cli.evaluating_screening import screening
from thermal_radar_fusion.cli.evaluating_temperature import temperature
from thermal_radar_fusion.cli.suite import SuiteOptions, check_writable, evaluate_suite

if TYPE_CHECKING:
    from rich.table import Table

    from thermal_radar_fusion.datasets.recording import Recording
    from thermal_radar_fusion.deployment import Deployment
    from thermal_radar_fusion.evaluation.score import TrackingScore
    from thermal_radar_fusion.evaluation.suites import Row, SummaryRow

# What the table of a folder shows of `suites.METRICS`.
COLUMNS = {
    'mota': 'MOTA',
    'idf1': 'IDF1',
    'id_switches_per_90s': 'ID sw.\nin 90 s',
    'position_error_p80_m': 'pos.\np80 [m]',
    'distance_error_p80_m': 'dist.\np80 [m]',
    'separation_ratio': 'sepa-\nrated',
    'confirmed_tracks': 'tracks',
}

app = typer.Typer(help='Measure against ground truth.', invoke_without_command=True)
app.callback()(help_without_command)
app.command('adaptation')(adaptation)
app.command('faces')(faces)
app.command('association')(association)
app.command('reid')(reid)
app.command('screening')(screening)
app.command('temperature')(temperature)


SourceArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar='BAG|FOLDER',
        help='A bag with /ground_truth, or a folder of one-person files as mmGait has them.',
    ),
]
RoomOption = Annotated[str | None, typer.Option(help='Of a bag with several rooms.')]
LimitOption = Annotated[
    int, typer.Option(min=0, help='Of a folder: at most so many overlaid sequences; 0: all.')
]
SuiteOption = Annotated[
    str | None, typer.Option(metavar='NAME', help='Simulated scenes instead of a bag: paper.')
]
SeedsOption = Annotated[
    int | None, typer.Option(min=1, help='Of a suite: runs of each scene.', show_default='20')
]
FirstSeedOption = Annotated[int | None, typer.Option(min=0, help='Of a suite.', show_default='0')]
ScenesOption = Annotated[
    str | None, typer.Option(metavar='A,B', help='Of a suite: only these scenes.')
]
PeopleOption = Annotated[
    int | None, typer.Option(min=1, help='Of a suite: so many in every scene.')
]
DurationOption = Annotated[
    float | None, typer.Option(metavar='SECONDS', help='Of a suite: of every run.')
]
PeersOption = Annotated[
    bool | None,
    typer.Option('--peers/--no-peers', help='Of a suite: beside others.', show_default='peers'),
]
JobsOption = Annotated[
    int | None, typer.Option(min=1, help='Of a suite: processes.', show_default='1')
]
ReportOption = Annotated[
    Path | None, typer.Option(metavar='FILE', help='Of a suite: write an HTML page.')
]


@app.command('tracking')
def tracking(
    source: SourceArgument = None,
    config: ConfigOption = None,
    settings: SetOption = None,
    room: RoomOption = None,
    limit: LimitOption = 0,
    suite: SuiteOption = None,
    seeds: SeedsOption = None,
    first_seed: FirstSeedOption = None,
    scenes: ScenesOption = None,
    people: PeopleOption = None,
    duration: DurationOption = None,
    peers: PeersOption = None,
    jobs: JobsOption = None,
    report: ReportOption = None,
    json: JsonOption = None,
) -> None:
    """Score the tracker: MOTA, IDF1, HOTA, identity switches, errors in metres."""
    options = SuiteOptions(seeds, first_seed, scenes, people, duration, peers, jobs, report)
    if (source is None) == (suite is None):
        raise BadInputError('give either a bag or folder, or --suite')
    if suite is None:
        options.refuse()
        figures = _evaluate_source(source, config, settings or (), room, limit)
    else:
        _refuse_with_suite(config=config, room=room, limit=limit)
        check_writable(report, json)
        figures = evaluate_suite(suite, options, settings or ())
    write_json(json, figures)


def _refuse_with_suite(**options: object) -> None:
    """Raise BadInputError if an option is given that a suite has no use for."""
    for name, value in options.items():
        if value:
            raise BadInputError(f'--{name} belongs to a bag or folder, not to --suite')


def _evaluate_source(
    source: Path, config: Path | None, settings: Sequence[str], room: str | None, limit: int
) -> dict[str, Any]:
    """Score a folder of one-person files or a bag."""
    if source.is_dir() and not (source / 'metadata.yaml').exists():
        if config is not None:
            raise BadInputError('--config is for bags: the files of a folder name no room')
        return _evaluate_folder(source, settings, limit)
    return _evaluate_bag(source, deployment_of(source, config, settings), room)


def _evaluate_bag(source: Path, deployed: Deployment, room: str | None) -> dict[str, Any]:
    """Track one room of a bag, print its score and return it."""
    from thermal_radar_fusion.evaluation.tracking import evaluate
    from thermal_radar_fusion.pipeline import room_tracker

    recording = _recording(source, deployed, room)
    tracker = room_tracker(deployed, recording.room)
    tracked = [tracker.update(frame) for frame in progress(recording.frames, 'Tracking')]
    score = evaluate(recording, tracked)
    _show(source, score)
    return score.as_json()


def _recording(source: Path, deployed: Deployment, room: str | None) -> Recording:
    """Return the one room of a bag that is to be scored."""
    from thermal_radar_fusion.bags import read_recording

    recordings = read_recording(source, room, radar_sources(deployed))
    if len(recordings) > 1:
        rooms = ', '.join(recording.room for recording in recordings)
        raise BadInputError(f'{source}: has several rooms ({rooms}); choose one with --room')
    if not recordings[0].frames:
        raise BadInputError(f'{source}: has no radar frames')
    return recordings[0]


def _show(source: Path, score: TrackingScore) -> None:
    """Print one score."""
    shown = table(str(source), 'figure', 'value')
    for name, value in dataclasses.asdict(score).items():
        shown.add_row(name, f'{value:.3f}' if isinstance(value, float) else str(value))
    console().print(shown)


def _evaluate_folder(folder: Path, settings: Sequence[str], limit: int) -> dict[str, Any]:
    """Score ours and the baseline on real one-person files and on overlays of them."""
    from thermal_radar_fusion.deployment import Deployment
    from thermal_radar_fusion.evaluation import suites
    from thermal_radar_fusion.evaluation.baseline import BaselineTracker
    from thermal_radar_fusion.radar.tracker import RadarTracker

    chosen = changed(Deployment.default(), settings).rooms['room'].tracker
    methods = {chosen.method: lambda: RadarTracker(chosen), 'plain': BaselineTracker}
    with working('Reading') as tell:
        recordings = suites.load(suites.find_files(folder), tell)
        rows = suites.one_person(recordings, methods, tell)
        rows += suites.overlaid(recordings, methods, suites.SuiteParameters(limit=limit), tell)
    averages = suites.summarise(rows)
    console().print(_file_table(rows))
    console().print(_summary_table(averages))
    return {
        'files': [_row_figures(row) for row in rows],
        'summary': [dataclasses.asdict(average) for average in averages],
    }


def _file_table(rows: Sequence[Row]) -> Table:
    """Return a table of the one-person recordings."""
    shown = table('One person alone', 'recording', 'method', 'tracks', 'coverage', 'false')
    for row in rows:
        if len(row.people) == 1:
            score = row.score
            name = f'{row.room} {row.sensor} {row.people[0]}'
            numbers = (f'{score.confirmed_tracks}', f'{score.coverage:.3f}')
            shown.add_row(name, row.method, *numbers, f'{score.false_positives}')
    return shown


def _summary_table(averages: Sequence[SummaryRow]) -> Table:
    """Return a table of means, and below each its standard error."""
    headings = ('people', 'n', 'method', *COLUMNS.values())
    shown = table('Mean of n recordings ± standard error', *headings)
    shown.collapse_padding, shown.pad_edge = True, False
    shown.columns[2].justify = 'left'
    for average in averages:
        cells = [_with_error(average.mean[n], average.standard_error[n]) for n in COLUMNS]
        # '1 person', '2 people' or 'overlaid'; the heading has the noun.
        group = average.group.split()[0]
        shown.add_row(group, str(average.recordings), average.method, *cells)
    return shown


def _with_error(mean: float, error: float) -> str:
    if not math.isfinite(mean):
        return '-'
    return f'{mean:.3f}' + (f'\n±{error:.3f}' if math.isfinite(error) else '')


def _row_figures(row: Row) -> dict[str, Any]:
    """Return a row as JSON has it."""
    names = ('method', 'room', 'sensor', 'people', 'start')
    return {name: getattr(row, name) for name in names} | row.score.as_json()

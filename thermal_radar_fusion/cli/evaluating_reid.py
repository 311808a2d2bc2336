"""`trf evaluate reid`: are people recognised by their way of walking, and strangers noticed?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.common import (
    BadInputError,
    JsonOption,
    console,
    table,
    working,
    write_json,
)
from thermal_radar_fusion.cli.evaluating_real_reid import Real, evaluate_real
from thermal_radar_fusion.cli.suite import check_writable

if TYPE_CHECKING:
    from rich.table import Table

    from thermal_radar_fusion.evaluation.reid import Plan

# Columns of the table of figure 11: W [s].
SHOWN = ('0', '5', '10', '15', '20', '30')

NetworkOption = Annotated[
    Path | None,
    typer.Option(metavar='FILE', help='Weights as ONNX.', show_default='those that are shipped'),
]
WindowsOption = Annotated[
    Path | None,
    typer.Option(
        metavar='FOLDER', help='Keep windows here: repeating is fast.', show_default='nowhere'
    ),
]
LeaveOutOption = Annotated[
    int | None,
    typer.Option(min=2, metavar='N', help='Of DIR: tell N people apart whom a network never saw.'),
]
SplitsOption = Annotated[
    int | None,
    typer.Option(min=1, help='Of --leave-out: networks to train.', show_default='14'),
]
GroupsOption = Annotated[
    int | None, typer.Option(min=2, help='Simulated, of six people each.', show_default='4')
]
InitialisationsOption = Annotated[
    int | None, typer.Option(min=1, help='Of the WELM.', show_default='20')
]
PopulationOption = Annotated[
    int | None,
    typer.Option(min=0, help='Seed from which people are drawn.', show_default='54000'),
]
JobsOption = Annotated[int, typer.Option(min=1, help='Processes.')]


def reid(
    data: Annotated[
        Path | None,
        typer.Option(metavar='DIR', help='Real people instead: files as mmGait has them.'),
    ] = None,
    subjects: Annotated[
        str | None,
        typer.Option(metavar='A,B,...', help='Of DIR: only these people, by file name.'),
    ] = None,
    leave_out: LeaveOutOption = None,
    splits: SplitsOption = None,
    network: NetworkOption = None,
    groups: GroupsOption = None,
    initialisations: InitialisationsOption = None,
    population: PopulationOption = None,
    quick: Annotated[
        bool, typer.Option('--quick', help='Few people for a short time: only to see it run.')
    ] = False,
    windows: WindowsOption = None,
    jobs: JobsOption = 1,
    report: Annotated[
        Path | None, typer.Option(metavar='FILE', help='Write figure 11 of the paper as HTML.')
    ] = None,
    json: JsonOption = None,
) -> None:
    """Recognise people who come back, known and new, simulated or real."""
    check_writable(report, json)
    simulated = {
        'groups': groups,
        'initialisations': initialisations,
        'population': population,
    }
    with window_folder(windows) as folder:
        if data is None:
            _refuse('--data', subjects=subjects, leave_out=leave_out, splits=splits)
            found = _simulated(_plan(simulated, quick), network, folder, jobs, report)
        else:
            _refuse('simulated people', **simulated, quick=quick, report=report)
            found = evaluate_real(Real(data, subjects, leave_out, splits, network), folder)
    write_json(json, found)


def _refuse(owner: str, **options: Any) -> None:
    """Raise BadInputError if an option is given that belongs to the other kind of people."""
    for name, value in options.items():
        if value:
            raise BadInputError(f'--{name.replace("_", "-")} belongs to {owner}')


@contextmanager
def window_folder(windows: Path | None) -> Iterator[Path]:
    """Yield where windows are kept, a folder that is removed again where none is named."""
    if windows is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    try:
        windows.mkdir(parents=True, exist_ok=True)
        yield windows
    except OSError as error:
        raise BadInputError(f'{windows}: cannot be written ({error.strerror})') from None


def _plan(given: Mapping[str, Any], quick: bool) -> Plan:
    """Return what is to be simulated."""
    from thermal_radar_fusion.evaluation.reid import QUICK, Plan

    chosen = {name: value for name, value in given.items() if value is not None}
    return (QUICK if quick else Plan()).replace(**chosen)


def _simulated(
    plan: Plan, network: Path | None, folder: Path, jobs: int, report: Path | None
) -> dict[str, Any]:
    """Evaluate simulated people, print the figures and return them."""
    from thermal_radar_fusion.evaluation.reid import figures, people_of
    from thermal_radar_fusion.reid.gait_features import SHIPPED, GaitFeatures
    from thermal_radar_fusion.reid.open_set_file import open_set_beside
    from thermal_radar_fusion.resources import resource

    features = GaitFeatures(network)
    open_set = open_set_beside(network or resource(SHIPPED), features.network)
    with working('Simulating') as tell:
        groups = people_of(plan, features, folder, jobs, tell)
        found = {'network': features.network, **figures(plan, groups, open_set, jobs, tell)}
    _show(found)
    if report is not None:
        from thermal_radar_fusion.report.reid import write_reid_report

        write_reid_report(report, found)
    return found


def _show(found: Mapping[str, Any]) -> None:
    """Print the curves, the other classifiers, what new people are like, and times."""
    for training in found['curves']:
        console().print(_curves(found, training))
    for training in found['classifiers']:
        console().print(_classifiers(found, training))
    console().print(_reliability(found), _summary(found), sep='\n')


def _curves(found: Mapping[str, Any], training: str) -> Table:
    """Return figure 11: accuracy over W, and beside it the paper's WELM and table 6's baseline."""
    title = f'Accuracy, watched for {training}: ours / WELM / cosine similarity, W in seconds'
    shown = table(title, 'radar', 'people', *SHOWN)
    for mounting, curves in found['curves'][training].items():
        for people in curves['evidence']:
            rows = [curves[name][people] for name in ('evidence', 'welm', 'cosine')]
            cells = (' / '.join(f'{row[w]:.3f}' for row in rows) for w in SHOWN)
            shown.add_row(mounting, people, *cells)
    return shown


def _classifiers(found: Mapping[str, Any], training: str) -> Table:
    """Return the accuracy of all classifiers for all people of a group."""
    shown = table(f'All people of a group, watched for {training}', 'classifier', 'radar', *SHOWN)
    for mounting, rows in found['classifiers'][training].items():
        for name, curve in rows.items():
            shown.add_row(name, mounting, *(f'{curve[w]:.3f}' for w in SHOWN))
    return shown


def _reliability(found: Mapping[str, Any]) -> Table:
    """Return how often answers are right, by how sure they are."""
    judged = found['reliability']
    shown = table('Known or new: is it as often right?', 'confidence', 'answers', 'mean', 'right')
    rows = zip(*(judged[key] for key in ('counts', 'confidence', 'right')), strict=True)
    for index, (count, confidence, right) in enumerate(rows):
        if count:
            edges = judged['edges'][index : index + 2]
            name = f'{edges[0]:.1f} to {edges[1]:.1f}'
            shown.add_row(name, f'{count}', f'{confidence:.3f}', f'{right:.3f}')
    return shown


def _summary(found: Mapping[str, Any]) -> Table:
    """Return the figures that are one number each."""
    shown = table('In short', 'figure', 'value')
    for name, value in found.items():
        if isinstance(value, float):
            shown.add_row(name, f'{value:.3f}')
    return shown

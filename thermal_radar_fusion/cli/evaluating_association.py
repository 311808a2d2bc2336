"""`trf evaluate association`: do radar tracks and faces of the same people find each other?"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
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
from thermal_radar_fusion.cli.suite import check_writable

if TYPE_CHECKING:
    from rich.table import Table

    from thermal_radar_fusion.evaluation.association import Plan, Result
    from thermal_radar_fusion.evaluation.association_counts import Counts

EntrancesOption = Annotated[
    int, typer.Option(min=1, help='Entrances, shared out among the numbers of people.')
]
FirstSeedOption = Annotated[int, typer.Option(min=0, help='Of the first entrance.')]
PeopleOption = Annotated[str, typer.Option(metavar='2,3', help='Numbers of people.')]
DurationOption = Annotated[
    float, typer.Option(metavar='SECONDS', min=3, max=600, help='Of each entrance.')
]
DetectorOption = Annotated[
    str,
    typer.Option(
        metavar='network|blobs|truth',
        help='Finds the faces in rendered images; truth: true boxes with errors, much faster.',
    ),
]
SettingOption = Annotated[
    list[str] | None,
    typer.Option('--set', metavar='KEY=VALUE', help='Of the associator, e.g. gate=4.'),
]
JobsOption = Annotated[int, typer.Option(min=1, help='Processes.')]


def association(
    entrances: EntrancesOption = 100,
    first_seed: FirstSeedOption = 0,
    people: PeopleOption = '2,3',
    duration: DurationOption = 20.0,
    detector: DetectorOption = 'network',
    settings: SettingOption = None,
    jobs: JobsOption = 1,
    json: JsonOption = None,
) -> None:
    """Pair radar tracks with faces in simulated entrances: precision and recall."""
    from thermal_radar_fusion.evaluation.association import evaluate_association

    numbers = _numbers(people)
    plan = _plan(entrances, first_seed, numbers, duration, detector, settings or ())
    check_writable(json)
    begin = time.perf_counter()
    with working('Simulating') as tell:
        results = evaluate_association(plan, jobs, tell)
    figures = _figures(plan, results)
    _show(figures)
    console().print(f'{time.perf_counter() - begin:.0f} s')
    write_json(json, figures)


def _numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of people that a list such as 2,3 names."""
    try:
        numbers = tuple(dict.fromkeys(int(word) for word in text.split(',')))
    except ValueError:
        raise BadInputError(f'--people must be numbers such as 2,3, got {text!r}') from None
    if min(numbers) < 1:
        raise BadInputError(f'--people must be 1 or more, got {text!r}')
    return numbers


def _plan(
    entrances: int,
    first_seed: int,
    people: tuple[int, ...],
    duration: float,
    detector: str,
    settings: Sequence[str],
) -> Plan:
    """Return what is to be run."""
    from thermal_radar_fusion.evaluation.association import Plan
    from thermal_radar_fusion.fusion.track_association import AssociationParameters
    from thermal_radar_fusion.yaml_file import key_and_value

    if entrances % len(people):
        raise BadInputError(f'{entrances} entrances cannot be shared out among {people}')
    seeds = tuple(range(first_seed, first_seed + entrances // len(people)))
    changes = dict(key_and_value(setting) for setting in settings)
    return Plan(seeds, people, duration, detector, AssociationParameters().changed(changes))


def _figures(plan: Plan, results: Mapping[int, Result]) -> dict[str, Any]:
    """Return the figures as JSON has them."""
    from thermal_radar_fusion.evaluation.association import BASELINE, OURS, pooled

    whole = pooled(results.values())
    baseline = _shares(whole.frames[BASELINE])
    return {
        'entrances': len(plan.seeds) * len(plan.people),
        'first_seed': plan.seeds[0],
        'duration_s': plan.duration,
        'detector': plan.detector,
        **_shares(whole.tracks[OURS]),
        'variants': {name: _shares(counts) for name, counts in whole.tracks.items()},
        'baseline': baseline,
        'frames': {name: _shares(counts) for name, counts in whole.frames.items()},
        'people': {number: _shares(result.tracks[OURS]) for number, result in results.items()},
        'mistakes': list(whole.wrong),
    }


def _shares(counts: Counts) -> dict[str, Any]:
    return {
        'precision': counts.precision,
        'recall': counts.recall,
        'right': counts.right,
        'made': counts.made,
        'found': counts.found,
        'wanted': counts.wanted,
    }


def _show(figures: Mapping[str, Any]) -> None:
    """Print both tables, and which pairs went wrong."""
    title = f'{figures["entrances"]} entrances, faces by {figures["detector"]}'
    console().print(_table(f'{title}: pairs of tracks', 'cost', figures['variants']))
    people = {f'{number} people': shares for number, shares in figures['people'].items()}
    console().print(_table('A_x + A_d, rho', 'of', people))
    console().print(_table('Faces in images', 'way', figures['frames']))
    for mistake in figures['mistakes']:
        console().print(mistake)


def _table(title: str, what: str, rows: Mapping[str, Mapping[str, Any]]) -> Table:
    shown = table(title, what, 'precision', 'recall', 'right', 'made', 'found', 'to be made')
    for name, row in rows.items():
        counts = (str(row[key]) for key in ('right', 'made', 'found', 'wanted'))
        shown.add_row(name, f'{row["precision"]:.4f}', f'{row["recall"]:.4f}', *counts)
    return shown

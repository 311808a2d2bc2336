"""`trf evaluate screening`: rules of screening on a table of skin and oral temperatures."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.common import (
    JsonOption,
    console,
    table,
    working,
    write_json,
)

if TYPE_CHECKING:
    from thermal_radar_fusion.evaluation.screening import ScreenedPeople

# Columns of the FDA table: maximum over the face, and the mouth's temperature in monitor mode.
TEMPERATURE, REFERENCE = 'T_Max1', 'aveOralM'

TableArgument = Annotated[
    Path, typer.Argument(metavar='CSV', help='One person a row, in the order of measurement.')
]
TemperatureOption = Annotated[str, typer.Option(help='Column of the skin temperatures [°C].')]
ReferenceOption = Annotated[str, typer.Option(help='Column of the oral temperatures [°C].')]
FeverOption = Annotated[float, typer.Option(help='Oral temperature from which on it is fever.')]
SwingOption = Annotated[
    float, typer.Option(min=0, metavar='K', help='Add an offset that swings by so much in a day.')
]
OrdersOption = Annotated[
    int, typer.Option(min=0, help='Random orders to repeat the adaptive rule in.')
]
SeedOption = Annotated[int, typer.Option(min=0, help='Of folds and orders.')]


def screening(
    source: TableArgument,
    temperature: TemperatureOption = TEMPERATURE,
    reference: ReferenceOption = REFERENCE,
    fever: FeverOption = 37.5,
    swing: SwingOption = 0.0,
    orders: OrdersOption = 5,
    seed: SeedOption = 0,
    json: JsonOption = None,
) -> None:
    """Find people with fever by their skin: sensitivity and specificity of each rule, AUC."""
    people = _people(source, temperature, reference, fever).with_swing(swing)
    with working('Screening'):
        figures = _figures(people, orders, seed)
    _show(f'{source}: {temperature}, fever from {fever:g} °C by {reference}', figures)
    write_json(json, figures)


def _people(source: Path, temperature: str, reference: str, fever: float) -> ScreenedPeople:
    """Return the people of a table.

    Raises:
        DatasetError, EvaluationError: it cannot be read, or too few have fever or none.
    """
    from thermal_radar_fusion.datasets.csv_columns import read_columns
    from thermal_radar_fusion.evaluation.screening import ScreenedPeople

    columns = read_columns(source, (temperature, reference))
    return ScreenedPeople(columns[temperature], columns[reference] >= fever)


def _figures(people: ScreenedPeople, orders: int, seed: int) -> dict[str, Any]:
    """Return the figures of every rule, as JSON has them."""
    from thermal_radar_fusion.evaluation import screening as evaluation
    from thermal_radar_fusion.fusion.screening import ScreeningParameters

    parameters = ScreeningParameters()
    scores = evaluation.scores(people, evaluation.rules(people, parameters, seed))
    figures = {
        'people': len(people.febrile),
        'febrile': int(people.febrile.sum()),
        'auc': evaluation.area_under_curve(people),
        'rules': {name: dataclasses.asdict(score) for name, score in scores.items()},
    }
    if orders:
        shuffled = evaluation.spread_over_orders(people, parameters, orders, seed)
        figures['shuffled'] = {'orders': orders, 'sigmas': parameters.sigmas, **shuffled}
    return figures


def _show(title: str, figures: Mapping[str, Any]) -> None:
    """Print the figures."""
    from thermal_radar_fusion.fusion.screened import NOTICE

    shown = table(title, 'rule', 'sensitivity', '95 %', 'specificity', '95 %', 'judged')
    for name, rule in figures['rules'].items():
        shown.add_row(
            name.replace('_', ' '),
            f'{rule["sensitivity"]:.3f}',
            _interval(rule['sensitivity_interval']),
            f'{rule["specificity"]:.3f}',
            _interval(rule['specificity_interval']),
            str(rule['judged']),
        )
    console().print(shown)
    people, febrile = figures['people'], figures['febrile']
    console().print(f'AUC {figures["auc"]:.3f}; {febrile} of {people} people have fever')
    if 'shuffled' in figures:
        console().print(_shuffled(figures['shuffled']))
    console().print(NOTICE)


def _interval(interval: tuple[float, float]) -> str:
    low, high = interval
    return f'{low:.3f} - {high:.3f}'


def _shuffled(figures: Mapping[str, Any]) -> str:
    """Return how the adaptive rule does when the same people come in other orders."""
    shares = ', '.join(
        f'{name} {figures[name][0]:.3f} +- {figures[name][1]:.3f}'
        for name in ('sensitivity', 'specificity')
    )
    return f'adaptive {figures["sigmas"]:g} sigma in {figures["orders"]} random orders: {shares}'

"""`trf bench welm`: how long the training of the re-identification takes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.common import JsonOption, console, table, write_json

if TYPE_CHECKING:
    import numpy as np

DIMENSION = 32

PeopleOption = Annotated[int, typer.Option(min=2, max=100, help='People to tell apart.')]
FeaturesOption = Annotated[int, typer.Option(min=4, max=10000, help='Features of each person.')]
RunsOption = Annotated[int, typer.Option(min=1, max=1000, help='How often each is measured.')]


def welm(
    people: PeopleOption = 6,
    features: FeaturesOption = 540,
    runs: RunsOption = 20,
    json: JsonOption = None,
) -> None:
    """Measure the training of the WELM from scratch and from running sums, on one core.

    The default is the paper's worst case: 3 minutes of 6 people, 3 features a second.
    """
    figures = _figures(people, features, runs)
    shown = table('Training time [ms]', 'way', 'median', 'least', 'largest error of a score')
    for way, figure in figures['ways'].items():
        times = [f'{figure[key]:.1f}' for key in ('p50', 'min')]
        shown.add_row(way, *times, f'{figure["difference"]:.1e}')
    console().print(shown)
    write_json(json, figures)


def _figures(people: int, features: int, runs: int) -> dict[str, Any]:
    """Return times and scores' differences of each way to train."""
    from thermal_radar_fusion.evaluation.welm_timing import (
        BATCH,
        SOLVE,
        SOLVE_SINGLE,
        UPDATE,
        training_times,
    )

    rows, labels = _synthetic(people, features)
    ways = training_times(rows, labels.tolist(), runs, (SOLVE, SOLVE_SINGLE, BATCH, UPDATE))
    return {
        'people': people,
        'features': people * features,
        'ways': {name: dataclasses.asdict(time) for name, time in ways.items()},
    }


def _synthetic(people: int, features: int) -> tuple[np.ndarray, np.ndarray]:
    """Return unit vectors (N, 32) that scatter about one direction per person, and labels (N,)."""
    import numpy as np

    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(people), features)
    rows = rng.normal(size=(people, DIMENSION))[labels]
    rows += rng.normal(size=rows.shape)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), labels

"""`trf bench welm`: how long the training of the re-identification takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.common import JsonOption, console, table, write_json

if TYPE_CHECKING:
    import numpy as np

    from thermal_radar_fusion.reid.welm import WelmClassifier

DIMENSION, ADDED = 32, 3

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
    import numpy as np

    from thermal_radar_fusion.reid.running_welm import RunningWelm
    from thermal_radar_fusion.reid.welm import fit_welm

    rows, labels = _synthetic(people, features)
    running = RunningWelm(DIMENSION)
    for person in range(people):
        running.add(person, rows[labels == person])

    def updated() -> WelmClassifier:
        running.remove(0, rows[:ADDED])
        running.add(0, rows[:ADDED])
        return running.classifier()

    ways: dict[str, Callable[[], WelmClassifier]] = {
        'by a plain solve': lambda: _plain(rows, labels, np.float64),
        'by a plain solve, single precision': lambda: _plain(rows, labels, np.float32),
        'from scratch': lambda: fit_welm(rows, labels.tolist()),
        f'from running sums, {2 * ADDED} features changed': updated,
    }
    expected = _plain(rows, labels, np.float64).scores(rows)
    return {
        'people': people,
        'features': people * features,
        'ways': {name: _measured(way, rows, expected, runs) for name, way in ways.items()},
    }


def _synthetic(people: int, features: int) -> tuple[np.ndarray, np.ndarray]:
    """Return unit vectors (N, 32) that scatter about one direction per person, and labels (N,)."""
    import numpy as np

    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(people), features)
    rows = rng.normal(size=(people, DIMENSION))[labels]
    rows += rng.normal(size=rows.shape)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True), labels


def _plain(rows: np.ndarray, labels: np.ndarray, kind: type) -> WelmClassifier:
    """Train by equation 21 as it is written, with numpy's general solver."""
    import numpy as np

    from thermal_radar_fusion.reid.welm import (
        HiddenLayer,
        WelmClassifier,
        WelmParameters,
        class_weights,
    )

    chosen = WelmParameters()
    layer = HiddenLayer(rows.shape[1], chosen)
    roots = np.sqrt(class_weights(labels))
    hidden = layer.activate(rows, roots).astype(kind)
    known = np.unique(labels)
    targets = (roots[:, None] * (labels[:, None] == known)).astype(kind)
    gram = hidden.T @ hidden
    gram[np.diag_indices(len(gram))] += chosen.regularisation
    return WelmClassifier(tuple(known), layer, np.linalg.solve(gram, hidden.T @ targets))


def _measured(
    train: Callable[[], WelmClassifier], rows: np.ndarray, expected: np.ndarray, runs: int
) -> dict[str, float]:
    """Return median and least time of a training [ms], and how far its scores are from others."""
    import numpy as np

    difference = float(np.abs(train().scores(rows) - expected).max())
    times = []
    for _ in range(runs):
        # Of this thread alone: what else the machine does is not the training's fault.
        begin = time.thread_time()
        train()
        times.append(1e3 * (time.thread_time() - begin))
    return {'p50': float(np.median(times)), 'min': min(times), 'difference': difference}

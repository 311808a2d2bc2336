"""How long the WELM takes to train, from scratch and from running sums."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.reid.running_welm import RunningWelm
from thermal_radar_fusion.reid.welm import (
    HiddenLayer,
    WelmClassifier,
    WelmParameters,
    class_weights,
    fit_welm,
)

Array = NDArray[np.float64]
Train = Callable[[], WelmClassifier]

# Features that come and go before each training from running sums: about a second's worth.
ADDED = 3

SOLVE, SOLVE_SINGLE = 'by a plain solve', 'by a plain solve, single precision'
BATCH = 'from scratch'
UPDATE = f'from running sums, {2 * ADDED} features changed'


@dataclass(frozen=True)
class TrainingTime:
    """Of one way to train.

    Attributes:
        p50, min: median and least time [ms].
        difference: of the scores to those of the plain solve in double precision, the largest.
    """

    p50: float
    min: float
    difference: float


def training_times(
    rows: Array, labels: Sequence[Hashable], runs: int, ways: Sequence[str] = (BATCH, UPDATE)
) -> dict[str, TrainingTime]:
    """Return times and scores' differences of some ways to train on one core.

    Args:
        rows: (N, D) features.
        labels: of each feature, at least ADDED of each.
        runs: how often each is measured.
        ways: of SOLVE, SOLVE_SINGLE, BATCH and UPDATE.
    """
    makers: dict[str, Callable[[], Train]] = {
        SOLVE: lambda: lambda: _solved(rows, labels, np.float64),
        SOLVE_SINGLE: lambda: lambda: _solved(rows, labels, np.float32),
        BATCH: lambda: lambda: fit_welm(rows, labels),
        UPDATE: lambda: _updating(rows, labels),
    }
    expected = _solved(rows, labels, np.float64).scores(rows)
    return {way: _measured(makers[way](), rows, expected, runs) for way in ways}


def _updating(rows: Array, labels: Sequence[Hashable]) -> Train:
    """Return a training from the running sums of features of which a few come and go."""
    running = RunningWelm(rows.shape[1])
    known = np.array(labels)
    for label in dict.fromkeys(labels):
        running.add(label, rows[known == label])
    changed = rows[known == labels[0]][:ADDED]

    def updated() -> WelmClassifier:
        running.remove(labels[0], changed)
        running.add(labels[0], changed)
        return running.classifier()

    return updated


def _solved(rows: Array, labels: Sequence[Hashable], kind: type) -> WelmClassifier:
    """Train by equation 21 as it is written, with numpy's general solver."""
    chosen = WelmParameters()
    layer = HiddenLayer(rows.shape[1], chosen)
    known = list(dict.fromkeys(labels))
    indices = np.array([known.index(label) for label in labels])
    roots = np.sqrt(class_weights(indices))
    hidden = layer.activate(rows, roots).astype(kind)
    targets = (roots[:, None] * np.eye(len(known))[indices]).astype(kind)
    gram = hidden.T @ hidden
    gram[np.diag_indices(len(gram))] += chosen.regularisation
    right = hidden.T @ targets
    middles = np.stack([rows[indices == k].mean(axis=0) for k in range(len(known))])
    return WelmClassifier(tuple(known), layer, np.linalg.solve(gram, right), middles, right)


def _measured(train: Train, rows: Array, expected: Array, runs: int) -> TrainingTime:
    """Train so often, and compare the scores with others."""
    difference = float(np.abs(train().scores(rows) - expected).max())
    times = []
    for _ in range(runs):
        # Of this thread alone: what else the machine does is not the training's fault.
        begin = time.thread_time()
        train()
        times.append(1e3 * (time.thread_time() - begin))
    return TrainingTime(float(np.median(times)), min(times), difference)

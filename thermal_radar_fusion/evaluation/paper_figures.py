"""The figures of the suite `paper`: pooled over runs, by scene and altogether."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.evaluation.paper_suite import DBSCAN, OURS, Run, Suite
from thermal_radar_fusion.evaluation.score import TrackingSamples, pooled

Array = NDArray[np.float64]


def suite_figures(suite: Suite, runs: Sequence[Run]) -> dict[str, Any]:
    """Return what `trf evaluate tracking --suite paper --json` writes."""
    scenes = {scene: [run for run in runs if run.scene == scene] for scene in suite.scenes}
    return {
        'suite': 'paper',
        'seeds': list(suite.seeds),
        'scenes': {scene: pooled_figures(chosen) for scene, chosen in scenes.items()},
        'overall': pooled_figures(runs),
    }


def pooled_figures(runs: Sequence[Run]) -> dict[str, Any]:
    """Return the figures of ours over some runs, and those of each peer below 'peers'."""
    dbscan = pooled_samples(runs, DBSCAN).score().separation_ratio
    common = {'runs': len(runs), 'separation_ratio_dbscan': _number(dbscan)}
    return {
        **_figures(runs, OURS),
        **common,
        'by_people': _by_people(runs),
        'peers': {name: {**_figures(runs, name), **common} for name in peer_names(runs)},
    }


def peer_names(runs: Iterable[Run]) -> list[str]:
    """Return the names of the peers that took part, in their order."""
    first = next(iter(runs))
    return [name for name in first.samples if name not in (OURS, DBSCAN)]


def pooled_samples(runs: Sequence[Run], method: str) -> TrackingSamples:
    """Return the samples of a method over some runs as if they were one recording."""
    return pooled([run.samples[method] for run in runs])


def _figures(runs: Sequence[Run], method: str) -> dict[str, Any]:
    figures = pooled_samples(runs, method).score().as_json()
    return figures | {'id_switches_per_run': figures['id_switches'] / len(runs)}


def _by_people(runs: Sequence[Run]) -> dict[str, dict[str, Any]]:
    """Return what the paper's table 5 has, by the number of people in the scene."""
    return {
        str(people): _table_5([run for run in runs if run.people == people])
        for people in sorted({run.people for run in runs})
    }


def _table_5(runs: Sequence[Run]) -> dict[str, Any]:
    dbscan = pooled_samples(runs, DBSCAN).score()
    return {
        'runs': len(runs),
        **_told_apart(runs, OURS),
        'separation_ratio_dbscan': _number(dbscan.separation_ratio),
        'peers': {name: _told_apart(runs, name) for name in peer_names(runs)},
    }


def _told_apart(runs: Sequence[Run], method: str) -> dict[str, Any]:
    score = pooled_samples(runs, method).score()
    ratio = _number(score.separation_ratio)
    return {'separation_ratio': ratio, 'failed_tracks': score.failed_tracks}


def _number(value: float) -> float | None:
    """Return a number as JSON has it: nothing instead of NaN."""
    return float(value) if np.isfinite(value) else None

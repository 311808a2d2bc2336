"""The figures of the suite `paper`: pooled over runs, by scene and altogether."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.evaluation.paper_suite import OURS, Run, Suite
from thermal_radar_fusion.evaluation.score import TrackingSamples, pooled


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
    common = {'runs': len(runs), **_without_tracking(runs)}
    return {
        **_figures(runs, OURS),
        **common,
        'by_people': _by_people(runs),
        'peers': {name: {**_figures(runs, name), **common} for name in peer_names(runs)},
    }


def peer_names(runs: Iterable[Run]) -> list[str]:
    """Return the names of the peers that took part, in their order."""
    first = next(iter(runs))
    return [name for name in first.samples if name != OURS]


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
    return {
        'runs': len(runs),
        **_told_apart(runs, OURS),
        **_without_tracking(runs),
        'peers': {name: _told_apart(runs, name) for name in peer_names(runs)},
    }


def _told_apart(runs: Sequence[Run], method: str) -> dict[str, Any]:
    figures = pooled_samples(runs, method).score().as_json()
    return {name: figures[name] for name in ('separation_ratio', 'failed_tracks')}


def _without_tracking(runs: Sequence[Run]) -> dict[str, float | None]:
    """Return the share of frames that DBSCAN alone separates, and that true positions do."""
    return {
        'separation_ratio_dbscan': _share([run.separated_by_dbscan for run in runs]),
        'separation_ratio_truth': _share([run.separated_by_truth for run in runs]),
    }


def _share(separated: Sequence[NDArray[np.bool_]]) -> float | None:
    """Return the share of all frames, None where nobody is close."""
    frames = np.concatenate(separated)
    return float(frames.mean()) if len(frames) else None

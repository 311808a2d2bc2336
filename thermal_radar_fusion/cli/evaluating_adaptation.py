"""`trf evaluate adaptation`: does it help to refine features at run time, without labels?"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
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
from thermal_radar_fusion.cli.evaluating_reid import NetworkOption, WindowsOption, window_folder
from thermal_radar_fusion.cli.suite import check_writable

if TYPE_CHECKING:
    from thermal_radar_fusion.evaluation.adaptation import Row, Streams
    from thermal_radar_fusion.reid.gait_features import GaitFeatures

# Buildings that nothing was chosen on.
BUILDINGS, FIRST_SEED = 6, 0
# What is shown of the accuracies of each situation.
SHOWN = {'welm': 'WELM, windows', 'welm_20s': 'WELM, 20 s', 'cosine_20s': 'cosine, 20 s'}

BuildingsOption = Annotated[
    int | None, typer.Option(min=1, help='Simulated.', show_default=str(BUILDINGS))
]
FirstSeedOption = Annotated[
    int | None, typer.Option(min=0, help='Of the buildings.', show_default=str(FIRST_SEED))
]
DataOption = Annotated[
    Path | None,
    typer.Option(metavar='DIR', help='Real people before two radars each, as mmGait has them.'),
]
SubjectsOption = Annotated[
    str | None, typer.Option(metavar='A,B,...', help='Of DIR: these people, by file name.')
]


def adaptation(
    buildings: BuildingsOption = None,
    first_seed: FirstSeedOption = None,
    data: DataOption = None,
    subjects: SubjectsOption = None,
    network: NetworkOption = None,
    windows: WindowsOption = None,
    json: JsonOption = None,
) -> None:
    """Refine features from unlabelled tracks: people known from one radar, before another."""
    from thermal_radar_fusion.reid.gait_features import GaitFeatures

    if data is None and subjects:
        raise BadInputError('--subjects belongs to --data')
    if data is not None and (buildings or first_seed is not None):
        raise BadInputError('--buildings and --first-seed have no meaning with --data')
    check_writable(json)
    features, begin = GaitFeatures(network), time.perf_counter()
    with window_folder(windows) as folder:
        if data is None:
            count = BUILDINGS if buildings is None else buildings
            first = FIRST_SEED if first_seed is None else first_seed
            figures = _simulated(range(first, first + count), folder, features)
        else:
            figures = _recorded(data, subjects, folder, features)
    console().print(f'{time.perf_counter() - begin:.0f} s')
    write_json(json, {'network': features.network, **figures})


def _simulated(seeds: range, folder: Path, features: GaitFeatures) -> dict[str, Any]:
    """Evaluate buildings, print what was found and return it."""
    from thermal_radar_fusion.evaluation.adaptation import evaluate_buildings
    from thermal_radar_fusion.evaluation.adaptation_stream import remap_seconds
    from thermal_radar_fusion.reid.open_set_file import shipped_open_set

    fitted = shipped_open_set(features.network)
    with working('Simulating') as tell:
        rows, streams = evaluate_buildings(seeds, folder, features, fitted, tell)
    _show(rows)
    _show_streams(streams)
    milliseconds = 1e3 * remap_seconds(features.dimension)
    console().print(f'Another map for six people with full galleries: {milliseconds:.0f} ms')
    found = [dataclasses.asdict(row) for row in rows]
    figures = {'seeds': list(seeds), 'rows': found, 'streams': streams}
    return figures | {'remap_ms': milliseconds}


def _recorded(
    data: Path, subjects: str | None, folder: Path, features: GaitFeatures
) -> dict[str, Any]:
    """Evaluate real people, print what was found and return it."""
    from thermal_radar_fusion.evaluation.adaptation import evaluate_recordings

    if not subjects:
        raise BadInputError('--subjects must name people whom two radars saw')
    rows = evaluate_recordings(data, subjects.split(','), folder, features)
    _show(rows)
    return {'subjects': subjects.split(','), 'rows': [dataclasses.asdict(row) for row in rows]}


def _show(rows: Sequence[Row]) -> None:
    """Print the accuracies of all methods, by radars and unlabelled tracks."""
    for radars in dict.fromkeys(row.radars for row in rows):
        own = [row for row in rows if row.radars == radars]
        for key, text in SHOWN.items():
            title = f'{radars}: {text}, {own[0].people:.1f} people; unlabelled tracks'
            shown = table(title, '', *(row.situation for row in own))
            for method in own[0].accuracy:
                shown.add_row(method, *(f'{row.accuracy[method][key]:.3f}' for row in own))
            console().print(shown)


def _show_streams(streams: Streams) -> None:
    """Print what became of those who came to the second room."""
    from thermal_radar_fusion.evaluation.adaptation_stream import OUTCOMES

    title = 'Nobody known at the start: windows in the second room'
    shown = table(title, 'radars', 'pairs', '', *OUTCOMES)
    for radars, methods in streams.items():
        for method, halves in methods.items():
            for half, counts in halves.items():
                total = max(sum(counts.values()), 1)
                shares = (f'{count / total:.3f}' for count in counts.values())
                shown.add_row(radars, half, method, *shares)
    console().print(shown)

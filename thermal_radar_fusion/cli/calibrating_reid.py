"""`trf calibrate reid`: fit what the scores of a network of gait features are worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from thermal_radar_fusion.cli.common import (
    BadInputError,
    JsonOption,
    console,
    table,
    working,
    write_json,
)
from thermal_radar_fusion.cli.evaluating_reid import (
    JobsOption,
    NetworkOption,
    WindowsOption,
    window_folder,
)
from thermal_radar_fusion.cli.suite import check_writable


def reid(
    network: NetworkOption = None,
    output: Annotated[
        Path | None,
        typer.Option('-o', '--output', metavar='FILE', show_default='beside the network'),
    ] = None,
    windows: WindowsOption = None,
    jobs: JobsOption = 1,
    json: JsonOption = None,
) -> None:
    """Fit known against new people to simulated walkers whom no figure is about."""
    from thermal_radar_fusion.evaluation.reid import Fitting, fitted_open_set
    from thermal_radar_fusion.reid.gait_features import SHIPPED, GaitFeatures
    from thermal_radar_fusion.reid.open_set_file import open_set_file, write_open_set
    from thermal_radar_fusion.resources import resource

    features = GaitFeatures(network)
    file = output or open_set_file(network or resource(SHIPPED))
    check_writable(file, json)
    with window_folder(windows) as folder, working('Simulating') as tell:
        fitted = fitted_open_set(Fitting(), features, folder, jobs, tell)
    figures: dict[str, Any] = {name: value for name, value, _ in fitted.parameters.flattened()}
    shown = table(f'Open set of {features.network}', 'coefficient', 'value')
    for name, value in figures.items():
        shown.add_row(name, f'{value:.5g}')
    directions = ', '.join(f'{value:.2g}' for value in fitted.scatter.spread)
    console().print(shown, f'People differ, beside their own walks, by {directions}.')
    try:
        write_open_set(file, features.network, fitted)
    except OSError as error:
        raise BadInputError(f'{file}: cannot be written ({error.strerror})') from None
    console().print(f'wrote {file}', soft_wrap=True)
    write_json(
        json, {'network': features.network, **figures, 'scatter': fitted.scatter.as_lists()}
    )

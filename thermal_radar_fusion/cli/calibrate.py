"""`trf calibrate`: what a deployment must know of its own cameras, and of a gait network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.calibrating_extrinsics import extrinsics
from thermal_radar_fusion.cli.calibrating_intrinsics import intrinsics
from thermal_radar_fusion.cli.calibrating_reid import reid
from thermal_radar_fusion.cli.common import (
    BadInputError,
    JsonOption,
    console,
    help_without_command,
    table,
    write_json,
)
from thermal_radar_fusion.cli.snippets import OutputOption, write_snippet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DISTANCE_COLUMNS = ('distance_m', 'height_px')
TEMPERATURE_COLUMNS = ('reading_c', 'distance_m', 'true_c')

app = typer.Typer(
    help='Fit the models of a camera, or of a gait network.', invoke_without_command=True
)
app.callback()(help_without_command)
app.command('intrinsics')(intrinsics)
app.command('extrinsics')(extrinsics)
app.command('reid')(reid)


@app.command('distance')
def distance(
    source: Annotated[
        Path,
        typer.Argument(metavar='CSV', help=f'With the columns {", ".join(DISTANCE_COLUMNS)}.'),
    ],
    output: OutputOption = None,
    json: JsonOption = None,
) -> None:
    """Fit how tall faces are in the image over their distance: h = b0 / (d + b1) + b2."""
    from thermal_radar_fusion.datasets.csv_columns import read_columns
    from thermal_radar_fusion.thermal.distance_model import (
        DistanceModelError,
        fit_distance_model,
    )

    distances, heights = read_columns(source, DISTANCE_COLUMNS).values()
    try:
        model = fit_distance_model(distances, heights)
    except DistanceModelError as error:
        raise BadInputError(f'{source}: {error}') from None
    errors = model.distance(heights) - distances
    measured = {'pairs': len(distances), 'distance_error_rms_m': _rms(errors)}
    _tell('Height of faces over distance', ('tracking', 'distance'), model, measured, output)
    write_json(json, {**_fields(model), **measured})


@app.command('temperature')
def temperature(
    source: Annotated[
        Path,
        typer.Argument(metavar='CSV', help=f'With the columns {", ".join(TEMPERATURE_COLUMNS)}.'),
    ],
    output: OutputOption = None,
    json: JsonOption = None,
) -> None:
    """Fit what readings of faces lose with distance: T = (a0 + a1 d) x reading."""
    from thermal_radar_fusion.datasets.csv_columns import read_columns
    from thermal_radar_fusion.thermal.temperature import (
        TemperatureCorrectionError,
        fit_temperature_correction,
    )

    readings, distances, truth = read_columns(source, TEMPERATURE_COLUMNS).values()
    try:
        correction = fit_temperature_correction(readings, distances, truth)
    except TemperatureCorrectionError as error:
        raise BadInputError(f'{source}: {error}') from None
    measured = {'readings': len(readings), 'raw_error_rms_c': _rms(readings - truth)}
    place = ('temperature', 'correction')
    _tell('Readings of faces over distance', place, correction, measured, output)
    write_json(json, {**_fields(correction), **measured})


def _fields(model: Any) -> dict[str, float]:
    """Return the parameters of a model by name."""
    return {name: value for name, value, _ in model.flattened()}


def _rms(values: NDArray[np.float64]) -> float:
    return float((values**2).mean() ** 0.5)


def _tell(
    title: str,
    place: tuple[str, str],
    model: Any,
    measured: Mapping[str, float],
    output: Path | None,
) -> None:
    """Print a fitted model with its lines of YAML, and write these.

    Args:
        place: keys of the model under a camera of the deployment.
    """
    shown = table(title, 'figure', 'value')
    for name, value in {**_fields(model), **measured}.items():
        shown.add_row(name, f'{value:.5g}')
    console().print(shown)
    write_snippet({place[0]: {place[1]: _rounded(model)}}, 'under the camera', output)


def _rounded(model: Any) -> dict[str, float]:
    """Return the parameters of a model with as many digits as anybody needs."""
    return {name: float(f'{value:.6g}') for name, value in _fields(model).items()}

"""`trf calibrate intrinsics`: the lens of a thermal camera, by images of a checkerboard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.common import (
    BadInputError,
    JsonOption,
    console,
    progress,
    table,
    write_json,
)
from thermal_radar_fusion.cli.snippets import OutputOption, write_snippet

if TYPE_CHECKING:
    from thermal_radar_fusion.thermal.camera_calibration import CalibratedCamera, Checkerboard

COEFFICIENTS = ('k1', 'k2', 'p1', 'p2', 'k3')


def intrinsics(
    folder: Annotated[
        Path, typer.Argument(metavar='DIR', help='Images of a warmed checkerboard, 8 or 16 bits.')
    ],
    columns: Annotated[int, typer.Option(help='Inner corners along one side.', min=3)] = 8,
    rows: Annotated[int, typer.Option(help='Inner corners along the other.', min=3)] = 6,
    radial: Annotated[
        int, typer.Option(help='Radial coefficients that are fitted.', min=0, max=3)
    ] = 2,
    output: OutputOption = None,
    json: JsonOption = None,
) -> None:
    """Find camera matrix and distortion by Zhang's method; 10-20 images of a tilted board."""
    from thermal_radar_fusion.thermal.camera_calibration import (
        CalibrationError,
        Checkerboard,
        calibrate_camera,
    )

    paths = _images(folder)
    board = Checkerboard(columns, rows)
    try:
        corners, shape = _corners(paths, board)
        found = calibrate_camera(corners, shape, board, radial)
    except CalibrationError as error:
        raise BadInputError(f'{folder}: {error}') from None
    names = [path.name for path in paths]
    _show(folder, found, names)
    write_snippet({'intrinsics': _snippet(found)}, 'under the camera', output)
    write_json(json, _figures(found, names))


def _images(folder: Path) -> list[Path]:
    """Return the image files of a folder by name.

    Raises:
        BadInputError: it is no folder or has none.
    """
    from thermal_radar_fusion.datasets.thermal_files import SUFFIXES

    if not folder.is_dir():
        raise BadInputError(f'{folder}: is no folder')
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise BadInputError(f'{folder}: has no images ({", ".join(SUFFIXES)})')
    return paths


def _corners(paths: Sequence[Path], board: Checkerboard) -> tuple[list[Any], tuple[int, int]]:
    """Return the corners found in each image, None where there are none, and the images' shape.

    Raises:
        DatasetError: a file is no image.
        CalibrationError: the images are of several sizes.
    """
    from thermal_radar_fusion.datasets.thermal_files import read_thermal_file
    from thermal_radar_fusion.thermal.camera_calibration import common_shape, find_corners

    images = [read_thermal_file(path).values for path in paths]
    shape = common_shape(images)
    return [find_corners(image, board) for image in progress(images, 'Looking for corners')], shape


def _show(folder: Path, found: CalibratedCamera, names: Sequence[str]) -> None:
    """Print a calibration."""
    camera, shown = found.intrinsics, table(str(folder), 'figure', 'value', '±')
    shown.add_row('fx', f'{camera.fx:.1f} px', f'{found.focal_std[0]:.1f} px')
    shown.add_row('fy', f'{camera.fy:.1f} px', f'{found.focal_std[1]:.1f} px')
    shown.add_row('cx', f'{camera.cx:.1f} px', '')
    shown.add_row('cy', f'{camera.cy:.1f} px', '')
    for name, value in zip(COEFFICIENTS, camera.distortion, strict=True):
        shown.add_row(name, f'{value:.5f}', '')
    shown.add_row('corners are off by (rms)', f'{found.residual:.2f} px', '')
    shown.add_row('images used', f'{len(found.residuals)} of {len(names)}', '')
    console().print(shown)
    for text, indices in (('no board found in', found.failed), ('left out', found.outlying)):
        if indices:
            listed = ', '.join(names[index] for index in indices)
            console().print(f'{text}: {listed}', markup=False)


def _snippet(found: CalibratedCamera) -> dict[str, float]:
    """Return the camera as a deployment's file has it."""
    camera = found.intrinsics
    lengths = {name: round(getattr(camera, name), 2) for name in ('fx', 'fy', 'cx', 'cy')}
    distortion = zip(COEFFICIENTS, (round(value, 6) for value in camera.distortion), strict=True)
    return {**lengths, **dict(distortion), 'width': camera.width, 'height': camera.height}


def _figures(found: CalibratedCamera, names: Sequence[str]) -> dict[str, Any]:
    """Return a calibration as JSON has it."""
    return {
        'intrinsics': _snippet(found),
        'focal_std_px': found.focal_std,
        'residual_px': found.residual,
        'residuals_px': {names[index]: value for index, value in found.residuals.items()},
        'failed': [names[index] for index in found.failed],
        'outlying': [names[index] for index in found.outlying],
    }

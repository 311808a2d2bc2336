"""`trf calibrate extrinsics`: where a thermal camera hangs, by markers or by a walking person."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.common import (
    BadInputError,
    ConfigOption,
    JsonOption,
    console,
    deployment_of,
    table,
    write_json,
)
from thermal_radar_fusion.cli.snippets import OutputOption, write_snippet

if TYPE_CHECKING:
    from thermal_radar_fusion.camera_model import Intrinsics
    from thermal_radar_fusion.deployed_camera import ThermalCamera
    from thermal_radar_fusion.deployment import Deployment
    from thermal_radar_fusion.fusion.common_walk import CommonWalk
    from thermal_radar_fusion.fusion.extrinsic_calibration import ExtrinsicCalibration
    from thermal_radar_fusion.fusion.extrinsic_parameters import ExtrinsicParameters

MARKER_COLUMNS = ('x_m', 'y_m', 'z_m', 'column_px', 'row_px')


def extrinsics(
    bag: Annotated[
        Path | None,
        typer.Argument(
            metavar='[BAG]', help='One person who walks before radar and camera; or --markers.'
        ),
    ] = None,
    markers: Annotated[
        Path | None,
        typer.Option(metavar='CSV', help=f'Markers: the columns {", ".join(MARKER_COLUMNS)}.'),
    ] = None,
    config: ConfigOption = None,
    camera: Annotated[
        str | None, typer.Option(metavar='NAME', help='Of several; also without a mounting.')
    ] = None,
    height: Annotated[
        float | None, typer.Option(metavar='M', help='How tall the walker is, with shoes.')
    ] = None,
    output: OutputOption = None,
    json: JsonOption = None,
) -> None:
    """Find where a thermal camera hangs: by a person who walks about, or by markers."""
    from thermal_radar_fusion.fusion.extrinsic_calibration import ExtrinsicError

    if (bag is None) and (markers is None or config is None):
        raise BadInputError('give a bag of one walking person, or --markers with --config')
    deployed = _deployment(bag, config)
    chosen = _camera(deployed, camera)
    intrinsics = _intrinsics(bag, deployed, chosen)
    parameters = _parameters(chosen, height)
    try:
        if markers is not None:
            found = _from_markers(markers, intrinsics, parameters)
        else:
            found = _from_walk(bag, deployed, chosen, intrinsics, parameters)
    except ExtrinsicError as error:
        raise BadInputError(f'{markers or bag}: {error}') from None
    _tell_extrinsics(f'Where {chosen.name} hangs', found, output)
    write_json(json, _extrinsic_figures(found))


def _deployment(bag: Path | None, config: Path | None) -> Deployment:
    """Return the deployment that is given, else the one that the bag carries."""
    from thermal_radar_fusion.deployment import load_deployment

    return load_deployment(config) if bag is None else deployment_of(bag, config)


def _camera(deployed: Deployment, name: str | None) -> ThermalCamera:
    """Return the camera that is meant.

    Raises:
        BadInputError: there is none, several of which none is named, or none of this name.
    """
    cameras = deployed.cameras
    if not cameras:
        raise BadInputError('no thermal camera is described: list it in --config under cameras')
    known = ', '.join(cameras)
    if name is None and len(cameras) > 1:
        raise BadInputError(f'there are several cameras ({known}): choose one with --camera')
    if name is not None and name not in cameras:
        raise BadInputError(f'there is no camera {name!r}; known are {known}')
    return cameras[name or next(iter(cameras))]


def _intrinsics(bag: Path | None, deployed: Deployment, camera: ThermalCamera) -> Intrinsics:
    """Return the camera matrix that is given, else that of the bag's camera_info.

    Raises:
        BadInputError: there is neither, or camera_info says nothing that can be used.
    """
    from thermal_radar_fusion.bags import open_bag
    from thermal_radar_fusion.camera_matrix import CameraInfoError, intrinsics_of
    from thermal_radar_fusion.cli.bag_topics import camera_infos

    if camera.matrix.intrinsics is not None:
        return camera.matrix.intrinsics
    info = None
    if bag is not None:
        with open_bag(bag) as opened:
            info = camera_infos(deployed, opened).get(camera.name)
    if info is None:
        raise BadInputError(
            f'{camera.name}: there is neither camera_info nor intrinsics in the configuration:'
            ' trf calibrate intrinsics finds them'
        )
    try:
        return intrinsics_of(info)
    except CameraInfoError as error:
        raise BadInputError(f'{camera.name}: {error}') from None


def _parameters(camera: ThermalCamera, height: float | None) -> ExtrinsicParameters:
    from thermal_radar_fusion.fusion.extrinsic_parameters import ExtrinsicParameters

    parameters = ExtrinsicParameters(rotation=float(camera.images.detector.rotation))
    return parameters if height is None else parameters.of_walker(height)


def _from_markers(
    source: Path, intrinsics: Intrinsics, parameters: ExtrinsicParameters
) -> ExtrinsicCalibration:
    """Return what markers say."""
    import numpy as np

    from thermal_radar_fusion.datasets.csv_columns import read_columns
    from thermal_radar_fusion.fusion.extrinsic_calibration import calibrate_from_markers

    columns = np.column_stack(list(read_columns(source, MARKER_COLUMNS).values()))
    return calibrate_from_markers(columns[:, :3], columns[:, 3:], intrinsics, parameters)


def _from_walk(
    bag: Path,
    deployed: Deployment,
    camera: ThermalCamera,
    intrinsics: Intrinsics,
    parameters: ExtrinsicParameters,
) -> ExtrinsicCalibration:
    """Return what a walk says."""
    from thermal_radar_fusion.fusion.extrinsic_calibration import calibrate_from_walk

    return calibrate_from_walk(_walk(bag, deployed, camera), intrinsics, parameters)


def _walk(bag: Path, deployed: Deployment, camera: ThermalCamera) -> CommonWalk:
    """Return what the radar tracker of a camera's room and its face tracker both saw."""
    from thermal_radar_fusion.cli.process import process_bag
    from thermal_radar_fusion.fusion.common_walk import WalkCollector

    processed, _ = process_bag(bag, deployed)
    collector = WalkCollector()
    images = [image for image in processed.images if image.camera == camera.name]
    if not images:
        raise BadInputError(f'{bag}: has no images of {camera.name}')
    for seen in sorted((*processed.of_room(camera.room), *images), key=lambda seen: seen.stamp):
        if hasattr(seen, 'camera'):
            collector.faces(seen.tracked)
        else:
            collector.radar(seen.stamp, seen.tracked.tracks)
    return collector.walk()


def _tell_extrinsics(title: str, found: ExtrinsicCalibration, output: Path | None) -> None:
    """Print a calibration with its lines of YAML, and write these."""
    figures = _extrinsic_figures(found)
    shown = table(title, 'figure', 'value', '±')
    for name, value in figures['mounting'].items():
        angle = name in ('roll', 'pitch', 'yaw')
        text = f'{math.degrees(value):.2f} deg' if angle else f'{value:.3f} m'
        shown.add_row(name, text, '' if angle else f'{figures["position_std_m"][name]:.3f} m')
    for name, value in figures['turn_std_deg'].items():
        shown.add_row(name, '', f'{value:.2f} deg')
    shown.add_row('directions differ by (rms)', f'{figures["residual_deg"]:.2f} deg')
    shown.add_row('radar is later than the camera by', f'{found.delay:.3f} s')
    shown.add_row('points', f'{found.points}')
    console().print(shown)
    mounting = {name: round(value, 4) for name, value in figures['mounting'].items()}
    write_snippet({'mounting': mounting}, 'under the camera', output)


def _extrinsic_figures(found: ExtrinsicCalibration) -> dict[str, Any]:
    """Return a calibration as JSON has it."""
    turns = ('turned about x', 'turned about y', 'turned about z')
    return {
        'mounting': {name: value for name, value, _ in found.mounting.flattened()},
        'position_std_m': dict(zip('xyz', found.position_std.tolist(), strict=True)),
        'turn_std_deg': {
            name: math.degrees(std) for name, std in zip(turns, found.turn_std, strict=True)
        },
        'residual_deg': math.degrees(found.residual),
        'delay_s': found.delay,
        'points': found.points,
    }

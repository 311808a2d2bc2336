"""`trf evaluate faces`: a face detector on a folder of boxed thermal images."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
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

if TYPE_CHECKING:
    from rich.table import Table

    from thermal_radar_fusion.evaluation.faces import DetectedImage, FaceScore
    from thermal_radar_fusion.thermal.face_detector import FaceDetectorParameters
    from thermal_radar_fusion.thermal.radiometry import Radiometry

# Detections down to this score make the curve of precision over recall.
LEAST_SCORE = 0.02


class Method(str, Enum):
    """Which detector; the values are those of `FaceDetectorParameters.method`."""

    NETWORK = 'network'
    BLOBS = 'blobs'
    YOLO = 'yolo'


FolderArgument = Annotated[
    Path, typer.Argument(metavar='DIR', help='Images, and boxes.csv: file,x0,y0,x1,y1,ignore.')
]
WeightsOption = Annotated[
    str, typer.Option(metavar='FILE', help='ONNX file instead of the one that is shipped.')
]
ThresholdOption = Annotated[
    float | None, typer.Option(min=0, max=1, help='Least score of a face.', show_default='0.38')
]
PresetOption = Annotated[
    str | None,
    typer.Option(metavar='NAME', help='What 16-bit counts mean; guessed without it.'),
]


def faces(
    folder: FolderArgument,
    method: Annotated[Method, typer.Option(help='Which detector.')] = Method.NETWORK,
    weights: WeightsOption = '',
    threshold: ThresholdOption = None,
    rotation: Annotated[int, typer.Option(help='Degrees to turn images by, clockwise.')] = 0,
    preset: PresetOption = None,
    overlays: Annotated[
        Path | None, typer.Option(metavar='FOLDER', help='Write images with all boxes here.')
    ] = None,
    json: JsonOption = None,
) -> None:
    """Find faces in boxed images: recall, false positives, time."""
    from thermal_radar_fusion.datasets.face_boxes import boxed_images
    from thermal_radar_fusion.evaluation.faces import detected_images, score_faces
    from thermal_radar_fusion.thermal.face_detector import face_detector
    from thermal_radar_fusion.thermal.radiometry import Radiometry

    parameters = _parameters(method.value, weights, rotation, threshold)
    detector = face_detector(parameters.replace(threshold=min(LEAST_SCORE, parameters.threshold)))
    radiometry: Radiometry | None = None if preset is None else Radiometry(preset=preset)
    images = progress(boxed_images(folder), 'Detecting')
    detected = detected_images(images, detector, radiometry)
    score = score_faces(detected, parameters.threshold)
    console().print(_file_table(detected, parameters.threshold), _score_table(folder, score))
    if overlays is not None:
        _write_overlays(detected, parameters.threshold, overlays, radiometry)
    write_json(json, score.as_json())


def _parameters(
    method: str, weights: str, rotation: int, threshold: float | None
) -> FaceDetectorParameters:
    """Return the detector's parameters, the threshold by default its own."""
    from thermal_radar_fusion.thermal.face_detector import FaceDetectorParameters

    parameters = FaceDetectorParameters(method=method, weights=weights, rotation=rotation)
    return parameters if threshold is None else parameters.replace(threshold=threshold)


def _file_table(detected: Sequence[DetectedImage], threshold: float) -> Table:
    """Return what was found in each image."""
    from thermal_radar_fusion.evaluation.faces import matched

    shown = table('Images', 'file', 'faces', 'found', 'false', 'ms')
    for image in detected:
        sure = [face for face in image.found if face.score >= threshold]
        match = matched(image.truth, sure, 0.5)
        numbers = (len(image.truth.boxes), int((match > 0).sum()), int((match == 0).sum()))
        cells = (str(number) for number in numbers)
        shown.add_row(image.truth.path.name, *cells, f'{image.milliseconds:.1f}')
    return shown


def _score_table(folder: Path, score: FaceScore) -> Table:
    shown = table(str(folder), 'figure', 'value')
    for name, value in score.as_json().items():
        shown.add_row(name, f'{value:.3f}' if isinstance(value, float) else str(value))
    return shown


def _write_overlays(
    detected: Sequence[DetectedImage],
    threshold: float,
    folder: Path,
    radiometry: Radiometry | None,
) -> None:
    """Write every image in grey: true faces green, ignored ones blue, found ones red."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for image in detected:
            _write_overlay(image, threshold, folder, radiometry)
    except OSError as error:
        raise BadInputError(f'{folder}: cannot be written ({error.strerror})') from None


def _write_overlay(
    image: DetectedImage, threshold: float, folder: Path, radiometry: Radiometry | None
) -> None:
    import matplotlib

    matplotlib.use('Agg')
    from matplotlib import pyplot

    from thermal_radar_fusion.datasets.thermal_files import read_thermal_file

    values = read_thermal_file(image.truth.path, radiometry).values
    figure, axes = pyplot.subplots(figsize=(8, 8 * values.shape[0] / values.shape[1]))
    axes.imshow(values, cmap='gray')
    axes.set_axis_off()
    for boxes, colour in ((image.truth.boxes, 'lime'), (image.truth.ignored, 'deepskyblue')):
        for box in boxes:
            _outline(axes, box, colour)
    for face in image.found:
        if face.score >= threshold:
            _outline(axes, face.box, 'red')
            axes.text(face.box[0], face.box[1], f'{face.score:.2f}', color='red', fontsize=7)
    figure.savefig(folder / f'{image.truth.path.stem}.png', dpi=100, bbox_inches='tight')
    pyplot.close(figure)


def _outline(axes: Any, box: Sequence[float], colour: str) -> None:
    """Draw a rectangle."""
    x0, y0, x1, y1 = box
    axes.plot([x0, x1, x1, x0, x0], [y0, y0, y1, y1, y0], color=colour, linewidth=0.8)

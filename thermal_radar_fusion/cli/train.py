"""`trf train`: learn the networks anew. Needs requirements/train.txt; running does not."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.common import (
    BadInputError,
    CommandError,
    console,
    help_without_command,
    table,
    working,
    write_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from thermal_radar_fusion.training.face_training import FaceTraining

app = typer.Typer(help='Train the networks.', invoke_without_command=True)
app.callback()(help_without_command)

# Files of 100 rendered scenes that are kept aside, and the seed they are rendered with.
KEPT_ASIDE, OTHER_SEED = 2, 1_000_003

FolderOption = Annotated[
    Path,
    typer.Option(
        '--output',
        '-o',
        metavar='FOLDER',
        help='Scenes, checkpoint and network; what is there is gone on with.',
    ),
]
FilesOption = Annotated[int | None, typer.Option(min=1, help='Of 100 rendered scenes each.')]
StepsOption = Annotated[int | None, typer.Option(min=1, help='Batches to learn from.')]
BatchOption = Annotated[int | None, typer.Option(min=1, help='Pictures in a batch.')]
RateOption = Annotated[
    float | None, typer.Option(min=1e-6, max=1, help='Greatest step size of the optimiser.')
]
SeedOption = Annotated[int | None, typer.Option(min=0, help='Of scenes, pictures and weights.')]
ThreadsOption = Annotated[int | None, typer.Option(min=1, help='That torch uses.')]
StartOption = Annotated[
    Path | None,
    typer.Option(metavar='FILE', help="Another run's checkpoint.pt to take the weights from."),
]


@app.command('face-detector')
def face_detector(
    output: FolderOption,
    files: FilesOption = None,
    steps: StepsOption = None,
    batch: BatchOption = None,
    rate: RateOption = None,
    seed: SeedOption = None,
    threads: ThreadsOption = None,
    start_from: StartOption = None,
) -> None:
    """Render thermograms, train the face network on them, and write it as ONNX."""
    given = {'files': files, 'steps': steps, 'batch': batch, 'rate': rate}
    given |= {'seed': seed, 'threads': threads}
    parameters = _parameters({name: value for name, value in given.items() if value is not None})
    try:
        output.mkdir(parents=True, exist_ok=True)
        with working('Rendering') as tell:
            figures = _train(parameters, output, tell, start_from)
    except OSError as error:
        raise BadInputError(f'{output}: cannot be written ({error.strerror})') from None
    shown = table('On rendered scenes kept aside', 'figure', 'value')
    for name, value in figures.items():
        shown.add_row(name, f'{value:.3f}' if isinstance(value, float) else str(value))
    console().print(shown)
    console().print(f'wrote {output / "face_detector.onnx"}', soft_wrap=True)
    write_json(output / 'figures.json', figures)


def _parameters(given: dict[str, Any]) -> FaceTraining:
    """Return the training's parameters.

    Raises:
        CommandError: torch or onnx is not installed.
    """
    try:
        import onnx  # noqa: F401

        from thermal_radar_fusion.training.face_training import FaceTraining
    except ModuleNotFoundError as error:
        raise CommandError(
            f'training needs {error.name}: pip install -r requirements/train.txt'
        ) from None
    return FaceTraining(**given)


def _train(
    parameters: FaceTraining,
    output: Path,
    tell: Callable[[str, int, int], None],
    start: Path | None,
) -> dict[str, Any]:
    """Train in a folder and return the figures of the network that was written."""
    from thermal_radar_fusion.evaluation.rendered_faces import score_rendered
    from thermal_radar_fusion.thermal.face_detector import FaceDetectorParameters
    from thermal_radar_fusion.thermal.face_detector import face_detector as detector_of
    from thermal_radar_fusion.training.face_training import train, write_onnx
    from thermal_radar_fusion.training.thermogram_cache import rendered_scenes

    cache, file = output / 'thermograms', output / 'face_detector.onnx'
    scenes = rendered_scenes(cache, parameters.files, parameters.seed, tell)
    write_onnx(train(parameters, scenes, output / 'checkpoint.pt', tell, start), file)
    aside = rendered_scenes(cache, KEPT_ASIDE, parameters.seed + OTHER_SEED, tell)
    chosen = FaceDetectorParameters(weights=str(file))
    detector = detector_of(chosen.replace(threshold=0.02))
    score = score_rendered(aside, detector, chosen.threshold, parameters.seed)
    figures = dataclasses.asdict(score)
    del figures['ms_per_image']
    return figures

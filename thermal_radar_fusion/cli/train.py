"""`trf train`: learn the networks anew. Needs requirements/train.txt; running does not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.common import (
    BadInputError,
    CommandError,
    Tell,
    console,
    help_without_command,
    table,
    working,
    write_json,
)
from thermal_radar_fusion.cli.training_gait import NETWORK_FILE, trained_gait

if TYPE_CHECKING:
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
        help='Scenes or windows, checkpoint and network; what is there is gone on with.',
    ),
]
FilesOption = Annotated[int | None, typer.Option(min=1, help='Of 100 rendered scenes each.')]
StepsOption = Annotated[int | None, typer.Option(min=1, help='Batches to learn from.')]
BatchOption = Annotated[int | None, typer.Option(min=1, help='Pictures in a batch.')]
SeedOption = Annotated[int | None, typer.Option(min=0, help='Of scenes, samples and weights.')]
ThreadsOption = Annotated[int | None, typer.Option(min=1, help='That torch uses.')]
StartOption = Annotated[
    Path | None,
    typer.Option(metavar='FILE', help="Another run's checkpoint.pt to take the weights from."),
]
DataArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar='DATA', help='Bags that say who is who, and folders of mmGait files; or none.'
    ),
]
WalkersOption = Annotated[int | None, typer.Option(min=0, help='Simulated people to learn from.')]
NetworkOption = Annotated[str | None, typer.Option(help='statistics (ours) or paper.')]
RateOption = Annotated[
    float | None, typer.Option(min=1e-6, max=1, help='Greatest step size of the optimiser.')
]
AsideOption = Annotated[float | None, typer.Option(help='Share of the people kept aside.')]
DeviceOption = Annotated[str | None, typer.Option(help='auto, cpu or cuda.')]
WithoutOption = Annotated[
    str,
    typer.Option(
        metavar='NAMES', help='Subjects of mmGait files to leave out, for tests: 002,085.'
    ),
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
    _check_installed()
    from thermal_radar_fusion.training.face_training import FaceTraining

    parameters = FaceTraining(**_given(given))
    with _working_in(output, 'Rendering') as tell:
        figures = _train(parameters, output, tell, start_from)
    _report(figures, 'On rendered scenes kept aside', output, 'face_detector.onnx')


@app.command('gait')
def gait(
    output: FolderOption,
    data: DataArgument = None,
    walkers: WalkersOption = None,
    steps: StepsOption = None,
    network: NetworkOption = None,
    rate: RateOption = None,
    aside: AsideOption = None,
    without: WithoutOption = '',
    device: DeviceOption = None,
    seed: SeedOption = None,
    threads: ThreadsOption = None,
    start_from: StartOption = None,
) -> None:
    """Train the network of gait features on people who walk, and write it as ONNX.

    Several processes: torchrun --no-python --nproc-per-node N trf train gait ...
    """
    given = {'walkers': walkers, 'steps': steps, 'network': network, 'rate': rate}
    given |= {'aside': aside, 'device': device, 'seed': seed, 'threads': threads}
    _check_installed()
    from thermal_radar_fusion.training.gait_training import GaitTraining

    parameters = GaitTraining(**_given(given))
    with _working_in(output, 'Reading') as tell:
        left_out = [name.strip() for name in without.split(',') if name.strip()]
        figures = trained_gait(parameters, data or [], output, tell, start_from, left_out)
    if figures is not None:
        _report(figures, 'On people kept aside', output, NETWORK_FILE)


def _check_installed() -> None:
    """Raise CommandError unless torch and onnx are installed."""
    try:
        import onnx  # noqa: F401
        import torch  # noqa: F401
    except ModuleNotFoundError as error:
        raise CommandError(
            f'training needs {error.name}: pip install -r requirements/train.txt'
        ) from None


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given; the rest keep their defaults."""
    return {name: value for name, value in options.items() if value is not None}


@contextmanager
def _working_in(output: Path, text: str) -> Iterator[Tell]:
    """Show that work goes on in a folder, which is made.

    Raises:
        BadInputError: nothing can be written there.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
        with working(text) as tell:
            yield tell
    except OSError as error:
        raise BadInputError(f'{output}: cannot be written ({error.strerror})') from None


def _report(figures: dict[str, Any], title: str, output: Path, network: str) -> None:
    """Print figures and where the network is, and keep the figures beside it."""
    shown = table(title, 'figure', 'value')
    for name, value in figures.items():
        shown.add_row(name, f'{value:.3f}' if isinstance(value, float) else str(value))
    console().print(shown)
    console().print(f'wrote {output / network}', soft_wrap=True)
    write_json(output / 'figures.json', figures)


def _train(
    parameters: FaceTraining,
    output: Path,
    tell: Tell,
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

"""What the commands share: errors in one line, JSON, consoles, progress, deployments."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from thermal_radar_fusion.bags import RadarSource
    from thermal_radar_fusion.deployment import Deployment

T = TypeVar('T')
Tell = Callable[[str, int, int], None]

BagArgument = Annotated[Path, typer.Argument(help='A rosbag2: its folder, .mcap or .db3 file.')]
JsonOption = Annotated[
    Path | None, typer.Option('--json', metavar='FILE', help='Write the figures here too.')
]
ForceOption = Annotated[bool, typer.Option('--force', help='Overwrite an existing bag.')]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        '--config',
        metavar='FILE',
        help='Deployment: rooms, radars, parameters; else what the bag says of itself.',
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        '--set',
        metavar='KEY=VALUE',
        help='Change a parameter, e.g. tracker.method=paper, contacts.begin_distance=1.0 or'
        ' cameras.screening.rule=fixed.',
    ),
]


# Groups of parameters that can be changed on the command line.
GROUPS = ('tracker', 'cameras', 'contacts', 'reidentification')


class Storage(str, Enum):
    """How a bag is stored; the values are those of `bags.STORAGES`."""

    MCAP = 'mcap'
    SQLITE3 = 'sqlite3'


StorageOption = Annotated[Storage, typer.Option(help='Format of the bag.')]


class BadInputError(ValueError):
    """What the command was given cannot be used; exit code 2."""


class CommandError(RuntimeError):
    """The command could not do its work though its input was right; exit code 1."""


def help_without_command(context: typer.Context) -> None:
    """Show the help of a group that is called without one of its commands."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit


def bad_input_errors() -> tuple[type[Exception], ...]:
    """Return the errors whose text is one line meant for the user."""
    from thermal_radar_fusion.bags import BagError
    from thermal_radar_fusion.datasets.recording import DatasetError
    from thermal_radar_fusion.evaluation.tracking import EvaluationError
    from thermal_radar_fusion.onnx_model import ModelError
    from thermal_radar_fusion.parameters import ParameterError
    from thermal_radar_fusion.reid.gallery import GalleryError
    from thermal_radar_fusion.resources import ResourceError
    from thermal_radar_fusion.ros_environment import RosNotFoundError
    from thermal_radar_fusion.simulation.scenario import ScenarioError
    from thermal_radar_fusion.thermal.face_detector import DetectorError
    from thermal_radar_fusion.thermal.radiometry import RadiometryError

    own = (BadInputError, BagError, DatasetError, EvaluationError, ParameterError)
    thermal = (DetectorError, RadiometryError)
    gait = (GalleryError, ModelError)
    return (*own, *thermal, *gait, ResourceError, RosNotFoundError, ScenarioError)


def one_line(error: Exception) -> str:
    """Return the text of an error without line breaks."""
    formatted = getattr(error, 'format_message', None)
    text = formatted() if formatted else str(error)
    return ' '.join(text.split()) or type(error).__name__


def console(stderr: bool = False) -> Console:
    """Return the console for results, or the one for what goes on besides."""
    from rich.console import Console

    return Console(highlight=False, stderr=stderr)


def progress(items: Iterable[T], text: str, total: int | None = None) -> Iterable[T]:
    """Return the items and show how far they are, on stderr if that is a terminal."""
    from rich.console import Console
    from rich.progress import track

    terminal = Console(stderr=True)
    if not terminal.is_terminal:
        return items
    return track(items, description=text, total=total, console=terminal, transient=True)


@contextmanager
def working(text: str) -> Iterator[Tell]:
    """Show on a terminal's stderr that work goes on; yields `tell(text, done, total)`."""
    from rich.console import Console
    from rich.progress import Progress

    terminal = Console(stderr=True)
    if not terminal.is_terminal:
        yield lambda text, done, total: None
        return
    with Progress(console=terminal, transient=True) as bar:
        task = bar.add_task(text, total=None)

        def tell(text: str, done: int, total: int) -> None:
            bar.update(task, description=text, completed=done, total=total)

        yield tell


def table(title: str, *columns: str) -> Table:
    """Return an empty table: the first column to the left, the others to the right."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(title=Text(title), title_justify='left', title_style='bold', box=box.SIMPLE_HEAD)
    for index, column in enumerate(columns):
        # As Text: rich would take [m] in a heading for a style.
        made.add_column(Text(column), justify='right' if index else 'left')
    return made


def write_json(path: Path | None, figures: Any) -> None:
    """Write figures as JSON, not-a-number as null; nothing where no file is asked for.

    Raises:
        BadInputError: the file cannot be written.
    """
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(_plain(figures), indent=2) + '\n')
    except OSError as error:
        raise BadInputError(f'{path}: cannot be written ({error.strerror})') from None


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    # NumPy numbers know how to become Python's.
    return value.item() if hasattr(value, 'item') else value


def deployment_of(
    bag: Path, config: Path | None = None, settings: Sequence[str] | None = None
) -> Deployment:
    """Return the deployment that a bag was recorded in, with some parameters changed.

    Without a file it is the one that the bag carries with it, as simulated ones do, and else one
    with the defaults for each room of the bag.

    Raises:
        ParameterError, BadInputError: the file or a setting is wrong, or the file does not
            describe a room of the bag.
        BagError: the bag cannot be read.
    """
    from thermal_radar_fusion.bags import open_bag
    from thermal_radar_fusion.deployment import load_deployment, recorded_deployment

    loaded = None if config is None else load_deployment(config)
    with open_bag(bag) as opened:
        sources = opened.radar_sources(radar_sources(loaded) if loaded else None)
        loaded = loaded or recorded_deployment(opened)
    rooms = sorted({source.room for source in sources.values()})
    for room in rooms:
        if room not in loaded.rooms:
            known = ', '.join(loaded.rooms)
            raise BadInputError(
                f'{config or bag}: has no room {room!r} as {bag} has; it has {known}'
            )
    return changed(loaded, settings or ())


def changed(loaded: Deployment, settings: Sequence[str]) -> Deployment:
    """Return the deployment with some parameters set.

    These are `tracker.*` of every room, `cameras.*` of every camera, `contacts.*` and
    `reidentification.*`.
    """
    import dataclasses

    changes: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    for setting in settings:
        group, name, value = _parsed(setting)
        changes[group][name] = value
    cameras = {name: camera.changed(changes['cameras']) for name, camera in loaded.cameras.items()}
    rooms = {
        name: dataclasses.replace(room, tracker=_with(room.tracker, changes['tracker']))
        for name, room in loaded.rooms.items()
    }
    contacts = _with(loaded.contacts, changes['contacts'])
    identification = loaded.identification and dataclasses.replace(
        loaded.identification,
        parameters=_with(loaded.identification.parameters, changes['reidentification']),
    )
    return dataclasses.replace(
        loaded, rooms=rooms, cameras=cameras, contacts=contacts, identification=identification
    )


def _parsed(setting: str) -> tuple[str, str, Any]:
    """Split `tracker.filter.noise=0.1` into group, dotted name and value."""
    from thermal_radar_fusion.yaml_file import key_and_value

    key, value = key_and_value(setting)
    group, _, name = key.partition('.')
    if group not in GROUPS or not name:
        known = ' or '.join(f'{known}.' for known in GROUPS)
        raise BadInputError(f'unknown parameter {key!r}; known begin with {known}')
    return group, name, value


def _with(parameters: Any, changes: dict[str, Any]) -> Any:
    """Return parameters with some of their dotted names changed."""
    if not changes:
        return parameters
    return parameters.changed(changes)


def radar_sources(deployed: Deployment) -> dict[str, RadarSource]:
    """Return the drivers' topics of a deployment, for bags that were recorded from drivers."""
    from thermal_radar_fusion.bags import RadarSource

    return {
        _absolute(radar.room, radar.ingest.topic): RadarSource(
            radar.room, name, radar.ingest.cloud
        )
        for name, radar in deployed.radars.items()
        if radar.ingest.source == 'point_cloud2'
    }


def _absolute(room: str, topic: str) -> str:
    return topic if topic.startswith('/') else f'/{room}/{topic}'

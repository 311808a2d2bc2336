"""`trf import`: other people's recordings to bags."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.common import (
    BadInputError,
    ForceOption,
    JsonOption,
    Storage,
    StorageOption,
    console,
    help_without_command,
    table,
    working,
    write_json,
)

if TYPE_CHECKING:
    from thermal_radar_fusion.datasets.recording import Recording

app = typer.Typer(help="Turn other people's recordings into bags.", invoke_without_command=True)
app.callback()(help_without_command)

Files = Annotated[list[Path], typer.Argument(help='What to read.')]
OneFile = Annotated[Path, typer.Argument(help='What to read.')]
BagOption = Annotated[
    Path, typer.Option('-o', '--output', metavar='BAG', help='The bag to write, a new folder.')
]


@app.command('mmgait')
def import_mmgait(
    files: Files,
    output: BagOption,
    merge: Annotated[
        bool,
        typer.Option('--merge', help='Overlay several people frame by frame, with ground truth.'),
    ] = False,
    start: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar='SECONDS',
            help='Leave out so much of each file; if not given, nothing of one file and the'
            ' waiting at the start (20 s) of several.',
        ),
    ] = None,
    duration: Annotated[
        float | None, typer.Option(min=0, metavar='SECONDS', help='Take at most so much.')
    ] = None,
    force: ForceOption = False,
    storage: StorageOption = Storage.MCAP,
    json: JsonOption = None,
) -> None:
    """Import CSV clouds of the mmGait data set, one walking person per file.

    Several files are either different people before one radar (--merge), or one person before
    several radars of a room, whose frames then follow one another by their clock.
    """
    if merge:
        recording = _merged(files, start, duration)
    else:
        recording = _as_recorded(files, start or 0.0, duration)
    _write(output, recording, storage, force)
    _report(output, _figures(recording), json)


@app.command('radhar')
def import_radhar(
    file: OneFile,
    output: BagOption,
    force: ForceOption = False,
    storage: StorageOption = Storage.MCAP,
    json: JsonOption = None,
) -> None:
    """Import a RadHAR text log: one message per point, regrouped into frames."""
    from thermal_radar_fusion.datasets import radhar

    recording = radhar.read(file)
    _write(output, recording, storage, force)
    _report(output, _figures(recording), json)


@app.command('ti-uart')
def import_ti_uart(
    file: OneFile,
    output: BagOption,
    force: ForceOption = False,
    storage: StorageOption = Storage.MCAP,
    json: JsonOption = None,
) -> None:
    """Import the raw bytes of the data port of a TI radar."""
    from thermal_radar_fusion.datasets import ti_uart

    recording, stats = ti_uart.read(file)
    _write(output, recording, storage, force)
    _report(output, _figures(recording) | stats.as_dict(), json)


def _merged(files: Sequence[Path], start: float | None, duration: float | None) -> Recording:
    """Return several people laid over one another, with truth."""
    from thermal_radar_fusion.datasets import mmgait

    with working('Reading, finding references'):
        return mmgait.merge(files, duration, start)


def _as_recorded(files: Sequence[Path], start: float, duration: float | None) -> Recording:
    """Return one file, or what several radars of one room saw at the same time; no truth."""
    from thermal_radar_fusion.datasets import mmgait
    from thermal_radar_fusion.datasets.recording import DatasetError, interleave

    recordings = [mmgait.read(file) for file in files]
    try:
        whole = recordings[0] if len(recordings) == 1 else interleave(recordings)
    except DatasetError as error:
        raise BadInputError(f'{error}; different people before one radar need --merge') from None
    return whole.excerpt(start, duration)


def _write(output: Path, recording: Recording, storage: Storage, force: bool) -> None:
    """Write the bag, or say that there is nothing to write."""
    from thermal_radar_fusion.bags import write_recording

    write_recording(output, recording, storage=storage.value, force=force)


def _figures(recording: Recording) -> dict[str, Any]:
    """Return what was imported."""
    return {
        'frames': len(recording.frames),
        'points': sum(len(frame.points) for frame in recording.frames),
        'duration_s': recording.duration,
        'people': len(recording.people),
    }


def _report(output: Path, figures: dict[str, Any], json: Path | None) -> None:
    """Print and write the figures."""
    shown = table(str(output), 'figure', 'value')
    for name, value in figures.items():
        shown.add_row(name.removesuffix('_s').replace('_', ' '), _words(value))
    console().print(shown)
    write_json(json, figures)


def _words(value: Any) -> str:
    """Return a figure as the table shows it: seconds, a number, counts by reason or notes."""
    if isinstance(value, float):
        return f'{value:.1f} s'
    if isinstance(value, dict):
        return ', '.join(f'{reason} {count}' for reason, count in value.items()) or '-'
    return '\n'.join(value) or '-' if isinstance(value, list) else str(value)

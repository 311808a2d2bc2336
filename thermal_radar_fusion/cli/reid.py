"""`trf reid`: the people that a gallery on disk knows; who wants to be forgotten is."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.common import (
    BadInputError,
    CommandError,
    JsonOption,
    console,
    help_without_command,
    table,
    write_json,
)

if TYPE_CHECKING:
    from thermal_radar_fusion.reid.gallery import Gallery, Person

app = typer.Typer(help='Who is known by gait, and forgetting them.', invoke_without_command=True)

YEAR_2000 = 946684800.0

GalleryArgument = Annotated[Path, typer.Argument(help='File of a gallery.', metavar='GALLERY')]
NODE = '/reidentifier'


@app.callback()
def _group(context: typer.Context) -> None:
    """Who is known by gait, and forgetting them."""
    help_without_command(context)


@app.command('list')
def list_people(gallery: GalleryArgument, json: JsonOption = None) -> None:
    """List everybody whom a gallery knows."""
    known = _read(gallery)
    shown = table(str(gallery), 'who', 'features', 'first', 'last seen')
    for name, person in known.people.items():
        first = _time(float(person.stamps.min()))
        shown.add_row(name, f'{len(person.features)}', first, _time(person.last_seen))
    shown.caption = f'{len(known.people)} people of {known.enrolled} ever; network {known.network}'
    console().print(shown)
    write_json(json, _figures(known))


@app.command()
def forget(
    people: Annotated[list[str], typer.Argument(help='Names: P3 ...', metavar='PERSON...')],
    gallery: Annotated[
        Path | None,
        typer.Option('--gallery', metavar='FILE', help='Of which no node is running.'),
    ] = None,
    node: Annotated[
        str | None,
        typer.Option('--node', metavar='NAME', help=f'Running node, usually {NODE}.'),
    ] = None,
) -> None:
    """Drop all that is known of somebody, from a file or from a running node and its file."""
    if (gallery is None) == (node is None):
        raise BadInputError('give either --gallery FILE or --node NAME')
    if gallery is not None:
        _forget_in_file(gallery, people)
    else:
        _forget_in_node(node, people)
    for person in people:
        console().print(f'{person} is forgotten', markup=False)


def _read(path: Path) -> Gallery:
    """Return a gallery whole, whatever bounds it is kept in.

    Raises:
        GalleryError: there is none.
    """
    from thermal_radar_fusion.reid.gallery import GalleryParameters
    from thermal_radar_fusion.reid.gallery_file import gallery_network, load_gallery
    from thermal_radar_fusion.reid.welm import WelmParameters

    widest = GalleryParameters(people=10000, features=100000, memory=1e8)
    # Nobody is recognised here.
    idle = WelmParameters(hidden_units=1)
    return load_gallery(path, *gallery_network(path), widest, idle)


def _forget_in_file(path: Path, people: list[str]) -> None:
    """Forget some people, all or none.

    Raises:
        GalleryError: there is no gallery, it is in use, or nobody has one of the names.
    """
    from thermal_radar_fusion.reid.gallery_file import save_gallery
    from thermal_radar_fusion.reid.gallery_store import GalleryLock

    if not path.exists():
        raise BadInputError(f'{path}: there is no such file')
    with GalleryLock(path):
        known = _read(path)
        for person in people:
            known.forget(person)
        if not known.people:
            # What was learnt of rooms was learnt from people.
            known.evidence.clear()
        try:
            save_gallery(known, path)
        except OSError as error:
            raise BadInputError(f'{path}: cannot be written ({error.strerror})') from None


def _forget_in_node(node: str, people: list[str]) -> None:
    """Ask a running node to forget some people.

    Raises:
        CommandError: it does not answer, or cannot.
    """
    from thermal_radar_fusion import ros_environment

    ros_environment.enter()

    from thermal_radar_fusion.nodes.forgetting import ForgettingError, forget_people

    try:
        forget_people(node, people)
    except ForgettingError as error:
        raise CommandError(str(error)) from None


def _figures(known: Gallery) -> dict[str, Any]:
    """Return what is known of everybody by the names that `--json` writes, stamps in seconds."""
    return {
        'network': known.network,
        'dimension': known.dimension,
        'enrolled': known.enrolled,
        'people': [_person_figures(name, person) for name, person in known.people.items()],
    }


def _person_figures(name: str, person: Person) -> dict[str, Any]:
    return {
        'person': name,
        'features': len(person.features),
        'first_s': float(person.stamps.min()),
        'last_seen_s': person.last_seen,
    }


def _time(stamp: float) -> str:
    """Return a stamp as a date; simulated stamps are no dates."""
    if stamp < YEAR_2000:
        return f'{stamp:.1f} s'
    moment = datetime.datetime.fromtimestamp(stamp, tz=datetime.timezone.utc)
    return f'{moment:%Y-%m-%d %H:%M:%S} UTC'

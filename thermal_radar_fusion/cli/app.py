"""The tree of commands."""

from __future__ import annotations

from typing import Annotated

import typer

from thermal_radar_fusion import __version__
from thermal_radar_fusion.cli import (
    bench,
    calibrate,
    demo,
    evaluate,
    graph,
    importing,
    process,
    reid,
    simulate,
    train,
)
from thermal_radar_fusion.cli.common import help_without_command

app = typer.Typer(
    help='Track people with mmWave radars and tell who was near whom.',
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode='rich',
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f'trf {__version__}')
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option('--version', callback=_show_version, is_eager=True, help='And exit.')
    ] = False,
) -> None:
    """Track people with mmWave radars and tell who was near whom."""
    help_without_command(context)


app.command('demo')(demo.demo)
app.command('simulate')(simulate.simulate)
app.command('up')(graph.up)
app.command('replay')(graph.replay)
app.command('process')(process.process)
app.add_typer(reid.app, name='reid')
app.add_typer(importing.app, name='import')
app.add_typer(calibrate.app, name='calibrate')
app.add_typer(train.app, name='train')
app.add_typer(evaluate.app, name='evaluate')
app.add_typer(bench.app, name='bench')

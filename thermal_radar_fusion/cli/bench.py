"""`trf bench`: how fast it is on this machine."""

from __future__ import annotations

import typer

app = typer.Typer(help='Measure speed on this machine.', no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Measure speed on this machine."""

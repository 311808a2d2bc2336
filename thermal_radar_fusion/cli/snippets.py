"""Lines of YAML that a command finds for the file of a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from thermal_radar_fusion.cli.common import BadInputError, console

OutputOption = Annotated[
    Path | None,
    typer.Option('-o', '--output', metavar='FILE', help='Write the lines of YAML here too.'),
]


def write_snippet(content: Mapping[str, Any], where: str, output: Path | None) -> None:
    """Print lines of YAML for a deployment's file, and write them where a file is named.

    Args:
        where: they belong in that file.

    Raises:
        BadInputError: the file cannot be written.
    """
    import yaml

    text = yaml.safe_dump(content, sort_keys=False)
    console().print(f'For the deployment, {where}:\n\n{text}', markup=False)
    if output is None:
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text)
    except OSError as error:
        raise BadInputError(f'{output}: cannot be written ({error.strerror})') from None

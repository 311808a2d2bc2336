"""`trf`: the command line. One file per command group; what is heavy is imported when needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

# One thread per process unless told otherwise: the matrices are small and the nodes many. The
# BLAS libraries read these when NumPy is first imported.
for _variable in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ.setdefault(_variable, '1')

SUCCESS, FAILURE, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main() -> None:
    """Run the `trf` command and exit with its code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 2 and one line on stderr for bad input."""
    from thermal_radar_fusion.cli.app import app
    from thermal_radar_fusion.cli.common import CommandError, one_line

    try:
        result = app(list(arguments), prog_name='trf', standalone_mode=False)
    except KeyboardInterrupt:
        return _say('stopped', INTERRUPTED)
    except CommandError as error:
        return _say(one_line(error), FAILURE)
    except Exception as error:
        if not _is_bad_input(error):
            raise
        return _say(one_line(error), BAD_INPUT)
    return result if isinstance(result, int) else SUCCESS


def _say(line: str, code: int) -> int:
    """Print an error and return the exit code."""
    print(f'trf: {line}', file=sys.stderr)
    return code


def _is_bad_input(error: Exception) -> bool:
    """Tell whether an error is the fault of what the command was given, not of its code."""
    # Usage errors of typer, whose class has moved between its versions, have format_message.
    if hasattr(error, 'format_message'):
        return True
    from thermal_radar_fusion.cli.common import bad_input_errors

    return isinstance(error, bad_input_errors())

"""Make the CMake files of the ROS 2 wheels name this Python instead of their builder's.

Run with the Python of the virtual environment that holds the wheels.
"""

from __future__ import annotations

import re
import sys
import sysconfig
from pathlib import Path

import numpy

BUILDER = r'/opt/python/cp\d+-cp\d+'
REWRITES = {
    BUILDER + r'/include/python[\d.]+': sysconfig.get_path('include'),
    BUILDER + r'/lib/python[\d.]+/site-packages/numpy/_?core/include': numpy.get_include(),
}


def fixed(text: str) -> str:
    """Return the text with the builder's folders replaced by those of this Python."""
    for pattern, folder in REWRITES.items():
        text = re.sub(pattern, lambda _, folder=folder: folder, text)
    return text


def main() -> None:
    """Rewrite every CMake file that names the builder's Python."""
    for path in Path(sys.prefix, 'share').rglob('*.cmake'):
        text = path.read_text()
        if fixed(text) != text:
            path.write_text(fixed(text))


if __name__ == '__main__':
    main()

"""Classes of messages by the names of their types."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any


@cache
def message_class(kind: str) -> Any:
    """Return the class of a type such as `sensor_msgs/msg/PointCloud2`.

    Raises:
        ValueError: that is no name of a type.
        ImportError, AttributeError: the type is not installed.
    """
    package, folder, name = kind.split('/')
    return getattr(importlib.import_module(f'{package}.{folder}'), name)

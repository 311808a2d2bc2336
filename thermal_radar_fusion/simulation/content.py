"""Reading values that people wrote into a scenario: every failure is one line that says where."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import ParameterError

Array = NDArray[np.float64]
T = TypeVar('T')

# Names become parts of topics: what ROS allows there.
NAME = re.compile(r'[A-Za-z][A-Za-z0-9_]*')


def at(where: str, build: Callable[..., T], *arguments: Any) -> T:
    """Call `build`; an error also says where in the file it is."""
    try:
        return build(*arguments)
    except ParameterError as error:
        raise ParameterError(f'{where}: {error}') from None


def mapping(content: Any, known: Sequence[str] = ()) -> Mapping[str, Any]:
    """Return the content as a mapping, nothing as an empty one; refuse keys that are not known."""
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        raise ParameterError(f'must be a mapping of keys to values, got {content!r:.60}')
    for key in content:
        if not isinstance(key, str):
            raise ParameterError(f'keys must be words, got {key!r:.60}')
        if known and key not in known:
            raise ParameterError(f'unknown key {key!r}; known are {", ".join(known)}')
    return content


def named(group: str, content: Any, build: Callable[[str, Any], T]) -> dict[str, T]:
    """Build every entry of a group of named things."""
    entries = at(group, mapping, content)
    for name in entries:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ParameterError(
                f'{group}: {name!r} is no name (letters, digits, _; a letter first)'
            )
    return {name: at(f'{group}.{name}', build, name, entry) for name, entry in entries.items()}


def number(content: Any, low: float = -1e4, high: float = 1e4) -> float:
    """Return a finite number within [low, high]."""
    is_number = isinstance(content, (int, float)) and not isinstance(content, bool)
    if not is_number or not math.isfinite(content) or not low <= content <= high:
        raise ParameterError(f'must be a number in [{low:g}, {high:g}], got {content!r:.60}')
    return float(content)


def word(content: Any, known: Sequence[str], kind: str) -> str:
    """Return the content if it is one of the known names of a kind of things."""
    if content not in known:
        others = f'known are {", ".join(known)}' if known else 'there are none'
        raise ParameterError(f'unknown {kind} {content!r:.60}; {others}')
    return content


def numbers(content: Any, count: int, what: str) -> Array:
    """Return `count` finite numbers."""
    if not isinstance(content, (list, tuple)) or len(content) != count:
        raise ParameterError(f'must be {what}, got {content!r:.60}')
    try:
        return np.array([number(value) for value in content])
    except ParameterError:
        raise ParameterError(f'must be {what}, got {content!r:.60}') from None


def point(content: Any) -> Array:
    """Return a place on the floor (2,) in metres."""
    return numbers(content, 2, 'a place [x, y]')


def interval(content: Any) -> tuple[float, float]:
    """Return two numbers, the first less than the second."""
    low, high = numbers(content, 2, 'an interval [low, high]')
    if not low < high:
        raise ParameterError(f'must be an interval [low, high] with low < high, got {content!r}')
    return float(low), float(high)

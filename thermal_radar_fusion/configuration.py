"""Reading what people wrote into a deployment's file: failures are one line that says where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from thermal_radar_fusion.parameters import ParameterError, Parameters

T = TypeVar('T')
P = TypeVar('P', bound=Parameters)

# What ROS allows as the name of a node or as one part of a topic.
NAME = re.compile(r'[A-Za-z][A-Za-z0-9_]*')


def parameters_of(kind: type[P], content: Any) -> P:
    """Return a dataclass of parameters from the keys given, defaults elsewhere."""
    return kind.from_mapping(mapping('it', content))


def named(group: str, content: Any, build: Callable[[str, Any], T]) -> dict[str, T]:
    """Build every entry of a group; its names must be usable in ROS."""
    entries = at(group, lambda: mapping('it', content))
    for name in entries:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ParameterError(
                f'{group}: {name!r} is no ROS name (letters, digits, _; a letter first)'
            )
    return {name: at(f'{group}.{name}', build, name, entry) for name, entry in entries.items()}


def at(where: str, build: Callable[..., T], *arguments: Any) -> T:
    """Call `build`; an error also says where in the file it is."""
    try:
        return build(*arguments)
    except ParameterError as error:
        raise ParameterError(f'{where}: {error}') from None


def mapping(name: str, content: Any, known: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """Return the content as a mapping, nothing as an empty one; refuse unknown keys."""
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        raise ParameterError(f'{name} must be a mapping of keys to values, got {content!r:.60}')
    for key in content:
        if known and key not in known:
            raise ParameterError(f'unknown key {key!r}; known are {", ".join(known)}')
    return content


def leaves(content: Mapping[str, Any], prefix: str = '') -> Iterator[tuple[str, Any]]:
    """Yield dotted name and value of every leaf of nested mappings."""
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f'{prefix}{name}.')
        else:
            yield f'{prefix}{name}', value


def merged(known: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested mappings with what is given put over what is known."""
    both = dict(known)
    for name, value in given.items():
        old = both.get(name)
        nested = isinstance(value, Mapping) and isinstance(old, Mapping)
        both[name] = merged(old, value) if nested else value
    return both

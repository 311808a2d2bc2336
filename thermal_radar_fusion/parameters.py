"""Parameters as frozen dataclasses: one description serves defaults, checks, YAML and ROS."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

P = TypeVar('P', bound='Parameters')


class ParameterError(ValueError):
    """A parameter is unknown, of the wrong type or out of its range; the text names it."""


@dataclasses.dataclass(frozen=True)
class Description:
    """What a person needs to know of one parameter.

    Attributes:
        text: one sentence.
        unit: SI unit, empty if the value has none.
        low, high: inclusive range of a number, None where it is open.
        choices: the legal values of a string.
        reconfigurable: whether a running node accepts a new value.
    """

    text: str
    unit: str = ''
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    reconfigurable: bool = True


def parameter(
    default: Any,
    text: str,
    *,
    unit: str = '',
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    reconfigurable: bool = True,
) -> Any:
    """Declare one field of a `Parameters` dataclass together with its description."""
    description = Description(text, unit, low, high, choices, reconfigurable)
    return dataclasses.field(default=default, metadata={'description': description})


def describe(field: dataclasses.Field) -> Description:
    """Return the description that `parameter` attached to a dataclass field."""
    return field.metadata['description']


class Parameters:
    """Base of every frozen parameter dataclass: checks itself and reads itself from a mapping."""

    def __post_init__(self) -> None:
        hints = typing.get_type_hints(type(self))
        for field in dataclasses.fields(self):
            value = _coerced(field.name, getattr(self, field.name), hints[field.name])
            _check_range(field.name, value, describe(field))
            object.__setattr__(self, field.name, value)
        self.check()

    def check(self) -> None:
        """Raise ParameterError where several fields do not fit together."""

    @classmethod
    def from_mapping(cls: type[P], values: Mapping[str, Any]) -> P:
        """Build from the keys given, defaults elsewhere; an unknown key is refused by name."""
        known = [field.name for field in dataclasses.fields(cls)]
        for key in values:
            if key not in known:
                raise ParameterError(f'unknown parameter {key!r}; known are {", ".join(known)}')
        return cls(**values)

    @classmethod
    def from_flat(cls: type[P], values: Mapping[str, Any]) -> P:
        """Build from dotted names, as ROS parameters have them (see `flattened`)."""
        nested: dict[str, Any] = {}
        for name, value in values.items():
            *groups, last = name.split('.')
            target = nested
            for group in groups:
                target = target.setdefault(group, {})
            target[last] = value
        return cls.from_mapping(nested)

    def flattened(self, prefix: str = '') -> Iterator[tuple[str, Any, Description]]:
        """Yield dotted name, value and description of every field, nested groups opened."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Parameters):
                yield from value.flattened(f'{prefix}{field.name}.')
            else:
                yield prefix + field.name, value, describe(field)

    def changed(self: P, changes: Mapping[str, Any]) -> P:
        """Return a copy with some dotted names changed and everything checked again."""
        current = {name: value for name, value, _ in self.flattened()}
        return type(self).from_flat({**current, **changes}) if changes else self

    def replace(self: P, **changes: Any) -> P:
        """Return a copy with some fields changed and everything checked again."""
        current = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return type(self).from_mapping({**current, **changes})


def _coerced(name: str, value: Any, hint: Any) -> Any:
    """Return the value as the annotated type: an int serves as float, a list as tuple."""
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if value is None and type(None) in options:
        return None
    for option in options:
        origin = typing.get_origin(option) or option
        if isinstance(value, Mapping) and issubclass(origin, Parameters):
            return _nested(name, value, origin)
        if origin is float and isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
        if origin is tuple and isinstance(value, (list, tuple)):
            return tuple(tuple(v) if isinstance(v, list) else v for v in value)
        if isinstance(value, origin) and not (origin is int and isinstance(value, bool)):
            return value
    expected = ' or '.join(getattr(option, '__name__', str(option)) for option in options)
    raise ParameterError(f'{name} must be {expected}, got {value!r}')


def _nested(name: str, values: Mapping[str, Any], group: type[P]) -> P:
    """Build a group of parameters; an error names the group too."""
    try:
        return group.from_mapping(values)
    except ParameterError as error:
        raise ParameterError(f'{name}: {error}') from None


def _check_range(name: str, value: Any, description: Description) -> None:
    """Raise ParameterError if a number is not finite or out of range, or a word is no choice."""
    if description.choices and value not in description.choices:
        choices = ', '.join(description.choices)
        raise ParameterError(f'{name} must be one of {choices}, got {value!r}')
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return
    low = -math.inf if description.low is None else description.low
    high = math.inf if description.high is None else description.high
    if not (low <= value <= high and math.isfinite(value)):
        unit = f' {description.unit}' if description.unit else ''
        raise ParameterError(f'{name} must lie in [{low:g}, {high:g}]{unit}, got {value!r}')

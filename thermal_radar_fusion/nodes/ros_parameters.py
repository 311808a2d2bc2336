"""`Parameters` dataclasses as ROS parameters: described, ranged, checked, changeable."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node
from rclpy.parameter import Parameter

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.parameters import Description, ParameterError, Parameters
from thermal_radar_fusion.radar.area import MonitoredArea

P = TypeVar('P', bound=Parameters)

# Set for any node by ROS itself.
OF_ROS = ('use_sim_time', 'start_type_description_service')
PREFIX_OF_ROS = 'qos_overrides.'

INTEGERS = (-(2**63), 2**63 - 1)
FLOATS = (-sys.float_info.max, sys.float_info.max)


@dataclass
class _Group:
    """One dataclass among the node's parameters, and who wants to know of changes."""

    value: Parameters
    prefix: str
    apply: Callable[[Any], None]

    def changed_by(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Return the changes that are this group's, without its prefix."""
        names = {name for name, _, _ in self.value.flattened(self.prefix)}
        return {name[len(self.prefix) :]: changes[name] for name in names & changes.keys()}

    def with_changes(self, changes: dict[str, Any]) -> Parameters:
        """Return the dataclass with these changes, checked."""
        values = {name: value for name, value, _ in self.value.flattened()}
        return type(self.value).from_flat({**values, **changes})


class RosParameters:
    """The parameters of one node; make it of a node that declares its overrides by itself."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._groups: list[_Group] = []
        self._given = {
            name: parameter.value
            for name, parameter in node.get_parameters_by_prefix('').items()
            if name not in OF_ROS and not name.startswith(PREFIX_OF_ROS)
        }

    def group(
        self,
        defaults: P,
        prefix: str = '',
        apply: Callable[[P], None] = lambda _: None,
        fixed: bool = False,
    ) -> P:
        """Declare every field of a dataclass and return it with the values that were given.

        Args:
            defaults: what holds where nothing was given.
            prefix: put before every name.
            apply: called with the new dataclass when a running node's parameters are changed.
            fixed: whether no field can be changed while the node runs.

        Raises:
            ParameterError: a value was given that is impossible.
        """
        group = _Group(defaults, prefix, apply)
        group.value = group.with_changes(group.changed_by(self._given))
        for name, value, description in group.value.flattened(prefix):
            descriptor = _descriptor(name, value, description)
            descriptor.read_only |= fixed
            self._declare(name, value, descriptor)
        self._groups.append(group)
        return group.value

    def names(self, name: str, text: str) -> list[str]:
        """Declare a list of words that is fixed at start, empty by default.

        Raises:
            ParameterError: something else was given.
        """
        return self._list(name, text, Parameter.Type.STRING_ARRAY, str)

    def numbers(self, name: str, text: str) -> list[float]:
        """Declare a list of numbers that is fixed at start, empty by default.

        Raises:
            ParameterError: something else was given.
        """
        return self._list(name, text, Parameter.Type.DOUBLE_ARRAY, float)

    def finish(self) -> None:
        """Refuse what nobody declared, and from now on take changes.

        Raises:
            ParameterError: a parameter was given that the node does not know.
        """
        for name in self._given:
            raise ParameterError(f'unknown parameter {name!r}')
        self._node.add_on_set_parameters_callback(self._check)
        self._node.add_post_set_parameters_callback(self._apply)

    def _list(self, name: str, text: str, kind: Parameter.Type, cast: type) -> list:
        given = self._given.get(name, [])
        if isinstance(given, (str, bytes)) or not hasattr(given, '__iter__'):
            raise ParameterError(f'{name} must be a list, got {given!r}')
        try:
            values = [cast(value) for value in given]
        except ValueError:
            raise ParameterError(f'{name} must be a list of numbers, got {given!r}') from None
        descriptor = ParameterDescriptor(description=text, type=kind.value, read_only=True)
        # An empty list has no type of its own.
        self._declare(name, Parameter(name, kind, values).value, descriptor)
        return values

    def _declare(self, name: str, value: Any, descriptor: ParameterDescriptor) -> None:
        if self._given.pop(name, None) is not None:
            self._node.undeclare_parameter(name)
        self._node.declare_parameter(name, value, descriptor, ignore_override=True)

    def _check(self, changes: list[Parameter]) -> SetParametersResult:
        """Refuse impossible changes with one line; no side effects, as ROS demands."""
        try:
            self._changed(changes)
        except ParameterError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _apply(self, changes: list[Parameter]) -> None:
        for group, value in self._changed(changes):
            group.value = value
            group.apply(value)

    def _changed(self, changes: list[Parameter]) -> list[tuple[_Group, Parameters]]:
        """Return the groups that changes touch, each with its new, checked dataclass."""
        values = {change.name: change.value for change in changes}
        touched = [(group, group.changed_by(values)) for group in self._groups]
        return [(group, group.with_changes(own)) for group, own in touched if own]


def declare_mountings(parameters: RosParameters) -> dict[str, RigidTransform]:
    """Declare `radars` and `mounting.<radar>.*` and return the poses by name."""
    radars = parameters.names('radars', 'frame_ids of the radars of this room')
    return {name: parameters.group(Mounting(), f'mounting.{name}.').transform for name in radars}


def declare_area(parameters: RosParameters, prefix: str = 'area.') -> MonitoredArea:
    """Declare `area.*`, as `deployment.area_parameters` names it, and return the area."""
    bounds = parameters.numbers(prefix + 'bounds', 'corners x, y, x, y, ... of the floor [m]')
    zones = parameters.names(prefix + 'exclusion_zones', 'names of zones that are ignored')
    corners = [parameters.numbers(prefix + zone, 'corners of a zone [m]') for zone in zones]
    return MonitoredArea(
        polygon_from_flat(prefix + 'bounds', bounds) or None,
        tuple(polygon_from_flat(prefix + z, c) for z, c in zip(zones, corners, strict=True)),
    )


def polygon_from_flat(name: str, values: list[float]) -> tuple[tuple[float, float], ...]:
    """Return x, y, x, y, ... as corners.

    Raises:
        ParameterError: the number of values is odd.
    """
    if len(values) % 2:
        raise ParameterError(f'{name} must be x, y, x, y, ..., got {len(values)} numbers')
    return tuple(zip(values[::2], values[1::2], strict=True))


def _descriptor(name: str, value: Any, description: Description) -> ParameterDescriptor:
    """Return how ROS describes a field; numbers carry their range."""
    unit = f' [{description.unit}]' if description.unit else ''
    descriptor = ParameterDescriptor(
        type=Parameter.Type.from_parameter_value(value).value,
        description=description.text + unit,
        additional_constraints=', '.join(description.choices),
        read_only=not description.reconfigurable,
        # So that 2 serves for 2.0; the dataclass checks the type.
        dynamic_typing=True,
    )
    if isinstance(value, float):
        low, high = _range(description, FLOATS)
        descriptor.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
    elif isinstance(value, int) and not isinstance(value, bool):
        low, high = _range(description, INTEGERS)
        descriptor.integer_range = [IntegerRange(from_value=int(low), to_value=int(high), step=1)]
    return descriptor


def _range(description: Description, widest: tuple[float, float]) -> tuple[float, float]:
    low = widest[0] if description.low is None else type(widest[0])(description.low)
    high = widest[1] if description.high is None else type(widest[1])(description.high)
    return low, high

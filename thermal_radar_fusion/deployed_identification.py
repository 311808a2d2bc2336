"""Re-identification in a deployment's file: its parameters, and the ways between rooms."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from thermal_radar_fusion.configuration import at, leaves, mapping
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.reid.building_identities import (
    BuildingIdentities,
    IdentificationParameters,
    Tell,
)
from thermal_radar_fusion.reid.gait_features import SHIPPED, GaitFeatures, network_name
from thermal_radar_fusion.reid.gallery_store import GalleryStore
from thermal_radar_fusion.reid.open_set_file import open_set_beside
from thermal_radar_fusion.reid.reidentification import ReidentificationParameters
from thermal_radar_fusion.reid.travel_times import TravelTimeError, TravelTimes, Way
from thermal_radar_fusion.resources import resource

WAY_KEYS = ('rooms', 'seconds')


@dataclass(frozen=True)
class Identification:
    """How the people of all rooms are recognised.

    Attributes:
        parameters: of the whole.
        ways: direct ones between rooms.
        network: ONNX file of the gait network; empty: the one that is shipped.
    """

    parameters: IdentificationParameters
    ways: tuple[Way, ...] = ()
    network: str = ''

    @classmethod
    def default(cls) -> Identification:
        """Return what holds where a file says nothing: people are known until the end."""
        return cls(fitted_parameters(''))

    def with_gallery(self, path: Path | None) -> Identification:
        """Return the same with another file of the gallery; None keeps people in memory only."""
        changes = {'gallery.file': '' if path is None else str(path)}
        return replace(self, parameters=self.parameters.changed(changes))

    @property
    def travel_times(self) -> TravelTimes:
        """Times between all rooms that ways connect."""
        return TravelTimes(self.ways)


class DeployedIdentities(BuildingIdentities):
    """The identities of a deployment's rooms, with the gallery that is kept of its people."""

    def __init__(
        self,
        identification: Identification,
        rooms: Iterable[str],
        tell: Tell = lambda text: None,
    ) -> None:
        """Load the network and the gallery.

        Args:
            identification: how people are recognised.
            rooms: whose frames will come.
            tell: called with one line about frames that cannot be used.

        Raises:
            ModelError, ResourceError: there is no such network.
            GalleryError: its file cannot be used; it is as it was.
        """
        chosen = identification.parameters
        weights = weights_file(identification.network)
        network = GaitFeatures(weights)
        self._store = GalleryStore(network.network, network.dimension, chosen.gallery)
        fitted = open_set_beside(weights or resource(SHIPPED), network.network)
        self._store.gallery.scatter = fitted.scatter
        travel_times = identification.travel_times
        super().__init__(network, self._store.gallery, chosen, rooms, travel_times, tell)

    def save(self) -> None:
        """Write the gallery to its file, if there is one.

        Raises:
            GalleryError: it cannot be written; what was there stays.
        """
        self._store.save()

    def close(self) -> None:
        """Let others use the file of the gallery."""
        self._store.close()


def weights_file(network: str) -> Path | None:
    """Return the file of a network that was named, None for the one that is shipped."""
    return Path(network).expanduser() if network else None


def fitted_parameters(network: str) -> IdentificationParameters:
    """Return the defaults for a network, with the open set that was fitted to it.

    Raises:
        ParameterError: the file of the open set is damaged.
    """
    try:
        weights = weights_file(network) or resource(SHIPPED)
        fitted = open_set_beside(weights, network_name(weights))
    except OSError:
        # Who needs the network will find out that it is missing.
        return IdentificationParameters()
    decision = ReidentificationParameters(open_set=fitted.parameters)
    return IdentificationParameters(decision=decision)


def parse_identification(content: Any, rooms: Collection[str]) -> Identification | None:
    """Build it from what a file says; nothing means the defaults, false that nobody is recognised.

    Args:
        content: of the key `reidentification`.
        rooms: there are, between which ways may lead.

    Raises:
        ParameterError: a key is unknown, a value impossible, or a way leads nowhere.
    """
    if content is False:
        return None
    keys = dict(mapping('it', {} if content is True else content))
    ways = at('ways', _ways, keys.pop('ways', None), rooms)
    network = keys.pop('network', '')
    if not isinstance(network, str):
        raise ParameterError(f'network must be the name of a file, got {network!r}')
    return Identification(fitted_parameters(network).changed(dict(leaves(keys))), ways, network)


def flat_ways(ways: Iterable[Way]) -> tuple[list[str], list[float]]:
    """Return ways as ROS parameters, without nested lists: rooms a, b, a, b, ..., and seconds."""
    ways = tuple(ways)
    return [room for way in ways for room in way.rooms], [way.seconds for way in ways]


def ways_from_flat(rooms: Sequence[str], seconds: Sequence[float]) -> tuple[Way, ...]:
    """Return ways from `flat_ways`.

    Raises:
        ParameterError: there are not two rooms for each time, or a way is impossible.
    """
    if len(rooms) != 2 * len(seconds):
        raise ParameterError(
            f'ways.rooms must name two rooms for each of ways.seconds, got {len(rooms)} for'
            f' {len(seconds)}'
        )
    pairs = zip(rooms[::2], rooms[1::2], seconds, strict=True)
    return _checked(Way((a, b), float(time)) for a, b, time in pairs)


def _ways(content: Any, rooms: Collection[str]) -> tuple[Way, ...]:
    if not isinstance(content or [], list):
        raise ParameterError('must be a list of {rooms: [a, b], seconds: 3}')
    ways = _checked(_way(mapping('a way', entry, WAY_KEYS)) for entry in content or ())
    for room in {room for way in ways for room in way.rooms}:
        if room not in rooms:
            raise ParameterError(f'unknown room {room!r}; known are {", ".join(rooms)}')
    return ways


def _way(keys: Mapping[str, Any]) -> Way:
    rooms, seconds = keys.get('rooms'), keys.get('seconds')
    pair = isinstance(rooms, list) and [type(room) for room in rooms] == [str, str]
    if not pair or isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise ParameterError(f'a way must be {{rooms: [a, b], seconds: 3}}, got {dict(keys)!r}')
    return Way((rooms[0], rooms[1]), float(seconds))


def _checked(ways: Iterable[Way]) -> tuple[Way, ...]:
    """Return ways that are possible; raise ParameterError with one line otherwise."""
    found = tuple(ways)
    try:
        TravelTimes(found)
    except TravelTimeError as error:
        raise ParameterError(str(error)) from None
    return found

"""Who is near whom: contacts that begin, go on and end, from the positions of tracked people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter

Array = NDArray[np.float64]
Pair = tuple[str, str]


class ContactState(IntEnum):
    """Phase of a contact; the values are those of Contact.msg."""

    BEGIN = 0
    ONGOING = 1
    END = 2


@dataclass(frozen=True)
class ContactParameters(Parameters):
    """When being near each other counts as a contact."""

    begin_distance: float = parameter(
        1.5, 'a contact begins below this distance', unit='m', low=0.05, high=50.0
    )
    end_distance: float = parameter(
        1.8, 'a contact goes on below this distance', unit='m', low=0.05, high=50.0
    )
    begin_time: float = parameter(
        2.0,
        'two people must stay near this long before it is a contact',
        unit='s',
        low=0,
        high=3600,
    )
    end_time: float = parameter(
        2.0, 'a contact ends after being apart, or unseen, this long', unit='s', low=0, high=3600
    )
    confidence: float = parameter(
        0.5,
        'required probability that the distance is below begin_distance; 0.5 takes the estimate',
        low=0.01,
        high=0.99,
    )
    late_tolerance: float = parameter(
        0.3,
        'a stamp back by more than this is a restart, not a late message',
        unit='s',
        low=0,
        high=60,
    )

    def check(self) -> None:
        """Raise ParameterError unless the hysteresis is one."""
        if self.end_distance < self.begin_distance:
            raise ParameterError(
                f'end_distance ({self.end_distance:g} m) must not be less than'
                f' begin_distance ({self.begin_distance:g} m)'
            )


@dataclass(frozen=True)
class TrackedPerson:
    """Where one person is and how sure that is.

    Attributes:
        person: name, unique among all rooms at one time.
        position: (2,) x, y in the room's frame [m].
        covariance: (2, 2) of the position [m^2].
        elevated: whether screening found the temperature elevated.
    """

    person: str
    position: Array
    covariance: Array
    elevated: bool = False


@dataclass(frozen=True)
class Contact:
    """Two people near each other; the attributes are those of Contact.msg, in seconds and metres.

    `last` is the last instant at which they were near, `duration` is last - start, and
    `distance_mean` is the mean over that time. `elevated`: one of the two has a temperature.
    """

    state: ContactState
    person_a: str
    person_b: str
    room: str
    start: float
    last: float
    distance: float
    distance_std: float
    distance_min: float
    distance_mean: float
    elevated: bool = False

    @property
    def duration(self) -> float:
        """Seconds from the start to the last instant at which the two were near."""
        return self.last - self.start


def track_name(room: str, track_id: int) -> str:
    """Name a person who is known only as a radar track: `lab#3`."""
    return f'{room}#{track_id}'


def distances(people: Sequence[TrackedPerson]) -> tuple[Array, Array]:
    """Return all pairwise distances and their standard deviations, both (N, N), in metres.

    The errors of two tracks are taken as independent, so the relative position has covariance
    P_a + P_b, and to first order the distance has the variance of that along the line between
    the two. Where the line has no direction the mean variance of the plane stands in.
    """
    positions = np.array([p.position for p in people], dtype=float).reshape(-1, 2)
    covariances = np.array([p.covariance for p in people], dtype=float).reshape(-1, 2, 2)
    apart = positions[:, None] - positions[None]
    distance = np.linalg.norm(apart, axis=-1)
    summed = covariances[:, None] + covariances[None]
    with np.errstate(invalid='ignore', divide='ignore'):
        line = apart / distance[..., None]
    variance = np.einsum('abi,abij,abj->ab', line, summed, line)
    variance = np.where(distance > 0, variance, np.trace(summed, axis1=-2, axis2=-1) / 2)
    return distance, np.sqrt(np.maximum(variance, 0.0))


class _Encounter:
    """What is remembered of one pair while they are, or may soon be, in contact."""

    def __init__(self, pair: Pair, stamp: float, distance: float, std: float) -> None:
        self.pair = pair
        self.elevated = False
        self.start = self.last = stamp
        self.distance = self.minimum = distance
        self.std = std
        self.area = 0.0  # integral of the distance over the time spent near [m s]
        self.elapsed = 0.0  # time spent near and seen [s]
        self.was_near = True
        self.seen = stamp
        self.begun = False

    def observe(self, stamp: float, distance: float, std: float, near: bool) -> None:
        """Take in the distance at one more instant."""
        if near and self.was_near:
            step = stamp - self.seen
            self.area += step * (distance + self.distance) / 2
            self.elapsed += step
        if near:
            self.last = stamp
            self.minimum = min(self.minimum, distance)
        self.distance, self.std, self.was_near, self.seen = distance, std, near, stamp

    def report(self, state: ContactState, room: str) -> Contact:
        """Return the contact as it stands."""
        mean = self.area / self.elapsed if self.elapsed > 0 else self.distance
        return Contact(
            state,
            *self.pair,
            room,
            self.start,
            self.last,
            self.distance,
            self.std,
            self.minimum,
            max(mean, self.minimum),
            self.elevated,
        )


class _RoomContacts:
    """The encounters of one room."""

    def __init__(self, room: str, parameters: ContactParameters) -> None:
        self.room = room
        self.reconfigure(parameters)
        self.stamp = -np.inf
        self.encounters: dict[Pair, _Encounter] = {}

    def reconfigure(self, parameters: ContactParameters) -> None:
        """Judge by these parameters from now on."""
        self.parameters = parameters
        self.sigmas = NormalDist().inv_cdf(parameters.confidence)

    def update(self, stamp: float, people: Sequence[TrackedPerson]) -> Iterator[Contact]:
        """Take in everybody of the room at one instant and yield what is to be reported."""
        self.stamp = stamp
        observed = self._observe(stamp, people)
        for pair in sorted(self.encounters):
            contact = self._advance(self.encounters[pair], observed=pair in observed)
            if contact is not None:
                yield contact

    def _observe(self, stamp: float, people: Sequence[TrackedPerson]) -> set[Pair]:
        """Update every encounter whose two people are both here; start new ones."""
        people = sorted(people, key=lambda person: person.person)
        distance, std = distances(people)
        surely = distance + self.sigmas * std < self.parameters.begin_distance
        observed = set()
        for a, b in zip(*np.triu_indices(len(people), 1), strict=True):
            pair = (people[a].person, people[b].person)
            observed.add(pair)
            self._observe_pair(pair, stamp, distance[a, b], std[a, b], bool(surely[a, b]))
            if pair in self.encounters:
                self.encounters[pair].elevated = people[a].elevated or people[b].elevated
        return observed

    def _observe_pair(
        self, pair: Pair, stamp: float, distance: float, std: float, surely: bool
    ) -> None:
        """Update or start the encounter of one pair; forget one that was no contact after all."""
        encounter = self.encounters.get(pair)
        if encounter is None:
            if surely:
                self.encounters[pair] = _Encounter(pair, stamp, float(distance), float(std))
            return
        near = distance < self.parameters.end_distance if encounter.begun else surely
        if not (near or encounter.begun):
            del self.encounters[pair]
            return
        encounter.observe(stamp, float(distance), float(std), bool(near))

    def _advance(self, encounter: _Encounter, observed: bool) -> Contact | None:
        """Move an encounter through its phases; return what is to be reported of it now."""
        if self.stamp - encounter.last > self.parameters.end_time:
            del self.encounters[encounter.pair]
            return encounter.report(ContactState.END, self.room) if encounter.begun else None
        if encounter.begun:
            return encounter.report(ContactState.ONGOING, self.room) if observed else None
        if encounter.last - encounter.start >= self.parameters.begin_time:
            encounter.begun = True
            return encounter.report(ContactState.BEGIN, self.room)
        return None

    def close(self) -> Iterator[Contact]:
        """End everything that has begun."""
        for pair in sorted(self.encounters):
            if self.encounters[pair].begun:
                yield self.encounters[pair].report(ContactState.END, self.room)
        self.encounters.clear()


class ContactDetector:
    """Turns the positions of tracked people into contacts, room by room.

    A contact begins when two people of one room have been closer than `begin_distance` for
    `begin_time`, goes on below `end_distance`, and ends when they were apart or unseen for
    `end_time`. People of different rooms are never near each other.
    """

    def __init__(self, parameters: ContactParameters | None = None) -> None:
        self.parameters = parameters or ContactParameters()
        self._rooms: dict[str, _RoomContacts] = {}

    def update(
        self, stamp: float, people: Sequence[TrackedPerson], room: str
    ) -> tuple[Contact, ...]:
        """Take in everybody who is in a room at one instant.

        Args:
            stamp: seconds, the sensor's clock. Back by more than `late_tolerance` is a restart:
                what was going on in this room is ended and reported first.
            people: all people of the room; nobody is legal and lets contacts run out.
            room: its name.

        Returns:
            Contacts that begin, go on or end with this instant, by the names of the pair.
        """
        contacts = self._rooms.setdefault(room, _RoomContacts(room, self.parameters))
        ended: tuple[Contact, ...] = ()
        if stamp < contacts.stamp - self.parameters.late_tolerance:
            ended = tuple(contacts.close())
            contacts.stamp = stamp
        return ended + tuple(contacts.update(max(stamp, contacts.stamp), people))

    def reconfigure(self, parameters: ContactParameters) -> None:
        """Judge by other parameters from now on; contacts that are going on stay."""
        self.parameters = parameters
        for room in self._rooms.values():
            room.reconfigure(parameters)

    def close(self) -> tuple[Contact, ...]:
        """End every contact that is going on, as at the end of a recording."""
        return tuple(c for room in sorted(self._rooms) for c in self._rooms[room].close())

    def reset(self) -> None:
        """Forget everything without a word."""
        self._rooms.clear()

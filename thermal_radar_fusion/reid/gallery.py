"""The people seen so far: their features, bounded in number and age, and sums to train from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.reid.adaptation import UNMOVED, FeatureMap
from thermal_radar_fusion.reid.adaptation_evidence import RoomEvidence
from thermal_radar_fusion.reid.cosine import CosineClassifier
from thermal_radar_fusion.reid.discriminant import Discriminant, discriminant
from thermal_radar_fusion.reid.features import checked_features, directions
from thermal_radar_fusion.reid.running_welm import RunningWelm
from thermal_radar_fusion.reid.scatter import FeatureScatter
from thermal_radar_fusion.reid.welm import WelmParameters

Array = NDArray[np.float64]

ALL = slice(None)


class GalleryError(ValueError):
    """A gallery cannot be used, or knows no such person; one line that says why."""


@dataclass(frozen=True)
class GalleryParameters(Parameters):
    """What is kept of people.

    A person takes 4 (L + 1) L bytes of sums and 8 (D + 1) for each feature: 4.3 MB by default.
    """

    people: int = parameter(
        50, 'who was not seen for longest is forgotten beyond so many', low=1, high=10000
    )
    features: int = parameter(
        540, 'features kept of one person, beyond which new ones replace any', low=1, high=100000
    )
    memory: float = parameter(
        86400.0, 'features older than this are forgotten', unit='s', low=1, high=1e8
    )
    seed: int = parameter(0, 'of the choice of what is replaced', low=0)


@dataclass
class Person:
    """One person.

    Attributes:
        features: (n, D) as the network gave them.
        stamps: (n,) when each was seen [s].
        last_seen: stamp [s], also without a feature.
        rooms: (n,) name of the room where each was seen, or one for all; empty if unknown.
    """

    features: Array
    stamps: Array
    last_seen: float
    rooms: NDArray[np.str_] | str = ''

    def __post_init__(self) -> None:
        self.rooms = np.broadcast_to(np.asarray(self.rooms, dtype=str), len(self.features))


class Gallery:
    """Features of people, and the classifiers that tell them apart.

    Attributes:
        network: name of the network that the features are of; others' mean nothing to it.
        dimension: D of its features.
        people: by name, in the order in which they came.
        enrolled: how many people there ever were.
        evidence: what is known of rooms without anybody's name; see `reid.adaptation`.
        map: how features are moved before they are compared; those that are kept stay as they are.
        scatter: how features of this network vary between people and walks; None if that was not
            measured. Tracks are then compared by angles.
    """

    def __init__(
        self,
        network: str,
        dimension: int,
        parameters: GalleryParameters | None = None,
        welm: WelmParameters | None = None,
    ) -> None:
        """Start with nobody; parameters None for the defaults."""
        self.parameters = parameters or GalleryParameters()
        self.network, self.dimension = network, dimension
        self.people: dict[str, Person] = {}
        self.enrolled = 0
        self.evidence: dict[str, RoomEvidence] = {}
        self.map = UNMOVED
        self.scatter: FeatureScatter | None = None
        self._welm = RunningWelm(dimension, welm)
        self._rng = np.random.default_rng(self.parameters.seed)

    def enrol(self, stamps: ArrayLike, features: ArrayLike, room: str = '') -> str:
        """Take in somebody new; return the name, which was never used before.

        Args:
            stamps: (n,) of the features [s].
            features: (n, D), n >= 1.
            room: where they were seen.

        Raises:
            FeatureError: see `add`; nobody is taken in then.
        """
        rows = checked_features(features, self.dimension)
        self.enrolled += 1
        name = f'P{self.enrolled}'
        stamps = np.broadcast_to(np.asarray(stamps, float), len(rows))
        self._insert(name, Person(rows, stamps, float(stamps.max()), room))
        self._bound(name)
        return name

    def restore(self, people: Mapping[str, Person], enrolled: int) -> None:
        """Put people back as they were, so far as the bounds allow; there were so many ever."""
        for name, person in people.items():
            self._insert(name, person)
        self.enrolled = enrolled
        self._bound()

    def add(self, name: str, stamps: ArrayLike, features: ArrayLike, room: str = '') -> None:
        """Add features (n, D) with stamps (n,) [s], seen in one room, to somebody known.

        Raises:
            FeatureError: there is none, or one is of another size or no number; nothing changes
                then.
            GalleryError: nobody has that name.
        """
        rows = checked_features(features, self.dimension)
        person = self._person(name)
        stamps = np.broadcast_to(np.asarray(stamps, float), len(rows))
        self._welm.add(name, self.map(room, rows))
        person.features = np.concatenate([person.features, rows])
        person.rooms = np.concatenate([person.rooms, np.full(len(rows), room)])
        person.stamps = np.concatenate([person.stamps, stamps])
        person.last_seen = max(person.last_seen, float(stamps.max()))
        self._thin(name, person)

    def see(self, name: str, stamp: float) -> None:
        """Note that somebody is there.

        Raises:
            GalleryError: nobody has that name.
        """
        person = self._person(name)
        person.last_seen = max(person.last_seen, stamp)

    def forget(self, name: str) -> None:
        """Drop all that is known of somebody, for ever.

        With the last person what was learnt of rooms goes too: it was learnt from people.

        Raises:
            GalleryError: nobody has that name.
        """
        self._person(name)
        del self.people[name]
        self._welm.forget(name)
        if not self.people:
            self.evidence.clear()

    def expire(self, now: float) -> tuple[str, ...]:
        """Drop what is too old at a stamp [s]; return who is forgotten thereby."""
        oldest = now - self.parameters.memory
        for name, person in self.people.items():
            self._keep(name, person, person.stamps >= oldest)
        gone = tuple(name for name, person in self.people.items() if not len(person.features))
        for name in gone:
            self.forget(name)
        return gone

    def rewind(self, now: float) -> None:
        """Take what was seen after a stamp [s] for seen then: the clock was put back."""
        for person in self.people.values():
            person.stamps = np.minimum(person.stamps, now)
            person.last_seen = min(person.last_seen, now)

    def remap(self, features: FeatureMap) -> None:
        """Compare features as another map moves them.

        Nothing is done if it is the one in use; else all sums are made anew, which takes as long
        as adding all that is kept.
        """
        if features is self.map:
            return
        self.map = features
        for name, person in self.people.items():
            self._welm.forget(name)
            self._welm.add(name, self.moved(person))

    def moved(self, person: Person, which: NDArray[np.bool_] | slice = ALL) -> Array:
        """Return some of a person's features as they are compared."""
        return self.map(person.rooms[which], person.features[which])

    def classifier(self) -> Discriminant:
        """Return the WELM that tells the people apart, with what its outputs say.

        Raises:
            WelmError: there are fewer than two.
        """
        return discriminant(self._welm.classifier(), self.scatter)

    def centroids(self) -> CosineClassifier:
        """Return the classifier by angles to the people's mean features."""
        return CosineClassifier(tuple(self.people), directions(self.means()))

    def means(self) -> Array:
        """Return the mean feature (P, D) of each person."""
        means = [self.moved(person).mean(axis=0) for person in self.people.values()]
        return np.reshape(means, (-1, self.dimension))

    def _insert(self, name: str, person: Person) -> None:
        self.people[name] = person
        self._welm.add(name, self.moved(person))
        self._thin(name, person)

    def _person(self, name: str) -> Person:
        if name not in self.people:
            raise GalleryError(f'nobody is called {name!r}')
        return self.people[name]

    def _thin(self, name: str, person: Person) -> None:
        """Drop random features beyond the bound.

        So older ones get rarer, but none of the ways in which somebody walked is lost at once.
        """
        count = len(person.features)
        keep = np.ones(count, dtype=bool)
        surplus = max(count - self.parameters.features, 0)
        keep[self._rng.choice(count, surplus, replace=False)] = False
        self._keep(name, person, keep)

    def _keep(self, name: str, person: Person, keep: NDArray[np.bool_]) -> None:
        """Drop all other features of somebody; the last one takes the sums along."""
        if not keep.all():
            self._welm.remove(name, self.moved(person, ~keep))
            person.features, person.stamps = person.features[keep], person.stamps[keep]
            person.rooms = person.rooms[keep]

    def _bound(self, *present: str) -> None:
        """Forget who was not seen for longest while there are too many."""
        while len(self.people) > self.parameters.people:
            others = [name for name in self.people if name not in present]
            self.forget(min(others, key=lambda name: self.people[name].last_seen))

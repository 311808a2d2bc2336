"""Who is it: features of all rooms' tracks in, identities out (milliTRACE-IR, section IV-J)."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.reid.adaptation import AdaptationParameters, FeatureAdaptation
from thermal_radar_fusion.reid.features import checked_features
from thermal_radar_fusion.reid.followed import FollowedTrack, Identity, IdentityState
from thermal_radar_fusion.reid.gallery import Gallery
from thermal_radar_fusion.reid.joint_identity import joint_posterior
from thermal_radar_fusion.reid.likeness import Likeness
from thermal_radar_fusion.reid.open_set import OpenSetParameters, log_ratios
from thermal_radar_fusion.reid.sightings import Sightings
from thermal_radar_fusion.reid.travel_times import TravelTimes

Array = NDArray[np.float64]

# Nobody is taken for a person who gets to where they are in time with less than this probability.
UNLIKELY = 0.01


@dataclass(frozen=True)
class ReidentificationParameters(Parameters):
    """When and how surely tracks become people."""

    window: float = parameter(
        20.0, 'W: the scores of this time count together', unit='s', low=0.1, high=3600
    )
    least_time: float = parameter(
        4.0, 'nobody is recognised before walking so long', unit='s', low=0, high=3600
    )
    confidence: float = parameter(
        0.9, 'below this probability a track stays undecided', low=0.5, high=0.9999
    )
    longest_stride: float = parameter(
        1.0, 'between two features no more counts as walking', unit='s', low=0.01, high=60
    )
    retrain: float = parameter(
        1.0, 'the classifier learns what was added at least so late', unit='s', low=0, high=3600
    )
    overlap: float = parameter(
        0.5, 'two rooms may see one person for so long', unit='s', low=0, high=60
    )
    presence: float = parameter(
        1.0, 'a track that was seen within this is there', unit='s', low=0, high=60
    )
    memory: float = parameter(
        120.0, 'a track that was not seen for this is over', unit='s', low=1, high=1e6
    )
    late_tolerance: float = parameter(
        1.0, 'a stamp back by more than this is a restart', unit='s', low=0, high=60
    )
    open_set: OpenSetParameters = parameter(OpenSetParameters(), 'what scores are worth')
    adaptation: AdaptationParameters = parameter(
        AdaptationParameters(), 'whether features are refined at run time'
    )


class Reidentifier:
    """Gives the tracks of all rooms names that stay with their people.

    While a track is undecided its features are collected; once one answer is probable enough,
    they become that person's, and later ones too.

    Attributes:
        gallery: the people known.
        travel_times: between rooms.
    """

    def __init__(
        self,
        gallery: Gallery,
        parameters: ReidentificationParameters | None = None,
        travel_times: TravelTimes | None = None,
    ) -> None:
        """Start without tracks.

        Args:
            gallery: of people seen before; it learns.
            parameters: None for the defaults.
            travel_times: between rooms; None where nothing is known of them.
        """
        self.gallery = gallery
        self.travel_times = travel_times or TravelTimes()
        self._adaptation = FeatureAdaptation(gallery.dimension, rooms=gallery.evidence)
        self.parameters = parameters or ReidentificationParameters()
        self.reset()

    @property
    def parameters(self) -> ReidentificationParameters:
        """What is decided by; others may be set at any time."""
        return self._parameters

    @parameters.setter
    def parameters(self, parameters: ReidentificationParameters) -> None:
        self._parameters = parameters
        self._adaptation.parameters = parameters.adaptation

    def reset(self) -> None:
        """Forget all tracks; the people stay known."""
        self._tracks: dict[tuple[str, int], FollowedTrack] = {}
        self._sightings = Sightings()
        self._likeness = Likeness(self.gallery)
        self._adaptation.reset()
        self._stamp = -math.inf

    def update(
        self,
        room: str,
        stamp: float,
        seen: Collection[int] = (),
        features: Mapping[int, ArrayLike] | None = None,
    ) -> tuple[Identity, ...]:
        """Take in one frame of one room; return who is there, by track.

        Args:
            room: its name.
            stamp: of the frame [s]. Back by more than `late_tolerance` forgets all tracks.
            seen: the tracks that have points in this frame.
            features: (D,) of each track that has completed a window.

        Raises:
            FeatureError: a feature is of another size or no number; nothing has changed then.
        """
        rows = {
            track_id: checked_features(feature, self.gallery.dimension)[0]
            for track_id, feature in (features or {}).items()
        }
        self._advance(stamp)
        for track_id in sorted({*seen, *rows}):
            self._see(room, track_id, stamp)
        self._separate()
        for track_id, row in sorted(rows.items()):
            self._adaptation.observe(room, track_id, stamp, row)
            self._learn(self._tracks[room, track_id], stamp, row)
        if rows:
            self._decide()
        return self.identities(room)

    def identities(self, room: str | None = None) -> tuple[Identity, ...]:
        """Return who is there, in one room or in all, by room and track."""
        return tuple(
            self._tracks[key].identity
            for key in sorted(self._tracks)
            if room in (None, key[0]) and self._is_present(self._tracks[key])
        )

    def forget(self, person: str) -> None:
        """Drop all that is known of somebody; who is there now is somebody new.

        Raises:
            GalleryError: nobody has that name.
        """
        self.gallery.forget(person)
        self._forgotten([person])

    def _advance(self, stamp: float) -> None:
        """Move on to a stamp; let go of what is too old, or of all tracks after a restart."""
        if stamp < self._stamp - self.parameters.late_tolerance:
            self.reset()
            self.gallery.rewind(stamp)
        self._stamp = max(self._stamp, stamp)
        oldest = self._stamp - self.parameters.memory
        self._tracks = {k: t for k, t in self._tracks.items() if t.last_seen >= oldest}
        self._forgotten(self.gallery.expire(self._stamp))

    def _forgotten(self, people: Iterable[str]) -> None:
        """Doubt the tracks of people who are not known any more."""
        gone = set(people)
        for track in self._tracks.values():
            if track.identity.person in gone:
                track.doubt()
        self._sightings.forget(gone)

    def _see(self, room: str, track_id: int, stamp: float) -> None:
        """Note that a track is there, and with it its person."""
        track = self._tracks.get((room, track_id))
        if track is None:
            track = FollowedTrack(Identity(room, track_id), stamp, stamp)
            self._tracks[track.key] = track
        track.last_seen = max(track.last_seen, stamp)
        if track.decided:
            self._sight(track)

    def _sight(self, track: FollowedTrack) -> None:
        self.gallery.see(track.identity.person, track.last_seen)
        self._sightings.add(track)

    def _is_present(self, track: FollowedTrack) -> bool:
        return self._stamp - track.last_seen <= self.parameters.presence

    def _separate(self) -> None:
        """Doubt all but the surest of present tracks that are taken for one person.

        One of them was not seen for a while, its person recognised elsewhere, and came back.
        """
        surest: dict[str, FollowedTrack] = {}
        present = [t for t in self._tracks.values() if t.decided and self._is_present(t)]
        for track in sorted(present, key=lambda t: -t.identity.certainty):
            other = surest.setdefault(track.identity.person, track)
            if other is not track and self._overlap(track, other):
                track.doubt()

    def _overlap(self, a: FollowedTrack, b: FollowedTrack) -> bool:
        """Tell whether two tracks were there at the same time."""
        common = min(a.last_seen, b.last_seen) - max(a.first_seen, b.first_seen)
        return common > self.parameters.overlap

    def _learn(self, track: FollowedTrack, stamp: float, feature: Array) -> None:
        """Add a feature to its person, or keep it until that is known."""
        if track.decided:
            self.gallery.add(track.identity.person, stamp, feature, track.identity.room)
        else:
            chosen = self.parameters
            track.collect(stamp, feature, chosen.window, chosen.longest_stride)

    def _decide(self) -> None:
        """Settle the tracks whose answer is probable enough."""
        tracks = [t for t in self._tracks.values() if t.samples and self._is_present(t)]
        if not tracks:
            return
        names, probabilities = self._probabilities(tracks)
        for track, row in zip(tracks, probabilities, strict=True):
            track.identity = replace(
                track.identity,
                confidence=float(row.max()),
                probabilities=dict(zip(names, row[:-1].tolist(), strict=True)),
            )
        for i in np.argsort(-probabilities.max(axis=1), kind='stable'):
            if tracks[i].walked >= self.parameters.least_time:
                self._settle(tracks[i], [*names, ''][int(probabilities[i].argmax())])

    def _probabilities(self, tracks: list[FollowedTrack]) -> tuple[tuple[str, ...], Array]:
        """Return the people's names, and the probability (T, P + 1) of each, last: of nobody."""
        self.gallery.remap(self._adaptation.refresh())
        self._likeness.refresh(self._stamp, self.parameters.retrain)
        names, open_set = self._likeness.names, self.parameters.open_set
        shape = (len(tracks), len(names))
        ratios = [log_ratios(self._likeness.evidence(t), open_set) for t in tracks]
        possible = [[self._possible(t, name) for name in names] for t in tracks]
        priors = np.reshape(possible, shape) * (1 - open_set.newcomers) / max(len(names), 1)
        return names, joint_posterior(np.reshape(ratios, shape), priors, open_set.newcomers)

    def _possible(self, track: FollowedTrack, person: str) -> float:
        """Return the probability that a person was free to be a track, as far as is known.

        They came in time, or it was somebody else who was taken for them elsewhere.
        """
        return 1.0 - self._sightings.certainty(person) * (1.0 - self._arrived(track, person))

    def _arrived(self, track: FollowedTrack, person: str) -> float:
        return self._sightings.arrived(person, track, self.travel_times, self.parameters.overlap)

    def _settle(self, track: FollowedTrack, person: str) -> None:
        """Decide that a track is a person, or somebody new, if that is sure enough."""
        if track.identity.confidence < self.parameters.confidence:
            return
        if person and not self._is_free(person, track):
            return
        state = IdentityState.KNOWN if person else IdentityState.NEW
        room = track.identity.room
        if person:
            self.gallery.add(person, track.stamps, track.features, room)
        else:
            before = set(self.gallery.people)
            person = self.gallery.enrol(track.stamps, track.features, room)
            self._forgotten(before - self.gallery.people.keys())
        track.decide(replace(track.identity, state=state, person=person))
        self._sight(track)

    def _is_free(self, person: str, track: FollowedTrack) -> bool:
        """Tell whether a person is still known and can have come to where a track began.

        Who was seen elsewhere at the same time cannot, however much speaks for it: then one of
        the two is a mistake, and it is not known which.
        """
        return person in self.gallery.people and self._arrived(track, person) >= UNLIKELY

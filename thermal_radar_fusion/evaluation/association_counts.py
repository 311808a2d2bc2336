"""How well radar tracks and face tracks of the same people find each other (tables 2 and 7).

milliTRACE-IR, section V-B: precision is the share of the associations made that are right, recall
the share of those to be made that were. Here tracks are followed online and may leave their
person, so both are said of what holds while the tracks run:

- Every pair that is held at any image counts as made, also if it is taken back soon. It is right
  if both tracks are of the same person for most of the time for which it is held, with the
  SETTLING seconds before that, on which it rests.
- A pair is to be made if both tracks are of the same person for SETTLING seconds and for most of
  the time for which both are there. It counts as found if the face was rightly given to that
  radar track or, where two radar tracks follow one person, to the other one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

SETTLING = 2.0

Pair = tuple[int, int]
"""Ids of a radar track and of a face track."""

Choice = Mapping[int, int]
"""The radar track that each face is given, by its id."""


@dataclass(frozen=True)
class Counts:
    """Associations: right ones, all that were made; found ones, all that were to be made."""

    right: int = 0
    made: int = 0
    found: int = 0
    wanted: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.right + other.right,
            self.made + other.made,
            self.found + other.found,
            self.wanted + other.wanted,
        )

    @property
    def precision(self) -> float:
        """Share of those made that are right; 1 where none was made."""
        return self.right / self.made if self.made else 1.0

    @property
    def recall(self) -> float:
        """Share of those to be made that were found; 1 where none was to be made."""
        return self.found / self.wanted if self.wanted else 1.0


@dataclass(frozen=True)
class Instant:
    """One image: whose the tracks are that are there.

    Attributes:
        time: that it stands for [s].
        faces, tracks: the person of each face track that was found in it, and of each radar
            track, by id; '' is nobody.
    """

    time: float
    faces: Mapping[int, str]
    tracks: Mapping[int, str]

    def present(self, chosen: Choice) -> Choice:
        """Return what of a choice is about tracks that are there."""
        return {f: r for f, r in chosen.items() if f in self.faces and r in self.tracks}

    def is_right(self, radar: int | None, face: int) -> bool:
        """Tell whether a face and a radar track, None for no track, are one person's."""
        return bool(self.faces[face]) and self.faces[face] == self.tracks.get(radar)

    def pairs(self) -> Iterator[tuple[Pair, bool]]:
        """Yield all pairs that are there, and whether they are one person's."""
        for face in self.faces:
            for radar in self.tracks:
                yield (radar, face), self.is_right(radar, face)

    def counts(self, chosen: Choice) -> Counts:
        """Count the faces of this image alone."""
        made = self.present(chosen)
        right = sum(self.is_right(radar, face) for face, radar in made.items())
        followed = set(self.tracks.values()) - {''}
        wanted = sum(person in followed for person in self.faces.values())
        return Counts(right, len(made), right, wanted)


def completed(instants: Sequence[Instant]) -> list[Instant]:
    """Return the images with owners of faces that no head is at for a moment.

    A face that is one person's in most of its images is theirs in those in which it is nobody's:
    boxes jump, and coasting ones run on. One that mostly is nobody's stays so there.
    """
    seen: dict[int, Counter[str]] = defaultdict(Counter)
    for instant in instants:
        for face, person in instant.faces.items():
            seen[face][person] += 1
    main = {face: persons.most_common(1)[0][0] for face, persons in seen.items()}
    return [
        replace(i, faces={face: person or main[face] for face, person in i.faces.items()})
        for i in instants
    ]


def filled(chosen: Sequence[Choice]) -> list[Choice]:
    """Return what faces are given, also in the images before it was first known."""
    last: list[Choice] = []
    later: dict[int, int] = {}
    for choice in reversed(chosen):
        later.update(choice)
        last.append(dict(later))
    return last[::-1]


def frame_counts(instants: Sequence[Instant], chosen: Sequence[Choice]) -> Counts:
    """Count the faces of every image by themselves."""
    counts = (i.counts(choice) for i, choice in zip(instants, chosen, strict=True))
    return sum(counts, Counts())


def track_counts(instants: Sequence[Instant], chosen: Sequence[Choice]) -> Counts:
    """Count pairs of tracks."""
    right, wrong, found, missed = judged_pairs(instants, chosen)
    return Counts(len(right), len(right) + len(wrong), len(found), len(found) + len(missed))


@dataclass
class _Times:
    """Seconds for which two tracks are what to each other.

    Attributes:
        together: both are there.
        same: they are one person's.
        held: they are paired.
        judged: they are paired, or will be within SETTLING.
        right: the same, while they are one person's.
        found: they are one person's, and the face is paired with a track of that person.
    """

    together: float = 0.0
    same: float = 0.0
    held: float = 0.0
    judged: float = 0.0
    right: float = 0.0
    found: float = 0.0


def judged_pairs(
    instants: Sequence[Instant], chosen: Sequence[Choice]
) -> tuple[set[Pair], set[Pair], set[Pair], set[Pair]]:
    """Return the pairs made rightly and wrongly, and those to be made, found and missed."""
    times = pair_times(instants, chosen)
    right = {pair for pair, time in times.items() if time.held and 2 * time.right > time.judged}
    made = {pair for pair, time in times.items() if time.held > 0}
    wanted = {
        pair
        for pair, time in times.items()
        if time.same >= SETTLING and 2 * time.same > time.together
    }
    found = {pair for pair in wanted if times[pair].found > 0}
    return right, made - right, found, wanted - found


def pair_times(instants: Sequence[Instant], chosen: Sequence[Choice]) -> dict[Pair, _Times]:
    """Return for how long each two tracks are what to each other."""
    begins, now = _beginnings(instants, chosen), 0.0
    times: dict[Pair, _Times] = defaultdict(_Times)
    for instant, choice in zip(instants, chosen, strict=True):
        now += instant.time
        for (radar, face), same in instant.pairs():
            given = choice.get(face)
            soon = 0 < begins.get((radar, face), now) - now <= SETTLING
            judged = instant.time if given == radar or soon else 0.0
            pair = times[radar, face]
            pair.together += instant.time
            pair.same += same * instant.time
            pair.held += (given == radar) * instant.time
            pair.judged += judged
            pair.right += same * judged
            pair.found += (same and instant.is_right(given, face)) * instant.time
    return times


def _beginnings(instants: Sequence[Instant], chosen: Sequence[Choice]) -> dict[Pair, float]:
    """Return when [s] each pair is held first."""
    now, begins = 0.0, {}
    for instant, choice in zip(instants, chosen, strict=True):
        now += instant.time
        for face, radar in choice.items():
            begins.setdefault((radar, face), now)
    return begins


def mistakes(instants: Sequence[Instant], chosen: Sequence[Choice]) -> tuple[str, ...]:
    """Say which pairs are wrong or missed."""
    times = pair_times(instants, chosen)
    _, wrong, _, missed = judged_pairs(instants, chosen)
    return tuple(
        f'radar {radar} and face {face} {text}: held for {times[radar, face].held:.1f} s, '
        f'the same person in {times[radar, face].same:.1f} of {times[radar, face].together:.1f} s'
        for text, pairs in (('wrong', wrong), ('missed', missed))
        for radar, face in sorted(pairs)
    )

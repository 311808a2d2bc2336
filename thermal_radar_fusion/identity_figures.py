"""What is told in the end of who was where: one visit for each track that walked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from thermal_radar_fusion.contacts.proximity import track_name
from thermal_radar_fusion.reid.building_identities import IdentifiedFrame
from thermal_radar_fusion.reid.followed import Identity


@dataclass(frozen=True)
class Visit:
    """One track of a room and who it was.

    Attributes:
        identity: what was said last.
        begin, end: stamps when the track was first and last seen [s].
        decided: stamp since when this is known, None while it is not [s].
    """

    identity: Identity
    begin: float
    end: float
    decided: float | None

    @property
    def track(self) -> str:
        """Name of the track, `lab#3`."""
        return track_name(self.identity.room, self.identity.track_id)

    @property
    def sure(self) -> str:
        """Probability that this is right as text; of an answer that is not given, none."""
        return f'{self.identity.confidence:.2f}' if self.identity.person else '–'

    @property
    def known_after(self) -> str:
        """Seconds from the first frame until this was known as text."""
        return '–' if self.decided is None else f'{self.decided - self.begin:.1f} s'

    @property
    def state(self) -> str:
        """Known, new or undecided, in lower case."""
        return self.identity.state.name.lower()


def visits(frames: Iterable[IdentifiedFrame]) -> list[Visit]:
    """Return all visits in the order of their begin.

    Args:
        frames: in the order in which they were identified.
    """
    found: dict[tuple[str, int], Visit] = {}
    for frame in frames:
        for identity in frame.identities:
            key = frame.room, identity.track_id
            found[key] = _continued(found.get(key), identity, frame.stamp)
    return sorted(found.values(), key=lambda v: (v.begin, v.identity.room, v.identity.track_id))


def _continued(visit: Visit | None, identity: Identity, stamp: float) -> Visit:
    """Return a visit, None before its first frame, with one more frame."""
    same = visit is not None and visit.identity.person == identity.person
    decided = visit.decided if same else stamp if identity.person else None
    return Visit(identity, stamp if visit is None else visit.begin, stamp, decided)


def visit_figures(visit: Visit) -> dict[str, object]:
    """Return a visit as plain names and seconds."""
    identity = visit.identity
    return {
        'person': identity.person,
        'room': identity.room,
        'track_id': identity.track_id,
        'state': visit.state,
        'confidence': identity.confidence,
        'begin_s': visit.begin,
        'end_s': visit.end,
        'decided_s': visit.decided,
    }

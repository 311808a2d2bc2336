"""A radar track on its way to an identity, and what is told of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class IdentityState(IntEnum):
    """What is known of a track."""

    UNDECIDED = 0
    KNOWN = 1
    NEW = 2


@dataclass(frozen=True)
class Identity:
    """Who a track is.

    Attributes:
        room: name.
        track_id: of the radar track in that room.
        state: KNOWN was seen before, NEW is seen for the first time.
        person: name, unique for ever; empty while undecided.
        confidence: probability in [0, 1] that this is right; while undecided that of the most
            probable answer.
        probabilities: of each person, by name, at the decision or, while undecided, now; what is
            missing to 1 is that of somebody new.
    """

    room: str
    track_id: int
    state: IdentityState = IdentityState.UNDECIDED
    person: str = ''
    confidence: float = 0.0
    probabilities: Mapping[str, float] = field(default_factory=dict)

    @property
    def certainty(self) -> float:
        """Probability that the track is the person: whom it made known it is by definition."""
        return 1.0 if self.state == IdentityState.NEW else self.confidence


@dataclass
class FollowedTrack:
    """One radar track.

    Attributes:
        identity: what is told of it.
        first_seen, last_seen: stamps [s].
        walked: seconds of walking in the features.
        samples: stamp [s] and feature (D,) of each window, the latest, while undecided.
    """

    identity: Identity
    first_seen: float
    last_seen: float
    walked: float = 0.0
    samples: deque[tuple[float, Array]] = field(default_factory=deque)

    @property
    def key(self) -> tuple[str, int]:
        """Room and number."""
        return self.identity.room, self.identity.track_id

    @property
    def decided(self) -> bool:
        """Whether it is known who this is."""
        return self.identity.state != IdentityState.UNDECIDED

    @property
    def stamps(self) -> Array:
        """(n,) of the features kept [s]."""
        return np.array([stamp for stamp, _ in self.samples])

    @property
    def features(self) -> Array:
        """(n, D) that are kept."""
        return np.array([feature for _, feature in self.samples])

    def collect(self, stamp: float, feature: Array, window: float, longest: float) -> None:
        """Take in a feature, forget those before the window [s].

        Between two features no more than `longest` seconds count as walking.
        """
        if self.samples:
            self.walked += min(max(stamp - self.samples[-1][0], 0.0), longest)
        self.samples.append((stamp, feature))
        while self.samples[0][0] < stamp - window:
            self.samples.popleft()
        self.walked = min(self.walked, window)

    def decide(self, identity: Identity) -> None:
        """Settle who this is; what was collected has been used."""
        self.identity = identity
        self.samples.clear()

    def doubt(self) -> None:
        """Start over."""
        self.identity = Identity(*self.key)
        self.samples.clear()
        self.walked = 0.0

"""The people whom the gait network learns from, and batches of their windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.gait_recordings import GaitRecording
from thermal_radar_fusion.datasets.recording import DatasetError


@dataclass(frozen=True)
class Batch:
    """Windows to learn from.

    Attributes:
        points: (B, T, P, C), see `GaitRecording`.
        mask: (B, T, P).
        labels: (B,) index of the person.
    """

    points: NDArray[np.float32]
    mask: NDArray[np.bool_]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class GaitPeople:
    """Recordings by person.

    Attributes:
        recordings: of each person, N >= 1.
    """

    recordings: tuple[tuple[GaitRecording, ...], ...]

    @classmethod
    def of(cls, recordings: Sequence[GaitRecording]) -> GaitPeople:
        """Put recordings that name the same subject together, in the order of names.

        Raises:
            DatasetError: a window is not finite.
        """
        for recording in recordings:
            if not np.isfinite(recording.points).all():
                raise DatasetError(f'{recording.subject}: has windows that are not finite')
        names = sorted({recording.subject for recording in recordings})
        return cls(tuple(tuple(r for r in recordings if r.subject == name) for name in names))

    def __len__(self) -> int:
        return len(self.recordings)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all people."""
        return tuple(own[0].subject for own in self.recordings)

    def split(self, share: float, draw: np.random.Generator) -> tuple[GaitPeople, GaitPeople]:
        """Return the people to learn from, and a share of them who are kept aside."""
        order = draw.permutation(len(self))
        aside = order[: round(share * len(self))]
        parts = (np.setdiff1d(order, aside), np.sort(aside))
        learned, kept = (tuple(self.recordings[i] for i in part) for part in parts)
        return GaitPeople(learned), GaitPeople(kept)

    def batch(self, people: int, windows: int, draw: np.random.Generator) -> Batch:
        """Draw so many windows of so many people each, of all radars alike."""
        chosen = draw.choice(len(self), min(people, len(self)), replace=False)
        drawn = [self._drawn(person, draw) for person in chosen for _ in range(windows)]
        return Batch(
            np.stack([recording.points[i, ..., :4] for recording, i in drawn]),
            np.stack([recording.mask[i] for recording, i in drawn]),
            np.repeat(chosen, windows).astype(np.int64),
        )

    def _drawn(self, person: int, draw: np.random.Generator) -> tuple[GaitRecording, int]:
        own = self.recordings[person]
        recording = own[draw.integers(len(own))]
        return recording, int(draw.integers(len(recording)))

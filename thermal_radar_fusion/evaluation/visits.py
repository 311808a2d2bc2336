"""Who leaves a room and comes back is somebody new there: re-identification is another task."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import NOBODY, Recording

LONGEST_ABSENCE = 2.0


def by_visit(recording: Recording, absence: float = LONGEST_ABSENCE) -> Recording:
    """Return the recording with another person for each visit of a person.

    A visit ends where its person is not present for more than `absence` seconds. The first visit
    of anna is 'anna', the second 'anna (2)'. Points that somebody returns while absent, from the
    next room say, count for his last visit.
    """
    if recording.truth is None:
        return recording
    visits = {person: _visits(recording, person, absence) for person in recording.people}
    names = {
        person: [_name(person, visit) for visit in range(numbers.max(initial=0) + 1)]
        for person, numbers in visits.items()
    }
    people = tuple(name for person in recording.people for name in names[person])
    truth = tuple(
        tuple(dataclasses.replace(t, person=names[t.person][visits[t.person][i]]) for t in frame)
        for i, frame in enumerate(recording.truth)
    )
    labels = recording.point_people and _relabelled(recording, visits)
    return dataclasses.replace(recording, people=people, truth=truth, point_people=labels)


def _visits(recording: Recording, person: str, absence: float) -> NDArray[np.int64]:
    """Return in which visit a person is, or was last, at each frame; 0 before the first."""
    present = np.array([any(t.person == person for t in frame) for frame in recording.truth])
    rows = np.flatnonzero(present)
    stamps = np.array([frame.stamp for frame in recording.frames])
    begins = np.zeros(len(stamps), dtype=np.int64)
    begins[rows[1:]] = np.diff(stamps[rows]) > absence
    return np.cumsum(begins)


def _name(person: str, visit: int) -> str:
    return f'{person} ({visit + 1})' if visit else person


def _relabelled(
    recording: Recording, visits: dict[str, NDArray[np.int64]]
) -> tuple[NDArray[np.int64], ...]:
    """Return the labels of all points as numbers of visits in the order of people."""
    counts = [int(visits[person].max(initial=0)) + 1 for person in recording.people]
    firsts = np.cumsum([0, *counts[:-1]])
    numbers = [
        np.array([first + visits[p][i] for first, p in zip(firsts, recording.people, strict=True)])
        for i in range(len(recording.frames))
    ]
    return tuple(map(_looked_up, recording.point_people, numbers))


def _looked_up(labels: NDArray[np.int64], numbers: Sequence[int]) -> NDArray[np.int64]:
    """Return the number of each label; NOBODY stays."""
    table = np.array([*numbers, NOBODY], dtype=np.int64)
    return table[np.where(labels == NOBODY, len(numbers), labels)]

"""A radar recording in our own types, with whatever truth is known about it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.radar.point_cloud import RadarFrame

Array = NDArray[np.float64]

NOBODY = -1


class DatasetError(ValueError):
    """A file is missing, of another kind or broken; the text is one line that names it."""


@dataclass(frozen=True)
class TruePerson:
    """Where one person is at one instant.

    Attributes:
        person: name, unique in the recording.
        position: (3,) metres, in the frame of the recording's `frame_id`.
        velocity: (3,) metres per second.
        head: (3,) centre of the head, None where unknown.
        temperature: true skin temperature of the hottest part of the face [°C], NaN if unknown.
    """

    person: str
    position: Array
    velocity: Array
    head: Array | None = None
    temperature: float = math.nan


@dataclass(frozen=True)
class Recording:
    """Frames of the radars of one room, in the order of their stamps.

    Attributes:
        frames: clouds in each sensor's own frame, ROS axes.
        point_people: per frame (N,) the index into `people` of whom each point came from,
            NOBODY for clutter and ghosts; None where nobody knows.
        truth: per frame the people who are present; None where nobody knows.
        people: names of all people of the recording, () where nobody knows.
        room: name of the room, becomes the namespace of its topics.
    """

    frames: tuple[RadarFrame, ...]
    point_people: tuple[NDArray[np.int64], ...] | None = None
    truth: tuple[tuple[TruePerson, ...], ...] | None = None
    people: tuple[str, ...] = ()
    room: str = 'room'

    @property
    def duration(self) -> float:
        """Seconds from the first to the last frame, 0 for an empty recording."""
        return self.frames[-1].stamp - self.frames[0].stamp if self.frames else 0.0

    def excerpt(self, start: float = 0.0, duration: float | None = None) -> Recording:
        """Return the frames from `start` seconds after the first on, for `duration` seconds."""
        if not self.frames:
            return self
        begin = self.frames[0].stamp + start
        end = math.inf if duration is None else begin + duration
        kept = [i for i, frame in enumerate(self.frames) if begin <= frame.stamp <= end]
        return dataclasses.replace(
            self,
            frames=tuple(self.frames[i] for i in kept),
            point_people=self.point_people and tuple(self.point_people[i] for i in kept),
            truth=self.truth and tuple(self.truth[i] for i in kept),
        )


def interleave(recordings: Sequence[Recording]) -> Recording:
    """Put what several radars of one room saw at the same time into one recording, by stamp.

    Each recording has its own people and truth in its own sensor's frame; neither is kept.

    Raises:
        DatasetError: nothing given, several rooms, or two recordings of the same radar.
    """
    rooms = sorted({recording.room for recording in recordings})
    if len(rooms) != 1:
        raise DatasetError(f'radars of one room are wanted, got {", ".join(rooms) or "nothing"}')
    sensors = [sensor for r in recordings for sensor in {frame.sensor for frame in r.frames}]
    if len(set(sensors)) < len(sensors):
        raise DatasetError(f'the same radar is given twice: {", ".join(sorted(sensors))}')
    frames = [frame for recording in recordings for frame in recording.frames]
    return Recording(tuple(sorted(frames, key=lambda frame: frame.stamp)), room=rooms[0])

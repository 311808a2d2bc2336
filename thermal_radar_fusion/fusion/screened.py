"""The temperature of one person and what is thought of it, as all parts hand it on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Radar tracks are counted from 1.
NO_TRACK = 0

NOTICE = 'A screening aid, not a medical device.'


@dataclass(frozen=True)
class Screening:
    """What is known of one person's temperature; the attributes are those of Screening.msg.

    A screening aid, not a medical device.

    Attributes:
        room: name of the room.
        camera: name of the thermal camera.
        track_id: of the radar track of the same person, NO_TRACK while none was found.
        face_id: of the person's latest face track.
        cost: of the pairing, 0 is perfect; NaN without a radar track.
        confidence: probability in [0, 1] that face and radar track are one person.
        temperature: skin, corrected for the distance, mean over the track [°C]; NaN: unknown.
        temperature_std: of that mean [K].
        samples: number of readings that the mean is of.
        threshold: above which it counts as elevated [°C]; NaN while warming up.
        margin: temperature minus threshold [K]; NaN likewise.
        elevated: whether the person is significantly warmer than the threshold.
    """

    room: str
    camera: str
    track_id: int
    face_id: int
    cost: float = math.nan
    confidence: float = 0.0
    temperature: float = math.nan
    temperature_std: float = math.nan
    samples: int = 0
    threshold: float = math.nan
    margin: float = math.nan
    elevated: bool = False

    @property
    def is_measured(self) -> bool:
        """Whether there is a temperature."""
        return math.isfinite(self.temperature)


def by_track(screenings: Iterable[Screening]) -> dict[int, Screening]:
    """Return the screening of each radar track; of several cameras that of the most readings."""
    known: dict[int, Screening] = {}
    for screening in screenings:
        if screening.track_id != NO_TRACK and screening.is_measured:
            other = known.get(screening.track_id)
            if other is None or other.samples < screening.samples:
                known[screening.track_id] = screening
    return known


def is_elevated(screened: Mapping[int, Screening], track_id: int) -> bool:
    """Tell whether the temperature of a radar track was found elevated."""
    return track_id in screened and screened[track_id].elevated

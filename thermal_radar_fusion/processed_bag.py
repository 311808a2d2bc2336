"""What came of a recording: tracks, contacts, temperatures and identities, and their figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.contacts.proximity import Contact
from thermal_radar_fusion.fusion.screened import Screening
from thermal_radar_fusion.identity_figures import Visit, visit_figures, visits
from thermal_radar_fusion.radar.track import TrackedFrame
from thermal_radar_fusion.reid.building_identities import IdentifiedFrame
from thermal_radar_fusion.screening_figures import final, screening_figures
from thermal_radar_fusion.thermal_pipeline import ProcessedImage

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ProcessedFrame:
    """What came of one radar frame.

    Attributes:
        room: name of the room.
        tracked: tracks, and whose each point is.
        contacts: what the contact detector reported with this frame.
        latency: computing time, without that of recognising people [s].
        screened: what was known of temperatures by then, by the ids of tracks.
        names: who was known by then, likewise.
        identified: who was there, in the frames of all rooms whose turn has come with this one.
    """

    room: str
    tracked: TrackedFrame
    contacts: tuple[Contact, ...]
    latency: float
    screened: Mapping[int, Screening] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    identified: tuple[IdentifiedFrame, ...] = ()

    @property
    def stamp(self) -> float:
        """Seconds, the sensor's clock."""
        return self.tracked.frame.stamp


@dataclass
class ProcessedBag:
    """Everything that came of a recording, and its figures.

    Attributes:
        frames: in the order of processing.
        contacts: every contact in its last known state, in the order of their starts.
        elapsed: computing time of the whole [s].
        images: those that could be used, in the order of processing.
        identified: who was there, by stamp.
    """

    frames: list[ProcessedFrame] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    elapsed: float = 0.0
    images: list[ProcessedImage] = field(default_factory=list)
    identified: list[IdentifiedFrame] = field(default_factory=list)

    @property
    def duration(self) -> float:
        """Seconds from the first to the last stamp."""
        stamps = [entry.stamp for entry in (*self.frames, *self.images)]
        return max(stamps) - min(stamps) if stamps else 0.0

    @property
    def rooms(self) -> tuple[str, ...]:
        """Names of all rooms, ascending."""
        return tuple(sorted({frame.room for frame in self.frames}))

    @property
    def confirmed_tracks(self) -> int:
        """Number of distinct tracks ever confirmed, in all rooms."""
        return len({(f.room, track.track_id) for f in self.frames for track in f.tracked.tracks})

    @property
    def coverage(self) -> float:
        """Share of frames that hold a track, in each room from its first one on; 0 if never."""
        held = [held for room in self.rooms for held in self._held(room)]
        return sum(held) / len(held) if held else 0.0

    @property
    def realtime_factor(self) -> float:
        """Seconds of recording for each second of computing."""
        return self.duration / self.elapsed if self.elapsed > 0 else 0.0

    @property
    def latencies(self) -> Array:
        """Computing time of each frame [s]."""
        return np.array([frame.latency for frame in self.frames])

    def of_room(self, room: str) -> list[ProcessedFrame]:
        """Return the frames of one room."""
        return [frame for frame in self.frames if frame.room == room]

    def summary(self) -> dict:
        """Return the figures by the names that `trf process --json` writes."""
        return {
            'frames': len(self.frames),
            'duration_s': self.duration,
            'confirmed_tracks': self.confirmed_tracks,
            'coverage': self.coverage,
            'realtime_factor': self.realtime_factor,
            'latency_ms': latency_percentiles(self.latencies),
            'contacts': [contact_figures(contact) for contact in self.contacts],
            'images': len(self.images),
            'image_latency_ms': latency_percentiles(
                np.array([image.latency for image in self.images])
            ),
            'temperatures': [screening_figures(screening) for screening in self.temperatures],
            'identities': [visit_figures(visit) for visit in self.visits],
        }

    @property
    def people(self) -> int:
        """Number of distinct people who were given a name."""
        return len({visit.identity.person for visit in self.visits} - {''})

    @property
    def visits(self) -> list[Visit]:
        """Who was where: every track that was seen, in the order of their begin."""
        return visits(self.identified)

    @property
    def temperatures(self) -> list[Screening]:
        """What was found in the end of everybody who was measured, by room and track."""
        return final(screening for image in self.images for screening in image.screenings)

    def _held(self, room: str) -> list[bool]:
        """Tell for each frame of a room, from the first track on, whether it holds one."""
        held = [bool(frame.tracked.tracks) for frame in self.of_room(room)]
        return held[held.index(True) :] if True in held else []


def latest(reports: Iterable[Contact]) -> list[Contact]:
    """Return the last report of each contact, in the order of their starts."""
    last: dict[tuple, Contact] = {}
    for contact in reports:
        last[contact.room, contact.person_a, contact.person_b, contact.start] = contact
    return sorted(last.values(), key=lambda c: (c.start, c.room, c.person_a, c.person_b))


def contact_figures(contact: Contact) -> dict:
    """Return a contact as plain names, seconds and metres."""
    return {
        'person_a': contact.person_a,
        'person_b': contact.person_b,
        'room': contact.room,
        'state': contact.state.name.lower(),
        'start_s': contact.start,
        'last_s': contact.last,
        'duration_s': contact.duration,
        'distance_m': contact.distance,
        'distance_std_m': contact.distance_std,
        'distance_min_m': contact.distance_min,
        'distance_mean_m': contact.distance_mean,
        'elevated': contact.elevated,
    }


def latency_percentiles(latencies: Array) -> dict[str, float]:
    """Return median and 99th percentile [ms] of latencies [s], 0 where there are none."""
    if not len(latencies):
        return {'p50': 0.0, 'p99': 0.0}
    p50, p99 = np.percentile(latencies, [50, 99]) * 1e3
    return {'p50': float(p50), 'p99': float(p99)}

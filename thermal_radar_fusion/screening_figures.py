"""What is told in the end of the temperatures of people; a screening aid, not a medical device."""

from __future__ import annotations

import math
from collections.abc import Iterable

from thermal_radar_fusion.contacts.proximity import track_name
from thermal_radar_fusion.fusion.screened import NO_TRACK, Screening


def person_name(screening: Screening) -> str:
    """Name somebody by the radar track, `lab#3`, else by camera and face, `thermal:7`."""
    if screening.track_id != NO_TRACK:
        return track_name(screening.room, screening.track_id)
    return f'{screening.camera}:{screening.face_id}'


def final(screenings: Iterable[Screening]) -> list[Screening]:
    """Return what was said last of everybody who was measured, by name.

    Args:
        screenings: in the order of time.
    """
    faces: dict[tuple[str, int], Screening] = {}
    for screening in screenings:
        if screening.is_measured:
            faces[screening.camera, screening.face_id] = screening
    people = {(screening.room, person_name(screening)): screening for screening in faces.values()}
    return sorted(people.values(), key=lambda s: (s.room, s.track_id, s.camera, s.face_id))


def screening_figures(screening: Screening) -> dict[str, object]:
    """Return what is known of one person's temperature as plain names, °C and K."""
    return {
        'person': person_name(screening),
        'room': screening.room,
        'camera': screening.camera,
        'track_id': screening.track_id,
        'face_id': screening.face_id,
        'confidence': screening.confidence,
        'temperature_c': screening.temperature,
        'temperature_std_k': screening.temperature_std,
        'samples': screening.samples,
        'threshold_c': screening.threshold,
        'margin_k': screening.margin,
        'elevated': screening.elevated,
    }


def verdict(screening: Screening) -> str:
    """Say in a word what screening thinks: nothing while it is warming up."""
    if not math.isfinite(screening.margin):
        return ''
    return 'elevated' if screening.elevated else 'usual'

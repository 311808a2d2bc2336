"""Names of topics, the same in bags and in the graph."""

from __future__ import annotations

import re

PEOPLE_TOPIC = '/people'
CONTACTS_TOPIC = '/contacts'
IDENTITIES_TOPIC = '/identities'
TRUTH_TOPIC = '/ground_truth'
TRANSFORMS_TOPIC = '/tf_static'

# The field of a cloud that says whose each point is.
PERSON_FIELD = 'person'

THERMAL_IMAGE, THERMAL_CAMERA, LOWRES_IMAGE = 'image_raw', 'camera_info', 'image'
THERMAL_FACES, THERMAL_OVERLAY = 'faces', 'overlay'
SCREENINGS = 'screenings'


def radar_topic(room: str, name: str) -> str:
    """Return the name of a room's radar topic: `/lab/radar/points`.

    All radars of a room share it; `frame_id` tells their clouds apart.
    """
    return f'/{room}/radar/{name}'


def thermal_topic(room: str, name: str, camera: str = '') -> str:
    """Return the name of a thermal camera's topic: `/lab/thermal/image_raw`.

    An image belongs to the `camera_info` beside it, so that cameras cannot share a topic: where a
    room has several, the name of each goes in between, `/lab/thermal/north/image_raw`.
    """
    return _topic_of(room, 'thermal', camera, name)


def screenings_topic(room: str) -> str:
    """Return the name of the topic of a room's temperatures: `/lab/screenings`."""
    return f'/{room}/{SCREENINGS}'


def lowres_ir_topic(room: str, sensor: str = '') -> str:
    """Return the name of a low-resolution infrared sensor's topic: `/lab/lowres_ir/image`.

    Where a room has several, the name of each goes in between, as for thermal cameras.
    """
    return _topic_of(room, 'lowres_ir', sensor, LOWRES_IMAGE)


def room_of_clouds(topic: str) -> str | None:
    """Return the room of a canonical cloud topic, None for any other topic."""
    match = re.fullmatch(r'(?:.*/)?(?P<room>[^/]+)?/radar/points', topic)
    return None if match is None else match['room'] or 'room'


def _topic_of(room: str, kind: str, sensor: str, name: str) -> str:
    return '/'.join(['', *filter(None, (room, kind, sensor, name))])

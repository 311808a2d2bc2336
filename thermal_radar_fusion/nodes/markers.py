"""Markers that show people, their contacts and their rooms in RViz."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Iterable, Sequence

import numpy as np
from geometry_msgs.msg import Point, Quaternion, Vector3
from numpy.typing import ArrayLike
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker, MarkerArray

from thermal_radar_fusion.fusion.screened import NOTICE, Screening
from thermal_radar_fusion.msg import Contact, RadarTrack, RadarTrackArray

# 95 % of a two-dimensional normal distribution lie within this many standard deviations.
ELLIPSE_SIGMAS = math.sqrt(5.991)
# An arrow shows where somebody will be after this time [s].
ARROW_TIME = 0.7
GOLDEN_RATIO = 0.618034

COASTING_ALPHA = 0.35
WHITE = ColorRGBA(r=1.0, g=1.0, b=1.0, a=1.0)
GREY = ColorRGBA(r=0.6, g=0.6, b=0.6, a=1.0)
RED = ColorRGBA(r=0.9, g=0.15, b=0.1, a=1.0)

Key = tuple[str, int]


def track_markers(
    tracks: RadarTrackArray,
    track: RadarTrack,
    screening: Screening | None = None,
    person: str = '',
) -> list[Marker]:
    """Return ellipse of the position's uncertainty, arrow of the velocity and name of a track.

    Args:
        screening: stands beside the name, if the temperature is known.
        person: name that stands before the track's, if it is known who this is.
    """
    identity = (tracks.header, tracks.room, track.track_id)
    shown = [_ellipse(*identity, track), _arrow(*identity, track)]
    shown.append(_name(*identity, track, person))
    if screening is not None and screening.is_measured:
        shown.append(_temperature(*identity, track, screening))
    return shown


def _ellipse(header: Header, room: str, number: int, track: RadarTrack) -> Marker:
    covariance = np.reshape(track.covariance, (4, 4))[:2, :2]
    (minor, major), yaw = ellipse_axes(covariance)
    marker = _marker(header, f'{room}/position', number, Marker.CYLINDER, _color(track))
    marker.pose.position = _floor(track.position, 0.01)
    marker.pose.orientation = _about_z(yaw)
    marker.scale = Vector3(x=2 * major, y=2 * minor, z=0.02)
    return marker


def _arrow(header: Header, room: str, number: int, track: RadarTrack) -> Marker:
    marker = _marker(header, f'{room}/velocity', number, Marker.ARROW, _color(track))
    start = _floor(track.position, 0.03)
    ahead = Point(
        x=start.x + ARROW_TIME * track.velocity.x,
        y=start.y + ARROW_TIME * track.velocity.y,
        z=start.z,
    )
    marker.points = [start, ahead]
    marker.scale = Vector3(x=0.05, y=0.12, z=0.15)
    return marker


def _name(header: Header, room: str, number: int, track: RadarTrack, person: str) -> Marker:
    marker = _marker(header, f'{room}/name', number, Marker.TEXT_VIEW_FACING, WHITE)
    marker.pose.position = _floor(track.position, max(track.position.z, 0.0) + 0.9)
    marker.scale.z = 0.25
    marker.text = f'{person} {room}#{number}'.strip()
    return marker


def _temperature(
    header: Header, room: str, number: int, track: RadarTrack, screening: Screening
) -> Marker:
    """Return the temperature below the name, red where it was found elevated."""
    color = RED if screening.elevated else WHITE
    marker = _marker(header, f'{room}/temperature', number, Marker.TEXT_VIEW_FACING, color)
    marker.pose.position = _floor(track.position, max(track.position.z, 0.0) + 0.65)
    marker.scale.z = 0.25 if screening.elevated else 0.2
    flag = ' elevated' if screening.elevated else ''
    marker.text = f'{screening.temperature:.1f} ± {screening.temperature_std:.1f} °C{flag}'
    return marker


def notice_marker(header: Header, name: str, number: int, corners: ArrayLike) -> Marker:
    """Return what temperatures are, as a text at the edge of a room."""
    marker = _marker(header, name, number, Marker.TEXT_VIEW_FACING, GREY)
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    middle = (low[0] + high[0]) / 2
    marker.pose.position = Point(x=float(middle), y=float(low[1]) - 0.3, z=0.1)
    marker.scale.z = 0.18
    marker.text = NOTICE
    return marker


def contact_markers(
    header: Header, number: int, contact: Contact, ends: Sequence[Point]
) -> list[Marker]:
    """Return a line between two people in contact, and their distance with its uncertainty."""
    line = _marker(header, 'contacts/line', number, Marker.LINE_LIST, RED)
    line.points = [_floor(end, 0.05) for end in ends]
    line.scale.x = 0.05
    text = _marker(header, 'contacts/distance', number, Marker.TEXT_VIEW_FACING, RED)
    x, y = ((ends[0].x + ends[1].x) / 2, (ends[0].y + ends[1].y) / 2)
    text.pose.position = Point(x=x, y=y, z=0.4)
    text.scale.z = 0.2
    text.text = (
        f'{contact.distance:.2f} ± {contact.distance_stddev:.2f} m, {contact.duration:.0f} s'
    )
    return [line, text]


def polygon_marker(
    header: Header, name: str, number: int, corners: ArrayLike, excluded: bool = False
) -> Marker:
    """Return the outline of a floor, or of a zone that is ignored."""
    marker = _marker(header, name, number, Marker.LINE_STRIP, RED if excluded else GREY)
    corners = np.asarray(corners, dtype=float)
    marker.points = [Point(x=x, y=y) for x, y in np.vstack([corners, corners[:1]]).tolist()]
    marker.scale.x = 0.04
    return marker


def ellipse_axes(covariance: ArrayLike) -> tuple[tuple[float, float], float]:
    """Return minor and major half axis [m] of the 95 % ellipse, and the major one's yaw [rad]."""
    variances, directions = np.linalg.eigh(np.asarray(covariance, dtype=float))
    minor, major = ELLIPSE_SIGMAS * np.sqrt(np.maximum(variances, 1e-6))
    return (float(minor), float(major)), math.atan2(directions[1, 1], directions[0, 1])


class MarkerLedger:
    """Remembers what is on display, so that what is gone can be deleted."""

    def __init__(self) -> None:
        self._shown: dict[str, dict[Key, Header]] = {}

    def replace(self, group: str, markers: Iterable[Marker]) -> MarkerArray:
        """Return the new markers of a group, and deletions of its old ones that are not in it."""
        markers = list(markers)
        current = {(marker.ns, marker.id): marker.header for marker in markers}
        gone = self._shown.get(group, {}).keys() - current.keys()
        deletions = [_deletion(self._shown[group][key], *key) for key in sorted(gone)]
        self._shown[group] = current
        return MarkerArray(markers=markers + deletions)


def _deletion(header: Header, name: str, number: int) -> Marker:
    return Marker(header=header, ns=name, id=number, action=Marker.DELETE)


def _marker(header: Header, name: str, number: int, kind: int, color: ColorRGBA) -> Marker:
    marker = Marker(header=header, ns=name, id=number, type=kind, color=color)
    marker.pose.orientation.w = 1.0
    return marker


def _color(track: RadarTrack) -> ColorRGBA:
    """Return the colour of an id; neighbouring ids differ well."""
    red, green, blue = colorsys.hsv_to_rgb(track.track_id * GOLDEN_RATIO % 1.0, 0.75, 0.95)
    alpha = COASTING_ALPHA if track.status == RadarTrack.COASTING else 0.8
    return ColorRGBA(r=red, g=green, b=blue, a=alpha)


def _floor(position: Point, height: float) -> Point:
    return Point(x=position.x, y=position.y, z=height)


def _about_z(yaw: float) -> Quaternion:
    return Quaternion(z=math.sin(yaw / 2), w=math.cos(yaw / 2))

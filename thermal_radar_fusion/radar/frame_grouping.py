"""Frames from drivers that send one message per point."""

from __future__ import annotations

import numpy as np

from thermal_radar_fusion.radar.point_cloud import RadarFrame

Point = tuple[float, float, float, float, float]


class FrameGrouper:
    """Collects the points of one radar until a new frame begins.

    A frame ends when the point_id does not grow (it restarts at 0), when the stamp is more than
    `gap` after the point before it, or when it jumps backwards. Ids that are missing within a
    frame (lost messages) do not end it. Some drivers publish each point twice: a repetition of
    the point before it is dropped. Without usable ids (`point_id` None) time alone decides.

    Not covered: a driver says nothing about an empty frame, so none comes out.
    """

    def __init__(self, sensor: str = 'radar', gap: float = 0.01) -> None:
        """Group for the radar with frame_id `sensor`; `gap` in seconds."""
        self._sensor = sensor
        self._gap = gap
        self._points: list[Point] = []
        self._first_stamp = 0.0
        self._last_stamp = 0.0
        self._last_id: int | None = None
        self.duplicates = 0
        self.not_finite = 0

    def push(
        self,
        stamp: float,
        point_id: int | None,
        x: float,
        y: float,
        z: float,
        velocity: float = 0.0,
        power: float = 0.0,
    ) -> RadarFrame | None:
        """Take one point (ROS axes, m, m/s); return the frame that it shows to be complete."""
        point = (x, y, z, velocity, power)
        if self._repeats(stamp, point_id, point):
            self.duplicates += 1
            return None
        complete = self.flush() if self._begins_frame(stamp, point_id) else None
        if not self._points:
            self._first_stamp = stamp
        self._last_stamp, self._last_id = stamp, point_id
        self._points.append(point)
        return complete

    def flush(self) -> RadarFrame | None:
        """End the frame under way and return it, stamped by its first point; None if none."""
        if not self._points:
            return None
        points = np.array(self._points)
        self._points = []
        frame = RadarFrame(self._first_stamp, points, self._sensor).finite()
        self.not_finite += len(points) - len(frame.points)
        return frame

    def expire(self, now: float) -> RadarFrame | None:
        """Return the frame under way if it is complete by time; `now` on the stamps' clock."""
        return self.flush() if now - self._last_stamp > self._gap else None

    def _begins_frame(self, stamp: float, point_id: int | None) -> bool:
        if not 0.0 <= stamp - self._last_stamp <= self._gap:
            return True
        return point_id is not None and self._last_id is not None and point_id <= self._last_id

    def _repeats(self, stamp: float, point_id: int | None, point: Point) -> bool:
        if not self._points or not 0.0 <= stamp - self._last_stamp <= self._gap:
            return False
        return point_id == self._last_id and point == self._points[-1]

"""On which paths a radar sees people: straight, off walls, past other people.

Mirror images: Richards, Scheer, Holm, 'Principles of Modern Radar' (2010), section 5.6
(multipath), and the image method of ray tracing: a flat wall shows each body a second time
behind it; the way there and the way back may each be the straight or the mirrored one, so that a
wall adds an image (both mirrored, at the image's distance) and two ghosts half way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.simulation.body import HEAD
from thermal_radar_fusion.simulation.radar_scatterers import Bodies, Scatterers

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

CROWN = 0.12  # from the centre of the head to its top [m]


@dataclass(frozen=True)
class Paths:
    """Pairs of ways, there and back, on which bodies are seen.

    Attributes:
        there, back: (E,) index of the body (true or mirrored) that each way seems to lead to.
        gain: (E,) share of the power that is left after the walls' mirroring.
        direct: (E,) whether the body is seen straight, so that the points are its own.
    """

    there: NDArray[np.int64]
    back: NDArray[np.int64]
    gain: Array
    direct: Flags


@dataclass(frozen=True)
class Walls:
    """Vertical walls on the floor plan and a radar between them.

    Attributes:
        segments: (W, 2, 2) ends of the walls, frame `map`.
        radar: (2,) where the radar is.
        to_radar: from `map` into the radar's frame.
    """

    segments: Array
    radar: Array
    to_radar: RigidTransform

    def hide(self, positions: Array) -> Flags:
        """Tell for each position (N, 2) whether a wall stands between it and the radar."""
        start = np.broadcast_to(self.radar, positions.shape)
        return crossed(start, positions, self.segments).any(axis=1)

    def images(self, positions: Array) -> Iterator[tuple[int, Array]]:
        """Yield each wall that mirrors anybody, and the indices of those it mirrors (M,).

        A wall mirrors a position (N, 2) if the specular point lies on it and both legs of the
        way are free.
        """
        for index in range(len(self.segments)):
            found = self._mirrored(index, positions)
            if len(found):
                yield index, found

    def plane(self, index: int) -> tuple[Array, float]:
        """Return unit normal (3,) and offset of a wall's plane in the radar's frame."""
        (x0, y0), (x1, y1) = self.segments[index]
        length = np.hypot(x1 - x0, y1 - y0)
        normal = self.to_radar.rotation @ (np.array([y0 - y1, x1 - x0, 0.0]) / length)
        foot = self.to_radar.apply(np.array([x0, y0, 0.0]))
        return normal, float((normal * foot).sum())

    def _mirrored(self, index: int, positions: Array) -> NDArray[np.int64]:
        """Return which positions a wall shows to the radar."""
        start, end = self.segments[index]
        along = end - start
        normal = np.array([-along[1], along[0]]) / np.hypot(*along)
        radar_side = ((self.radar - start) * normal).sum()
        side = ((positions - start) * normal).sum(axis=1)
        possible = side * radar_side > 0.0
        share = np.where(possible, radar_side / np.where(possible, radar_side + side, 1.0), 0.0)
        image = positions - 2.0 * side[:, None] * normal
        specular = self.radar + share[:, None] * (image - self.radar)
        on_wall = ((specular - start) * along).sum(axis=1) / (along**2).sum()
        found = np.flatnonzero(possible & (on_wall > 0.0) & (on_wall < 1.0))
        return found[self._free(specular[found], positions[found], index)]

    def _free(self, specular: Array, positions: Array, wall: int) -> Flags:
        """Tell whether no other wall stands on the ways radar - specular point - position."""
        others = np.delete(self.segments, wall, axis=0)
        start = np.broadcast_to(self.radar, specular.shape)
        blocked = crossed(start, specular, others) | crossed(specular, positions, others)
        return ~blocked.any(axis=1)


def crossed(starts: Array, ends: Array, segments: Array) -> Flags:
    """Tell which lines (N) from starts to ends (N, 2) cut which segments (W, 2, 2): (N, W)."""
    line = (ends - starts)[:, None]
    wall = (segments[:, 1] - segments[:, 0])[None]
    offset = segments[None, :, 0] - starts[:, None]
    turn = _cross(line, wall)
    parallel = turn == 0.0
    turn = np.where(parallel, 1.0, turn)
    on_line, on_wall = _cross(offset, wall) / turn, _cross(offset, line) / turn
    inside = (on_line > 0.0) & (on_line < 1.0) & (on_wall >= 0.0) & (on_wall <= 1.0)
    return inside & ~parallel


def _cross(a: Array, b: Array) -> Array:
    """Return the cross products of vectors (..., 2)."""
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def mirrored(bodies: Bodies, normal: Array, offset: float) -> Bodies:
    """Return the mirror images of bodies in a plane: unit normal (3,), normal * x = offset."""
    x, y, z = bodies.joints
    depth = normal[0] * x + normal[1] * y + normal[2] * z - offset
    vx, vy, vz = bodies.velocities
    speed = normal[0] * vx + normal[1] * vy + normal[2] * vz
    turn = normal[0] * bodies.heading[0] + normal[1] * bodies.heading[1]
    column = normal[:, None, None]
    return Bodies(
        bodies.frames,
        bodies.people,
        bodies.joints - 2.0 * depth * column,
        bodies.velocities - 2.0 * speed * column,
        bodies.heading - 2.0 * turn * normal[:2, None],
    )


def transmissions(bodies: Bodies, scatterers: Scatterers, half_width: float, loss: float) -> Array:
    """Return the share (B, K) of a scatterer's power that gets past people, there and back.

    A body is a plate across the line of sight, twice `half_width` wide and as high as the
    person; its edges are soft. Other people in front hide all of it, a person's own trunk the
    limbs behind it.

    Args:
        bodies, scatterers: in the radar's frame.
        half_width: metres.
        loss: behind a body, both ways [dB].
    """
    x, y, z = scatterers.positions
    flat = np.sqrt(x**2 + y**2)
    hidden = np.zeros(x.shape)
    for other in _others(bodies):
        seen = other >= 0
        at = bodies.positions[:, other]
        top = bodies.joints[2, other, HEAD] + CROWN
        distance = np.sqrt(at[0] ** 2 + at[1] ** 2)
        own = (other == np.arange(len(other)))[:, None]
        width = np.where(own, 0.6 * half_width, half_width)
        beside = np.abs(at[0, :, None] * y - at[1, :, None] * x) / np.maximum(flat, 1e-6)
        above = z * (distance[:, None] / np.maximum(flat, 1e-6)) - top[:, None]
        inside = _ramp((width - beside) / half_width) * _ramp(-above / half_width)
        behind = flat > distance[:, None] + np.where(own, 0.03, 0.15)
        hidden = np.maximum(hidden, np.where(behind & seen[:, None], inside, 0.0))
    return 10.0 ** (-0.1 * loss * hidden)


def _ramp(depth: Array) -> Array:
    """Return 0 outside, 1 well inside, linear between."""
    return np.clip(2.0 * depth + 0.5, 0.0, 1.0)


def _others(bodies: Bodies) -> Iterator[NDArray[np.int64]]:
    """Yield arrays (B,): for each body one body of the same frame (itself too), -1 for none."""
    people = int(bodies.people.max(initial=-1)) + 1
    frames = int(bodies.frames.max(initial=-1)) + 1
    table = np.full((frames, people), -1)
    table[bodies.frames, bodies.people] = np.arange(len(bodies))
    for person in range(people):
        yield table[bodies.frames, person]

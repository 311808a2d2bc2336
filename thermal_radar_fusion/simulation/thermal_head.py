"""A head before a thermal camera: ellipsoids hit by the pixels' rays, textured by direction."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.simulation.body import FACE, HEAD, NECK
from thermal_radar_fusion.simulation.face_texture import MEASURE, RISE, HeadTexture, texel
from thermal_radar_fusion.simulation.person import Appearance, Person
from thermal_radar_fusion.simulation.thermal_canvas import HEAD as HEAD_PART
from thermal_radar_fusion.simulation.thermal_canvas import PARTS, Canvas
from thermal_radar_fusion.simulation.thermal_lens import CameraPose, Window, is_empty

Array = NDArray[np.float64]

# A head nearer than this to the plane of the camera is not drawn [m].
NEAREST = 0.2
# How much colder skin looks at grazing angles (its emissivity falls): share of the contrast.
GRAZING = 0.16


@dataclass(frozen=True)
class Ellipsoid:
    """A part of a head.

    Attributes:
        centre: (3,) m in the head's axes (forward, left, up) from the HEAD joint.
        axes: (3,) half lengths [m].
        cover: the part of FaceTemperatures that it is made of, '' for the head's texture.
    """

    centre: tuple[float, float, float]
    axes: tuple[float, float, float]
    cover: str = ''


SKULL = Ellipsoid((-0.014, 0, 0.028), (0.096, 0.076, 0.092))
JAW = Ellipsoid((0.018, 0, -0.028), (0.074, 0.061, 0.078))
NOSE = Ellipsoid((0.086, 0, -0.016), (0.021, 0.013, 0.028))
EARS = (
    Ellipsoid((-0.012, 0.074, 0.0), (0.018, 0.013, 0.032), 'ears'),
    Ellipsoid((-0.012, -0.074, 0.0), (0.018, 0.013, 0.032), 'ears'),
)
BARE_NECK = Ellipsoid((-0.020, 0, -0.105), (0.057, 0.056, 0.078), 'neck')
LONG_HAIR = Ellipsoid((-0.062, 0, -0.055), (0.066, 0.092, 0.140), 'hair')
CAP_BILL = Ellipsoid((0.105, 0, 0.068), (0.062, 0.066, 0.010), 'hat')
HEADSCARF = (
    Ellipsoid((-0.036, 0, 0.016), (0.088, 0.088, 0.114), 'hat'),
    Ellipsoid((-0.022, 0, -0.125), (0.082, 0.080, 0.070), 'hat'),
)
FACE_PARTS = (SKULL, JAW, NOSE)


def head_parts(appearance: Appearance) -> tuple[Ellipsoid, ...]:
    """Return what a head of this appearance is made of."""
    parts: tuple[Ellipsoid, ...] = FACE_PARTS
    if appearance.hat == 'headscarf':
        return parts + HEADSCARF
    parts += (BARE_NECK,)
    if appearance.hair != 'long':
        parts += EARS
    else:
        parts += (LONG_HAIR,)
    return (*parts, CAP_BILL) if appearance.hat == 'cap' else parts


@dataclass(frozen=True)
class HeadPose:
    """Where a head is before a camera.

    Attributes:
        position: (3,) of the HEAD joint in the optical frame [m].
        axes: (3, 3) its axes forward, left, up as rows, in the optical frame.
        scale: size relative to the head of a person of 1.72 m.
    """

    position: Array
    axes: Array
    scale: float

    @classmethod
    def of(cls, person: Person, joints: Array, pose: CameraPose) -> HeadPose:
        """Build from one person's joints (J, 3) in `map`."""
        forward = _unit(joints[FACE] - joints[HEAD])
        up = joints[HEAD] - joints[NECK]
        left = _unit(_cross(up, forward))
        axes = np.stack([forward, left, _cross(forward, left)])
        scale = 0.6 + 0.4 * person.height / 1.72
        return cls(pose.apply(joints[HEAD]), pose.turned(axes), scale)

    def points(self, inside: ArrayLike) -> Array:
        """Return points (..., 3) [m in the head's axes] in the optical frame."""
        return self.position + self.turned(np.asarray(inside, dtype=float) * self.scale)

    def turned(self, vectors: Array) -> Array:
        """Return vectors (..., 3) of the head's axes in those of the optical frame."""
        x, y, z = np.moveaxis(vectors[..., None], -2, 0)
        return x * self.axes[0] + y * self.axes[1] + z * self.axes[2]

    @property
    def facing(self) -> float:
        """Cosine between where the head looks and the way to the camera: 1 frontal, -1 back."""
        length = math.sqrt(_dot(self.position, self.position))
        return -_dot(self.axes[0], self.position) / length


def _dot(a: Array, b: Array) -> float:
    return float(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def _unit(vector: Array) -> Array:
    return vector / max(math.sqrt(_dot(vector, vector)), 1e-9)


def _cross(a: Array, b: Array) -> Array:
    return np.array(
        [
            a[1] * b[2] - a[2] * b[1],
            a[2] * b[0] - a[0] * b[2],
            a[0] * b[1] - a[1] * b[0],
        ]
    )


@dataclass(frozen=True)
class HeadSurface:
    """A head before a camera, ready to be painted.

    Attributes:
        pose: where it is.
        appearance: what it wears.
        texture: what covers it.
        pixel: angle of one pixel [rad]: what the texture is averaged over.
    """

    pose: HeadPose
    appearance: Appearance
    texture: HeadTexture
    pixel: float

    @property
    def depth(self) -> float:
        """Distance along the optical axis [m]."""
        return float(self.pose.position[2])

    def paint(self, canvas: Canvas, person: int) -> None:
        """Paint it, for the person of an index."""
        parts = [(p, _window(canvas, self.pose, p)) for p in head_parts(self.appearance)]
        parts = [(part, window) for part, window in parts if window and not is_empty(window)]
        if not parts:
            return
        whole = _union([window for _, window in parts])
        depth, nearest = _nearest_hits(canvas, self.pose, parts, whole)
        pixels = np.flatnonzero(nearest >= 0)
        hits = _Hits(canvas, self.pose, whole, depth, pixels)
        surface = self._surface(hits, nearest.flat[pixels], [part for part, _ in parts])
        values = np.zeros(depth.shape, np.float32)
        values.flat[pixels] = hits.at_grazing_angles(surface, self.texture.air)
        canvas.paint(whole, nearest >= 0, values, self.depth, person * PARTS + HEAD_PART)

    def _surface(
        self, hits: _Hits, nearest: NDArray[np.int8], parts: list[Ellipsoid]
    ) -> NDArray[np.float32]:
        """Return the temperatures (N,) [°C] where the rays hit, given which part each hits."""
        level = self.texture.level(self.pixel * self.depth / self.pose.scale)
        surface = hits.textured(level)
        for index, part in enumerate(parts):
            if part.cover:
                cover = getattr(self.texture.temperatures, part.cover)
                surface[nearest == index] = np.float32(round(cover, 3))
        return surface


def _window(canvas: Canvas, pose: HeadPose, part: Ellipsoid) -> Window | None:
    """Return the pixels that an ellipsoid may cover, None if it is too near or behind."""
    corners = np.array(np.meshgrid(*[[-1, 1]] * 3)).reshape(3, -1).T * part.axes + part.centre
    points = pose.points(corners)
    if points[:, 2].min() < NEAREST:
        return None
    plane = points[:, :2] / points[:, 2:]
    return canvas.rays.window(plane.min(axis=0), plane.max(axis=0))


def _union(windows: list[Window]) -> Window:
    return tuple(
        slice(min(w[axis].start for w in windows), max(w[axis].stop for w in windows))
        for axis in (0, 1)
    )


def _nearest_hits(
    canvas: Canvas, pose: HeadPose, parts: list[tuple[Ellipsoid, Window]], whole: Window
) -> tuple[Array, NDArray[np.int8]]:
    """Return for each pixel of a window the depth [m] and index of the part it sees, or -1."""
    shape = tuple(w.stop - w.start for w in whole)
    depth, nearest = np.full(shape, np.inf), np.full(shape, -1, np.int8)
    for index, (part, window) in enumerate(parts):
        here = tuple(
            slice(w.start - o.start, w.stop - o.start) for w, o in zip(window, whole, strict=True)
        )
        hit = _depths(canvas.rays.x[window], canvas.rays.y[window], pose, part)
        nearer = hit < depth[here]
        np.copyto(depth[here], hit, where=nearer)
        np.copyto(nearest[here], np.int8(index), where=nearer)
    return depth, nearest


def _depths(x: Array, y: Array, pose: HeadPose, part: Ellipsoid) -> Array:
    """Return the depth [m] at which rays (x, y, 1) meet an ellipsoid, infinite where they miss.

    In the measure in which the ellipsoid is the unit ball about the origin a ray is
    `depth * direction - centre`, with the direction linear in x and y.
    """
    across = pose.axes / (np.asarray(part.axes) * pose.scale)[:, None]
    middle = pose.points(part.centre)
    centre = [_dot(row, middle) for row in across]
    direction = [row[0] * x + row[1] * y + row[2] for row in across]
    a = direction[0] ** 2 + direction[1] ** 2 + direction[2] ** 2
    b = centre[0] * direction[0] + centre[1] * direction[1] + centre[2] * direction[2]
    c = centre[0] ** 2 + centre[1] ** 2 + centre[2] ** 2 - 1
    inside = b * b - a * c
    depth = (b - np.sqrt(np.maximum(inside, 0.0))) / a
    return np.where(inside > 0, depth, np.inf)


class _Hits:
    """Where the rays of some pixels meet a head.

    Attributes:
        x, y, z: (N,) from the middle of the head's measure, in it: forward, left, up.
    """

    def __init__(
        self, canvas: Canvas, pose: HeadPose, window: Window, depth: Array, pixels: NDArray
    ) -> None:
        far = depth.flat[pixels]
        self._ray = (canvas.rays.x[window].flat[pixels], canvas.rays.y[window].flat[pixels])
        right, down = self._ray[0] * far, self._ray[1] * far
        middle = pose.points((0.0, 0.0, RISE))
        self._across = pose.axes / (MEASURE * pose.scale)[:, None]
        self.x, self.y, self.z = (
            row[0] * (right - middle[0]) + row[1] * (down - middle[1]) + row[2] * (far - middle[2])
            for row in self._across
        )

    def textured(self, level: NDArray[np.float32]) -> NDArray[np.float32]:
        """Look the temperatures up in a map of HeadTexture."""
        return level.reshape(-1)[texel(self.x, self.y, self.z, level.shape[1])]

    def at_grazing_angles(self, surface: NDArray[np.float32], air: float) -> NDArray[np.float32]:
        """Let surfaces that are seen at a slant come nearer to the air's temperature [°C]."""
        x, y = self._ray
        d = [row[0] * x + row[1] * y + row[2] for row in self._across]
        towards = -(self.x * d[0] + self.y * d[1] + self.z * d[2])
        length = (self.x**2 + self.y**2 + self.z**2) * (d[0] ** 2 + d[1] ** 2 + d[2] ** 2)
        slant = 1 - np.clip(towards / np.sqrt(length), 0.0, 1.0)
        share = (GRAZING * slant * slant * slant).astype(np.float32)
        return surface + (np.float32(air) - surface) * share

"""Trunk and limbs before a thermal camera: capsules in clothes, bare hands."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.simulation.body import JOINTS
from thermal_radar_fusion.simulation.face_temperatures import FaceTemperatures, person_generator
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.thermal_canvas import BODY, PARTS, Canvas
from thermal_radar_fusion.simulation.thermal_lens import CameraPose, is_empty
from thermal_radar_fusion.simulation.thermal_texture import lattice_noise

Array = NDArray[np.float64]
Image = NDArray[np.float32]

# Bodies are cut off at this distance from the plane of the camera [m].
NEAREST = 0.2
# Folds of clothes: their size [m], texels to a fold, texels until they repeat; and how much
# colder the outline of a part is [K].
FOLD, FINE, TILE = 0.06, 8, 256
EDGE = 0.9
# Skin is smoother than clothes.
ROUGH = {'hand': 0.3}


@dataclass(frozen=True)
class Capsule:
    """A rounded cone between two joints.

    Attributes:
        start, end: joints; 'a>b:0.4' is the point at 0.4 of the way from a to b.
        radii: at the start and the end [m], for build 1.
    """

    start: str
    end: str
    radii: tuple[float, float]


@dataclass(frozen=True)
class BodyPart:
    """Capsules that are painted together, as one surface.

    Attributes:
        name: what ClothedBody looks the temperature up by.
        capsules: their union is painted.
        anchor: joint whose distance tells what hides what, else the middle of the capsules.
    """

    name: str
    capsules: tuple[Capsule, ...]
    anchor: str = ''


def _limbs(side: str) -> tuple[BodyPart, ...]:
    """Return arm and leg of the side 'left' or 'right'."""
    shoulder, elbow, hand = (f'{side}_{joint}' for joint in ('shoulder', 'elbow', 'hand'))
    hip, knee, ankle, toe = (f'{side}_{joint}' for joint in ('hip', 'knee', 'ankle', 'toe'))
    wrist = f'{elbow}>{hand}:0.75'
    return (
        BodyPart('upper_arm', (Capsule(shoulder, elbow, (0.062, 0.046)),)),
        BodyPart('forearm', (Capsule(elbow, wrist, (0.044, 0.034)),)),
        BodyPart('hand', (Capsule(wrist, f'{elbow}>{hand}:1.2', (0.030, 0.036)),)),
        BodyPart('leg', (Capsule(hip, knee, (0.092, 0.062)), Capsule(knee, ankle, (0.06, 0.044)))),
        BodyPart('shoe', (Capsule(ankle, toe, (0.042, 0.036)),)),
    )


TRUNK = BodyPart(
    'trunk',
    (
        Capsule('neck', 'left_shoulder', (0.055, 0.060)),
        Capsule('neck', 'right_shoulder', (0.055, 0.060)),
        Capsule('left_shoulder>left_hip:0.1', 'left_hip', (0.078, 0.105)),
        Capsule('right_shoulder>right_hip:0.1', 'right_hip', (0.078, 0.105)),
        Capsule('left_shoulder>left_hip:0.14', 'right_shoulder>right_hip:0.14', (0.08, 0.08)),
        Capsule('neck>chest:0.6', 'pelvis', (0.130, 0.130)),
    ),
    anchor='neck',
)
BODY_PARTS = (TRUNK, *_limbs('left'), *_limbs('right'))


class ClothedBody:
    """How warm the parts of one person's body are, and the folds of the clothes.

    Attributes:
        temperatures: by name of a BodyPart [°C].
    """

    def __init__(self, person: Person, face: FaceTemperatures) -> None:
        """Draw the clothes of a person whose skin has these temperatures."""
        draw = person_generator(person, 2)
        clothing = person.appearance.clothing
        a, b, c = np.round(np.clip(draw.standard_normal(3), -2, 2), 9)
        hand = face.maximum - 3.6 + 1.2 * a
        short_sleeves = draw.uniform() < 0.3
        arm = clothing + 0.2 + 0.3 * b
        parts = {
            'trunk': clothing + 0.4,
            'upper_arm': arm,
            'forearm': face.maximum - 3.2 + 0.8 * a if short_sleeves else arm - 0.2,
            'hand': hand,
            'leg': clothing - 0.3 + 0.5 * c,
            'shoe': clothing - 1.6,
        }
        self.temperatures = {name: round(value, 3) for name, value in parts.items()}
        self._folds = _folds(draw)

    def surface(self, name: str, along: Array, across: Array) -> Image:
        """Return the temperatures [°C] of a part at places along and across it [m]."""
        row = (along * (0.5 * FINE / FOLD)).astype(np.int32) & (TILE - 1)
        column = (across * (FINE / FOLD)).astype(np.int32) & (TILE - 1)
        folds = self._folds.reshape(-1)[row * TILE + column]
        return folds * np.float32(ROUGH.get(name, 1.0)) + np.float32(self.temperatures[name])


def _folds(draw: np.random.Generator) -> Image:
    """Return (TILE, TILE) how much warmer [K] clothes are where they lie close to the skin."""
    lattice = draw.uniform(-1, 1, (2, TILE // FINE, TILE // FINE))
    row, column = np.meshgrid(*[(np.arange(TILE)) / FINE] * 2, indexing='ij')
    fine = lattice_noise(lattice[1], 2 * column, 2 * row + column)
    return np.round(lattice_noise(lattice[0], column, row) + 0.4 * fine, 3).astype(np.float32)


def part_points(joints: Array, names: tuple[str, ...]) -> Array:
    """Return the places (N, 3) of joints (J, 3) and of points between them, see Capsule."""
    return np.stack([_point(joints, name) for name in names])


def _point(joints: Array, name: str) -> Array:
    way, _, share = name.partition(':')
    start, _, end = way.partition('>')
    place = joints[JOINTS.index(start)]
    return place if not end else place + float(share) * (joints[JOINTS.index(end)] - place)


@dataclass(frozen=True)
class PartSurface:
    """One part of a person before a camera, ready to be painted.

    Attributes:
        name: of the BodyPart.
        body: the person's clothes.
        ends: per capsule (2, 3) m in the optical frame.
        radii: per capsule (2,) m.
        depth: distance along the optical axis [m].
    """

    name: str
    body: ClothedBody
    ends: list[Array]
    radii: list[Array]
    depth: float

    def paint(self, canvas: Canvas, person: int) -> None:
        """Paint it, for the person of an index."""
        cones = [_in_plane(pair, r) for pair, r in zip(self.ends, self.radii, strict=True)]
        cones = [cone for cone in cones if cone is not None]
        if not cones:
            return
        low = np.min([cone.low for cone in cones], axis=0)
        high = np.max([cone.high for cone in cones], axis=0)
        window = canvas.rays.window(low, high)
        if is_empty(window):
            return
        x, y = (plane[window] for plane in canvas.rays.coarse)
        relief = cones[0].relief(x, y)
        for cone in cones[1:]:
            np.maximum(relief, cone.relief(x, y), out=relief)
        slope = 1 - np.maximum(relief, np.float32(0))
        values = self.body.surface(self.name, *cones[-1].coordinates(x, y, self.depth))
        values -= np.float32(EDGE) * slope * slope * slope
        canvas.paint(window, relief > 0, values, self.depth, person * PARTS + BODY)


def body_surfaces(
    person: Person, body: ClothedBody, joints: Array, pose: CameraPose
) -> list[PartSurface]:
    """Return all of a person but the head, from joints (J, 3) [m] in `map`."""
    optical = pose.apply(joints)
    girth = person.build * (0.4 + 0.6 * person.height / 1.72)
    return [_surface(part, body, optical, girth) for part in BODY_PARTS]


def _surface(part: BodyPart, body: ClothedBody, optical: Array, girth: float) -> PartSurface:
    """Place a part by the joints (J, 3) in the optical frame."""
    ends = [part_points(optical, (c.start, c.end)) for c in part.capsules]
    radii = [np.array(c.radii) * girth for c in part.capsules]
    marks = part_points(optical, (part.anchor,)) if part.anchor else np.concatenate(ends)
    depth = sum(marks[:, 2].tolist()) / len(marks)
    return PartSurface(part.name, body, ends, radii, depth)


@dataclass(frozen=True)
class _FlatCone:
    """A capsule as seen in the plane z = 1: two circles and what lies between them.

    Attributes:
        x, y, radius: the first circle.
        way_x, way_y, growth: what the second has more.
        length: of the way.
    """

    x: float
    y: float
    radius: float
    way_x: float
    way_y: float
    growth: float
    length: float

    @property
    def low(self) -> tuple[float, float]:
        """Least x and y."""
        radius = max(self.radius, self.radius + self.growth)
        return min(0, self.way_x) + self.x - radius, min(0, self.way_y) + self.y - radius

    @property
    def high(self) -> tuple[float, float]:
        """Greatest x and y."""
        radius = max(self.radius, self.radius + self.growth)
        return max(0, self.way_x) + self.x + radius, max(0, self.way_y) + self.y + radius

    def relief(self, x: Image, y: Image) -> Image:
        """Return 1 on the axis, 0 on the outline and less outside."""
        x, y = x - self.x, y - self.y
        square = self.length * self.length
        share = x * (self.way_x / square)
        share += y * (self.way_y / square)
        np.maximum(share, 0, out=share)
        np.minimum(share, 1, out=share)
        x -= share * self.way_x
        y -= share * self.way_y
        share *= self.growth
        share += self.radius
        share *= share
        x *= x
        y *= y
        x += y
        x /= share
        return np.subtract(1, x, out=x)

    def coordinates(self, x: Image, y: Image, depth: float) -> tuple[Image, Image]:
        """Return places along and across the axis [m] at a depth [m]."""
        right, down = self.way_x * depth / self.length, self.way_y * depth / self.length
        x, y = x - self.x, y - self.y
        return x * right + y * down, x * down - y * right


def _in_plane(ends: Array, radii: Array) -> _FlatCone | None:
    """Project a capsule with ends (2, 3) [m, optical frame]; None if it is behind the camera."""
    if ends[:, 2].max() <= NEAREST:
        return None
    ends, radii = ends.copy(), radii.copy()
    for this, other in ((0, 1), (1, 0)):
        if ends[this, 2] < NEAREST:
            share = (NEAREST - ends[this, 2]) / (ends[other, 2] - ends[this, 2])
            ends[this] += share * (ends[other] - ends[this])
            radii[this] += share * (radii[other] - radii[this])
    (x, y), (end_x, end_y) = (ends[:, :2] / ends[:, 2:]).tolist()
    start, end = (radii / ends[:, 2]).tolist()
    length = max(math.sqrt((end_x - x) ** 2 + (end_y - y) ** 2), 1e-6)
    return _FlatCone(x, y, start, end_x - x, end_y - y, end - start, length)

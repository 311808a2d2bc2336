"""Rendered thermograms for training: people by chance before a backdrop by chance, and truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.camera_model import Intrinsics
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.simulation.face_boxes import FaceBox, face_box
from thermal_radar_fusion.simulation.thermal_background import Background, RoomModel
from thermal_radar_fusion.simulation.thermal_body import body_surfaces
from thermal_radar_fusion.simulation.thermal_canvas import NOBODY, Canvas
from thermal_radar_fusion.simulation.thermal_head import NEAREST, HeadPose, HeadSurface
from thermal_radar_fusion.simulation.thermal_lens import OPTICAL, CameraPose, PixelRays
from thermal_radar_fusion.training.backdrops import drawn_backdrop, drawn_thing
from thermal_radar_fusion.training.looks import Looks
from thermal_radar_fusion.training.posed_people import facing, posed_body

Array = NDArray[np.float64]

HEIGHT, WIDTH = 320, 400
# Heights of the main face [pixels], distances [m], and the length it is seen by [m].
FACES, DISTANCES, FACE = (7.0, 260.0), (0.6, 8.0), 0.18
FOCALS = np.geomspace(120.0, 4000.0, 24)
# Shares of empty scenes and of crowds, and the most people in one.
EMPTY, CROWD, MOST = 0.08, 0.5, 11
# Shares of scenes in a simulated room, with something in front, and of people who look away.
ROOM, COVERED, AWAY = 0.2, 0.35, 0.4
FAR = 40.0


@dataclass(frozen=True)
class Thermogram:
    """One rendered scene.

    Attributes:
        celsius: (HEIGHT, WIDTH) °C, sharp and without noise.
        faces: the true boxes of all that is to be seen of faces, and heads from behind, whose
            boxes are about right and whose `visible` is 0.
    """

    celsius: NDArray[np.float32]
    faces: tuple[FaceBox, ...]


def drawn_air(draw: np.random.Generator) -> float:
    """Draw the temperature [°C] of a room, of a winter's day or of a summer's."""
    kind = draw.random()
    if kind < 0.65:
        return draw.normal(22.2, 1.8)
    return draw.uniform(-10, 15) if kind < 0.85 else draw.uniform(27, 35)


def drawn_thermogram(
    visitors: Sequence[Looks], air: float, draw: np.random.Generator
) -> Thermogram:
    """Render some of the visitors in air of a temperature [°C]."""
    scene = _Scene.drawn(air, draw)
    count = min(_head_count(draw), len(visitors))
    chosen = [visitors[k] for k in draw.permutation(len(visitors))[:count]]
    heads = [scene.place(visitor, draw) for visitor in chosen]
    scene.paint(chosen, heads)
    if draw.random() < COVERED:
        scene.cover(heads, draw)
    return Thermogram(scene.canvas.temperature, scene.faces(chosen, heads))


def _head_count(draw: np.random.Generator) -> int:
    kind = draw.random()
    if kind < EMPTY:
        return 0
    return int(draw.integers(4, MOST + 1) if kind < EMPTY + CROWD else draw.integers(1, 4))


def _between(low: float, high: float, draw: np.random.Generator) -> float:
    """Draw from a range, evenly in the logarithm."""
    return float(np.exp(draw.uniform(math.log(low), math.log(high))))


@dataclass
class _Scene:
    """A picture in the making.

    Attributes:
        intrinsics, mounting, pose: of the camera.
        distance: of the main visitor [m].
        air: its temperature [°C].
        canvas: what has been painted.
    """

    intrinsics: Intrinsics
    mounting: Mounting
    pose: CameraPose
    distance: float
    air: float
    canvas: Canvas

    @classmethod
    def drawn(cls, air: float, draw: np.random.Generator) -> _Scene:
        """Draw a camera and what is behind the people."""
        height, distance = _between(*FACES, draw), _between(*DISTANCES, draw)
        index = int(np.abs(FOCALS - height * distance / FACE).argmin())
        intrinsics, rays = _lens(index)
        distance = FACE * intrinsics.fx / height
        mounting = Mounting(z=1.6, pitch=draw.normal(0.05, 0.2), roll=draw.normal(0, 0.08))
        pose = CameraPose(mounting.transform)
        if draw.random() < ROOM:
            room = _room(air, rays, pose, draw)
        else:
            room = drawn_backdrop((HEIGHT, WIDTH), air, draw)
        depth = np.full((HEIGHT, WIDTH), FAR, np.float32)
        canvas = Canvas.empty(rays, room.astype(np.float32), depth, air, 0.004)
        return cls(intrinsics, mounting, pose, distance, air, canvas)

    def place(self, visitor: Looks, draw: np.random.Generator) -> Array:
        """Return the joints (J, 3) [m] of a visitor somewhere in the picture."""
        depth = self.distance * math.exp(draw.normal(0, 0.25))
        place = draw.uniform(-0.47, 0.47, 2) * (WIDTH, HEIGHT) - (0, 0.08 * HEIGHT)
        crowded = min(FACE * self.intrinsics.fx / depth / HEIGHT, 0.6)
        optical = depth * np.array([*(place * (1 - crowded) / self.intrinsics.fx), 1.0])
        head = self.mounting.transform.apply(OPTICAL.inverse().apply(optical))
        towards = self.mounting.transform.translation - head
        heading = math.atan2(towards[1], towards[0])
        away = draw.random() < AWAY
        heading += draw.uniform(-math.pi, math.pi) if away else draw.normal(0, 0.5)
        return facing(posed_body(visitor.person.height, draw), heading, head)

    def paint(self, visitors: Sequence[Looks], heads: Sequence[Array]) -> None:
        """Paint visitors whose joints are given, the farthest first."""
        entries = list(enumerate(zip(visitors, heads, strict=True)))
        distances = [-float(self.pose.apply(joints[0])[2]) for joints in heads]
        for index, (visitor, joints) in sorted(entries, key=lambda entry: distances[entry[0]]):
            head = HeadPose.of(visitor.person, joints, self.pose)
            appearance, pixel = visitor.person.appearance, 1 / self.intrinsics.fx
            surfaces = [
                *body_surfaces(visitor.person, visitor.body, joints, self.pose),
                HeadSurface(head, appearance, visitor.texture, pixel),
            ]
            for surface in sorted(surfaces, key=lambda s: -s.depth):
                surface.paint(self.canvas, index)

    def cover(self, heads: Sequence[Array], draw: np.random.Generator) -> None:
        """Lay things over the picture, some of them over faces."""
        for _ in range(draw.integers(1, 4)):
            centre, size = draw.uniform(0, 1, 2) * (WIDTH, HEIGHT), _between(10, 200, draw)
            if len(heads) and draw.random() < 0.4:
                seen = self.pose.apply(heads[draw.integers(len(heads))][0])
                face = FACE * self.intrinsics.fx / max(seen[2], 0.3)
                centre = self.intrinsics.project(seen) + draw.normal(0, 0.7 * face, 2)
                size = face * draw.uniform(0.2, 1.0)
            self._lay(*drawn_thing((HEIGHT, WIDTH), centre, size, self.air, draw))

    def _lay(self, share: NDArray[np.float32], surface: NDArray[np.float32]) -> None:
        below = self.canvas.temperature
        self.canvas.temperature = (below + (surface - below) * share).astype(np.float32)
        self.canvas.owner[share > 0.5] = NOBODY

    def faces(self, visitors: Sequence[Looks], heads: Sequence[Array]) -> tuple[FaceBox, ...]:
        """Return the true boxes, and those of heads from behind."""
        boxes = []
        for index, (visitor, joints) in enumerate(zip(visitors, heads, strict=True)):
            name = visitor.person.name
            head = HeadPose.of(visitor.person, joints, self.pose)
            box = face_box(name, head, self.intrinsics, self.canvas.owner, index)
            boxes.append(box or self._from_behind(name, head))
        return tuple(box for box in boxes if box is not None)

    def _from_behind(self, name: str, head: HeadPose) -> FaceBox | None:
        """Return where a head is that shows no face, None where it is not in the picture."""
        if head.position[2] < NEAREST:
            return None
        size = np.array([0.4, 0.5]) * FACE * self.intrinsics.fx / head.position[2]
        middle = self.intrinsics.project(head.position)
        last = np.array([WIDTH - 1, HEIGHT - 1])
        if (middle < 0).any() or (middle > last).any():
            return None
        corners = np.clip([middle - size, middle + size], 0, last)
        return FaceBox(name, tuple(corners.ravel().tolist()), head.facing, 0.0)


@lru_cache(maxsize=len(FOCALS))
def _lens(index: int) -> tuple[Intrinsics, PixelRays]:
    """Return the camera of one of FOCALS [pixels], without distortion, and its rays."""
    middle = ((WIDTH - 1) / 2, (HEIGHT - 1) / 2)
    intrinsics = Intrinsics(FOCALS[index], FOCALS[index], *middle, (0.0,) * 5, WIDTH, HEIGHT)
    return intrinsics, PixelRays(intrinsics)


def _room(air: float, rays: PixelRays, pose: CameraPose, draw: np.random.Generator) -> Array:
    """Return a simulated room (HEIGHT, WIDTH) [°C] of some size."""
    x0, x1 = -draw.uniform(0.5, 3), draw.uniform(3, 9)
    y0, y1 = -draw.uniform(1.5, 4), draw.uniform(1.5, 4)
    corners = np.array([(x0, y0), (x0, y1), (x1, y1), (x1, y0), (x0, y0)])
    walls = np.stack([corners[:-1], corners[1:]], axis=1)
    model = RoomModel(
        air=float(air),
        surfaces=draw.uniform(0.2, 2.0),
        texture=draw.uniform(0.05, 0.6),
        floor=float(draw.choice((-0.6, 2.0, 10.0))),
        distractors=int(draw.integers(0, 14)),
    )
    return Background(model, rays, pose, walls, draw).temperature

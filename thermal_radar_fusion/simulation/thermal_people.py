"""People before an infrared camera of any resolution: the far ones first, then the near ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.simulation.body import CHEST, HEAD, BodyMotion
from thermal_radar_fusion.simulation.face_texture import HeadTexture
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.thermal_body import ClothedBody, body_surfaces
from thermal_radar_fusion.simulation.thermal_canvas import Canvas
from thermal_radar_fusion.simulation.thermal_head import HeadPose, HeadSurface
from thermal_radar_fusion.simulation.thermal_lens import CameraPose

Array = NDArray[np.float64]
Bodies = Sequence[tuple[Person, BodyMotion]]

# Joints are rounded to this many decimals of a metre, so that a last bit cannot move an edge.
DECIMALS = 6
# No part of a body, no hair and no hat is farther than this from the joints [m].
GIRTH = 0.35


class PeoplePainter:
    """Paints people as one camera sees them."""

    def __init__(self, pose: CameraPose, air: float, pixel: float) -> None:
        """Paint for a camera at a pose.

        Args:
            air: temperature of the room [°C]: hair, clothes and glasses lie between it and skin.
            pixel: angle of one pixel [rad].
        """
        self._pose, self._air, self._pixel = pose, air, pixel

    def paint(self, canvas: Canvas, bodies: Bodies, i: int, lag: float = 0.0) -> None:
        """Paint everybody who is present, as they were `lag` seconds before instant i."""
        people = []
        for index, (person, motion) in enumerate(bodies):
            if motion.present[i]:
                joints = shown_joints(motion, i, lag)
                seen = self._pose.apply(joints)
                if canvas.may_show(seen.min(axis=0) - GIRTH, seen.max(axis=0) + GIRTH):
                    middle = (seen[HEAD] + seen[CHEST]) / 2
                    people.append((-round(_length(middle), 6), index, person, joints))
        for _, index, person, joints in sorted(people, key=lambda entry: entry[:2]):
            self._paint_person(canvas, person, joints, index)

    def head(self, person: Person, motion: BodyMotion, i: int) -> HeadPose:
        """Return where a person's head is at instant i."""
        return HeadPose.of(person, shown_joints(motion, i), self._pose)

    def _paint_person(self, canvas: Canvas, person: Person, joints: Array, index: int) -> None:
        texture, clothes = looks_of(person, self._air)
        head = HeadPose.of(person, joints, self._pose)
        surfaces = [
            *body_surfaces(person, clothes, joints, self._pose),
            HeadSurface(head, person.appearance, texture, self._pixel),
        ]
        order = sorted(range(len(surfaces)), key=lambda k: (-round(surfaces[k].depth, 6), k))
        for k in order:
            surfaces[k].paint(canvas, index)


@lru_cache(maxsize=64)
def looks_of(person: Person, air: float) -> tuple[HeadTexture, ClothedBody]:
    """Return how a person looks in air of a temperature [°C], the same to every camera."""
    texture = HeadTexture(person, air)
    return texture, ClothedBody(person, texture.temperatures)


def shown_joints(motion: BodyMotion, i: int, lag: float = 0.0) -> Array:
    """Return the joints (J, 3) [m] `lag` seconds before instant i, rounded."""
    return np.round(motion.joints[i] - lag * motion.velocities[i], DECIMALS)


def _length(vector: Array) -> float:
    return math.sqrt(float(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2))

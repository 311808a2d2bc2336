"""Lengths of a body's segments as shares of its height."""

from __future__ import annotations

from dataclasses import dataclass

# Shares of the standing height: Drillis & Contini (1966), as printed in Winter, 'Biomechanics and
# Motor Control of Human Movement', fig. 4.1. Joint centres that the figure does not give
# (hips, the chest's middle, the foot's pivots) are set so that segments meet.
THIGH, SHANK, ANKLE = 0.245, 0.246, 0.039
SHOULDER_HEIGHT, NECK_HEIGHT, CHEST_HEIGHT = 0.818, 0.835, 0.72
HEAD_HEIGHT, EYE_HEIGHT, FACE_DEPTH = 0.932, 0.936, 0.055
HALF_SHOULDERS, HALF_HIPS = 0.118, 0.052
UPPER_ARM, FOREARM_TO_PALM = 0.186, 0.20
ANKLE_TO_BALL, ANKLE_TO_HEEL, TOE = 0.10, 0.04, 0.012


@dataclass(frozen=True)
class Anatomy:
    """Lengths in metres of one body.

    Attributes:
        thigh, shank: hip to knee, knee to ankle.
        ankle, toe: height of the ankle's and the toes' joint over the sole.
        ball, heel: horizontal distance from the ankle forward to the ball, back to the heel.
        hips, shoulders: half the distance between left and right.
        shoulder, neck, chest, head, eyes: height over the pelvis (the middle between the hips).
        face: from the head's centre forward to the root of the nose.
        upper_arm, forearm: shoulder to elbow, elbow to the palm's middle.
    """

    thigh: float
    shank: float
    ankle: float
    toe: float
    ball: float
    heel: float
    hips: float
    shoulders: float
    shoulder: float
    neck: float
    chest: float
    head: float
    eyes: float
    face: float
    upper_arm: float
    forearm: float

    @classmethod
    def of(cls, height: float) -> Anatomy:
        """Return the lengths of a body of a standing height [m]."""
        pelvis = THIGH + SHANK + ANKLE
        over_pelvis = (SHOULDER_HEIGHT, NECK_HEIGHT, CHEST_HEIGHT, HEAD_HEIGHT, EYE_HEIGHT)
        shares = (THIGH, SHANK, ANKLE, TOE, ANKLE_TO_BALL, ANKLE_TO_HEEL)
        shares += (HALF_HIPS, HALF_SHOULDERS, *(share - pelvis for share in over_pelvis))
        shares += (FACE_DEPTH, UPPER_ARM, FOREARM_TO_PALM)
        return cls(*(share * height for share in shares))

    @property
    def leg(self) -> float:
        """Length of the stretched leg, hip to ankle: the unit of Boulic's model."""
        return self.thigh + self.shank

    @property
    def pelvis(self) -> float:
        """Height of the hips over the floor of a body that stands upright."""
        return self.leg + self.ankle

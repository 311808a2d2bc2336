"""What a calibration of a camera's place assumes, and how sure it has to be."""

from __future__ import annotations

import math
from dataclasses import dataclass

from thermal_radar_fusion.parameters import Parameters, parameter

# The middle of the face of somebody who walks lies lower than that person stands tall [m], and how
# much that varies.
FACE_BELOW_TOP, KNOWN_HEIGHT_STD = 0.16, 0.03


@dataclass(frozen=True)
class ExtrinsicParameters(Parameters):
    """What is assumed of a calibration, and how sure it has to be."""

    face_height: float = parameter(
        1.54, "middle of the walker's face above the floor", unit='m', low=0.3, high=2.5
    )
    face_height_std: float = parameter(0.08, 'of that', unit='m', low=0.001, high=1)
    rotation: float = parameter(
        0.0,
        'degrees by which images must be turned clockwise for heads to be up',
        unit='deg',
        low=-360,
        high=360,
    )
    level_std: float = parameter(
        3.0, 'how far the camera may hang off the level', unit='deg', low=0.01, high=45
    )
    pixel_std: float = parameter(
        2.0, 'of the middle of a face or marker', unit='px', low=0.01, high=100
    )
    side_std: float = parameter(
        0.08, 'between the face and what the radar sees of a body', unit='m', low=0, high=1
    )
    up_std: float = parameter(
        0.03, 'of the height of the face while walking', unit='m', low=0, high=1
    )
    distance_std: float = parameter(
        0.3,
        'of distances by the size of the face, relative: detectors draw boxes of far faces of'
        ' other proportions',
        low=0.001,
        high=10,
    )
    scale_std: float = parameter(
        0.1, "of the walker's size of the face, relative", low=0.001, high=10
    )
    delay_std: float = parameter(
        0.1, 'of what one sensor is behind the other', unit='s', low=1e-6, high=10
    )
    correlation_time: float = parameter(
        1.0, 'errors of the tracks are alike for so long', unit='s', low=0.01, high=100
    )
    least_time: float = parameter(
        10.0, 'for which both sensors must see the walker', unit='s', low=1, high=3600
    )
    most_crowded: float = parameter(
        0.3, 'share of the time in which somebody else may be seen', low=0, high=1
    )
    most_position_std: float = parameter(
        0.12, 'the calibration is refused if it is less sure', unit='m', low=0.001, high=10
    )
    most_turn_std: float = parameter(
        1.5, 'the calibration is refused if it is less sure', unit='deg', low=0.01, high=90
    )
    most_residual: float = parameter(
        4.0, 'the calibration is refused if directions differ by more', unit='deg', low=0.01
    )

    @property
    def roll(self) -> float:
        """Of a camera whose images must be turned by `rotation` [rad]."""
        return math.radians((self.rotation + 180) % 360 - 180)

    def of_walker(self, height: float) -> ExtrinsicParameters:
        """Return the parameters for a walker of a known standing height [m].

        Raises:
            ParameterError: nobody is so tall or small.
        """
        return self.replace(face_height=height - FACE_BELOW_TOP, face_height_std=KNOWN_HEIGHT_STD)

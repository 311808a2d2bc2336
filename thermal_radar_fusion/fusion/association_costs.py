"""What it costs to take a radar track and a face track for the same person.

The published text of milliTRACE-IR (section IV-F) lost its formulas. They are reconstructed here
from what it says of them: a cost A_d of the estimated distances and a cost A_x of the horizontal
positions, each over the time steps at which both tracks exist and each normalised by the variances
of both estimates; their sum is weighted by rho(K), which is positive for K > 1/step and falls as
the number K of common steps grows. The logarithm that the paper defines without using it elsewhere
in this part makes rho(K) = 1 / log(K step) the natural reading.

Unlike the paper, which projects the radar's position onto the image and compares columns, both
tracks are compared as seen from the camera in the horizontal plane of the room: as bearing and
horizontal range. For a level camera that is the same up to the tangent; it also holds for cameras
that look down or hang on their side, and needs no guess of how tall people are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.camera_model import ThermalCameraView
from thermal_radar_fusion.fusion.common_steps import Ids, TrackSamples
from thermal_radar_fusion.parameters import Parameters, parameter

Array = NDArray[np.float64]

# Columns of the samples of radar tracks and of face tracks.
RADAR = ('x', 'y', 'xx', 'xy', 'yy')
FACE = ('column', 'row', 'distance', 'pixel_variance', 'distance_variance')


@dataclass(frozen=True)
class CostParameters(Parameters):
    """How well the two sensors can agree about the same person at best."""

    terms: str = parameter(
        'both', 'A_x + A_d of the paper, or one of them', choices=('both', 'bearing', 'distance')
    )
    bearing_std: float = parameter(
        0.01, 'error of the calibration between the sensors', unit='rad', low=0, high=1
    )
    body_std: float = parameter(
        0.1, 'between the face and what the radar sees of a body', unit='m', low=0, high=1
    )
    face_spread: float = parameter(
        0.08, 'spread of the sizes of faces, of which the distance is told', low=0, high=1
    )
    worst: float = parameter(
        25.0, 'no single step costs more than this: squared deviations', low=1, high=1e6
    )


@dataclass(frozen=True)
class SeenFromCamera:
    """Where tracks are as seen from the camera, in the horizontal plane.

    Attributes:
        bearing, bearing_variance: (N,) about the vertical [rad, rad^2].
        distance, distance_variance: (N,) horizontal range [m, m^2].
    """

    bearing: Array
    bearing_variance: Array
    distance: Array
    distance_variance: Array


def radar_seen(
    samples: TrackSamples, view: ThermalCameraView, parameters: CostParameters
) -> SeenFromCamera:
    """Return where radar tracks, samples with the columns RADAR, are as seen from the camera."""
    x, y, xx, xy, yy = samples.values.T
    x, y = x - view.position[0], y - view.position[1]
    distance = np.maximum(np.hypot(x, y), parameters.body_std + 1e-3)
    along = (x * x * xx + 2 * x * y * xy + y * y * yy) / distance**2
    across = (y * y * xx - 2 * x * y * xy + x * x * yy) / distance**2
    body = parameters.body_std**2
    return SeenFromCamera(np.arctan2(y, x), (across + body) / distance**2, distance, along + body)


def faces_seen(
    samples: TrackSamples, view: ThermalCameraView, parameters: CostParameters
) -> SeenFromCamera:
    """Return where face tracks, samples with the columns FACE, are as seen from the camera."""
    distance, pixel_variance, variance = samples.values[:, 2:].T
    rays = view.rays(samples.values[:, :2])
    level = np.hypot(rays[:, 0], rays[:, 1])
    focal = view.intrinsics.fx * np.maximum(level, 1e-3)
    return SeenFromCamera(
        np.arctan2(rays[:, 1], rays[:, 0]),
        pixel_variance / focal**2 + parameters.bearing_std**2,
        distance * level,
        (variance + (parameters.face_spread * distance) ** 2) * level**2,
    )


def squared_deviations(
    radar: SeenFromCamera, faces: SeenFromCamera, worst: float
) -> tuple[Array, Array]:
    """Return how far tracks are apart at one step: what A_x and A_d are the means of.

    Args:
        worst: larger values are cut: one step says no more than that a pair is impossible.

    Returns:
        (R, F) of the bearings and (R, F) of the distances: squared differences over the sums of
        both variances.
    """
    turn = radar.bearing[:, None] - faces.bearing
    turn = (turn + np.pi) % (2 * np.pi) - np.pi
    apart = radar.distance[:, None] - faces.distance
    bearing = turn**2 / (radar.bearing_variance[:, None] + faces.bearing_variance)
    distance = apart**2 / (radar.distance_variance[:, None] + faces.distance_variance)
    return np.minimum(bearing, worst), np.minimum(distance, worst)


def track_length_weight(time: Array) -> Array:
    """Return rho(K) = 1 / log(K step) of the common time K step [s] of two tracks.

    Infinite up to one second, where the paper wants no association yet (K > 1/step).
    """
    positive = np.maximum(np.asarray(time, dtype=float), 1.0)
    with np.errstate(divide='ignore'):
        return 1 / np.log(positive)


class PairEvidence:
    """What has been seen so far of every pair of a radar track and a face track.

    Attributes:
        radar_ids: (R,) ascending.
        face_ids: (F,) ascending.
        sums: (R, F, 3) sums over common steps of squared bearing deviations, squared distance
            deviations, and ones.
    """

    def __init__(self) -> None:
        self.radar_ids: Ids = np.empty(0, dtype=np.int64)
        self.face_ids: Ids = np.empty(0, dtype=np.int64)
        self.sums = np.zeros((0, 0, 3))

    def add(self, radar_ids: Ids, face_ids: Ids, bearing: Array, distance: Array) -> None:
        """Add one step: squared deviations (R, F) of tracks, whose ids are given ascending."""
        self.select(np.union1d(self.radar_ids, radar_ids), np.union1d(self.face_ids, face_ids))
        rows = np.searchsorted(self.radar_ids, radar_ids)
        columns = np.searchsorted(self.face_ids, face_ids)
        step = np.stack([bearing, distance, np.ones_like(bearing)], axis=-1)
        self.sums[np.ix_(rows, columns)] += step

    def fade(self, share: float) -> None:
        """Let everything so far count only this share of what it did."""
        self.sums *= share

    def select(self, radar_ids: Ids, face_ids: Ids) -> None:
        """Keep the evidence of these tracks, ids ascending; those not yet known start empty."""
        sums = np.zeros((len(radar_ids), len(face_ids), 3))
        _, rows, old_rows = np.intersect1d(radar_ids, self.radar_ids, return_indices=True)
        _, columns, old_columns = np.intersect1d(face_ids, self.face_ids, return_indices=True)
        sums[np.ix_(rows, columns)] = self.sums[np.ix_(old_rows, old_columns)]
        self.radar_ids, self.face_ids, self.sums = radar_ids, face_ids, sums

    def means(self, terms: str) -> Array:
        """Return A_x + A_d (R, F), or one of them; infinite for pairs that never met.

        The cost of one term alone is doubled, so that the same gate fits.
        """
        weights = {'both': (1.0, 1.0), 'bearing': (2.0, 0.0), 'distance': (0.0, 2.0)}[terms]
        with np.errstate(divide='ignore', invalid='ignore'):
            means = self.sums[..., :2] @ np.array(weights) / self.sums[..., 2]
        return np.where(self.sums[..., 2] > 0, means, np.inf)

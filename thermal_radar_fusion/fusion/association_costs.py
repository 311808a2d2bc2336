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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.camera_model import ThermalCameraView
from thermal_radar_fusion.fusion.common_steps import Ids
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.track import RadarTrack
from thermal_radar_fusion.thermal.faces import FaceTrack

Array = NDArray[np.float64]

# Which sums of `PairEvidence`.
LONG, SHORT = 0, 1

NEAREST = 0.1  # who is nearer to the camera on the floor [m] has no bearing to speak of


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
        0.15,
        'share by which a coarse distance may be wrong: sizes of faces, habits of a detector',
        low=0,
        high=1,
    )
    worst: float = parameter(
        25.0, 'no single step costs more than this: squared deviations', low=1, high=1e6
    )


def radar_values(tracks: Sequence[RadarTrack]) -> Array:
    """Return x, y [m], and their variances xx, xy, yy [m^2] of radar tracks: (R, 5)."""
    positions = np.array([track.position for track in tracks]).reshape(-1, 2)
    covariances = np.array([track.covariance[:2, :2] for track in tracks]).reshape(-1, 2, 2)
    return np.column_stack([positions, covariances[:, [0, 0, 1], [0, 1, 1]]])


def face_values(
    faces: Sequence[FaceTrack], view: ThermalCameraView, parameters: CostParameters
) -> Array:
    """Return where faces are as seen from the camera: (F, 4).

    Returns:
        Bearing about the vertical, from where the camera looks [rad], its variance [rad^2],
        horizontal range [m], its variance [m^2].
    """
    states = np.array([face.state for face in faces]).reshape(-1, 7)
    variances = np.array([np.diag(face.covariance) for face in faces]).reshape(-1, 7)
    rays = view.rays(states[:, :2])
    level = np.hypot(rays[:, 0], rays[:, 1])
    focal = view.intrinsics.fx * np.maximum(level, 1e-3)
    turned = variances[:, :2].max(axis=1) / focal**2 + parameters.bearing_std**2
    bearing = _turn(np.arctan2(rays[:, 1], rays[:, 0]) - heading(view))
    return np.column_stack([bearing, turned, states[:, 5] * level, variances[:, 5] * level**2])


def heading(view: ThermalCameraView) -> float:
    """Return in which direction [rad] in the horizontal plane of `map` a camera looks."""
    ahead = view.mounting.rotation[:, 0]
    return float(np.arctan2(ahead[1], ahead[0]))


def squared_deviations(
    radar: Array, faces: Array, view: ThermalCameraView, parameters: CostParameters
) -> tuple[Array, Array]:
    """Return how far tracks are apart at one instant: what A_x and A_d are the means of.

    Args:
        radar: (R, 5) as `radar_values` returns them.
        faces: (F, 4) as `face_values` returns them.

    Returns:
        (R, F) of the bearings and (R, F) of the ranges: squared differences over the sums of both
        variances, at most `parameters.worst`: one instant says no more than that a pair is
        impossible.
    """
    seen = _seen_from_camera(radar, view, parameters)
    bearing, turned, distance, spread = (column[:, None] for column in seen)
    # Were the two one person, the radar's range would be the true one that a share is taken of.
    size = (parameters.face_spread * distance) ** 2
    aside = _turn(bearing - faces[:, 0]) ** 2 / (turned + faces[:, 1])
    along = (distance - faces[:, 2]) ** 2 / (spread + size + faces[:, 3])
    return np.minimum(aside, parameters.worst), np.minimum(along, parameters.worst)


def _seen_from_camera(
    radar: Array, view: ThermalCameraView, parameters: CostParameters
) -> tuple[Array, Array, Array, Array]:
    """Return bearing, its variance, range and its variance (R,) each, as those of faces."""
    x, y = (radar[:, :2] - view.position[:2]).T
    xx, xy, yy = radar[:, 2:].T
    distance = np.maximum(np.hypot(x, y), NEAREST)
    along = (x * x * xx + 2 * x * y * xy + y * y * yy) / distance**2
    across = (y * y * xx - 2 * x * y * xy + x * x * yy) / distance**2
    body = parameters.body_std**2
    bearing = _turn(np.arctan2(y, x) - heading(view))
    return bearing, (across + body) / distance**2, distance, along + body


def _turn(angle: Array) -> Array:
    """Return an angle [rad] as one between -pi and pi."""
    return (angle + np.pi) % (2 * np.pi) - np.pi


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
        sums: (2, R, F, 3) sums over common steps of squared bearing deviations, squared distance
            deviations, and ones; of everything so far (LONG) and of what is recent (SHORT).
    """

    def __init__(self) -> None:
        self.radar_ids: Ids = np.empty(0, dtype=np.int64)
        self.face_ids: Ids = np.empty(0, dtype=np.int64)
        self.sums = np.zeros((2, 0, 0, 3))

    def add(self, radar_ids: Ids, face_ids: Ids, bearing: Array, distance: Array) -> None:
        """Add one step: squared deviations (R, F) of tracks, whose ids are given ascending."""
        self.select(np.union1d(self.radar_ids, radar_ids), np.union1d(self.face_ids, face_ids))
        rows = np.searchsorted(self.radar_ids, radar_ids)
        columns = np.searchsorted(self.face_ids, face_ids)
        step = np.stack([bearing, distance, np.ones_like(bearing)], axis=-1)
        self.sums[:, rows[:, None], columns] += step

    def fade(self, long: float, short: float) -> None:
        """Let everything so far count only these shares of what it did."""
        self.sums[LONG] *= long
        self.sums[SHORT] *= short

    def limit(self, most: float) -> None:
        """Let no mean so far be greater than this: who once was a stranger may prove to be one
        person after all, once a radar track has changed to somebody else.
        """
        sums = self.sums[LONG]
        total = sums[..., :2].sum(axis=-1)
        share = np.minimum(1.0, most * sums[..., 2] / np.maximum(total, 1e-12))
        sums[..., :2] *= share[..., None]

    def select(self, radar_ids: Ids, face_ids: Ids) -> None:
        """Keep the evidence of these tracks, ids ascending; those not yet known start empty."""
        sums = np.zeros((2, len(radar_ids), len(face_ids), 3))
        _, rows, old_rows = np.intersect1d(radar_ids, self.radar_ids, return_indices=True)
        _, columns, old_columns = np.intersect1d(face_ids, self.face_ids, return_indices=True)
        sums[:, rows[:, None], columns] = self.sums[:, old_rows[:, None], old_columns]
        self.radar_ids, self.face_ids, self.sums = radar_ids, face_ids, sums

    def means(self, terms: str, term: int = LONG) -> Array:
        """Return A_x + A_d (R, F), or one of them; infinite for pairs that never met.

        The cost of one of them alone is doubled, so that the same gate fits.

        Args:
            terms: as of `CostParameters`.
            term: LONG or SHORT.
        """
        weights = {'both': (1.0, 1.0), 'bearing': (2.0, 0.0), 'distance': (0.0, 2.0)}[terms]
        sums = self.sums[term]
        with np.errstate(divide='ignore', invalid='ignore'):
            means = sums[..., :2] @ np.array(weights) / sums[..., 2]
        return np.where(sums[..., 2] > 0, means, np.inf)

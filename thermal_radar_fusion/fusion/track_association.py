"""Which radar track and which face track are the same person: milliTRACE-IR, section IV-F."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from thermal_radar_fusion.camera_model import ThermalCameraView
from thermal_radar_fusion.fusion.association_costs import (
    LONG,
    SHORT,
    CostParameters,
    PairEvidence,
    face_values,
    radar_values,
    squared_deviations,
    track_length_weight,
)
from thermal_radar_fusion.fusion.common_steps import CommonSteps, Ids, TrackSamples
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.track import RadarTrack
from thermal_radar_fusion.thermal.faces import TrackedFaces

Array = NDArray[np.float64]

# Which of the two sensors a frame is of.
RADAR_SENSOR, CAMERA = 0, 1

INDEPENDENT = 1.0
"""Errors of tracks that are farther apart in time than this [s] are independent."""


@dataclass(frozen=True)
class AssociationParameters(Parameters):
    """How radar tracks and face tracks are brought together."""

    step: float = parameter(0.1, 'common time step', unit='s', low=0.01, high=1)
    longest_gap: float = parameter(
        0.5, 'frames farther apart are not interpolated', unit='s', low=0.01, high=10
    )
    longest_coasting: float = parameter(
        0.3, 'a face that was not found for longer is no evidence', unit='s', low=0, high=10
    )
    late_tolerance: float = parameter(
        0.3, 'a frame later than this is a jump back: reset', unit='s', low=0, high=10
    )
    fading: float = parameter(
        6.0,
        'evidence counts 1/e after this: radar tracks may swap people',
        unit='s',
        low=1,
        high=1e6,
    )
    memory: float = parameter(
        60.0, 'pairings of tracks that ended are known for', unit='s', low=0, high=1e6
    )
    least_time: float = parameter(
        1.0, 'common to two tracks before they may be paired', unit='s', low=0.1, high=60
    )
    gate: float = parameter(4.0, 'A_x + A_d beyond which a pair is left open', low=0.1, high=1e6)
    stranger: float = parameter(
        10.0,
        'A_x + A_d so far is never more than this: tracks may become those of one person',
        low=0.1,
        high=1e6,
    )
    recent: float = parameter(
        1.0, 'the time over which the recent A_x + A_d is taken', unit='s', low=0.1, high=1e6
    )
    recent_gate: float = parameter(
        6.0, 'recent A_x + A_d beyond which one of both has left the other', low=0.1, high=1e6
    )
    open_cost: float = parameter(
        6.0, 'what one pair less costs, beside rho (A_x + A_d)', low=0.1, high=1e6
    )
    track_length: bool = parameter(True, 'weight the costs by rho(K)')
    costs: CostParameters = parameter(CostParameters(), 'what deviations are set against')


@dataclass(frozen=True)
class Pairing:
    """A radar track and a face track that are taken for one person.

    Attributes:
        radar_id, face_id: of the tracks.
        cost: (A_x + A_d) without rho: 2 is what the variances promise, 0 is perfect.
        confidence: probability in [0, 1] that the two are one person.
        last: stamp up to which both were followed [s].
        alive: whether both tracks still were there when last heard of.
    """

    radar_id: int
    face_id: int
    cost: float
    confidence: float
    last: float
    alive: bool = True


class TrackAssociator:
    """Pairs the radar tracks of a room with the face tracks of one of its cameras.

    Both sensors' frames may come in any order and at any rates. Each decision rests on
    everything that the tracks have in common so far and is revised as that grows; what is paired
    when one of the two tracks ends stays so.
    """

    def __init__(self, parameters: AssociationParameters | None, view: ThermalCameraView) -> None:
        """Start without any track.

        Args:
            parameters: None for the defaults.
            view: of the camera, in the frame of the radar tracks.
        """
        self.parameters = parameters or AssociationParameters()
        self.view = view
        self.reset()

    def reset(self) -> None:
        """Forget all evidence and all pairings."""
        chosen = self.parameters
        self._steps = CommonSteps(chosen.step, chosen.longest_gap, 10 * chosen.longest_gap)
        self._evidence = PairEvidence()
        self._alive = [np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)]
        self._stamps: list[float | None] = [None, None]
        self._current: tuple[Pairing, ...] = ()
        self._ended: dict[tuple[int, int], Pairing] = {}
        self._last = 0.0

    def radar(self, stamp: float, tracks: Sequence[RadarTrack]) -> None:
        """Take the radar tracks, in `map`, of one frame [s]; a jump back forgets everything."""
        ids = np.array([track.track_id for track in tracks], dtype=np.int64)
        self._add(RADAR_SENSOR, TrackSamples(stamp, ids, radar_values(tracks)), ids)

    def faces(self, tracked: TrackedFaces) -> None:
        """Take the faces of one image; those long only predicted live on but are no evidence."""
        oldest = tracked.stamp - self.parameters.longest_coasting
        seen = [face for face in tracked.faces if face.last_seen >= oldest]
        values = face_values(seen, self.view, self.parameters.costs)
        ids = np.array([face.track_id for face in seen], dtype=np.int64)
        alive = np.array([face.track_id for face in tracked.faces], dtype=np.int64)
        self._add(CAMERA, TrackSamples(tracked.stamp, ids, values), alive)

    def pairings(self) -> tuple[Pairing, ...]:
        """Return who is paired, also tracks that ended within `memory`, by radar id."""
        both = {(p.radar_id, p.face_id): p for p in (*self._ended.values(), *self._current)}
        return tuple(both[key] for key in sorted(both))

    def _add(self, sensor: int, samples: TrackSamples, alive: Ids) -> None:
        last = self._stamps[sensor]
        if last is not None and samples.stamp < last - self.parameters.late_tolerance:
            self.reset()
        elif last is not None and samples.stamp <= last:
            return
        changed = not np.array_equal(self._alive[sensor], alive)
        self._stamps[sensor], self._alive[sensor] = samples.stamp, alive
        self._steps.add(sensor, samples)
        stepped = False
        for radar, faces in self._steps.take():
            self._weigh(radar, faces)
            stepped = True
        if stepped or changed:
            self._decide()

    def _weigh(self, radar: TrackSamples, faces: TrackSamples) -> None:
        """Add what both sensors say at one common step to the evidence."""
        deviations = squared_deviations(
            radar.values, faces.values, self.view, self.parameters.costs
        )
        chosen = self.parameters
        self._evidence.fade(
            *np.exp(-chosen.step / np.array([chosen.fading, min(chosen.recent, chosen.fading)]))
        )
        self._evidence.add(radar.ids, faces.ids, *deviations)
        self._evidence.limit(chosen.stranger)
        self._last = radar.stamp

    def _decide(self) -> None:
        """Pair the tracks that live; what was paired and no longer lives is kept as it was."""
        alive = self._alive
        for pairing in self._current:
            if pairing.radar_id not in alive[0] or pairing.face_id not in alive[1]:
                self._ended[pairing.radar_id, pairing.face_id] = replace(pairing, alive=False)
        self._evidence.select(*alive)
        self._current = self._assigned()
        self._ended = {key: p for key, p in self._ended.items() if self._is_known(p)}

    def _is_known(self, ended: Pairing) -> bool:
        """Tell whether an ended pairing is to be told still: not where both tracks came back."""
        back = ended.radar_id in self._alive[0] and ended.face_id in self._alive[1]
        return not back and ended.last >= self._last - self.parameters.memory

    def _assigned(self) -> tuple[Pairing, ...]:
        """Return the pairs that cost least all together, each within the gate."""
        evidence, chosen = self._evidence, self.parameters
        means = evidence.means(chosen.costs.terms)
        time = evidence.sums[LONG, ..., 2] * chosen.step
        weight = track_length_weight(time) if chosen.track_length else np.ones_like(time)
        allowed = (time > chosen.least_time) & (means < chosen.gate) & np.isfinite(weight)
        allowed &= evidence.means(chosen.costs.terms, SHORT) < chosen.recent_gate
        costs = np.full(means.shape, chosen.open_cost)
        costs[allowed] = np.minimum(weight[allowed] * means[allowed], chosen.open_cost)
        confidence = confidences(means, time, chosen.gate)
        return tuple(
            Pairing(
                int(evidence.radar_ids[i]),
                int(evidence.face_ids[j]),
                float(means[i, j]),
                float(confidence[i, j]),
                self._last,
            )
            for i, j in zip(*linear_sum_assignment(costs), strict=True)
            if costs[i, j] < chosen.open_cost
        )


def confidences(means: Array, time: Array, gate: float) -> Array:
    """Return the probability (R, F) that each pair is one person, beside its rivals.

    Every INDEPENDENT seconds of common time count as one Gaussian observation: two strangers are
    taken to be `gate` apart on average, one person as far as was seen. A pair competes with all
    others of the same radar track or the same face, and with none of them being right.

    Args:
        means: (R, F) A_x + A_d, infinite for pairs that never met.
        time: (R, F) common time [s].
    """
    apart = np.where(np.isfinite(means), gate - means, 0.0)
    odds = np.exp(np.clip(apart * time / (2 * INDEPENDENT), -50.0, 50.0))
    odds[~np.isfinite(means)] = 0.0
    rivals = odds.sum(axis=0) + odds.sum(axis=1)[:, None] - odds
    return odds / (1 + rivals)

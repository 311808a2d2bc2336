"""A simulated radar: bodies in motion in, point clouds with the truth of each point out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.simulation.body import BodyMotion
from thermal_radar_fusion.simulation.radar_clutter import Clutter
from thermal_radar_fusion.simulation.radar_detection import (
    Cells,
    cells_of,
    detected,
    false_alarms,
    without_static,
)
from thermal_radar_fusion.simulation.radar_device import RadarDevice
from thermal_radar_fusion.simulation.radar_echoes import EchoSource, RadarModel
from thermal_radar_fusion.simulation.radar_paths import Walls
from thermal_radar_fusion.simulation.radar_points import points_of

Array = NDArray[np.float64]

BATCH = 32  # frames that are worked on at once: few enough for the processor's cache


@dataclass(frozen=True)
class RadarObservation:
    """One frame of a simulated radar.

    Attributes:
        time: seconds since the scenario began, as the radar's clock shows it.
        points: (N, 5) as in `RadarFrame.points`, in the radar's frame.
        people: (N,) index of the person whose point it is, NOBODY for ghosts and clutter.
    """

    time: float
    points: Array
    people: NDArray[np.int64]


class SimulatedRadar:
    """One radar in a building.

    Args:
        device: what it resolves and detects.
        mounting: from the radar's frame into `map`.
        walls: (W, 2, 2) ends of vertical walls in `map`, which mirror and block.
        generator: of random numbers; the same one gives the same clouds on every machine.
        model: how people and walls reflect.
    """

    def __init__(
        self,
        device: RadarDevice,
        mounting: RigidTransform,
        walls: Array,
        generator: np.random.Generator,
        model: RadarModel | None = None,
    ) -> None:
        self.device = device
        self.model = model or RadarModel()
        # One stream for each use: how frames are grouped into calls then changes nothing.
        streams = [np.random.default_rng(seed) for seed in generator.integers(0, 2**63, 5)]
        self._noise, self._alarms, self._timing = streams[:3]
        between = Walls(
            np.asarray(walls, dtype=float).reshape(-1, 2, 2),
            mounting.translation[:2],
            mounting.inverse(),
        )
        self._source = EchoSource(device, self.model, between, streams[3])
        self._clutter = Clutter(device, self.model, streams[4])

    def frame_times(self, start: float, end: float) -> Array:
        """Return the nominal instants of the frames from `start` on, before `end` [s]."""
        rate = self.device.frame_rate
        first, last = np.ceil(start * rate - 1e-9), np.ceil(end * rate - 1e-9)
        return np.arange(first, last) / rate

    def observe(self, motions: Sequence[BodyMotion]) -> list[RadarObservation | None]:
        """Return what the radar sees at each instant of the motions, None for a lost frame.

        Consecutive calls go on with the same radar; how the instants are split into calls does
        not change what is seen.

        Args:
            motions: of everybody, all at the same instants, the same people in every call.

        Raises:
            ValueError: no motions, other instants, or other people than in the call before.
        """
        times = _common_times(motions)
        observations = []
        for start in range(0, len(times), BATCH):
            part = slice(start, start + BATCH)
            observations += self._batch(times[part], [_excerpt(m, part) for m in motions])
        return observations

    def _batch(
        self, times: Array, motions: Sequence[BodyMotion]
    ) -> Iterator[RadarObservation | None]:
        """Yield the observations of a few frames."""
        cells = self._cells(len(times), motions)
        points = points_of(cells, self.device)
        ends = np.searchsorted(points.frames, np.arange(len(times) + 1))
        for i, (stamp, lost) in enumerate(zip(*self._stamps(times), strict=True)):
            span = slice(ends[i], ends[i + 1])
            seen = RadarObservation(float(stamp), points.values[span], points.people[span])
            yield None if lost else seen

    def _cells(self, frames: int, motions: Sequence[BodyMotion]) -> Cells:
        """Return the detected cells of some frames."""
        echoes = self._source.echoes(motions)
        if self.device.clutter_removal:
            echoes = without_static(echoes, self.device)
        echoes = echoes.joined(self._clutter.echoes(frames))
        cells = cells_of(echoes, self.device, self._noise)
        cells = cells.chosen(detected(cells, self.device))
        return cells.merged(false_alarms(frames, self.device, self._alarms))

    def _stamps(self, times: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Return the stamps of frames and whether each is lost; stamps keep their order."""
        draws = self._timing.standard_normal((len(times), 2))
        limit = 0.45 / self.device.frame_rate
        jitter = np.clip(self.device.clock_jitter * draws[:, 0], -limit, limit)
        return times + jitter, ndtr(draws[:, 1]) < self.device.lost_frames


def _common_times(motions: Sequence[BodyMotion]) -> Array:
    """Return the instants of the motions, the same for all."""
    if not motions:
        raise ValueError('there must be at least one motion: its times are when to look')
    times = motions[0].times
    if any(not np.array_equal(motion.times, times) for motion in motions):
        raise ValueError('motions must be sampled at the same times')
    return times


def _excerpt(motion: BodyMotion, part: slice) -> BodyMotion:
    """Return some instants of a motion."""
    return BodyMotion(*(getattr(motion, field.name)[part] for field in fields(motion)))

"""Windows of a track's points, as the gait network takes them: milliTRACE-IR, section IV-H.

45 steps of a track are one input, and every 5 steps there is a new one. Steps are of time: frames
of faster radars, or of several, are put together, those of slower ones repeated, and what is
missing is masked.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.track import UNASSIGNED, TrackedFrame
from thermal_radar_fusion.reid.power_scale import PowerScale

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# A frame in the middle between two steps, as is frequent at 10 and 15 Hz, belongs to the earlier,
# a step between two frames takes the later: rounding of stamps must not decide. Part of a step.
TIE = 1e-3

LEFT_OUT, PER_SENSOR = 'left_out', 'per_sensor'
STEP, WINDOW = 'step', 'window'


@dataclass(frozen=True)
class GaitWindowParameters(Parameters):
    """How a track becomes inputs of the network; the network is trained for one such choice."""

    rate: float = parameter(15.0, 'steps per second', unit='1/s', low=1, high=100)
    steps: int = parameter(45, 'steps of a window', low=2, high=1000)
    stride: int = parameter(5, 'steps from one window to the next', low=1, high=1000)
    points: int = parameter(32, 'points of a step, at most', low=1, high=1024)
    hold: float = parameter(
        0.11,
        'a step without a frame takes the nearest one within this',
        unit='s',
        low=0,
        high=10,
    )
    coverage: float = parameter(0.6, 'share of steps that must have points', low=0.0, high=1.0)
    extent: float = parameter(
        0.2,
        'who moves less has no gait: root mean square distance from the middle of the walk',
        unit='m',
        low=0.0,
        high=10,
    )
    centring: str = parameter(
        STEP, 'x and y are from the middle of each step, or of the window', choices=(STEP, WINDOW)
    )
    power: str = parameter(
        LEFT_OUT,
        'power, which radars measure each in its own unit, is left out or scaled per sensor',
        choices=(LEFT_OUT, PER_SENSOR),
    )
    late_tolerance: float = parameter(
        0.3, 'a stamp back by more than this is a restart', unit='s', low=0, high=60
    )
    seed: int = parameter(0, 'of the choice among too many points', low=0)

    @property
    def channels(self) -> int:
        """Numbers of a point: x, y, z [m], velocity [m/s], and power if it is not left out."""
        return 4 if self.power == LEFT_OUT else 5

    @property
    def duration(self) -> float:
        """Seconds from the first step of a window to its last."""
        return (self.steps - 1) / self.rate


@dataclass(frozen=True)
class GaitWindow:
    """One input of the network.

    Attributes:
        track_id: of the radar track.
        stamp: of the last step [s].
        points: (steps, points, channels) float32; x and y centred, z as in the room's frame; zero
            where there is no point.
        mask: (steps, points) where there is one.
    """

    track_id: int
    stamp: float
    points: NDArray[np.float32]
    mask: Mask


@dataclass
class _Walk:
    """The latest frames of one track.

    Attributes:
        frames: stamp [s] and points (n, channels), oldest first.
        due: stamp from which on the next window may end.
    """

    due: float
    frames: deque[tuple[float, Array]] = field(default_factory=deque)


class GaitWindows:
    """Cuts the tracks of one room into windows."""

    def __init__(self, parameters: GaitWindowParameters | None = None) -> None:
        """Start without any track; parameters None for the defaults."""
        self.parameters = parameters or GaitWindowParameters()
        self.reset()

    def reset(self) -> None:
        """Forget all tracks and how strong the radars' power is."""
        self._walks: dict[int, _Walk] = {}
        self._scale = PowerScale()
        self._stamp = -np.inf

    def update(self, tracked: TrackedFrame) -> tuple[GaitWindow, ...]:
        """Take in one frame of the tracker; return the windows that it completes, by track.

        A frame with an earlier stamp than the one before is used if it is late, and a restart if
        it is later than that.
        """
        stamp = tracked.frame.stamp
        if stamp < self._stamp - self.parameters.late_tolerance:
            self.reset()
        self._stamp = max(self._stamp, stamp)
        self._expire()
        points = self._channels(tracked)
        for track_id in np.unique(tracked.track_ids[tracked.track_ids != UNASSIGNED]):
            self._extend(int(track_id), stamp, points[tracked.track_ids == track_id])
        return tuple(
            window
            for track_id in sorted(self._walks)
            if (window := self._completed(track_id)) is not None
        )

    def _channels(self, tracked: TrackedFrame) -> Array:
        points = tracked.frame.points
        if self.parameters.power == LEFT_OUT:
            return points[:, :4]
        self._scale.observe(tracked.frame.sensor, points[:, 4])
        scaled = self._scale.scaled(tracked.frame.sensor, points[:, 4])
        return np.column_stack([points[:, :4], scaled])

    def _extend(self, track_id: int, stamp: float, points: Array) -> None:
        """Add a frame to a track, late ones where they belong."""
        finite = points[np.isfinite(points).all(axis=1)]
        if not len(finite):
            return
        if track_id not in self._walks:
            self._walks[track_id] = _Walk(stamp + self.parameters.duration)
        frames = self._walks[track_id].frames
        place = len(frames)
        while place and frames[place - 1][0] > stamp:
            place -= 1
        frames.insert(place, (stamp, finite))

    def _expire(self) -> None:
        """Drop the frames that no window needs any more, and tracks without any."""
        oldest = self._stamp - self.parameters.duration - self.parameters.hold
        for walk in self._walks.values():
            while walk.frames and walk.frames[0][0] < oldest - 0.5 / self.parameters.rate:
                walk.frames.popleft()
        self._walks = {key: walk for key, walk in self._walks.items() if walk.frames}

    def _completed(self, track_id: int) -> GaitWindow | None:
        """Return a track's window that ends with its latest frame, if one is due and good."""
        walk, chosen = self._walks[track_id], self.parameters
        end = walk.frames[-1][0]
        # A little early, as stamps jitter.
        if end < walk.due - 0.25 / chosen.rate:
            return None
        stride = chosen.stride / chosen.rate
        walk.due = max(walk.due, end - stride) + stride
        seed = [chosen.seed, track_id, round(end * 1e6) % 2**63]
        cut = cut_window(list(walk.frames), end, chosen, np.random.default_rng(seed))
        return None if cut is None else GaitWindow(track_id, end, *cut)


def cut_window(
    frames: list[tuple[float, Array]],
    end: float,
    parameters: GaitWindowParameters,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], Mask] | None:
    """Return the points and the mask of the window of a walk that ends at a stamp.

    Args:
        frames: stamps [s] and points (n, channels), n >= 1, by ascending stamp.
        end: stamp of the last step [s].
        parameters: see `GaitWindowParameters`.
        rng: chooses among too many points.

    Returns:
        (steps, points, channels) and (steps, points); None where too little of the walk was seen
        or the person hardly moved.
    """
    used = frames_of_steps([stamp for stamp, _ in frames], end, parameters)
    steps = np.repeat([step for step, _ in used], [len(frames[frame][1]) for _, frame in used])
    if len(np.unique(steps)) < max(parameters.coverage * parameters.steps, 1):
        return None
    points = np.concatenate([frames[frame][1] for _, frame in used])
    middles = _middles(points[:, :2], steps, parameters.steps)
    seen = np.unique(steps)
    if np.sqrt(middles[seen].var(axis=0).sum()) < parameters.extent:
        return None
    middle = middles[steps] if parameters.centring == STEP else middles[seen].mean(axis=0)
    points = np.column_stack([points[:, :2] - middle, points[:, 2:]])
    return _sampled(points, steps, parameters, rng)


def frames_of_steps(
    stamps: list[float], end: float, parameters: GaitWindowParameters
) -> list[tuple[int, int]]:
    """Return which frames each step of a window takes, as pairs of step and index of the frame.

    Each frame belongs to the step that it is nearest to; a step that has none takes the nearest
    frame if that is within `hold`.

    Args:
        stamps: of the frames [s], ascending.
        end: stamp of the last step [s].
        parameters: rate, steps and hold.
    """
    times = (np.asarray(stamps) - end) * parameters.rate + parameters.steps - 1 - TIE
    nearest = np.floor(times + 0.5).astype(int)
    own = [(int(s), i) for i, s in enumerate(nearest) if 0 <= s < parameters.steps]
    empty = np.setdiff1d(np.arange(parameters.steps), nearest)
    gaps = np.abs(empty[:, None] - times)
    held = gaps.argmin(axis=1)
    near = gaps[np.arange(len(empty)), held] <= parameters.hold * parameters.rate
    filled = zip(empty[near].tolist(), held[near].tolist(), strict=True)
    return sorted([*own, *filled])


def _middles(positions: Array, steps: NDArray[np.intp], count: int) -> Array:
    """Return the mean position (count, 2) of each step's points, zero for a step without any."""
    sums = np.zeros((count, 2))
    np.add.at(sums, steps, positions)
    return sums / np.maximum(np.bincount(steps, minlength=count), 1)[:, None]


def _sampled(
    points: Array,
    steps: NDArray[np.intp],
    parameters: GaitWindowParameters,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], Mask]:
    """Return a random choice of each step's points in as many places as there may be."""
    order = np.lexsort((rng.random(len(steps)), steps))
    points, steps = points[order], steps[order]
    places = np.arange(len(steps)) - np.searchsorted(steps, steps)
    kept = places < parameters.points
    shape = (parameters.steps, parameters.points)
    mask, result = np.zeros(shape, dtype=bool), np.zeros((*shape, points.shape[1]), np.float32)
    mask[steps[kept], places[kept]] = True
    result[steps[kept], places[kept]] = points[kept]
    return result, mask

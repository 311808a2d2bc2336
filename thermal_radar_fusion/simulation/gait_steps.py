"""Where and when the feet are put down along a trajectory.

Boulic's model knows one straight walk at one speed and lets the feet slide when it is bent. So
here the model gives the frequency of the cycle and the durations, and the footfalls are planned:
each foot is put down where the body will be above it in the middle of its stance. Starting,
stopping, turning on the spot, walking sideways and backwards need no case of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from thermal_radar_fusion.simulation import gait
from thermal_radar_fusion.simulation.anatomy import Anatomy
from thermal_radar_fusion.simulation.person import Gait
from thermal_radar_fusion.simulation.trajectory import STEP, SmoothTrajectory

Array = NDArray[np.float64]

LEFT, RIGHT = 0, 1

# Nobody steps more slowly than this, however slowly they go [cycles/s].
SLOWEST = 0.65
# A foot this far from where it would stand at rest [m], or turned this far [rad], calls for a
# step; a body stops stepping when both feet are nearer than the smaller values.
START_DISTANCE, START_ANGLE = 0.13, 0.5
STOP_DISTANCE, STOP_ANGLE = 0.06, 0.25
# Whose way ends at full pace steps on for so long at most [s]; wide feet might never rest.
SETTLING = 5.0
# How far ahead in time people place their standing feet [s].
FORESIGHT = 0.45
# The body passes over a foot so far into the step that follows its footfall: before the middle,
# because the heel that rises behind makes up for the rest.
PASSING = 0.445
# Turning on the spot costs steps as if the body moved on a circle of this radius [m].
TURNING_RADIUS = 0.25
# Strides backwards, sideways and on the spot, as a share of those forward.
ASKEW = 0.65
# Half the distance between the feet, in legs, standing and at a good walk (RV >= 1).
STANDING_WIDTH, WALKING_WIDTH = 0.105, 0.06
# Feet point a little outwards [rad].
TOE_OUT = 0.09
# Speeds are averaged over this many samples (0.35 s): nobody changes pace faster. The frequency
# of the steps is that of the fastest moment within the next so many: people start with the step
# that they will need.
SMOOTHING, ANTICIPATION = 7, 16


@dataclass(frozen=True)
class StepPlan:
    """All footfalls of one person.

    Attributes:
        timeline: of time, to phase of the cycle (+0.5 per step; left feet fall at whole numbers),
            relative velocity, its component along the heading, and activity (0 stands, 1 walks),
            C1-smooth.
        feet: per foot (F, 4): x, y, direction and support share; row n is the foot's place from
            its n-th footfall on (left: phase n, right: n + 0.5) until it is lifted again.
    """

    timeline: PchipInterpolator
    feet: tuple[Array, Array]


def plan_steps(path: SmoothTrajectory, anatomy: Anatomy, style: Gait) -> StepPlan:
    """Plan every step of one person.

    Args:
        path: of the body.
        anatomy: of the person.
        style: the person's gait: stride, width and asymmetry count here.
    """
    return _Planner(path, anatomy, style).plan()


class _Planner:
    """Walks through time step by step and notes the footfalls."""

    def __init__(self, path: SmoothTrajectory, anatomy: Anatomy, style: Gait) -> None:
        self.path, self.anatomy, self.style = path, anatomy, style
        self.times = np.arange(path.start, path.end + STEP / 2, STEP)
        self.pace = _Pace(path, self.times, anatomy.leg, style.stride)
        ahead = path(self.times + FORESIGHT)
        self.resting = np.stack([self._footprint(ahead, 0.0, foot) for foot in (LEFT, RIGHT)])
        # Phase 0.5: the right foot's footfall 0 is now, the left one's was half a cycle ago.
        self.half_cycles = 1
        start = path(path.start)
        self.feet = [[self._row(start, path.start, foot)] for foot in (LEFT, RIGHT)]
        self.knots: list[tuple[float, ...]] = []

    def plan(self) -> StepPlan:
        """Return all footfalls from the path's start to its end."""
        time = self.path.start
        end = self.path.end + SETTLING
        while time < end and (start := self._next_start(time)) is not None:
            time = self._step(start)
        self._note(max(time, self.path.end) + 1.0, 0.0)
        knots = np.array(self.knots)
        left, right = (np.array([*rows, rows[-1]]) for rows in self.feet)
        return StepPlan(PchipInterpolator(knots[:, 0], knots[:, 1:]), (left, right))

    def _next_start(self, time: float) -> float | None:
        """Return when the next step begins: now, after a stand, or never; note a stand."""
        index = min(int(np.ceil((time - self.times[0]) / STEP - 1e-9)), len(self.times) - 1)
        if not self._astray(slice(index, index + 1), STOP_DISTANCE, STOP_ANGLE)[0]:
            self._note(time, 0.0)
            calls = self._astray(slice(index, None), START_DISTANCE, START_ANGLE)
            if not calls.any():
                return None
            start = float(self.times[index + int(np.argmax(calls))])
            if start > time + STEP:
                self._note(start, 0.0)
            return max(start, time)
        self._note(time, 1.0)
        return time

    def _astray(self, samples: slice, distance: float, angle: float) -> NDArray[np.bool_]:
        """Tell for each of some samples whether a foot is too far from its resting place."""
        planted = np.array([rows[-1][:3] for rows in self.feet])
        off = self.resting[:, samples, :3] - planted[:, None]
        far = np.hypot(off[..., 0], off[..., 1]) > distance
        return (far | (np.abs(off[..., 2]) > angle)).any(axis=0)

    def _step(self, start: float) -> float:
        """Swing one foot to its next place; return when it falls."""
        foot = LEFT if self.half_cycles % 2 else RIGHT
        longer = self.style.asymmetry / 2 * (1 if foot == RIGHT else -1)
        landing = self.pace.after(start, 0.5 * (1 + longer / 2))
        following = self.pace.after(landing, 0.5 * (1 - longer / 2)) - landing
        above = landing + PASSING * following * (1 + longer)
        self.feet[foot].append(self._row(self.path(above), landing, foot))
        self.half_cycles += 1
        return landing

    def _row(self, body: Array, time: float, foot: int) -> Array:
        """Return place, direction and support share of a foot that falls at a time."""
        rv = self.pace.at(time)[0]
        return np.append(self._footprint(body, rv, foot), gait.support_share(rv))

    def _footprint(self, body: Array, rv: float, foot: int) -> Array:
        """Return x, y and direction (..., 3) of a foot under a body (..., 5) at a speed."""
        side = 1.0 if foot == LEFT else -1.0
        width = STANDING_WIDTH + (WALKING_WIDTH - STANDING_WIDTH) * min(rv, 1.0)
        sitting, heading = body[..., 3], body[..., 2]
        forward = sitting * self.anatomy.thigh
        lateral = side * self.style.width * width * self.anatomy.leg * (1.0 + 0.5 * sitting)
        cosine, sine = np.cos(heading), np.sin(heading)
        x = body[..., 0] + cosine * forward - sine * lateral
        y = body[..., 1] + sine * forward + cosine * lateral
        return np.stack([x, y, heading - side * TOE_OUT * np.ones_like(heading)], axis=-1)

    def _note(self, time: float, activity: float) -> None:
        """Add a knot of the timeline."""
        rv, along = self.pace.at(time)
        self.knots.append((time, self.half_cycles / 2, rv, along, activity))


class _Pace:
    """Speed and frequency of the cycle along a trajectory."""

    def __init__(self, path: SmoothTrajectory, times: Array, leg: float, stride: float) -> None:
        self.times = times
        body = path(times)
        rate = uniform_filter1d(np.gradient(body[:, :3], STEP, axis=0), SMOOTHING, axis=0)
        forward = rate[:, 0] * np.cos(body[:, 2]) + rate[:, 1] * np.sin(body[:, 2])
        speed = np.hypot(rate[:, 0], rate[:, 1])
        turning = TURNING_RADIUS * rate[:, 2]
        self.relative = np.minimum(np.hypot(speed, turning) / leg, gait.FASTEST)
        self.along = forward / np.maximum(np.hypot(speed, turning), 1e-3)
        ahead = maximum_filter1d(self.relative, ANTICIPATION, origin=-(ANTICIPATION // 2))
        share = ASKEW + (1.0 - ASKEW) * np.maximum(self.along, 0.0)
        frequency = np.maximum(gait.cycles_per_second(ahead) / (stride * share), SLOWEST)
        self.cycles = np.concatenate([[0.0], np.cumsum(frequency[:-1] * STEP)])

    def at(self, time: float) -> tuple[float, float]:
        """Return the relative velocity and the cosine of its direction against the heading."""
        relative = np.interp(time, self.times, self.relative)
        return float(relative), float(np.interp(time, self.times, self.along))

    def after(self, start: float, cycles: float) -> float:
        """Return when a share of a cycle that begins at `start` is over."""
        wanted = np.interp(start, self.times, self.cycles) + cycles
        beyond = max(start - self.times[-1], 0.0) + max(wanted - self.cycles[-1], 0.0) / SLOWEST
        return float(np.interp(wanted, self.cycles, self.times) + beyond)

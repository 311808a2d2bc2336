"""One person in motion: from a trajectory, a way of walking and a seed to joints over time."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thermal_radar_fusion.simulation import gait
from thermal_radar_fusion.simulation.activities import Habits
from thermal_radar_fusion.simulation.anatomy import Anatomy
from thermal_radar_fusion.simulation.arms import arm_joints, trunk_reaction
from thermal_radar_fusion.simulation.body import JOINTS, BodyMotion
from thermal_radar_fusion.simulation.gait_legs import foot_motion, knees, reach, soft_minimum
from thermal_radar_fusion.simulation.gait_steps import plan_steps
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.posture import Doing, Trunk
from thermal_radar_fusion.simulation.trajectory import SmoothTrajectory, Trajectory
from thermal_radar_fusion.simulation.vectors import horizontal, tilted, vectors

Array = NDArray[np.float64]

# Velocities are central differences of the joints over twice this time [s].
INSTANT = 1e-3
# Joints and velocities are rounded to so many decimals, so that machines whose sine differs in
# the last bit agree; differences over an instant magnify that bit.
DECIMALS, VELOCITY_DECIMALS = 6, 4
# Height of the hips of somebody who sits [m], and how far they lean forward [rad].
SEAT, SITTING_LEAN = 0.45, 0.08
# Nobody quite stretches the legs: hips are lower by these shares of the leg, standing, and
# walking per relative velocity.
EASE, EASE_PER_SPEED = 0.004, 0.008


class Actor:
    """A person on a trajectory; `motion` is a pure function of time.

    Args:
        person: size and way of walking.
        trajectory: where the body is asked to be.
        seed: of the small movements; the same seed gives the same motion.
    """

    def __init__(
        self, person: Person, trajectory: Trajectory, seed: np.random.SeedSequence | int
    ) -> None:
        self.person = person
        self._path = SmoothTrajectory(trajectory)
        self._anatomy = Anatomy.of(person.height)
        self._steps = plan_steps(self._path, self._anatomy, person.gait)
        self._habits = Habits(np.random.default_rng(seed))

    def motion(self, times: ArrayLike) -> BodyMotion:
        """Return the joints and their velocities at instants (T,) in seconds, in any order.

        The numbers do not depend on which instants are asked for together.
        """
        times = np.asarray(times, dtype=float)
        around = np.concatenate([times - INSTANT, times, times + INSTANT])
        before, joints, after = np.split(self._joints(around), 3)
        return BodyMotion(
            times=times,
            present=self._path.present(times),
            joints=joints.round(DECIMALS),
            velocities=((after - before) / (2 * INSTANT)).round(VELOCITY_DECIMALS),
            heading=self._path(times)[:, 2].round(DECIMALS),
        )

    def _joints(self, times: Array) -> Array:
        """Return all joints (T, J, 3), frame `map`."""
        doing = self._doing(times)
        feet = self._feet(doing)
        trunk = self._lowered(self._trunk(doing), feet)
        named = self._upper_body(doing, trunk) | self._legs(trunk, feet)
        return np.stack([named[joint] for joint in JOINTS], axis=1)

    def _doing(self, times: Array) -> Doing:
        """Return what the body is asked to do at times (T,)."""
        x, y, heading, sitting, gesture = self._path(times).T
        timeline = self._steps.timeline
        known = np.clip(times, timeline.x[0], timeline.x[-1])
        phase, relative, along, activity = timeline(known).T
        ground = vectors(x, y)
        moves = (phase, relative * activity, along, activity)
        return Doing(ground, heading, sitting, gesture, *moves, self._habits(times))

    def _feet(self, doing: Doing) -> dict[str, Array]:
        """Return ankles and toes (T, 3) by name."""
        swing = self.person.gait.leg_swing
        named = {}
        for side, rows, shift in zip(('left', 'right'), self._steps.feet, (0.0, 0.5), strict=True):
            cycle = doing.phase - shift
            ankle, toe = foot_motion(rows, cycle, doing.activity, swing, self._anatomy)
            named |= {f'{side}_ankle': ankle, f'{side}_toe': toe}
        return named

    def _trunk(self, doing: Doing) -> Trunk:
        """Return how the trunk is held, were the legs long enough."""
        style, bounce = self.person.gait, self.person.gait.bounce
        roll, nod, yaw = bounce * gait.pelvis_rotation(doing.phase, doing.rv).T
        shoulders = bounce * gait.thorax_yaw(doing.phase, doing.rv)
        twist, reaction = trunk_reaction(doing)
        twist = twist + doing.rest * doing.habits['twist']
        pitch = style.lean - nod + SITTING_LEAN * doing.sitting + reaction
        return Trunk(
            pelvis=self._pelvis(doing, pitch),
            roll=roll,
            pitch=pitch,
            yaw=doing.heading + yaw * doing.along,
            thorax=doing.heading + shoulders * doing.along + twist,
        )

    def _pelvis(self, doing: Doing, pitch: Array) -> Array:
        """Return the pelvis (T, 3) under a spine that leans forward by `pitch`."""
        anatomy, habits = self._anatomy, doing.habits
        scale = self.person.gait.bounce * anatomy.leg
        forward, left, up = scale * gait.pelvis_translation(doing.phase, doing.rv).T
        loose = doing.rest * (1.0 - 0.6 * doing.sitting)
        forward = forward * doing.along + loose * (
            habits['sway_forward'] + habits['shift_forward']
        )
        left = left + loose * (habits['sway_left'] + habits['shift_left'])
        # Chest and pelvis lean to both sides of the place that the trajectory asks for.
        forward = forward - 0.5 * anatomy.chest * np.sin(pitch)
        ahead, aside = horizontal(doing.heading), horizontal(doing.heading + np.pi / 2)
        pelvis = forward[:, None] * ahead + left[:, None] * aside
        pelvis[:, :2] += doing.ground
        standing = anatomy.pelvis - (EASE + EASE_PER_SPEED * doing.rv) * anatomy.leg + up
        pelvis[:, 2] = standing + doing.sitting * (SEAT - standing)
        return pelvis

    def _lowered(self, trunk: Trunk, feet: dict[str, Array]) -> Trunk:
        """Return the trunk at the height at which both legs reach their ankles."""
        height = trunk.pelvis[:, 2]
        for side, hip in trunk.hips(self._anatomy.hips).items():
            over_pelvis = hip[:, 2] - trunk.pelvis[:, 2]
            limit = reach(hip, feet[f'{side}_ankle'], self._anatomy) - over_pelvis
            height = soft_minimum(height, limit)
        lowered = vectors(trunk.pelvis[:, 0], trunk.pelvis[:, 1], height)
        return dataclasses.replace(trunk, pelvis=lowered)

    def _legs(self, trunk: Trunk, feet: dict[str, Array]) -> dict[str, Array]:
        """Return hips, knees, ankles and toes (T, 3) by name."""
        named = dict(feet)
        for side, hip in trunk.hips(self._anatomy.hips).items():
            named[f'{side}_hip'] = hip
            named[f'{side}_knee'] = knees(hip, feet[f'{side}_ankle'], trunk.yaw, self._anatomy)
        return named

    def _upper_body(self, doing: Doing, trunk: Trunk) -> dict[str, Array]:
        """Return pelvis, chest, neck, head, face and arms (T, 3) by name."""
        anatomy, habits = self._anatomy, doing.habits
        chest = trunk.along_spine(anatomy.chest)
        chest = chest + habits['breath'][:, None] * horizontal(trunk.thorax)
        neck = trunk.along_spine(anatomy.neck)
        head = neck + (anatomy.head - anatomy.neck) * tilted(trunk.thorax, 0.5 * trunk.pitch)
        look = trunk.thorax + habits['look'] * (1.0 - 0.6 * doing.activity)
        face = head + anatomy.face * horizontal(look)
        face[:, 2] += anatomy.eyes - anatomy.head + anatomy.face * habits['nod']
        named = {'pelvis': trunk.pelvis, 'chest': chest, 'neck': neck, 'head': head, 'face': face}
        return named | arm_joints(self.person, anatomy, doing, trunk)

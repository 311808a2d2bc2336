"""People of a crowd one by one: how each carries out steps such as walking, sitting, leaving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.simulation.crowd import TICK, Crowd
from thermal_radar_fusion.simulation.floor_plan import Door, FloorPlan
from thermal_radar_fusion.simulation.floor_plan_content import direction
from thermal_radar_fusion.simulation.motion import (
    Enter,
    Leave,
    Sit,
    Stand,
    Step,
    Wait,
    WalkTo,
)
from thermal_radar_fusion.simulation.routes import NO_DOOR, Routes, Waypoint
from thermal_radar_fusion.simulation.segments import apart, length, unit

Array = NDArray[np.float64]
# What somebody does, told tick by tick: the generator goes on after each tick.
Doing = Iterator[None]

PASSED = 0.35  # a place on the way counts as reached from here [m]
REACHED = 0.12  # the goal counts as reached from here [m]
CROWDED = 0.8  # or from here, if somebody is in the way [m]
STILL = np.zeros(2)
SLOW = 0.08  # m/s: who wants to walk and does not is held up
PATIENCE = 2.0  # how long until another way is looked for [s]
DOOR_ZONE = 1.7  # from here on, a door is asked for [m]
TURN_TIME = 1.2  # to turn the back to a chair [s]
SEAT_TIME = 1.7  # to sit down or to get up [s]
UNSEEN = 1.0  # whoever changes place outside does so this long after and before being seen [s]
CHAIR_FREE = 0.75  # nor here, when somebody sits down or gets up [m]
OUTSIDE_FREE = 0.9  # nobody may be so near to where somebody appears [m]


@dataclass
class House:
    """What the people of a crowd share.

    Attributes:
        now: seconds since the start of the scene.
        taken: names of the chairs that somebody sits on or walks to.
        passing: for each door, who passes it now and in which direction.
    """

    plan: FloorPlan
    routes: Routes
    crowd: Crowd
    now: float = 0.0
    taken: set[str] = field(default_factory=set)
    passing: dict[int, dict[int, bool]] = field(default_factory=dict)
    doors: tuple[Door, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.doors = tuple(self.plan.doors.values())

    def may_pass(self, person: int, door: int, inward: bool) -> bool:
        """Tell whether somebody may pass a door now: nobody comes the other way."""
        others = self.passing.setdefault(door, {})
        if all(way == inward for who, way in others.items() if who != person):
            others[person] = inward
            return True
        return False

    def passed(self, person: int) -> None:
        """Forget the doors that somebody was passing."""
        for others in self.passing.values():
            others.pop(person, None)


class Agent:
    """One person of a crowd.

    Attributes:
        index: row in the crowd's arrays.
        speed: usual walking speed [m/s].
        facing: (2,) where to look while standing; None for where the way led.
        sitting, gesture: as in `Trajectory`.
        idle_until: until then the person stands or sits at one place [s].
        talks_until: until then the person is in a conversation [s].
    """

    def __init__(
        self,
        index: int,
        speed: float,
        house: House,
        steps: Callable[[Agent], Iterator[Step]],
    ) -> None:
        self.index = index
        self.speed = speed
        self.house = house
        self.facing: Array | None = None
        self.sitting = 0.0
        self.gesture = 0.0
        self.idle_until = self.talks_until = 0.0
        self._doing = self._live(steps(self))

    @property
    def place(self) -> Array:
        """(2,) where the person is."""
        return self.house.crowd.position[self.index]

    @property
    def is_present(self) -> bool:
        """Whether the person is in the building."""
        return bool(self.house.crowd.present[self.index])

    def update(self) -> None:
        """Decide what to do during the next tick."""
        next(self._doing)

    def _live(self, steps: Iterator[Step]) -> Doing:
        """Carry out all steps, then stand for ever."""
        for step in steps:
            yield from self._carry_out(step)
        while True:
            yield

    def _carry_out(self, step: Step) -> Doing:
        """Carry out one step."""
        if isinstance(step, WalkTo):
            return self._walk(step.place, step.speed or self.speed, step.stop)
        if isinstance(step, Stand):
            facing = None if step.facing is None else direction(step.facing)
            return self._stand(self.house.now + step.stand, facing, step.gesture)
        if isinstance(step, Wait):
            return self._stand(step.wait, None, 0.0)
        if isinstance(step, Sit):
            return self._sit(step)
        if isinstance(step, Leave):
            return self._leave(self.house.plan.doors[step.leave])
        if isinstance(step, Enter):
            return self._enter(self.house.plan.doors[step.enter])
        raise TypeError(f'no step: {step!r}')

    def _walk(self, goal: Array, speed: float, stops: bool = True) -> Doing:
        """Walk to a place; find another way when held up."""
        self.facing = None
        routes = self.house.routes
        way = routes.way(self.place, goal)
        while way is None or not (yield from self._follow(way, speed, stops)):
            if stops and apart(goal, self.place) < CROWDED:
                break
            way = routes.way(self.place, goal, self._in_the_way())
            if way is None:
                yield from self._step_aside(speed)
                way = routes.way(self.place, goal)
        self.house.crowd.pace[self.index] = 0.0

    def _in_the_way(self) -> Array:
        """Return where others stand or sit (N, 2)."""
        crowd = self.house.crowd
        still = crowd.present & (crowd.pace == 0.0)
        still[self.index] = False
        return crowd.position[still]

    def _follow(self, way: list[Waypoint], speed: float, stops: bool) -> Iterator[None]:
        """Walk from place to place; return whether the last one was reached."""
        for number, waypoint in enumerate(way):
            is_last = number == len(way) - 1
            following = way[number + 1] if not is_last else None
            if not (yield from self._approach(waypoint, following, speed, stops and is_last)):
                return False
        return True

    def _approach(
        self, waypoint: Waypoint, following: Waypoint | None, speed: float, stops: bool
    ) -> Iterator[None]:
        """Walk straight to one place; return False when held up for too long."""
        crowd, me = self.house.crowd, self.index
        crowd.target[me], crowd.stops[me] = waypoint.place, stops
        near, held_up = REACHED if stops else PASSED, 0.0
        while apart(waypoint.place, self.place) > near:
            waits = self._waits(waypoint, following)
            crowd.pace[me] = 0.0 if waits else speed
            slow = apart(crowd.velocity[me], STILL) < SLOW and not waits
            held_up = held_up + TICK if slow else 0.0
            if held_up > PATIENCE:
                self.house.passed(me)
                return False
            yield
        if waypoint.door != NO_DOOR:
            self.house.passed(me)
        return True

    def _waits(self, waypoint: Waypoint, following: Waypoint | None) -> bool:
        """Tell whether somebody who comes through the next door has to be let pass first."""
        passed = waypoint if waypoint.door != NO_DOOR else following
        if passed is None or passed.door == NO_DOOR:
            return False
        centre = self.house.doors[passed.door].centre
        if apart(centre, self.place) > DOOR_ZONE:
            return False
        return not self.house.may_pass(self.index, passed.door, passed.inward)

    def _step_aside(self, speed: float) -> Doing:
        """Take a small step to the right of the way, or to the left where that is blocked."""
        crowd, me = self.house.crowd, self.index
        ahead = unit(crowd.target[me] - self.place)
        right = np.array([ahead[1], -ahead[0]])
        for offset in (0.5 * right, -0.5 * right, -0.6 * ahead):
            if self.house.plan.is_free(self.place + offset, 0.25)[0]:
                crowd.target[me], crowd.stops[me] = self.place + offset, True
                crowd.pace[me] = speed
                break
        yield from self._pause(1.2)

    def _pause(self, seconds: float) -> Doing:
        """Go on like this for some time."""
        end = self.house.now + seconds
        while self.house.now < end:
            yield

    def _stand(self, until: float, facing: Array | None, gesture: float) -> Doing:
        """Stand until some time."""
        self.facing = facing if facing is not None else self.facing
        self.gesture, self.idle_until = gesture, max(self.idle_until, until)
        while self.house.now < self.idle_until:
            yield
        self.gesture = 0.0

    def _sit(self, step: Sit) -> Doing:
        """Walk to a chair, turn the back to it, sit down, stay and get up."""
        chair = self.house.plan.chairs[step.sit]
        while chair.name in self.house.taken:
            yield
        self.house.taken.add(chair.name)
        yield from self._walk(chair.entry, self.speed)
        self.facing = chair.facing
        yield from self._pause(TURN_TIME)
        yield from self._until_free(chair.place, CHAIR_FREE)
        yield from self._moved(chair.place, 1.0)
        yield from self._stand(self.house.now + step.seconds, None, step.gesture)
        yield from self._until_free(chair.entry, CHAIR_FREE)
        yield from self._moved(chair.entry, 0.0)
        self.house.taken.discard(chair.name)

    def _moved(self, place: Array, sitting: float) -> Doing:
        """Move to a place without walking, and sit down or get up."""
        crowd, me = self.house.crowd, self.index
        crowd.moves[me] = False
        start, was, begin = self.place.copy(), self.sitting, self.house.now
        share = 0.0
        while share < 1.0:
            share = min((self.house.now - begin + TICK) / SEAT_TIME, 1.0)
            # The smoothest way from rest to rest (Flash and Hogan 1985): minimum jerk.
            smooth = share * share * share * (10.0 + share * (6.0 * share - 15.0))
            there = start + smooth * (place - start)
            crowd.velocity[me] = (there - self.place) / TICK
            crowd.position[me] = there
            self.sitting = was + smooth * (sitting - was)
            yield
        crowd.velocity[me] = 0.0
        crowd.moves[me] = sitting == 0.0

    def _leave(self, door: Door) -> Doing:
        """Walk out through an exit."""
        yield from self._walk(door.sides[1], self.speed, stops=False)
        self._vanish()
        yield from self._pause(UNSEEN)

    def _vanish(self) -> None:
        """Be outside of the building."""
        crowd, me = self.house.crowd, self.index
        self.house.passed(me)
        crowd.present[me] = crowd.moves[me] = False
        crowd.velocity[me] = 0.0

    def _enter(self, door: Door) -> Doing:
        """Come in through an exit as soon as nobody is in the way."""
        self._vanish()
        self.house.crowd.position[self.index] = door.sides[1]
        self.facing = -door.normal
        yield from self._pause(UNSEEN)
        number = list(self.house.plan.doors).index(door.name)
        while not self.house.may_pass(self.index, number, True) or self._is_crowded(
            door.sides[1], OUTSIDE_FREE
        ):
            yield
        crowd, me = self.house.crowd, self.index
        crowd.present[me] = crowd.moves[me] = True
        yield from self._follow([Waypoint(door.sides[0], number, True)], self.speed, False)

    def _until_free(self, place: Array, distance: float) -> Doing:
        """Wait until nobody else is near a place."""
        while self._is_crowded(place, distance):
            yield

    def _is_crowded(self, place: Array, distance: float) -> bool:
        """Tell whether somebody else is near a place."""
        crowd = self.house.crowd
        near = (length(crowd.position - place) < distance) & crowd.present
        near[self.index] = False
        return bool(near.any())

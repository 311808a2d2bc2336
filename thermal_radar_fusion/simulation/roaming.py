"""What people do who follow no script: where they walk, stand, sit, talk, and when they leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.simulation.agents import Agent, House
from thermal_radar_fusion.simulation.floor_plan import FloorPlan
from thermal_radar_fusion.simulation.motion import Enter, Free, Leave, Sit, Stand, Step, WalkTo
from thermal_radar_fusion.simulation.segments import length, unit

Array = NDArray[np.float64]

GOAL_MARGIN = 0.45  # of places to walk to from walls and furniture [m]
DOOR_MARGIN = 1.0  # and from doors, in which nobody should stand [m]
FAR_ENOUGH = 1.5  # of a place from the one before [m]
APART = 0.9  # of the places where people start [m]
WALK_UP = 8.0  # somebody who is going to be talked to stays that much longer [s]
TALKING_DISTANCE = 0.95  # m
ELBOW_ROOM = 0.6  # of a place to go to from others [m]
ATTEMPTS = 30
DRAWN_AT_ONCE = 16

# Eight directions, without a sine or cosine in which machines would differ.
HALF = 0.7071067811865476
TURNS = np.array([[1, 0], [HALF, HALF], [0, 1], [-HALF, HALF]])
TURNS = np.concatenate([TURNS, -TURNS])


class Roaming:
    """Draws the steps of everybody who walks about in a building.

    Args:
        motion: what people do how often.
        house: the building and the crowd in it.
        generator: of random numbers.

    Attributes:
        agents: everybody, known once all are made.
    """

    def __init__(self, motion: Free, house: House, generator: np.random.Generator) -> None:
        self.motion = motion
        self.house = house
        self.agents: Sequence[Agent] = ()
        self._generator = generator
        self._home = motion.room or house.plan.room_names[0]

    def steps(self, agent: Agent) -> Iterator[Step]:
        """Yield what somebody does, without end."""
        while True:
            yield from self._activity(agent)

    def _activity(self, agent: Agent) -> Iterator[Step]:
        """Draw one thing to do and yield its steps; where it is impossible, walk about."""
        motion = self.motion
        kinds = (
            (motion.stand, self._stand),
            (motion.sit, self._sit),
            (motion.talk, self._talk),
            (motion.leave, self._leave),
        )
        draw = self._generator.random()
        for weight, kind in kinds:
            if draw < weight:
                return kind(agent)
            draw -= weight
        return self._stroll(agent)

    def _stroll(self, agent: Agent) -> Iterator[Step]:
        """Walk somewhere, and on from there."""
        yield self._walk(self._goal(agent), stop=False)

    def _stand(self, agent: Agent) -> Iterator[Step]:
        """Walk somewhere and stand there for a while."""
        yield self._walk(self._goal(agent))
        yield Stand(self._drawn(self.motion.standing), gesture=self._lively())

    def _sit(self, agent: Agent) -> Iterator[Step]:
        """Sit down on a free chair, near ones rather than others."""
        chairs = [c for c in self.house.plan.chairs.values() if c.name not in self.house.taken]
        here = self.house.plan.room_at(agent.place)[0]
        near = [chair for chair in chairs if self.house.plan.room_at(chair.place)[0] == here]
        if self._generator.random() >= self.motion.elsewhere and near:
            chairs = near
        if not chairs:
            return self._stroll(agent)
        chair = chairs[self._generator.integers(len(chairs))]
        return iter([Sit(chair.name, self._drawn(self.motion.sitting), self._lively())])

    def _talk(self, agent: Agent) -> Iterator[Step]:
        """Walk to somebody who stands or sits, face each other and talk."""
        partners = [
            other
            for other in self.agents
            if other is not agent
            and other.is_present
            and other.idle_until > self.house.now >= other.talks_until
        ]
        for partner in partners:
            place = self._beside(partner)
            if place is not None:
                return self._conversation(agent, partner, place)
        return self._stroll(agent)

    def _conversation(self, agent: Agent, partner: Agent, place: Array) -> Iterator[Step]:
        """Talk to a partner who stays for it."""
        seconds = self._drawn(self.motion.talking)
        end = self.house.now + WALK_UP + seconds
        partner.idle_until = max(partner.idle_until, end)
        partner.talks_until = agent.talks_until = end
        yield self._walk(place)
        if partner.idle_until <= self.house.now:
            return
        agent.facing = unit(partner.place - place)
        if partner.sitting == 0.0:
            partner.facing = -agent.facing
        partner.gesture = 0.7
        yield Stand(seconds, gesture=0.7)

    def _beside(self, partner: Agent) -> Array | None:
        """Return a free place (2,) at talking distance from somebody, None if there is none."""
        turns = TURNS[self._generator.permutation(len(TURNS))]
        places = partner.place + TALKING_DISTANCE * turns
        sees = self.house.plan.sees(places, np.broadcast_to(partner.place, places.shape))
        good = np.flatnonzero(sees & self._are_free(places))
        return places[good[0]] if len(good) else None

    def _are_free(self, places: Array, but: Agent | None = None) -> NDArray[np.bool_]:
        """Tell which places (N, 2) somebody could stand at."""
        others = [a.place for a in self.agents if a.is_present and a is not but]
        return far_from(places, others, ELBOW_ROOM) & is_standing_room(places, self.house.plan)

    def _leave(self, agent: Agent) -> Iterator[Step]:
        """Leave the building and come back after a while."""
        exits = self.house.plan.exits()
        if not exits:
            return self._stroll(agent)
        door = exits[self._generator.integers(len(exits))]
        return iter([Leave(door), Stand(self._drawn(self.motion.away)), Enter(door)])

    def _walk(self, place: Array, stop: bool = True) -> WalkTo:
        return WalkTo((float(place[0]), float(place[1])), stop=stop)

    def _drawn(self, interval: tuple[float, float]) -> float:
        return float(self._generator.uniform(*interval))

    def _lively(self) -> float:
        """Return how much somebody gestures: most do not."""
        return float(max(0.0, self._generator.uniform(-0.7, 0.7)))

    def _goal(self, agent: Agent) -> Array:
        """Draw a place (2,) to walk to: free, not too near, seldom in another room."""
        rooms = self.house.plan.room_names
        here = self.house.plan.room_at(agent.place)[0]
        room = rooms[here] if here >= 0 else self._home
        if len(rooms) > 1 and self._generator.random() < self.motion.elsewhere:
            room = rooms[self._generator.integers(len(rooms))]
        for _ in range(ATTEMPTS):
            places = drawn_places(self.house.plan, room, self._generator)
            far = length(places - agent.place) >= FAR_ENOUGH
            good = np.flatnonzero(far & self._are_free(places, agent))
            if len(good):
                return places[good[0]]
        return agent.place


def drawn_places(plan: FloorPlan, room: str, generator: np.random.Generator) -> Array:
    """Draw a few places (N, 2) in the rectangle about a room."""
    corners = plan.rooms[room]
    return generator.uniform(corners.min(axis=0), corners.max(axis=0), (DRAWN_AT_ONCE, 2))


def far_from(places: Array, others: Sequence[Array], distance: float) -> NDArray[np.bool_]:
    """Tell which places (N, 2) are at a distance from all others."""
    between = places[:, None] - np.array(others).reshape(-1, 2)
    return (length(between) >= distance).all(axis=1)


def is_standing_room(places: Array, plan: FloorPlan) -> NDArray[np.bool_]:
    """Tell at which places (N, 2) somebody could stand without being in the way."""
    doors = [door.centre for door in plan.doors.values()]
    return far_from(places, doors, DOOR_MARGIN) & plan.is_free(places, GOAL_MARGIN)


def drawn_starts(
    plan: FloorPlan, room: str, taken: Sequence[Array], count: int, generator: np.random.Generator
) -> list[Array]:
    """Draw places (2,) for people to start from, apart from each other and from those taken.

    Args:
        room: in which; empty for any.

    Raises:
        ParameterError: so many people do not fit.
    """
    rooms = [room] if room else list(plan.room_names)
    starts: list[Array] = []
    for _ in range(ATTEMPTS * (count + 1)):
        if len(starts) == count:
            return starts
        places = drawn_places(plan, rooms[generator.integers(len(rooms))], generator)
        good = is_standing_room(places, plan) & far_from(places, [*taken, *starts], APART)
        starts += list(places[np.flatnonzero(good)[:1]])
    raise ParameterError(f'people: {count} do not fit into {", ".join(rooms)}')

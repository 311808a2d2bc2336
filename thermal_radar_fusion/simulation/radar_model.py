"""A small model of what a 77 GHz radar makes of people: points, clutter, ghosts, lost frames.

Its figures are those of real clouds of one walking person (mmGait: 17 to 25 points per frame, a
cloud of 0.12 m about the person, Doppler scattered by 0.45 m/s where limbs swing). It knows no
signal processing: points are drawn, not detected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import NOBODY, TruePerson
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.parameters import Parameters, parameter

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class RadarModel(Parameters):
    """What the simulated radar sees."""

    points: float = parameter(18.0, 'mean points of a person at reference_range', low=0, high=500)
    reference_range: float = parameter(3.0, 'range of `points`', unit='m', low=0.1, high=100)
    minimum_points: float = parameter(5.0, 'mean points of a far person', low=0, high=500)
    maximum_points: float = parameter(28.0, 'mean points of a near person', low=0, high=500)
    missed: float = parameter(
        0.01, 'probability per metre of range of not seeing a person in a frame', low=0, high=1
    )
    occluded: float = parameter(
        0.4, 'share of the points that is left of a person behind another', low=0, high=1
    )
    body_spread: float = parameter(
        0.12, 'standard deviation of the points about a person', unit='m', low=0.001, high=1
    )
    range_noise: float = parameter(0.03, 'standard deviation', unit='m', low=0, high=1)
    angle_noise: float = parameter(0.015, 'standard deviation', unit='rad', low=0, high=1)
    limb_velocity: float = parameter(
        0.3, 'scatter of Doppler per m/s of walking speed', low=0, high=10
    )
    velocity_step: float = parameter(0.147, 'Doppler resolution', unit='m/s', low=0.001, high=5)
    maximum_velocity: float = parameter(
        2.35, 'Doppler wraps around at this speed', unit='m/s', low=0.1, high=100
    )
    clutter: float = parameter(1.5, 'mean points per frame that are nobody', low=0, high=1000)
    ghost: float = parameter(
        0.08, 'mirror ghosts that begin per second and person', unit='1/s', low=0, high=10
    )
    ghost_time: float = parameter(0.6, 'mean life of a ghost', unit='s', low=0.05, high=60)
    ghost_points: float = parameter(5.0, 'mean points of a ghost', low=0, high=500)
    lost: float = parameter(0.01, 'probability that a frame is lost', low=0, high=1)


class SimulatedRadar:
    """Draws the clouds of one radar in a rectangular room whose side walls mirror.

    Args:
        model: what it sees.
        mounting: from the radar's frame to the room's.
        room: ((x low, x high), (y low, y high)) of the room in its own frame [m].
        generator: of random numbers; the same one gives the same clouds.
    """

    def __init__(
        self,
        model: RadarModel,
        mounting: RigidTransform,
        room: tuple[tuple[float, float], tuple[float, float]],
        generator: np.random.Generator,
    ) -> None:
        self.model = model
        self.room = room
        self._to_sensor = mounting.inverse()
        self._generator = generator
        self._ghosts: dict[str, tuple[float, float]] = {}  # end of life, the wall's y

    def lost(self) -> bool:
        """Tell whether the next frame gets lost on its way."""
        return bool(self._generator.random() < self.model.lost)

    def cloud(self, time: float, dt: float, people: Sequence[TruePerson]) -> tuple[Array, Labels]:
        """Return the points (N, 5) in the radar's frame and each one's index into `people`.

        Args:
            time, dt: now and since the last frame [s].
            people: everybody in the room, in its frame; z is the middle of the body.
        """
        parts = [
            (self._person(person, self._visible(person, people)), index)
            for index, person in enumerate(people)
        ]
        parts += [(self._ghost(time, dt, person), NOBODY) for person in people]
        parts.append((self._clutter(), NOBODY))
        points = np.concatenate([points for points, _ in parts])
        labels = np.concatenate([np.full(len(points), label) for points, label in parts])
        order = self._generator.permutation(len(points))
        return points[order], labels[order].astype(np.int64)

    def _visible(self, person: TruePerson, people: Sequence[TruePerson]) -> float:
        """Return the mean number of points that the radar gets of a person."""
        model = self.model
        place = self._polar(person)
        share = 1.0
        for other in people:
            ahead = self._polar(other) - place
            if ahead[0] < -0.4 and abs(ahead[1]) < 0.3 / place[0]:
                share = model.occluded
        if self._generator.random() < model.missed * place[0]:
            return 0.0
        mean = model.points * model.reference_range / place[0]
        return share * float(np.clip(mean, model.minimum_points, model.maximum_points))

    def _polar(self, person: TruePerson) -> Array:
        """Return range and azimuth (2,) of a person as the radar sees them."""
        x, y, _ = self._to_sensor.apply(person.position)
        return np.array([max(np.hypot(x, y), 0.3), np.arctan2(y, x)])

    def _person(self, person: TruePerson, mean: float) -> Array:
        """Draw the points of one body."""
        count = self._generator.poisson(mean)
        offsets = self._generator.normal(0.0, self.model.body_spread, (count, 3))
        # Points gather on the trunk and thin out towards head and feet.
        height = 2.0 * person.position[2]
        offsets[:, 2] = height * (self._generator.beta(2.5, 2.0, count) - 0.5)
        speed = float(np.linalg.norm(person.velocity))
        scatter = self._generator.normal(0.0, 0.05 + self.model.limb_velocity * speed, count)
        return self._measured(person.position + offsets, person.velocity, scatter)

    def _measured(self, positions: Array, velocity: Array, scatter: Array) -> Array:
        """Turn places (N, 3) in the room into noisy points (N, 5) as the radar reports them."""
        model, draw = self.model, self._generator
        local = self._to_sensor.apply(positions)
        distance = np.maximum(np.linalg.norm(local, axis=1), 0.1)
        direction = local / distance[:, None]
        radial = direction @ (self._to_sensor.rotation @ velocity) + scatter
        azimuth = np.arctan2(local[:, 1], local[:, 0])
        azimuth = azimuth + draw.normal(0.0, model.angle_noise, len(local))
        flat = np.hypot(local[:, 0], local[:, 1])
        flat = np.maximum(flat + draw.normal(0.0, model.range_noise, len(local)), 0.05)
        x, y = flat * np.cos(azimuth), flat * np.sin(azimuth)
        power = 30.0 - 12.0 * np.log10(distance) + draw.normal(0.0, 3.0, len(local))
        return np.column_stack([x, y, local[:, 2], self._doppler(radial), power])

    def _doppler(self, radial: Array) -> Array:
        """Wrap and quantise radial velocities as the radar's FFT does."""
        limit = self.model.maximum_velocity
        wrapped = (radial + limit) % (2 * limit) - limit
        return np.round(wrapped / self.model.velocity_step) * self.model.velocity_step

    def _ghost(self, time: float, dt: float, person: TruePerson) -> Array:
        """Draw the mirror image of a person in a side wall, while one lives."""
        model, draw = self.model, self._generator
        if draw.random() < model.ghost * dt:
            wall = self.room[1][int(draw.random() < 0.5)]
            self._ghosts[person.person] = (time + draw.exponential(model.ghost_time), wall)
        end, wall = self._ghosts.get(person.person, (-np.inf, 0.0))
        if time > end:
            return np.empty((0, 5))
        mirror = np.array([1.0, -1.0, 1.0])
        position = person.position * mirror + np.array([0.0, 2 * wall, 0.0])
        image = TruePerson(person.person, position, person.velocity * mirror)
        return self._person(image, model.ghost_points)

    def _clutter(self) -> Array:
        """Draw points of nobody, anywhere in the room, mostly at rest."""
        draw = self._generator
        count = draw.poisson(self.model.clutter)
        (x_low, x_high), (y_low, y_high) = self.room
        places = draw.uniform((x_low, y_low, 0.0), (x_high, y_high, 2.0), (count, 3))
        moving = draw.random(count) < 0.3
        limit = self.model.maximum_velocity
        scatter = np.where(moving, draw.uniform(-limit, limit, count), 0.0)
        return self._measured(places, np.zeros(3), scatter)

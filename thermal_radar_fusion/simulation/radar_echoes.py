"""What comes back to a radar from the people before it: the radar equation on every path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import NOBODY
from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter
from thermal_radar_fusion.simulation.body import BodyMotion
from thermal_radar_fusion.simulation.radar_detection import Echoes, weakest
from thermal_radar_fusion.simulation.radar_device import RadarDevice
from thermal_radar_fusion.simulation.radar_paths import Paths, Walls, mirrored, transmissions
from thermal_radar_fusion.simulation.radar_scatterers import (
    Bodies,
    Scatterers,
    bodies_of,
    path_speeds,
    scatterers_of,
)

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]


@dataclass(frozen=True)
class RadarModel(Parameters):
    """How people, walls and things reflect: what is not of the device."""

    cross_section: float = parameter(
        0.5, 'of a person from the front, mean', unit='m^2', low=0.0, high=100
    )
    side_aspect: float = parameter(
        0.5, "share of the trunk's cross section that is left from the side", low=0.0, high=1.0
    )
    coherence: float = parameter(
        0.02, 'way after which a reflection has faded to another', unit='m', low=1e-4, high=10
    )
    half_width: float = parameter(
        0.24, 'of a body that hides what is behind it', unit='m', low=0.01, high=1.0
    )
    occlusion_loss: float = parameter(
        20.0, 'behind a body, there and back', unit='dB', low=0.0, high=200
    )
    wall_loss: float = parameter(
        18.0, 'of one reflection off a wall', unit='dB', low=0.0, high=200
    )
    clutter: float = parameter(
        0.4, 'mean residues per frame of things that flicker, each a few points', low=0, high=500
    )
    clutter_places: int = parameter(40, 'places of such things', low=1, high=1000)

    def check(self) -> None:
        """Refuse more residues than there are places for them."""
        if self.clutter > self.clutter_places:
            raise ParameterError('clutter must not exceed clutter_places')


class EchoSource:
    """The echoes of people before one radar, with reflections that fade as they move.

    Args:
        device, model: of the radar; of what reflects.
        walls: and the radar between them.
        generator: of random numbers.
    """

    def __init__(
        self, device: RadarDevice, model: RadarModel, walls: Walls, generator: np.random.Generator
    ) -> None:
        self.device = device
        self.model = model
        self._walls = walls
        self._generator = generator
        self._reflections: Complex | None = None

    def echoes(self, motions: Sequence[BodyMotion]) -> Echoes:
        """Return the echoes of the next frames, at the instants of the motions.

        Raises:
            ValueError: there were more or fewer people in the frames before.
        """
        reflections = self._faded(motions)
        bodies = bodies_of(motions, self._walls.to_radar)
        places = np.stack([m.position for m in motions], axis=1)[bodies.frames, bodies.people]
        seen, paths = self._paths(bodies, places)
        scatterers = scatterers_of(seen, self.model.side_aspect)
        strengths = self._strengths(bodies, seen, scatterers)
        phasors = reflections[seen.frames, seen.people]
        return self._combined(seen, scatterers, strengths, phasors, paths)

    def _faded(self, motions: Sequence[BodyMotion]) -> Complex:
        """Return the complex reflection (T, P, K) of every scatterer, power 1 on average.

        Between frames it keeps exp(-way / coherence) of itself (Swerling 1 for people on the
        move, constant for what stands still).
        """
        way = path_speeds(motions) / self.device.frame_rate
        kept = np.exp(-way / self.model.coherence)
        parts = self._generator.standard_normal((*kept.shape, 2)) * np.sqrt(0.5)
        fresh = parts[..., 0] + 1j * parts[..., 1]
        state = self._reflections
        if state is not None and state.shape != kept.shape[1:]:
            raise ValueError(f'{len(state)} people were simulated so far, now {len(motions)}')
        result = np.empty(kept.shape, dtype=complex)
        change = np.sqrt(1.0 - kept**2)
        for i in range(len(kept)):
            state = fresh[i] if state is None else kept[i] * state + change[i] * fresh[i]
            result[i] = state
        self._reflections = state
        return result

    def _paths(self, bodies: Bodies, places: Array) -> tuple[Bodies, Paths]:
        """Return the true and mirrored bodies that are seen, and on which paths."""
        visible = np.flatnonzero(~self._walls.hide(places))
        parts, there, back, gains = [bodies], [visible], [visible], [np.ones(len(visible))]
        once = 10.0 ** (-0.1 * self.model.wall_loss)
        count = len(bodies)
        for wall, found in self._walls.images(places):
            image = mirrored(bodies.chosen(found), *self._walls.plane(wall))
            worth = self._worth(image, once)
            found, image = found[worth], image.chosen(worth)
            numbers = count + np.arange(len(found))
            count += len(found)
            parts.append(image)
            there += [numbers, found, numbers]
            back += [numbers, numbers, found]
            gains += [np.full(len(found), gain) for gain in (once**2, once, once)]
        direct = np.arange(sum(map(len, there))) < len(visible)
        paths = Paths(*map(np.concatenate, (there, back, gains)), direct)
        return _together(parts), paths

    def _worth(self, image: Bodies, gain: float) -> NDArray[np.bool_]:
        """Tell which images could be detected at all, if all of the body shone from one cell."""
        x, y, z = image.positions
        distance = np.sqrt(x**2 + y**2 + z**2)
        power = self._unit_power() * gain * self._antenna_gain(image.positions) / distance**4
        return power > 10.0 ** (0.1 * self.device.threshold - 0.6)

    def _unit_power(self) -> float:
        """Return the power of one person at 1 m."""
        return self.model.cross_section * 10.0 ** (0.1 * self.device.reference_snr)

    def _antenna_gain(self, positions: Array) -> Array:
        """Return the gain of one antenna, one way, towards positions (3, ...); 1 on boresight."""
        x, y, z = positions
        flat = np.sqrt(x**2 + y**2)
        azimuth = np.arctan2(y, x) / self.device.azimuth_beamwidth
        elevation = np.arctan2(z, flat) / self.device.elevation_beamwidth
        return 10.0 ** (-1.2 * (azimuth**2 + elevation**2))

    def _strengths(self, bodies: Bodies, seen: Bodies, scatterers: Scatterers) -> Array:
        """Return the amplitude (B, K) that a scatterer would have if it were lit by 1 both ways.

        The square root of the power that arrives on one way; the product of two ways is the
        echo's amplitude.
        """
        count = len(bodies)
        own = Scatterers(
            scatterers.positions[:, :count],
            scatterers.distances[:count],
            scatterers.speeds[:count],
            scatterers.shares[:count],
        )
        power = np.sqrt(self._unit_power() * scatterers.shares)
        power *= self._antenna_gain(scatterers.positions) / scatterers.distances**2
        free = transmissions(bodies, own, self.model.half_width, self.model.occlusion_loss)
        power[:count] *= np.sqrt(free)
        return np.sqrt(power)

    def _combined(
        self,
        seen: Bodies,
        scatterers: Scatterers,
        strengths: Array,
        phasors: Complex,
        paths: Paths,
    ) -> Echoes:
        """Return one echo for each scatterer on each path, but for those that nobody notices."""
        there, back = paths.there, paths.back
        sizes = strengths[there] * strengths[back] * np.sqrt(paths.gain)[:, None]
        reflections = phasors[there]
        path, k = np.nonzero(sizes * np.abs(reflections) > weakest(self.device))
        there, back = (there[path], k), (back[path], k)
        distances = 0.5 * (scatterers.distances[there] + scatterers.distances[back])
        turn = 4.0 * np.pi / self.device.wavelength * distances
        spin = np.cos(turn) + 1j * np.sin(turn)
        _, y, z = scatterers.positions
        ways = [-y[way] / scatterers.distances[way] for way in (there, back)]
        return Echoes(
            seen.frames[there[0]],
            np.where(paths.direct[path], seen.people[there[0]], NOBODY),
            distances,
            0.5 * (scatterers.speeds[there] + scatterers.speeds[back]),
            np.stack(ways, axis=-1),
            (z[there] / scatterers.distances[there])[:, None],
            sizes[path, k] * reflections[path, k] * spin,
        )


def _together(parts: Sequence[Bodies]) -> Bodies:
    """Return several lots of bodies as one."""
    return Bodies(
        np.concatenate([part.frames for part in parts]),
        np.concatenate([part.people for part in parts]),
        np.concatenate([part.joints for part in parts], axis=1),
        np.concatenate([part.velocities for part in parts], axis=1),
        np.concatenate([part.heading for part in parts], axis=1),
    )

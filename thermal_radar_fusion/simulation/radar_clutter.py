"""What things leave in a radar's cloud in spite of clutter removal: points at fixed places."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import NOBODY
from thermal_radar_fusion.simulation.radar_detection import Echoes
from thermal_radar_fusion.simulation.radar_device import RadarDevice
from thermal_radar_fusion.simulation.radar_echoes import RadarModel

Array = NDArray[np.float64]

MARGIN = 6.0  # residues are mostly so much above the detection threshold [dB]


class Clutter:
    """Things at fixed places (fans, cables, door leaves) that flicker.

    Args:
        device, model: of the radar; `clutter` and `clutter_places` of it.
        generator: of random numbers.
    """

    def __init__(
        self, device: RadarDevice, model: RadarModel, generator: np.random.Generator
    ) -> None:
        self._device = device
        self._model = model
        self._generator = generator
        count = model.clutter_places
        spread = np.sin(device.field_of_view)
        self._distances = generator.uniform(device.minimum_range, device.maximum_range, count)
        self._right = generator.uniform(-spread, spread, count)
        self._up = generator.uniform(-0.2, 0.2, count)

    def echoes(self, frames: int) -> Echoes:
        """Return the residues of the next frames: a place shines in some of them."""
        draw = self._generator
        shape = (frames, self._model.clutter_places)
        draws = draw.random((*shape, 4))
        shining = draws[..., 0] < self._model.clutter / self._model.clutter_places
        frame, place = np.nonzero(shining)
        power, turn, speed = np.moveaxis(draws[frame, place, 1:], -1, 0)
        level = 10.0 ** (0.1 * (self._device.threshold + MARGIN)) * -np.log1p(-power)
        angle = 2.0 * np.pi * turn
        right, up = self._right[place], self._up[place]
        return Echoes(
            frame,
            np.full(len(frame), NOBODY),
            self._distances[place],
            self._device.doppler_resolution * np.where(speed < 0.5, -1.0, 1.0),
            np.stack([right, right], axis=-1),
            up[:, None],
            np.sqrt(level) * (np.cos(angle) + 1j * np.sin(angle)),
        )

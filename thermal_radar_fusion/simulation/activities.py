"""What a body does besides walking: it sways, breathes, looks around, and talks with its arms."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.simulation.vectors import smooth_step

Array = NDArray[np.float64]

# Small movements as band-limited noise: standard deviation, lowest and highest frequency [Hz].
# Sway and weight shifts after quiet-standing posturography (Winter 1995: a few millimetres below
# 1 Hz; Duarte and Zatsiorsky 1999: shifts of centimetres in long unconstrained standing),
# breathing 12-18 per minute with 5 mm of the chest. Angles in radians, lengths in metres.
MOVEMENTS: Mapping[str, tuple[float, float, float]] = {
    'sway_forward': (0.006, 0.05, 0.6),
    'sway_left': (0.004, 0.05, 0.6),
    'shift_left': (0.018, 0.01, 0.08),
    'shift_forward': (0.008, 0.01, 0.08),
    'breath': (0.0025, 0.2, 0.3),
    'twist': (0.05, 0.02, 0.15),
    'look': (0.25, 0.02, 0.25),
    'nod': (0.06, 0.05, 0.4),
    'left_fidget': (0.04, 0.03, 0.4),
    'right_fidget': (0.04, 0.03, 0.4),
    # Nobody is equally quiet all the time: where this one is high, those of STIRRED grow.
    'stir': (1.0, 0.02, 0.1),
    # Gestures: lively arms, in bouts.
    'left_raise': (0.22, 0.25, 0.8),
    'left_bend': (0.35, 0.3, 1.0),
    'right_raise': (0.22, 0.25, 0.8),
    'right_bend': (0.35, 0.3, 1.0),
    'left_bout': (1.0, 0.03, 0.15),
    'right_bout': (1.0, 0.03, 0.15),
}
WAVES = 6
STIRRED, STIR = ('twist', 'left_fidget', 'right_fidget'), 4.0


class Habits:
    """The small movements of one person: fixed sums of sine waves, drawn once.

    Args:
        generator: draws frequencies and phases.
    """

    def __init__(self, generator: np.random.Generator) -> None:
        shape = (len(MOVEMENTS), WAVES)
        deviations, low, high = np.array(list(MOVEMENTS.values())).T[:, :, None]
        # One wave in each sixth of the band, so that every person fills it.
        share = (np.arange(WAVES) + generator.random(shape)) / WAVES
        self._rates = 2 * np.pi * low * (high / low) ** share
        self._phases = generator.uniform(0.0, 2 * np.pi, shape)
        self._amplitudes = deviations * np.sqrt(2.0 / WAVES) * np.ones(shape)

    def __call__(self, times: Array) -> dict[str, Array]:
        """Return every movement (T,) by name at times (T,)."""
        angles = times[:, None, None] * self._rates + self._phases
        values = (self._amplitudes * np.sin(angles)).sum(axis=-1)
        named = {name: values[:, index] for index, name in enumerate(MOVEMENTS)}
        stir = 1.0 + STIR * smooth_step(named['stir'] - 0.5)
        return named | {name: stir * named[name] for name in STIRRED}

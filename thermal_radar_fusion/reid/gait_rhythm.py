"""How often a walking body repeats itself, and how much of each part of it does.

Both legs swing once in a cycle, and whatever does not care which leg it is repeats with each step.
The cadence is where several signs of that agree; how far a person gets by it is far more their own
than how fast they walk today. Needs torch.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

# Lowest and highest frequency of steps, and how many of them are tried [1/s].
CADENCE = (1.2, 2.6, 29)
# Added to the share of a sign's power that a frequency has, so that none of them has a veto.
DOUBT = 1e-3
# The least power of a sign as a whole, and the least that its strength tells of: what stands still
# has no rhythm, and logarithms are steep near nought.
STILL, FAINT = 1e-9, 1e-4


class GaitRhythm(nn.Module):
    """Signs of a body, one number per step of time each, to its cadence and their strength."""

    def __init__(self, steps: int, rate: float) -> None:
        super().__init__()
        low, high, count = CADENCE
        self.register_buffer('cadences', torch.linspace(low, high, count))
        self.register_buffer('steps', _waves(self.cadences, steps, rate))
        self.register_buffer('cycles', _waves(self.cadences / 2, steps, rate))

    def forward(self, signs: Tensor, telling: Tensor) -> Tensor:
        """Return the logarithms of cadence [1/s] and strengths, (B, 1 + K + K).

        Strengths are of each sign at the frequency of the steps, then at that of the cycle, half
        of it.

        Args:
            signs: (B, T, K).
            telling: (B, T, J) those from which the cadence is taken.
        """
        powers = _powers(self.steps, telling)
        shares = powers / powers.sum(1, keepdim=True).clamp(min=STILL)
        weights = torch.softmax((shares + DOUBT).log().sum(2), dim=1)
        cadence = (weights @ self.cadences)[:, None]
        strengths = [_strengths(waves, signs, weights) for waves in (self.steps, self.cycles)]
        return torch.cat([cadence.log(), *strengths], dim=1)


def _waves(frequencies: Tensor, steps: int, rate: float) -> Tensor:
    """Return cosines and sines (2, F, T) that take no notice of level and trend of a series.

    Under a Hann window, and of such a size that the power of a wave of amplitude 1 is near 1.
    """
    time = torch.arange(steps, dtype=torch.float64) / rate
    angles = 2 * torch.pi * frequencies.double()[:, None] * time
    window = torch.hann_window(steps + 2, periodic=False, dtype=torch.float64)[1:-1]
    waves = torch.stack([angles.cos(), angles.sin()]) * window * (2 / window.sum())
    trend, _ = torch.linalg.qr(
        torch.stack([torch.ones(steps), time - time.mean()], dim=1).double()
    )
    return (waves - waves @ trend @ trend.T).float()


def _powers(waves: Tensor, series: Tensor) -> Tensor:
    """Return the power (B, F, K) of series (B, T, K) at each frequency."""
    cosines, sines = waves
    return (cosines @ series) ** 2 + (sines @ series) ** 2


def _strengths(waves: Tensor, signs: Tensor, weights: Tensor) -> Tensor:
    """Return the logarithms of the amplitudes (B, K) about the frequencies with weights (B, F)."""
    power = (weights[..., None] * _powers(waves, signs)).sum(1)
    return 0.5 * (power + FAINT).log()

"""What a window of points tells of a body and its way of walking, without anything learned.

Points are put into the frame of the walking body first: height, place ahead of and beside the
path, and Doppler beyond that of the path. Histograms of them over the window, with soft bins, are
what the arms, legs and trunk of a person look like to a radar. Needs torch.
"""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn

from thermal_radar_fusion.reid.gait_rhythm import GaitRhythm

# The path is a straight line fitted to the steps near each step, weighted by a Gaussian of so
# many steps that is cut off after so many.
SMOOTHING, REACH = 3.0, 9
# Slower than this nobody has a direction of walking [m/s].
SLOWEST = 0.05
# Keeps the slope of a single step at nought.
RIDGE = 1e-3
# Lowest and highest centre, and number, of the bins: height by Doppler, height by place ahead and
# beside, height more finely, and the legs, arms and trunk whose swing is taken [m, m/s].
HEIGHT, DOPPLER = (0.0, 1.8, 8), (-1.5, 1.5, 7)
LEVEL, AHEAD, BESIDE = (0.0, 1.8, 5), (-0.5, 0.5, 5), (-0.4, 0.4, 5)
FINE, THIRDS = (-0.2, 2.2, 13), (0.3, 1.5, 3)
# Histograms by their axes.
HISTOGRAMS = ((HEIGHT, DOPPLER), (LEVEL, AHEAD), (LEVEL, BESIDE), (FINE,))
BINS = {
    'height': HEIGHT,
    'doppler': DOPPLER,
    'level': LEVEL,
    'ahead': AHEAD,
    'beside': BESIDE,
    'fine': FINE,
    'thirds': THIRDS,
}
# Numbers of each third of the body that swing, others that have a rhythm, and numbers of the pace.
SWINGING, OTHERS, PACE = 6, 3, 6
SWINGS = SWINGING * THIRDS[2]
STATISTICS = sum(prod(count for _, _, count in axes) for axes in HISTOGRAMS)
STATISTICS += SWINGS + 1 + 2 * (SWINGS + OTHERS) + PACE
# Of the swings: size of the Doppler of the legs, Doppler of the upper body; both tell the cadence.
LEGS, TRUNK = 3, 2
# The least share of a bin, and the least variance of a speed [m^2/s^2] or swing [m^2, m^2/s^2]:
# roots are steep near nought. So many points of a third make a step of it.
LEAST, STEADY, RIGID, FEW = 1e-4, 1e-6, 1e-4, 0.3
# Below this the speed of a window is no more than that of a body at rest [m/s].
SLOW = 0.1


class WalkingPath(nn.Module):
    """Where each step is, and how fast it moves, by local linear regression over the steps."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        index = torch.arange(steps, dtype=torch.float32)
        lags = index[None] - index[:, None]
        near = torch.exp(-0.5 * (lags / SMOOTHING) ** 2) * (lags.abs() <= REACH)
        self.register_buffer('moments', torch.stack([near, near * lags, near * lags**2]))

    def forward(self, values: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Return level and slope per step (B, T, C) of values (B, T, C) that count where seen.

        Args:
            values: of each step.
            seen: (B, T, 1) 1 where there is a value, else 0.
        """
        weight, first, second = (moment @ seen for moment in self.moments)
        total, rising = (moment @ (values * seen) for moment in self.moments[:2])
        second = second + RIDGE
        spread = (weight * second - first**2).clamp(min=1e-9)
        level = (second * total - first * rising) / spread
        return level, (weight * rising - first * total) / spread


class GaitStatistics(nn.Module):
    """Windows (B, T, P, 5) to statistics (B, STATISTICS): see `GaitNetwork`."""

    def __init__(self, steps: int, rate: float) -> None:
        super().__init__()
        self.rate, self.path = rate, WalkingPath(steps)
        self.rhythm = GaitRhythm(steps, rate)
        for name, (low, high, count) in BINS.items():
            self.register_buffer(name, torch.linspace(low, high, count))

    def forward(self, windows: Tensor) -> Tensor:
        points, present = windows[..., :4], windows[..., 4]
        level, slope = self.path(*_steps(points, present))
        speed = (slope[..., :2] ** 2).sum(-1).sqrt() * self.rate
        sides = self._sides(points, level, slope)
        swings, seen = self._swings(sides, present)
        parts = [
            *self._histograms(sides, present),
            _size(swings, seen),
            self._rhythm(swings.flatten(2), sides, present),
            _pace(speed, level[..., 3]),
        ]
        return torch.cat(parts, dim=1)

    def _sides(self, points: Tensor, level: Tensor, slope: Tensor) -> tuple[Tensor, ...]:
        """Return height, Doppler, ahead and beside (B, T, P) of points in the body's frame.

        A radar behind sees a forward swing as one away from it, and the back instead of the chest:
        with Doppler and ahead reversed for those who approach, both ways look more alike.
        """
        motion = slope[..., :2] * self.rate
        speed = (motion**2).sum(-1, keepdim=True).sqrt().clamp(min=SLOWEST)
        x, y = (motion / speed).unbind(-1)
        offset = points[..., :2] - level[:, :, None, :2]
        towards = torch.sign(level[..., 3])[..., None]
        ahead = offset[..., 0] * x[..., None] + offset[..., 1] * y[..., None]
        beside = offset[..., 1] * x[..., None] - offset[..., 0] * y[..., None]
        doppler = points[..., 3] - level[:, :, None, 3]
        return points[..., 2], doppler * towards, ahead * towards, beside

    def _histograms(self, sides: tuple[Tensor, ...], present: Tensor) -> list[Tensor]:
        """Return roots of the HISTOGRAMS, (B, number of bins) each."""
        height, doppler, ahead, beside = sides
        weight = present[..., None]
        high, low = (soft_bins(height, bins) * weight for bins in (self.height, self.level))
        parts = [
            _joint(high, soft_bins(doppler, self.doppler)),
            _joint(low, soft_bins(ahead, self.ahead)),
            _joint(low, soft_bins(beside, self.beside)),
            (soft_bins(height, self.fine) * weight).sum((1, 2)),
        ]
        total = present.sum((1, 2)).clamp(min=1)[:, None]
        return [(part / total).clamp(min=LEAST).sqrt() for part in parts]

    def _swings(self, sides: tuple[Tensor, ...], present: Tensor) -> tuple[Tensor, Tensor]:
        """Return how far the mean of each third is from its own over the window (B, T, 6, 3).

        Of Doppler, place ahead and place beside, and of the sizes of all three: legs and arms that
        swing in turn have means of nought. Nought where a third has no points; the second result
        (B, T, 1, 3) says where it has.
        """
        height, doppler, ahead, beside = sides
        values = [side for own in (doppler, ahead, beside) for side in (own, own.abs())]
        thirds = (soft_bins(height, self.thirds) * present[..., None]).transpose(2, 3)
        count = thirds.sum(3)[..., None]
        means = thirds @ torch.stack(values, dim=-1) / count.clamp(min=FEW)
        seen = (count > FEW).to(means.dtype)
        middle = (means * seen).sum(1) / seen.sum(1).clamp(min=1)
        swings = (means - middle[:, None]) * seen
        return swings.transpose(2, 3), seen.transpose(2, 3)

    def _rhythm(self, swings: Tensor, sides: tuple[Tensor, ...], present: Tensor) -> Tensor:
        """Return cadence and strengths (B, 1 + 2 * 21) of swings (B, T, 18) and of the whole body.

        Of that: the fastest point forward and back, and the mean height.
        """
        height, doppler, *_ = sides
        doppler = doppler * present
        count = present.sum(2).clamp(min=1)
        fastest = doppler.amax(2)
        others = [fastest, doppler.amin(2), (height * present).sum(2) / count]
        telling = [doppler.abs().sum(2) / count, swings[..., LEGS], fastest, swings[..., TRUNK]]
        signs = torch.cat([swings, torch.stack(others, dim=-1)], dim=-1)
        return self.rhythm(signs, torch.stack(telling, dim=-1))


def _joint(first: Tensor, second: Tensor) -> Tensor:
    """Return how often two things (B, T, P, K) and (B, T, P, L) come together (B, K * L)."""
    return (first.flatten(1, 2).transpose(1, 2) @ second.flatten(1, 2)).flatten(1)


def soft_bins(values: Tensor, centres: Tensor) -> Tensor:
    """Return the share (..., K) of values (...) in bins about centres (K,), which sums to 1."""
    width = centres[1] - centres[0]
    inside = torch.minimum(torch.maximum(values, centres[0]), centres[-1])[..., None]
    return torch.relu(1 - (inside - centres).abs() / width)


def _steps(points: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean point (B, T, 4) of each step, and where there is one (B, T, 1)."""
    count = present.sum(2)[..., None]
    middle = (points * present[..., None]).sum(2) / count.clamp(min=1)
    return middle, (count > 0).to(points.dtype)


def _size(swings: Tensor, seen: Tensor) -> Tensor:
    """Return the deviation (B, 18) of swings (B, T, 6, 3) over the steps where they are seen."""
    steps = seen.sum(1).clamp(min=1)
    return ((swings**2).sum(1) / steps + RIGID).sqrt().flatten(1)


def _pace(speed: Tensor, doppler: Tensor) -> Tensor:
    """Return numbers of the speed (B, T) and of the radial one: (B, 6).

    Mean, deviation, maximum and mean radial one, and logarithms of mean and maximum: with that of
    the cadence, how long steps are for their speed.
    """
    mean, most = speed.mean(1), speed.amax(1)
    deviation = ((speed - mean[:, None]) ** 2).mean(1).clamp(min=STEADY).sqrt()
    logarithms = [value.clamp(min=SLOW).log() for value in (mean, most)]
    return torch.stack([mean, deviation, most, doppler.abs().mean(1), *logarithms], dim=1)

"""The networks that turn windows of radar points into gait features, for training.

Windows are (B, T, P, 5): x, y from the middle of the window [m], z above the floor [m], radial
velocity [m/s], and 1 where there is a point, 0 where there is none. Needs torch; running does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from thermal_radar_fusion.reid.gait_statistics import STATISTICS, GaitStatistics

# Numbers of a point, the presence included, and of a feature.
CHANNELS, DIMENSION = 5, 32

# Statistics that vary less than this between windows are not blown up to vary by 1.
RARELY = 0.02
# Added to the scatter within people: a share of that of single windows, and something round; and
# share of it that counts as difference between people.
SINGLE, ROUND, FILL = 0.6, 0.03, 0.02

# So many windows are put through at once.
CHUNK = 256

# Of the paper's table 1.
SHARED, TEMPORAL, DILATIONS = (98, 98, 98, 196, 196), (32, 64, 128, 256, 128, 32), (1, 2, 4)


def with_presence(points: Tensor, mask: Tensor) -> Tensor:
    """Return windows (B, T, P, 5) of points (B, T, P, 4 or more), zero where the mask is not."""
    present = mask[..., None].to(points.dtype)
    return torch.cat([points[..., : CHANNELS - 1] * present, present], dim=-1)


@dataclass(frozen=True)
class Origin:
    """Where windows come from.

    Attributes:
        people: (N,) index of the person, or of the person before one kind of radar.
        stretches: (N,) index of the part of a walk, some 20 s before one radar.
        kinds: (N,) index of the kind of radar.
        weights: (N,) for how many the person counts.
    """

    people: Tensor
    stretches: Tensor
    kinds: Tensor
    weights: Tensor


class GaitNetwork(nn.Module):
    """Ours: windows to unit features (B, DIMENSION) by statistics in the body's frame.

    A few people teach no network what a body is; what is known of bodies is built in, and only
    what of it tells people apart is learned.
    """

    def __init__(self, steps: int = 45, rate: float = 10.0) -> None:
        """Take the steps of a window, and steps per second."""
        super().__init__()
        self.statistics = GaitStatistics(steps, rate)
        self.register_buffer('mean', torch.zeros(STATISTICS))
        self.register_buffer('deviation', torch.ones(STATISTICS))
        self.project = nn.Linear(STATISTICS, DIMENSION)

    @torch.no_grad()
    def prepare(self, windows: Tensor, origin: Origin) -> None:
        """Begin with the directions that tell people best apart (linear discriminant analysis).

        Args:
            windows: (N, T, P, 5) of many people.
            origin: of the windows.
        """
        values = torch.cat([self.statistics(chunk) for chunk in windows.split(CHUNK)])
        self.mean.copy_(values.mean(0))
        self.deviation.copy_(values.std(0).clamp(min=RARELY))
        standard = (values - self.mean) / self.deviation
        axes = discriminants(standard.double(), origin).float()[:DIMENSION]
        # Of the size that unit vectors are: the classifier starts with features of such a length.
        self.project.weight.copy_(axes / (standard @ axes.T).norm(dim=1).mean())
        self.project.bias.zero_()

    def embedded(self, windows: Tensor) -> Tensor:
        """Return features (B, DIMENSION) before they are given unit length."""
        values = (self.statistics(windows) - self.mean) / self.deviation
        return self.project(values)

    def forward(self, windows: Tensor) -> Tensor:
        return functional.normalize(self.embedded(windows), dim=1)


def discriminants(values: Tensor, origin: Origin) -> Tensor:
    """Return directions (D, D), the best first, along which values (N, D) differ between people.

    The eigenvectors of the scatter between people, as far as it is not between kinds of radars,
    against that within them: how the means of the same person's stretches differ, from visit to
    visit and wall to wall, and a share of how windows differ within a stretch. By windows alone,
    their noise, which is gone after some seconds, would count for more than what changes until
    somebody comes again. The scatter within is made rounder, as a few people do not show all of
    it; a little of it counts as difference too, so that directions follow in a sensible order
    where there are more of them than people.
    """
    stretches, of_window = _means(values, origin.stretches)
    first = _member_of_each(of_window)
    people, of_stretch = _means(stretches, origin.people[first])
    person = first[_member_of_each(of_stretch)]
    kinds, of_person = _means(people, origin.kinds[person])
    single = _scatter(values - stretches[of_window], origin.weights, len(stretches))
    visits = _scatter(stretches - people[of_stretch], origin.weights[first], len(people))
    within = visits + SINGLE * single
    between = _scatter(people - kinds[of_person], origin.weights[person], 0) + FILL * within
    factor = torch.linalg.cholesky(within + ROUND * torch.eye(len(within), dtype=values.dtype))
    whitened = torch.linalg.solve(factor, torch.linalg.solve(factor, between).T)
    vectors = torch.linalg.eigh((whitened + whitened.T) / 2).eigenvectors.flip(1)
    return torch.linalg.solve(factor.T, vectors).T


def _means(values: Tensor, groups: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean (K, D) of each group of values (N, D), and which (N,) each belongs to."""
    _, index = torch.unique(groups, return_inverse=True)
    count = torch.bincount(index)
    sums = torch.zeros(len(count), values.shape[1], dtype=values.dtype)
    return sums.index_add_(0, index, values) / count[:, None], index


def _member_of_each(groups: Tensor) -> Tensor:
    """Return the index (K,) of some member of each of the groups 0..K-1 of (N,)."""
    members = torch.zeros(int(groups.max()) + 1, dtype=torch.long)
    members[groups] = torch.arange(len(groups))
    return members


def _scatter(differences: Tensor, weights: Tensor, means: int) -> Tensor:
    """Return the scatter (D, D) of differences (N, D) with weights (N,) from so many means."""
    weights = weights.to(differences.dtype)
    freedom = weights.sum() * max(1 - means / len(differences), 1 / len(differences))
    return (differences * weights[:, None]).T @ differences / freedom


class PaperGaitNetwork(nn.Module):
    """That of milliTRACE-IR, section IV-H and table 1, as a baseline.

    The text leaves open over what its convolutions of 3 by 3 go. Here they go over 3 steps with
    the point cloud's features as channels, as in the network it builds on (Pegoraro and Rossi,
    'Real-time people tracking and identification from sparse mm-wave radar point-clouds', IEEE
    Access 2021).
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (CHANNELS - 1, *SHARED)
        self.shared = nn.Sequential(*map(_shared, widths[:-1], widths[1:]))
        widths, dilations = (SHARED[-1], *TEMPORAL), (*DILATIONS, *DILATIONS)
        self.temporal = nn.Sequential(*map(_dilated, widths[:-1], widths[1:], dilations))
        self.last = nn.Linear(TEMPORAL[-1], DIMENSION)

    def prepare(self, windows: Tensor, origin: Origin) -> None:
        """Do nothing: all of it is learned."""

    def embedded(self, windows: Tensor) -> Tensor:
        """Return features (B, DIMENSION) before they are given unit length."""
        present = windows[..., -1] > 0
        # Most places of a window are empty: only points that are there go through the layers.
        values = windows.new_zeros(*present.shape, SHARED[-1])
        values[present] = self.shared(windows[present][:, :-1])
        count = present.sum(2, keepdim=True).clamp(min=1)
        steps = values.sum(2) / count
        return self.last(self.temporal(steps.transpose(1, 2)).mean(2))

    def forward(self, windows: Tensor) -> Tensor:
        return functional.normalize(self.embedded(windows), dim=1)


def _shared(inputs: int, outputs: int) -> nn.Sequential:
    """Return one layer for every point (N, inputs)."""
    return nn.Sequential(nn.Linear(inputs, outputs), nn.LayerNorm(outputs), nn.ELU())


def _dilated(inputs: int, outputs: int, dilation: int) -> nn.Sequential:
    """Return a convolution over 3 steps that are so many apart, causal no more than needed."""
    layer = nn.Conv1d(inputs, outputs, 3, padding=dilation, dilation=dilation)
    return nn.Sequential(layer, nn.BatchNorm1d(outputs), nn.ELU())

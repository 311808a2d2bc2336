"""The face network, for training: a small convolutional network with one map of centres.

After CenterNet (Zhou, Wang and Krähenbühl 2019): a map of how likely each place is the middle of a
face, and the distances from there to the four sides of its box. Needs torch; running does not.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

# Channels at 1/4, 1/8, 1/16 and 1/32 of the picture's size, and where they are joined.
WIDTHS, JOINED = (24, 40, 64, 80), 32
STRIDE = 4
# Maps that come out: the logit of a centre, then the logarithms of the distances [STRIDE pixels]
# to the left, upper, right and lower side.
MAPS = 5
# A place is no centre to begin with.
RARE = -4.0


def _convolution(inputs: int, outputs: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Return a 3x3 convolution with normalisation, and a rectifier."""
    layers = nn.Conv2d(inputs, outputs, 3, stride, 1, groups=groups, bias=False)
    return nn.Sequential(layers, nn.BatchNorm2d(outputs), nn.ReLU())


def _separable(inputs: int, outputs: int) -> nn.Sequential:
    """Return a 3x3 convolution channel by channel, then one across them."""
    across = nn.Conv2d(inputs, outputs, 1, bias=False)
    deep = _convolution(inputs, inputs, groups=inputs)
    return nn.Sequential(deep, across, nn.BatchNorm2d(outputs), nn.ReLU())


class _Residual(nn.Module):
    """Two convolutions that correct what comes in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _convolution(width, width)
        self.second = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.norm(self.second(self.first(x))))


class FaceNetwork(nn.Module):
    """Pictures (B, 2, H, W) to maps (B, MAPS, H / 4, W / 4); H and W are multiples of 32."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.fold = nn.PixelUnshuffle(2)
        self.quarter = nn.Sequential(_convolution(8, a, 2), _separable(a, a))
        self.eighth = nn.Sequential(_convolution(a, b, 2), _Residual(b))
        self.sixteenth = nn.Sequential(_convolution(b, c, 2), _Residual(c))
        self.last = nn.Sequential(_convolution(c, d, 2), _Residual(d), _Residual(d))
        self.sides = nn.ModuleList(nn.Conv2d(width, JOINED, 1) for width in WIDTHS)
        self.joins = nn.ModuleList(
            [
                _separable(JOINED, JOINED),
                _convolution(JOINED, JOINED),
                _convolution(JOINED, JOINED),
            ]
        )
        self.maps = nn.Conv2d(JOINED, MAPS, 1)
        nn.init.constant_(self.maps.bias[:1], RARE)

    def forward(self, pictures: Tensor) -> Tensor:
        levels = [self.quarter(self.fold(pictures))]
        for stage in (self.eighth, self.sixteenth, self.last):
            levels.append(stage(levels[-1]))
        joined = self.sides[3](levels[3])
        for k in (2, 1, 0):
            wider = functional.interpolate(joined, scale_factor=2.0, mode='nearest')
            joined = self.joins[k](wider + self.sides[k](levels[k]))
        return self.maps(joined)

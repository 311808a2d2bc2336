"""How far maps of the face network are from the truth."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# Weights of the sides against the centres.
SIDES = 0.7


def face_loss(
    maps: Tensor, centres: Tensor, sides: Tensor, near: Tensor, counted: Tensor
) -> Tensor:
    """Return the loss of maps (B, 5, h, w), per face; for the rest see `Sample`, batched."""
    return centre_loss(maps[:, 0], centres, counted) + SIDES * side_loss(maps[:, 1:], sides, near)


def centre_loss(logits: Tensor, centres: Tensor, counted: Tensor) -> Tensor:
    """Return the quality focal loss of centres (Li and others 2020, equation 3; beta 1).

    Every place about a middle teaches, not the middle alone: little training is enough.
    """
    entropy = functional.binary_cross_entropy_with_logits(logits, centres, reduction='none')
    wrong = (centres - torch.sigmoid(logits)).abs()
    return (entropy * wrong * counted).sum() / centres.sum().clamp(min=1)


def side_loss(logarithms: Tensor, sides: Tensor, near: Tensor) -> Tensor:
    """Return how much predicted and true boxes (B, 4, h, w) fail to overlap, where near a face.

    One minus intersection over union (both boxes hold the place, so that it is a product of
    sums of minima), and the difference of the logarithms.
    """
    weights = near / near.sum().clamp(min=1)
    guess = logarithms.clamp(-4, 5).exp()
    shared = torch.minimum(guess, sides)
    both = (shared[:, 0] + shared[:, 2]) * (shared[:, 1] + shared[:, 3])
    areas = [(x[:, 0] + x[:, 2]) * (x[:, 1] + x[:, 3]) for x in (guess, sides)]
    overlap = both / (areas[0] + areas[1] - both)
    apart = functional.smooth_l1_loss(logarithms, sides.log(), reduction='none', beta=0.1)
    return ((1 - overlap + 0.5 * apart.mean(dim=1)) * weights).sum()

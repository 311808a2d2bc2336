"""What the gait network learns by: milliTRACE-IR, section IV-H, equations 16 to 18.

Cross-entropy tells the people of the training apart; the centre loss draws the features of one
person together, the triplet loss pushes those of different people apart.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

# The centre loss counts so much against the others, and how far apart triplets are pushed.
CENTRES, MARGIN = 0.5, 1.0


class GaitLoss(nn.Module):
    """The sum of the three, with the classifier and the centres that are learned with it."""

    def __init__(
        self, people: int, dimension: int, centres: float = CENTRES, margin: float = MARGIN
    ) -> None:
        """Start with no centre known.

        Args:
            people: classes.
            dimension: of the features.
            centres: omega, weight of the centre loss.
            margin: mu of the triplet loss.
        """
        super().__init__()
        self.classifier = nn.Linear(dimension, people)
        self.centres = nn.Parameter(torch.zeros(people, dimension))
        self.weight, self.margin = centres, margin

    def forward(self, embedded: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of features (B, D) before they are given unit length, labels (B,)."""
        features = functional.normalize(embedded, dim=1)
        return (
            functional.cross_entropy(self.classifier(embedded), labels)
            + self.weight * centre_loss(features, labels, self.centres)
            + triplet_loss(features, labels, self.margin)
        )


def centre_loss(features: Tensor, labels: Tensor, centres: Tensor) -> Tensor:
    """Return half the mean squared distance of features (B, D) from their centres (K, D)."""
    return 0.5 * ((features - centres[labels]) ** 2).sum(1).mean()


def triplet_loss(features: Tensor, labels: Tensor, margin: float) -> Tensor:
    """Return the mean loss over all pairs of one person, each with a negative of its own.

    As in FaceNet (Schroff, Kalenichenko and Philbin 2015, section 3.2): the nearest of the
    negatives that are farther than the positive, as the very nearest lets training collapse;
    where none is farther, the farthest. 0 for a batch without any triplet.

    Args:
        features: (B, D) of unit length.
        labels: (B,).
        margin: by how much the squared distance of a negative should exceed the positive's.
    """
    distances = squared_distances(features)
    same = labels[:, None] == labels[None]
    positive = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    anchors, others = torch.nonzero(positive, as_tuple=True)
    known = (~same).any(1)[anchors]
    anchors, others = anchors[known], others[known]
    if not len(anchors):
        return features.sum() * 0.0
    near, negative = distances[anchors, others], distances[anchors]
    foreign = ~same[anchors]
    farther = foreign & (negative > near[:, None])
    semi_hard = negative.masked_fill(~farther, torch.inf).amin(1)
    farthest = negative.masked_fill(~foreign, -torch.inf).amax(1)
    chosen = torch.where(farther.any(1), semi_hard, farthest)
    return functional.relu(near - chosen + margin).mean()


def squared_distances(features: Tensor) -> Tensor:
    """Return the squared distance (B, B) between any two of features (B, D)."""
    squares = (features**2).sum(1)
    return (squares[:, None] + squares[None] - 2 * features @ features.T).clamp(min=0)

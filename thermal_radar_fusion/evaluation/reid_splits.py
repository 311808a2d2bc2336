"""People whom a network never saw: it is trained anew for each split of the people at hand.

Needs torch; see requirements/train.txt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from thermal_radar_fusion.datasets.gait_recordings import GaitRecording
from thermal_radar_fusion.evaluation.reid_real import (
    RealAccuracy,
    Subjects,
    Tell,
    recognised,
    splits,
)
from thermal_radar_fusion.training.gait_people import GaitPeople
from thermal_radar_fusion.training.gait_training import (
    WINDOWS,
    GaitTraining,
    features_of,
    train,
)
from thermal_radar_fusion.training.gait_walkers import simulated_walkers


@dataclass(frozen=True)
class Split:
    """One way to leave people out.

    Attributes:
        unseen: the people who were told apart.
        accuracy: by the name of the classifier.
    """

    unseen: tuple[str, ...]
    accuracy: Mapping[str, RealAccuracy]


def left_out(
    subjects: Subjects,
    size: int,
    count: int,
    training: GaitTraining,
    folder: Path,
    tell: Tell,
) -> Iterator[Split]:
    """Yield what comes of each split: trained without some people, who are then told apart.

    Args:
        subjects: recordings of each person.
        size: how many are left out.
        count: splits.
        training: how the network is trained, and with how many simulated people besides.
        folder: where windows of simulated people are kept.
        tell: is told what is done.

    Raises:
        EvaluationError: so many cannot be left out.
    """
    ways = list(splits(list(subjects), size, count))
    chosen = (training.walkers, training.seed, training.seconds)
    simulated = simulated_walkers(folder, *chosen, WINDOWS, tell)
    for index, unseen in enumerate(ways):
        tell('Training', index, len(ways))
        yield Split(unseen, _split(subjects, unseen, simulated, training))


def _split(
    subjects: Subjects,
    unseen: Sequence[str],
    simulated: Sequence[GaitRecording],
    training: GaitTraining,
) -> dict[str, RealAccuracy]:
    """Train without some people, and tell them apart."""
    seen = [own for name, parts in subjects.items() if name not in unseen for own in parts]
    people = GaitPeople.of([*seen, *simulated])
    network = train(training, people, None, _silent)
    return recognised(
        {name: subjects[name] for name in unseen}, lambda own: features_of(network, own)
    )


def _silent(text: str, done: int, total: int) -> None:
    """Tell nobody of single steps."""

"""`trf evaluate reid --data`: real people of whom there is one recording each, or a few.

Gallery is the first half of each recording, probe the second, so that both are of one session
before one radar: nothing is shown of another day or another room.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.gait_recordings import (
    GaitRecording,
    find_recordings,
    read_windows,
)
from thermal_radar_fusion.datasets.mmgait import sensor_name
from thermal_radar_fusion.datasets.recording import DatasetError
from thermal_radar_fusion.evaluation.reid_accuracy import COSINE, WELM
from thermal_radar_fusion.evaluation.reid_open_set import (
    TIMES,
    detection_auroc,
    drawn_trials,
    reliability,
)
from thermal_radar_fusion.evaluation.reid_people import Acquaintance, Walk
from thermal_radar_fusion.evaluation.tracking import EvaluationError
from thermal_radar_fusion.reid.cosine import fit_cosine
from thermal_radar_fusion.reid.discriminant import discriminant
from thermal_radar_fusion.reid.gait_windows import GaitWindowParameters
from thermal_radar_fusion.reid.open_set_file import OpenSet
from thermal_radar_fusion.reid.scatter import FeatureScatter
from thermal_radar_fusion.reid.scores import Classifier
from thermal_radar_fusion.reid.welm import fit_welm
from thermal_radar_fusion.training.gait_validation import halves, over_time

Array = NDArray[np.float64]
Features = Callable[[GaitRecording], Array]
Subjects = dict[str, list[GaitRecording]]
Tell = Callable[[str, int, int], None]

# The better radar of the data set is taken where a folder has both.
PREFERRED = 'radar_77ghz'

OURS = 'ours'

# That are drawn of the people.
GALLERIES = 40


@dataclass(frozen=True)
class RealAccuracy:
    """Shares that are right, each person counting alike.

    Attributes:
        window: of single windows, by person.
        long: of 24 s of windows, by person.
    """

    window: Mapping[str, float]
    long: Mapping[str, float]

    @property
    def window_accuracy(self) -> float:
        """Mean over people."""
        return float(np.mean(list(self.window.values())))

    @property
    def accuracy_24s(self) -> float:
        """Mean over people."""
        return float(np.mean(list(self.long.values())))

    @property
    def chance(self) -> float:
        """Share of guesses that are right."""
        return 1 / len(self.window)


def read_subjects(
    folder: Path,
    names: Sequence[str] | None,
    parameters: GaitWindowParameters,
    cache: Path | None,
    tell: Tell,
) -> Subjects:
    """Return the recordings of some people of a folder, each by one kind of radar.

    Args:
        folder: in the layout of mmGait.
        names: of the people, as the files are called; None for all.
        parameters: of the windows.
        cache: folder where windows are kept; None for none.
        tell: is told of every file.

    Raises:
        DatasetError: there are no such files, or one cannot be read.
        EvaluationError: there are fewer than two people, or a walk is too short.
    """
    if names is not None and len(set(names)) < 2:
        raise EvaluationError(f'at least two subjects are needed, got {len(set(names))}')
    files = find_recordings(folder, names)
    if any(sensor_name(file) == PREFERRED for file in files):
        files = find_recordings(folder, names, PREFERRED)
    found: Subjects = {}
    for index, file in enumerate(files):
        tell(f'Reading {file.name}', index, len(files))
        recording = read_windows(file, parameters, cache)
        _check(file, recording)
        found.setdefault(recording.subject, []).append(recording)
    if len(found) < 2:
        raise EvaluationError(f'{folder}: at least two subjects are needed, it has {len(found)}')
    return found


def _check(file: Path, recording: GaitRecording) -> None:
    """Raise DatasetError unless both halves of a recording have windows."""
    if not all(half.any() for half in halves(recording.stamps)):
        raise DatasetError(f'{file}: the walk is too short to be learnt and then recognised')


def recognised(
    subjects: Mapping[str, Sequence[GaitRecording]],
    features: Features,
    scatter: FeatureScatter | None = None,
) -> dict[str, RealAccuracy]:
    """Return how well people are told apart, by the name of the classifier.

    Args:
        subjects: recordings of each person.
        features: gives those of the windows (N, D) of a recording.
        scatter: of the features; None where it is not known.

    Returns:
        Of OURS, the WELM with its discriminants, the WELM of the paper, and cosine similarity.
    """
    seen = {
        name: [(features(own), own.stamps, halves(own.stamps)) for own in recordings]
        for name, recordings in subjects.items()
    }
    rows = {name: [own[first] for own, _, (first, _) in parts] for name, parts in seen.items()}
    labels = [name for name, parts in rows.items() for own in parts for _ in own]
    gallery = np.concatenate([own for parts in rows.values() for own in parts])
    probes = {
        name: [(own[second], stamps[second]) for own, stamps, (_, second) in parts]
        for name, parts in seen.items()
    }
    fits = {
        OURS: lambda rows, labels: discriminant(fit_welm(rows, labels), scatter),
        WELM: fit_welm,
        COSINE: fit_cosine,
    }
    return {name: _accuracy(fit(gallery, labels), probes) for name, fit in fits.items()}


def detection(
    subjects: Mapping[str, Sequence[GaitRecording]], features: Features, open_set: OpenSet
) -> dict[str, float]:
    """Return how well strangers are told from known people, and how honest confidences are.

    Galleries of some of the people are drawn; the others are strangers to them.

    Args:
        subjects: recordings of each person, of which the first one counts.
        features: gives those of the windows (N, D) of a recording.
        open_set: of the network that they are of.
    """
    people = [_acquaintance(name, own[0], features) for name, own in subjects.items()]
    draw = np.random.default_rng(0)
    trials = drawn_trials(people, GALLERIES, draw, open_set.scatter)
    long = [trial for trial in trials if trial.evidence.seconds == max(TIMES)]
    return {
        'unknown_detection_auroc': detection_auroc(long, open_set.parameters),
        'calibration_error': reliability(trials, open_set.parameters).error,
    }


def _acquaintance(name: str, recording: GaitRecording, features: Features) -> Acquaintance:
    """Return somebody who is known from the first half of a recording."""
    rows, stamps = features(recording), recording.stamps
    gallery, probe = (Walk(rows[half], stamps[half]) for half in halves(stamps))
    return Acquaintance(name, gallery, {'same': probe})


def _accuracy(
    classifier: Classifier, probes: Mapping[str, Sequence[tuple[Array, Array]]]
) -> RealAccuracy:
    """Return the accuracy on probes: features (N, D) and stamps (N,) of each recording."""
    window, long = {}, {}
    for name, parts in probes.items():
        truth = classifier.labels.index(name)
        scores = [(classifier.scores(rows), stamps) for rows, stamps in parts]
        window[name] = _share([own.argmax(axis=1) == truth for own, _ in scores])
        long[name] = _share([over_time(*own).argmax(axis=1) == truth for own in scores])
    return RealAccuracy(window, long)


def _share(right: Sequence[NDArray[np.bool_]]) -> float:
    return float(np.concatenate(list(right)).mean())


def splits(names: Sequence[str], left_out: int, count: int) -> Iterator[tuple[str, ...]]:
    """Yield who is left out of the training, in up to so many ways, each another one.

    Raises:
        EvaluationError: fewer than two people would be left out or trained with.
    """
    if not 2 <= left_out <= len(names) - 2:
        raise EvaluationError(
            f'of {len(names)} people 2 to {len(names) - 2} can be left out, got {left_out}'
        )
    ways = list(itertools.combinations(sorted(names), left_out))
    order = np.random.default_rng(0).permutation(len(ways))
    for index in order[:count]:
        yield ways[index]

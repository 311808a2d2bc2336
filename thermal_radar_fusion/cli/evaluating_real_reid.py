"""`trf evaluate reid --data`: the same on recordings of real people."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermal_radar_fusion.cli.common import BadInputError, CommandError, console, table, working

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from thermal_radar_fusion.datasets.gait_recordings import GaitRecording
    from thermal_radar_fusion.evaluation.reid_real import RealAccuracy, Subjects
    from thermal_radar_fusion.evaluation.reid_splits import Split

SPLITS = 14
KNOWN = (
    'The network that is shipped has learnt from nine people of mmGait, see models/gait.md: it'
    ' knows them, and accuracies of theirs are too good. --leave-out trains without them.'
)
FIGURES = ('window_accuracy', 'accuracy_24s')
OTHERS = {'welm': "the paper's WELM", 'cosine': 'cosine similarity'}


@dataclasses.dataclass(frozen=True)
class Real:
    """What the command was given.

    Attributes:
        data: folder.
        subjects: names with commas between; None for all.
        leave_out, splits: people and networks; None for the one network that is given.
        network: weights; None for those that are shipped.
    """

    data: Path
    subjects: str | None
    leave_out: int | None
    splits: int | None
    network: Path | None


def evaluate_real(given: Real, folder: Path) -> dict[str, Any]:
    """Tell real people apart, print the figures and return them.

    Raises:
        BadInputError: options that do not go together.
        DatasetError, EvaluationError: see `read_subjects`.
    """
    if given.leave_out is None and given.splits is not None:
        raise BadInputError('--splits belongs to --leave-out')
    if given.leave_out is not None and given.network is not None:
        raise BadInputError('--leave-out trains its own networks: leave --network away')
    if given.leave_out is None:
        return _one_network(given, folder)
    return _left_out(given, folder)


def _one_network(given: Real, folder: Path) -> dict[str, Any]:
    from thermal_radar_fusion.evaluation.reid_real import detection, read_subjects, recognised
    from thermal_radar_fusion.reid.gait_features import SHIPPED, GaitFeatures
    from thermal_radar_fusion.reid.open_set_file import open_set_beside
    from thermal_radar_fusion.resources import resource

    features = GaitFeatures(given.network)
    open_set = open_set_beside(given.network or resource(SHIPPED), features.network)

    def embedded(own: GaitRecording) -> NDArray[np.float64]:
        return features.of(own.points, own.mask)

    with working('Reading') as tell:
        subjects = read_subjects(given.data, _names(given), features.windows, folder, tell)
        accuracy = recognised(subjects, embedded, open_set.scatter)
        strangers = detection(subjects, embedded, open_set)
    _show_people(accuracy)
    auroc, error = strangers.values()
    console().print(f'New people: AUROC {auroc:.3f}; confidences are off by {error:.3f}.')
    if given.network is None:
        console().print(KNOWN)
    own = {'network': features.network, 'subjects': list(subjects)}
    return {**own, **_figures(accuracy), **strangers}


def _names(given: Real) -> list[str] | None:
    if given.subjects is None:
        return None
    return [name.strip() for name in given.subjects.split(',') if name.strip()]


def _figures(accuracy: Mapping[str, RealAccuracy]) -> dict[str, Any]:
    """Return our figures, and beside them those of the paper's WELM and cosine similarity."""
    ours = accuracy['ours']
    return {
        **{name: getattr(ours, name) for name in FIGURES},
        'chance': ours.chance,
        **{other: {name: getattr(accuracy[other], name) for name in FIGURES} for other in OTHERS},
        'people': {
            name: {'window': ours.window[name], '24s': ours.long[name]} for name in ours.window
        },
    }


def _show_people(accuracy: Mapping[str, RealAccuracy]) -> None:
    """Print the accuracy of each person, and the mean."""
    ours = accuracy['ours']
    shown = table('Second halves, known from first halves', 'person', 'window', '24 s')
    for name in ours.window:
        shown.add_row(name, f'{ours.window[name]:.3f}', f'{ours.long[name]:.3f}')
    for key, name in {'ours': 'mean', **OTHERS}.items():
        own = accuracy[key]
        shown.add_row(name, *(f'{getattr(own, figure):.3f}' for figure in FIGURES))
    shown.add_row('chance', f'{ours.chance:.3f}', f'{ours.chance:.3f}')
    console().print(shown)


def _left_out(given: Real, folder: Path) -> dict[str, Any]:
    """Train without some people, again and again, and tell them apart."""
    try:
        from thermal_radar_fusion.evaluation.reid_splits import left_out
    except ModuleNotFoundError as error:
        raise CommandError(
            f'--leave-out trains networks and needs {error.name}:'
            ' pip install -r requirements/train.txt'
        ) from None
    from thermal_radar_fusion.evaluation.reid_real import read_subjects
    from thermal_radar_fusion.training.gait_training import WINDOWS, GaitTraining

    training = GaitTraining()
    with working('Reading') as tell:
        subjects = read_subjects(given.data, _names(given), WINDOWS, folder, tell)
        count = given.splits or SPLITS
        chosen = (given.leave_out, count, training, folder, tell)
        done = list(left_out(subjects, *chosen))
    found = _split_figures(subjects, done)
    _show_splits(done, found)
    return found


def _split_figures(subjects: Subjects, done: Sequence[Split]) -> dict[str, Any]:
    """Return mean and standard deviation over splits, and every split."""
    import numpy as np

    found: dict[str, Any] = {'subjects': list(subjects), 'chance': 1 / len(done[0].unseen)}
    for name in FIGURES:
        for classifier, end in (('ours', ''), ('welm', '_welm'), ('cosine', '_cosine')):
            values = [getattr(split.accuracy[classifier], name) for split in done]
            found[name + end] = float(np.mean(values))
            found[f'{name}{end}_std'] = float(np.std(values))
    found['splits'] = [
        {'unseen': list(split.unseen), **_figures(split.accuracy)} for split in done
    ]
    return found


def _show_splits(done: Sequence[Split], found: Mapping[str, Any]) -> None:
    """Print every split, and mean and spread."""
    shown = table(
        'People whom the network never saw', 'people', 'window', '24 s', 'cosine', '24 s'
    )
    for split in done:
        cells = [
            f'{getattr(split.accuracy[classifier], name):.3f}'
            for classifier in ('ours', 'cosine')
            for name in FIGURES
        ]
        shown.add_row(' '.join(split.unseen), *cells)
    keys = [name + end for end in ('', '_cosine') for name in FIGURES]
    shown.add_row('mean', *(f'{found[key]:.3f}' for key in keys))
    shown.add_row('standard deviation', *(f'{found[key + "_std"]:.3f}' for key in keys))
    shown.add_row('chance', *(f'{found["chance"]:.3f}' for _ in keys))
    console().print(shown)

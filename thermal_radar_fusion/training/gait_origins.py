"""Windows to begin with, and whose they are: where and when which radar saw them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from operator import itemgetter

import numpy as np
import torch
from torch import Tensor

from thermal_radar_fusion.datasets.gait_recordings import GaitRecording
from thermal_radar_fusion.reid.gait_network import Origin, with_presence
from thermal_radar_fusion.training.gait_people import GaitPeople
from thermal_radar_fusion.training.gait_walkers import is_simulated

# Every so many windows are enough to begin with.
SPARSE = 4
# Of a walk, whose mean is taken for what somebody is like there and then [s].
STRETCH = 20.0
# Person before a kind of radar, stretch, and kind, of (subject, sensor, recording, part).
ORIGINS = (itemgetter(0, 1), itemgetter(2, 3), itemgetter(1))


def some_windows(people: GaitPeople, real: float = 1.0) -> tuple[Tensor, Origin]:
    """Return windows (N, T, P, 5) of everybody, and where they come from.

    Args:
        people: real and simulated ones.
        real: how many simulated people a real one counts for.
    """
    origins: list[tuple[str, str, int, int]] = []
    windows = []
    for own in people.recordings:
        for recording in own:
            some = recording.chosen(np.arange(0, len(recording), SPARSE))
            windows.append(windows_of(some))
            number = len(windows)
            origins += [(some.subject, some.sensor, number, part) for part in _stretches(some)]
    person, part, kind = (_numbered([pick(o) for o in origins]) for pick in ORIGINS)
    weights = torch.tensor([1.0 if is_simulated(subject) else real for subject, *_ in origins])
    return torch.cat(windows), Origin(person, part, kind, weights)


def _stretches(recording: GaitRecording) -> list[int]:
    """Return which of equal parts of about STRETCH each window (N,) is of."""
    since = recording.stamps - recording.stamps[0]
    count = max(round(since[-1] / STRETCH), 1)
    parts = np.floor(since / max(since[-1], STRETCH / 2) * count)
    return np.minimum(parts, count - 1).astype(int).tolist()


def _numbered(names: Sequence[Hashable]) -> Tensor:
    """Return a number (N,) for each name, the same for the same."""
    numbers = {name: k for k, name in enumerate(dict.fromkeys(names))}
    return torch.tensor([numbers[name] for name in names])


def windows_of(recording: GaitRecording) -> Tensor:
    """Return the windows (N, T, P, 5) of a recording as the networks take them."""
    return with_presence(torch.from_numpy(recording.points), torch.from_numpy(recording.mask))

"""Everybody of a building through a `Reidentifier` that knows nobody at the start."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import NOBODY
from thermal_radar_fusion.evaluation.adaptation_buildings import SECONDS
from thermal_radar_fusion.evaluation.adaptation_visits import APART, LAB, OFFICE, Visit
from thermal_radar_fusion.reid.adaptation import FeatureMap
from thermal_radar_fusion.reid.features import directions
from thermal_radar_fusion.reid.followed import Identity, IdentityState
from thermal_radar_fusion.reid.gallery import Gallery
from thermal_radar_fusion.reid.reidentification import ReidentificationParameters, Reidentifier
from thermal_radar_fusion.reid.scatter import FeatureScatter

Array = NDArray[np.float64]

# Between the halves of a walk [s]: the second one comes with the first one of the next pair.
LATER = APART - SECONDS / 2

# What becomes of a window of somebody who comes from the first room to the second.
Outcomes = dict[str, dict[str, int]]
"""Windows in the second room by EARLY or LATE, and outcome."""

# The half of the pairs that came first, and those who came when there was something to learn from.
EARLY, LATE = 'first half', 'second half'
RIGHT, OTHER, NEW, UNDECIDED = OUTCOMES = ('right', 'somebody else', 'new', 'undecided')


@dataclass(frozen=True)
class Seen:
    """One window, and who the reidentifier took it for.

    Attributes:
        room: where.
        person: index of who it was.
        identity: of its track at that time.
    """

    room: str
    person: int
    identity: Identity


def outcomes(
    visits: Sequence[Visit],
    parameters: ReidentificationParameters,
    scatter: FeatureScatter | None = None,
) -> Outcomes:
    """Return how many windows in the second room are of each of OUTCOMES, early and late.

    Pairs come to the laboratory one after another, and while the next one is there, each is
    in the office. A person's name is the one most windows in the laboratory have got.

    Args:
        visits: of one building.
        parameters: of the reidentifier.
        scatter: of the network's features; None if that was not fitted.
    """
    gallery = Gallery('evaluated', visits[0].features.shape[1])
    gallery.scatter = scatter
    seen = list(_played(visits, Reidentifier(gallery, parameters)))
    names = _names([window for window in seen if window.room == LAB])
    counts = {half: dict.fromkeys(OUTCOMES, 0) for half in (EARLY, LATE)}
    middle = np.mean([min(names, default=0), max(names, default=0)])
    for window in seen:
        if window.room == OFFICE and window.person in names:
            half = EARLY if window.person <= middle else LATE
            counts[half][_outcome(window, names)] += 1
    return counts


def remap_seconds(dimension: int, people: int = 6, repeats: int = 3) -> float:
    """Return how long a change of the map takes with full galleries, the least of some times."""
    draw, gallery = np.random.default_rng(0), Gallery('evaluated', dimension)
    for _ in range(people):
        features = draw.normal(size=(gallery.parameters.features, dimension))
        gallery.enrol(0.0, directions(features), OFFICE)
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        gallery.remap(FeatureMap({OFFICE: np.ones(dimension) / dimension}))
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def _outcome(window: Seen, names: dict[int, str]) -> str:
    identity = window.identity
    if identity.state == IdentityState.UNDECIDED:
        return UNDECIDED
    if identity.person == names[window.person]:
        return RIGHT
    return OTHER if identity.person in names.values() else NEW


def _names(windows: Sequence[Seen]) -> dict[int, str]:
    """Return the name of each person who got one."""
    counts: dict[int, Counter[str]] = {}
    for window in windows:
        if window.identity.person:
            counts.setdefault(window.person, Counter())[window.identity.person] += 1
    return {person: names.most_common(1)[0][0] for person, names in counts.items()}


def _played(visits: Sequence[Visit], reidentifier: Reidentifier) -> Iterator[Seen]:
    """Let all visits happen, and yield each window of a person as soon as it is taken in."""
    windows = [(v, i) for v in _timetable(visits) for i in range(len(v.stamps))]
    windows.sort(key=lambda w: (w[0].stamps[w[1]], w[0].room, w[0].track))
    for (stamp, room), frame in groupby(windows, lambda w: (w[0].stamps[w[1]], w[0].room)):
        found = {visit.track: (visit, i) for visit, i in frame}
        rows = {track: visit.features[i] for track, (visit, i) in found.items()}
        for identity in reidentifier.update(room, stamp, rows, rows):
            visit, i = found.get(identity.track_id, (None, 0))
            if visit is not None and visit.people[i] != NOBODY:
                yield Seen(room, int(visit.people[i]), identity)


def _timetable(visits: Sequence[Visit]) -> Iterator[Visit]:
    """Yield the first visits to the laboratory, and those to the office while the next one is."""
    for visit in visits:
        if (visit.room, visit.occasion) == (LAB, 0):
            yield visit
        elif (visit.room, visit.occasion) == (OFFICE, 1):
            yield replace(visit, stamps=visit.stamps + LATER)

"""Ways of making features of rooms alike without labels: ours, and others to compare it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.evaluation.adaptation_visits import Visit
from thermal_radar_fusion.reid.adaptation import AdaptationParameters, FeatureAdaptation
from thermal_radar_fusion.reid.features import directions

Array = NDArray[np.float64]
Map = Callable[[str, Array], Array]

# Share of a round covariance that is mixed in, as a few minutes do not show all of it.
ROUND = 0.3
# Windows of a track or room below which nothing is made of it.
FEWEST = 20
# Shrinks the scatter between concurrent tracks: pairs that count as much as the round one.
PAIRS = 10


def unchanged(visits: Sequence[Visit]) -> Map:
    """Leave features as they are."""
    return lambda room, rows: rows


def ours(visits: Sequence[Visit], parameters: AdaptationParameters | None = None) -> Map:
    """Let `FeatureAdaptation` see all windows in the order of stamps."""
    chosen = (parameters or AdaptationParameters()).replace(enabled=True)
    adaptation = FeatureAdaptation(visits[0].features.shape[1], chosen) if visits else None
    if adaptation is None:
        return unchanged(visits)
    windows = [(visit.stamps[i], visit, i) for visit in visits for i in range(len(visit.stamps))]
    for stamp, visit, i in sorted(windows, key=lambda w: (w[0], w[1].room, w[1].track)):
        adaptation.observe(visit.room, visit.track, stamp, visit.features[i])
    return adaptation.refresh()


def centred(visits: Sequence[Visit]) -> Map:
    """Move the mean of each room to that of all rooms, whoever was there."""
    means = {room: rows.mean(axis=0) for room, rows in _rooms(visits)}
    if len(means) < 2:
        return unchanged(visits)
    middle = np.mean(list(means.values()), axis=0)
    return lambda room, rows: directions(rows + middle - means[room])


def aligned(visits: Sequence[Visit]) -> Map:
    """Give each room the mean and the covariance of all (CORAL: Sun, Feng and Saenko 2016)."""
    rooms = dict(_rooms(visits))
    if len(rooms) < 2:
        return unchanged(visits)
    means = {room: rows.mean(axis=0) for room, rows in rooms.items()}
    spreads = {room: _rounded(np.cov(rows.T)) for room, rows in rooms.items()}
    middle = np.mean(list(means.values()), axis=0)
    colour = _power(np.mean(list(spreads.values()), axis=0), 0.5)
    maps = {room: _power(spread, -0.5) @ colour for room, spread in spreads.items()}
    return lambda room, rows: directions((rows - means[room]) @ maps[room] + middle)


def whitened(visits: Sequence[Visit], before: Map) -> Map:
    """Make the scatter within tracks round, after another map."""
    scatter = _within(visits, before)
    if scatter is None:
        return before
    weights = _power(scatter, -0.5)
    return lambda room, rows: directions(before(room, rows) @ weights)


def discriminant(visits: Sequence[Visit], before: Map) -> Map:
    """Whiten, and weigh directions by how much tracks at the same time differ in them."""
    scatter, apart = _within(visits, before), list(_concurrent(visits, before))
    if scatter is None or not apart:
        return before
    white = _power(scatter, -0.5)
    between = np.mean([np.outer(d, d) for d in apart @ white], axis=0)
    level = np.trace(between) / len(between)
    between = (len(apart) * between + PAIRS * level * np.eye(len(between))) / (len(apart) + PAIRS)
    values, vectors = np.linalg.eigh(between)
    weights = white @ (vectors * np.sqrt(values / (values + np.median(values)))) @ vectors.T
    return lambda room, rows: directions(before(room, rows) @ weights)


def maps_of(visits: Sequence[Visit]) -> dict[str, Map]:
    """Return what each method makes of unlabelled tracks."""
    plain, own = unchanged(visits), ours(visits)
    return {
        'none': plain,
        'ours': own,
        'means': centred(visits),
        'CORAL': aligned(visits),
        'white': whitened(visits, plain),
        'ours+w': whitened(visits, own),
        'ours+d': discriminant(visits, own),
    }


def _rooms(visits: Sequence[Visit]) -> Iterator[tuple[str, Array]]:
    """Yield each room and the features (n, D) of all its windows."""
    for room in sorted({visit.room for visit in visits}):
        rows = np.concatenate([visit.features for visit in visits if visit.room == room])
        if len(rows) >= FEWEST:
            yield room, rows


def _within(visits: Sequence[Visit], before: Map) -> Array | None:
    """Return the covariance (D, D) about the means of tracks, None where there is too little."""
    rows = [before(visit.room, visit.features) for visit in visits]
    inside = [own - own.mean(axis=0) for own in rows if len(own) > 1]
    if sum(map(len, inside)) < FEWEST:
        return None
    return _rounded(np.cov(np.concatenate(inside).T))


def _concurrent(visits: Sequence[Visit], before: Map) -> Iterator[Array]:
    """Yield the difference (D,) of the means of any two tracks of a room at the same time."""
    for a, b in combinations(visits, 2):
        if a.room == b.room and min(a.stamps[-1], b.stamps[-1]) > max(a.stamps[0], b.stamps[0]):
            first, second = (before(v.room, v.features).mean(axis=0) for v in (a, b))
            yield first - second


def _rounded(covariance: Array) -> Array:
    level = np.trace(covariance) / len(covariance)
    return (1 - ROUND) * covariance + ROUND * level * np.eye(len(covariance))


def _power(matrix: Array, exponent: float) -> Array:
    """Return a symmetric positive definite matrix to a power."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * values**exponent) @ vectors.T

"""Where the one person of a recording was, worked out afterwards from the whole recording.

There is no position truth for real one-person recordings. Knowing that exactly one person is
there, and looking into the future as well as the past, gives a reference that is good enough to
judge an online tracker by: clusters of every frame are candidates, the path through them that
explains most points is the person (a mirror ghost returns fewer points, and only for a second
or so), and a Rauch-Tung-Striebel smoother runs through the points along that path. Nothing of
this is shared with the online tracker.

The reference is the middle of the body, taken to lie `body_depth` behind the centre of its radar
reflections: a radar sees the skin.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from thermal_radar_fusion.datasets.recording import NOBODY, Recording, TruePerson
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.cloud import behind

Array = NDArray[np.float64]

FRAMES_PER_RESTART = 10.0


@dataclass(frozen=True)
class ReferenceParameters(Parameters):
    """How the reference trajectory of one person is found."""

    minimum_range: float = parameter(0.2, 'nearer points are leakage', unit='m', low=0.0)
    maximum_height: float = parameter(1.8, 'points with a larger |z| are ghosts', unit='m', low=0)
    linkage: float = parameter(0.4, 'points of one candidate hang together so', unit='m', low=0.0)
    minimum_points: int = parameter(3, 'points of a candidate', low=1)
    maximum_speed: float = parameter(2.5, 'speed of a person', unit='m/s', low=0.0)
    slack: float = parameter(0.35, 'jump of a centre on top of the speed', unit='m', low=0.0)
    body_radius: float = parameter(0.65, 'points of the person lie so near', unit='m', low=0.0)
    doppler_tolerance: float = parameter(
        1.6, 'their Doppler differs so much from the body: limbs swing', unit='m/s', low=0.0
    )
    longest_hole: float = parameter(1.0, 'longest time present without points', unit='s', low=0.0)
    shortest_visit: float = parameter(1.0, 'shorter sightings are no person', unit='s', low=0.0)
    acceleration: float = parameter(1.0, 'spectral density', unit='m^2/s^3', low=1e-6)
    point_std: float = parameter(0.15, 'deviation of one point', unit='m', low=1e-6)
    centre_std: float = parameter(0.05, 'deviation of a centre of many', unit='m', low=1e-6)
    body_depth: float = parameter(
        0.1, 'from the skin to the middle of the body', unit='m', low=0.0, high=0.5
    )


@dataclass(frozen=True)
class Reference:
    """The person of a one-person recording, frame by frame.

    Attributes:
        present: (F,) whether the person is there; False where nothing was seen for too long.
        positions: (F, 3) metres, frame of the recording; NaN where not present.
        velocities: (F, 3) metres per second; NaN where not present.
        labels: per frame (N,) whether a point came from the person.
        residuals: (F,) horizontal distance of the points' centre from the position; NaN where
            there were no points.
    """

    present: NDArray[np.bool_]
    positions: Array
    velocities: Array
    labels: tuple[NDArray[np.bool_], ...]
    residuals: Array


@dataclass(frozen=True)
class _Candidates:
    """Clusters of all frames, in the order of their frames."""

    frames: NDArray[np.int64]
    stamps: Array
    centres: Array
    counts: Array


def with_reference(
    recording: Recording, parameters: ReferenceParameters | None = None
) -> Recording:
    """Return a one-person recording with `truth` and `point_people` from its reference.

    Raises:
        ValueError: the recording does not name exactly one person.
    """
    (person,) = recording.people
    found = find_reference(recording, parameters or ReferenceParameters())
    truth = tuple(
        (TruePerson(person, position, velocity),) if there else ()
        for there, position, velocity in zip(
            found.present, found.positions, found.velocities, strict=True
        )
    )
    point_people = tuple(np.where(own, 0, NOBODY).astype(np.int64) for own in found.labels)
    return dataclasses.replace(recording, truth=truth, point_people=point_people)


def find_reference(
    recording: Recording, parameters: ReferenceParameters | None = None
) -> Reference:
    """Find the one person of a recording of one radar in all of its frames at once."""
    parameters = parameters or ReferenceParameters()
    stamps = np.array([frame.stamp for frame in recording.frames])
    clouds = [_usable(frame.points, parameters) for frame in recording.frames]
    path = _best_path(_candidates(stamps, clouds, parameters), parameters)
    states = _smoothed(stamps, path, parameters)
    for _ in range(2):
        labels = [_own_points(c, s, parameters) for c, s in zip(clouds, states, strict=True)]
        centres = _centres(clouds, labels)
        states = _smoothed(stamps, centres, parameters)
    return _reference(recording, states, labels, centres, parameters.body_depth)


def _usable(points: Array, parameters: ReferenceParameters) -> Array:
    """Return the points (N, 5) with every one that cannot be the person set to NaN."""
    usable = np.isfinite(points).all(axis=1) & (points[:, 0] > parameters.minimum_range)
    usable &= np.abs(points[:, 2]) < parameters.maximum_height
    return np.where(usable[:, None], points, np.nan)


def _candidates(
    stamps: Array, clouds: list[Array], parameters: ReferenceParameters
) -> _Candidates:
    """Cluster every frame on the floor by single linkage."""
    rows = []
    for index, cloud in enumerate(clouds):
        points = cloud[np.isfinite(cloud[:, 0]), :3]
        if len(points) < max(2, parameters.minimum_points):
            continue
        groups = fcluster(linkage(points[:, :2]), parameters.linkage, 'distance')
        for group in range(1, groups.max() + 1):
            own = points[groups == group]
            if len(own) >= parameters.minimum_points:
                rows.append((index, stamps[index], *np.median(own, axis=0), len(own)))
    table = np.array(rows).reshape(-1, 6)
    return _Candidates(table[:, 0].astype(np.int64), table[:, 1], table[:, 2:5], table[:, 5])


def _best_path(candidates: _Candidates, parameters: ReferenceParameters) -> Array:
    """Return rows (frame, x, y, z, points) of the chain of candidates with the most points.

    Viterbi over all candidates: a step leads to any later candidate that a walking person can
    reach within `longest_hole`. After a longer hole the chain may go on anywhere, at the price
    of a second's worth of points.
    """
    score = np.sqrt(candidates.counts)
    previous = np.full(len(score), -1)
    price = FRAMES_PER_RESTART * np.median(score) if len(score) else 0.0
    for i in range(len(score)):
        oldest = np.searchsorted(candidates.stamps, candidates.stamps[i] - parameters.longest_hole)
        newest = np.searchsorted(candidates.frames, candidates.frames[i])
        values = score[:newest] - price
        values[oldest:] = score[oldest:newest] - _cost(candidates, i, oldest, newest, parameters)
        if len(values) and values.max() > 0.0:
            previous[i] = values.argmax()
            score[i] += values[previous[i]]
    return _trace_back(candidates, score, previous)


def _cost(
    candidates: _Candidates, i: int, oldest: int, newest: int, parameters: ReferenceParameters
) -> Array:
    """Return what a step from each candidate of a slice to candidate i costs; inf: too far."""
    steps = candidates.centres[i, :2] - candidates.centres[oldest:newest, :2]
    seconds = candidates.stamps[i] - candidates.stamps[oldest:newest]
    reach = parameters.slack + parameters.maximum_speed * seconds
    share = np.hypot(*steps.T) / reach
    return np.where(share < 1.0, share**2, np.inf)


def _trace_back(candidates: _Candidates, score: Array, previous: NDArray[np.int64]) -> Array:
    """Follow the best chain from its end to its start; rows (frame, x, y, z, points)."""
    chain: list[int] = []
    i = int(score.argmax()) if len(score) else -1
    while i >= 0:
        chain.append(i)
        i = int(previous[i])
    chain.reverse()
    return np.column_stack(
        [candidates.frames[chain], candidates.centres[chain], candidates.counts[chain]]
    )


def _smoothed(stamps: Array, centres: Array, parameters: ReferenceParameters) -> Array:
    """Smooth each visit by itself; return states (F, 2, 3): position and velocity, NaN absent."""
    states = np.full((len(stamps), 2, 3), np.nan)
    seen = centres[:, 0].astype(np.int64)
    holes = np.flatnonzero(np.diff(stamps[seen]) > parameters.longest_hole) + 1
    for visit in np.split(np.arange(len(seen)), holes):
        if not len(visit) or np.ptp(stamps[seen[visit]]) < parameters.shortest_visit:
            continue
        span = slice(seen[visit[0]], seen[visit[-1]] + 1)
        measured = np.full((len(stamps), 4), np.nan)
        measured[seen[visit]] = centres[visit, 1:]
        states[span] = _smooth(stamps[span], measured[span], parameters)
    return states


def _smooth(stamps: Array, measured: Array, parameters: ReferenceParameters) -> Array:
    """Run a Rauch-Tung-Striebel smoother at constant velocity, the three axes alike.

    Args:
        stamps: (M,) seconds.
        measured: (M, 4) x, y, z of the centre and its number of points; NaN where unseen. The
            first row must be seen.

    Returns:
        (M, 2, 3) position and velocity.
    """
    means, covariances = np.empty((len(stamps), 2, 3)), np.empty((len(stamps), 2, 2))
    mean, covariance = np.array([measured[0, :3], np.zeros(3)]), np.diag([0.1, 1.0])
    steps = np.diff(stamps, prepend=stamps[0])
    for i, step in enumerate(steps):
        mean, covariance = _predicted(mean, covariance, step, parameters)
        if np.isfinite(measured[i, 0]):
            mean, covariance = _updated(mean, covariance, measured[i], parameters)
        means[i], covariances[i] = mean, covariance
    for i in range(len(stamps) - 2, -1, -1):
        mean, covariance = _predicted(means[i], covariances[i], steps[i + 1], parameters)
        gain = covariances[i] @ _transition(steps[i + 1]).T @ np.linalg.inv(covariance)
        means[i] += gain @ (means[i + 1] - mean)
        covariances[i] += gain @ (covariances[i + 1] - covariance) @ gain.T
    return means


def _transition(step: float) -> Array:
    """Return the (2, 2) transition of position and velocity over a step in seconds."""
    return np.array([[1.0, step], [0.0, 1.0]])


def _predicted(
    mean: Array, covariance: Array, step: float, parameters: ReferenceParameters
) -> tuple[Array, Array]:
    """Move a state on by a step in seconds, with white noise of the acceleration."""
    transition = _transition(step)
    noise = np.array([[step**3 / 3.0, step**2 / 2.0], [step**2 / 2.0, step]])
    covariance = transition @ covariance @ transition.T + parameters.acceleration * noise
    return transition @ mean, covariance


def _updated(
    mean: Array, covariance: Array, measured: Array, parameters: ReferenceParameters
) -> tuple[Array, Array]:
    """Correct a state by the centre of some points."""
    variance = parameters.point_std**2 / measured[3] + parameters.centre_std**2
    gain = covariance[:, 0] / (covariance[0, 0] + variance)
    mean = mean + np.outer(gain, measured[:3] - mean[0])
    return mean, covariance - np.outer(gain, covariance[0])


def _own_points(cloud: Array, state: Array, parameters: ReferenceParameters) -> NDArray[np.bool_]:
    """Tell which points of a frame came from a person of this state: near, and as fast."""
    position, velocity = state
    near = np.hypot(*(cloud[:, :2] - position[:2]).T) < parameters.body_radius
    sight = cloud[:, :3] / np.maximum(np.linalg.norm(cloud[:, :3], axis=1), 1e-9)[:, None]
    return near & (np.abs(cloud[:, 3] - sight @ velocity) < parameters.doppler_tolerance)


def _centres(clouds: list[Array], labels: list[NDArray[np.bool_]]) -> Array:
    """Return rows (frame, x, y, z, points) of the mean of each frame's labelled points."""
    rows = [
        (index, *cloud[own, :3].mean(axis=0), own.sum())
        for index, (cloud, own) in enumerate(zip(clouds, labels, strict=True))
        if own.any()
    ]
    return np.array(rows).reshape(-1, 5)


def _reference(
    recording: Recording,
    states: Array,
    labels: list[NDArray[np.bool_]],
    centres: Array,
    depth: float,
) -> Reference:
    """Put the result together; a label without a state of its frame is taken back."""
    present = np.isfinite(states[:, 0, 0])
    labels = [own & there for own, there in zip(labels, present, strict=True)]
    residuals = np.full(len(recording.frames), np.nan)
    seen = centres[:, 0].astype(np.int64)
    residuals[seen] = np.hypot(*(centres[:, 1:3] - states[seen, 0, :2]).T)
    positions = states[:, 0].copy()
    positions[:, :2] = behind(positions[:, :2], np.zeros(2), depth)
    return Reference(present, positions, states[:, 1], tuple(labels), residuals)

"""What a walking person looks like to the radar, to tell two people apart after they met.

Per window of about a second and a half: mean, upper end and spread of the points' height, log of
their number and power, spread of their Doppler, walking speed. How much each of these varies for
one and the same person is learned from all tracks while they are alone, so that the units of the
power, which differ between radars, do not matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter

Array = NDArray[np.float64]

FEATURES = (
    'height_mean',
    'height_upper',
    'height_spread',
    'log_count',
    'log_power',
    'doppler_spread',
    'speed',
)
_PRIOR_STD = np.array([0.12, 0.15, 0.08, 0.35, 0.4, 0.12, 0.25])
VIEW = ('log_range', 'range', 'radial_velocity')
_VIEW_STD = np.array([0.5, 2.0, 1.0])
SLOPE_PRIOR = 0.5
MEMORY = 100
_UPPER = 0.85


@dataclass(frozen=True)
class AppearanceParameters(Parameters):
    """When a person's appearance is looked at, and what it must say to change an identity."""

    window: float = parameter(
        1.5, 'features are averaged over so long', unit='s', low=0.1, high=60.0
    )
    least_points: int = parameter(3, 'points of a frame that is looked at', low=1, high=1000)
    least_speed: float = parameter(
        0.4, 'appearance is that of walking: slower is not looked at', unit='m/s', low=0.0
    )
    clear_distance: float = parameter(
        1.0, 'nobody else may be nearer than this', unit='m', low=0.0, high=10.0
    )
    prior_windows: float = parameter(
        4.0, 'how many windows the prior of the variation is worth', low=1.0, high=1e6
    )


@dataclass
class Profile:
    """Appearance of one person, window by window.

    Attributes:
        features: one (7,) of FEATURES per window.
        views: one (3,) of VIEW per window.
    """

    features: list[Array] = field(default_factory=list)
    views: list[Array] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.features)

    def absorb(self, other: Profile) -> None:
        """Take in all windows of another profile, forget the oldest."""
        self.features = (self.features + other.features)[-MEMORY:]
        self.views = (self.views + other.views)[-MEMORY:]


class Window:
    """Features and views of the frames of a window that is not full yet."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._features: list[Array] = []
        self._views: list[Array] = []

    def add(self, features: Array, view: Array, dt: float) -> None:
        """Take in one frame."""
        self.seconds += dt
        self._features.append(features)
        self._views.append(view)

    def profile(self) -> Profile:
        """Return the means over the frames, as a profile of one window."""
        return Profile([np.mean(self._features, axis=0)], [np.mean(self._views, axis=0)])


class Comparison:
    """How far apart two profiles are, given how one person's windows vary.

    A linear model with one intercept per person and slopes that all people share: what depends
    on the view, above all on the range, is not held against anybody. Slopes and the remaining
    covariance are estimated from the windows of everybody, starting from a prior.
    """

    def __init__(self, profiles: Iterable[Profile], prior_windows: float) -> None:
        known = [profile for profile in profiles if len(profile)]
        x = np.concatenate([_centred(p.views) for p in known] or [np.zeros((0, len(VIEW)))])
        y = np.concatenate([_centred(p.features) for p in known] or [np.zeros((0, len(FEATURES)))])
        information = x.T @ x + np.diag(_VIEW_STD**2) * SLOPE_PRIOR
        self._slope_covariance = np.linalg.inv(information)
        self._slopes = self._slope_covariance @ x.T @ y
        residuals = y - x @ self._slopes
        scatter = residuals.T @ residuals + np.diag(_PRIOR_STD**2) * prior_windows
        degrees = max(len(y) - len(known), 0) + prior_windows
        self._precision = np.linalg.inv(scatter / degrees)

    def log_likelihood(self, fresh: Profile, known: Profile) -> float:
        """Return the log-likelihood of both profiles being one person's, up to a constant."""
        if not (len(fresh) and len(known)):
            return 0.0
        view = np.mean(fresh.views, axis=0) - np.mean(known.views, axis=0)
        offset = np.mean(fresh.features, axis=0) - np.mean(known.features, axis=0)
        offset = offset - view @ self._slopes
        scale = 1 / len(fresh) + 1 / len(known) + view @ self._slope_covariance @ view
        square = offset @ self._precision @ offset / scale
        return float(-0.5 * (square + len(FEATURES) * np.log(scale)))


def _centred(rows: list[Array]) -> Array:
    """Return rows (n, k) less their mean."""
    table = np.array(rows)
    return table - table.mean(axis=0)


def frame_features(points: Array, speed: float) -> Array:
    """Return the features (7,) of one frame from a person's points (N, 5) and speed [m/s]."""
    heights, dopplers, powers = np.sort(points[:, 2]), points[:, 3], points[:, 4]
    return np.array(
        [
            heights.mean(),
            heights[int(_UPPER * (len(heights) - 1))],
            heights.std(),
            np.log(len(points)),
            np.log(np.maximum(powers, 1.0)).mean(),
            dopplers.std(),
            speed,
        ]
    )


def frame_view(state: Array, origin: Array) -> Array:
    """Return the view (3,) that a radar at origin (2,) has of a person's state (4,)."""
    offset = state[:2] - origin
    distance = max(float(np.hypot(*offset)), 0.1)
    return np.array([np.log(distance), distance, offset @ state[2:] / distance])

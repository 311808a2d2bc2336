"""Birth, confirmation, coasting and death of a track by the probability that somebody is there.

The log-odds of existence rise while a track is seen and fall while it is not, at rates per second
that follow from three times a person can picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from thermal_radar_fusion.parameters import Parameters, parameter


@dataclass(frozen=True)
class LifeCycleParameters(Parameters):
    """How long it takes to believe in somebody, and to stop."""

    confirm_time: float = parameter(
        1.2, 'seen without a break for so long, a track is confirmed', unit='s', low=0.0, high=60.0
    )
    coast_time: float = parameter(
        1.5, 'a well established track lives on unseen for so long', unit='s', low=0.0, high=60.0
    )
    tentative_coast_time: float = parameter(
        0.6,
        'a track that is not confirmed loses in so long what it gained in confirm_time',
        unit='s',
        low=0.01,
        high=60.0,
    )
    rest_time: float = parameter(
        30.0,
        'the same for somebody who stood or sat when last seen: who does not move fades',
        unit='s',
        low=0.0,
        high=3600.0,
    )
    rest_speed: float = parameter(
        0.3, 'a slower person stands, sits or is about to', unit='m/s', low=0.0, high=5.0
    )
    dwell_time: float = parameter(
        2.5, 'who stays in one place for so long stands or sits there', unit='s', low=0.1
    )
    dwell_radius: float = parameter(
        0.35, 'size of such a place: gestures shake a track by less', unit='m', low=0.0, high=2.0
    )
    sleep_time: float = parameter(
        1.0, 'who rests unseen for longer needs wake_points to move', unit='s', low=0.0, high=60.0
    )
    wake_points: float = parameter(
        8.0, 'points, in responsibilities, that wake somebody', low=0.1, high=100.0
    )
    least_points: float = parameter(
        2.5, 'points, in responsibilities, from which a track counts as seen', low=0.1, high=100.0
    )
    longest_step: float = parameter(
        0.25, 'a longer gap between frames counts as this much evidence', unit='s', low=0.01
    )


BIRTH = 0.1
CONFIRMATION = 0.95
DEATH = 0.05
CERTAINTY = 0.99


def log_odds(probability: float) -> float:
    """Return the natural logarithm of the odds of a probability in (0, 1)."""
    return math.log(probability / (1 - probability))


def probability(odds: float) -> float:
    """Return the probability of log-odds."""
    return 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0


def gained(odds: float, dt: float, time: float) -> float:
    """Return the log-odds after being seen for dt, when `time` takes birth to confirmation."""
    rate = (log_odds(CONFIRMATION) - log_odds(BIRTH)) / max(time, 1e-3)
    return min(odds + rate * dt, log_odds(CERTAINTY))


def lost(odds: float, dt: float, time: float) -> float:
    """Return the log-odds after dt unseen, when `time` takes certainty to death."""
    return odds - (log_odds(CERTAINTY) - log_odds(DEATH)) * dt / max(time, 1e-3)


def is_alive(odds: float) -> bool:
    """Tell whether a track is worth keeping."""
    return odds > log_odds(DEATH)


def is_certain(odds: float) -> bool:
    """Tell whether a tentative track is to be confirmed."""
    return odds >= log_odds(CONFIRMATION)

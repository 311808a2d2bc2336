"""Who is significantly warmer than a threshold, fixed or that of the others.

A screening aid, not a medical device.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from statistics import NormalDist

from thermal_radar_fusion.fusion.normal_range import normal_range
from thermal_radar_fusion.parameters import Parameters, parameter


@dataclass(frozen=True)
class ScreeningParameters(Parameters):
    """When a temperature counts as elevated.

    The defaults of spread and fixed threshold are those of the maximum over the face of 1,020
    people (FDA table, see docs/screening.md); a camera without a reference body in view may be
    off by degrees, which the adaptive rule does not mind and the fixed one does.
    """

    rule: str = parameter(
        'adaptive',
        'adaptive: mean + sigmas x spread of the people seen recently; fixed: the threshold',
        choices=('adaptive', 'fixed'),
    )
    threshold: float = parameter(
        36.45, 'of the fixed rule, skin temperature', unit='degC', low=20, high=50
    )
    sigmas: float = parameter(
        2.0, 'of the adaptive rule: elevated beyond so many spreads', low=0.1, high=10
    )
    warm_up: int = parameter(
        10, 'the adaptive rule judges nobody before it has seen so many others', low=2, high=1000
    )
    window: int = parameter(
        100, 'the adaptive rule compares with the latest people, so many', low=2, high=10000
    )
    memory: float = parameter(
        14400.0, 'people seen longer ago are no comparison', unit='s', low=1, high=604800
    )
    prior_spread: float = parameter(
        0.35, 'standard deviation between healthy people', unit='K', low=0.01, high=5
    )
    prior_weight: float = parameter(
        20.0, 'how many people the prior spread is worth', low=1, high=10000
    )
    confidence: float = parameter(
        0.5,
        'required probability that the temperature is above the threshold; 0.5 takes the estimate',
        low=0.01,
        high=0.99,
    )
    max_std: float = parameter(
        0.5, 'less certain temperatures are neither judged nor compared with', unit='K', low=0.01
    )
    late_tolerance: float = parameter(
        0.3,
        'a stamp back by more than this is a restart, not a late message',
        unit='s',
        low=0,
        high=60,
    )


@dataclass(frozen=True)
class ScreeningResult:
    """What the screener thinks of one temperature.

    Attributes:
        threshold: above which it counts as elevated [°C]; NaN while warming up.
        margin: temperature minus threshold [K]; NaN likewise.
        elevated: whether it is above with the confidence asked for.
    """

    threshold: float = math.nan
    margin: float = math.nan
    elevated: bool = False


@dataclass(frozen=True)
class _Measured:
    temperature: float
    stamp: float


class Screener:
    """Compares each person with a threshold, or with the others (milliTRACE-IR, section V-C).

    Everybody counts once however often measured, and nobody is compared with oneself. The people
    who are found elevated stay in the comparison, where a robust mean and spread bound what they
    do: if they were left out, a camera whose offset steps up would flag everybody for ever.
    """

    def __init__(self, parameters: ScreeningParameters | None = None) -> None:
        self.parameters = parameters or ScreeningParameters()
        self.reset()

    def reset(self) -> None:
        """Forget everybody."""
        # In the order of their latest measurement.
        self._people: OrderedDict[Hashable, _Measured] = OrderedDict()
        self._stamp = -math.inf

    @property
    def people(self) -> int:
        """How many people are remembered."""
        return len(self._people)

    def update(
        self, key: Hashable, temperature: float, std: float, stamp: float
    ) -> ScreeningResult:
        """Judge one person, whose later measurement replaces the earlier.

        Args:
            key: who; the same key is the same person.
            temperature: of the skin, corrected [°C]; NaN is not judged.
            std: standard deviation of that mean [K].
            stamp: of the measurement [s]. Back by more than `late_tolerance` forgets everybody.
        """
        self._advance(stamp)
        threshold = self.threshold(key)
        if not self._is_usable(temperature, std):
            return ScreeningResult(threshold)
        self._remember(key, _Measured(temperature, stamp))
        margin = temperature - threshold
        needed = NormalDist().inv_cdf(self.parameters.confidence) * std
        # NaN, while warming up, is not above anything.
        return ScreeningResult(threshold, margin, bool(margin > needed))

    def threshold(self, key: Hashable = None) -> float:
        """Return above what somebody counts as elevated [°C]; NaN while warming up."""
        parameters = self.parameters
        if parameters.rule == 'fixed':
            return parameters.threshold
        others = [person.temperature for k, person in self._people.items() if k != key]
        if len(others) < parameters.warm_up:
            return math.nan
        usual = normal_range(others, parameters.prior_spread, parameters.prior_weight)
        return usual.upper(parameters.sigmas)

    def forget(self, key: Hashable) -> None:
        """Take somebody out of the comparison, such as one who proved to be somebody known."""
        self._people.pop(key, None)

    def _advance(self, stamp: float) -> None:
        """Move on to a stamp: forget who was seen too long ago, or everybody after a restart."""
        if stamp < self._stamp - self.parameters.late_tolerance:
            self.reset()
        self._stamp = max(self._stamp, stamp)
        oldest = self._stamp - self.parameters.memory
        while self._people and next(iter(self._people.values())).stamp < oldest:
            self._people.popitem(last=False)

    def _is_usable(self, temperature: float, std: float) -> bool:
        return math.isfinite(temperature) and 0 <= std <= self.parameters.max_std

    def _remember(self, key: Hashable, measured: _Measured) -> None:
        self._people[key] = measured
        self._people.move_to_end(key)
        if len(self._people) > self.parameters.window:
            self._people.popitem(last=False)

"""How alike the windows of a track are to those of the people known."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.reid.followed import FollowedTrack
from thermal_radar_fusion.reid.gallery import Gallery
from thermal_radar_fusion.reid.open_set import Evidence, similarities_of
from thermal_radar_fusion.reid.scores import Classifier, cumulative_scores

Array = NDArray[np.float64]


class Likeness:
    """The classifiers of a gallery, trained when they are needed and out of date.

    Attributes:
        names: of the people whom they know.
    """

    def __init__(self, gallery: Gallery) -> None:
        self.names: tuple[str, ...] = ()
        self._gallery = gallery
        self._trained = -math.inf
        self._map = gallery.map
        self._classifier: Classifier | None = None
        self._means = gallery.means()

    def refresh(self, stamp: float, period: float) -> None:
        """Train anew if people or map are others, or if that was more than a period [s] ago."""
        names, features = tuple(self._gallery.people), self._gallery.map
        current = names == self.names and features is self._map
        if current and stamp - self._trained < period:
            return
        self.names, self._map, self._trained = names, features, stamp
        # One person alone cannot be told apart from anybody by a classifier.
        self._classifier = self._gallery.classifier() if len(names) > 1 else None
        self._means = self._gallery.means()

    def evidence(self, track: FollowedTrack) -> Evidence:
        """Return what the features of a track say (algorithm 2, lines 6-9)."""
        features = self._map(track.identity.room, track.features)
        similarities = similarities_of(features, self._means, self._gallery.scatter)
        scores = np.ones(len(self.names))
        if self._classifier is not None:
            scores = cumulative_scores(self._classifier.scores(features))[-1]
        return Evidence(scores, similarities, track.walked)

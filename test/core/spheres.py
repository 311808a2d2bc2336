"""Features as a network might give them: people are directions, windows scatter about them."""

import numpy as np


class People:
    """Synthetic people on the unit sphere.

    Each visit of somebody shifts all of its windows alike, as clothes and the view of a radar do;
    each window scatters about that, and more so in a few directions that are the same for
    everybody, as walking towards the radar or away from it would make it.
    """

    def __init__(self, count, seed=0, dimension=32, visit=0.04, window=0.12, heading=0.0):
        self.rng = np.random.default_rng(seed)
        self.dimension, self.visit, self.window = dimension, visit, window
        self.means = self._unit(self.rng.normal(size=(count, dimension)))
        self.headings = heading * self._unit(self.rng.normal(size=(3, dimension)))

    def windows(self, person, count):
        """Features (count, D) of one visit."""
        shift = self.rng.normal(0.0, self.visit, self.dimension)
        scatter = self.rng.normal(0.0, self.window, (count, self.dimension))
        scatter += self.rng.normal(size=(count, len(self.headings))) @ self.headings
        return self._unit(self.means[person] + shift + scatter)

    def gallery(self, people, count):
        """Features (P count, D) and label of each, in random order."""
        rows = np.concatenate([self.windows(person, count) for person in people])
        order = self.rng.permutation(len(rows))
        labels = np.repeat(list(people), count)[order]
        return rows[order], labels.tolist()

    @staticmethod
    def _unit(rows):
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

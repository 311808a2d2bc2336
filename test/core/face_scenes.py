"""Thermal images with faces that are easy to find: warm ovals, and a detector that knows them."""

import numpy as np

from thermal_radar_fusion.thermal.faces import DetectedFace
from thermal_radar_fusion.thermal.thermal_image import ThermalImage

AIR, SKIN = 22.0, 34.0
SHAPE = (240, 320)


class KnownBoxes:
    """A detector that finds what it is told."""

    def __init__(self):
        self.boxes = []
        self.scores = None
        self.calls = 0

    def detect(self, image):
        """Return the boxes as faces."""
        self.calls += 1
        scores = self.scores or [0.9] * len(self.boxes)
        return [DetectedFace(tuple(b), s) for b, s in zip(self.boxes, scores, strict=True)]


def box_at(x, y, height, aspect=0.8):
    """Return x0, y0, x1, y1 of a face around x, y."""
    return x - aspect * height / 2, y - height / 2, x + aspect * height / 2, y + height / 2


def room(shape=SHAPE, noise=0.05, seed=0):
    """Return an empty room [°C]."""
    draw = np.random.default_rng(seed)
    return (AIR + draw.normal(0, noise, shape)).astype(np.float32)


def with_face(values, box, temperature=36.0):
    """Return the values with a face in a box: skin, and at the eyes its hottest spots."""
    values = values.copy()
    x0, y0, x1, y1 = box
    y, x = np.indices(values.shape)
    inside = ((2 * x - x0 - x1) / (x1 - x0)) ** 2 + ((2 * y - y0 - y1) / (y1 - y0)) ** 2 <= 1
    values[inside] += SKIN - AIR
    for side in (-0.12, 0.12):
        spot = x0 + (0.5 + side) * (x1 - x0), y0 + 0.42 * (y1 - y0)
        radius = max(0.04 * (y1 - y0), 2.0)
        values[np.hypot(x - spot[0], y - spot[1]) <= radius] += temperature - SKIN
    return values


def with_disc(values, x, y, radius, temperature):
    """Return the values with a disc of one temperature."""
    rows, columns = np.indices(values.shape)
    disc = np.hypot(columns - x, rows - y) <= radius
    return np.where(disc, values - AIR + temperature, values).astype(np.float32)


def image(stamp, values=None, *, radiometric=True, seed=None):
    """Return a thermal image, by default of an empty room with noise of its own."""
    if values is None:
        values = room(seed=round(1000 * stamp) if seed is None else seed)
    return ThermalImage(stamp, values, radiometric)

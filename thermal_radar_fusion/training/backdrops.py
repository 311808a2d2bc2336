"""What is behind people, and before them: rooms, streets, animals, machines, all by chance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Mask = NDArray[np.float32]

# The greatest number of things behind people, and the share that is as warm as skin or hotter.
MOST_THINGS = 14
HOT = 0.3


def drawn_backdrop(shape: tuple[int, int], air: float, draw: np.random.Generator) -> Image:
    """Return a picture (height, width) [°C] without people, in air of a temperature [°C]."""
    image = np.full(shape, air, np.float32) + _cloudy(shape, draw)
    if draw.random() < 0.35:
        image = _with_ground(image, air, draw)
    for _ in range(draw.integers(MOST_THINGS)):
        image = with_thing(image, air, draw)
    return image


def with_thing(image: Image, air: float, draw: np.random.Generator) -> Image:
    """Return a picture (height, width) [°C] with something drawn at random laid over it."""
    centre = draw.uniform(0, 1, 2) * image.shape[::-1]
    size = float(np.exp(draw.uniform(math.log(6), math.log(0.6 * max(image.shape)))))
    share, surface = drawn_thing(image.shape, centre, size, air, draw)
    return image + (surface - image) * share


def drawn_thing(
    shape: tuple[int, int], centre: NDArray, size: float, air: float, draw: np.random.Generator
) -> tuple[Mask, Image]:
    """Return which share of each pixel something covers, and its surface [°C].

    Args:
        shape: height and width of both.
        centre: x, y [pixels].
        size: about its diameter [pixels].
        air: temperature of the air [°C].
        draw: of kind, outline and warmth.
    """
    kind = KINDS[draw.integers(len(KINDS))]
    share = _soft(kind(shape, centre, size, draw), draw)
    warmth = _warmth(air, draw)
    contrast = abs(warmth - air) * draw.uniform(0, 0.25)
    return share, warmth + contrast * _cloudy(shape, draw, amplitude=1.0)


def _warmth(air: float, draw: np.random.Generator) -> float:
    """Draw a temperature [°C]: like the surroundings, like skin, or hotter."""
    if draw.random() > HOT:
        return air + draw.normal(0, 2.5)
    return draw.uniform(28, 38) if draw.random() < 0.75 else draw.uniform(38, 80)


def _cloudy(
    shape: tuple[int, int], draw: np.random.Generator, amplitude: float | None = None
) -> Image:
    """Return smooth noise (height, width) [K] of several sizes, with a gradient."""
    import cv2

    if amplitude is None:
        amplitude = draw.choice((0.1, 0.4, 1.0, 2.5))
    image = np.zeros((2, 2), np.float32)
    for cells in (2, 5, 16, 50):
        lattice = draw.normal(0, 1, (cells, cells)).astype(np.float32)
        weight = np.float32(draw.uniform(0, 1) / math.sqrt(cells / 2))
        image = weight * lattice + cv2.resize(image, (cells, cells))
    return cv2.resize(image, shape[::-1]) * np.float32(amplitude)


def _with_ground(image: Image, air: float, draw: np.random.Generator) -> Image:
    """Give a picture a ground below a slanted horizon, often hotter than skin, with texture."""
    height, width = image.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    horizon = draw.uniform(0.1, 0.8) * height + draw.uniform(-0.2, 0.2) * (columns - width / 2)
    share = np.clip((rows - horizon) / draw.uniform(1, 8), 0, 1)
    ground = air + draw.choice((-3.0, 4.0, 12.0, 18.0)) + _cloudy(image.shape, draw)
    ground += draw.uniform(0, 0.8) * draw.normal(0, 1, image.shape).astype(np.float32)
    return image + (ground - image) * share


def _soft(mask: NDArray[np.uint8], draw: np.random.Generator) -> Mask:
    """Return a mask as shares with soft or hard outlines, sometimes striped or half there."""
    import cv2

    share = mask.astype(np.float32) / 255
    sigma = draw.choice((0.0, 0.6, 1.5, 5.0))
    if sigma:
        share = cv2.GaussianBlur(share, (0, 0), sigma)
    if draw.random() < 0.15:
        pitch, angle = draw.uniform(3, 25), draw.uniform(0, math.pi)
        rows, columns = np.mgrid[: share.shape[0], : share.shape[1]].astype(np.float32)
        wave = np.sin((math.cos(angle) * columns + math.sin(angle) * rows) * 2 * math.pi / pitch)
        share = share * np.clip(0.5 + 2 * wave, 0, 1)
    return share


def _blank(shape: tuple[int, int]) -> NDArray[np.uint8]:
    return np.zeros(shape, np.uint8)


def _ellipse(
    mask: NDArray[np.uint8], centre: NDArray, axes: tuple[float, float], angle: float
) -> None:
    """Fill an ellipse: centre and half axes [pixels], angle [degrees]."""
    import cv2

    half = tuple(max(round(float(a)), 1) for a in axes)
    middle = tuple(round(float(c)) for c in centre)
    cv2.ellipse(mask, middle, half, angle, 0, 360, 255, -1)


def disc(
    shape: tuple[int, int], centre: NDArray, size: float, draw: np.random.Generator
) -> NDArray:
    """Return a lamp, cup or ball: an ellipse, sometimes a ring."""
    mask = _blank(shape)
    axes = size / 2 * draw.uniform(0.6, 1.0, 2)
    angle = draw.uniform(0, 180)
    _ellipse(mask, centre, axes, angle)
    if draw.random() < 0.3:
        hole = _blank(shape)
        _ellipse(hole, centre, axes * draw.uniform(0.4, 0.85), angle)
        mask[hole > 0] = 0
    return mask


def box(
    shape: tuple[int, int], centre: NDArray, size: float, draw: np.random.Generator
) -> NDArray:
    """Return a cupboard, window, screen or radiator: a slanted rectangle."""
    import cv2

    mask = _blank(shape)
    sides = (size, size * draw.uniform(0.2, 2.5))
    corners = cv2.boxPoints((tuple(map(float, centre)), sides, float(draw.normal(0, 6))))
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 255)
    return mask


def patch(
    shape: tuple[int, int], centre: NDArray, size: float, draw: np.random.Generator
) -> NDArray:
    """Return a bush, a coat or a car door: a polygon without symmetry."""
    import cv2

    mask = _blank(shape)
    angles = np.sort(draw.uniform(0, 2 * math.pi, draw.integers(3, 12)))
    reach = size * draw.uniform(0.2, 0.7, len(angles))
    corners = centre + reach[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 255)
    return mask


def bars(
    shape: tuple[int, int], centre: NDArray, size: float, draw: np.random.Generator
) -> NDArray:
    """Return pipes, poles, cables or branches: crooked lines."""
    import cv2

    mask = _blank(shape)
    for _ in range(draw.integers(1, 6)):
        steps = draw.normal(0, size / 2, (draw.integers(2, 6), 2))
        line = np.rint(centre + np.cumsum(steps, axis=0)).astype(np.int32)
        cv2.polylines(mask, [line], False, 255, int(draw.integers(1, 2 + max(int(size / 15), 2))))
    return mask


def animal(
    shape: tuple[int, int], centre: NDArray, size: float, draw: np.random.Generator
) -> NDArray:
    """Return an animal or something like it: a body, a head aside, legs."""
    import cv2

    mask = _blank(shape)
    angle = draw.uniform(0, 360)
    body = size / 2 * np.array([1.0, draw.uniform(0.3, 0.6)])
    _ellipse(mask, centre, body, angle)
    way = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    head = centre + way * size * draw.uniform(0.45, 0.7) + draw.normal(0, size / 10, 2)
    _ellipse(mask, head, size * draw.uniform(0.08, 0.22, 2), draw.uniform(0, 180))
    for _ in range(draw.integers(0, 5)):
        start = centre + way * draw.uniform(-0.4, 0.4) * size
        end = start + draw.normal(0, size / 3, 2)
        line = np.rint([start, end]).astype(np.int32)
        cv2.line(mask, line[0].tolist(), line[1].tolist(), 255, max(int(size / 15), 1))
    return mask


def foliage(
    shape: tuple[int, int], centre: NDArray, size: float, draw: np.random.Generator
) -> NDArray:
    """Return leaves, bricks or water: noise above a level, within a patch."""
    import cv2

    cells = np.maximum(np.array(shape) / draw.uniform(2, 10), 2).astype(int)
    noise = cv2.resize(
        draw.normal(0, 1, cells).astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR
    )
    return patch(shape, centre, 2 * size, draw) * (noise > draw.uniform(-0.7, 0.7))


KINDS = (disc, disc, box, patch, bars, animal, foliage)

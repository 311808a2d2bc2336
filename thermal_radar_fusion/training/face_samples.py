"""What the face network learns from: crops of rendered thermograms and the maps of their faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.thermal.face_picture import contrasts
from thermal_radar_fusion.training.camera_effects import as_delivered, drawn_resolution
from thermal_radar_fusion.training.thermogram_cache import RenderedScenes, Truth

Array = NDArray[np.float32]

SIZE, STRIDE = 192, 4
CELLS = SIZE // STRIDE
# Which true faces must be found: share that is seen, cosine to the camera, height [pixels], and
# height in the camera's own pixels. What is below these but above the second ones need not be
# found and is no mistake either.
FOUND = (0.6, 0.1, 6.5, 6.5)
IGNORED = (0.12, -0.5, 3.0, 2.0)
# Scales from the scene to the crop, share of the crops that a head is in, and how high it is then
# where the scales allow it [pixels].
SCALES = (0.6, 1.4)
LOOKED_AT, HEIGHTS = 0.8, (8.0, 150.0)
# A face's share within the crop below which it need not be found.
WITHIN = 0.5
# Spread of a centre in the map: share of the box, least and most [cells].
SPREAD, SPREADS = 0.14, (0.85, 2.0)
# Cells that say where the sides are: those with at least this of a centre.
NEAR = 0.3
# A hill ends where it is as low as this.
FOOT = 1e-3


@dataclass(frozen=True)
class Sample:
    """One picture and its truth.

    Attributes:
        picture: (2, SIZE, SIZE).
        centres: (CELLS, CELLS) 1 at the middle of a face, falling about it.
        sides: (4, CELLS, CELLS) distances [STRIDE pixels] to left, top, right and bottom.
        near: (CELLS, CELLS) weight of the sides there.
        counted: (CELLS, CELLS) 1 where the centres matter, 0 where a face need not be found.
    """

    picture: Array
    centres: Array
    sides: Array
    near: Array
    counted: Array


def drawn_sample(scenes: RenderedScenes, index: int, draw: np.random.Generator) -> Sample:
    """Crop one scene, let a camera drawn at random see it, and return it with its maps."""
    truth = scenes.truth[index]
    affine = _drawn_crop(scenes.celsius[index].shape, truth, draw)
    scene = scenes.celsius[index].astype(np.float32)
    celsius = _warped(scene, affine)
    resolution = drawn_resolution(draw)
    boxes, wanted = _labels(truth, affine, resolution)
    image = as_delivered(celsius, resolution, draw)
    return Sample(contrasts(image), *target_maps(boxes, wanted))


def faces_to_find(
    truth: Truth, heights: Array, resolution: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which faces (N,) must be found, and which of them may be.

    Args:
        truth: of the scene.
        heights: (N,) of the faces in the picture [pixels].
        resolution: pixels of the camera for each of these.
    """
    figures = np.stack([truth.visible, truth.facing, heights, heights * resolution])
    must, may = ((figures >= np.array(least)[:, None]).all(axis=0) for least in (FOUND, IGNORED))
    return must, may


def _drawn_crop(shape: tuple[int, int], truth: Truth, draw: np.random.Generator) -> Array:
    """Return (2, 3) from the scene to the crop: scaled, turned, sometimes mirrored."""
    box = np.array([0, 0, *shape[::-1]], np.float32)
    scale = np.exp(draw.uniform(*np.log(SCALES)))
    if len(truth.boxes) and draw.random() < LOOKED_AT:
        box = truth.boxes[draw.integers(len(truth.boxes))]
        scale = np.exp(draw.uniform(*np.log(HEIGHTS))) / max(box[3] - box[1], 1)
    scales = np.clip(scale, *SCALES) * np.exp(draw.normal(0, 0.05) * np.array([1, -1]))
    scales = np.maximum(scales, SIZE / np.array(shape[::-1]))
    room = np.abs(SIZE / scales - (box[2:] - box[:2])) + 0.1 * SIZE
    middle = (box[:2] + box[2:]) / 2 + draw.uniform(-0.45, 0.45, 2) * room
    half = SIZE / 2 / scales
    middle = np.clip(middle, half, np.array(shape[::-1]) - half)
    angle = np.clip(draw.normal(0, 0.07), -0.2, 0.2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn * scales
    if draw.random() < 0.5:
        linear[0] = -linear[0]
    return np.column_stack([linear, SIZE / 2 - linear @ middle])


def _warped(celsius: Array, affine: Array) -> Array:
    import cv2

    return cv2.warpAffine(celsius, affine, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE)


def _labels(truth: Truth, affine: Array, resolution: float) -> tuple[Array, NDArray[np.bool_]]:
    """Return the boxes (N, 4) in the crop, and which of them must be found."""
    low, high = truth.boxes[:, :2], truth.boxes[:, 2:]
    middle = (low + high) / 2 @ affine[:, :2].T + affine[:, 2]
    half = (high - low) / 2 * np.linalg.norm(affine[:, :2], axis=0)
    whole = np.hstack([middle - half, middle + half])
    boxes = np.clip(whole, 0, SIZE - 1)
    within = _areas(boxes) / np.maximum(_areas(whole), 1e-6)
    must, may = faces_to_find(truth, boxes[:, 3] - boxes[:, 1], resolution)
    shown = may & (within > 0)
    return boxes[shown].astype(np.float32), (must & (within >= WITHIN))[shown]


def _areas(boxes: Array) -> Array:
    return np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1)


def target_maps(boxes: Array, wanted: NDArray[np.bool_]) -> tuple[Array, Array, Array, Array]:
    """Return centres, sides, near and counted (see Sample) of boxes (N, 4) [pixels]."""
    places = np.arange(CELLS) * STRIDE + (STRIDE - 1) / 2
    centres, near = np.zeros((2, CELLS, CELLS), np.float32)
    sides = np.ones((4, CELLS, CELLS), np.float32)
    counted = np.ones((CELLS, CELLS), np.float32)
    for box, must in zip(boxes, wanted, strict=True):
        hill = _hill(box)
        if not must:
            counted[_inside(places, box)] = 0
            continue
        here = (hill > centres) & (hill > NEAR)
        x0, y0, x1, y1 = box
        distances = (places[None] - x0, (places - y0)[:, None], x1 - places[None])
        for k, distance in enumerate((*distances, (y1 - places)[:, None])):
            sides[k][here] = np.broadcast_to(distance / STRIDE, (CELLS, CELLS))[here]
        near[here] = hill[here]
        np.maximum(centres, hill, out=centres)
    counted[centres > NEAR] = 1
    near[(sides < 0.05).any(axis=0)] = 0
    return centres, np.maximum(sides, 0.05), near, counted


def _hill(box: Array) -> Array:
    """Return a hill (CELLS, CELLS) that is 1 at the middle of a box, wherever between cells."""
    cells = np.arange(CELLS)
    parts = []
    for low, high in ((box[1], box[3]), (box[0], box[2])):
        middle = ((low + high) / 2 - (STRIDE - 1) / 2) / STRIDE
        spread = np.clip(SPREAD * (high - low) / STRIDE, *SPREADS)
        parts.append(np.exp(-0.5 * ((cells - middle) / spread) ** 2))
    hill = np.outer(*parts).astype(np.float32)
    return np.where(hill < FOOT, np.float32(0), hill)


def _inside(places: Array, box: Array) -> tuple[NDArray, NDArray]:
    """Return the index of the cells in a box."""
    x0, y0, x1, y1 = box
    return np.ix_((places >= y0) & (places <= y1), (places >= x0) & (places <= x1))

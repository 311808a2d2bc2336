"""Rendered thermograms on disk: rendered once, read by every run of training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.training.looks import Looks
from thermal_radar_fusion.training.thermograms import Thermogram, drawn_air, drawn_thermogram

# Scenes in one file, and visitors that appear in them.
SCENES, VISITORS = 100, 14

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Truth:
    """The faces of one scene.

    Attributes:
        boxes: (N, 4) x0, y0, x1, y1 [pixels].
        facing: (N,) cosine, 1 is frontal.
        visible: (N,) share.
    """

    boxes: NDArray[np.float32]
    facing: NDArray[np.float32]
    visible: NDArray[np.float32]


@dataclass(frozen=True)
class RenderedScenes:
    """All the scenes that training draws from.

    Attributes:
        celsius: (N, HEIGHT, WIDTH) float16 °C.
        truth: of each of them.
    """

    celsius: NDArray[np.float16]
    truth: tuple[Truth, ...]

    def __len__(self) -> int:
        """Return how many scenes there are."""
        return len(self.truth)


def rendered_scenes(folder: Path, files: int, seed: int, tell: Tell) -> RenderedScenes:
    """Read the scenes of a folder; render those that it does not have yet.

    Args:
        folder: of the cache; made if it is not there.
        files: how many, of SCENES scenes each.
        seed: file k of the same seed always holds the same scenes.
        tell: is told what is done, how much, and of how much.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f'thermograms-{seed}-{k}.npz' for k in range(files)]
    for k, path in enumerate(paths):
        tell('Rendering', k, files)
        if not path.exists():
            _write(path, _rendered(seed, k))
    parts = [_read(path) for path in paths]
    truth = tuple(entry for _, entries in parts for entry in entries)
    return RenderedScenes(np.concatenate([celsius for celsius, _ in parts]), truth)


def _rendered(seed: int, index: int) -> list[Thermogram]:
    """Render the scenes of one file: one set of visitors, one temperature of the air."""
    draw = np.random.default_rng([seed, index])
    air = drawn_air(draw)
    visitors = [Looks(f'{index} {k}', air, draw) for k in range(VISITORS)]
    return [drawn_thermogram(visitors, air, draw) for _ in range(SCENES)]


def _write(path: Path, scenes: list[Thermogram]) -> None:
    """Write scenes; a file that is there is whole."""
    rows = [
        (k, *face.box, face.facing, face.visible)
        for k, scene in enumerate(scenes)
        for face in scene.faces
    ]
    celsius = np.stack([scene.celsius for scene in scenes]).astype(np.float16)
    partial = path.with_suffix('.part.npz')
    np.savez(partial, celsius=celsius, faces=np.array(rows, np.float32).reshape(-1, 7))
    partial.replace(path)


def _read(path: Path) -> tuple[NDArray[np.float16], list[Truth]]:
    with np.load(path) as stored:
        celsius, faces = stored['celsius'], stored['faces']
    per_scene = [faces[faces[:, 0] == k] for k in range(len(celsius))]
    return celsius, [Truth(rows[:, 1:5], rows[:, 5], rows[:, 6]) for rows in per_scene]

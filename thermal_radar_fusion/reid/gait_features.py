"""Gait features of windows, by a trained network that ONNX Runtime runs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.onnx_model import ModelError, OnnxModel
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.reid.features import FeatureError
from thermal_radar_fusion.reid.gait_windows import GaitWindow, GaitWindowParameters
from thermal_radar_fusion.resources import resource

# The network that comes with the package (docs in models/gait.md).
SHIPPED = 'models/gait.onnx'
# Numbers of a point: x, y, z, radial velocity, and whether it is there.
CHANNELS = 5
# So many windows go through the network at a time: its statistics take far more room than they do.
CHUNK = 256
# What a network's file says of the windows that it was trained for.
SAID = ('rate', 'steps', 'points', 'centring')


class GaitFeatures:
    """Turns windows into unit features.

    Attributes:
        windows: parameters of the windows that the network takes.
        dimension: numbers of a feature.
        network: name of the weights, from their content: features of others mean nothing to these.
    """

    def __init__(self, weights: Path | None = None) -> None:
        """Load a network; None loads the one that comes with the package.

        Raises:
            ModelError: there is no such file, it is no network, or one of another shape.
            ResourceError: the network that is shipped is not installed.
        """
        path = weights or resource(SHIPPED)
        self._model = OnnxModel(path)
        self.windows = _windows(self._model)
        self.dimension = _dimension(self._model, self.windows)
        self.network = network_name(path)

    def __call__(self, windows: Sequence[GaitWindow]) -> NDArray[np.float64]:
        """Return features (N, dimension) of N >= 1 windows.

        Raises:
            FeatureError: there is no window, or one is of another size or not finite.
        """
        if not len(windows):
            raise FeatureError('there are no windows')
        points = np.stack([window.points for window in windows])
        return self.of(points, np.stack([window.mask for window in windows]))

    def of(self, points: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return features (N, dimension) of points (N, steps, points, 4 or more) and their mask.

        Raises:
            FeatureError: there is no window, or they are of another size or not finite.
        """
        wanted = (self.windows.steps, self.windows.points)
        fits = points.ndim == 4 and len(points) and points.shape[3] >= CHANNELS - 1
        if not fits or points.shape[1:3] != wanted or mask.shape != points.shape[:3]:
            raise FeatureError(
                f'windows must be N of {wanted[0]} steps of {wanted[1]} points with at least 4'
                f' numbers, got {points.shape} with a mask {mask.shape}'
            )
        present = mask[..., None].astype(np.float32)
        values = np.where(mask[..., None], points[..., : CHANNELS - 1], 0.0)
        if not np.isfinite(values).all():
            raise FeatureError('windows hold numbers that are not finite')
        joined = np.concatenate([values, present], axis=-1).astype(np.float32)
        parts = [self._model.run(joined[k : k + CHUNK])[0] for k in range(0, len(joined), CHUNK)]
        return np.concatenate(parts).astype(np.float64)


def network_name(weights: Path) -> str:
    """Return the name of the weights in a file, from their content.

    Raises:
        OSError: it cannot be read.
    """
    return hashlib.sha256(weights.read_bytes()).hexdigest()[:16]


def _windows(model: OnnxModel) -> GaitWindowParameters:
    """Return the parameters of the windows that a network says it takes.

    Raises:
        ModelError: it does not say, or its input is of another shape.
    """
    said = {name: model.metadata.get(name, '') for name in SAID}
    try:
        windows = GaitWindowParameters(
            rate=float(said['rate']),
            steps=int(said['steps']),
            points=int(said['points']),
            centring=said['centring'],
        )
    except (ValueError, ParameterError):
        raise ModelError(f'{model.path}: is no gait network, it names no windows') from None
    if model.inputs[1:] != (windows.steps, windows.points, CHANNELS):
        raise ModelError(
            f'{model.path}: takes {model.inputs}, a gait network takes windows of'
            f' {windows.steps} steps of {windows.points} points of {CHANNELS} numbers'
        )
    return windows


def _dimension(model: OnnxModel, windows: GaitWindowParameters) -> int:
    """Return the size of the features that a network gives for an empty window.

    Raises:
        ModelError: it gives something else.
    """
    outputs = model.run(np.zeros((1, windows.steps, windows.points, CHANNELS), np.float32))
    shapes = [output.shape for output in outputs]
    if len(shapes) != 1 or len(shapes[0]) != 2 or shapes[0][0] != 1:
        raise ModelError(f'{model.path}: gives {shapes}, a gait network one row per window')
    return int(shapes[0][1])

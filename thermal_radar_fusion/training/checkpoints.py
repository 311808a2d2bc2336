"""Checkpoints of training, and networks written as ONNX: what all trainings have in common."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from thermal_radar_fusion.parameters import ParameterError, Parameters

# Is told what is done, how much, and of how much.
Tell = Callable[[str, int, int], None]


class TrainingError(ParameterError):
    """Training cannot go on as asked; the text says why in one line."""


def write_checkpoint(file: Path, parameters: Parameters, state: Mapping[str, Any]) -> None:
    """Write all that is needed to go on from here; a file that is there is whole."""
    partial = file.with_suffix('.part')
    torch.save({'parameters': _named(parameters), **state}, partial)
    partial.replace(file)


def read_checkpoint(
    file: Path, keys: tuple[str, ...], parameters: Parameters | None = None
) -> dict[str, Any]:
    """Return what a checkpoint holds under some keys.

    Args:
        file: of the checkpoint.
        keys: that it must have.
        parameters: of the run that is gone on with; None takes any run's checkpoint.

    Raises:
        TrainingError: the file is no checkpoint, or of a run with other parameters.
    """
    try:
        state = torch.load(file, weights_only=True, map_location='cpu')
        theirs, wanted = state['parameters'], {key: state[key] for key in keys}
    except Exception as error:
        raise TrainingError(f'{file}: is no checkpoint ({type(error).__name__})') from None
    if parameters is not None and theirs != _named(parameters):
        listed = ', '.join(f'{name} {value}' for name, value in theirs.items())
        raise TrainingError(f'{file}: was written with other parameters: {listed}')
    return wanted


def _named(parameters: Parameters) -> dict[str, Any]:
    return {name: value for name, value, _ in parameters.flattened()}


@torch.no_grad()
def move_mean(mean: nn.Module, network: nn.Module, keep: float) -> None:
    """Move a running mean of a network's weights towards them; it keeps a share of itself."""
    theirs = network.state_dict()
    for name, value in mean.state_dict().items():
        if value.is_floating_point():
            value.lerp_(theirs[name], 1 - keep)
        else:
            value.copy_(theirs[name])


def export_onnx(
    network: nn.Module,
    example: Tensor,
    file: Path,
    names: tuple[str, str],
    axes: Mapping[int, str],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a network as ONNX.

    Args:
        network: ready to run.
        example: an input.
        file: to write.
        names: of input and output.
        axes: of both that may have any size, and what they are called.
        metadata: what the file shall say of itself.
    """
    with warnings.catch_warnings():
        # The exporter that needs nothing but onnx calls itself deprecated.
        warnings.simplefilter('ignore')
        torch.onnx.export(
            network,
            example,
            str(file),
            dynamo=False,
            opset_version=17,
            input_names=[names[0]],
            output_names=[names[1]],
            dynamic_axes={name: dict(axes) for name in names},
        )
    if metadata:
        model = onnx.load(file)
        onnx.helper.set_model_props(model, dict(metadata))
        onnx.save(model, file)

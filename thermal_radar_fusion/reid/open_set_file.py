"""What the scores of a network are worth: the open set that was fitted to it, beside its weights.

`trf calibrate reid` writes the file; `gait.onnx` has `gait.open_set.yaml`. It names the network
by its content, so that what was fitted to other weights is never used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.reid.gait_features import SHIPPED
from thermal_radar_fusion.reid.open_set import OpenSetParameters
from thermal_radar_fusion.reid.scatter import FeatureScatter
from thermal_radar_fusion.resources import resource
from thermal_radar_fusion.yaml_file import read_yaml

SUFFIX = '.open_set.yaml'
KEYS = {'network', 'scatter', 'open_set'}

HEAD = (
    '# What features of this network are worth: see docs/reid_evaluation.md. Written by\n'
    '# trf calibrate reid.\n'
)


@dataclass(frozen=True)
class OpenSet:
    """What tells known people from new ones.

    Attributes:
        parameters: what scores are worth.
        scatter: how features vary between people and walks; None where nothing was fitted, and
            the parameters are a guess for cosines.
    """

    parameters: OpenSetParameters = field(default_factory=OpenSetParameters)
    scatter: FeatureScatter | None = None


def shipped_open_set(network: str) -> OpenSet:
    """Return what was fitted to the network that comes with the package.

    Args:
        network: name of the weights in use, see `GaitFeatures.network`; for others than those
            that are shipped it is a guess.

    Raises:
        ResourceError: the package is not installed.
        ParameterError: the file is damaged.
    """
    return open_set_beside(resource(SHIPPED), network)


def open_set_beside(weights: Path, network: str) -> OpenSet:
    """Return what was fitted to some weights; a guess where nothing was fitted to them.

    Args:
        weights: file of the network.
        network: name of the weights.

    Raises:
        ParameterError: there is a file, but it is damaged; one line that names it.
    """
    file = open_set_file(weights)
    if not file.exists():
        return OpenSet()
    try:
        content = _checked(read_yaml(file))
        parameters = OpenSetParameters.from_mapping(content['open_set'])
        fitted = OpenSet(parameters, FeatureScatter.from_lists(content['scatter']))
    except ParameterError as error:
        raise ParameterError(f'{file}: {error}') from None
    return fitted if content['network'] == network else OpenSet()


def open_set_file(weights: Path) -> Path:
    """Return where the open set of a network is kept: `gait.open_set.yaml` beside `gait.onnx`."""
    return weights.with_suffix(SUFFIX)


def write_open_set(file: Path, network: str, fitted: OpenSet) -> None:
    """Write what was fitted to a network, the scatter included.

    Raises:
        OSError: the file cannot be written.
    """
    import yaml

    values = {name: float(f'{value:.6g}') for name, value, _ in fitted.parameters.flattened()}
    content = {'network': network, 'open_set': values, 'scatter': fitted.scatter.as_lists()}
    text = yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=98)
    file.write_text(HEAD + text, encoding='utf-8')


def _checked(content: Any) -> Mapping[str, Any]:
    """Return the content of a file, its keys checked.

    Raises:
        ParameterError: a key is missing, or there are others.
    """
    if not isinstance(content, dict) or content.keys() != KEYS:
        raise ParameterError(f'must have the keys {", ".join(sorted(KEYS))}, and no other')
    if not isinstance(content['open_set'], dict):
        raise ParameterError('open_set must be parameters by name')
    return content

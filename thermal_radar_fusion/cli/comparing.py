"""`trf simulate --compare`: a real recording of one person beside its simulated twin."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermal_radar_fusion.cli.common import BadInputError, console, table, working, write_json

if TYPE_CHECKING:
    from thermal_radar_fusion.datasets.recording import Recording
    from thermal_radar_fusion.evaluation.realism import Compared, Statistic
    from thermal_radar_fusion.simulation.radar_device import RadarDevice
    from thermal_radar_fusion.simulation.radar_echoes import RadarModel


def compare(
    bag: Path,
    output: Path | None = None,
    json: Path | None = None,
    seed: int = 0,
    settings: Sequence[str] = (),
) -> None:
    """Compare a real recording with a simulated one of the same walk; print, write, draw.

    Args:
        bag: of one person before one radar, for example from `trf import mmgait`.
        output: folder for the plots, made if need be; no plots if None.
        json: file for the figures.
        seed: of the simulation.
        settings: `device=NAME`, `device.PARAMETER=VALUE` or `model.PARAMETER=VALUE`.

    Raises:
        BadInputError, BagError, DatasetError, ParameterError: one line says what is wrong.
    """
    from thermal_radar_fusion.evaluation.realism import compare as compare_clouds
    from thermal_radar_fusion.evaluation.realism_twin import recognised_device, twin

    folder = _folder(output)
    chosen = _chosen(settings)
    with working('Reading') as tell:
        real = _with_reference(_one_radar(bag))
        name = chosen.pop('device', None) or recognised_device(real)
        device, model = _parameters(name, chosen)
        tell(f'Simulating {name}', 0, 1)
        simulated = twin(real, device, model, seed)
        tell('Comparing', 0, 1)
        compared = compare_clouds(real, simulated, device.frame_rate)
    _show(f'{bag} and a simulated {name}', compared)
    if folder is not None:
        _draw(folder, compared, real, simulated)
    write_json(json, {'device': name, 'seed': seed, 'statistics': _figures(compared)})


def _folder(output: Path | None) -> Path | None:
    """Return the folder for the plots, made if it is not there."""
    if output is None:
        return None
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(f'{output}: is no folder for plots ({error.strerror})') from None
    return output


def _chosen(settings: Sequence[str]) -> dict[str, Any]:
    """Return the settings by name.

    Raises:
        BadInputError: a setting is not KEY=VALUE or of nothing that is known.
    """
    import yaml

    chosen = {}
    for setting in settings:
        key, equals, text = setting.partition('=')
        key = key.strip()
        if not equals or (key != 'device' and not key.startswith(('device.', 'model.'))):
            known = 'device=NAME, device.PARAMETER=VALUE or model.PARAMETER=VALUE'
            raise BadInputError(f'--set {setting}: expected {known}')
        try:
            chosen[key] = yaml.safe_load(text)
        except yaml.YAMLError:
            raise BadInputError(f'--set {setting}: {text!r} is no value') from None
    return chosen


def _parameters(name: str, chosen: Mapping[str, Any]) -> tuple[RadarDevice, RadarModel]:
    """Return the device of that name and the model, with the changes that are asked for."""
    from thermal_radar_fusion.evaluation.realism_room import REFLECTOR_LOSS
    from thermal_radar_fusion.simulation.radar_device import RADAR_DEVICES
    from thermal_radar_fusion.simulation.radar_echoes import RadarModel

    if name not in RADAR_DEVICES:
        raise BadInputError(f'unknown device {name!r}; known are {", ".join(RADAR_DEVICES)}')
    groups: dict[str, dict[str, Any]] = {'device': {}, 'model': {}}
    for key, value in chosen.items():
        group, _, parameter = key.partition('.')
        groups[group][parameter] = value
    device = RADAR_DEVICES[name].replace(**groups['device'])
    return device, RadarModel.from_mapping({'wall_loss': REFLECTOR_LOSS, **groups['model']})


def _one_radar(bag: Path) -> Recording:
    """Return the recording of the one radar of a bag.

    Raises:
        BadInputError: several rooms, radars or people, or no points.
    """
    from thermal_radar_fusion.bags import read_recording

    recordings = read_recording(bag)
    if len(recordings) != 1:
        raise BadInputError(f'{bag}: has several rooms, one radar is compared')
    (recording,) = recordings
    sensors = sorted({frame.sensor for frame in recording.frames})
    if len(sensors) > 1:
        raise BadInputError(f'{bag}: has several radars ({", ".join(sensors)}), one is compared')
    if not any(len(frame.points) for frame in recording.frames):
        raise BadInputError(f'{bag}: has no radar points')
    if len(recording.people) > 1:
        raise BadInputError(f'{bag}: has several people, one is compared')
    return recording


def _with_reference(recording: Recording) -> Recording:
    """Return a recording with reference and labels, in the radar's frame.

    A bag's ground truth is in its room's frame and of the person, not of the reflections: the
    reference is found in the cloud, of real and simulated recordings alike.
    """
    from thermal_radar_fusion.datasets.reference import with_reference

    return with_reference(
        dataclasses.replace(recording, people=recording.people or ('person',), truth=None)
    )


def _show(title: str, compared: Mapping[str, Compared]) -> None:
    """Print the comparison."""
    shown = table(title, 'figure', 'real', '10-90 %', 'simulated', '10-90 %', 'ratio', '25 %')
    for name, pair in compared.items():
        label = f'{name} [{pair.real.unit}]' if pair.real.unit else name
        verdict = '' if math.isnan(pair.ratio) else ('within' if pair.close else 'beyond')
        shown.add_row(
            label, *_cells(pair.real), *_cells(pair.simulated), _number(pair.ratio, 2), verdict
        )
    console().print(shown)


def _cells(statistic: Statistic) -> tuple[str, str]:
    """Return a value and the range of its samples as text."""
    low, high = statistic.range
    spread = '' if math.isnan(low) else f'{_number(low)} - {_number(high)}'
    return _number(statistic.value), spread


def _number(value: float, digits: int = 3) -> str:
    """Return a number as text, nothing for not-a-number."""
    return '' if math.isnan(value) else f'{value:.{digits}f}'


def _figures(compared: Mapping[str, Compared]) -> dict[str, Any]:
    """Return the comparison for JSON."""
    return {
        name: {
            'real': pair.real.value,
            'simulated': pair.simulated.value,
            'ratio': pair.ratio,
            'within_25_percent': pair.close,
            'real_p10_p90': pair.real.range,
            'simulated_p10_p90': pair.simulated.range,
            'unit': pair.real.unit,
        }
        for name, pair in compared.items()
    }


def _draw(
    folder: Path, compared: Mapping[str, Compared], real: Recording, simulated: Recording
) -> None:
    """Write the plots and say where."""
    from thermal_radar_fusion.evaluation.realism_figures import birds_eye, distributions

    figures = {
        'compare_distributions.png': distributions(compared),
        'compare_birds_eye.png': birds_eye(real, simulated),
    }
    try:
        for name, figure in figures.items():
            figure.savefig(folder / name, dpi=100)
    except OSError as error:
        raise BadInputError(f'{folder}: cannot be written ({error.strerror})') from None
    console().print(f'plots: {", ".join(str(folder / name) for name in figures)}')

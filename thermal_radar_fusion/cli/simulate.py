"""`trf simulate`: a scene with every sensor and the truth, as a bag."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.common import (
    BadInputError,
    ForceOption,
    JsonOption,
    Storage,
    StorageOption,
    console,
    table,
    working,
    write_json,
)

if TYPE_CHECKING:
    from thermal_radar_fusion.simulation.simulation import Simulation

# Thousandths of a scene: finer steps are not seen in a progress bar.
STEPS = 1000


ScenarioArgument = Annotated[
    str | None,
    typer.Argument(metavar='NAME|FILE.yaml', help='A scenario by its name, or of your own.'),
]
OutputOption = Annotated[
    Path | None,
    typer.Option('-o', '--output', metavar='BAG', help='The bag to write, a new folder.'),
]
DurationOption = Annotated[
    float | None,
    typer.Option(metavar='SECONDS', help="Of the scene; if not given, the scenario's own."),
]
SettingsOption = Annotated[
    list[str] | None,
    typer.Option('--set', metavar='KEY=VALUE', help='Change the scenario: people.count=4.'),
]
SensorsOption = Annotated[
    str,
    typer.Option(metavar='LIST', help='Some kinds of radar,thermal,lowres_ir; else all.'),
]
CompareOption = Annotated[
    Path | None,
    typer.Option(
        '--compare',
        metavar='REAL_BAG',
        help='Instead: simulate the like of a real recording and set the two side by side;'
        ' -o is then a folder for the plots, --set of device or model.',
    ),
]


def simulate(
    scenario: ScenarioArgument = None,
    output: OutputOption = None,
    seed: Annotated[int, typer.Option(min=0, help='Of chance: the same, the same bag.')] = 0,
    duration: DurationOption = None,
    settings: SettingsOption = None,
    sensors: SensorsOption = '',
    force: ForceOption = False,
    storage: StorageOption = Storage.MCAP,
    list_scenarios: Annotated[
        bool, typer.Option('--list', help='Show the scenarios there are, and exit.')
    ] = False,
    compare: CompareOption = None,
    json: JsonOption = None,
) -> None:
    """Simulate a scene: people, what every sensor sees of them, and the truth, in a bag."""
    if list_scenarios:
        _show_scenarios(json)
    elif compare is not None:
        _compare(compare, scenario, output, seed, settings or (), json)
    elif output is None and scenario is not None:
        raise BadInputError('where to? Name a new bag with -o')
    else:
        scene = partial(_simulation, scenario, seed, duration, settings or (), sensors)
        _simulate_into(output, scene, storage, force, json)


def _compare(
    real: Path,
    scenario: str | None,
    output: Path | None,
    seed: int,
    settings: Sequence[str],
    json: Path | None,
) -> None:
    """Set a real recording beside a simulated one of the same kind."""
    from thermal_radar_fusion.cli import comparing

    if scenario is not None:
        raise BadInputError(f'--compare makes a scene of its own, {scenario!r} is one too many')
    comparing.compare(real, output, json, seed, settings)


def _simulation(
    scenario: str | None,
    seed: int,
    duration: float | None,
    settings: Sequence[str],
    sensors: str,
) -> Simulation:
    """Return the simulation that the options ask for.

    Raises:
        BadInputError, ParameterError, ScenarioError: something is missing, unknown or impossible.
    """
    from thermal_radar_fusion.simulated_scene import simulation_of
    from thermal_radar_fusion.simulation.scenario import scenario_names

    if scenario is None:
        known = ', '.join(scenario_names())
        raise BadInputError(f'which scenario? Known are {known}; or the path of a YAML file')
    kinds = [word.strip() for word in sensors.split(',') if word.strip()]
    return simulation_of(scenario, seed, duration, settings, kinds)


def _simulate_into(
    output: Path, scene: Callable[[], Simulation], storage: Storage, force: bool, json: Path | None
) -> None:
    """Write the bag and say what is in it."""
    from thermal_radar_fusion.simulated_bags import write_simulation

    with working('Planning who goes where') as show:
        simulation = scene()

        def tell(elapsed: float) -> None:
            done = min(elapsed / simulation.duration, 1.0)
            show('Simulating', round(done * STEPS), STEPS)

        begin = time.perf_counter()
        written = write_simulation(
            output, simulation, storage=storage.value, force=force, tell=tell
        )
        elapsed = time.perf_counter() - begin
    figures = _figures(simulation, written, elapsed, output)
    _report(output, figures)
    write_json(json, figures)


def _figures(
    simulation: Simulation, written: Mapping[str, int], elapsed: float, output: Path
) -> dict[str, Any]:
    """Return what was simulated by the names that --json writes."""
    return {
        'scenario': simulation.scenario.name,
        'seed': simulation.seed,
        'duration_s': simulation.duration,
        'people': list(simulation.people),
        'rooms': list(simulation.scenario.plan.room_names),
        'messages': dict(sorted(written.items())),
        'bytes': sum(file.stat().st_size for file in output.iterdir()),
        'elapsed_s': elapsed,
        'realtime_factor': simulation.duration / elapsed,
    }


def _report(output: Path, figures: Mapping[str, Any]) -> None:
    """Print what was simulated, and what to do with it."""
    shown = table(str(output), 'figure', 'value')
    shown.add_row('people', f'{len(figures["people"])}: {", ".join(figures["people"])}')
    shown.add_row('duration', f'{figures["duration_s"]:.1f} s')
    for topic, count in figures['messages'].items():
        shown.add_row(topic, f'{count}')
    shown.add_row('size', f'{figures["bytes"] / 1e6:.1f} MB')
    shown.add_row('faster than real time', f'{figures["realtime_factor"]:.1f} x')
    out, bag = console(), quote(str(output))
    out.print(shown)
    for label, text in (
        ('Bag', str(output.resolve())),
        ('Next', f'trf process {bag} -o {quote(f"{output}_processed")}'),
        ('', f'trf evaluate tracking {bag}{_room_of(figures)}'),
        ('', f'trf up --bag {bag}'),
    ):
        out.print(f'{label:8}{text}', markup=False, soft_wrap=True)


def _room_of(figures: Mapping[str, Any]) -> str:
    """Return the option that names a room where there are several."""
    watched = [room for room in figures['rooms'] if f'/{room}/radar/points' in figures['messages']]
    return f' --room {watched[0]}' if len(watched) > 1 else ''


def _show_scenarios(json: Path | None) -> None:
    """Print each scenario with what it is about."""
    from thermal_radar_fusion.simulation.scenario import load_scenario, scenario_names

    about = {name: load_scenario(name).description for name in scenario_names()}
    shown = table('Scenarios', 'name', 'what happens')
    shown.columns[1].justify = 'left'
    for name, text in about.items():
        shown.add_row(name, ' '.join(text.split()))
    console().print(shown)
    write_json(json, about)

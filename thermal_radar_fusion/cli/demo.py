"""`trf demo`: simulated people, the real node graph, a live table, a bag and a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from thermal_radar_fusion.cli.common import BadInputError, JsonOption, console, working, write_json

if TYPE_CHECKING:
    from thermal_radar_fusion.camera_model import Intrinsics
    from thermal_radar_fusion.cli.live import Scene
    from thermal_radar_fusion.cli.rendering import ImageRenderer
    from thermal_radar_fusion.cli.watching import Watch
    from thermal_radar_fusion.datasets.recording import Recording
    from thermal_radar_fusion.deployment import Deployment
    from thermal_radar_fusion.simulation.scenario import Scenario

CONFIG = 'config/demo.yaml'
LOGS = 'logs'
REFRESH = 8.0


def demo(
    duration: Annotated[
        float,
        typer.Option(min=5, max=3600, metavar='SECONDS', help='Length of the demonstration.'),
    ] = 28.0,
    live: Annotated[bool, typer.Option(help='Show what goes on while it runs.')] = True,
    output: Annotated[
        Path, typer.Option('-o', '--output', metavar='FOLDER', help='For the bag and the report.')
    ] = Path('demo_output'),
    seed: Annotated[int, typer.Option(min=0, help='Of the simulation.')] = 0,
    json: JsonOption = None,
) -> None:
    """Watch simulated people being tracked and measured by real ROS 2 nodes; no hardware."""
    from thermal_radar_fusion import ros_environment

    ros_environment.enter()

    from thermal_radar_fusion.cli.node_processes import stopped_by_signals

    with stopped_by_signals():
        _demonstrate(duration, live, output, seed, json)


def _demonstrate(duration: float, live: bool, output: Path, seed: int, json: Path | None) -> None:
    """Run everything and say what was seen."""
    from thermal_radar_fusion.bags import BagWriter
    from thermal_radar_fusion.cli.rendering import ImageRenderer
    from thermal_radar_fusion.cli.watching import Watch
    from thermal_radar_fusion.cli.watching_cameras import CamerasWatch
    from thermal_radar_fusion.deployment import load_deployment, simulated_content
    from thermal_radar_fusion.resources import resource
    from thermal_radar_fusion.simulated_messages import mountings
    from thermal_radar_fusion.yaml_file import read_yaml

    bag = output / 'bag'
    if bag.exists() and not (output / LOGS).is_dir():
        raise BadInputError(f'{bag}: exists and is from no demonstration; choose another --output')
    deployed = load_deployment(resource(CONFIG))
    scenario = deployed.simulated.scenario()
    recording = _simulated(scenario, duration, seed)
    cameras = CamerasWatch(deployed, recording.room, _intrinsics(scenario))
    # What an earlier demonstration left is no loss: the same seed gives the same again.
    with (
        BagWriter(bag, force=True, compress=True) as writer,
        ImageRenderer(deployed.simulated, seed, duration) as renderer,
    ):
        watch = Watch(recording.room, writer, cameras=cameras)
        writer.names(recording.room, recording.people)
        writer.deployment(simulated_content(read_yaml(resource(CONFIG))))
        writer.mountings(time.time(), mountings(scenario))
        shown = live and console().is_terminal
        _run(deployed, recording, watch, renderer, shown, output / LOGS)
    report = output / 'report.html'
    _write_report(report, watch, bag, deployed)
    _tell(watch, recording, bag, report)
    write_json(json, watch.processed().summary())


def _simulated(scenario: Scenario, duration: float, seed: int) -> Recording:
    """Return what the radar of the scenario's only room sees, with the truth."""
    from thermal_radar_fusion.simulation.simulation import simulate

    with working('Simulating'):
        (recording,) = simulate(scenario, seed, duration)
    return recording


def _intrinsics(scenario: Scenario) -> dict[str, Intrinsics]:
    """Return the camera matrices of the scenario's thermal cameras."""
    from thermal_radar_fusion.simulation.thermal_camera import ThermalCameraModel

    cameras = scenario.thermal_cameras
    return {n: ThermalCameraModel.from_mapping(c.model).intrinsics for n, c in cameras.items()}


def _run(
    deployed: Deployment,
    recording: Recording,
    watch: Watch,
    renderer: ImageRenderer,
    live: bool,
    logs: Path,
) -> None:
    """Start the graph, play recording and images into it, show what comes back."""
    from thermal_radar_fusion.cli.watching import play, running_graph

    logs.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    with running_graph(deployed, watch, logs) as (port, nodes):
        names = ', '.join(nodes.names)
        console().print(f'{names} are up after {time.monotonic() - begin:.1f} s')
        shown = _live(deployed, recording, watch) if live else _lines(watch)
        with shown as show:
            play(port, nodes, watch, recording, show, renderer)


@contextmanager
def _live(
    deployed: Deployment, recording: Recording, watch: Watch
) -> Iterator[Callable[[float], None]]:
    """Show a plan and tables that follow the graph; yields what is to be called in between."""
    from rich.live import Live

    from thermal_radar_fusion.cli import live

    bounds, rows = deployed.rooms[recording.room].area.bounds, live.plan_rows(console().height)
    due = 0.0
    with Live(console=console(), auto_refresh=False, transient=True) as display:

        def show(elapsed: float) -> None:
            nonlocal due
            if elapsed >= due:
                due = elapsed + 1 / REFRESH
                scene = _scene(recording.room, bounds, watch, rows)
                latency = watch.recent_latency()
                view = live.view(scene, elapsed, recording.duration, latency)
                display.update(view, refresh=True)

        yield show


def _scene(room: str, bounds: Sequence[Sequence[float]], watch: Watch, rows: int) -> Scene:
    """Return what is known of a room now."""
    from thermal_radar_fusion.cli.live import Scene

    names = watch.identities.names.of(room, [track.track_id for track in watch.tracks])
    screened = watch.cameras.screened
    return Scene(room, bounds, watch.tracks, watch.contacts, rows, screened, names)


@contextmanager
def _lines(watch: Watch) -> Iterator[Callable[[float], None]]:
    """Print one line for each contact that begins or ends, each temperature and identity."""
    from thermal_radar_fusion.cli.contact_lines import ContactLines
    from thermal_radar_fusion.cli.identity_lines import IdentityLines
    from thermal_radar_fusion.cli.screening_lines import ScreeningLines

    watch.on_contact = ContactLines().tell
    watch.identities.on_identities = IdentityLines().tell
    watch.cameras.on_screenings = ScreeningLines().tell
    yield lambda elapsed: None


def _write_report(report: Path, watch: Watch, bag: Path, deployed: Deployment) -> None:
    """Write the report of what the graph said, with the truth that the bag holds."""
    from thermal_radar_fusion.bags import open_bag
    from thermal_radar_fusion.report import write_report

    with open_bag(bag) as opened:
        truth = opened.truth()
    write_report(
        report,
        watch.processed(),
        deployed,
        truth,
        title='Demonstration: three simulated people, one with a temperature',
        latency_of='time from a radar frame to /contacts, over DDS',
    )


def _tell(watch: Watch, recording: Recording, bag: Path, report: Path) -> None:
    """Say what was seen, where it lies, and what to try next."""
    from thermal_radar_fusion.cli.process import (
        contact_table,
        identity_table,
        temperature_table,
    )

    processed = watch.processed()
    figures = processed.summary()
    latency, contacts = figures['latency_ms'], len(processed.contacts)
    out, quoted = console(), quote(str(bag))
    out.print(
        f'[bold]{figures["confirmed_tracks"]}[/] tracks of {len(recording.people)} people,'
        f' [bold]{contacts}[/] {"contact" if contacts == 1 else "contacts"};'
        f' {figures["frames"]} of {len(recording.frames)} radar frames and'
        f' {figures["images"]} of {watch.cameras.sent + watch.cameras.late} thermal images'
        ' answered',
        soft_wrap=True,
    )
    out.print(
        f'radar frame to /contacts over DDS: median {latency["p50"]:.1f} ms,'
        f' p99 {latency["p99"]:.1f} ms;'
        f' thermal image to screenings: {figures["image_latency_ms"]["p50"]:.1f} ms',
        soft_wrap=True,
    )
    if processed.temperatures:
        out.print(temperature_table(processed))
    if processed.visits:
        out.print(identity_table(processed))
    if processed.contacts:
        out.print(contact_table(processed))
    for label, text in (
        ('Report', report.resolve()),
        ('Bag', bag.resolve()),
        ('Next', f'trf process {quoted} -o {quote(str(bag.parent / "processed"))}'),
        ('', f'trf evaluate tracking {quoted}'),
        ('', 'trf bench latency'),
    ):
        out.print(f'{label:8}{text}', markup=False, soft_wrap=True)

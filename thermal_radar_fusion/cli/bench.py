"""`trf bench`: how fast it is on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.benching_welm import welm
from thermal_radar_fusion.cli.common import (
    BadInputError,
    JsonOption,
    console,
    help_without_command,
    progress,
    table,
    working,
    write_json,
)

if TYPE_CHECKING:
    from thermal_radar_fusion.cli.watching import Answer
    from thermal_radar_fusion.datasets.recording import Recording

app = typer.Typer(help='Measure speed on this machine.', invoke_without_command=True)
app.callback()(help_without_command)
app.command('welm')(welm)

BagOption = Annotated[
    Path | None, typer.Option('--bag', help='Take the frames of this bag; else simulated ones.')
]
SecondsOption = Annotated[
    float, typer.Option(min=5, max=3600, metavar='SECONDS', help='Length of the measurement.')
]


@app.command('latency')
def latency(bag: BagOption = None, seconds: SecondsOption = 30.0, json: JsonOption = None) -> None:
    """Measure the way of radar frames to /contacts through real nodes over DDS."""
    from thermal_radar_fusion import ros_environment

    ros_environment.enter()

    from thermal_radar_fusion.cli.node_processes import stopped_by_signals

    recording = _recording(bag, seconds)
    with stopped_by_signals():
        figures = _latency_figures(_answers(recording), len(recording.frames))
    shown = table('Latency over DDS [ms]', 'from radar frame to', 'median', 'p99', 'largest')
    for topic, name in (('tracks', f'/{recording.room}/radar/tracks'), ('contacts', '/contacts')):
        hop = figures['hops_ms'][topic]
        shown.add_row(name, f'{hop["p50"]:.2f}', f'{hop["p99"]:.2f}', f'{hop["max"]:.2f}')
    console().print(shown)
    console().print(f'{figures["answered"]} of {figures["frames"]} frames answered')
    write_json(json, figures)


@app.command('tracker')
def tracker(bag: BagOption = None, seconds: SecondsOption = 30.0, json: JsonOption = None) -> None:
    """Measure the computing time of a frame: both methods beside a plain tracker."""
    from thermal_radar_fusion.evaluation.baseline import BaselineTracker
    from thermal_radar_fusion.radar.tracker import RadarTracker, TrackerParameters

    recording = _recording(bag, seconds)
    methods = {
        'plain: DBSCAN, Hungarian, Kalman': BaselineTracker,
        'soft (default)': RadarTracker,
        'paper': lambda: RadarTracker(TrackerParameters.preset('paper')),
    }
    # In turns, so that a busy moment of the machine hits all of them.
    times = _frame_times(recording, methods)
    figures = {name: _milliseconds(values) for name, values in times.items()}
    plain = next(iter(figures.values()))['mean']
    shown = table('Computing time of a frame [ms]', 'tracker', 'mean', 'median', 'p99', 'ratio')
    for name, figure in figures.items():
        figure['ratio_to_plain'] = figure['mean'] / plain
        numbers = [f'{figure[key]:.3f}' for key in ('mean', 'p50', 'p99')]
        shown.add_row(name, *numbers, f'{figure["ratio_to_plain"]:.2f}')
    console().print(shown)
    write_json(json, {'frames': len(recording.frames), 'methods': figures})


def _recording(bag: Path | None, seconds: float) -> Recording:
    """Return the frames to measure with: of a bag's only or first room, or simulated."""
    from thermal_radar_fusion.bags import read_recording
    from thermal_radar_fusion.datasets.recording import Recording
    from thermal_radar_fusion.simulation.scenario import load_scenario
    from thermal_radar_fusion.simulation.simulation import simulate

    if bag is None:
        whole = simulate(load_scenario('free'), duration=seconds)[0]
    else:
        whole = read_recording(bag)[0]
    if not whole.frames:
        raise BadInputError(f'{bag}: has no radar frames')
    # Neither truth nor labels: they would be published too.
    return Recording(whole.excerpt(0.0, seconds).frames, room=whole.room)


def _answers(recording: Recording) -> list[Answer]:
    """Play the recording into the graph of a plain deployment and return what came of it."""
    from tempfile import TemporaryDirectory

    from thermal_radar_fusion.cli.watching import Watch, play, running_graph
    from thermal_radar_fusion.deployment import Deployment

    deployed = Deployment.default(recording.room, recording.frames[0].sensor)
    watch = Watch(recording.room)
    with (
        TemporaryDirectory() as logs,
        working('Starting the nodes') as tell,
        running_graph(deployed, watch, Path(logs)) as (port, nodes),
    ):
        length = round(recording.duration)
        play(port, nodes, watch, recording, lambda t: tell('Playing', round(t), length))
    return list(watch.answers.values())


def _latency_figures(answers: list[Answer], frames: int) -> dict[str, Any]:
    """Return medians and percentiles of each hop."""
    from thermal_radar_fusion.cli.watching import latencies

    hops = {topic: _milliseconds(values) for topic, values in latencies(answers).items()}
    contacts = hops['contacts']
    return {
        'frames': frames,
        'answered': sum(answer.contacts is not None for answer in answers),
        'latency_ms': {'p50': contacts['p50'], 'p99': contacts['p99']},
        'hops_ms': hops,
    }


def _frame_times(
    recording: Recording, methods: dict[str, Callable[[], Any]]
) -> dict[str, list[float]]:
    """Return the seconds that each method's tracker took for each frame."""
    trackers = {name: make() for name, make in methods.items()}
    times: dict[str, list[float]] = {name: [] for name in methods}
    for frame in progress(recording.frames, 'Tracking'):
        for name, tracker in trackers.items():
            # Of this thread alone: what else the machine does is not the trackers' fault.
            begin = time.thread_time()
            tracker.update(frame)
            times[name].append(time.thread_time() - begin)
    return times


def _milliseconds(seconds: Any) -> dict[str, float]:
    """Return mean, median, 99th percentile and maximum [ms]; not-a-number of nothing."""
    import numpy as np

    values = np.asarray(seconds) * 1e3 if len(seconds) else np.full(1, np.nan)
    p50, p99 = np.percentile(values, [50, 99])
    return {
        'mean': float(values.mean()),
        'p50': float(p50),
        'p99': float(p99),
        'max': float(values.max()),
    }

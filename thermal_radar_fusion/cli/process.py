"""`trf process`: a bag through the whole pipeline, offline and faster than real time."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thermal_radar_fusion.cli.common import (
    BadInputError,
    BagArgument,
    ConfigOption,
    ForceOption,
    JsonOption,
    SetOption,
    console,
    deployment_of,
    progress,
    radar_sources,
    table,
    write_json,
)

if TYPE_CHECKING:
    from thermal_radar_fusion.bags import Truth
    from thermal_radar_fusion.deployment import Deployment
    from thermal_radar_fusion.processed_bag import ProcessedBag

TRACK_COLUMNS = ('stamp', 'room', 'track_id', 'status', 'x', 'y', 'vx', 'vy')
TRACK_COLUMNS += ('std_x', 'std_y', 'height', 'existence', 'points')
CONTACT_COLUMNS = ('person_a', 'person_b', 'room', 'state', 'start_s', 'last_s', 'duration_s')
CONTACT_COLUMNS += ('distance_m', 'distance_std_m', 'distance_min_m', 'distance_mean_m')
CONTACT_COLUMNS += ('elevated',)
TEMPERATURE_COLUMNS = ('person', 'room', 'camera', 'track_id', 'face_id', 'confidence')
TEMPERATURE_COLUMNS += ('temperature_c', 'temperature_std_k', 'samples')
TEMPERATURE_COLUMNS += ('threshold_c', 'margin_k', 'elevated')
IDENTITY_COLUMNS = ('person', 'room', 'track_id', 'state', 'confidence')
IDENTITY_COLUMNS += ('begin_s', 'end_s', 'decided_s')
RESULTS = ('report.html', 'tracks.csv', 'contacts.csv', 'temperatures.csv', 'identities.csv')
RESULTS += ('results',)


def process(
    bag: BagArgument,
    config: ConfigOption = None,
    settings: SetOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            '-o',
            '--output',
            metavar='FOLDER',
            help='Write report.html, a bag of the results and tables of tracks, contacts,'
            ' temperatures and identities here.',
        ),
    ] = None,
    gallery: Annotated[
        Path | None,
        typer.Option(
            '--gallery',
            metavar='FILE',
            help='People known from before, and to be known from now on; without it everybody is'
            ' somebody new and forgotten again.',
        ),
    ] = None,
    identities: Annotated[
        bool, typer.Option(help='Whether to recognise people by their gait.')
    ] = True,
    force: ForceOption = False,
    json: JsonOption = None,
) -> None:
    """Track people, recognise them, take temperatures, find contacts; print and write them."""
    deployed = deployment_of(bag, config, settings).with_gallery(gallery)
    if not identities:
        deployed = replace(deployed, identification=None)
    processed, truth = process_bag(bag, deployed)
    show_summary(processed, bag)
    if output is not None:
        write_results(output, processed, truth, deployed, title=bag.stem, force=force)
    write_json(json, processed.summary())


def process_bag(bag: Path, deployed: Deployment) -> tuple[ProcessedBag, Truth | None]:
    """Run a bag through the pipeline; also return what it knows of the truth."""
    from thermal_radar_fusion import pipeline
    from thermal_radar_fusion.bags import BagImage, open_bag
    from thermal_radar_fusion.cli.bag_topics import camera_infos, camera_sources

    with open_bag(bag) as opened:
        sources = opened.radar_sources(radar_sources(deployed))
        if not opened.frame_count(sources):
            raise BadInputError(f'{bag}: has no radar frames')
        cameras = camera_sources(deployed, opened)
        total = opened.frame_count({**sources, **cameras})
        readings = progress(opened.readings(sources, cameras), 'Tracking', total)
        processed = pipeline.process(
            (r if isinstance(r, BagImage) else (r.room, r.frame) for r in readings),
            deployed,
            camera_infos(deployed, opened),
            lambda text: console(stderr=True).print(text, markup=False, soft_wrap=True),
        )
        return processed, opened.truth()


def show_summary(processed: ProcessedBag, bag: Path) -> None:
    """Print the figures of a processed bag and its contacts."""
    figures = processed.summary()
    latency = figures['latency_ms']
    shown = table(str(bag), 'figure', 'value')
    shown.add_row('radar frames', f'{figures["frames"]}')
    shown.add_row('duration', f'{figures["duration_s"]:.1f} s')
    shown.add_row('confirmed tracks', f'{figures["confirmed_tracks"]}')
    shown.add_row('coverage', f'{figures["coverage"]:.3f}')
    shown.add_row('contacts', f'{len(figures["contacts"])}')
    if processed.images:
        shown.add_row('thermal images', f'{figures["images"]}')
        shown.add_row('temperatures', f'{len(figures["temperatures"])}')
    if processed.identified:
        shown.add_row('people recognised', f'{processed.people}')
    shown.add_row('faster than real time', f'{figures["realtime_factor"]:.0f} x')
    shown.add_row('per frame, median', f'{latency["p50"]:.2f} ms')
    shown.add_row('per frame, p99', f'{latency["p99"]:.2f} ms')
    if processed.images:
        shown.add_row('per image, median', f'{figures["image_latency_ms"]["p50"]:.1f} ms')
    console().print(shown)
    if processed.temperatures:
        console().print(temperature_table(processed))
    if processed.visits:
        console().print(identity_table(processed))
    if processed.contacts:
        console().print(contact_table(processed))


def identity_table(processed: ProcessedBag) -> Any:
    """Return who was where as a table; times are relative to the first frame."""
    begin = min(frame.stamp for frame in processed.frames)
    shown = table('People', 'track', 'who', '', 'sure', 'from', 'to', 'known after')
    for visit in processed.visits:
        shown.add_row(
            visit.track,
            visit.identity.person or '–',
            visit.state,
            visit.sure,
            f'{visit.begin - begin:.1f} s',
            f'{visit.end - begin:.1f} s',
            visit.known_after,
        )
    return shown


def temperature_table(processed: ProcessedBag) -> Any:
    """Return the temperatures as a table."""
    from thermal_radar_fusion.fusion.screened import NO_TRACK, NOTICE
    from thermal_radar_fusion.screening_figures import person_name, verdict

    paired = [found for found in processed.temperatures if found.track_id != NO_TRACK]
    others = len(processed.temperatures) - len(paired)
    shown = table('Temperatures', 'who', 'skin', '±', 'readings', 'threshold', 'margin', '')
    for found in paired or processed.temperatures:
        judged = math.isfinite(found.margin)
        shown.add_row(
            person_name(found),
            f'{found.temperature:.2f} °C',
            f'{found.temperature_std:.2f} K',
            f'{found.samples}',
            f'{found.threshold:.2f} °C' if judged else '–',
            f'{found.margin:+.2f} K' if judged else '–',
            verdict(found),
        )
    more = f'Faces without a radar track: {others}. ' if paired and others else ''
    shown.caption = more + NOTICE
    return shown


def contact_table(processed: ProcessedBag) -> Any:
    """Return the contacts as a table; times are relative to the first frame."""
    begin = min(frame.stamp for frame in processed.frames)
    shown = table('Contacts', 'who', 'from', 'for', 'nearest', 'mean')
    for contact in processed.contacts:
        shown.add_row(
            f'{contact.person_a} and {contact.person_b}',
            f'{contact.start - begin:.1f} s',
            f'{contact.duration:.1f} s',
            f'{contact.distance_min:.2f} m',
            f'{contact.distance_mean:.2f} m',
        )
    return shown


def write_results(
    folder: Path,
    processed: ProcessedBag,
    truth: Truth | None,
    deployed: Deployment,
    *,
    title: str,
    force: bool,
) -> None:
    """Write tables, a bag of tracks and contacts, and the report into a folder.

    Raises:
        BadInputError: the folder cannot be written.
        BagError: it holds results already and `force` is not given.
    """
    from thermal_radar_fusion.bags import BagWriter
    from thermal_radar_fusion.identity_figures import visit_figures
    from thermal_radar_fusion.pipeline import write_processed
    from thermal_radar_fusion.processed_bag import contact_figures
    from thermal_radar_fusion.report import write_report
    from thermal_radar_fusion.screening_figures import screening_figures

    try:
        with BagWriter(folder / 'results', force=force, map_frame=deployed.frame) as bag:
            write_processed(bag, processed, deployed)
        write_table(folder / 'tracks.csv', TRACK_COLUMNS, track_rows(processed))
        contacts = [contact_figures(contact) for contact in processed.contacts]
        write_figures(folder / 'contacts.csv', CONTACT_COLUMNS, contacts)
        found = [screening_figures(found) for found in processed.temperatures]
        write_figures(folder / 'temperatures.csv', TEMPERATURE_COLUMNS, found)
        people = [visit_figures(visit) for visit in processed.visits]
        write_figures(folder / 'identities.csv', IDENTITY_COLUMNS, people)
        write_report(folder / 'report.html', processed, deployed, truth, title=title)
    except OSError as error:
        raise BadInputError(f'{folder}: cannot be written ({error.strerror})') from None
    for name in RESULTS:
        console().print(f'  {folder / name}', markup=False, soft_wrap=True)


def write_figures(
    path: Path, columns: Sequence[str], entries: Iterable[Mapping[str, object]]
) -> None:
    """Write named figures as a CSV file with some of the names as its header."""
    write_table(path, columns, ([entry[column] for column in columns] for entry in entries))


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file with a header."""
    with path.open('w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def track_rows(processed: ProcessedBag) -> Iterable[list[Any]]:
    """Yield the rows of tracks.csv: one for each track and frame, seconds and metres."""
    for frame in processed.frames:
        for track in frame.tracked.tracks:
            std = track.covariance.diagonal() ** 0.5
            figures = [*track.state, std[0], std[1], track.height, track.existence]
            row = [f'{frame.stamp:.6f}', frame.room, track.track_id, track.status.name.lower()]
            yield [*row, *(f'{float(figure):.4f}' for figure in figures), track.points]

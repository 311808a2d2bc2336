"""What `trf demo` and `trf up` show while they run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from thermal_radar_fusion.contacts.proximity import Contact, ContactState, track_name
from thermal_radar_fusion.fusion.screened import NOTICE, Screening, is_elevated
from thermal_radar_fusion.radar.track import RadarTrack, TrackStatus

COLORS = ('dodger_blue1', 'dark_orange', 'green3', 'hot_pink', 'medium_purple1', 'cyan2')
COLORS += ('red1', 'chartreuse2', 'gold3', 'grey62')
PLAN_COLUMNS = 70
FEWEST_ROWS, MOST_ROWS, OTHER_ROWS = 4, 13, 21
MOST_CONTACTS = 6
LINE_POINTS = 24


@dataclass(frozen=True)
class Scene:
    """What is known of one room now.

    Attributes:
        bounds: (M, 2) corners in metres.
        rows: lines of text for the plan.
        screened: what is known of temperatures, by the ids of tracks.
        names: who they are as far as known, likewise.
    """

    room: str
    bounds: Sequence[Sequence[float]]
    tracks: Sequence[RadarTrack]
    contacts: Sequence[Contact]
    rows: int = MOST_ROWS
    screened: Mapping[int, Screening] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)


def plan_rows(height: int) -> int:
    """Return how many lines the plan may have on a terminal of some height."""
    return min(max(height - OTHER_ROWS, FEWEST_ROWS), MOST_ROWS)


def view(scene: Scene, elapsed: float, duration: float, latency: float | None) -> RenderableType:
    """Return everything that is known now: plan, people, contacts, progress."""
    parts = [
        _floor_plan(scene),
        _people_table(scene),
        _contact_table(scene.contacts),
        _status_line(elapsed, duration, latency),
    ]
    return Panel(
        Group(*parts),
        title=f'thermal_radar_fusion: {scene.room}',
        title_align='left',
        box=box.ROUNDED,
        border_style='grey50',
        width=PLAN_COLUMNS + 6,
        padding=(0, 1),
    )


def color(track_id: int) -> str:
    """Return the colour of a track; neighbours in number differ."""
    return COLORS[(track_id - 1) % len(COLORS)]


def name(room: str, track: RadarTrack, person: str = '') -> Text:
    """Return a track's name in its colour, and the person's where it is known."""
    text = Text(f'● {track_name(room, track.track_id)}', style=color(track.track_id))
    return text.append(f' {person}', style='bold') if person else text


def _floor_plan(scene: Scene) -> Text:
    """Return the room from above: x to the right, y up, the radar at its origin."""
    cells = _cells(scene)
    plan = Text()
    plan.append('╭' + '─' * PLAN_COLUMNS + '╮\n', style='grey50')
    for row in range(scene.rows):
        plan.append('│', style='grey50')
        for column in range(PLAN_COLUMNS):
            mark, style = cells.get((row, column), (' ', ''))
            plan.append(mark, style=style)
        plan.append('│\n', style='grey50')
    plan.append('╰' + '─' * PLAN_COLUMNS + '╯', style='grey50')
    return plan


def _cells(scene: Scene) -> dict[tuple[int, int], tuple[str, str]]:
    """Return sign and style by row and column: the radar, lines of contacts, people on top."""
    corners = np.asarray(scene.bounds, dtype=float)
    low, high = corners.min(axis=0), corners.max(axis=0)
    cell = partial(_cell, low=low, high=high, rows=scene.rows)
    cells = {cell((0.0, 0.0)): ('▶', 'bold')}
    places = {track_name(scene.room, t.track_id): t.position for t in scene.tracks}
    for contact in scene.contacts:
        ends = [places.get(person) for person in (contact.person_a, contact.person_b)]
        if contact.state is not ContactState.END and all(end is not None for end in ends):
            for place in np.linspace(*ends, LINE_POINTS):
                cells[cell(place)] = ('·', 'red')
    for track in scene.tracks:
        dim = 'dim ' if track.status == TrackStatus.COASTING else ''
        style = f'bold reverse {dim}{color(track.track_id)}'
        if is_elevated(scene.screened, track.track_id):
            style += ' blink'
        cells[cell(track.position)] = (str(track.track_id % 10), style)
    return cells


def _cell(place: Sequence[float], low: np.ndarray, high: np.ndarray, rows: int) -> tuple[int, int]:
    """Return row and column of a place in metres."""
    x, y = (
        min(max((p - a) / (b - a), 0.0), 1.0) for p, a, b in zip(place, low, high, strict=True)
    )
    return round((1 - y) * (rows - 1)), round(x * (PLAN_COLUMNS - 1))


def _people_table(scene: Scene) -> Table:
    """Return who is where, and how warm as far as that is known."""
    shown = _table('person', 'x [m]', 'y [m]', '±', 'speed', 'skin')
    for track in scene.tracks:
        x, y = track.position
        std = math.sqrt(max(track.covariance[0, 0], track.covariance[1, 1]))
        speed = math.hypot(*track.velocity)
        style = 'dim' if track.status == TrackStatus.COASTING else ''
        shown.add_row(
            name(scene.room, track, scene.names.get(track.track_id, '')),
            f'{x:.2f}',
            f'{y:+.2f}',
            f'{std:.2f} m',
            f'{speed:.1f} m/s',
            skin(scene.screened.get(track.track_id)),
            style=style,
        )
    if not scene.tracks:
        shown.add_row(Text('nobody yet', style='dim'), '', '', '', '', '')
    if scene.screened:
        shown.caption = Text(NOTICE, style='dim')
    return shown


def skin(screening: Screening | None) -> Text:
    """Return a temperature, and a sign where it was found elevated."""
    if screening is None or not screening.is_measured:
        return Text('–', style='dim')
    figure = f'{screening.temperature:.1f}±{screening.temperature_std:.1f} °C'
    if screening.elevated:
        return Text(f'▲ {figure}', style='bold red')
    return Text(figure)


def _contact_table(contacts: Sequence[Contact]) -> Table:
    """Return who is near whom, the latest last."""
    shown = _table('contact', 'state', 'now', 'min', 'mean', 'for')
    for contact in contacts[-MOST_CONTACTS:]:
        over = contact.state is ContactState.END
        now = '' if over else f'{contact.distance:.2f}±{contact.distance_std:.2f}'
        figures = (f'{contact.distance_min:.2f}', f'{contact.distance_mean:.2f}')
        state = Text('ended', style='dim') if over else Text('near', style='bold red')
        shown.add_row(
            pair(contact),
            state,
            now,
            *figures,
            f'{contact.duration:.1f} s',
            style='dim' if over else '',
        )
    if not contacts:
        shown.add_row(Text('none yet', style='dim'), '', '', '', '', '')
    return shown


def pair(contact: Contact) -> Text:
    """Return the names of a contact in their colours."""
    text = Text()
    for position, person in enumerate((contact.person_a, contact.person_b)):
        text.append(' – ' if position else '', style='grey50')
        number = person.rsplit('#', 1)[-1]
        text.append(person, style=color(int(number)) if number.isdigit() else '')
    return text


def _status_line(elapsed: float, duration: float, latency: float | None) -> Table:
    """Return time, progress and latency in one line."""
    line = Table.grid(expand=True, padding=(0, 2))
    line.add_column()
    line.add_column(ratio=1)
    line.add_column(justify='right')
    text = '' if latency is None else f'frame to /contacts {1e3 * latency:.1f} ms'
    bar = ProgressBar(total=duration, completed=min(elapsed, duration))
    line.add_row(f'{elapsed:4.1f} of {duration:.0f} s', bar, text)
    return line


def _table(*columns: str) -> Table:
    shown = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, header_style='grey62')
    for index, column in enumerate(columns):
        justify = 'right' if index else 'left'
        shown.add_column(Text(column), justify=justify, no_wrap=True)
    return shown

"""The figures of a report, one function each; they return matplotlib figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import NDArray

from thermal_radar_fusion.contacts.proximity import Contact, ContactParameters
from thermal_radar_fusion.deployment import Deployment
from thermal_radar_fusion.report.history import History, PairHistory, TrackHistory
from thermal_radar_fusion.report.sensors import draw_camera, draw_radar
from thermal_radar_fusion.report.svg import INK, MUTED, SHADE, SURFACE

Array = NDArray[np.float64]

# Tell apart on white and on near-black, and by most people who do not see all colours.
PALETTE = ('#3b82f6', '#f59e0b', '#10b981', '#ec4899', '#8b5cf6', '#06b6d4')
PALETTE += ('#ef4444', '#84cc16', '#a16207', '#64748b', '#d946ef', '#14b8a6')

WIDTH = 7.0
MOST_PAIRS = 6
MOST_NUMBERS = 9
MOST_ROWS = 14
LONG = 60.0
MOST_POINTS = 1500
MARGIN = 0.4
BREAK = 0.5


def colors(tracks: Sequence[TrackHistory]) -> dict[str, str]:
    """Return a colour for each track by name."""
    return {track.name: PALETTE[i % len(PALETTE)] for i, track in enumerate(tracks)}


def floor_plan(history: History, room: str, deployment: Deployment) -> Figure:
    """Draw who walked where in one room, seen from above; x to the right, y up, in metres."""
    figure = Figure(figsize=(WIDTH, WIDTH * 0.8), layout='constrained')
    axes = figure.subplots()
    tracks = [track for track in history.tracks if track.room == room]
    corners = _draw_area(axes, deployment, room)
    for radar in deployment.radars_of(room).values():
        draw_radar(axes, radar)
    for camera in deployment.cameras_of(room).values():
        draw_camera(axes, camera)
    for path in history.true_paths(room):
        places = _thinned(path.positions)
        axes.plot(*places.T, color=MUTED, linewidth=0.9, linestyle=(0, (3, 2)), zorder=2)
    shades = colors(history.tracks)
    for track in tracks:
        _draw_path(axes, track, shades[track.name])
    numbered = len(history.contacts) <= MOST_NUMBERS
    for number, contact in enumerate(history.contacts, start=1):
        if contact.room == room:
            _draw_contact_place(axes, history.place(contact), number if numbered else None)
    _frame_view(axes, [track.positions[track.seen] for track in tracks] + corners)
    axes.set(xlabel='x [m]', ylabel='y [m]')
    return figure


def distances(history: History, parameters: ContactParameters) -> Figure:
    """Draw the distance of the nearest pairs over time, with the thresholds of a contact."""
    figure, axes = over_time(history, 4.6)
    pairs = shown_pairs(history)
    width = 1.8 if history.processed.duration < LONG else 1.0
    for index, pair in enumerate(pairs):
        color = PALETTE[(index + 3) % len(PALETTE)]
        line = {'color': color, 'label': pair_label(*pair.names), 'linewidth': width}
        axes.plot(*_broken(pair.times, pair.distances), **line)
        for contact in contacts_of(history.contacts, pair.names):
            _draw_contact_span(axes, history, pair, contact, color)
    axes.axhline(parameters.begin_distance, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.axhline(parameters.end_distance, color=MUTED, linewidth=0.9, linestyle=(0, (1, 2)))
    axes.set(ylabel='distance [m]')
    axes.set_ylim(bottom=0)
    if pairs:
        columns = min(len(pairs), 3)
        axes.legend(loc='lower center', bbox_to_anchor=(0.5, 1.0), ncols=columns, fontsize=9)
    return figure


def timeline(history: History) -> Figure:
    """Draw when each track was there (pale: only predicted), and below who was in contact."""
    pairs = contact_pairs(history.contacts)[:MOST_ROWS]
    rows = len(history.tracks) + len(pairs)
    figure, axes = over_time(history, 0.9 + 0.26 * max(rows, 2), width=2.1 * WIDTH)
    shades = colors(history.tracks)
    for row, track in enumerate(history.tracks):
        _draw_life(axes, row, track, shades[track.name])
    for row, pair in enumerate(pairs, start=len(history.tracks)):
        for contact in contacts_of(history.contacts, pair):
            _draw_contact_bar(axes, row, contact, history.begin, shades)
    names = [track.name for track in history.tracks]
    axes.set_yticks(range(rows), [*names, *(pair_label(*pair) for pair in pairs)])
    axes.set_ylim(max(rows, 1) - 0.4, -0.6)
    axes.grid(axis='y', visible=False)
    return figure


def points_per_frame(history: History) -> Figure:
    """Draw the number of points of each frame and its running median over two seconds."""
    figure, axes = over_time(history, 2.6)
    times = history.frame_times()
    counts = np.array([len(f.tracked.frame.points) for f in history.processed.frames])
    window = max(
        1, round(2.0 / max(float(np.median(np.diff(times))), 1e-3)) if len(times) > 1 else 1
    )
    thin = _every(len(times))
    axes.plot(times[thin], counts[thin], color=PALETTE[0], linewidth=0.7, alpha=0.45)
    axes.plot(times[thin], _running_median(counts, window)[thin], color=PALETTE[0])
    axes.set(ylabel='points per frame')
    axes.set_ylim(0, 1.08 * max(counts.max(initial=0), 1))
    return figure


def latencies(history: History, milliseconds: Array) -> Figure:
    """Draw how long frames took [ms]; what lies beyond the 99.5th percentile is left out."""
    figure = Figure(figsize=(WIDTH, 2.6), layout='constrained')
    axes = figure.subplots()
    limit = float(np.percentile(milliseconds, 99.5)) if len(milliseconds) else 1.0
    axes.hist(milliseconds, bins=np.linspace(0, max(limit, 0.1), 40), color=PALETTE[5], alpha=0.85)
    for percent, text in ((50, 'median'), (99, 'p99')):
        if len(milliseconds):
            value = float(np.percentile(milliseconds, percent))
            axes.axvline(value, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
            axes.annotate(
                text,
                (value, 1.0),
                xycoords=axes.get_xaxis_transform(),
                textcoords='offset points',
                xytext=(4, -10),
                fontsize=9,
            )
    axes.set(xlabel='milliseconds', ylabel='frames')
    axes.grid(axis='x', visible=False)
    return figure


def shown_pairs(history: History) -> list[PairHistory]:
    """Return the pairs that `distances` draws: those longest in contact, then the nearest."""
    longest = {pair: rank for rank, pair in enumerate(contact_pairs(history.contacts))}
    last = len(longest)
    pairs = sorted(history.pairs, key=lambda p: (longest.get(p.names, last), p.nearest))
    return pairs[:MOST_PAIRS]


def over_time(history: History, height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    """Return an empty figure whose x axis is the whole recording in seconds."""
    figure = Figure(figsize=(width, height), layout='constrained')
    axes = figure.subplots()
    axes.set_xlim(0, max(history.processed.duration, 1e-3))
    axes.set(xlabel='time [s]')
    return figure, axes


def _draw_area(axes: Axes, deployment: Deployment, room: str) -> list[Array]:
    """Draw bounds and exclusion zones of a room; return the corners of the bounds."""
    known = deployment.rooms.get(room)
    if known is None:
        return []
    for zone in known.area.exclusion_zones:
        axes.add_patch(
            Polygon(zone, facecolor=SHADE, edgecolor=MUTED, hatch='///', linewidth=0.6, zorder=1)
        )
    if known.area.bounds is None:
        return []
    bounds = np.asarray(known.area.bounds, dtype=float)
    axes.add_patch(Polygon(bounds, facecolor='none', edgecolor=INK, linewidth=1.6, zorder=1))
    return [bounds]


def _draw_path(axes: Axes, track: TrackHistory, color: str) -> None:
    """Draw the way of one person where seen, its first half pale, with a name at the end."""
    apart = np.concatenate([[False], np.diff(track.times) > BREAK])
    places = _thinned(np.where((track.seen & ~apart)[:, None], track.positions, np.nan))
    middle = len(places) // 2
    axes.plot(*places[: middle + 1].T, color=color, alpha=0.55, zorder=3)
    axes.plot(*places[middle:].T, color=color, zorder=3)
    begin, end = track.positions[track.seen][[0, -1]]
    axes.plot(*begin, 'o', color=SURFACE, markeredgecolor=color, markersize=5, zorder=4)
    axes.plot(*end, 'o', color=color, markersize=6, zorder=4)
    axes.annotate(
        track.name.rsplit('#', 1)[-1],
        end,
        textcoords='offset points',
        xytext=(7, 4),
        color=color,
        fontsize=10,
        fontweight='bold',
        zorder=6,
    )


def _draw_contact_place(axes: Axes, place: Array | None, number: int | None) -> None:
    """Mark where a contact was; without its number where there are too many."""
    if place is None:
        return
    size = 7 if number is None else 15
    axes.plot(*place, 'o', color=SURFACE, markeredgecolor=INK, markersize=size, zorder=7)
    if number is not None:
        label = {'ha': 'center', 'va': 'center', 'fontsize': 9, 'zorder': 8}
        axes.annotate(str(number), place, color=INK, **label)


def _frame_view(axes: Axes, shapes: Sequence[Array]) -> None:
    """Show all of some places with a margin, to scale."""
    places = np.concatenate([np.zeros((1, 2)), *shapes])
    low, high = places.min(axis=0) - MARGIN, places.max(axis=0) + MARGIN
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_aspect('equal')


def _draw_life(axes: Axes, row: int, track: TrackHistory, color: str) -> None:
    """Draw one bar of the timeline: full where seen, pale where predicted."""
    for begin, end, seen in _spans(track.times, track.seen):
        width = max(end - begin, 0.02)
        axes.add_patch(
            Rectangle(
                (begin, row - 0.3),
                width,
                0.6,
                color=color,
                alpha=1.0 if seen else 0.3,
                linewidth=0,
            )
        )


def _draw_contact_bar(
    axes: Axes, row: int, contact: Contact, begin: float, shades: Mapping[str, str]
) -> None:
    """Draw one contact of the timeline in the colours of both people."""
    start, width = contact.start - begin, max(contact.duration, 0.05)
    for offset, person in ((-0.3, contact.person_a), (0.0, contact.person_b)):
        color = shades.get(person, MUTED)
        axes.add_patch(Rectangle((start, row + offset), width, 0.3, color=color, linewidth=0))


def _draw_contact_span(
    axes: Axes, history: History, pair: PairHistory, contact: Contact, color: str
) -> None:
    """Underline the time in which a pair is in contact."""
    start, last = contact.start - history.begin, contact.last - history.begin
    during = (pair.times >= start) & (pair.times <= last)
    axes.fill_between(
        pair.times, 0, pair.distances, where=during, color=color, alpha=0.18, linewidth=0
    )


def contact_pairs(contacts: Sequence[Contact]) -> list[tuple[str, str]]:
    """Return who was in contact with whom, the pair with the most time in contact first."""
    times: dict[tuple[str, str], float] = {}
    for contact in contacts:
        pair = (contact.person_a, contact.person_b)
        times[pair] = times.get(pair, 0.0) + contact.duration
    return sorted(times, key=times.get, reverse=True)


def contacts_of(contacts: Sequence[Contact], pair: tuple[str, str]) -> list[Contact]:
    """Return the contacts of one pair of people."""
    return [contact for contact in contacts if {contact.person_a, contact.person_b} == set(pair)]


def pair_label(name_a: str, name_b: str) -> str:
    """Return `lab#1 – 2` for two tracks of one room."""
    return f'{name_a} – {name_b.rsplit("#", 1)[-1]}'


def _spans(times: Array, flags: NDArray[np.bool_]) -> list[tuple[float, float, bool]]:
    """Return (begin, end, flag) of every run of equal flags without a gap in time."""
    breaks = np.flatnonzero((np.diff(flags) != 0) | (np.diff(times) > BREAK)) + 1
    edges = [0, *breaks.tolist(), len(times)]
    return [
        (float(times[first]), _end_of_run(times, after), bool(flags[first]))
        for first, after in pairwise(edges)
    ]


def _end_of_run(times: Array, after: int) -> float:
    """Return when a run ends: as the next one begins, or with its last frame before a gap."""
    if after < len(times) and times[after] - times[after - 1] <= BREAK:
        return float(times[after])
    return float(times[after - 1])


def _broken(times: Array, values: Array) -> tuple[Array, Array]:
    """Return a thinned line that is broken where nothing is known for a while."""
    gaps = np.flatnonzero(np.diff(times) > BREAK) + 1
    ends = np.concatenate([gaps - 1, [len(times) - 1]])
    keep = np.unique(np.concatenate([np.arange(len(times))[_every(len(times))], gaps, ends]))
    at = np.searchsorted(keep, gaps)
    return np.insert(times[keep], at, np.nan), np.insert(values[keep], at, np.nan)


def _thinned(places: Array) -> Array:
    """Return at most MOST_POINTS of a path, its last one among them."""
    return np.concatenate([places[_every(len(places))], places[-1:]])


def _every(count: int) -> slice:
    return slice(None, None, max(1, -(-count // MOST_POINTS)))


def _running_median(values: Array, window: int) -> Array:
    """Return the median of the `window` values around each one."""
    padded = np.pad(values.astype(float), (window // 2, window - 1 - window // 2), mode='edge')
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, window), axis=1)

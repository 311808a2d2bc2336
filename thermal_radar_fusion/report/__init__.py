"""One HTML file that shows what came of a recording; it needs nothing but itself."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermal_radar_fusion.fusion.screened import NO_TRACK, NOTICE
from thermal_radar_fusion.report.page import card, rendered

if TYPE_CHECKING:
    from thermal_radar_fusion.bags import Truth
    from thermal_radar_fusion.deployment import Deployment
    from thermal_radar_fusion.processed_bag import ProcessedBag
    from thermal_radar_fusion.report.history import History


def write_report(
    path: str | Path,
    processed: ProcessedBag,
    deployment: Deployment,
    truth: Truth | None = None,
    *,
    title: str,
    latency_of: str = 'computing time of one frame',
) -> None:
    """Write the report of a processed recording.

    Args:
        path: of the HTML file.
        processed: tracks and contacts; none of either is legal.
        deployment: rooms and radars for the floor plan, thresholds of contacts.
        truth: where people really were, drawn dashed.
        title: heading of the page.
        latency_of: what the latencies of `processed` are.
    """
    page = render(processed, deployment, truth, title=title, latency_of=latency_of)
    Path(path).write_text(page, encoding='utf-8')


def render(
    processed: ProcessedBag,
    deployment: Deployment,
    truth: Truth | None = None,
    *,
    title: str,
    latency_of: str = 'computing time of one frame',
) -> str:
    """Return the page of `write_report` as text."""
    from thermal_radar_fusion.report.history import History

    history = History(processed, truth)
    return rendered(
        'recording.html',
        title=title,
        subtitle=_subtitle(history),
        key_figures=_key_figures(history),
        cards=_cards(history, deployment, latency_of),
        contacts=_contact_rows(history),
        temperatures=_temperature_rows(history),
        identities=_identity_rows(history),
        recognised=bool(history.processed.identified),
        notice=NOTICE if history.processed.images else '',
        tracks=_track_rows(history),
    )


def _subtitle(history: History) -> str:
    """Say when and where; simulated stamps are no dates."""
    rooms = ', '.join(history.rooms) or 'no room'
    year_2000 = 946684800.0
    if history.begin < year_2000:
        return f'Room {rooms}'
    begin = datetime.datetime.fromtimestamp(history.begin, tz=datetime.timezone.utc)
    return f'Room {rooms}, {begin:%d %B %Y, %H:%M:%S} UTC'


def _key_figures(history: History) -> list[dict[str, str]]:
    """Return the figures at the top of the page."""
    summary = history.processed.summary()
    latency = summary['latency_ms']
    durations = [contact.duration for contact in history.contacts]
    figures = [
        ('tracks of people', f'{summary["confirmed_tracks"]}'),
        ('contacts', f'{len(history.contacts)}'),
        ('longest contact', f'{max(durations):.1f} s' if durations else '–'),
        *_thermal_figures(history),
        *_identity_figures(history),
        ('duration', f'{summary["duration_s"]:.1f} s'),
        ('radar frames', f'{summary["frames"]}'),
        ('frames with a track', f'{summary["coverage"]:.1%}'),
        ('median latency', f'{latency["p50"]:.1f} ms'),
        ('p99 latency', f'{latency["p99"]:.1f} ms'),
    ]
    return [{'name': name, 'value': value} for name, value in figures]


def _thermal_figures(history: History) -> list[tuple[str, str]]:
    """Return the figures of thermal cameras, none where there are none."""
    if not history.processed.images:
        return []
    found = [person for person in history.processed.temperatures if person.track_id != NO_TRACK]
    elevated = sum(person.elevated for person in found)
    return [('people measured', f'{len(found)}'), ('elevated', f'{elevated}')]


def _identity_figures(history: History) -> list[tuple[str, str]]:
    """Return the figures of recognition, none where nobody was to be recognised."""
    recognised = history.processed.identified
    return [('people recognised', f'{history.processed.people}')] if recognised else []


def _cards(history: History, deployment: Deployment, latency_of: str) -> list[dict[str, Any]]:
    """Return title, explanation and figure of every card."""
    from thermal_radar_fusion.report import figures
    from thermal_radar_fusion.report.identities import identity_card
    from thermal_radar_fusion.report.svg import style
    from thermal_radar_fusion.report.temperatures import temperature_card

    with style():
        cards = [_floor_plan_card(history, room, deployment) for room in history.rooms]
        cards.append(_distance_card(history, deployment))
        if history.processed.images:
            cards.append(temperature_card(history, figures.colors(history.tracks)))
        if history.processed.identified:
            cards.append(identity_card(history, figures.colors(history.tracks)))
        cards.append(
            card(
                'Who was there when',
                'Full: seen by the radar; pale: predicted while unseen. Below: who was in'
                ' contact, in the colours of both.',
                figures.timeline(history) if history.tracks else None,
                empty='Nobody was tracked.',
                wide=True,
            )
        )
        cards.append(
            card(
                'Points per frame',
                'What the radar delivered, and the median of two seconds.',
                figures.points_per_frame(history) if history.processed.frames else None,
            )
        )
        milliseconds = history.processed.latencies * 1e3
        figure = figures.latencies(history, milliseconds) if len(milliseconds) else None
        cards.append(card('Latency', f'Distribution of the {latency_of}.', figure))
    return cards


def _floor_plan_card(history: History, room: str, deployment: Deployment) -> dict[str, Any]:
    from thermal_radar_fusion.report import figures

    note = 'Rings: where a track began; dots: where it was last; paler: its first half.'
    if history.contacts:
        many = len(history.contacts) > figures.MOST_NUMBERS
        note += ' Black rings: contacts.' if many else ' Numbers: contacts.'
    if history.true_paths(room):
        note += ' Dashed: where people really were.'
    return card(f'Floor plan of {room}', note, figures.floor_plan(history, room, deployment))


def _distance_card(history: History, deployment: Deployment) -> dict[str, Any]:
    from thermal_radar_fusion.report import figures

    contacts = deployment.contacts
    note = (
        f'A contact begins below {contacts.begin_distance:g} m (dashed) for'
        f' {contacts.begin_time:g} s and goes on below {contacts.end_distance:g} m (dotted);'
        ' shaded: contacts.'
    )
    if len(history.pairs) > figures.MOST_PAIRS:
        note += f' {figures.MOST_PAIRS} of {len(history.pairs)} pairs are shown.'
    figure = figures.distances(history, contacts) if history.pairs else None
    empty = 'There were never two people at a time.'
    return card('Distance between people', note, figure, empty=empty)


def _temperature_rows(history: History) -> list[dict[str, str]]:
    from thermal_radar_fusion.report.figures import colors
    from thermal_radar_fusion.report.temperatures import temperature_rows

    return temperature_rows(history, colors(history.tracks))


def _identity_rows(history: History) -> list[dict[str, str]]:
    from thermal_radar_fusion.report.figures import colors
    from thermal_radar_fusion.report.identities import identity_rows

    return identity_rows(history, colors(history.tracks))


def _contact_rows(history: History) -> list[dict[str, str]]:
    from thermal_radar_fusion.report.figures import colors

    shades = colors(history.tracks)
    return [
        {
            'person_a': contact.person_a,
            'person_b': contact.person_b,
            'color_a': shades.get(contact.person_a, 'var(--muted)'),
            'color_b': shades.get(contact.person_b, 'var(--muted)'),
            'room': contact.room,
            'start': f'{contact.start - history.begin:.1f} s',
            'duration': f'{contact.duration:.1f} s',
            'nearest': f'{contact.distance_min:.2f} m',
            'mean': f'{contact.distance_mean:.2f} m',
            'state': 'ended' if contact.state.name == 'END' else 'going on',
            'elevated': 'one elevated' if contact.elevated else '',
        }
        for contact in history.contacts
    ]


def _track_rows(history: History) -> list[dict[str, str]]:
    from thermal_radar_fusion.report.figures import colors

    shades = colors(history.tracks)
    return [
        {
            'name': track.name,
            'color': shades[track.name],
            'begin': f'{track.times[0]:.1f} s',
            'end': f'{track.times[-1]:.1f} s',
            'seen': f'{track.seen.mean():.0%}',
            'path': f'{track.path_length:.1f} m',
            'speed': f'{track.path_length / max(track.duration, 0.1):.2f} m/s',
            'deviation': f'{100 * float(track.deviations.mean()):.0f} cm',
        }
        for track in history.tracks
    ]

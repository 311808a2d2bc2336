"""What a report tells of who was where: over time, and in the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from thermal_radar_fusion.report.page import card

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from thermal_radar_fusion.identity_figures import Visit
    from thermal_radar_fusion.report.history import History

UNDECIDED = 'undecided'
MOST_ROWS = 20
PALE, FULL = 0.3, 0.9


def identity_card(history: History, shades: Mapping[str, str]) -> dict[str, Any]:
    """Return the card with who was where when.

    Args:
        history: of the recording.
        shades: colours of tracks.
    """
    note = (
        'People as they were recognised by their gait, in the colours of their tracks; pale: until'
        ' it was known who it is. Names are numbers.'
    )
    visits = history.processed.visits
    figure = _figure(history, visits, shades) if visits else None
    return card('Who was where', note, figure, empty='Nobody walked.', wide=True)


def _figure(history: History, visits: Sequence[Visit], shades: Mapping[str, str]) -> Figure:
    from thermal_radar_fusion.report.figures import WIDTH, over_time

    rows = people(visits)[:MOST_ROWS]
    figure, axes = over_time(history, 0.9 + 0.3 * max(len(rows), 2), width=2.1 * WIDTH)
    for visit in visits:
        name = visit.identity.person or UNDECIDED
        if name in rows:
            _draw(axes, rows.index(name), visit, history.begin, shades)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis='y', visible=False)
    return figure


def people(visits: Sequence[Visit]) -> list[str]:
    """Return everybody's name in the order in which they came; the undecided last."""
    named = dict.fromkeys(visit.identity.person for visit in visits if visit.identity.person)
    return [*named, UNDECIDED] if any(not v.identity.person for v in visits) else [*named]


def _draw(axes: Axes, row: int, visit: Visit, begin: float, shades: Mapping[str, str]) -> None:
    """Draw one visit as a bar with the name of its track."""
    from thermal_radar_fusion.report.svg import INK, MUTED

    color = shades.get(visit.track, MUTED)
    known = visit.end if visit.decided is None else visit.decided
    for start, end, alpha in ((visit.begin, known, PALE), (known, visit.end, FULL)):
        axes.barh(row, end - start, left=start - begin, height=0.5, color=color, alpha=alpha)
    place = (visit.begin - begin, row)
    offset = {'textcoords': 'offset points', 'xytext': (3, 0)}
    axes.annotate(visit.track, place, va='center', fontsize=8, color=INK, **offset)


def identity_rows(history: History, shades: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the rows of the table of identities: one for each track that walked."""
    return [_row(visit, history.begin, shades) for visit in history.processed.visits]


def _row(visit: Visit, begin: float, shades: Mapping[str, str]) -> dict[str, str]:
    return {
        'person': visit.identity.person or '–',
        'track': visit.track,
        'color': shades.get(visit.track, 'var(--muted)'),
        'state': visit.state,
        'sure': visit.sure,
        'begin': f'{visit.begin - begin:.1f} s',
        'end': f'{visit.end - begin:.1f} s',
        'known': visit.known_after,
    }

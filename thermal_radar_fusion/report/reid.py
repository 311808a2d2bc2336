"""One HTML file that shows how people are recognised: figure 11 of the paper, and confidences."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from thermal_radar_fusion.report.page import card, rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOUNTINGS = {'same': 'same wall', 'moved': 'opposite wall'}
COLUMNS = ('0', '5', '10', '15', '20', '30')
# Fewer answers say nothing of how often they are right.
FEW = 20
NOTE = (
    'Each line: people told apart at a time, over W; mean of all combinations and'
    ' initialisations. Grey: the WELM of the paper and the cosine similarity with the most people.'
)


def write_reid_report(path: str | Path, figures: Mapping[str, Any]) -> None:
    """Write the report of `trf evaluate reid`.

    Args:
        path: of the HTML file.
        figures: as `evaluation.reid.figures` returns them.
    """
    Path(path).write_text(render_reid(figures), encoding='utf-8')


def render_reid(figures: Mapping[str, Any]) -> str:
    """Return the page of `write_reid_report` as text."""
    plan = figures['plan']
    longest = list(figures['classifiers'])[-1]
    return rendered(
        'reid.html',
        title='Recognising people by their way of walking',
        subtitle=f'{plan["groups"]} groups of {plan["people"]} simulated people,'
        f' {plan["initialisations"]} initialisations of the WELM',
        key_figures=_key_figures(figures),
        cards=_cards(figures),
        watched=longest,
        columns=COLUMNS,
        classifiers=_classifier_rows(figures['classifiers'][longest]),
    )


def _key_figures(figures: Mapping[str, Any]) -> list[dict[str, str]]:
    shares = {
        'accuracy_w20_6': 'six people, W = 20 s',
        'accuracy_w20_6_moved': 'the same, radar on the opposite wall',
        'accuracy_welm': "by the paper's WELM alone",
        'accuracy_cosine': 'by cosine similarity',
        'unknown_detection_auroc': 'AUROC of new people',
        'calibration_error': 'confidence is off by',
    }
    shown = [(text, _share(figures[key])) for key, text in shares.items()]
    times = {'train_ms': 'training from scratch', 'update_ms': 'from running sums'}
    shown += [(text, f'{figures[key]:.0f} ms') for key, text in times.items()]
    return [{'name': name, 'value': value} for name, value in shown]


def _share(value: float) -> str:
    """Return a share, a dash where there are not as many people."""
    return f'{value:.3f}' if np.isfinite(value) else '–'


def _classifier_rows(rows: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            'name': name,
            'mounting': MOUNTINGS[mounting],
            'cells': [f'{curve[w]:.3f}' for w in COLUMNS],
        }
        for mounting, curves in rows.items()
        for name, curve in curves.items()
    ]


def _cards(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return title, explanation and figure of every card."""
    from thermal_radar_fusion.report.svg import style

    with style():
        cards = [
            card(
                f'Accuracy, gallery {training}, {MOUNTINGS[mounting]}',
                NOTE,
                _curves(curves),
            )
            for training, mountings in figures['curves'].items()
            for mounting, curves in mountings.items()
        ]
        note = (
            'Known person or new one: how often answers are right over how sure they are, and how'
            f' many there are; off by {figures["calibration_error"]:.3f} on average. People whom'
            ' nothing was fitted to, galleries of one to eight of them, 4 to 20 s of walking, both'
            ' walls.'
        )
        return [*cards, card('Confidence', note, _reliability(figures['reliability']), wide=True)]


def _axes(width: float, columns: int = 1) -> tuple[Figure, Any]:
    from matplotlib.figure import Figure

    from thermal_radar_fusion.report.figures import WIDTH

    figure = Figure(figsize=(width * WIDTH, 4.2), layout='constrained')
    return figure, figure.subplots(1, columns)


def _curves(curves: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Figure:
    """Draw accuracy over W, a line for each number of people."""
    from thermal_radar_fusion.report.figures import PALETTE
    from thermal_radar_fusion.report.svg import MUTED

    figure, axes = _axes(1.0)
    for index, (people, curve) in enumerate(curves['evidence'].items()):
        _draw(axes, curve, label=f'{people} people', color=PALETTE[index % len(PALETTE)])
    for name, dashes in (('WELM', (0, (1, 1.5))), ('cosine', (0, (4, 2)))):
        most = list(curves[name.lower()].values())[-1]
        _draw(axes, most, label=f'{name}, {people}', color=MUTED, linestyle=dashes)
    axes.set(xlabel='W [s]', ylabel='accuracy', ylim=(None, 1.01))
    axes.legend(loc='lower center', bbox_to_anchor=(0.5, 1.0), ncols=4, fontsize=9)
    return figure


def _draw(axes: Axes, curve: Mapping[str, float], **line: Any) -> None:
    axes.plot([float(w) for w in curve], list(curve.values()), marker='o', markersize=3, **line)


def _reliability(judged: Mapping[str, Any]) -> Figure:
    """Draw how often answers are right over their confidence, and how many there are."""
    from thermal_radar_fusion.report.figures import PALETTE
    from thermal_radar_fusion.report.svg import MUTED

    figure, (left, right) = _axes(2.1, columns=2)
    counts, edges = np.array(judged['counts']), np.array(judged['edges'])
    left.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)))
    enough = counts >= FEW
    confidence, right_share = (np.array(judged[key], float) for key in ('confidence', 'right'))
    left.plot(confidence[enough], right_share[enough], marker='o', color=PALETTE[0])
    left.set(xlabel='confidence', ylabel='share that is right', xlim=(0, 1), ylim=(0, 1))
    right.bar(edges[:-1], counts, np.diff(edges), align='edge', color=PALETTE[0], alpha=0.6)
    right.set(xlabel='confidence', ylabel='answers', xlim=(0, 1))
    return figure

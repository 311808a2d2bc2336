"""One HTML file that shows how ours and other trackers did in all scenes of a suite."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermal_radar_fusion.evaluation import paper_tables as tables
from thermal_radar_fusion.evaluation.paper_figures import peer_names, pooled_samples
from thermal_radar_fusion.evaluation.paper_suite import OURS
from thermal_radar_fusion.report.page import card, rendered

if TYPE_CHECKING:
    from thermal_radar_fusion.evaluation.paper_suite import Run


def write_suite_report(path: str | Path, figures: Mapping[str, Any], runs: Sequence[Run]) -> None:
    """Write the report of a suite.

    Args:
        path: of the HTML file.
        figures: as `paper_figures.suite_figures` returns them.
        runs: what they were computed from, for the distributions of errors.
    """
    Path(path).write_text(render_suite(figures, runs), encoding='utf-8')


def render_suite(figures: Mapping[str, Any], runs: Sequence[Run]) -> str:
    """Return the page of `write_suite_report` as text."""
    return rendered(
        'suite.html',
        title='Tracking in simulated scenes',
        subtitle=_subtitle(figures),
        key_figures=_key_figures(figures),
        cards=_cards(figures, runs),
        tables=_tables(figures),
    )


def _subtitle(figures: Mapping[str, Any]) -> str:
    seeds = figures['seeds']
    numbers = f'{seeds[0]} to {seeds[-1]}' if len(seeds) > 1 else f'{seeds[0]}'
    names = ', '.join(name.replace('_', ' ') for name in figures['scenes'])
    return f'Suite {figures["suite"]}, seeds {numbers}: {names}'


def _key_figures(figures: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the figures at the top of the page: ours, over all scenes."""
    own = figures['overall']
    ratios = [scene['separation_ratio'] for scene in figures['scenes'].values()]
    worst = min((ratio for ratio in ratios if ratio is not None), default=None)
    shown = [
        ('position error, 80 % within', _text(own['position_error_p80_m'], 3, ' m')),
        ('distance error, 80 % within', _text(own['distance_error_p80_m'], 3, ' m')),
        ('separated, worst scene', _text(worst, 3)),
        ('failed tracks', _text(own['failed_tracks'], 0)),
        ('IDF1', _text(own['idf1'], 3)),
        ('HOTA', _text(own['hota'], 3)),
        ('identity switches', _text(own['id_switches'], 0)),
        ('runs', _text(own['runs'], 0)),
    ]
    return [{'name': name, 'value': value} for name, value in shown]


def _cards(figures: Mapping[str, Any], runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return title, explanation and figure of every card."""
    from thermal_radar_fusion.report.svg import style

    with style():
        return [*_distribution_cards(runs), *_bar_cards(figures)]


def _distribution_cards(runs: Sequence[Run]) -> list[dict[str, Any]]:
    from thermal_radar_fusion.report.suite_figures import error_distribution

    pooled = {name: pooled_samples(runs, name) for name in (OURS, *peer_names(runs))}
    positions = {name: samples.position_errors for name, samples in pooled.items()}
    distances = {name: samples.distance_errors for name, samples in pooled.items()}
    paper = (tables.POSITION, tables.SHARE), (tables.DISTANCE, tables.SHARE)
    return [
        card(
            'Errors of position',
            'Share of all matched people whose track is nearer than this, all scenes together.'
            ' Dot: the paper on its own recordings.',
            error_distribution(positions, 'position error [m]', paper[0]),
        ),
        card(
            'Errors of distance',
            'The same of the distance between every two matched people of a frame.',
            error_distribution(distances, 'error of the distance between people [m]', paper[1]),
        ),
    ]


def _bar_cards(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    from thermal_radar_fusion.report.figures import WIDTH
    from thermal_radar_fusion.report.suite_figures import bars

    separated = _by_method(figures, 'separation_ratio') | {
        name: _by_scene(figures, key) for name, key in tables.WITHOUT_TRACKING.items()
    }
    return [
        card(
            'People told apart',
            'Share of the frames with people within 1 m of one another in which each of them has'
            ' a track to himself.',
            bars(separated, 'separation ratio', width=2.1 * WIDTH, top=1.0),
            wide=True,
        ),
        card(
            'Identity switches',
            'Per run of a scene.',
            bars(_by_method(figures, 'id_switches_per_run'), 'switches per run'),
        ),
        card('IDF1', 'Identities kept.', bars(_by_method(figures, 'idf1'), 'IDF1', top=1.0)),
    ]


def _by_method(figures: Mapping[str, Any], name: str) -> dict[str, dict[str, float]]:
    """Return one figure of every method by scene."""
    peers = {peer: _by_scene(figures, name, peer) for peer in figures['overall']['peers']}
    return {OURS: _by_scene(figures, name), **peers}


def _by_scene(figures: Mapping[str, Any], name: str, peer: str = '') -> dict[str, float]:
    """Return one figure of ours, or of a peer, by scene; NaN where there is none."""
    owners = {
        scene: values['peers'][peer] if peer else values
        for scene, values in figures['scenes'].items()
    }
    return {scene: math.nan if own[name] is None else own[name] for scene, own in owners.items()}


def _tables(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    methods, close = tables.method_rows(figures), tables.separation_rows(figures)
    return [
        _table(tables.PLACES_TITLE, tables.PLACES_NOTE, tables.PLACES, methods),
        _table(tables.SEPARATION_TITLE, tables.SEPARATION_NOTE, tables.SEPARATION, close),
        _table(tables.IDENTITIES_TITLE, tables.IDENTITIES_NOTE, tables.IDENTITIES, methods),
    ]


def _table(
    title: str,
    note: str,
    columns: Sequence[tables.Column],
    scenes: Sequence[Sequence[tables.Row]],
) -> dict[str, Any]:
    """Return what the template needs of one table."""
    head = ['scene', 'method', *(column.heading.replace('\n', ' ') for column in columns)]
    rows = [row for rows in scenes for row in _table_rows(rows, columns)]
    return {'title': title, 'note': note, 'head': head, 'rows': rows}


def _table_rows(
    rows: Sequence[tables.Row], columns: Sequence[tables.Column]
) -> Iterator[dict[str, Any]]:
    from thermal_radar_fusion.report.suite_figures import method_colors

    shades = method_colors([row.method for row in rows])
    for index, row in enumerate(rows):
        yield {
            'scene': '' if index else row.scene,
            'first': not index,
            'method': row.method,
            'color': shades[row.method],
            'cells': [
                {
                    'text': column.text(row.values[column.name]),
                    'best': tables.is_best(row, rows, column),
                }
                for column in columns
            ],
        }


def _text(value: float | None, decimals: int, unit: str = '') -> str:
    return '–' if value is None else f'{value:.{decimals}f}{unit}'

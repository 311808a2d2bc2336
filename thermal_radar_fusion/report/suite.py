"""One HTML file that shows how ours and other trackers did in all scenes of a suite."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thermal_radar_fusion.evaluation.paper_figures import peer_names, pooled_samples
from thermal_radar_fusion.evaluation.paper_suite import OURS
from thermal_radar_fusion.report.page import card, rendered

if TYPE_CHECKING:
    from thermal_radar_fusion.evaluation.paper_suite import Run

DBSCAN_ALONE = 'DBSCAN alone'

# What the paper says of its own measurements (milliTRACE-IR, section V-D): 80 % of all errors of
# position and of distance between people are within so many metres.
PAPER_SHARE = 0.8
PAPER_POSITION = 0.30
PAPER_DISTANCE = 0.25

# Of each figure: its heading, its number of decimals, and whether more is better.
PLACES = {
    'position_error_p80_m': ('position p80 [m]', 3, False),
    'position_rmse_m': ('position RMSE [m]', 3, False),
    'distance_error_p80_m': ('distance p80 [m]', 3, False),
    'distance_rmse_m': ('distance RMSE [m]', 3, False),
    'gospa': ('GOSPA [m]', 3, False),
}
IDENTITIES = {
    'separation_ratio': ('separated', 3, True),
    'failed_tracks': ('failed tracks', 0, False),
    'mota': ('MOTA', 3, True),
    'idf1': ('IDF1', 3, True),
    'hota': ('HOTA', 3, True),
    'id_switches': ('switches', 0, False),
}


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
    paper = (PAPER_POSITION, PAPER_SHARE), (PAPER_DISTANCE, PAPER_SHARE)
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
        DBSCAN_ALONE: _by_scene(figures, 'separation_ratio_dbscan')
    }
    return [
        card(
            'People told apart',
            'Share of the frames with people within 1 m of one another in which each of them has'
            ' a track to himself.',
            bars(separated, 'separation ratio', 2.1 * WIDTH),
            wide=True,
        ),
        card(
            'Identity switches',
            'Per run of a scene.',
            bars(_by_method(figures, 'id_switches_per_run'), 'switches per run'),
        ),
        card('IDF1', 'Identities kept.', bars(_by_method(figures, 'idf1'), 'IDF1')),
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
    return [
        {
            'title': 'Where people are',
            'note': 'The paper (table 4, figure 10; three people in a room of 7 by 4 m):'
            f' {PAPER_SHARE:.0%} of all positions within {PAPER_POSITION:.2f} m, of all'
            f' distances within {PAPER_DISTANCE:.2f} m.',
            'head': ['scene', 'method', *(heading for heading, *_ in PLACES.values())],
            'rows': _rows(figures, PLACES),
        },
        {
            'title': 'Who is who',
            'note': 'The paper (table 5; parallel, crossing, close): no track fails; DBSCAN'
            ' separates up to 44 % worse and fails in three of five sequences.',
            'head': ['scene', 'method', *(heading for heading, *_ in IDENTITIES.values())],
            'rows': _rows(figures, IDENTITIES),
        },
    ]


def _rows(
    figures: Mapping[str, Any], columns: Mapping[str, tuple[str, int, bool]]
) -> list[dict[str, Any]]:
    """Return a row for each scene and method, then those of all scenes together."""
    scenes = {**figures['scenes'], 'all scenes': figures['overall']}
    return [row for name, values in scenes.items() for row in _scene_rows(name, values, columns)]


def _scene_rows(
    scene: str, values: Mapping[str, Any], columns: Mapping[str, tuple[str, int, bool]]
) -> list[dict[str, Any]]:
    from thermal_radar_fusion.report.suite_figures import method_colors

    methods = {OURS: values, **values['peers']}
    if 'separation_ratio' in columns:
        alone = dict.fromkeys(columns)
        methods[DBSCAN_ALONE] = alone | {'separation_ratio': values['separation_ratio_dbscan']}
    shades = method_colors(list(methods))
    best = {name: _best(methods, name, more) for name, (_, _, more) in columns.items()}
    return [
        {
            'scene': '' if row else scene.replace('_', ' '),
            'first': not row,
            'method': method,
            'color': shades[method],
            'cells': [
                {'text': _text(own[name], decimals), 'best': own[name] == best[name]}
                for name, (_, decimals, _) in columns.items()
            ],
        }
        for row, (method, own) in enumerate(methods.items())
    ]


def _best(methods: Mapping[str, Mapping[str, Any]], name: str, more: bool) -> float | None:
    """Return the best value that a method has; nothing to choose from where all are the same."""
    values = [own[name] for own in methods.values() if own[name] is not None]
    if len(set(values)) < 2:
        return math.nan
    return max(values) if more else min(values)


def _text(value: float | None, decimals: int, unit: str = '') -> str:
    return '–' if value is None else f'{value:.{decimals}f}{unit}'

"""The tables of the suite `paper`, for a terminal and for a page, beside what the paper says.

Tables 4 and 5 of milliTRACE-IR (section V-D) are on its own recordings with true positions: 80 %
of all positions are within 0.3 m, of all distances between people within 0.25 m; no track of
its method fails, while with DBSCAN, which separates up to 44 % worse, three of five do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from thermal_radar_fusion.evaluation.paper_suite import OURS

SHARE = 0.8
POSITION = 0.30
DISTANCE = 0.25


DBSCAN_ALONE, TRUTH_ALONE = 'DBSCAN alone', 'true places'
WITHOUT_TRACKING = {
    DBSCAN_ALONE: 'separation_ratio_dbscan',
    TRUTH_ALONE: 'separation_ratio_truth',
}
ALL_SCENES = 'all'

PLACES_TITLE = 'Where people are'
PLACES_NOTE = (
    'milliTRACE-IR (table 4, figure 10; three people in a room of 7 by 4 m):'
    f' {100 * SHARE:.0f} % of all positions are within {POSITION:.2f} m, of all distances between'
    f' people within {DISTANCE:.2f} m.'
)
IDENTITIES_TITLE = 'Who is who'
IDENTITIES_NOTE = 'A track fails that is with its person for less than 80 % of the time.'
SEPARATION_TITLE = 'People close together'
SEPARATION_NOTE = (
    'Share of frames in which all of them are told apart. milliTRACE-IR (table 5): DBSCAN is up'
    ' to 44 % worse; with it three of five sequences fail, with its own method none.'
)


@dataclass(frozen=True)
class Column:
    """One figure in a table.

    Attributes:
        name: in the JSON.
        heading: of the column; a line break is a blank where there is room.
        decimals: to show.
        more: whether more is better.
    """

    name: str
    heading: str
    decimals: int = 3
    more: bool = False

    def text(self, value: float | None) -> str:
        """Return a value as it is shown."""
        return '–' if value is None else f'{value:.{self.decimals}f}'


@dataclass(frozen=True)
class Row:
    """The figures of one method in one scene, by name; None where there is none."""

    scene: str
    method: str
    values: Mapping[str, float | None]


PLACES = (
    Column('position_error_p80_m', 'position\np80 [m]'),
    Column('position_rmse_m', 'position\nRMSE [m]'),
    Column('distance_error_p80_m', 'distance\np80 [m]'),
    Column('distance_rmse_m', 'distance\nRMSE [m]'),
    Column('gospa', 'GOSPA\n[m]'),
)
IDENTITIES = (
    Column('failed_tracks', 'failed\ntracks', decimals=0),
    Column('mota', 'MOTA', more=True),
    Column('idf1', 'IDF1', more=True),
    Column('hota', 'HOTA', more=True),
    Column('id_switches', 'switches', decimals=0),
)
SEPARATION = (
    Column('separation_ratio', 'told apart', more=True),
    Column('failed_tracks', 'failed\ntracks', decimals=0),
)


def method_rows(figures: Mapping[str, Any]) -> list[list[Row]]:
    """Return a row for each method in each scene, scene by scene; all scenes together last."""
    scenes = {**figures['scenes'], ALL_SCENES: figures['overall']}
    return [
        [Row(_shown(scene), name, own) for name, own in {OURS: values, **values['peers']}.items()]
        for scene, values in scenes.items()
    ]


def separation_rows(figures: Mapping[str, Any]) -> list[list[Row]]:
    """Return a row for each method in each scene with as many people, and DBSCAN by itself."""
    return [
        [*_close_rows(f'{_shown(scene)}, {people} people', values)]
        for scene, by_people in figures['scenes'].items()
        for people, values in by_people['by_people'].items()
        if values['separation_ratio'] is not None
    ]


def _close_rows(scene: str, values: Mapping[str, Any]) -> Iterator[Row]:
    yield Row(scene, OURS, values)
    for name, own in values['peers'].items():
        yield Row(scene, name, own)
    for name, key in WITHOUT_TRACKING.items():
        yield Row(scene, name, {'separation_ratio': values[key], 'failed_tracks': None})


def is_best(row: Row, rows: Sequence[Row], column: Column) -> bool:
    """Tell whether no other row is better, as far as is shown, and another one is worse.

    Who has the true places does not compete.
    """
    values = [one.values[column.name] for one in rows if one.method != TRUTH_ALONE]
    shown = [round(value, column.decimals) for value in values if value is not None]
    own = row.values[column.name]
    if own is None or row.method == TRUTH_ALONE or len(set(shown)) < 2:
        return False
    return round(own, column.decimals) == (max(shown) if column.more else min(shown))


def _shown(scene: str) -> str:
    return scene.replace('_', ' ')

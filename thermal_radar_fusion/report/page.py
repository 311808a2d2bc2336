"""A page of HTML from its template, and the cards that figures are shown on."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def rendered(template: str, **values: Any) -> str:
    """Return a page; `template` is the name of a file beside this one, which may extend others."""
    import jinja2

    from thermal_radar_fusion import __version__

    folder = files('thermal_radar_fusion.report')
    loader = jinja2.FunctionLoader(lambda name: folder.joinpath(name).read_text('utf-8'))
    page = jinja2.Environment(autoescape=True, loader=loader).get_template(template)
    return page.render(values, version=__version__)


def card(
    title: str,
    note: str,
    figure: Figure | None,
    *,
    empty: str = 'Nothing to show.',
    wide: bool = False,
) -> dict[str, Any]:
    """Return what the template needs of one card."""
    from thermal_radar_fusion.report.svg import inline_svg

    name = ''.join(c if c.isalnum() else '-' for c in title.lower())
    svg = inline_svg(figure, name, f'{title}. {note}') if figure is not None else ''
    return {'title': title, 'note': note, 'svg': svg, 'empty': empty, 'wide': wide}

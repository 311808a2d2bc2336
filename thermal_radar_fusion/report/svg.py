"""Matplotlib figures as SVG that takes its colours and fonts from the page around it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

import matplotlib
from matplotlib.figure import Figure

# Stand-ins that no palette uses: they become CSS variables, so that a figure follows the page
# from light to dark.
INK, MUTED, GRID, SURFACE, SHADE = '#010101', '#020202', '#030303', '#040404', '#050505'
THEME = {INK: 'ink', MUTED: 'muted', GRID: 'grid', SURFACE: 'surface', SHADE: 'shade'}

STYLE = {
    'svg.fonttype': 'none',
    'font.size': 10,
    'axes.edgecolor': MUTED,
    'axes.labelcolor': MUTED,
    'axes.spines.top': False,
    'axes.spines.right': False,
    'axes.linewidth': 0.8,
    'axes.axisbelow': True,
    'axes.grid': True,
    'grid.color': GRID,
    'grid.linewidth': 0.7,
    'text.color': INK,
    'xtick.color': MUTED,
    'ytick.color': MUTED,
    'xtick.major.size': 3,
    'ytick.major.size': 3,
    'lines.linewidth': 1.8,
    'lines.solid_capstyle': 'round',
    'legend.frameon': False,
    'figure.facecolor': 'none',
    'axes.facecolor': 'none',
    'path.simplify_threshold': 0.3,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the style of the report."""
    with matplotlib.rc_context(STYLE):
        yield


def inline_svg(figure: Figure, name: str, description: str) -> str:
    """Return a figure as an <svg> element for a page of HTML.

    Args:
        name: unique in the page; all ids of the figure begin with it.
        description: for those who cannot see it.
    """
    buffer = io.StringIO()
    with matplotlib.rc_context({**STYLE, 'svg.hashsalt': name}):
        metadata = dict.fromkeys(['Creator', 'Date', 'Format', 'Type'])
        figure.savefig(
            buffer, format='svg', bbox_inches='tight', pad_inches=0.05, metadata=metadata
        )
    svg = buffer.getvalue()
    svg = re.sub(r'<metadata>.*?</metadata>', '', svg[svg.index('<svg') :], flags=re.DOTALL)
    return _described(_themed(_prefixed(svg, name)), description)


def _prefixed(svg: str, name: str) -> str:
    """Make ids unique in the page; matplotlib numbers each figure's from 1."""
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'url\(#([^)]+)\)', rf'url(#{name}-\1)', svg)
    return re.sub(r'(xlink:)?href="#([^"]+)"', rf'href="#{name}-\2"', svg)


def _themed(svg: str) -> str:
    """Replace the stand-in colours and every font by what the page says."""
    for color, variable in THEME.items():
        svg = svg.replace(color, f'var(--{variable})')
    # Which of the two ways of naming a font there is depends on matplotlib's version.
    svg = re.sub(r'font-family: [^;"]*', 'font-family: var(--font)', svg)
    return re.sub(r'font: (.*?)([\d.]+px) [^;"]*', r'font: \1\2 var(--font)', svg)


def _described(svg: str, description: str) -> str:
    """Let the figure scale with the page and tell screen readers what it is."""
    head, tail = svg.split('>', 1)
    head = re.sub(r' (width|height)="[^"]*"', '', head)
    label = escape(description, quote=True)
    return f'{head} role="img" aria-label="{label}">{tail.strip()}'

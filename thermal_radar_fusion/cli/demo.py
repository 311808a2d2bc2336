"""`trf demo`: three simulated people, the real node graph, a live table, a bag and a report."""

from __future__ import annotations


def demo() -> None:
    """Run a simulated crossing of three people through the node graph."""
    raise NotImplementedError

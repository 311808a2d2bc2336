"""`trf up` and `trf replay`: the node graph of a deployment, and bags into it."""

from __future__ import annotations


def up() -> None:
    """Start the node graph of a deployment."""
    raise NotImplementedError


def replay() -> None:
    """Play a bag over DDS."""
    raise NotImplementedError

"""The trackers that ours is compared with, behind one name each; absent libraries are told of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from thermal_radar_fusion.evaluation.detections import Site
from thermal_radar_fusion.evaluation.suites import Tracker


@dataclass(frozen=True)
class Peer:
    """A compared tracker.

    Attributes:
        module, tracker: where its class is.
        library: what must be installed for it, '' for nothing.
        install: how, as one would type it.
    """

    module: str
    tracker: str
    library: str = ''
    install: str = ''

    def make(self, site: Site) -> Tracker:
        """Return a new tracker for a room.

        Raises:
            ImportError: its library is not installed.
        """
        module = import_module(f'thermal_radar_fusion.evaluation.{self.module}')
        return getattr(module, self.tracker)(site=site)


PEERS: Mapping[str, Peer] = {
    'plain': Peer('baseline', 'BaselineTracker'),
    'jpda': Peer('peer_stonesoup', 'JpdaTracker', 'stonesoup', 'pip install stonesoup'),
    'norfair': Peer(
        'peer_norfair', 'NorfairTracker', 'norfair', 'pip install --no-deps norfair filterpy'
    ),
}


def available() -> tuple[str, ...]:
    """Return the names of the peers whose libraries can be imported, in the order of PEERS."""
    return tuple(name for name, peer in PEERS.items() if _is_importable(peer))


def absent() -> tuple[str, ...]:
    """Return a line for each peer that is left out: which one, and how to install it."""
    return tuple(
        f'{name} is left out: {peer.library} is not installed ({peer.install})'
        for name, peer in PEERS.items()
        if not _is_importable(peer)
    )


def maker(name: str) -> Callable[[Site], Tracker]:
    """Return what makes a tracker of a peer for a room."""
    return PEERS[name].make


def _is_importable(peer: Peer) -> bool:
    try:
        import_module(f'thermal_radar_fusion.evaluation.{peer.module}')
    except ImportError:
        return False
    return True

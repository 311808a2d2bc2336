"""The trackers that ours is compared with, behind one name each; absent libraries are told of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from thermal_radar_fusion.evaluation.detections import Site
from thermal_radar_fusion.evaluation.suites import Tracker


@dataclass(frozen=True)
class Peer:
    """A compared tracker.

    Attributes:
        module, tracker, parameters: where its classes are.
        tuned: parameters by dotted name, as scripts/tune_peers.py found them on simulated scenes.
        library: what must be installed for it, '' for nothing.
        install: how, as one would type it.
    """

    module: str
    tracker: str
    parameters: str
    tuned: Mapping[str, Any]
    library: str = ''
    install: str = ''

    def make(self, site: Site, changes: Mapping[str, Any] | None = None) -> Tracker:
        """Return a new tracker for a room.

        Args:
            changes: parameters other than those tuned, by dotted name.

        Raises:
            ImportError: its library is not installed.
            ParameterError: a parameter is unknown or out of its range.
        """
        module = import_module(f'thermal_radar_fusion.evaluation.{self.module}')
        default = getattr(module, self.parameters)()
        values = {name: value for name, value, _ in default.flattened()}
        parameters = type(default).from_flat({**values, **self.tuned, **(changes or {})})
        return getattr(module, self.tracker)(parameters, site)


PEERS: Mapping[str, Peer] = {
    'plain': Peer(
        'baseline',
        'BaselineTracker',
        'BaselineParameters',
        {
            'detection.radius': 0.25,
            'detection.min_points': 5,
            'patience': 2.0,
            'gate': 0.8,
            'confirm_time': 0.6,
            'filter.acceleration_density': 0.05,
            'filter.centroid_std': 0.1,
        },
    ),
    'jpda': Peer(
        'peer_stonesoup',
        'JpdaTracker',
        'JpdaParameters',
        {
            'detection.radius': 0.25,
            'detection.min_points': 5,
            'patience': 2.0,
            'acceleration_density': 0.5,
            'confirm_updates': 15,
            'centroid_std': 0.2,
            'clutter_density': 0.02,
            'detection_probability': 0.9,
        },
        'stonesoup',
        'pip install stonesoup',
    ),
    'norfair': Peer(
        'peer_norfair',
        'NorfairTracker',
        'NorfairParameters',
        {
            'detection.radius': 0.2,
            'detection.min_points': 5,
            'patience_steps': 40,
            'gate': 0.5,
            'confirm_steps': 10,
            'process_noise': 0.01,
            'measurement_noise': 1.0,
        },
        'norfair',
        'pip install --no-deps norfair filterpy',
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


def _is_importable(peer: Peer) -> bool:
    try:
        import_module(f'thermal_radar_fusion.evaluation.{peer.module}')
    except ImportError:
        return False
    return True

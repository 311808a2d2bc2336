"""What the running graph says of who is there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.bags import IDENTITIES_TOPIC
from thermal_radar_fusion.reid.building_identities import IdentifiedFrame
from thermal_radar_fusion.reid.followed import Identity
from thermal_radar_fusion.reid.track_names import TrackNames


class IdentitiesWatch:
    """Follows the identities of all rooms.

    Attributes:
        expected: whether there is a node that tells them.
        names: who the tracks are.
        on_identities: called with who is there, at each frame.
    """

    def __init__(self) -> None:
        self.expected = False
        self.names = TrackNames()
        self.on_identities: Callable[[tuple[Identity, ...]], None] = lambda identities: None
        self._frames: list[IdentifiedFrame] = []

    @property
    def answered(self) -> bool:
        """Whether anything has come, if it is to come."""
        return bool(self._frames) or not self.expected

    @property
    def subscriptions(self) -> dict[str, tuple[str, Callable]]:
        """Type of each topic that is listened to, and what takes its messages."""
        return {IDENTITIES_TOPIC: (messages.IDENTITIES, self._on_identities)}

    def at(self, stamps: Collection[int]) -> list[IdentifiedFrame]:
        """Return who was there in the frames of some stamps [ns]."""
        return [f for f in self._frames if messages.nanoseconds(f.stamp) in stamps]

    def _on_identities(self, content: Any, received: float) -> None:
        identities = tuple(messages.identity_from(entry) for entry in content.identities)
        stamp = messages.time_seconds(content.header.stamp)
        self._frames.append(IdentifiedFrame(content.room, stamp, identities))
        self.names.update(content.room, identities)
        self.on_identities(identities)

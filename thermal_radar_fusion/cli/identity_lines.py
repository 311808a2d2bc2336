"""Identities as lines of text, for logs and for terminals without a live view."""

from __future__ import annotations

import time
from collections.abc import Iterable

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.cli.common import console
from thermal_radar_fusion.contacts.proximity import track_name
from thermal_radar_fusion.reid.followed import Identity, IdentityState


class IdentityLines:
    """Prints a line when it becomes known who somebody is, and when that is in doubt again."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._told: dict[tuple[str, int], str] = {}

    def receive(self, data: bytes, received: float) -> None:
        """Tell what is new of a serialised IdentityArray."""
        content = messages.typestore().deserialize_cdr(data, messages.IDENTITIES)
        self.tell(messages.identity_from(identity) for identity in content.identities)

    def tell(self, identities: Iterable[Identity]) -> None:
        """Tell what is new about some tracks."""
        for identity in identities:
            key = identity.room, identity.track_id
            if self._told.get(key, '') != identity.person:
                self._told[key] = identity.person
                self._print(identity)

    def _print(self, identity: Identity) -> None:
        elapsed = time.monotonic() - self._begin
        track = track_name(identity.room, identity.track_id)
        line = f'{elapsed:6.1f} s  {track} {_verdict(identity)}'
        console().print(line, markup=False, soft_wrap=True)


def _verdict(identity: Identity) -> str:
    if identity.state is IdentityState.UNDECIDED:
        return 'may be somebody else'
    how = 'somebody new' if identity.state is IdentityState.NEW else 'known'
    return f'is {identity.person}, {how} (sure to {identity.confidence:.0%})'

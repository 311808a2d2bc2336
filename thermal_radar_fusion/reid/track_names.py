"""Names of tracks, for all who show people: as identities give them, as long as tracks live."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from thermal_radar_fusion.reid.followed import Identity


class TrackNames:
    """Remembers who each track is, also while it is not seen; nobody is two tracks."""

    def __init__(self) -> None:
        self._names: dict[str, dict[int, str]] = {}

    def update(self, room: str, identities: Iterable[Identity]) -> None:
        """Take in who is there in a room; somebody who is here now is nowhere else any more."""
        known = self._names.setdefault(room, {})
        for identity in identities:
            known.pop(identity.track_id, None)
            if identity.person:
                self._leave(identity.person)
                known[identity.track_id] = identity.person

    def of(self, room: str, tracks: Collection[int]) -> Mapping[int, str]:
        """Return the names of tracks of a room, where they are known; forget its other tracks."""
        known = self._names.get(room, {})
        self._names[room] = {track: known[track] for track in tracks if track in known}
        return self._names[room]

    def _leave(self, person: str) -> None:
        for names in self._names.values():
            for track in [track for track, name in names.items() if name == person]:
                del names[track]

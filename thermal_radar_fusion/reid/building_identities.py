"""Who is it, in all rooms: tracked frames in, identities out, the same in the node and offline."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import UNASSIGNED, TrackedFrame
from thermal_radar_fusion.reid.features import FeatureError
from thermal_radar_fusion.reid.followed import Identity
from thermal_radar_fusion.reid.frame_order import FrameOrder
from thermal_radar_fusion.reid.gait_windows import GaitWindow, GaitWindowParameters, GaitWindows
from thermal_radar_fusion.reid.gallery import Gallery
from thermal_radar_fusion.reid.gallery_store import GalleryStoreParameters
from thermal_radar_fusion.reid.reidentification import ReidentificationParameters, Reidentifier
from thermal_radar_fusion.reid.travel_times import TravelTimes

Tell = Callable[[str], None]


class Network(Protocol):
    """What makes features of windows: `GaitFeatures`."""

    windows: GaitWindowParameters

    def __call__(self, windows: Sequence[GaitWindow]) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class IdentificationParameters(Parameters):
    """How the people of a building are told apart."""

    wait: float = parameter(
        1.0,
        'rooms are put in the order of their stamps; a silent one is waited for so long',
        unit='s',
        low=0,
        high=60,
    )
    decision: ReidentificationParameters = parameter(
        ReidentificationParameters(), 'when and how surely tracks become people'
    )
    gallery: GalleryStoreParameters = parameter(
        GalleryStoreParameters(), 'what is kept of people, and where'
    )


@dataclass(frozen=True)
class IdentifiedFrame:
    """Who was there in one room at one frame.

    Attributes:
        room: name.
        stamp: of the frame [s].
        identities: of the tracks that were there, by track.
    """

    room: str
    stamp: float
    identities: tuple[Identity, ...]


class BuildingIdentities:
    """Cuts the tracks of every room into windows and names who walks in them."""

    def __init__(
        self,
        network: Network,
        gallery: Gallery,
        parameters: IdentificationParameters | None = None,
        rooms: Iterable[str] = (),
        travel_times: TravelTimes | None = None,
        tell: Tell = lambda text: None,
    ) -> None:
        """Start without tracks.

        Args:
            network: makes features of windows.
            gallery: of people seen before; it learns.
            parameters: None for the defaults.
            rooms: whose frames will come; each is waited for.
            travel_times: between rooms; None where nothing is known of them.
            tell: called with one line about frames that cannot be used.
        """
        chosen = parameters or IdentificationParameters()
        self._network, self._tell = network, tell
        self._reidentifier = Reidentifier(gallery, chosen.decision, travel_times)
        self._order: FrameOrder[tuple[str, TrackedFrame]] = FrameOrder(rooms, chosen.wait)
        self.reset()

    @property
    def gallery(self) -> Gallery:
        """The people known."""
        return self._reidentifier.gallery

    def reconfigure(self, parameters: IdentificationParameters) -> None:
        """Go on with other parameters; the file of the gallery stays."""
        self._reidentifier.parameters = parameters.decision
        self._reidentifier.gallery.parameters = parameters.gallery.bounds
        self._order.wait = parameters.wait

    def reset(self) -> None:
        """Forget the walks, and the frames that wait, because time jumped; people stay known.

        Tracks are forgotten with the first frame that is back by more than `late_tolerance`.
        """
        self._order.reset()
        self._windows: dict[str, GaitWindows] = {}
        self._stamp = -math.inf

    def forget(self, person: str) -> None:
        """Drop all that is known of somebody.

        Raises:
            GalleryError: nobody has that name.
        """
        self._reidentifier.forget(person)

    def update(self, room: str, tracked: TrackedFrame) -> tuple[IdentifiedFrame, ...]:
        """Take in one frame of one room; return who was there, in all frames that are complete.

        The frames of a room come in the order in which its tracker made them, those of several
        rooms in any. A stamp back by more than `late_tolerance` within a room is a restart.

        Args:
            room: its name.
            tracked: points, and whose each is.
        """
        stamp, before = tracked.frame.stamp, ()
        if stamp < self._order.newest(room) - self._late_tolerance:
            before = self.rest()
            self.reset()
        return (*before, *self._identified(self._order.add(room, stamp, (room, tracked))))

    def rest(self) -> tuple[IdentifiedFrame, ...]:
        """Return who was there in the frames that are held back, as nothing more will come."""
        return self._identified(self._order.rest())

    @property
    def _late_tolerance(self) -> float:
        return self._reidentifier.parameters.late_tolerance

    def _identified(
        self, frames: Iterable[tuple[str, TrackedFrame]]
    ) -> tuple[IdentifiedFrame, ...]:
        return tuple(self._identify(*frame) for frame in frames if self._is_in_time(*frame))

    def _is_in_time(self, room: str, tracked: TrackedFrame) -> bool:
        """Tell whether a frame is not so late that it would be taken for a restart."""
        lag = self._stamp - tracked.frame.stamp
        if lag > self._late_tolerance:
            self._tell(f'{room}: frames lag behind other rooms, their clocks differ or it is slow')
        return lag <= self._late_tolerance

    def _identify(self, room: str, tracked: TrackedFrame) -> IdentifiedFrame:
        stamp = tracked.frame.stamp
        self._stamp = max(self._stamp, stamp)
        seen = np.unique(tracked.track_ids[tracked.track_ids != UNASSIGNED]).tolist()
        windows = self._cut(room, tracked)
        try:
            rows = self._network(windows) if windows else ()
            features = {w.track_id: row for w, row in zip(windows, rows, strict=True)}
            identities = self._reidentifier.update(room, stamp, seen, features)
        except FeatureError as error:
            self._tell(f'{room}: {error}')
            identities = self._reidentifier.update(room, stamp, seen)
        return IdentifiedFrame(room, stamp, identities)

    def _cut(self, room: str, tracked: TrackedFrame) -> tuple[GaitWindow, ...]:
        """Return the windows that a frame completes."""
        if room not in self._windows:
            self._windows[room] = GaitWindows(self._network.windows)
        # As in the clouds that nodes exchange: what is decided must not hang on the last digits.
        points = tracked.frame.points.astype(np.float32).astype(np.float64)
        frame = RadarFrame(tracked.frame.stamp, points, tracked.frame.sensor)
        return self._windows[room].update(TrackedFrame(frame, (), tracked.track_ids))

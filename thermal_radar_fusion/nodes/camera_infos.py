"""What camera_info says of a thermal camera, taken over once it fits the images."""

from __future__ import annotations

from collections.abc import Callable

from sensor_msgs.msg import CameraInfo

from thermal_radar_fusion.camera_matrix import NO_INFO, CameraInfoError, fitting, intrinsics_of
from thermal_radar_fusion.camera_model import Intrinsics
from thermal_radar_fusion.nodes.fusion_node import SENSOR, FusionNode

# An image may well come before the camera_info that belongs to it.
PATIENCE = 30


class CameraInfoInput:
    """Knows one camera: from its camera_info, or because it was given."""

    def __init__(
        self,
        node: FusionNode,
        topic: str,
        take: Callable[[Intrinsics], None],
        name: str,
        given: Intrinsics | None = None,
    ) -> None:
        """Begin to listen, unless the camera is given.

        Args:
            take: called with the camera whenever it is known anew.
            name: of the camera, for warnings.
        """
        self._node = node
        self._take = take
        self._name = name
        self._given = given
        self._info: CameraInfo | None = None
        self._waited = 0
        if given is None:
            node.create_subscription(CameraInfo, topic, self._on_info, SENSOR)

    def _on_info(self, info: CameraInfo) -> None:
        self._info, self._waited = info, -1

    def match(self, shape: tuple[int, int]) -> None:
        """Take over what is known newly, if it is about images of this height and width."""
        try:
            intrinsics = self._news()
            if intrinsics is not None:
                self._take(fitting(intrinsics, shape))
        except CameraInfoError as error:
            self._node.diagnostics.dropped(f'{self._name}: {error}')

    def _news(self) -> Intrinsics | None:
        """Return the camera if it was not returned before.

        Raises:
            CameraInfoError: nothing is known of it that can be used.
        """
        (given, info), self._given, self._info = (self._given, self._info), None, None
        if given is None and info is None:
            self._wait()
            return None
        self._waited = -1
        return given or intrinsics_of(info)

    def _wait(self) -> None:
        """Count images without a camera_info; raise CameraInfoError at one, once."""
        if self._waited >= 0:
            self._waited += 1
        if self._waited == PATIENCE:
            raise CameraInfoError(NO_INFO)

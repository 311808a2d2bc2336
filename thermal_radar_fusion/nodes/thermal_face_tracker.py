"""Node: the images of one thermal camera in, tracks of faces with their readings out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from thermal_radar_fusion.camera_model import Intrinsics
from thermal_radar_fusion.msg import FaceTrackArray
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.nodes.camera_infos import CameraInfoInput
from thermal_radar_fusion.nodes.fusion_node import TRACKS, FusionNode, run
from thermal_radar_fusion.parameters import Parameters, parameter
from thermal_radar_fusion.radar.stamps import StampGuard
from thermal_radar_fusion.thermal.faces import TrackedFaces
from thermal_radar_fusion.thermal.image_tracker import ImageTracker, ImageTrackerParameters
from thermal_radar_fusion.thermal.overlay import overlay
from thermal_radar_fusion.thermal.thermal_image import ThermalImage
from thermal_radar_fusion.thermal_messages import image_from

# What is not worked on in time is not worth keeping: the next image is there already.
IMAGES = QoSProfile(depth=2, reliability=ReliabilityPolicy.BEST_EFFORT)


def _topic(default: str, text: str) -> str:
    return parameter(default, text, reconfigurable=False)


@dataclass(frozen=True)
class FaceNodeParameters(Parameters):
    """What the node needs to know besides how images are worked on."""

    frame_id: str = _topic('', 'name of the camera; empty: frame_id of its images')
    image_raw: str = _topic('thermal/image_raw', 'topic of the images')
    camera_info: str = _topic('thermal/camera_info', 'topic of the camera matrix')
    faces: str = _topic('thermal/faces', 'topic of the faces')
    overlay: str = _topic('thermal/overlay', 'topic of the images with the faces drawn in')


class ThermalFaceTrackerNode(FusionNode):
    """Wraps `ImageTracker`; draws only while somebody looks."""

    def __init__(self) -> None:
        super().__init__('thermal_face_tracker', 'thermal images')
        self._settings = self.parameters.group(FaceNodeParameters())
        images = self.parameters.group(ImageTrackerParameters(), fixed=True)
        self.parameters.finish()
        warn = self.get_logger().warning
        self._tracker = ImageTracker(images, warn)
        self._guard = StampGuard(warn)
        self._faces = self.create_publisher(FaceTrackArray, self._settings.faces, TRACKS)
        self._overlay = self.create_publisher(Image, self._settings.overlay, TRACKS)
        name = self._settings.frame_id or 'camera'
        self._info = CameraInfoInput(self, self._settings.camera_info, self._take, name)
        self.create_subscription(Image, self._settings.image_raw, self._on_image, IMAGES)

    def reset(self) -> None:
        """Forget every face."""
        self._tracker.reset()

    def _take(self, intrinsics: Intrinsics) -> None:
        self._tracker.set_focal_length(intrinsics.fy)

    def _on_image(self, message: Image) -> None:
        stamp = self._guard.stamp(conversions.seconds(message.header.stamp), self.now())
        with self.diagnostics.measured(stamp, message.width * message.height):
            self._info.match((message.height, message.width))
            try:
                image, tracked = self._tracker.update(stamp, image_from(message))
            except ValueError as error:
                self.diagnostics.dropped(str(error))
                return
            self._publish(image, tracked, self._settings.frame_id or message.header.frame_id)

    def _publish(self, image: ThermalImage, tracked: TrackedFaces, camera: str) -> None:
        self._faces.publish(conversions.faces_message(tracked, image.shape, camera))
        if self._overlay.get_subscription_count():
            picture = overlay(image, tracked)
            message = conversions.image_message(tracked.stamp, picture, camera, 'rgb8')
            self._overlay.publish(message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the node; return its exit status."""
    return run(ThermalFaceTrackerNode, arguments)


if __name__ == '__main__':
    raise SystemExit(main())

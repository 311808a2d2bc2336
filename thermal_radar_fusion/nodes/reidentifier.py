"""Node: the points of the tracks of all rooms in, who they are out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.qos import QoSProfile
from sensor_msgs.msg import PointCloud2

from thermal_radar_fusion.deployed_identification import (
    DeployedIdentities,
    Identification,
    fitted_parameters,
    ways_from_flat,
)
from thermal_radar_fusion.msg import IdentityArray
from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.nodes.fusion_node import IDENTITIES, FusionNode, run
from thermal_radar_fusion.onnx_model import ModelError
from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter
from thermal_radar_fusion.radar.cloud_fields import CloudFieldError
from thermal_radar_fusion.reid.building_identities import (
    IdentificationParameters,
    IdentifiedFrame,
)
from thermal_radar_fusion.reid.gallery import GalleryError
from thermal_radar_fusion.reid.travel_times import Way
from thermal_radar_fusion.resources import ResourceError
from thermal_radar_fusion.srv import ForgetPerson

# Deep: learning takes a moment now and then, and no frame should be lost to it.
POINTS = QoSProfile(depth=50)


@dataclass(frozen=True)
class ReidentifierNodeParameters(Parameters):
    """What the node needs to know besides how people are recognised."""

    frame_id: str = parameter('map', 'frame of the tracks', reconfigurable=False)
    network: str = parameter(
        '', 'ONNX file of the gait network; empty: the one that is shipped', reconfigurable=False
    )


class ReidentifierNode(FusionNode):
    """Wraps `DeployedIdentities`; one node for all rooms, and the keeper of the gallery."""

    def __init__(self) -> None:
        super().__init__('reidentifier', 'radar/track_points')
        self._settings = self.parameters.group(ReidentifierNodeParameters())
        network = self._settings.network
        chosen = self.parameters.group(fitted_parameters(network), apply=self._retune)
        rooms = self.parameters.names('rooms', 'rooms whose radar/track_points are followed')
        identification = Identification(chosen, self._ways(), network)
        self.parameters.finish()
        try:
            self._identities = DeployedIdentities(identification, rooms, self.diagnostics.dropped)
        except (GalleryError, ModelError, ResourceError) as error:
            raise ParameterError(str(error)) from None
        self._output = self.create_publisher(IdentityArray, 'identities', IDENTITIES)
        for room in rooms:
            topic, take = f'{room}/radar/track_points', partial(self._on_points, room)
            self.create_subscription(PointCloud2, topic, take, POINTS)
        self.create_service(ForgetPerson, '~/forget', self._on_forget)
        self.diagnostics.add_figures(self._figures)
        # Not the node's clock: a paused bag must not keep the gallery from being saved.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(chosen.gallery.save_period, self._save, clock=steady)

    def reset(self) -> None:
        """Forget the walks; people stay known."""
        self._identities.reset()

    def destroy_node(self) -> None:
        """Save the gallery, and end."""
        self._identities.rest()
        self._save()
        self._identities.close()
        super().destroy_node()

    def _ways(self) -> tuple[Way, ...]:
        rooms = self.parameters.names('ways.rooms', 'rooms that ways connect: a, b, a, b, ...')
        seconds = self.parameters.numbers('ways.seconds', 'usual time of each way [s]')
        return ways_from_flat(rooms, seconds)

    def _retune(self, parameters: IdentificationParameters) -> None:
        self._identities.reconfigure(parameters)

    def _figures(self) -> dict[str, str]:
        return {'people known': str(len(self._identities.gallery.people))}

    def _on_points(self, room: str, cloud: PointCloud2) -> None:
        stamp = conversions.seconds(cloud.header.stamp)
        with self.diagnostics.measured(stamp, cloud.width * cloud.height):
            try:
                tracked = conversions.tracked_frame_from(cloud)
            except CloudFieldError as error:
                self.diagnostics.dropped(f'{room}: {error}')
                return
            self._publish(self._identities.update(room, tracked))

    def _publish(self, frames: Iterable[IdentifiedFrame]) -> None:
        for frame in frames:
            header = conversions.header(frame.stamp, self._settings.frame_id)
            message = conversions.identities_message(header, frame.room, frame.identities)
            self._output.publish(message)

    def _on_forget(
        self, request: ForgetPerson.Request, response: ForgetPerson.Response
    ) -> ForgetPerson.Response:
        """Forget somebody here and on disk."""
        try:
            self._identities.forget(request.person)
            self._identities.save()
        except GalleryError as error:
            response.message = str(error)
            return response
        response.success, response.message = True, f'{request.person} is forgotten'
        return response

    def _save(self) -> None:
        """Write the gallery; where that fails, go on and try again later."""
        try:
            self._identities.save()
        except GalleryError as error:
            self.diagnostics.dropped(str(error))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the node; return its exit status."""
    return run(ReidentifierNode, arguments)


if __name__ == '__main__':
    raise SystemExit(main())

"""Node: a simulated scene, live: every sensor of every room, and the ground truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rclpy.publisher import Publisher

from thermal_radar_fusion.nodes import conversions
from thermal_radar_fusion.nodes.fusion_node import TRACKS, FusionNode, run
from thermal_radar_fusion.nodes.message_types import message_class
from thermal_radar_fusion.nodes.scene_feed import Due, SceneFeed
from thermal_radar_fusion.nodes.transforms import broadcast_mountings
from thermal_radar_fusion.parameters import ParameterError, Parameters, parameter
from thermal_radar_fusion.simulated_messages import SimulatedMessages, TopicMessage, mountings
from thermal_radar_fusion.simulated_scene import SceneParameters, SimulatedScene, sensor_kinds
from thermal_radar_fusion.simulation.scenario import ScenarioError
from thermal_radar_fusion.simulation.simulation import RadarReading, Simulation

PERIOD = 0.005

# A scene that is later than this goes on from where it is: time has run away.
STALLED = 1.0


@dataclass(frozen=True)
class SimulatorParameters(Parameters):
    """What the node needs to know besides the scene."""

    frame_id: str = parameter('map', 'frame of the ground truth', reconfigurable=False)


class SimulatorNode(FusionNode):
    """Publishes a scene at its own pace, again and again; one node for the whole building."""

    def __init__(self) -> None:
        super().__init__('simulator', 'simulated readings')
        frame = self.parameters.group(SimulatorParameters()).frame_id
        scene = self._declared_scene()
        self.parameters.finish()
        self._simulation = _simulation_of(scene)
        scenario = self._simulation.scenario
        self._content = SimulatedMessages(conversions.WRITER, scenario, frame)
        topics = self._content.topics(self._simulation.sensors)
        self._outputs = {topic: self._output(topic, kind) for topic, kind in topics.items()}
        self._broadcaster = broadcast_mountings(self, frame, mountings(scenario))
        self._begin: float | None = None
        self._feed = SceneFeed(self._simulation, self._is_wanted)
        self.create_timer(PERIOD, self._on_timer)

    def reset(self) -> None:
        """Begin the scene anew."""
        self._feed.close()
        self._begin = None
        self._feed = SceneFeed(self._simulation, self._is_wanted)

    def destroy_node(self) -> None:
        """Stop computing, then close the node."""
        self._feed.close()
        super().destroy_node()

    def _declared_scene(self) -> SimulatedScene:
        scene = self.parameters.group(SceneParameters())
        sensors = self.parameters.names('sensors', 'kinds of sensors: radar, thermal, lowres_ir')
        settings = self.parameters.names('set', 'KEY=VALUE: what differs from the scenario')
        return SimulatedScene(scene, sensor_kinds(sensors), tuple(settings))

    def _output(self, topic: str, kind: str) -> Publisher:
        # Relative, so that the whole building can be put under one more namespace.
        return self.create_publisher(message_class(kind), topic.lstrip('/'), TRACKS)

    def _is_wanted(self, due: Due) -> bool:
        """Tell whether somebody listens to a thermal camera, and the image would be in time."""
        topic = self._content.image_topic(due.reading)
        if not self._outputs[topic].get_subscription_count():
            return False
        if self._behind(due) > 0:
            self.diagnostics.dropped('the machine is too slow for all thermal images')
            return False
        return True

    def _behind(self, due: Due) -> float:
        """Return by how many seconds a reading is late; negative before it is due."""
        return -1.0 if self._begin is None else self.now() - self._begin - due.elapsed

    def _on_timer(self) -> None:
        """Publish the readings that are due."""
        while (due := self._feed.peek()) is not None:
            if self._begin is None:
                self._begin = self.now() - due.elapsed
            behind = self._behind(due)
            if behind < 0:
                return
            if behind > STALLED:
                self.diagnostics.dropped('the machine is too slow: the scene waits for it')
                self._begin += behind
            self._publish(due)
            self._feed.drop()

    def _publish(self, due: Due) -> None:
        stamp = self._begin + due.elapsed
        points = len(due.reading.frame.points) if isinstance(due.reading, RadarReading) else 0
        with self.diagnostics.measured(stamp, points):
            for message in self._content.of(due.reading, stamp):
                self._send(message)

    def _send(self, message: TopicMessage) -> None:
        self._outputs[message.topic].publish(message.content)


def _simulation_of(scene: SimulatedScene) -> Simulation:
    try:
        return scene.simulation()
    except ScenarioError as error:
        raise ParameterError(str(error)) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the node; return its exit status."""
    return run(SimulatorNode, arguments)


if __name__ == '__main__':
    raise SystemExit(main())

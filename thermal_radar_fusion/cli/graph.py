"""`trf up` and `trf replay`: the node graph of a deployment, and bags into it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from thermal_radar_fusion.cli.common import BadInputError, BagArgument, console

if TYPE_CHECKING:
    from thermal_radar_fusion.bags import BagReader
    from thermal_radar_fusion.deployment import Deployment
    from thermal_radar_fusion.node_specs import NodeSpec
    from thermal_radar_fusion.nodes.serialized import SerializedPort

Check = Callable[[], None]

CLOCK_TOPIC, CLOCK_TYPE = '/clock', 'rosgraph_msgs/msg/Clock'
CLOCK_PERIOD = 0.02
DISCOVERY = 10.0
SETTLE = 1.0
DELIVERY = 5.0
CHECK_PERIOD = 0.2

RateOption = Annotated[float, typer.Option(min=0.01, max=100, help='Times real time.')]
LoopOption = Annotated[bool, typer.Option('--loop', help='Begin again at the end.')]


def up(
    config: Annotated[
        Path | None,
        typer.Argument(
            help='Deployment: rooms, radars, parameters; without it, what --bag says of itself.'
        ),
    ] = None,
    bag: Annotated[
        Path | None, typer.Option('--bag', help='Play this instead of reading the radars.')
    ] = None,
    rate: RateOption = 1.0,
    loop: LoopOption = False,
    namespace: Annotated[str, typer.Option(help='Put in front of every name.')] = '',
) -> None:
    """Start the node graph of a deployment and keep it up; Ctrl-C ends it."""
    from thermal_radar_fusion import ros_environment

    deployed = _deployment(config, bag)
    ros_environment.enter()

    from thermal_radar_fusion.cli.node_processes import check_devices, stopped_by_signals

    with stopped_by_signals():
        try:
            if bag is None:
                check_devices(deployed)
                _keep_up(deployed, namespace)
            else:
                _play_into(deployed, bag, rate, loop, namespace)
        except KeyboardInterrupt:
            console().print('stopped')


def _deployment(config: Path | None, bag: Path | None) -> Deployment:
    """Return the deployment of a file, else of a bag."""
    from thermal_radar_fusion.bags import open_bag
    from thermal_radar_fusion.deployment import load_deployment, recorded_deployment

    if config is not None:
        return load_deployment(config)
    if bag is None:
        raise BadInputError('what to start? Give a deployment file, or a recording with --bag')
    with open_bag(bag) as opened:
        return recorded_deployment(opened)


def replay(
    bag: BagArgument,
    rate: RateOption = 1.0,
    loop: LoopOption = False,
    clock: Annotated[
        bool, typer.Option('--clock', help='Publish /clock for nodes with use_sim_time.')
    ] = False,
    topics: Annotated[
        list[str] | None, typer.Option('--topic', help='Only this topic; may be repeated.')
    ] = None,
) -> None:
    """Play a bag over DDS, as `ros2 bag play` does where ROS is installed."""
    from thermal_radar_fusion import ros_environment
    from thermal_radar_fusion.bags import open_bag

    ros_environment.enter()

    from thermal_radar_fusion.cli.node_processes import stopped_by_signals
    from thermal_radar_fusion.nodes.serialized import SerializedPort

    with stopped_by_signals(), open_bag(bag) as opened:
        chosen = _chosen(opened, topics)
        with SerializedPort('trf_replay') as port:
            try:
                Player(port, opened, chosen, rate, clock).play(loop)
            except KeyboardInterrupt:
                console().print('stopped')


class Player:
    """Plays topics of a bag at the pace of their stamps.

    Args:
        port: where to.
        bag: open.
        topics: which ones, and the name to play each under; a topic whose type is not installed
            is left out.
        rate: times real time.
        clock: whether to publish /clock.
        check: called now and then, to end the play by an error.
    """

    def __init__(
        self,
        port: SerializedPort,
        bag: BagReader,
        topics: Mapping[str, str],
        rate: float,
        clock: bool,
        check: Check = lambda: None,
    ) -> None:
        self._port = port
        self._bag = bag
        self._rate = rate
        self._clock = clock
        self._check = check
        self._topics = {
            topic: name
            for topic, name in topics.items()
            if self._announced(name, bag.topics[topic], topic in bag.latched)
        }
        if clock:
            port.advertise(CLOCK_TOPIC, CLOCK_TYPE)

    def play(self, loop: bool) -> None:
        """Play once, or again and again until something raises."""
        self._wait_for_who_is_there()
        self._play_once()
        while loop:
            self._play_once()
        # Whoever closes at once takes along what was not received yet.
        self._port.deliver(DELIVERY)

    def wait_for_readers(self) -> None:
        """Wait until every topic is listened to."""
        self._port.spin_until(self._found, DISCOVERY)
        self._port.spin(SETTLE)

    def _wait_for_who_is_there(self) -> None:
        """Wait until nobody new is found: what is sent before that is lost to them."""
        known = None
        while (readers := self._readers()) != known:
            known = readers
            self._port.spin_until(self._found, SETTLE)

    def _readers(self) -> list[int]:
        return [self._port.readers(name) for name in self._topics.values()]

    def _found(self) -> bool:
        self._check()
        return all(self._readers())

    def _announced(self, topic: str, kind: str, latched: bool) -> bool:
        try:
            self._port.advertise(topic, kind, latched)
        except (ImportError, AttributeError):
            console().print(f'{topic} is left out: {kind} is not installed')
            return False
        return True

    def _play_once(self) -> None:
        begin = time.monotonic()
        first = None
        for connection, nanoseconds, data in self._bag.messages(self._topics):
            first = nanoseconds if first is None else first
            self._wait(begin, first, nanoseconds)
            self._port.publish(self._topics[connection.topic], data)

    def _wait(self, begin: float, first: int, nanoseconds: int) -> None:
        """Wait until a message is due; keep /clock going meanwhile."""
        due = begin + (nanoseconds - first) * 1e-9 / self._rate
        while True:
            self._check()
            elapsed = min(time.monotonic(), due) - begin
            if self._clock:
                self._publish_clock(first + round(elapsed * self._rate * 1e9))
            if (left := due - time.monotonic()) <= 0:
                return
            self._port.spin(min(left, CLOCK_PERIOD))

    def _publish_clock(self, nanoseconds: int) -> None:
        from thermal_radar_fusion import bag_messages as messages

        sec, nanosec = divmod(nanoseconds, messages.NANOSECONDS)
        stamp = messages.message('builtin_interfaces/msg/Time', sec=sec, nanosec=nanosec)
        content = messages.message(CLOCK_TYPE, clock=stamp)
        self._port.publish(CLOCK_TOPIC, messages.serialized(CLOCK_TYPE, content))


def _specs(deployed: Deployment, namespace: str, **choices: bool) -> list[NodeSpec]:
    from thermal_radar_fusion.node_specs import node_specs

    return node_specs(deployed, namespace=namespace, **choices)


def _root(namespace: str) -> str:
    """Return a namespace as the beginning of absolute names: '' or `/house`."""
    return f'/{namespace.strip("/")}' if namespace.strip('/') else ''


@contextmanager
def _running(specs: list[NodeSpec], namespace: str) -> Iterator[tuple[SerializedPort, Check]]:
    """Start nodes, tell what they find out; yields what spins and what checks."""
    from thermal_radar_fusion import bag_messages as messages
    from thermal_radar_fusion import ros_environment
    from thermal_radar_fusion.bags import CONTACTS_TOPIC, IDENTITIES_TOPIC
    from thermal_radar_fusion.cli.contact_lines import ContactLines
    from thermal_radar_fusion.cli.identity_lines import IdentityLines
    from thermal_radar_fusion.cli.node_processes import NodeProcesses
    from thermal_radar_fusion.cli.screening_lines import ScreeningLines
    from thermal_radar_fusion.nodes.serialized import SerializedPort
    from thermal_radar_fusion.topics import SCREENINGS

    with (
        NodeProcesses(specs, ros_environment.environment()) as nodes,
        SerializedPort('trf_up') as port,
    ):
        console().print(f'started {", ".join(nodes.names)}; Ctrl-C ends them', soft_wrap=True)
        root = _root(namespace)
        port.subscribe(root + CONTACTS_TOPIC, messages.CONTACTS, ContactLines().receive)
        port.subscribe(root + IDENTITIES_TOPIC, messages.IDENTITIES, IdentityLines().receive)
        lines = ScreeningLines()
        for spec in specs:
            if spec.executable == 'track_associator':
                topic = f'{spec.namespace}/{SCREENINGS}'
                port.subscribe(topic, messages.SCREENINGS, lines.receive)
        yield port, nodes.check


def _keep_up(deployed: Deployment, namespace: str) -> None:
    """Run nodes until Ctrl-C.

    Raises:
        CommandError: one of them ended.
    """
    with _running(_specs(deployed, namespace), namespace) as (port, check):
        while True:
            check()
            port.spin(CHECK_PERIOD)


def _play_into(deployed: Deployment, path: Path, rate: float, loop: bool, namespace: str) -> None:
    """Run the graph on a bag, in the bag's time, and end with it."""
    from thermal_radar_fusion.bags import open_bag
    from thermal_radar_fusion.cli.bag_topics import sensor_topics

    with open_bag(path) as bag:
        topics, ingest = sensor_topics(bag, deployed, _root(namespace))
        specs = _specs(deployed, namespace, use_sim_time=True, ingest=ingest)
        with _running(specs, namespace) as (port, check):
            player = Player(port, bag, topics, rate, clock=True, check=check)
            player.wait_for_readers()
            player.play(loop)
            port.spin(SETTLE)


def _chosen(bag: BagReader, topics: list[str] | None) -> dict[str, str]:
    """Return the topics to replay, each under its own name.

    Raises:
        BadInputError: the bag does not have one of them.
    """
    for topic in topics or ():
        if topic not in bag.topics:
            known = ', '.join(sorted(bag.topics))
            raise BadInputError(f'{bag.path}: has no topic {topic}; it has {known}')
    return {topic: topic for topic in topics or bag.topics}

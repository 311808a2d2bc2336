"""A small ROS graph for one test: node processes, and one node of the test's own."""

import signal
import subprocess
import sys
import time

import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import SingleThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.parameter_client import AsyncParameterClient
from rclpy.qos import QoSProfile

from thermal_radar_fusion import ros_environment
from thermal_radar_fusion.node_specs import NodeSpec

# Generous: it is only ever reached by a test that fails, or on a machine that is very busy.
PATIENCE = 60.0
PROBE_TIME = 0.1

# Before everything else, but not 0, which means that nobody set the stamp.
PROBE_STAMP = 1.0


class NodeProcess:
    """One node under test."""

    def __init__(self, spec, domain):
        variables = ros_environment.kept_local(ros_environment.environment(), domain)
        command = [sys.executable, '-m', f'thermal_radar_fusion.nodes.{spec.executable}']
        self.name = f'{spec.namespace.rstrip("/")}/{spec.name}'
        self._process = subprocess.Popen(
            [*command, *spec.ros_arguments()],
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self):
        """Wait for the process to end by itself; return (status, stdout, stderr)."""
        output, errors = self._process.communicate(timeout=PATIENCE)
        return self._process.returncode, output, errors

    def stop(self, number=signal.SIGTERM):
        """Ask the process to end; return (status, stdout, stderr)."""
        self._process.send_signal(number)
        return self.finish()

    def ask_to_end(self):
        """Send SIGTERM if it is still at work."""
        if self.alive:
            self._process.terminate()

    def end(self):
        """Make sure that nothing is left.

        A process that is killed leaves its shared memory to whoever has the domain next.
        """
        try:
            if self.alive:
                self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    @property
    def alive(self):
        return self._process.poll() is None


class Graph:
    """Starts nodes, and listens and talks to them."""

    def __init__(self, domain):
        self.domain = domain
        self._nodes = []
        self._probes = 0
        self._context = rclpy.Context()
        rclpy.init(context=self._context, domain_id=domain)
        self.node = rclpy.create_node('test', context=self._context)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self._nodes:
            process.ask_to_end()
        for process in self._nodes:
            process.end()
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.try_shutdown(context=self._context)

    def start(self, executable, namespace='/lab', name=None, **parameters):
        """Start one node; a double underscore in a parameter's name stands for a dot."""
        values = {key.replace('__', '.'): value for key, value in parameters.items()}
        return self.start_spec(NodeSpec(executable, name or executable, namespace, values))

    def start_spec(self, spec):
        """Start the node that a specification describes."""
        process = NodeProcess(spec, self.domain)
        self._nodes.append(process)
        return process

    def stop(self, process, number=signal.SIGTERM):
        """Ask one node to end, and go on without it; return (status, stdout, stderr)."""
        self._nodes.remove(process)
        return process.stop(number)

    def publisher(self, kind, topic, depth=100):
        """Return a publisher that somebody listens to."""
        publisher = self.node.create_publisher(kind, topic, QoSProfile(depth=depth))
        self.wait(publisher.get_subscription_count, f'nobody listens to {topic}')
        return publisher

    def listen(self, kind, topic, qos=None, wait=True, into=None):
        """Return a list that grows by every message of a topic that somebody publishes."""
        messages = [] if into is None else into
        qos = qos or QoSProfile(depth=1000)
        self.node.create_subscription(kind, topic, messages.append, qos)
        if wait:
            self.wait(lambda: self.node.count_publishers(topic), f'nobody publishes {topic}')
        return messages

    def handshake(self, publisher, probe, replies):
        """Send probes until the last one is answered, then forget the answers.

        Each side of a connection learns of it at its own time: what is sent before that is lost.

        Args:
            publisher, replies: of a node that answers each message under the same stamp.
            probe: makes the message of a stamp.
        """
        while True:
            self._probes += 1
            message = probe(PROBE_STAMP + self._probes / 1024)
            publisher.publish(message)
            end = time.monotonic() + PROBE_TIME
            while time.monotonic() < end and not _is_answered(message, replies):
                self._step('no probe was answered')
            if _is_answered(message, replies):
                break
            assert self._probes * PROBE_TIME < PATIENCE, 'no probe was answered'
        replies.clear()

    def handshake_of_rooms(self, publishers, probe, replies):
        """Send probes to all rooms until there are replies of each, then forget them.

        For a node that puts the rooms in order: it answers nobody before it has heard of all.

        Args:
            publishers: by room.
            probe: makes the message of a stamp.
            replies: name their rooms.
        """
        while {message.room for message in replies} < set(publishers):
            self._probes += 1
            for publisher in publishers.values():
                publisher.publish(probe(PROBE_STAMP + self._probes / 1024))
            end = time.monotonic() + PROBE_TIME
            while time.monotonic() < end:
                self._step('no probe was answered')
            assert self._probes * PROBE_TIME < PATIENCE, 'no probe was answered'
        replies.clear()

    def wait(self, condition, failure):
        """Work on messages until a condition holds."""
        end = time.monotonic() + PATIENCE
        while not condition():
            self._step(failure)
            assert time.monotonic() < end, failure

    def _step(self, failure):
        """Work on messages for a moment; fail if a node has died."""
        self._executor.spin_once(timeout_sec=0.02)
        dead = [process for process in self._nodes if not process.alive]
        details = ''.join(process.finish()[2] for process in dead)
        assert not dead, f'{failure}\n{details}'

    def exchange(self, publisher, messages, replies):
        """Publish each message once the one before it is answered; return the answers."""
        for message in messages:
            answered = len(replies)
            publisher.publish(message)
            self.wait(
                lambda m=message, n=answered: _is_answered(m, replies[n:]),
                'a message was not answered',
            )
        # A late answer to a handshake is none of these.
        replies[:] = [reply for reply in replies if not _is_probe(reply)]
        return replies

    def set_parameters(self, process, **values):
        """Set parameters of a running node; return its answers."""
        parameters = [Parameter(key.replace('__', '.'), value=v) for key, v in values.items()]
        return self._call(process, lambda client: client.set_parameters(parameters)).results

    def describe_parameters(self, process, *names):
        """Return how a running node describes its parameters."""
        answer = self._call(process, lambda client: client.describe_parameters(list(names)))
        return answer.descriptors

    def _call(self, process, request):
        client = AsyncParameterClient(self.node, process.name)
        self.wait(client.services_are_ready, f'{process.name} has no parameter services')
        future = request(client)
        self.wait(future.done, f'{process.name} does not answer')
        return future.result()

    def diagnostics(self, process, condition):
        """Return the first diagnostic status of a node that meets a condition, as a dict."""
        messages = self.listen(DiagnosticArray, '/diagnostics')
        name = process.name.lstrip('/')

        def found():
            return [s for s in _statuses(messages) if s['name'] == name and condition(s)]

        self.wait(found, f'no such diagnostics of {name}')
        return found()[0]


def _statuses(messages):
    for message in messages:
        for status in message.status:
            values = {value.key: value.value for value in status.values}
            yield {
                'name': status.name,
                'level': status.level,
                'message': status.message,
                **values,
            }


def _is_answered(message, replies):
    """Tell whether one of some replies is the one to a message: it has the same stamp."""
    stamped = _stamp(message) not in (None, 0.0)
    return any(not stamped or _stamp(r) in (None, _stamp(message)) for r in replies)


def _is_probe(message):
    stamp = _stamp(message)
    return stamp is not None and PROBE_STAMP < stamp < PROBE_STAMP + 1


def _stamp(message):
    """Return the stamp of a message in seconds, None if it has none."""
    header = getattr(message, 'header', None)
    return header and header.stamp.sec + header.stamp.nanosec * 1e-9


def clean(ended):
    """Assert that a process ended as asked, without a traceback."""
    status, _, errors = ended
    assert status == 0, errors
    assert 'Traceback' not in errors
    return True

"""What all nodes have in common."""

import pytest

pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2: run `make test`')

import rclpy
from rclpy.exceptions import InvalidHandle
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from thermal_radar_fusion.nodes import fusion_node
from thermal_radar_fusion.parameters import ParameterError


@pytest.fixture
def ros(graph):
    """Let nodes be made in the process of the test."""
    rclpy.init(args=[], domain_id=graph.domain, signal_handler_options=SignalHandlerOptions.NO)
    yield
    rclpy.try_shutdown()


def test_a_node_that_fails_leaves_nothing_of_ros(ros):
    made = []

    class Broken(fusion_node.FusionNode):
        def __init__(self):
            super().__init__('broken', 'anything')
            made.append(self)
            raise ParameterError('rate must be positive')

        def destroy_node(self):
            pytest.fail('needs what was never made')

    with pytest.raises(ParameterError, match='rate must be positive'):
        fusion_node._made(Broken)
    assert not list(made[0].publishers)
    with pytest.raises(InvalidHandle):
        made[0].get_name()


def test_a_node_that_never_began_fails_with_its_own_error(ros):
    class Unborn(fusion_node.FusionNode):
        def __init__(self):
            raise ParameterError('no such file')

    assert issubclass(Unborn, Node)
    with pytest.raises(ParameterError, match='no such file'):
        fusion_node._made(Unborn)

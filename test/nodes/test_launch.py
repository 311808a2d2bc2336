"""The launch files, where ROS 2's launch is installed; it is not on PyPI."""

import importlib.util

import numpy as np
import pytest

pytest.importorskip('launch_ros', reason='needs launch_ros, which is not on PyPI')

from launch import LaunchContext
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction
from launch.utilities import perform_substitutions

from thermal_radar_fusion.bags import write_recording
from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.deployment import load_deployment
from thermal_radar_fusion.node_specs import node_specs
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.resources import resource

COMMON = {'namespace', 'use_sim_time', 'rviz', 'rviz_config', 'log_level'}


def described(name):
    """Return the launch description of a file."""
    spec = importlib.util.spec_from_file_location('launched', resource(f'launch/{name}.launch.py'))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generate_launch_description()


def started(name, **arguments):
    """Return what a launch file would start, with these arguments."""
    context, actions = LaunchContext(), []
    context.launch_configurations.update(arguments)
    for entity in described(name).entities:
        if isinstance(entity, DeclareLaunchArgument):
            entity.execute(context)
        elif isinstance(entity, OpaqueFunction):
            actions += entity.execute(context)
    return context, actions


@pytest.mark.parametrize(
    ('name', 'own'),
    [
        ('fusion', {'config', 'ingest'}),
        ('demo', {'config'}),
        ('replay', {'bag', 'config', 'rate', 'loop'}),
    ],
)
def test_every_argument_is_declared_and_described(name, own):
    arguments = described(name).get_launch_arguments()
    assert {argument.name for argument in arguments} == COMMON | own
    assert all(argument.description for argument in arguments)
    required = {argument.name for argument in arguments if not argument.default_value}
    assert required == ({'bag'} if name == 'replay' else set())


def test_graph_is_the_one_of_the_deployment():
    config = str(resource('config/two_radars_facing.yaml'))
    _, actions = started('fusion', config=config, namespace='site')
    specs = node_specs(load_deployment(config), namespace='site')
    assert [action.node_executable for action in actions] == [spec.executable for spec in specs]


def test_rviz_only_on_demand():
    _, actions = started('demo')
    executables = [action.node_executable for action in actions]
    assert 'simulator' in executables
    assert 'radar_ingest' not in executables
    _, actions = started('demo', rviz='true')
    assert actions[-1].node_executable == 'rviz2'


def test_bag_is_played_without_what_was_made_of_it(tmp_path):
    path = tmp_path / 'bag'
    recording = Recording((RadarFrame(5.0, np.ones((3, 5))),), room='hall')
    write_recording(path, recording)
    context, actions = started('replay', bag=str(path), loop='true')
    player = actions[-1]
    assert isinstance(player, ExecuteProcess)
    words = [perform_substitutions(context, word) for word in player.cmd]
    assert words[:4] == ['ros2', 'bag', 'play', str(path)]
    assert words[-3:] == ['--loop', '--topics', '/hall/radar/points']
    assert actions[0].node_executable == 'radar_tracker'


def test_bad_configuration_is_one_line():
    with pytest.raises(ParameterError, match='no such file'):
        started('fusion', config='/no/such.yaml')

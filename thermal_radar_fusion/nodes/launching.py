"""The node graph as actions of ros2 launch; `trf up` starts the same graph without it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from launch import LaunchContext, LaunchDescriptionEntity
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

from thermal_radar_fusion.node_specs import NodeSpec
from thermal_radar_fusion.resources import PACKAGE, resource

SWITCH = ('true', 'false')


def common_arguments(*, rviz: str, use_sim_time: str) -> list[DeclareLaunchArgument]:
    """Return the arguments that every launch file of this package has, with these defaults."""
    return [
        DeclareLaunchArgument(
            'namespace', default_value='', description='Put in front of every name.'
        ),
        DeclareLaunchArgument(
            'use_sim_time',
            default_value=use_sim_time,
            choices=SWITCH,
            description='Take time from /clock.',
        ),
        DeclareLaunchArgument(
            'rviz', default_value=rviz, choices=SWITCH, description='Show it in RViz.'
        ),
        DeclareLaunchArgument(
            'rviz_config',
            default_value=str(resource('rviz/fusion.rviz')),
            description='Configuration of RViz.',
        ),
        DeclareLaunchArgument(
            'log_level',
            default_value='info',
            choices=('debug', 'info', 'warn', 'error', 'fatal'),
            description='What the nodes log.',
        ),
    ]


def argument(context: LaunchContext, name: str) -> str:
    """Return the value of a launch argument."""
    return LaunchConfiguration(name).perform(context)


def switched_on(context: LaunchContext, name: str) -> bool:
    """Tell whether a launch argument is true."""
    return argument(context, name) == 'true'


def graph_actions(
    context: LaunchContext, specs: Iterable[NodeSpec]
) -> Sequence[LaunchDescriptionEntity]:
    """Return the actions that start a graph, and RViz if that is asked for."""
    actions = [node_action(spec, argument(context, 'log_level')) for spec in specs]
    if switched_on(context, 'rviz'):
        actions.append(_rviz_action(context))
    return actions


def node_action(spec: NodeSpec, log_level: str) -> Node:
    """Return the action that starts one node."""
    return Node(
        package=PACKAGE,
        executable=spec.executable,
        name=spec.name,
        namespace=spec.namespace,
        parameters=[dict(spec.parameters)],
        ros_arguments=['--log-level', f'{spec.name}:={log_level}'],
        output='screen',
    )


def _rviz_action(context: LaunchContext) -> Node:
    return Node(
        package='rviz2',
        executable='rviz2',
        arguments=['-d', argument(context, 'rviz_config')],
        parameters=[{'use_sim_time': switched_on(context, 'use_sim_time')}],
    )

"""Start the graph on a simulated scene: three people before a radar and a thermal camera."""

from collections.abc import Sequence

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import DeclareLaunchArgument, OpaqueFunction

from thermal_radar_fusion.deployment import load_deployment
from thermal_radar_fusion.node_specs import node_specs
from thermal_radar_fusion.nodes.launching import (
    argument,
    common_arguments,
    graph_actions,
    switched_on,
)
from thermal_radar_fusion.resources import resource


def generate_launch_description() -> LaunchDescription:
    """Return the launch arguments, and what starts the graph once they are known."""
    return LaunchDescription(
        [
            DeclareLaunchArgument(
                'config',
                default_value=str(resource('config/demo.yaml')),
                description='Deployment with a simulation; see docs/ros.md.',
            ),
            *common_arguments(rviz='false', use_sim_time='false'),
            OpaqueFunction(function=_start),
        ]
    )


def _start(context: LaunchContext) -> Sequence[LaunchDescriptionEntity]:
    specs = node_specs(
        load_deployment(argument(context, 'config')),
        namespace=argument(context, 'namespace'),
        use_sim_time=switched_on(context, 'use_sim_time'),
    )
    return graph_actions(context, specs)

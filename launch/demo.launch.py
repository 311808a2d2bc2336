"""Start the graph on three simulated people who cross in a room of 7 by 4 metres."""

from collections.abc import Sequence

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import OpaqueFunction

from thermal_radar_fusion.deployment import load_deployment, node_specs, simulator_spec
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
            *common_arguments(rviz='false', use_sim_time='false'),
            OpaqueFunction(function=_start),
        ]
    )


def _start(context: LaunchContext) -> Sequence[LaunchDescriptionEntity]:
    deployment = load_deployment(resource('config/demo.yaml'))
    choices = {
        'namespace': argument(context, 'namespace'),
        'use_sim_time': switched_on(context, 'use_sim_time'),
    }
    specs = node_specs(deployment, ingest=False, **choices)
    specs += [simulator_spec(radar, **choices) for radar in deployment.radars.values()]
    return graph_actions(context, specs)

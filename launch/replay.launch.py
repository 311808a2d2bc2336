"""Start the graph on a recording: `ros2 bag play` with the bag's time."""

from collections.abc import Sequence

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction, Shutdown

from thermal_radar_fusion.bags import open_bag
from thermal_radar_fusion.deployment import load_deployment, recorded_deployment
from thermal_radar_fusion.node_specs import node_specs
from thermal_radar_fusion.nodes.launching import (
    SWITCH,
    argument,
    common_arguments,
    graph_actions,
    switched_on,
)


def generate_launch_description() -> LaunchDescription:
    """Return the launch arguments, and what starts graph and bag once they are known."""
    return LaunchDescription(
        [
            DeclareLaunchArgument('bag', description='Recording with <room>/radar/points.'),
            DeclareLaunchArgument(
                'config',
                default_value='',
                description='Rooms, radars and parameters; empty: what the bag says of itself.',
            ),
            DeclareLaunchArgument('rate', default_value='1.0', description='Times real time.'),
            DeclareLaunchArgument(
                'loop',
                default_value='false',
                choices=SWITCH,
                description='Begin again.',
            ),
            *common_arguments(rviz='false', use_sim_time='true'),
            OpaqueFunction(function=_start),
        ]
    )


def _start(context: LaunchContext) -> Sequence[LaunchDescriptionEntity]:
    bag = argument(context, 'bag')
    with open_bag(bag) as opened:
        topics = opened.topics
        config = argument(context, 'config')
        deployment = load_deployment(config) if config else recorded_deployment(opened)
    points = [topic for topic in topics if topic.endswith('/radar/points')]
    images = [topic for topic in deployment.camera_inputs() if topic in topics]
    specs = node_specs(
        deployment,
        namespace=argument(context, 'namespace'),
        use_sim_time=switched_on(context, 'use_sim_time'),
        # A bag of a driver's own topic goes through the nodes that read the driver.
        ingest=not points,
    )
    return [*graph_actions(context, specs), _player(context, bag, points and [*points, *images])]


def _player(context: LaunchContext, bag: str, topics: Sequence[str]) -> ExecuteProcess:
    """Return `ros2 bag play`; of a bag of ours only the sensors, not what was made of them."""
    command = ['ros2', 'bag', 'play', bag, '--clock', '100', '--rate', argument(context, 'rate')]
    if switched_on(context, 'loop'):
        command.append('--loop')
    if topics:
        command += ['--topics', *topics]
    return ExecuteProcess(cmd=command, output='screen', on_exit=[Shutdown()])

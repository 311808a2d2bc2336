"""Nodes as separate processes over real DDS, each test in a ROS domain of its own."""

import pytest

# Where ROS or the built messages are missing, every test file skips itself in its first lines.


@pytest.fixture
def graph(monkeypatch):
    """Yield a `graph.Graph`: nodes to start, topics to send on and to listen to."""
    from node_graph import Graph

    from thermal_radar_fusion.ros_environment import ReservedDomain, kept_local

    for name, value in kept_local({}).items():
        monkeypatch.setenv(name, value)
    with ReservedDomain() as domain, Graph(domain.number) as running:
        yield running

"""Finding the built messages, and the variables under which ROS 2 runs."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from thermal_radar_fusion import ros_environment
from thermal_radar_fusion.ros_environment import ReservedDomain, RosNotFoundError

PYTHON_FOLDER = f'lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages'


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    """Return a checkout that `make setup` has built, and let this Python be its own."""
    checkout = tmp_path / 'checkout'
    (checkout / 'install/thermal_radar_fusion' / PYTHON_FOLDER).mkdir(parents=True)
    prefix = tmp_path / 'venv'
    marker = prefix / 'share/ament_index/resource_index/packages/rclpy'
    marker.parent.mkdir(parents=True)
    marker.touch()
    monkeypatch.setattr(ros_environment, 'checkout', lambda: checkout)
    monkeypatch.setattr(sys, 'prefix', str(prefix))
    return checkout


def test_prepared_checkout_comes_first(prepared):
    variables = ros_environment.environment({'PYTHONPATH': '/mine', 'HOME': '/home/me'})
    install = prepared / 'install/thermal_radar_fusion'
    paths = variables['PYTHONPATH'].split(os.pathsep)
    assert paths == [str(prepared), str(install / PYTHON_FOLDER), '/mine']
    assert variables['AMENT_PREFIX_PATH'].split(os.pathsep) == [str(install), sys.prefix]
    assert variables['LD_LIBRARY_PATH'].split(os.pathsep)[0] == str(install / 'lib')
    assert variables['HOME'] == '/home/me'
    assert variables['OMP_NUM_THREADS'] == '1'


def test_applying_it_twice_changes_nothing(prepared):
    once = ros_environment.environment({})
    assert ros_environment.environment(once) == once


def test_another_ros_in_the_shell_is_left_out(prepared):
    shell = {
        'AMENT_PREFIX_PATH': '/opt/ros/jazzy',
        'PYTHONPATH': '/opt/ros/jazzy/lib/python3.12/site-packages:/mine',
        'LD_LIBRARY_PATH': '/opt/ros/jazzy/lib:/mine/lib',
        'RMW_IMPLEMENTATION': 'rmw_cyclonedds_cpp',
    }
    variables = ros_environment.environment(shell)
    assert not any('/opt/ros' in value for value in variables.values())
    assert variables['PYTHONPATH'].endswith('/mine')
    assert 'RMW_IMPLEMENTATION' not in variables


def test_sourced_installation_is_taken_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(ros_environment, 'checkout', lambda: None)
    marker = tmp_path / 'share/ament_index/resource_index/packages/thermal_radar_fusion'
    marker.parent.mkdir(parents=True)
    marker.touch()
    shell = {'AMENT_PREFIX_PATH': f'{tmp_path}:/opt/ros/jazzy', 'OMP_NUM_THREADS': '4'}
    variables = ros_environment.environment(shell)
    assert variables['AMENT_PREFIX_PATH'] == shell['AMENT_PREFIX_PATH']
    assert variables['OMP_NUM_THREADS'] == '4'


def test_nothing_built_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(ros_environment, 'checkout', lambda: None)
    with pytest.raises(RosNotFoundError, match='make setup') as caught:
        ros_environment.environment({})
    assert '\n' not in str(caught.value)


def test_restart_happens_only_where_it_changes_something(prepared, monkeypatch):
    restarts = []
    monkeypatch.setattr(os, 'execve', lambda *arguments: restarts.append(arguments))
    monkeypatch.setattr(os, 'environ', {})
    ros_environment.enter()
    assert len(restarts) == 1
    program, arguments, variables = restarts[0]
    assert (program, arguments) == (sys.executable, sys.orig_argv)
    monkeypatch.setattr(os, 'environ', variables)
    ros_environment.enter()
    assert len(restarts) == 1


def test_local_discovery_is_a_default():
    local = ros_environment.kept_local({})
    assert local['ROS_AUTOMATIC_DISCOVERY_RANGE'] == 'LOCALHOST'
    assert Path(local['FASTRTPS_DEFAULT_PROFILES_FILE']).is_file()
    chosen = dict.fromkeys(local, 'mine') | {'ROS_DOMAIN_ID': '3'}
    assert ros_environment.kept_local(chosen) == chosen
    assert ros_environment.kept_local(chosen, 7)['ROS_DOMAIN_ID'] == '7'


def test_reserved_domains_differ_and_come_back():
    with ReservedDomain() as first, ReservedDomain() as second:
        assert first.number != second.number
        assert 1 <= first.number <= 100
        with socket.socket() as rival, pytest.raises(OSError):
            rival.bind(('', ros_environment.DOMAIN_PORT + first.number))
    with socket.socket() as rival:
        rival.bind(('', ros_environment.DOMAIN_PORT + first.number))


def test_command_without_ros_ends_with_one_line(tmp_path):
    # A copy without the build beside it, in a Python that has no ROS environment.
    source = Path(ros_environment.__file__).parent
    package = tmp_path / 'thermal_radar_fusion'
    package.mkdir()
    for name in ('__init__.py', 'ros_environment.py', 'resources.py'):
        (package / name).write_text((source / name).read_text())
    result = subprocess.run(
        [sys.executable, '-m', 'thermal_radar_fusion.ros_environment', 'true'],
        cwd=tmp_path,
        env={'PYTHONPATH': str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert result.stderr.count('\n') == 1
    assert 'make setup' in result.stderr

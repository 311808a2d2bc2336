#!/bin/sh
# Build the package with colcon against the ROS 2 wheels of a virtual environment: $1, absolute.
set -eu

venv=$1
export AMENT_PREFIX_PATH="$venv" CMAKE_PREFIX_PATH="$venv" ROS_VERSION=2 ROS_DISTRO=jazzy

# CMake keeps what an earlier configuration found, also where a new environment has it elsewhere.
if [ -f build/thermal_radar_fusion/CMakeCache.txt ] &&
    ! grep -qF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" build/thermal_radar_fusion/CMakeCache.txt; then
  rm -rf build install log
fi

mkdir -p log
if ! "$venv/bin/colcon" build --symlink-install --base-paths . \
    --cmake-args -DPython3_EXECUTABLE="$venv/bin/python" -DBUILD_TESTING=OFF \
      -DCMAKE_BUILD_TYPE=Release --no-warn-unused-cli >log/setup.txt 2>&1; then
  cat log/setup.txt >&2
  echo 'setup: colcon build failed, its output is above and in log/setup.txt' >&2
  exit 1
fi

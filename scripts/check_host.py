"""Tell in one line what this machine lacks for `make setup`; runs under any Python."""

# ruff: noqa: ANN001, ANN201, UP031

import os
import platform
import sys
import sysconfig

OLDEST = (3, 10)
NEWEST = (3, 13)


def missing():
    """Return what is missing as one sentence, None if nothing is."""
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        return (
            'Python %d.%d to %d.%d is needed and %s is %d.%d;'
            ' name another one: make PYTHON=/path/to/python3'
            % (OLDEST + NEWEST + (sys.executable,) + version)
        )
    if (platform.system(), platform.machine()) != ('Linux', 'x86_64'):
        return 'the ROS 2 wheels exist for x86-64 Linux only; elsewhere use a ROS 2 installation'
    if not has_module('venv') or not has_module('ensurepip'):
        return 'the module venv is missing: install it, on Debian and Ubuntu by apt: python3-venv'
    if not compiler():
        return 'a C++ compiler is missing: install one, on Debian and Ubuntu by apt: g++'
    if not os.path.exists(os.path.join(sysconfig.get_path('include'), 'Python.h')):
        return 'the headers of Python are missing: on Debian and Ubuntu by apt: python3-dev'
    return None


def has_module(name):
    """Tell whether a module can be imported."""
    try:
        __import__(name)
    except ImportError:
        return False
    return True


def compiler():
    """Return the C++ compiler that CMake will find, None if there is none."""
    from shutil import which

    chosen = os.environ.get('CXX', '').split()
    return which(chosen[0]) if chosen else which('c++') or which('g++') or which('clang++')


if __name__ == '__main__':
    problem = missing()
    if problem:
        sys.exit('setup: ' + problem)

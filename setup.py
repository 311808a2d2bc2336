"""pip installs the ROS-free part and `trf` with this; colcon builds by CMakeLists.txt instead."""

import re
from collections.abc import Iterator
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
PACKAGE = 'thermal_radar_fusion'


def requirements(name: str) -> list[str]:
    """Return the lines of requirements/NAME.txt that name a requirement."""
    lines = (ROOT / 'requirements' / f'{name}.txt').read_text().splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def version() -> str:
    """Return the version that package.xml states."""
    return re.search('<version>(.*?)</version>', (ROOT / 'package.xml').read_text())[1]


def share_files() -> Iterator[tuple[str, list[str]]]:
    """Return (folder, files) of what is no Python, as `resources.resource` looks for it."""
    for name in ('msg', 'config', 'launch', 'models', 'rviz'):
        folders = [ROOT / name, *sorted(p for p in (ROOT / name).rglob('*') if p.is_dir())]
        for folder in folders:
            files = sorted(p.relative_to(ROOT).as_posix() for p in folder.glob('*.*'))
            yield f'share/{PACKAGE}/{folder.relative_to(ROOT).as_posix()}', files


setup(
    name=PACKAGE,
    version=version(),
    description='Track people with mmWave radars and tell who was near whom',
    license='Apache-2.0',
    python_requires='>=3.10',
    packages=find_packages(include=[PACKAGE, f'{PACKAGE}.*']),
    package_data={f'{PACKAGE}.report': ['*.html', '*.jinja', '*.j2', '*.css', 'templates/*']},
    data_files=list(share_files()),
    install_requires=requirements('run'),
    extras_require={name: requirements(name) for name in ('evaluation', 'peers', 'test', 'train')},
    entry_points={'console_scripts': ['trf = thermal_radar_fusion.cli:main']},
)

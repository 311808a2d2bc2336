"""Where gait windows for training come from: bags that say who is who, and mmGait files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from thermal_radar_fusion.bags import BagError, open_bag, read_recording
from thermal_radar_fusion.datasets.gait_recordings import (
    GaitRecording,
    find_recordings,
    of_sensor,
    read_windows,
    stacked,
    walker_windows,
)
from thermal_radar_fusion.datasets.mmgait import subject_name
from thermal_radar_fusion.datasets.recording import DatasetError, Recording
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.reid.gait_windows import GaitWindowParameters
from thermal_radar_fusion.training.checkpoints import Tell

BAG_FILES = ('.mcap', '.db3')


def known_people(
    sources: Sequence[Path],
    cache: Path,
    parameters: GaitWindowParameters,
    tell: Tell,
    without: Sequence[str] = (),
) -> list[GaitRecording]:
    """Return the windows of everybody in some bags and folders of mmGait files.

    Args:
        sources: bags, or folders with mmGait files somewhere below.
        cache: folder where windows of mmGait files are kept.
        parameters: of the windows.
        tell: is told what is done, how much, and of how much.
        without: subjects of mmGait files who are left out.

    Raises:
        DatasetError, BagError: a source cannot be read, holds nobody, or does not say who it is;
            or there is no file of somebody to leave out.
    """
    recordings: list[GaitRecording] = []
    files: list[Path] = []
    for source in sources:
        if not source.exists():
            raise DatasetError(f'{source}: there is no such file or folder')
        if is_bag(source):
            recordings += bag_windows(source, parameters)
        else:
            files += find_recordings(source)
    files = _others(files, without)
    for index, file in enumerate(files):
        tell(f'Reading {file.name}', index, len(files))
        recordings.append(read_windows(file, parameters, cache))
    return recordings


def _others(files: Sequence[Path], without: Sequence[str]) -> list[Path]:
    """Return the files of all but some subjects, each of whom must have one."""
    missing = sorted(set(without) - set(map(subject_name, files)))
    if missing:
        raise DatasetError(f'there is no mmGait file of {", ".join(missing)} to leave out')
    return [file for file in files if subject_name(file) not in without]


def is_bag(path: Path) -> bool:
    """Tell whether a path is a rosbag2: its folder or its file."""
    return path.suffix in BAG_FILES or (path / 'metadata.yaml').is_file()


def bag_windows(bag: Path, parameters: GaitWindowParameters) -> list[GaitRecording]:
    """Return the windows of everybody before each radar of a bag, as BAG:PERSON.

    Raises:
        BagError: it cannot be read, does not say whose the points are, or nobody walks in it.
    """
    with open_bag(bag) as reader:
        mountings = reader.mountings()
    found = []
    for recording in read_recording(bag):
        if recording.point_people is None:
            raise BagError(f'{bag}: does not say whose points these are (field person)')
        for sensor in sorted({frame.sensor for frame in recording.frames}):
            mounting = mountings.get(sensor, RigidTransform())
            found += _before(of_sensor(recording, sensor), mounting, parameters)
    if not found:
        raise BagError(f'{bag}: shows nobody who walks')
    return [replace(one, subject=f'{bag.stem}:{one.subject}') for one in found]


def _before(
    recording: Recording, mounting: RigidTransform, parameters: GaitWindowParameters
) -> list[GaitRecording]:
    """Return the windows of each person before one radar."""
    windows = walker_windows(recording, mounting, parameters)
    sensor = recording.frames[0].sensor
    return [
        stacked(person, recording.room, sensor, own, parameters) for person, own in windows.items()
    ]

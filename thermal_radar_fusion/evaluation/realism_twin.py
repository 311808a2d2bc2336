"""The simulated twin of a real recording of one person: same way, same stamps, same device."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from thermal_radar_fusion.datasets.recording import DatasetError, Recording
from thermal_radar_fusion.datasets.reference import with_reference
from thermal_radar_fusion.evaluation.realism_room import room_of
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.simulation.actor import Actor
from thermal_radar_fusion.simulation.person import Person
from thermal_radar_fusion.simulation.radar_device import RADAR_DEVICES, RadarDevice
from thermal_radar_fusion.simulation.radar_echoes import RadarModel
from thermal_radar_fusion.simulation.radar_sensor import SimulatedRadar
from thermal_radar_fusion.simulation.trajectory import STEP, Trajectory

Array = NDArray[np.float64]

# Slower, a person keeps the heading they had [m/s]; headings are smoothed over so long [s].
SLOW, TURNING = 0.3, 0.5
# A radar is recognised if Doppler step and maximum together differ by no more than this share.
ALIKE = 0.15
# So long without a frame, a radar was not running [s].
PAUSE = 0.5


def recognised_device(recording: Recording) -> str:
    """Return the name of the known device with the Doppler steps of a recording.

    Raises:
        DatasetError: no device has such Doppler steps.
    """
    velocities = np.concatenate([frame.points[:, 3] for frame in recording.frames])
    values = np.unique(np.round(velocities, 3))
    steps = np.diff(values)
    step = float(np.median(steps[steps > 0.01])) if (steps > 0.01).any() else np.nan
    fastest = abs(values).max(initial=0.0)
    misfit = {
        name: abs(step / device.doppler_resolution - 1.0)
        + abs(fastest / device.maximum_velocity - 1.0)
        for name, device in RADAR_DEVICES.items()
    }
    best = min(misfit, key=misfit.__getitem__)
    if not misfit[best] < ALIKE:
        known = ', '.join(RADAR_DEVICES)
        raise DatasetError(
            f'no known radar has Doppler steps of {step:.3f} m/s up to {fastest:.2f} m/s; '
            f'known are {known}: choose one with --set device=NAME'
        )
    return best


def twin(recording: Recording, device: RadarDevice, model: RadarModel, seed: int) -> Recording:
    """Return what a simulated radar sees of somebody who walks as the real one did.

    It runs at its own rate whenever the real one ran; where the real person was not seen for
    long, nobody is there.

    Args:
        recording: of one person, with truth in the radar's frame.
        device, model: of the simulated radar.
        seed: of everything random.

    Returns:
        a recording with reference and labels found as for a real one.

    Raises:
        DatasetError: nobody was found in the recording.
    """
    room = room_of(recording)
    motion_seed, radar_seed = np.random.SeedSequence(seed).spawn(2)
    actor = Actor(Person(), trajectory_of(recording), motion_seed)
    mounting = RigidTransform(translation=np.array([0.0, 0.0, room.height]))
    radar = SimulatedRadar(device, mounting, room.walls, np.random.default_rng(radar_seed), model)
    motion = actor.motion(_running(recording, radar.frame_times(0.0, recording.duration)))
    seen = [(i, found) for i, found in enumerate(radar.observe([motion])) if found is not None]
    start, sensor = recording.frames[0].stamp, recording.frames[0].sensor
    frames = tuple(RadarFrame(start + found.time, found.points, sensor) for _, found in seen)
    found = with_reference(Recording(frames, people=recording.people, room=recording.room))
    # Clutter may look like a person where nobody was.
    truth = tuple(
        true if motion.present[i] else () for (i, _), true in zip(seen, found.truth, strict=True)
    )
    return dataclasses.replace(found, truth=truth)


def _running(recording: Recording, times: Array) -> Array:
    """Return the times [s from the first frame] within PAUSE of a frame of the recording."""
    stamps = np.array([frame.stamp for frame in recording.frames]) - recording.frames[0].stamp
    after = np.clip(np.searchsorted(stamps, times), 1, len(stamps) - 1)
    nearest = np.minimum(np.abs(stamps[after] - times), np.abs(stamps[after - 1] - times))
    return times[nearest < PAUSE]


def trajectory_of(recording: Recording) -> Trajectory:
    """Return the way of the person of a recording, the radar's place being the origin.

    Raises:
        DatasetError: nobody was found in the recording.
    """
    stamps = np.array([frame.stamp for frame in recording.frames])
    known = np.array([bool(truth) for truth in recording.truth])
    if known.sum() < 2:
        raise DatasetError('nobody was found in the recording')
    states = np.array([(t[0].position[:2], t[0].velocity[:2]) for t in recording.truth if t])
    grid = stamps[0] + STEP * np.arange(int((stamps[-1] - stamps[0]) / STEP) + 2)
    columns = states.reshape(-1, 4)
    values = [np.interp(grid, stamps[known], column) for column in columns.T]
    position, velocity = np.stack(values[:2], axis=1), np.stack(values[2:], axis=1)
    still = np.zeros(len(grid))
    return Trajectory(
        position,
        _headings(velocity),
        still,
        still,
        np.interp(grid, stamps, known) > 0.5,
    )


def _headings(velocity: Array) -> Array:
    """Return the headings (T,) of somebody with these velocities (T, 2), smooth."""
    moving = np.hypot(*velocity.T) > SLOW
    angles = np.arctan2(velocity[:, 1], velocity[:, 0])
    last = np.maximum.accumulate(np.where(moving, np.arange(len(angles)), 0))
    angles = np.unwrap(angles[last])
    half = round(TURNING / STEP / 2)
    kernel = np.ones(2 * half + 1) / (2 * half + 1)
    return np.convolve(np.pad(angles, half, mode='edge'), kernel, 'valid')

"""The reference trajectory against a simulated walk that is known exactly."""

import dataclasses

import numpy as np
import pytest

from thermal_radar_fusion.datasets.recording import NOBODY, Recording
from thermal_radar_fusion.datasets.reference import find_reference, with_reference
from thermal_radar_fusion.radar.point_cloud import RadarFrame

PERIOD = 0.1
FRAMES = 300
SKIN = 0.1  # so far before the middle of the body [m]


def positions(stamps):
    """Return (M, 2) of a walk to and fro of 4 m, at most 1.26 m/s."""
    return np.column_stack([4.0 + 2.0 * np.cos(0.63 * stamps), 0.5 * np.sin(0.63 * stamps)])


def cloud(rng, centre, speed, count):
    """Points of the skin before a body's middle at centre (2,) that recedes at `speed`."""
    noise = rng.normal(-SKIN * np.asarray(centre) / np.linalg.norm(centre), 0.12, (count, 2))
    height = rng.normal(0.9, 0.3, count).clip(0.1, 1.7)
    doppler = rng.normal(speed, 0.4, count)
    return np.column_stack([centre + noise, height, doppler, np.full(count, 50.0)])


def recorded(ghosts=True, hidden=slice(0, 0), seed=5):
    """Return a recording, and the true positions; a mirror ghost comes for a second a lap."""
    rng = np.random.default_rng(seed)
    stamps = PERIOD * np.arange(FRAMES) + rng.uniform(0.0, 0.01, FRAMES)
    truth = positions(stamps)
    speeds = np.gradient(np.linalg.norm(truth, axis=1), stamps)
    frames = []
    for i, stamp in enumerate(stamps):
        own = 0 if i in range(FRAMES)[hidden] else int(rng.integers(8, 22))
        parts = [cloud(rng, truth[i], speeds[i], own)]
        if ghosts and i % 100 < 12:
            parts.append(cloud(rng, truth[i] + [1.0, 2.5], speeds[i], 7))
        parts.append(rng.uniform([0.3, -4, -1, -2, 1], [8, 4, 1, 2, 9], (3, 5)))
        frames.append(RadarFrame(float(stamp), np.concatenate(parts)))
    return Recording(tuple(frames), people=('walker',)), truth


@pytest.mark.parametrize('seed', [1, 2, 3])
def test_reference_is_within_centimetres_of_the_truth(seed):
    recording, truth = recorded(seed=seed)
    found = find_reference(recording)
    errors = np.hypot(*(found.positions[:, :2] - truth).T)
    assert found.present.all()
    assert np.sqrt((errors**2).mean()) < 0.04
    assert errors.max() < 0.15


def test_velocity_is_that_of_the_walk():
    recording, truth = recorded()
    velocity = np.gradient(truth, PERIOD, axis=0)
    found = find_reference(recording)
    assert np.abs(found.velocities[10:-10, :2] - velocity[10:-10]).mean() < 0.1


def test_ghosts_are_nobody():
    recording, truth = recorded()
    found = find_reference(recording)
    for frame, own, true in zip(recording.frames, found.labels, truth, strict=True):
        distance = np.hypot(*(frame.points[:, :2] - true).T)
        assert not own[distance > 0.9].any()
        assert own[distance < 0.3].mean() > 0.6


def test_nobody_is_present_where_nothing_was_seen_for_long():
    recording, _ = recorded(hidden=slice(140, 170))
    found = find_reference(recording)
    assert found.present[:140].all()
    assert not found.present[140:170].any()
    assert found.present[170:].all()
    assert np.isnan(found.positions[140:170]).all()


def test_short_hole_is_bridged():
    recording, truth = recorded(hidden=slice(140, 148))
    found = find_reference(recording)
    assert found.present.all()
    errors = np.hypot(*(found.positions[140:148, :2] - truth[140:148]).T)
    assert errors.max() < 0.25


def test_truth_and_labels_are_filled_in():
    recording, _ = recorded(hidden=slice(140, 170))
    labelled = with_reference(recording)
    assert [true.person for true in labelled.truth[0]] == ['walker']
    assert labelled.truth[150] == ()
    assert set(np.concatenate(labelled.point_people)) == {0, NOBODY}
    assert (labelled.point_people[150] == NOBODY).all()


def test_clutter_alone_is_nobody():
    recording, _ = recorded(ghosts=False, hidden=slice(0, FRAMES))
    found = find_reference(recording)
    assert not found.present.any()
    assert not np.concatenate(found.labels).any()


def test_recording_without_frames_or_points_has_nobody():
    assert find_reference(Recording(())).present.shape == (0,)
    empty = tuple(RadarFrame(0.1 * i, np.empty((0, 5))) for i in range(9))
    assert not find_reference(Recording(empty)).present.any()


def test_points_that_are_not_finite_are_nobody():
    recording, truth = recorded()
    frames = tuple(
        dataclasses.replace(frame, points=np.vstack([frame.points, np.full(5, np.nan)]))
        for frame in recording.frames
    )
    found = find_reference(dataclasses.replace(recording, frames=frames))
    assert not any(own[-1] for own in found.labels)
    assert np.hypot(*(found.positions[:, :2] - truth).T).max() < 0.15

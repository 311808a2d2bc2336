"""Simulated infrared beside real recordings: low-resolution pixels and small faces."""

import csv
import dataclasses
import gzip
import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.simulation.actor import Actor
from thermal_radar_fusion.simulation.body import BodyMotion
from thermal_radar_fusion.simulation.lowres_ir_model import LOWRES_DEVICES
from thermal_radar_fusion.simulation.lowres_ir_sensor import SimulatedLowResIr
from thermal_radar_fusion.simulation.population import drawn_person
from thermal_radar_fusion.simulation.thermal_camera import (
    SimulatedThermalCamera,
    ThermalCameraModel,
)
from thermal_radar_fusion.simulation.trajectory import STEP, Trajectory

CEILING = {'pitch': math.pi / 2}


def straight_on() -> Trajectory:
    """Return 2 s of a walk of 2 m along x, at the origin after 1 s."""
    samples = int(2.0 / STEP) + 1
    way = np.column_stack([np.linspace(-1, 1, samples), np.zeros(samples)])
    still = np.zeros(samples)
    return Trajectory(way, still, still, still, np.ones(samples, bool))


@pytest.fixture(scope='module')
def walkers():
    """Six people and what their bodies do while they walk through the origin."""
    draw = np.random.default_rng(11)
    people = [drawn_person(f'walker {k}', draw) for k in range(6)]
    times = np.linspace(0.7, 1.3, 7)
    return [(p, Actor(p, straight_on(), seed=k).motion(times)) for k, p in enumerate(people)]


def placed(motion: BodyMotion, x: float, y: float, heading: float) -> BodyMotion:
    """Return a motion with the middle of its way at x, y [m], along another heading."""
    pose = RigidTransform.from_xyz_rpy((x, y, 0), (0, 0, heading))
    return dataclasses.replace(motion, joints=pose.apply(motion.joints))


def present(folder: Path) -> Path:
    """Return a folder or file, or skip."""
    if not folder.exists():
        pytest.skip(f'no real recordings: {folder} is absent')
    return folder


# --- the 8x8 pixels of the localisation data


def pixel_statistics(file: Path) -> dict[str, np.ndarray]:
    """Return the published statistics (8, 8) [°C] by name."""
    with file.open(newline='') as lines:
        rows = list(csv.reader(lines))[1:]
    return {row[0]: np.array(row[1:65], float).reshape(8, 8) for row in rows}


def sessions(walkers, count: int = 150, frames: int = 3) -> np.ndarray:
    """Return frames (N, 8, 8) of sessions with no to three people, as often as in the data."""
    draw = np.random.default_rng(4)
    images = []
    for _ in range(count):
        above = Mounting(z=2.7, **CEILING).transform
        sensor = SimulatedLowResIr(LOWRES_DEVICES['thermopile_8x8'], above, draw)
        chosen = draw.permutation(len(walkers))[: draw.choice(4, p=(0.04, 0.13, 0.40, 0.43))]
        for k in range(frames):
            places = draw.uniform((-1.15, -1.15, 0), (1.15, 1.15, 6.28), (len(chosen), 3))
            bodies = [
                (walkers[w][0], placed(walkers[w][1], *place))
                for w, place in zip(chosen, places, strict=True)
            ]
            images.append(sensor.render(7.0 * k, bodies, int(draw.integers(7))))
    return np.array(images, float)


def test_pixels_have_the_statistics_of_the_localisation_data(shared_data, walkers):
    folder = present(shared_data / 'low_res_ir' / 'lowresir')
    real = pixel_statistics(folder / 'localization_train_pixel_statistics.csv')
    images = sessions(walkers)
    figures = {
        'mean': (images.mean(axis=0), 0.3),
        '25%': (np.percentile(images, 25, axis=0), 0.3),
        '50%': (np.percentile(images, 50, axis=0), 0.3),
        '75%': (np.percentile(images, 75, axis=0), 0.35),
        'max': (images.max(axis=0), 1.2),
    }
    for name, (simulated, tolerance) in figures.items():
        print(f'{name}: simulated {simulated.mean():.2f}, real {real[name].mean():.2f} °C')
        assert simulated.mean() == pytest.approx(real[name].mean(), abs=tolerance), name
    assert images.std(axis=0).mean() == pytest.approx(real['std'].mean(), rel=0.25)
    alike = np.corrcoef(np.ravel(figures['50%'][0]), real['50%'].ravel())[0, 1]
    assert alike > 0.6


# --- one walker under an 8x8 sensor, with true positions


def warm_blobs(file: Path) -> np.ndarray:
    """Return (N, 64) K above the empty image of frames with the walker near the middle."""
    with gzip.open(file, 'rt', newline='') as lines:
        rows = list(csv.reader(lines))[1:]
    pixels = np.array([row[1:65] for row in rows], float)
    x, y = np.array([row[-2:] for row in rows], float).T
    y -= 2.5
    far = (np.abs(x) > 1.6) | (np.abs(y) > 1.6)
    near = (np.abs(x) < 0.6) & (np.abs(y) < 0.6)
    return pixels[near] - pixels[far].mean(axis=0)


def figures_of(blobs: np.ndarray) -> tuple[float, float, float, float]:
    """Return medians: hottest, fourth and eighth pixel [K], and pixels above 1.5 K."""
    above = blobs - np.median(blobs, axis=1, keepdims=True)
    order = -np.sort(-above, axis=1)
    ranked = (float(np.median(order[:, k])) for k in (0, 3, 7))
    return (*ranked, float(np.mean((above > 1.5).sum(axis=1))))


def simulated_blobs(walkers) -> np.ndarray:
    """Return the same of simulated walkers below a sensor at the same height."""
    draw = np.random.default_rng(6)
    sensor = SimulatedLowResIr(
        LOWRES_DEVICES['amg8833'], Mounting(z=2.5, **CEILING).transform, draw
    )
    images = []
    for k in range(180):
        person, motion = walkers[k % len(walkers)]
        there = placed(motion, *draw.uniform((-0.6, -0.6, 0), (0.6, 0.6, 6.28)))
        empty = np.mean([sensor.render(k + j / 10, [], 0) for j in range(1, 10)], axis=0)
        images.append(sensor.render(k, [(person, there)], int(draw.integers(7))) - empty)
    return np.array(images).reshape(-1, 64)


def test_a_walker_is_as_warm_and_as_large_as_a_real_one(shared_data, walkers):
    folder = present(shared_data / 'low_res_ir' / 'open_thermopile')
    names = ('day1/subject1_sample', 'day2/subject1', 'day2/subject3')
    real = np.mean([figures_of(warm_blobs(folder / f'{name}.csv.gz')) for name in names], axis=0)
    simulated = figures_of(simulated_blobs(walkers))
    print(f'hottest, 4th, 8th pixel, pixels > 1.5 K: simulated {simulated}, real {real}')
    assert simulated[0] == pytest.approx(real[0], rel=0.15)
    assert simulated[1] == pytest.approx(real[1], rel=0.2)
    assert simulated[2] == pytest.approx(real[2], rel=0.35)
    assert simulated[3] == pytest.approx(real[3], abs=1.0)


def test_people_are_as_warm_to_24x32_pixels_as_real_ones(shared_data, walkers):
    file = present(shared_data / 'low_res_ir' / 'thermo_presence' / 'raw_celsius_2frames.npz')
    with np.load(file) as content:
        frame, heads = content['frames'][0].reshape(24, 32), content['points_xy_frame0']
    real = [
        frame[max(int(y) - 1, 0) : int(y) + 2, max(int(x) - 1, 0) : int(x) + 2].max()
        - np.median(frame)
        for x, y in heads
    ]
    draw = np.random.default_rng(3)
    above = Mounting(z=2.8, **CEILING).transform
    sensor = SimulatedLowResIr(LOWRES_DEVICES['mlx90640'], above, draw)
    simulated = []
    for k in range(36):
        person, motion = walkers[k % len(walkers)]
        there = placed(motion, *draw.uniform((-1.2, -1.8, 0), (1.2, 1.8, 6.28)))
        simulated.append(sensor.contrast([(person, there)], 3).max())
    print(f'warmest pixel of a person: simulated {np.median(simulated):.1f}, real {real} K')
    assert np.median(simulated) == pytest.approx(np.median(real), rel=0.25)


# --- faces


def below_maximum(face: np.ndarray) -> tuple[float, float, float, float]:
    """Return how far forehead, cheeks, nose and median lie below the maximum of a box [K]."""
    high, wide = face.shape

    def part(left, right, top, bottom):
        rows = slice(int(top * high), int(bottom * high) + 1)
        return face[rows, int(left * wide) : int(right * wide) + 1]

    cheeks = np.r_[part(0.15, 0.3, 0.5, 0.7).ravel(), part(0.7, 0.85, 0.5, 0.7).ravel()]
    return tuple(
        float(face.max() - value)
        for value in (
            part(0.3, 0.7, 0.06, 0.25).mean(),
            np.median(cheeks),
            part(0.42, 0.58, 0.5, 0.68).mean(),
            np.median(face),
        )
    )


def real_faces(folder: Path) -> np.ndarray:
    """Return `below_maximum` of the boxed faces of the radiometric images."""
    figures = []
    with (folder / 'boxes.csv').open(newline='') as lines:
        for row in csv.DictReader(lines):
            image = cv2.imread(str(folder / row['file']), cv2.IMREAD_UNCHANGED) * 0.01 - 273.15
            x0, y0, x1, y1 = (int(row[key]) for key in ('x0', 'y0', 'x1', 'y1'))
            if row['ignore'] == '0':
                figures.append(below_maximum(image[y0:y1, x0:x1]))
    return np.array(figures)


def simulated_faces(count: int, nearest: float, farthest: float) -> tuple[np.ndarray, np.ndarray]:
    """Return `below_maximum` of people who look about where the camera is, at distances [m].

    The second array tells where in each box the hottest pixel lies: 0 at its top, 1 at its end.
    """
    draw = np.random.default_rng(8)
    camera = SimulatedThermalCamera(
        ThermalCameraModel(), Mounting(z=1.6).transform, np.zeros((0, 2, 2)), draw
    )
    figures, heights = [], []
    for k in range(count):
        person = drawn_person(f'face {k}', draw)
        motion = Actor(person, straight_on(), seed=k).motion([1.0])
        away = draw.uniform(nearest, farthest)
        bodies = [(person, placed(motion, away, 0.0, math.pi + draw.normal(0, 0.3)))]
        image = camera.render(k / 15, bodies, 0) * camera.model.scale - 273.15
        x0, y0, x1, y1 = (round(value) for value in camera.faces(bodies, 0)[0].box)
        face = image[y0:y1, x0:x1]
        figures.append(below_maximum(face))
        heights.append(np.unravel_index(face.argmax(), face.shape)[0] / len(face))
    return np.array(figures), np.array(heights)


def test_regions_of_faces_differ_as_on_real_thermograms(shared_data):
    real = real_faces(present(shared_data / 'thermal' / 'wikimedia_irimage')).mean(axis=0)
    far, _ = simulated_faces(12, 5.5, 6.5)
    print(f'forehead, cheeks, nose, median [K]: {far.mean(axis=0)}, real, small {real}')
    np.testing.assert_allclose(far.mean(axis=0), real, atol=1.4)
    near, heights = simulated_faces(50, 1.2, 4.0)
    published = np.array([1.5, 2.6, 3.3, 2.4])
    eyes, neck = np.mean((heights > 0.28) & (heights < 0.55)), np.mean(heights >= 0.9)
    print(f'the same {near.mean(axis=0)}, published {published}; hottest: {eyes}, {neck}')
    np.testing.assert_allclose(near.mean(axis=0), published, atol=0.7)
    assert eyes == pytest.approx(0.47, abs=0.15)
    assert neck == pytest.approx(0.13, abs=0.1)

"""Where a camera hangs: walks that determine it, walks that do not, and markers."""

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from thermal_radar_fusion.camera_model import Intrinsics, ThermalCameraView
from thermal_radar_fusion.fusion.common_walk import STEP, CommonWalk, WalkCollector
from thermal_radar_fusion.fusion.extrinsic_calibration import (
    ExtrinsicError,
    calibrate_from_markers,
    calibrate_from_walk,
)
from thermal_radar_fusion.fusion.extrinsic_parameters import FACE_BELOW_TOP, ExtrinsicParameters
from thermal_radar_fusion.mounting import Mounting
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.radar.track import RadarTrack, TrackStatus
from thermal_radar_fusion.thermal.faces import FaceStatus, FaceTrack, TrackedFaces

CAMERA = Intrinsics(765, 765, 319.5, 255.5, (-0.2, 0.06, 0.0, 0.0, 0.0), 640, 512)
WALL = Mounting(0.2, -0.4, 1.7, 0.01, 0.05, 0.1)
CORNER = Mounting(0.0, 1.5, 2.6, 0.02, 0.35, -0.4)
SIDEWAYS = Mounting(0.0, 0.0, 1.6, math.pi / 2 + 0.02, 0.05, 0.1)
HEIGHT = 1.78
FACE = HEIGHT - FACE_BELOW_TOP
ANGLES = ('roll', 'pitch', 'yaw')

WAYS = {
    'about': lambda t: (3.3 + 2 * np.sin(0.35 * t + 0.3), 1.3 * np.sin(0.81 * t)),
    'along the axis': lambda t: (3.3 + 2 * np.sin(0.5 * t), 0 * t),
    'oblique': lambda t: (3.3 + 2 * np.sin(0.5 * t), 0.6 + 0.5 * np.sin(0.5 * t)),
    'across': lambda t: (3.0 + 0 * t, 1.2 * np.sin(0.7 * t)),
    'in a circle': lambda t: (3.3 + 1.2 * np.cos(0.6 * t), 1.2 * np.sin(0.6 * t)),
    'standing': lambda t: (3.0 + 0 * t, 0 * t),
}


def correlated(rng, count, columns, std, time=0.5):
    """Errors (count, columns) of tracks: alike for some time."""
    keep = math.exp(-STEP / time)
    errors = rng.normal(0, std, (count, columns))
    for index in range(1, count):
        errors[index] = keep * errors[index - 1] + math.sqrt(1 - keep**2) * errors[index]
    return errors


def walked(way, mounting, seed=0, duration=60.0, noise=1.0, delay=0.0):
    """What radar and camera see of somebody on one of the WAYS."""
    rng = np.random.default_rng(seed)
    stamps = np.arange(0, duration, STEP)
    there = np.column_stack(WAYS[way](stamps))
    then = np.column_stack(WAYS[way](stamps + delay))
    velocities = np.gradient(then, STEP, axis=0)
    count = len(stamps)
    height = FACE + noise * correlated(rng, count, 1, 0.02)
    face = np.column_stack([there + noise * correlated(rng, count, 2, 0.05), height])
    view = ThermalCameraView(CAMERA, mounting.transform)
    pixels, distances = view.project(face)
    seen = view.sees(face)
    pixels += noise * correlated(rng, count, 2, 1.0)
    distances *= 1.05 * np.exp(noise * correlated(rng, count, 1, 0.06)[:, 0])
    positions = then + noise * correlated(rng, count, 2, 0.05)
    return CommonWalk(
        stamps[seen], positions[seen], velocities[seen], pixels[seen], distances[seen]
    )


def parameters(**changes):
    return ExtrinsicParameters(**changes).of_walker(HEIGHT)


def errors(found, truth):
    """Errors of the position (3,) [m], and the angle between both orientations [rad]."""
    place = np.array([getattr(found, name) - getattr(truth, name) for name in 'xyz'])
    turn = found.transform.rotation @ truth.transform.rotation.T
    return place, Rotation.from_matrix(turn).magnitude()


@pytest.mark.parametrize(
    ('mounting', 'rotation'), [(WALL, 0), (CORNER, 0), (SIDEWAYS, 90)], ids=str
)
def test_a_walk_about_the_room_finds_the_camera(mounting, rotation):
    found = calibrate_from_walk(
        walked('about', mounting), CAMERA, parameters(rotation=float(rotation))
    )
    place, turn = errors(found.mounting, mounting)
    assert np.abs(place).max() < 0.12
    assert math.degrees(turn) < 1.5
    assert (np.abs(place) < 3 * found.position_std).all()
    assert 0.5 < math.degrees(found.residual) < 2.0


def test_a_walk_without_errors_finds_it_exactly():
    walk = walked('about', CORNER, noise=0.0)
    # Nothing but the level, on which the camera does not quite hang, is in the way.
    found = calibrate_from_walk(walk, CAMERA, parameters(level_std=45.0))
    place, turn = errors(found.mounting, CORNER)
    assert np.abs(place).max() < 2e-3
    assert math.degrees(turn) < 0.05


def test_a_delay_between_the_sensors_is_found():
    walk = walked('about', WALL, noise=0.3, delay=0.15)
    found = calibrate_from_walk(walk, CAMERA, parameters())
    assert found.delay == pytest.approx(0.15, abs=0.03)


def test_errors_are_as_large_as_it_says():
    ratios = []
    for seed in range(12):
        found = calibrate_from_walk(walked('about', WALL, seed), CAMERA, parameters())
        ratios.append(errors(found.mounting, WALL)[0] / found.position_std)
    rms = np.sqrt(np.mean(np.square(ratios), axis=0))
    # The height of the face is known better here than is assumed.
    assert (rms < 1.8).all()
    assert (rms[:2] > 0.4).all()


@pytest.mark.parametrize('way', [way for way in WAYS if way != 'about'])
def test_walks_that_do_not_determine_the_camera_are_refused(way):
    with pytest.raises(ExtrinsicError, match=r'walk') as error:
        calibrate_from_walk(walked(way, WALL), CAMERA, parameters())
    assert 'not determined' in str(error.value) or 'two places' in str(error.value)


def test_without_gravity_a_straight_walk_leaves_the_roll_open():
    # The same with a level that is certain: what was missing was the turn about the walk's line.
    sure = parameters(level_std=0.05, distance_std=0.1)
    with pytest.raises(ExtrinsicError, match='tilt'):
        calibrate_from_walk(walked('oblique', WALL), CAMERA, parameters())
    found = calibrate_from_walk(walked('oblique', Mounting(0.2, -0.4, 1.7)), CAMERA, sure)
    assert errors(found.mounting, Mounting(0.2, -0.4, 1.7))[1] < 0.03


def test_short_walks_are_refused():
    with pytest.raises(ExtrinsicError, match=r'for 8\.0 s only'):
        calibrate_from_walk(walked('about', CORNER, duration=8.0), CAMERA, parameters())


def test_several_people_are_refused():
    walk = walked('about', WALL)
    crowd = CommonWalk(**{**vars(walk), 'crowded': len(walk.stamps)})
    with pytest.raises(ExtrinsicError, match='several people in 50%'):
        calibrate_from_walk(crowd, CAMERA, parameters())


def test_tracks_of_different_people_are_refused():
    walk = walked('about', WALL)
    other = walked('in a circle', WALL)
    count = min(len(walk.stamps), len(other.stamps))
    mixed = CommonWalk(
        walk.stamps[:count],
        other.positions[:count],
        other.velocities[:count],
        walk.pixels[:count],
        walk.distances[:count],
    )
    with pytest.raises(ExtrinsicError, match='no pose explains both sensors'):
        calibrate_from_walk(mixed, CAMERA, parameters())


def test_strays_of_the_tracks_do_little():
    walk = walked('about', WALL)
    positions = walk.positions.copy()
    positions[20:30] += 1.5
    stray = CommonWalk(**{**vars(walk), 'positions': positions})
    found = calibrate_from_walk(stray, CAMERA, parameters())
    place, turn = errors(found.mounting, WALL)
    assert np.abs(place).max() < 0.2
    assert math.degrees(turn) < 2.5


def test_height_of_the_walker_must_be_one():
    with pytest.raises(ParameterError, match='face_height'):
        ExtrinsicParameters().of_walker(3.2)


def marked(mounting, count=12, seed=0, noise=0.5):
    """Markers in view of a camera, and where it sees them."""
    rng = np.random.default_rng(seed)
    view = ThermalCameraView(CAMERA, mounting.transform)
    points = rng.uniform([1.0, -2.5, 0.0], [6.0, 2.5, 2.5], (400, 3))
    points = points[view.sees(points)][:count]
    return points, view.project(points)[0] + rng.normal(0, noise, (len(points), 2))


@pytest.mark.parametrize('mounting', [WALL, CORNER, SIDEWAYS], ids=str)
def test_markers_find_the_camera_as_opencv_does(mounting):
    import cv2

    points, pixels = marked(mounting)
    found = calibrate_from_markers(points, pixels, CAMERA)
    place, turn = errors(found.mounting, mounting)
    assert np.abs(place).max() < 0.03
    assert math.degrees(turn) < 0.5
    matrix = np.array([[CAMERA.fx, 0, CAMERA.cx], [0, CAMERA.fy, CAMERA.cy], [0, 0, 1]])
    _, turned, shift = cv2.solvePnP(points, pixels, matrix, np.array(CAMERA.distortion))
    rotation = Rotation.from_rotvec(turned.ravel()).as_matrix()
    opencv = -rotation.T @ shift.ravel()
    np.testing.assert_allclose(found.mounting.transform.translation, opencv, atol=0.01)


def test_markers_are_as_sure_as_they_say():
    ratios = []
    for seed in range(40):
        points, pixels = marked(CORNER, seed=seed, noise=2.0)
        found = calibrate_from_markers(points, pixels, CAMERA)
        ratios.append(errors(found.mounting, CORNER)[0] / found.position_std)
    assert np.sqrt(np.mean(np.square(ratios))) == pytest.approx(1.0, abs=0.35)


def test_markers_on_a_line_are_refused():
    line = np.linspace([2.0, -0.5, 1.0], [5.0, 0.5, 1.5], 8)
    pixels = ThermalCameraView(CAMERA, WALL.transform).project(line)[0]
    with pytest.raises(ExtrinsicError, match='not all on one line'):
        calibrate_from_markers(line, pixels, CAMERA)


def test_too_few_and_mixed_up_markers_are_refused():
    points, pixels = marked(WALL)
    with pytest.raises(ExtrinsicError, match='at least 4 markers'):
        calibrate_from_markers(points[:3], pixels[:3], CAMERA)
    with pytest.raises(ExtrinsicError, match='no pose explains'):
        calibrate_from_markers(points, np.roll(pixels, 3, axis=0), CAMERA)


def test_covariance_is_the_inverse_of_the_numeric_hessian_of_the_angles():
    points, pixels = marked(WALL, noise=0.0)
    found = calibrate_from_markers(points, pixels, CAMERA)
    rays = ThermalCameraView(CAMERA, WALL.transform).rays(pixels) @ WALL.transform.rotation
    std = ExtrinsicParameters().pixel_std / CAMERA.fx

    def cost(change):
        turn = Rotation.from_rotvec(change[3:]).as_matrix() @ WALL.transform.rotation
        expected = points - WALL.transform.translation - change[:3]
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
        sines = np.linalg.norm(np.cross(rays @ turn.T, expected), axis=1)
        return np.sum((np.arcsin(sines) / std) ** 2) / 2

    step = 1e-4
    steps = np.eye(6) * step
    differences = [
        [cost(a + b) - cost(a - b) - cost(b - a) + cost(-a - b) for b in steps] for a in steps
    ]
    hessian = np.array(differences) / (4 * step**2)
    np.testing.assert_allclose(found.covariance @ hessian, np.eye(6), atol=0.02)


def radar_track(track_id, x, y, status=TrackStatus.CONFIRMED):
    state = np.array([x, y, 1.0, 0.0])
    return RadarTrack(track_id, status, state, np.eye(4), 1.0, np.eye(2), 1.0, 9, 0.0, 0.0)


def face_track(face_id, column, status=FaceStatus.CONFIRMED):
    state = np.array([column, 200.0, 0, 0, 40.0, 3.0, 0])
    box = (0.0, 0.0, 1.0, 1.0)
    return FaceTrack(face_id, status, state, np.eye(7), box, math.nan, math.nan, 0.0, 0.0)


def test_collector_lays_both_sensors_side_by_side():
    collector = WalkCollector()
    for index in range(40):
        stamp = 0.1 * index
        collector.radar(stamp + 0.03, [radar_track(5, stamp + 0.03, 0.5)])
        collector.faces(TrackedFaces(stamp + 0.05, (face_track(2, 100 * (stamp + 0.05)),)))
    walk = collector.walk()
    assert len(walk.stamps) >= 18
    np.testing.assert_allclose(walk.positions[:, 0], walk.stamps)
    np.testing.assert_allclose(walk.pixels[:, 0], 100 * walk.stamps)
    np.testing.assert_allclose(walk.velocities, [[1.0, 0.0]] * len(walk.stamps))
    assert walk.time == pytest.approx(STEP * len(walk.stamps))


def test_collector_leaves_out_instants_with_several_or_unseen_people():
    collector = WalkCollector()
    for index in range(60):
        stamp = 0.1 * index
        others = [radar_track(6, 2, 2)] if index >= 40 else []
        status = FaceStatus.COASTING if 20 <= index < 40 else FaceStatus.CONFIRMED
        collector.radar(stamp, [radar_track(5, stamp, 0.5), *others])
        collector.faces(TrackedFaces(stamp, (face_track(2, 100.0, status),)))
    walk = collector.walk()
    assert walk.stamps.max() < 2.01
    assert 8 <= walk.crowded <= 11


def test_collector_without_anybody():
    walk = WalkCollector().walk()
    assert len(walk.stamps) == walk.time == walk.crowded == 0
    with pytest.raises(ExtrinsicError, match=r'0\.0 s only'):
        calibrate_from_walk(walk, CAMERA)

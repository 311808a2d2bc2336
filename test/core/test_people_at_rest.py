"""Who stands or sits fades from a radar, and is kept; who leaves, ghosts and limbs are not."""

from dataclasses import replace

import numpy as np
import pytest
from walkers import frames, straight

from thermal_radar_fusion.deployment import parse_deployment
from thermal_radar_fusion.evaluation.tracking import evaluate
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.radar import kalman
from thermal_radar_fusion.radar.area import MonitoredArea
from thermal_radar_fusion.radar.dwelling import Place
from thermal_radar_fusion.radar.ghosts import GhostParameters, mirrored, within_reach
from thermal_radar_fusion.radar.kalman import GaussianState
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.tracker import RadarTracker
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import deployment_content, simulate

ROOM = MonitoredArea([[0.0, -3.0], [8.0, -3.0], [8.0, 3.0], [0.0, 3.0]])
ORIGIN = np.zeros(2)
GHOSTS = GhostParameters()
STOP = 4.0
SEED = 3


def stopping(t: float) -> np.ndarray:
    """Walk from x = 6 m and slow down to a stop at x = 3.2 m."""
    left = max(STOP - t, 0.0)
    return np.array([3.2 + 0.175 * left**2, 0.5])


def seen_until_it_stops(seconds: float, *others) -> list[RadarFrame]:
    """Return frames of somebody who fades when he stops, and of others who walk."""

    def fading(t: float):
        return stopping(t) if t < STOP + 0.3 else None

    return frames([fading, *others], seconds, clutter=0.0)


def tracked(clouds: list[RadarFrame], area: MonitoredArea = ROOM) -> list:
    tracker = RadarTracker(area=area)
    return [tracker.update(frame) for frame in clouds]


def test_who_stops_and_fades_is_kept_in_his_place():
    last = tracked(seen_until_it_stops(20.0))[-1]
    (track,) = last.tracks
    assert np.hypot(*(track.position - [3.2, 0.5])) < 0.3
    assert np.hypot(*track.velocity) < 0.05
    assert np.sqrt(track.covariance[0, 0]) > 0.2


def test_nobody_is_kept_for_ever():
    assert not tracked(seen_until_it_stops(40.0))[-1].tracks


def test_who_passes_does_not_take_along_who_rests():
    def passing(t: float):
        return np.array([1.5 + (t - 8.0), 0.0]) if 8.0 <= t < 14.0 else None

    last = tracked(seen_until_it_stops(16.0, passing))[-1]
    resting = min(last.tracks, key=lambda t: np.hypot(*(t.position - [3.2, 0.5])))
    assert np.hypot(*(resting.position - [3.2, 0.5])) < 0.4


def test_who_walks_on_afterwards_is_the_same():
    def going_on(t: float):
        return np.array([3.2 + 0.8 * (t - 12.0), 0.5]) if t > 12.0 else None

    answers = tracked(seen_until_it_stops(15.0, going_on))
    before = {track.track_id for track in answers[60].tracks}
    assert {track.track_id for track in answers[-1].tracks} == before


def test_who_leaves_slowly_is_dropped_soon():
    leaving = straight([7.0, 0.0], [0.28, 0.0], end=3.4)
    last = tracked(frames([leaving], 8.0, clutter=0.0))[-1]
    assert not last.tracks


def test_settling_comes_to_a_stop():
    moving = GaussianState(np.array([1.0, 2.0, 0.4, -0.2]), 0.01 * np.eye(4))
    rested = kalman.settle(moving, 10.0)
    way = kalman.SETTLING * moving.mean[2:]
    np.testing.assert_allclose(rested.mean, [*(moving.mean[:2] + way), 0.0, 0.0], atol=1e-6)
    assert kalman.settle(moving, 0.0) is moving
    assert np.linalg.eigvalsh(rested.covariance).min() > 0


def test_settling_moves_the_mean_as_stone_soup_does():
    pytest.importorskip('stonesoup', reason='the reference, Stone Soup, is missing')
    import datetime

    from stonesoup.models.transition.linear import OrnsteinUhlenbeck

    model = OrnsteinUhlenbeck(noise_diff_coeff=0.0, damping_coeff=1.0 / kalman.SETTLING)
    step = model.matrix(time_interval=datetime.timedelta(seconds=0.3))
    moving = GaussianState(np.array([1.0, 2.0, 0.4, -0.2]), 0.01 * np.eye(4))
    expected = step @ moving.mean[[0, 2]]
    np.testing.assert_allclose(kalman.settle(moving, 0.3).mean[[0, 2]], expected)


def test_a_room_without_bounds_has_no_walls():
    assert MonitoredArea().walls.shape == (0, 2, 2)
    np.testing.assert_array_equal(ROOM.walls[0], [[0.0, -3.0], [8.0, -3.0]])
    np.testing.assert_array_equal(ROOM.walls[-1], [[0.0, 3.0], [0.0, -3.0]])


def bounced(person: np.ndarray) -> np.ndarray:
    """Return where a radar at the origin sees `person` on the way over the wall y = 3."""
    image = np.array([person[0], 6.0 - person[1]])
    length = (np.hypot(*person) + np.hypot(*image)) / 2
    between = person / np.hypot(*person) + image / np.hypot(*image)
    return length * between / np.hypot(*between)


def test_a_ghost_that_keeps_step_with_its_person_is_one():
    person, velocity = np.array([4.0, 1.0]), np.array([-1.0, 0.3])
    ghost = bounced(person)
    speed = (bounced(person + 0.01 * velocity) - ghost) / 0.01
    states = np.array([[*ghost, *speed], [*ghost, *-speed], [*(ghost + 1.0), *speed]])
    found = mirrored(states, np.array([[*person, *velocity]]), ORIGIN, ROOM.walls[2:3], GHOSTS)
    np.testing.assert_array_equal(found, [True, False, False])


def test_without_walls_or_people_nothing_is_mirrored():
    states = np.ones((2, 4))
    none = np.empty((0, 2, 2))
    assert not mirrored(states, states, ORIGIN, none, GHOSTS).any()
    assert not mirrored(states, np.empty((0, 4)), ORIGIN, ROOM.walls, GHOSTS).any()


def test_limbs_are_within_reach():
    states = np.array([[3.0, 0.5, 0.0, 0.0], [4.0, 0.5, 0.0, 0.0]])
    resting = np.array([[3.4, 0.5, 0.0, 0.0]])
    np.testing.assert_array_equal(within_reach(states, resting, GHOSTS), [True, True])
    np.testing.assert_array_equal(within_reach(states, resting - 0.3, GHOSTS), [True, False])


def test_a_radar_that_does_not_reach_somebody_says_nothing():
    """Two radars of one corridor take turns; only one of them sees the far end."""
    east = RigidTransform.from_xyz_rpy([20.0, 0.0, 0.0], [0.0, 0.0, np.pi])
    tracker = RadarTracker(mountings={'west': RigidTransform(), 'east': east})
    near = frames([straight([3.0, 0.5], [0.5, 0.0])], 4.0, clutter=0.0)
    answers = []
    for frame in near:
        answers.append(tracker.update(RadarFrame(frame.stamp, frame.points, 'west')))
        nothing = RadarFrame(frame.stamp + 0.05, np.empty((0, 5)), 'east')
        answers.append(tracker.update(nothing))
    first = next(i for i, answer in enumerate(answers) if answer.tracks)
    assert first * 0.05 == pytest.approx(1.2, abs=0.25)
    assert all(len(answer.tracks) == 1 for answer in answers[first:])


@pytest.fixture(scope='module')
def gesturing():
    """Two people who stand 0.8 m apart and wave."""
    scenario = load_scenario('close', {'people.count': 2})
    return parse_deployment(deployment_content(scenario)), simulate(scenario, SEED, 15.0)[0]


def score_of(recording, deployment, **life):
    room = deployment.rooms[recording.room]
    changed = replace(room.tracker, life_cycle=replace(room.tracker.life_cycle, **life))
    tracker = RadarTracker(changed, deployment.mountings(recording.room), room.area)
    return evaluate(recording, [tracker.update(frame) for frame in recording.frames])


def test_who_waves_in_one_place_is_one_person_there(gesturing):
    deployment, recording = gesturing
    score = score_of(recording, deployment)
    assert score.confirmed_tracks == 2
    assert score.mota > 0.85
    assert score.mota > score_of(recording, deployment, dwell_time=1000.0).mota + 0.1


def test_a_place_is_left_by_who_is_too_far_from_it_and_kept_by_who_shakes():
    place = Place(np.zeros(2), 1.0)
    for stamp, x in enumerate([0.3, -0.3, 0.2], 2):
        place = place.after(np.array([x, 0.0]), float(stamp), 0.35)
    assert place.since == 1.0
    assert abs(place.centre[0]) < 0.02
    assert place.after(np.array([0.5, 0.0]), 9.0, 0.35).since == 9.0

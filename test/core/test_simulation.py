"""The simulated radar is reproducible, and its clouds are like those of the real ones."""

import numpy as np
import pytest

from thermal_radar_fusion.datasets.recording import NOBODY, TruePerson
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.simulation import scenarios
from thermal_radar_fusion.simulation.radar_model import RadarModel, SimulatedRadar
from thermal_radar_fusion.simulation.scenarios import MOUNTING, RATE, ROOM, START, crossing
from thermal_radar_fusion.simulation.walkers import SWAY_AMPLITUDE, Walker

STILL = np.zeros(3)


@pytest.fixture(scope='module')
def recording():
    return crossing(25.0, seed=3)


def radar(seed: int = 0, **model: float) -> SimulatedRadar:
    """Return a radar at the origin that shows bodies only, unless told otherwise."""
    quiet = {'clutter': 0.0, 'ghost': 0.0, 'missed': 0.0} | model
    return SimulatedRadar(RadarModel(**quiet), RigidTransform(), ROOM, np.random.default_rng(seed))


def clouds(simulated: SimulatedRadar, people: list[TruePerson], count: int = 200) -> list:
    """Return (points, labels) of many frames of people who stand."""
    return [simulated.cloud(i / RATE, 1 / RATE, people) for i in range(count)]


def at(x: float, y: float, velocity: np.ndarray = STILL) -> TruePerson:
    return TruePerson('somebody', np.array([x, y, 0.85]), velocity)


def test_the_same_seed_gives_the_same_recording(recording):
    again = crossing(25.0, seed=3)
    for ours, theirs in zip(recording.frames, again.frames, strict=True):
        assert ours.stamp == theirs.stamp
        np.testing.assert_array_equal(ours.points, theirs.points)


def test_another_seed_gives_other_points_of_the_same_walk(recording):
    other = crossing(25.0, seed=4)
    assert not np.array_equal(recording.frames[0].points, other.frames[0].points)
    np.testing.assert_array_equal(
        [p.position for p in recording.truth[0]], [p.position for p in other.truth[0]]
    )


def test_everything_known_of_a_frame_is_there(recording):
    assert recording.people == ('anna', 'ben', 'clara')
    for frame, labels, truth in zip(
        recording.frames, recording.point_people, recording.truth, strict=True
    ):
        assert frame.points.shape == (len(labels), 5)
        assert np.isfinite(frame.points).all()
        assert set(labels) <= {NOBODY, 0, 1, 2}
        assert [person.person for person in truth] == list(recording.people)


def test_some_frames_are_lost_but_few(recording):
    sent = round(25.0 * RATE)
    assert 0.95 * sent < len(recording.frames) < sent
    steps = np.diff([frame.stamp for frame in recording.frames]) * RATE
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
    assert recording.frames[0].stamp >= START


def test_people_stay_in_the_room_and_walk_no_faster_than_people_do(recording):
    positions = np.array([[p.position for p in truth] for truth in recording.truth])
    velocities = np.array([[p.velocity for p in truth] for truth in recording.truth])
    (x_low, x_high), (y_low, y_high) = ROOM
    assert x_low < positions[..., 0].min()
    assert positions[..., 0].max() < x_high
    assert y_low < positions[..., 1].min()
    assert positions[..., 1].max() < y_high
    assert np.linalg.norm(velocities, axis=-1).max() < 2.0


def test_the_walk_goes_on_beyond_its_end():
    long = crossing(60.0, seed=0)
    positions = np.array([[p.position for p in truth] for truth in long.truth])
    stamps = np.array([frame.stamp for frame in long.frames])
    speeds = np.linalg.norm(np.diff(positions, axis=0), axis=2) / np.diff(stamps)[:, None]
    assert speeds.max() < 2.5


def test_two_meet_and_all_cross(recording):
    positions = np.array([[p.position[:2] for p in truth] for truth in recording.truth])
    near = {}
    for a, b in ((0, 1), (0, 2), (1, 2)):
        distance = np.linalg.norm(positions[:, a] - positions[:, b], axis=1)
        assert 0.3 < distance.min() < 0.9
        near[a, b] = (distance < 1.5).mean() * 25.0
    assert near[0, 2] > 6.0, 'anna and clara stop for a talk'
    assert max(near[0, 1], near[1, 2]) < 4.0


def test_a_velocity_is_the_change_of_position():
    walker = Walker('a', [(0, 0, 0), (4, 3, 1), (6, 3, 1), (9, 1, -1)], phase=0.7)
    for time in (0.5, 2.0, 5.0, 8.0, 9.5, 14.0):
        step = 1e-5
        ahead, behind = walker.at(time + step), walker.at(time - step)
        change = (ahead.position - behind.position) / (2 * step)
        np.testing.assert_allclose(walker.at(time).velocity, change, atol=1e-4)


def test_who_stands_sways_but_does_not_move():
    walker = Walker('a', [(0, 1, 1), (2, 2, 1), (8, 2, 1), (9, 3, 1)])
    places = np.array([walker.at(t).position[:2] for t in np.linspace(2, 8, 50)])
    distance = np.linalg.norm(places - [2, 1], axis=1)
    np.testing.assert_allclose(distance, SWAY_AMPLITUDE, atol=1e-9)


def test_points_lie_about_the_person_as_in_real_clouds():
    points = np.concatenate([c for c, _ in clouds(radar(), [at(3.0, 1.0)])])
    np.testing.assert_allclose(points[:, :2].mean(axis=0), [3.0, 1.0], atol=0.02)
    assert 0.1 < points[:, :2].std(axis=0).mean() < 0.16
    assert points[:, 2].min() > -0.2
    assert points[:, 2].max() < 1.9


def test_doppler_is_the_radial_velocity_positive_when_receding():
    away = at(3.0, 0.0, np.array([1.0, 0.0, 0.0]))
    sideways = at(3.0, 0.0, np.array([0.0, 1.0, 0.0]))
    toward = at(3.0, 0.0, np.array([-1.0, 0.0, 0.0]))
    means = [
        np.concatenate([c[:, 3] for c, _ in clouds(radar(), [p])]).mean()
        for p in (away, sideways, toward)
    ]
    # Points above and below the radar see a part of the speed only.
    np.testing.assert_allclose(means, [0.95, 0.0, -0.95], atol=0.06)


def test_points_get_fewer_with_range():
    counts = [
        np.mean([len(points) for points, _ in clouds(radar(), [at(x, 0.0)])]) for x in (2, 4, 6)
    ]
    assert counts[0] > 1.3 * counts[1] > 1.3 * counts[2]
    assert counts[2] >= 5


def test_who_is_behind_somebody_is_seen_less():
    labels = np.concatenate([own for _, own in clouds(radar(), [at(2.0, 0.0), at(4.0, 0.0)])])
    alone = np.concatenate([own for _, own in clouds(radar(), [at(4.0, 0.0)])])
    assert (labels == 1).sum() < 0.6 * len(alone)


def test_ghosts_and_clutter_are_nobodys_and_ghosts_mirror_in_a_wall():
    simulated = radar(ghost=5.0, ghost_time=1.0)
    entries = clouds(simulated, [at(3.0, 1.0)])
    points = np.concatenate([p for p, _ in entries])
    labels = np.concatenate([own for _, own in entries])
    ghosts = points[labels == NOBODY]
    assert len(ghosts) > 100
    # The walls are at y = 2 and y = -2: the images of y = 1 are at 3 and -5.
    distance = np.minimum(abs(ghosts[:, 1] - 3.0), abs(ghosts[:, 1] + 5.0))
    assert np.median(distance) < 0.25


def test_a_mounting_turns_and_moves_what_the_radar_sees():
    mounting = RigidTransform.from_xyz_rpy((7.0, 0.0, 1.0), (0.0, 0.0, np.pi))
    generator = np.random.default_rng(0)
    model = RadarModel(clutter=0.0, ghost=0.0, missed=0.0)
    simulated = SimulatedRadar(model, mounting, ROOM, generator)
    velocity = np.array([-1.0, 0.0, 0.0])
    points = np.concatenate([c for c, _ in clouds(simulated, [at(3.0, 1.0, velocity)])])
    np.testing.assert_allclose(points[:, :2].mean(axis=0), [4.0, -1.0], atol=0.03)
    assert points[:, 3].mean() > 0.8


def test_the_radar_of_the_demo_hangs_where_the_scenario_says(recording):
    points = np.concatenate([frame.points for frame in recording.frames])
    labels = np.concatenate(recording.point_people)
    heights = points[labels != NOBODY, 2] + MOUNTING.translation[2]
    assert np.percentile(heights, 1) > -0.1
    assert np.percentile(heights, 99) < 2.0


def test_impossible_models_are_refused():
    with pytest.raises(ParameterError, match='missed'):
        RadarModel(missed=1.5)


def test_a_scene_without_people_has_clutter_only():
    empty = scenarios.simulate([], 2.0, 0)
    assert empty.people == ()
    assert all((labels == NOBODY).all() for labels in empty.point_people)

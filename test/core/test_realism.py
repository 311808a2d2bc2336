"""Statistics of clouds, on clouds whose figures are known; a twin of a simulated recording."""

import json

import numpy as np
import pytest
from simple_bodies import gliding

from thermal_radar_fusion.bags import write_recording
from thermal_radar_fusion.cli.comparing import compare as compare_bag
from thermal_radar_fusion.datasets.recording import (
    NOBODY,
    DatasetError,
    Recording,
    TruePerson,
)
from thermal_radar_fusion.datasets.reference import with_reference
from thermal_radar_fusion.evaluation.realism import Compared, Statistic, compare, statistics
from thermal_radar_fusion.evaluation.realism_figures import birds_eye, distributions
from thermal_radar_fusion.evaluation.realism_room import MIDDLE, room_of
from thermal_radar_fusion.evaluation.realism_twin import recognised_device, trajectory_of, twin
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.simulation.radar_device import RADAR_DEVICES
from thermal_radar_fusion.simulation.radar_echoes import RadarModel
from thermal_radar_fusion.simulation.radar_sensor import SimulatedRadar
from thermal_radar_fusion.simulation.trajectory import STEP

DEVICE = RADAR_DEVICES['iwr1443']


def gaussian_recording(frames=240, others=2, seed=0):
    """A person who walks to and fro along y = 2 with 12 points of known spread, and clutter."""
    draw = np.random.default_rng(seed)
    clouds, labels, truth = [], [], []
    for i in range(frames):
        time = 0.1 * i
        position = np.array([4.0 + 1.5 * np.sin(0.6 * time), 2.0, 0.1])
        velocity = np.array([0.9 * np.cos(0.6 * time), 0.0, 0.0])
        sight = position[:2] / np.hypot(*position[:2])
        radial, tangential = draw.normal(0, 0.05, 12), draw.normal(0, 0.12, 12)
        own = np.empty((12, 5))
        own[:, 0] = position[0] + radial * sight[0] - tangential * sight[1]
        own[:, 1] = position[1] + radial * sight[1] + tangential * sight[0]
        own[:, 2] = position[2] + draw.normal(0, 0.3, 12)
        own[:, 3] = position @ velocity / np.linalg.norm(position) + draw.normal(0, 0.4, 12)
        own[:, 4] = 20.0
        clutter = np.column_stack([draw.uniform(1, 8, (others, 3)), np.zeros((others, 2))])
        clouds.append(RadarFrame(100.0 + time, np.concatenate([own, clutter])))
        labels.append(np.array([0] * 12 + [NOBODY] * others))
        truth.append((TruePerson('p', position, velocity),))
    return Recording(tuple(clouds), tuple(labels), tuple(truth), ('p',))


@pytest.fixture(scope='module')
def walked():
    """What a simulated radar sees of somebody who walks to and fro beside a mirror."""
    radar = SimulatedRadar(
        DEVICE,
        RigidTransform(translation=np.array([0.0, 0.0, 0.9])),
        np.array([[(0.5, 2.6), (6.0, 2.6)]]),
        np.random.default_rng(0),
        RadarModel(wall_loss=4.0),
    )
    times = radar.frame_times(0.0, 12.0)
    legs = []
    for start in np.arange(0.0, 12.0, 4.0):
        part = times[(times >= start) & (times < start + 4.0)]
        there = (start / 4.0) % 2 == 0
        way = ((1.8, 0.2), (0.9, 0.0)) if there else ((5.4, 0.2), (-0.9, 0.0))
        legs += radar.observe([gliding(part - start, *way, swing=1.0)])
    frames = [
        RadarFrame(50.0 + time, seen.points, 'radar')
        for time, seen in zip(times, legs, strict=True)
        if seen is not None
    ]
    return Recording(tuple(frames), people=('walker',))


@pytest.fixture(scope='module')
def referenced(walked):
    return with_reference(walked)


@pytest.fixture(scope='module')
def bag(walked, tmp_path_factory):
    path = tmp_path_factory.mktemp('bags') / 'walk'
    write_recording(path, walked)
    return path


def test_spreads_are_those_the_cloud_was_drawn_with():
    found = statistics(gaussian_recording(), 10.0)
    # The mean standard deviation of 12 numbers is 0.936 of theirs.
    for name, expected in {
        'radial_extent': 0.05,
        'tangential_extent': 0.12,
        'vertical_extent': 0.3,
        'doppler_spread': 0.4,
    }.items():
        assert found[name].value == pytest.approx(0.936 * expected, rel=0.05), name
    assert found['cluster_extent'].value == pytest.approx(0.936 * 0.13, rel=0.07)


def test_counts_are_those_of_the_labels():
    found = statistics(gaussian_recording(others=3), 10.0)
    assert found['points_per_frame'].value == 15
    assert found['person_points_per_frame'].value == 12
    assert found['other_points_per_frame'].value == 3
    assert found['missed_frames'].value == 0
    assert found['person_points_3.5_to_5_m'].value == 12
    assert np.isnan(found['person_points_0_to_2_m'].value)


def test_jitter_is_that_of_the_mean_of_the_points():
    found = statistics(gaussian_recording(), 10.0)['centroid_jitter'].value
    # Median of the length of a Gaussian vector with these two deviations over the root of 12.
    draws = np.random.default_rng(1).standard_normal((100_000, 2)) * (0.05, 0.12) / np.sqrt(12)
    assert found == pytest.approx(np.median(np.hypot(*draws.T)), rel=0.12)


def test_doppler_of_a_moving_body_has_slope_one():
    assert statistics(gaussian_recording(), 10.0)['doppler_slope'].value == pytest.approx(
        1.0, abs=0.1
    )


def test_lost_frames_are_those_that_did_not_come_in_time():
    whole = gaussian_recording()
    kept = [i for i in range(240) if i % 10]
    holes = Recording(
        tuple(whole.frames[i] for i in kept),
        tuple(whole.point_people[i] for i in kept),
        tuple(whole.truth[i] for i in kept),
        whole.people,
    )
    assert statistics(whole, 10.0)['lost_frames'].value == 0.0
    assert statistics(holes, 10.0)['lost_frames'].value == pytest.approx(23 / 215, abs=0.003)


def test_a_person_without_points_is_missed():
    whole = gaussian_recording()
    nothing = np.full(14, NOBODY)
    labels = tuple(nothing if i % 4 == 0 else p for i, p in enumerate(whole.point_people))
    some = Recording(whole.frames, labels, whole.truth, whole.people)
    assert statistics(some, 10.0)['missed_frames'].value == pytest.approx(0.25)


@pytest.mark.parametrize(
    ('real', 'simulated', 'close'),
    [(10, 12.5, True), (10, 12.6, False), (10, 7.5, True), (10, 7.4, False), (0, 1, False)],
)
def test_close_is_within_a_quarter(real, simulated, close):
    pair = Compared(*(Statistic(float(v), np.empty(0)) for v in (real, simulated)))
    assert pair.close == close


def test_a_recording_compared_with_itself_is_alike():
    recording = gaussian_recording(100)
    for name, pair in compare(recording, recording, 10.0).items():
        assert np.isnan(pair.ratio) or pair.ratio == 1.0, name


@pytest.mark.parametrize('name', RADAR_DEVICES)
def test_a_device_is_recognised_by_its_doppler(name):
    device = RADAR_DEVICES[name]
    bins = np.arange(-device.doppler_bins // 2, device.doppler_bins // 2)
    points = np.zeros((len(bins), 5))
    points[:, 3] = bins * device.doppler_resolution
    assert recognised_device(Recording((RadarFrame(1.0, points),))) == name


def test_an_unknown_device_is_refused_with_the_known_ones():
    points = np.zeros((9, 5))
    points[:, 3] = np.arange(9) * 0.5
    with pytest.raises(DatasetError, match=r'0\.500 m/s.*iwr1843'):
        recognised_device(Recording((RadarFrame(1.0, points),)))


def test_the_way_of_the_twin_is_that_of_the_reference():
    recording = gaussian_recording()
    way = trajectory_of(recording)
    true = np.array([truth[0].position[:2] for truth in recording.truth])
    sampled = way.position[np.rint(np.arange(240) * 0.1 / STEP).astype(int)]
    assert sampled == pytest.approx(true, abs=0.01)
    assert way.present[:475].all()
    # Walking along x: heading 0 or pi, smooth in between.
    assert np.abs(np.diff(way.heading)).max() < 0.5


def test_the_mirror_is_found_by_its_ghosts():
    recording = gaussian_recording(others=0)
    flip, frames, labels = np.array([1.0, -1.0, 1.0]), [], []
    for frame, (person,) in zip(recording.frames, recording.truth, strict=True):
        # The image of a person in the plane y = 3.5, as fast as an image is.
        image = person.position * flip + np.array([0.0, 7.0, 0.0])
        speed = image @ (person.velocity * flip) / np.linalg.norm(image)
        ghosts = np.column_stack([np.tile(image, (3, 1)), np.full((3, 1), speed), np.ones((3, 1))])
        frames.append(RadarFrame(frame.stamp, np.concatenate([frame.points, ghosts])))
        labels.append(np.array([0] * 12 + [NOBODY] * 3))
    room = room_of(Recording(tuple(frames), tuple(labels), recording.truth, recording.people))
    (wall,) = room.walls
    assert wall[:, 1] == pytest.approx(3.5, abs=0.01)
    # Specular points: 3.5 of the 5 metres up to the image, for x from 2.5 to 5.5.
    assert np.sort(wall[:, 0]) == pytest.approx([2.5 * 0.7, 5.5 * 0.7], abs=0.15)


def test_a_room_without_ghosts_has_no_mirrors():
    room = room_of(gaussian_recording(100))
    assert room.walls.shape == (0, 2, 2)
    assert room.height == pytest.approx(MIDDLE - 0.1)


def test_the_twin_of_a_simulated_recording_is_like_it(referenced):
    compared = compare(referenced, twin(referenced, DEVICE, RadarModel(), 1), 10.0)
    for name in ('person_points_per_frame', 'cluster_extent', 'doppler_slope'):
        assert compared[name].ratio == pytest.approx(1.0, abs=0.45), name


def test_the_twin_is_the_same_for_the_same_seed(referenced):
    first, again = (twin(referenced, DEVICE, RadarModel(), 3) for _ in range(2))
    assert all(
        np.array_equal(a.points, b.points) for a, b in zip(first.frames, again.frames, strict=True)
    )


def test_nobody_to_follow_is_said():
    frames = tuple(RadarFrame(0.1 * i, np.zeros((1, 5))) for i in range(5))
    empty = Recording(frames, (np.array([NOBODY]),) * 5, ((),) * 5, ('p',))
    with pytest.raises(DatasetError, match='nobody was found'):
        twin(empty, DEVICE, RadarModel(), 0)


def test_figures_show_both_clouds(referenced):
    figure = distributions(compare(referenced, referenced, 10.0))
    assert [axes.get_title() for axes in figure.axes][:2] == [
        'points per frame',
        "person's points per frame",
    ]
    # The two medians.
    assert all(len(axes.lines) == 2 for axes in figure.axes)
    real, simulated = birds_eye(referenced, referenced).axes
    shown = [sum(len(line.get_xdata()) for line in axes.lines[:2]) for axes in (real, simulated)]
    assert shown[0] == shown[1] == sum(len(frame.points) for frame in referenced.frames)


def test_the_command_prints_writes_and_draws(bag, tmp_path, capsys):
    compare_bag(bag, tmp_path / 'plots', tmp_path / 'figures.json', seed=1)
    figures = json.loads((tmp_path / 'figures.json').read_text())
    assert figures['device'] == 'iwr1443'
    wanted = figures['statistics']['doppler_spread']
    assert wanted['ratio'] == pytest.approx(wanted['simulated'] / wanted['real'])
    assert {path.name for path in (tmp_path / 'plots').iterdir()} == {
        'compare_distributions.png',
        'compare_birds_eye.png',
    }
    assert 'a simulated iwr1443' in ' '.join(capsys.readouterr().out.split())


def test_a_device_and_parameters_can_be_chosen(bag, tmp_path):
    chosen = ['device=iwr6843', 'device.minimum_range=0.2', 'model.clutter=0']
    compare_bag(bag, json=tmp_path / 'figures.json', settings=chosen)
    assert json.loads((tmp_path / 'figures.json').read_text())['device'] == 'iwr6843'


@pytest.mark.parametrize(
    ('setting', 'said'),
    [
        ('device=iwr9999', 'iwr1443'),
        ('device.colour=red', 'colour'),
        ('model.clutter=-1', 'clutter'),
        ('tracker.method=soft', 'device=NAME'),
        ('device', 'device=NAME'),
        ('device.carrier=[', 'no value'),
    ],
)
def test_bad_settings_are_refused_in_one_line(bag, setting, said):
    with pytest.raises(ValueError, match=said) as error:
        compare_bag(bag, settings=[setting])
    assert '\n' not in str(error.value)


def test_bags_that_cannot_be_compared_are_refused(tmp_path, walked):
    with pytest.raises(ValueError, match='does not exist'):
        compare_bag(tmp_path / 'nothing')
    other = RadarFrame(60.0, walked.frames[0].points, 'radar_b')
    write_recording(tmp_path / 'two', Recording((walked.frames[0], other), people=('p',)))
    with pytest.raises(ValueError, match='several radars'):
        compare_bag(tmp_path / 'two')
    empty = RadarFrame(60.0, np.empty((0, 5)), 'radar')
    write_recording(tmp_path / 'empty', Recording((empty,), people=('p',)))
    with pytest.raises(ValueError, match='no radar points'):
        compare_bag(tmp_path / 'empty')
    (tmp_path / 'file').write_text('in the way')
    with pytest.raises(ValueError, match='no folder for plots'):
        compare_bag(tmp_path / 'two', tmp_path / 'file')

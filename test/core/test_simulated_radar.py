"""The simulated radar as a whole: whose points, where, how many, and always the same."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from simple_bodies import gliding

from thermal_radar_fusion.datasets.recording import NOBODY
from thermal_radar_fusion.geometry import RigidTransform
from thermal_radar_fusion.simulation.radar_device import RADAR_DEVICES
from thermal_radar_fusion.simulation.radar_echoes import RadarModel
from thermal_radar_fusion.simulation.radar_sensor import SimulatedRadar

MOUNTING = RigidTransform(translation=np.array([0.0, 0.0, 1.0]))
NO_WALLS = np.empty((0, 2, 2))
DEVICE = RADAR_DEVICES['iwr1843']
QUIET = RadarModel(clutter=0.0)
EVERY = DEVICE.replace(lost_frames=0.0)


def radar(device=EVERY, walls=NO_WALLS, model=QUIET, seed=0, mounting=MOUNTING):
    return SimulatedRadar(device, mounting, walls, np.random.default_rng(seed), model)


def clouds(made, motions):
    return [seen for seen in made.observe(motions) if seen is not None]


def own(observations, person=0):
    return np.concatenate([seen.points[seen.people == person] for seen in observations])


def walk(seconds=3.0, start=(2.0, 0.5), velocity=(1.0, 0.0), device=EVERY):
    times = radar(device).frame_times(0.0, seconds)
    return gliding(times, start, velocity, swing=1.0)


@pytest.mark.parametrize('name', RADAR_DEVICES)
def test_points_lie_about_the_person_and_move_as_fast(name):
    device = RADAR_DEVICES[name].replace(lost_frames=0.0)
    motion = walk(start=(3.0, 0.5), device=device)
    seen = clouds(radar(device), [motion])
    centres = np.array([own([s]).mean(axis=0) for s in seen if (s.people == 0).sum() > 2])
    places = np.array([m for m, s in zip(motion.position, seen, strict=True) if len(s.people) > 2])
    assert len(centres) > 0.8 * len(seen)
    assert np.median(np.hypot(*(centres[:, :2] - places).T)) < 0.2
    # The near side is seen, which is a little before the middle.
    assert 0.0 < np.median(places[:, 0] - centres[:, 0]) < 0.2
    assert np.median(own(seen)[:, 3]) == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize('name', RADAR_DEVICES)
def test_values_come_in_the_devices_steps(name):
    device = RADAR_DEVICES[name]
    points = np.concatenate([s.points for s in clouds(radar(device), [walk(device=device)])])
    bins = points[:, 3] / device.doppler_resolution
    assert bins == pytest.approx(np.rint(bins))
    assert np.abs(points[:, 3]).max() <= device.maximum_velocity + 0.01
    steps = points[:, :3] / device.position_step
    assert steps == pytest.approx(np.rint(steps), abs=1e-6)
    assert (points[:, 4] > 0).all()


def test_fewer_points_come_from_farther_away():
    def count(range_):
        times = radar().frame_times(0.0, 4.0)
        motion = gliding(times, (range_, 0.0), (-0.5, 0.0), swing=0.6)
        return len(own(clouds(radar(), [motion])))

    assert count(3.0) > 1.5 * count(6.0) > 2.0 * count(9.5)


def test_a_person_who_does_not_move_fades_and_one_whose_arms_move_stays():
    times = radar().frame_times(0.0, 4.0)
    place, facing = (3.0, 0.0), np.pi
    still = clouds(radar(), [gliding(times, place, heading=facing)])
    moving = clouds(radar(), [gliding(times, place, heading=facing, swing=0.5)])
    without = radar(EVERY.replace(clutter_removal=False))
    kept = clouds(without, [gliding(times, place, heading=facing)])
    assert not len(own(still))
    assert len(own(moving)) > 2 * len(moving)
    assert len(own(kept)) > 5 * len(kept)


def test_points_are_labelled_with_whom_they_came_from():
    times = radar().frame_times(0.0, 3.0)
    people = [
        gliding(times, (3.0, -1.2), (0.8, 0.0), swing=1.0),
        gliding(times, (5.0, 1.2), (-0.8, 0.0), swing=1.0),
    ]
    seen = clouds(radar(), people)
    for person, side in ((0, -1.0), (1, 1.0)):
        points = own(seen, person)
        assert len(points) > 3 * len(seen)
        assert (points[:, 1] * side > 0.0).mean() > 0.97
        assert np.median(np.sign(points[:, 3])) == -side


def test_somebody_behind_somebody_is_seen_less():
    times = radar().frame_times(0.0, 3.0)
    behind = gliding(times, (4.0, 0.0), (0.8, 0.0), swing=1.0)
    front = gliding(times, (2.5, 0.0), (0.8, 0.0), swing=1.0)
    alone = len(own(clouds(radar(), [behind])))
    hidden = len(own(clouds(radar(), [behind, front])))
    assert hidden < 0.5 * alone


def test_nobody_is_seen_through_a_wall_nor_while_absent():
    wall = np.array([[(2.5, -3.0), (2.5, 3.0)]])
    assert not len(own(clouds(radar(walls=wall), [walk(start=(3.0, 0.0))])))
    times = radar().frame_times(0.0, 2.0)
    gone = gliding(times, (3.0, 0.0), (1.0, 0.0), present=times > 1.0)
    counts = [len(s.points) for s in radar().observe([gone])]
    assert not any(counts[: int((times <= 1.0).sum())])
    assert any(counts)


def test_ghosts_are_nobodys_and_lie_behind_the_mirror():
    wall = np.array([[(0.0, 1.6), (7.0, 1.6)]])
    motion = walk(start=(2.0, 0.4), velocity=(0.8, 0.0))
    bright = RadarModel(clutter=0.0, wall_loss=0.0)
    seen = clouds(radar(EVERY.replace(field_of_view=1.5), wall, bright), [motion])
    ghosts = own(seen, NOBODY)
    assert len(ghosts) > 3 * len(seen)
    assert len(own(clouds(radar(), [motion]), NOBODY)) == 0
    # The image is at y = 2.8, and no ghost is nearer than the person.
    beyond = ghosts[(ghosts[:, 1] > 2.2) & (ghosts[:, 1] < 3.4)]
    assert len(beyond) > 0.2 * len(ghosts)
    assert np.linalg.norm(ghosts[:, :3], axis=1).min() > 1.8


def test_clutter_is_nobodys_and_comes_as_often_as_asked():
    times = radar().frame_times(0.0, 20.0)
    nobody = gliding(times, (3.0, 0.0), present=np.zeros(len(times), dtype=bool))
    device = EVERY.replace(maximum_range=6.0)
    # Each residue lights up a few cells.
    seen = clouds(radar(device, model=RadarModel(clutter=2.0)), [nobody])
    assert all((s.people == NOBODY).all() for s in seen)
    assert 1.0 < np.mean([len(s.points) for s in seen]) < 12.0


def test_frames_get_lost_and_stamps_jitter_as_often_as_asked():
    device = DEVICE.replace(lost_frames=0.2, clock_jitter=0.004)
    times = radar(device).frame_times(0.0, 60.0)
    gone = gliding(times, (3.0, 0.0), present=np.zeros(len(times), dtype=bool))
    seen = radar(device).observe([gone])
    assert np.mean([s is None for s in seen]) == pytest.approx(0.2, abs=0.05)
    pairs = [(s.time, t) for s, t in zip(seen, times, strict=True) if s is not None]
    stamps, nominal = np.array(pairs).T
    assert np.std(stamps - nominal) == pytest.approx(0.004, rel=0.15)
    assert (np.diff(stamps) > 0.0).all()


def test_frame_times_are_those_of_the_rate_within_the_span():
    made = radar()
    assert made.frame_times(0.0, 1.0) == pytest.approx(np.arange(15) / 15)
    halves = np.concatenate([made.frame_times(0.0, 0.37), made.frame_times(0.37, 1.0)])
    assert halves == pytest.approx(made.frame_times(0.0, 1.0))


def test_a_frame_holds_no_more_points_than_the_device_sends():
    device = EVERY.replace(maximum_points=7)
    assert max(len(s.points) for s in clouds(radar(device), [walk()])) == 7


def digest(observations):
    lines = [
        b'lost'
        if s is None
        else s.points.tobytes() + s.people.tobytes() + bytes(np.float64(s.time))
        for s in observations
    ]
    return hashlib.sha256(b'|'.join(lines)).hexdigest()


def scene_digest():
    walls = np.array([[(0, -2), (7, -2)], [(7, -2), (7, 2)], [(7, 2), (0, 2)]], dtype=float)
    made = radar(DEVICE, walls, RadarModel())
    times = made.frame_times(0.0, 6.0)
    people = [gliding(times, (1.5 + i, i - 1.0), (0.6, 0.1 * i), swing=1.0) for i in range(3)]
    return digest(made.observe(people))


def test_the_same_seed_gives_the_same_clouds_and_another_seed_others():
    motion = walk()
    first, again = radar(seed=4).observe([motion]), radar(seed=4).observe([motion])
    assert digest(first) == digest(again)
    assert digest(first) != digest(radar(seed=5).observe([motion]))


@pytest.mark.parametrize('chunk', [1, 7, 33])
def test_how_frames_are_grouped_changes_nothing(chunk):
    walls = np.array([[(0.0, 1.6), (7.0, 1.6)]])
    times = radar().frame_times(0.0, 5.0)
    whole = radar(DEVICE, walls, RadarModel()).observe([walk(5.0)])
    made, parts = radar(DEVICE, walls, RadarModel()), []
    for start in range(0, len(times), chunk):
        part = times[start : start + chunk]
        parts += made.observe([gliding(part, (2.0, 0.5), (1.0, 0.0), swing=1.0)])
    assert digest(parts) == digest(whole)


def test_another_processor_gives_the_same_clouds():
    changed = {
        'NPY_DISABLE_CPU_FEATURES': 'AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX2 FMA3',
        'OPENBLAS_CORETYPE': 'Nehalem',
    }
    code = 'import test_simulated_radar as t; print(t.scene_digest())'
    here = Path(__file__).parent
    environment = {**os.environ, **changed, 'PYTHONPATH': f'{here}:{here.parents[1]}'}
    command = [sys.executable, '-W', 'ignore', '-c', code]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip() == scene_digest(), done.stderr


def test_calls_that_do_not_fit_are_refused():
    made, motion = radar(), walk()
    with pytest.raises(ValueError, match='at least one motion'):
        made.observe([])
    with pytest.raises(ValueError, match='same times'):
        made.observe([motion, walk(2.0)])
    made.observe([motion])
    with pytest.raises(ValueError, match='1 people were simulated so far, now 2'):
        made.observe([motion, motion])


@pytest.mark.parametrize('name', ['cross_section', 'clutter', 'wall_loss', 'coherence'])
def test_impossible_models_are_refused_by_name(name):
    with pytest.raises(ValueError, match=name):
        RadarModel().replace(**{name: -1.0})


def test_more_residues_than_places_are_refused():
    with pytest.raises(ValueError, match='clutter_places'):
        RadarModel(clutter=3.0, clutter_places=2)

"""Two real radars that face each other see one person: one tracker makes one track of it."""

import numpy as np
import pytest

from thermal_radar_fusion.datasets import mmgait
from thermal_radar_fusion.datasets.recording import interleave
from thermal_radar_fusion.deployment import load_deployment
from thermal_radar_fusion.evaluation.tracking import summarise
from thermal_radar_fusion.radar.tracker import RadarTracker
from thermal_radar_fusion.resources import resource

WALLS = {'radar_77ghz': 'near_wall', 'radar_60ghz': 'far_wall'}


@pytest.fixture(scope='module')
def mountings():
    radars = load_deployment(resource('config/two_radars_facing.yaml')).radars
    return {sensor: radars[wall].mounting for sensor, wall in WALLS.items()}


@pytest.mark.parametrize('subject', ['002', '011'])
def test_one_person_before_two_radars_is_one_track(mmgait_folder, mountings, subject):
    folder = mmgait_folder / 'room2/1/fixed_route'
    files = [folder / f'{band}_radar/{subject}.csv.gz' for band in ('77Ghz', '60Ghz')]
    walk = interleave([mmgait.read(file) for file in files]).excerpt(20.0, 60.0)
    assert {frame.sensor for frame in walk.frames} == set(WALLS)
    tracker = RadarTracker(mountings=mountings)
    tracked = [tracker.update(frame) for frame in walk.frames]
    summary = summarise(tracked)
    assert summary.confirmed_tracks == 1
    assert summary.coverage > 0.99


def test_the_two_radars_agree_on_where_the_person_is(mmgait_folder, mountings):
    folder = mmgait_folder / 'room2/1/fixed_route'
    positions = {}
    for sensor, band in (('radar_77ghz', '77Ghz'), ('radar_60ghz', '60Ghz')):
        walk = mmgait.read(folder / f'{band}_radar/011.csv.gz').excerpt(30.0, 60.0)
        tracker = RadarTracker(mountings={sensor: mountings[sensor]})
        tracks = [(f.stamp, tracker.update(f).tracks) for f in walk.frames]
        positions[sensor] = np.array([(t, *p[0].position) for t, p in tracks if len(p) == 1])
    near, far = positions['radar_77ghz'], positions['radar_60ghz']
    aligned = [np.interp(near[:, 0], far[:, 0], far[:, column]) for column in (1, 2)]
    apart = np.hypot(near[:, 1] - aligned[0], near[:, 2] - aligned[1])
    assert np.median(apart) < 0.25

"""The simulated radars beside the real ones: medians of what a tracker lives on."""

import pytest

from thermal_radar_fusion.datasets import mmgait
from thermal_radar_fusion.datasets.reference import with_reference
from thermal_radar_fusion.evaluation.realism import compare
from thermal_radar_fusion.evaluation.realism_room import REFLECTOR_LOSS, room_of
from thermal_radar_fusion.evaluation.realism_twin import recognised_device, twin
from thermal_radar_fusion.simulation.radar_device import RADAR_DEVICES
from thermal_radar_fusion.simulation.radar_echoes import RadarModel

# Files that the devices' parameters were not fitted on (those were room1/077 and room2/002).
HELD_OUT = {
    'room1/1/fixed_route/77Ghz_radar/105': 'iwr1443',
    'room2/1/fixed_route/77Ghz_radar/011': 'iwr1443',
    'room2/1/fixed_route/60Ghz_radar/022': 'iwr6843',
}
CONTRACT = ('points_per_frame', 'person_points_per_frame', 'doppler_spread', 'cluster_extent')


@pytest.fixture(scope='module', params=HELD_OUT, ids=lambda path: path.replace('/', '-'))
def compared(request, mmgait_folder):
    path = mmgait_folder / f'{request.param}.csv.gz'
    if not path.exists():
        pytest.skip(f'no real recording: {path} is absent')
    real = with_reference(mmgait.read(path).excerpt(0.0, 150.0))
    name = recognised_device(real)
    assert name == HELD_OUT[request.param]
    device = RADAR_DEVICES[name]
    simulated = twin(real, device, RadarModel(wall_loss=REFLECTOR_LOSS), 0)
    return compare(real, simulated, device.frame_rate)


def test_medians_are_within_a_quarter_of_the_real_ones(compared):
    ratios = {name: compared[name].ratio for name in CONTRACT}
    assert all(compared[name].close for name in CONTRACT), ratios


def test_the_rest_is_near(compared):
    assert compared['doppler_slope'].ratio == pytest.approx(1.0, abs=0.1)
    assert 0.5 < compared['centroid_jitter'].ratio < 1.5
    assert 0.3 < compared['other_points_per_frame'].ratio < 3.0
    assert compared['missed_frames'].simulated.value < 0.1
    assert compared['person_points_3.5_to_5_m'].ratio == pytest.approx(1.0, abs=0.35)


def test_reflectors_of_a_room_are_the_same_whoever_walks(mmgait_folder):
    folder = mmgait_folder / 'room2/1/fixed_route/77Ghz_radar'
    paths = [folder / f'{name}.csv.gz' for name in ('002', '011')]
    if not all(path.exists() for path in paths):
        pytest.skip(f'no real recordings: {folder} lacks 002 or 011')
    rooms = [room_of(with_reference(mmgait.read(p).excerpt(0.0, 120.0))) for p in paths]
    middles = [room.walls[0].mean(axis=0) for room in rooms]
    assert middles[0] == pytest.approx(middles[1], abs=0.6)
    assert rooms[0].height == pytest.approx(rooms[1].height, abs=0.25)

"""Radar tracks and faces of a room become people with temperatures."""

import dataclasses
import math

import numpy as np
import pytest
from walking_faces import FADING, INTRINSICS, MOUNTING, VIEW, face_track, faces, radar_track

from thermal_radar_fusion.fusion.camera_people import SeenFace, pooled
from thermal_radar_fusion.fusion.radar_trails import KEPT, RadarTrails
from thermal_radar_fusion.fusion.room_screening import (
    CameraSetup,
    PersonScreeningParameters,
    RoomScreening,
)
from thermal_radar_fusion.fusion.screened import NO_TRACK, by_track
from thermal_radar_fusion.fusion.screening import ScreeningParameters
from thermal_radar_fusion.fusion.track_association import Pairing
from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.thermal.faces import FaceStatus
from thermal_radar_fusion.thermal.temperature import (
    TemperatureCorrection,
    TemperatureEstimate,
    TrackTemperature,
)

# T = alpha(d) times the reading; about 37 °C that is FADING for each metre.
CORRECTION = TemperatureCorrection(a1=FADING / 37.0, std=0.1)
FIXED = PersonScreeningParameters(
    correction=CORRECTION, screening=ScreeningParameters(rule='fixed', threshold=37.5)
)
STEP = 0.1


def room(parameters=FIXED, mounting=MOUNTING, known=True, cameras=('thermal',)):
    setups = {name: CameraSetup(mounting, parameters) for name in cameras}
    made = RoomScreening('lab', setups)
    for name in cameras if known else ():
        made.set_intrinsics(name, INTRINSICS)
    return made


def left(time):
    """Return where somebody is who walks up on the left."""
    return 6.0 - 0.5 * time, 0.8


def right(time):
    return 4.5 - 0.3 * time, -0.7


def walk(screening, people, start=100.0, seconds=4.0, faces_of=None, distance_error=0.0):
    """Let people walk through radar and camera.

    Args:
        people: (radar id, face id, path, temperature) each; 0 is not seen by that sensor.

    Returns:
        What is said with the last image.
    """
    said = ()
    for index in range(round(seconds / STEP)):
        time = index * STEP
        stamp = start + time
        tracks = [radar_track(n, path(time), stamp) for n, _, path, _ in people if n]
        screening.radar(stamp, tracks)
        seen = [
            face_track(f, path(time), t, stamp, distance_error) for _, f, path, t in people if f
        ]
        said = screening.faces('thermal', faces(stamp + 0.03, *seen))
    return said


def test_everybody_gets_the_temperature_of_the_own_face():
    said = walk(room(), [(1, 11, left, 36.0), (2, 12, right, 38.0)])
    found = by_track(said)
    assert {n: s.face_id for n, s in found.items()} == {1: 11, 2: 12}
    for number, true in ((1, 36.0), (2, 38.0)):
        assert found[number].temperature == pytest.approx(true, abs=0.05)
        assert found[number].samples == 40
        assert found[number].confidence > 0.9
        assert (found[number].room, found[number].camera) == ('lab', 'thermal')
    assert not found[1].elevated
    assert found[2].elevated
    assert found[2].margin == pytest.approx(0.5, abs=0.05)


def test_the_radars_distance_corrects_better_than_the_size_of_the_face():
    """With distances of faces 2 m off, the reading is right only by those of the radar."""
    people = [(1, 11, left, 36.0)]
    parameters = dataclasses.replace(
        FIXED, association=FIXED.association.changed({'costs.terms': 'bearing'})
    )
    paired = walk(room(parameters), people, distance_error=2.0)[0]
    alone = walk(room(parameters, mounting=None), people, distance_error=2.0)[0]
    assert paired.track_id == 1
    assert paired.temperature == pytest.approx(36.0, abs=0.05)
    assert alone.track_id == NO_TRACK
    assert alone.temperature == pytest.approx(36.0 + 2 * FADING, abs=0.05)


def test_the_temperature_stays_with_the_track_when_the_face_is_gone():
    screening = room()
    walk(screening, [(1, 11, left, 38.0)])
    said = walk(screening, [(1, 0, left, 38.0)], start=104.0, seconds=30.0)
    assert [s.track_id for s in said] == [1]
    assert said[0].elevated
    assert said[0].temperature == pytest.approx(38.0, abs=0.05)
    # ... and goes with it.
    screening.radar(134.0, [])
    later = walk(screening, [(2, 0, right, 36.0)], start=134.1, seconds=1.0)
    assert later == ()


def test_a_face_that_is_found_again_goes_on_with_the_same_person():
    screening = room()
    first = walk(screening, [(1, 11, left, 36.0)])
    gap = walk(screening, [(1, 0, lambda t: left(4 + t), 36.0)], start=104.0, seconds=1.0)
    again = walk(screening, [(1, 12, lambda t: left(5 + t), 36.0)], start=105.0, seconds=4.0)
    assert [s.samples for s in first] == [s.samples for s in gap] == [40]
    assert [(s.track_id, s.face_id, s.samples) for s in again] == [(1, 12, 80)]


def test_a_face_from_the_side_says_little_beside_one_from_the_front():
    front, side = TemperatureEstimate(37.0, 0.3, 50), TemperatureEstimate(33.0, 1.5, 50)
    both = pooled([front, side])
    assert both.mean == pytest.approx((25 * 37.0 + 33.0) / 26)
    assert 0.3 < both.std < 0.4
    assert both.samples == 100
    assert pooled([front]) == front
    assert math.isnan(pooled([]).mean)


def test_who_is_found_again_counts_once_for_the_others():
    adaptive = PersonScreeningParameters(
        correction=CORRECTION, screening=ScreeningParameters(warm_up=2)
    )
    screening = room(adaptive)
    for visit in range(4):
        said = walk(
            screening,
            [(1, 11 + visit, lambda t, v=visit: left(2 * v + t), 36.0)],
            start=100.0 + 4.0 * visit,
            seconds=2.0,
        )
    assert math.isnan(said[0].threshold)


def test_two_others_warm_it_up():
    adaptive = PersonScreeningParameters(
        correction=CORRECTION, screening=ScreeningParameters(warm_up=2)
    )
    screening = room(adaptive)
    for number, true in ((1, 36.0), (2, 36.2)):
        walk(screening, [(number, 10 + number, left, true)], start=100.0 + 20 * number)
    said = by_track(walk(screening, [(3, 13, left, 38.5)], start=160.0))
    assert said[3].elevated
    assert said[3].threshold < 38.0


def test_what_only_the_camera_sees_is_measured_but_not_judged():
    """A poster, a lamp, a reflection: no person."""
    said = walk(room(), [(1, 11, left, 36.0), (0, 12, right, 45.0)])
    poster = next(s for s in said if s.face_id == 12)
    assert poster.track_id == NO_TRACK
    assert poster.is_measured
    assert math.isnan(poster.threshold)
    assert not poster.elevated


@pytest.mark.parametrize(('mounting', 'known'), [(None, True), (MOUNTING, False)])
def test_without_calibration_faces_are_screened_alone(mounting, known):
    said = walk(room(mounting=mounting, known=known), [(1, 11, left, 38.0)])
    assert [s.track_id for s in said] == [NO_TRACK]
    assert math.isnan(said[0].cost)
    assert said[0].elevated


def test_few_readings_are_no_temperature():
    said = walk(room(), [(1, 11, left, 36.0)], seconds=0.4)
    assert [s.is_measured for s in said] == [False]
    assert said[0].samples == 0


def test_grey_images_give_people_without_temperatures():
    said = walk(room(), [(1, 11, left, math.nan)])
    assert [(s.track_id, s.is_measured, s.elevated) for s in said] == [(1, False, False)]


def test_predicted_faces_are_no_reading():
    screening = room()
    said = walk(screening, [(1, 11, left, 36.0)])
    face = face_track(11, left(4.0), 36.0, 104.0)
    coasting = dataclasses.replace(face, status=FaceStatus.COASTING, temperature=math.nan)
    again = screening.faces('thermal', faces(104.2, coasting))
    assert again[0].samples == said[0].samples


def test_a_jump_back_forgets_everybody():
    screening = room()
    walk(screening, [(1, 11, left, 38.0)])
    screening.radar(50.0, [])
    assert screening.faces('thermal', faces(50.0)) == ()


def test_two_cameras_of_a_room_see_the_same_person():
    screening = room(cameras=('thermal', 'other'))
    walk(screening, [(1, 11, left, 36.0)])
    for index in range(20):
        stamp = 104.0 + index * STEP
        place = left(4.0 + index * STEP)
        screening.radar(stamp, [radar_track(1, place, stamp)])
        said = screening.faces('other', faces(stamp, face_track(7, place, 36.4, stamp)))
    assert {(s.camera, s.face_id, s.track_id) for s in said} == {
        ('thermal', 11, 1),
        ('other', 7, 1),
    }
    # The one with more readings speaks for the person.
    assert by_track(said)[1].camera == 'thermal'


def test_another_threshold_judges_those_who_are_known():
    screening = room()
    before = walk(screening, [(1, 11, left, 37.0)])
    warm = dataclasses.replace(FIXED, screening=ScreeningParameters(rule='fixed', threshold=36.0))
    screening.reconfigure('thermal', warm)
    place = left(4.0)
    screening.radar(104.0, [radar_track(1, place, 104.0)])
    after = screening.faces('thermal', faces(104.03, face_track(11, place, 37.0, 104.03)))
    assert (before[0].elevated, after[0].elevated) == (False, True)
    assert after[0].samples == before[0].samples + 1


def test_radar_frames_may_come_after_the_image():
    """The order in which messages arrive is nobody's to choose."""
    screening = room()
    for index in range(40):
        time = index * STEP
        face = face_track(11, left(time), 36.0, 100.0 + time)
        said = screening.faces('thermal', faces(100.0 + time, face))
        screening.radar(99.95 + time, [radar_track(1, left(time - 0.05), 99.95 + time)])
    assert [(s.track_id, round(s.temperature, 1)) for s in said] == [(1, 36.0)]


def test_the_same_again_gives_the_same():
    people = [(1, 11, left, 36.0), (2, 12, right, 38.0)]
    assert walk(room(), people) == walk(room(), people)


def test_hours_need_no_more_memory_than_minutes():
    face, trails = SeenFace(11, TrackTemperature(CORRECTION), 0.0), RadarTrails()
    place = (3.0, 0.5)
    for index in range(5000):
        stamp = index * STEP
        trails.add(stamp, [radar_track(1, place, stamp)])
        face.see(face_track(11, place, 36.0, stamp), stamp, VIEW)
    assert len(face.views) == len(face.temperature) == KEPT
    assert np.isnan(trails.at(1, np.array([10.0]))).all()
    face.pairing = Pairing(1, 11, 0.0, 1.0, stamp)
    face.measure(trails, VIEW, revised=True)
    assert face.estimate.mean == pytest.approx(36.0, abs=0.02)


def test_an_impossible_parameter_is_named():
    with pytest.raises(ParameterError, match='fewest_readings'):
        PersonScreeningParameters(fewest_readings=0)


def test_an_unknown_camera_is_an_error():
    with pytest.raises(KeyError):
        room().faces('attic', faces(1.0))


def test_positions_of_tracks_at_other_instants():
    trails = RadarTrails()
    for index in range(11):
        trails.add(index * 0.1, [radar_track(1, (index * 1.0, -index), index * 0.1)])
    places = trails.at(1, np.array([-2.0, 0.0, 0.25, 1.0, 1.3, 3.0]))
    assert np.isnan(places[[0, 5]]).all()
    np.testing.assert_allclose(places[1:5], [(0, 0), (2.5, -2.5), (10, -10), (10, -10)])
    assert np.isnan(trails.at(2, np.array([0.5]))).all()
    trails.add(2.0, [])
    trails.keep(frozenset())
    assert np.isnan(trails.at(1, np.array([0.5]))).all()

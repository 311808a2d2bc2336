"""Faces from image to image: birth, life, hiding, death, time, and cameras on their side."""

import math

import numpy as np
import pytest
from face_scenes import KnownBoxes, box_at, image, room, with_face
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_radar_fusion.parameters import ParameterError
from thermal_radar_fusion.thermal.distance_model import DistanceModel
from thermal_radar_fusion.thermal.face_tracker import FaceTracker, FaceTrackerParameters
from thermal_radar_fusion.thermal.faces import FaceStatus

RATE = 15.0
MODEL = DistanceModel.pinhole(380.0)
PARAMETERS = FaceTrackerParameters(distance=MODEL)


@pytest.fixture
def detector():
    """A detector that is told what to find."""
    return KnownBoxes()


@pytest.fixture
def tracker(detector):
    """A tracker that asks it."""
    return FaceTracker(PARAMETERS, detector)


def follow(tracker, detector, boxes_by_frame, start=0.0, rate=RATE):
    """Return what the tracker says of frames with these boxes, rate a second."""
    said = []
    for k, boxes in enumerate(boxes_by_frame):
        detector.boxes = boxes
        said.append(tracker.update(image(start + k / rate)))
    return said


def still(count, x=160, y=100, height=40):
    """Return frames with one face that does not move."""
    return [[box_at(x, y, height)]] * count


# --- birth and death


def test_a_face_is_confirmed_when_it_was_found_for_a_while(tracker, detector):
    said = follow(tracker, detector, still(10))
    counts = [len(frame.faces) for frame in said]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[3] == 1
    assert said[-1].faces[0].status == FaceStatus.CONFIRMED
    assert said[-1].faces[0].first_seen == 0.0
    assert said[-1].faces[0].last_seen == said[-1].stamp


@pytest.mark.parametrize('rate', [4.0, 9.0, 30.0, 60.0])
def test_how_long_that_takes_is_a_matter_of_time_not_of_frames(tracker, detector, rate):
    said = follow(tracker, detector, still(40), rate=rate)
    confirmed = next(frame.stamp for frame in said if frame.faces)
    assert PARAMETERS.confirm_time - 1e-9 <= confirmed <= PARAMETERS.confirm_time + 1.01 / rate


def test_a_single_false_face_is_nobody(tracker, detector):
    said = follow(tracker, detector, [*still(1), *[[]] * 20])
    assert all(frame.faces == () for frame in said)
    assert tracker.confirmed_total == 0


def test_an_unsure_detection_starts_nobody_but_goes_on_with_somebody(detector):
    tracker = FaceTracker(PARAMETERS.replace(birth_score=0.5), detector)
    detector.scores = [0.3]
    assert all(not frame.faces for frame in follow(tracker, detector, still(10)))
    detector.scores = [0.8]
    follow(tracker, detector, still(10), start=1.0)
    detector.scores = [0.3]
    said = follow(tracker, detector, still(30), start=1.0 + 10 / RATE)
    assert said[-1].faces[0].status == FaceStatus.CONFIRMED


def test_a_lost_face_coasts_and_dies(tracker, detector):
    follow(tracker, detector, still(10))
    said = follow(tracker, detector, [[]] * 30, start=10 / RATE)
    statuses = {face.status for frame in said for face in frame.faces}
    assert statuses == {FaceStatus.COASTING}
    last = max(frame.stamp for frame in said if frame.faces)
    assert last - 9 / RATE == pytest.approx(PARAMETERS.coast_time, abs=1.01 / RATE)
    assert all(math.isnan(face.temperature) for frame in said for face in frame.faces)


def test_a_coasting_face_goes_on_where_it_went_and_grows_uncertain(tracker, detector):
    walk = [[box_at(60 + 4 * k, 100, 40)] for k in range(20)]
    said = [*follow(tracker, detector, walk), *follow(tracker, detector, [[]] * 6, 20 / RATE)]
    face = said[-1].faces[0]
    assert face.state[0] == pytest.approx(60 + 4 * 25, abs=6)
    assert face.covariance[0, 0] > 4 * said[19].faces[0].covariance[0, 0]


def test_who_comes_back_after_a_short_while_is_the_same(tracker, detector):
    frames = [*still(10), *[[]] * 7, *still(10)]
    said = follow(tracker, detector, frames)
    assert {face.track_id for frame in said for face in frame.faces} == {1}


def test_ids_are_never_used_again(tracker, detector):
    follow(tracker, detector, [*still(10), *[[]] * 30])
    (face,) = follow(tracker, detector, still(10), start=60 / RATE)[-1].faces
    assert face.track_id == 2


def test_a_long_gap_between_images_ends_all_tracks(tracker, detector):
    follow(tracker, detector, still(10))
    detector.boxes = [box_at(160, 100, 40)]
    assert tracker.update(image(20.0)).faces == ()


def test_a_jump_back_in_time_resets(tracker, detector):
    follow(tracker, detector, still(10), start=50.0)
    said = follow(tracker, detector, still(10), start=3.0)
    assert said[0].faces == ()
    assert said[-1].faces[0].track_id == 2
    assert said[-1].stamp == pytest.approx(3.0 + 9 / RATE)


def test_a_late_frame_is_used_at_the_time_that_is_known(tracker, detector):
    follow(tracker, detector, still(10))
    tracked = tracker.update(image(9 / RATE - 0.1, seed=77))
    assert tracked.stamp == pytest.approx(9 / RATE)
    assert len(tracked.faces) == 1


# --- several faces


def test_two_who_cross_keep_their_numbers(tracker, detector):
    frames = []
    for k in range(45):
        near, far = box_at(60 + 5 * k, 110, 60), box_at(270 - 4 * k, 100, 34)
        hidden = abs((60 + 5 * k) - (270 - 4 * k)) < 35
        frames.append([near] if hidden else [near, far])
    said = follow(tracker, detector, frames)
    faces = {face.track_id: face for face in said[-1].faces}
    assert sorted(faces) == [1, 2]
    assert faces[1].state[4] == pytest.approx(60, abs=4)
    assert faces[2].state[4] == pytest.approx(34, abs=4)


def test_a_second_box_over_a_face_is_not_a_second_face(tracker, detector):
    frames = [[box_at(160, 100, 40), box_at(163, 103, 44)]] * 20
    said = follow(tracker, detector, frames)
    assert [len(frame.faces) for frame in said][-1] == 1


def test_faces_come_by_ascending_number(tracker, detector):
    frames = [[box_at(60 + 80 * k, 100, 40) for k in range(3)]] * 10
    assert [f.track_id for f in follow(tracker, detector, frames)[-1].faces] == [1, 2, 3]


# --- what is said of a face


def test_boxes_are_smoothed(tracker, detector):
    draw = np.random.default_rng(3)
    frames = [[np.array(box_at(160, 100, 60)) + draw.normal(0, 2, 4)] for _ in range(60)]
    said = follow(tracker, detector, frames)[20:]
    found = np.array([frame.faces[0].box for frame in said])
    errors = found - np.array(box_at(160, 100, 60))
    assert np.sqrt(np.mean(errors**2)) < 1.7
    assert np.abs(errors.mean(axis=0)).max() < 0.6


@pytest.mark.parametrize('speed', [-1.2, -0.5, 0.0])
def test_distance_follows_the_height_of_the_face(tracker, detector, speed):
    distances = 3.5 + speed * np.arange(30) / RATE
    frames = [[box_at(160, 100, float(MODEL.height(d)))] for d in distances]
    face = follow(tracker, detector, frames)[-1].faces[0]
    assert face.distance == pytest.approx(distances[-1], abs=0.1)
    assert face.state[6] == pytest.approx(speed, abs=0.35)
    assert 0.02 < face.distance_std < 0.4


def test_a_face_cut_by_the_border_is_not_taken_to_go_away(tracker, detector):
    whole, cut = box_at(160, 30, 56), (138.0, 0.0, 182.0, 30.0)
    said = follow(tracker, detector, [*[[whole]] * 15, *[[cut]] * 5])
    assert said[-1].faces[0].state[4] > 46
    assert said[-1].faces[0].distance == pytest.approx(float(MODEL.distance(56)), abs=0.35)


# --- the shutter, and images that do not change


def test_while_the_shutter_is_closed_nothing_is_new(tracker, detector):
    walk = [[box_at(60 + 4 * k, 100, 40)] for k in range(20)]
    follow(tracker, detector, walk)
    frozen = room(seed=5)
    detector.boxes = [box_at(60 + 4 * 20, 100, 40)]
    tracker.update(image(20 / RATE, frozen))
    calls = detector.calls
    for k in range(21, 26):
        tracked = tracker.update(image(k / RATE, frozen))
        assert tracked.faces[0].status == FaceStatus.COASTING
    assert detector.calls == calls
    assert tracked.faces[0].state[0] == pytest.approx(60 + 4 * 25, abs=8)


def test_a_picture_that_stays_is_looked_at_after_all(tracker, detector):
    values = with_face(room(), box_at(160, 100, 40))
    detector.boxes = [box_at(160, 100, 40)]
    said = [tracker.update(image(k / RATE, values)) for k in range(40)]
    assert said[-1].faces[0].status == FaceStatus.CONFIRMED


# --- temperatures come with the faces


def test_only_faces_that_were_found_in_radiometric_images_are_measured(tracker, detector):
    box = box_at(160, 100, 60)
    detector.boxes = [box]
    for k in range(10):
        tracked = tracker.update(image(k / RATE, with_face(room(seed=k), box)))
    assert tracked.faces[0].temperature == pytest.approx(36.0, abs=0.15)
    assert 0 < tracked.faces[0].temperature_std < 0.5
    grey = image(11 / RATE, with_face(room(seed=11), box), radiometric=False)
    tracked = tracker.update(grey)
    assert tracked.faces[0].status == FaceStatus.CONFIRMED
    assert math.isnan(tracked.faces[0].temperature)
    assert math.isnan(tracked.faces[0].temperature_std)


@pytest.mark.parametrize('rotation', [0, 90, 180, 270])
def test_a_camera_on_its_side_sees_the_same_face(detector, rotation):
    tracker = FaceTracker(PARAMETERS, detector, rotation=rotation)
    shape, upright = (200, 300), box_at(150, 110, 60)
    # Turned the other way round, so that turning clockwise puts the head up again.
    rows, columns = np.nonzero(np.rot90(filled(shape, upright), rotation // 90))
    detector.boxes = [(columns.min(), rows.min(), columns.max(), rows.max())]
    for k in range(12):
        values = with_face(room(shape, seed=k), upright)
        turned = np.ascontiguousarray(np.rot90(values, rotation // 90))
        tracked = tracker.update(image(k / RATE, turned))
    (face,) = tracked.faces
    assert face.state[4] == pytest.approx(60, abs=2)
    assert face.distance == pytest.approx(float(MODEL.distance(60)), abs=0.1)
    assert face.box == pytest.approx(detector.boxes[0], abs=2)
    assert face.temperature == pytest.approx(36.0, abs=0.15)
    assert face.temperature_std < 0.2


def filled(shape, box):
    """Return a mask of the pixels in a box."""
    mask = np.zeros(shape, bool)
    x0, y0, x1, y1 = (round(value) for value in box)
    mask[y0 : y1 + 1, x0 : x1 + 1] = True
    return mask


def test_other_rotations_are_refused(detector):
    with pytest.raises(ParameterError, match='rotation'):
        FaceTracker(PARAMETERS, detector, rotation=45)


def test_parameters_are_checked_and_named():
    with pytest.raises(ParameterError, match='coast_time'):
        FaceTrackerParameters(coast_time=-1.0)
    nested = FaceTrackerParameters.from_mapping({'distance': {'b0': 200}, 'filter': {}})
    assert nested.distance.b0 == 200.0


def test_an_empty_room_has_no_faces(tracker):
    tracked = tracker.update(image(0.0))
    assert tracked.faces == ()
    assert tracked.stamp == 0.0


# --- whatever comes


BOXES = st.tuples(st.floats(-20, 100), st.floats(-20, 80), st.floats(0.5, 90), st.floats(0.3, 2))
SMALL = room((60, 80))
FRAMES = st.lists(
    st.tuples(st.floats(-1.0, 2.0), st.lists(BOXES, max_size=4)), min_size=1, max_size=25
)


@given(FRAMES)
@settings(max_examples=25, deadline=None)
def test_whatever_a_detector_says_tracks_stay_sane(frames):
    detector = KnownBoxes()
    tracker = FaceTracker(PARAMETERS.replace(confirm_time=0.0), detector)
    stamp, gone, shown = 10.0, set(), set()
    for k, (step, boxes) in enumerate(frames):
        stamp += step
        detector.boxes = [box_at(*box) for box in boxes]
        faces = tracker.update(image(stamp, SMALL + np.float32(k))).faces
        numbers = {face.track_id for face in faces}
        assert [face.track_id for face in faces] == sorted(numbers)
        assert not numbers & gone
        gone, shown = gone | (shown - numbers), numbers
        for face in faces:
            assert np.isfinite(face.state).all()
            assert np.isfinite(face.box).all()
            assert np.linalg.eigvalsh(face.covariance).min() > -1e-9
            assert math.isnan(face.temperature) == math.isnan(face.temperature_std)

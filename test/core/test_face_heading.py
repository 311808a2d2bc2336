"""Whether somebody walks towards the camera, and what that does to the readings."""

import math

import numpy as np
import pytest
from face_scenes import KnownBoxes, box_at, image, room, with_face

from thermal_radar_fusion.thermal.distance_model import DistanceModel
from thermal_radar_fusion.thermal.face_ekf import FaceState
from thermal_radar_fusion.thermal.face_heading import MEMORY, PAUSE, Heading, walking
from thermal_radar_fusion.thermal.face_region import Orientation
from thermal_radar_fusion.thermal.face_tracker import FaceTracker, FaceTrackerParameters

UPRIGHT = Orientation()
MODEL = DistanceModel.pinhole(380.0)


def state(across=0.0, rate=0.0, height=60.0):
    """Return a face that moves across the image [px/s] and in distance [m/s]."""
    return FaceState(np.array([160, 120, across, 0.0, height, 1.2, rate]), np.eye(7))


def followed(moving, seconds=2.0, start=0.0, heading=None):
    """Return the heading of somebody who moves like this for some seconds."""
    heading = heading or Heading()
    for k in range(round(seconds * 15)):
        heading.update(start + k / 15, 1 / 15, moving, UPRIGHT)
    return heading


def test_nothing_is_held_against_somebody_who_was_not_seen_to_walk():
    assert followed(state(across=10.0, rate=0.1)).facing == 1.0


def test_at_first_nothing_is_known():
    assert Heading().facing == 0.0
    assert followed(state(), seconds=PAUSE - 0.1).facing == 0.0


@pytest.mark.parametrize(
    ('moving', 'facing'),
    [
        (state(rate=-1.0), 1.0),
        (state(rate=1.0), -1.0),
        (state(across=300.0), 0.0),
        (state(across=-300.0, rate=-0.9), math.sqrt(0.5)),
    ],
)
def test_people_look_where_they_walk(moving, facing):
    assert followed(moving).facing == pytest.approx(facing, abs=0.01)


def test_speeds_across_are_in_metres_of_the_face():
    nearer, speed = walking(state(across=200.0, height=60.0), UPRIGHT)
    assert nearer == 0.0
    assert speed == pytest.approx(200 * 0.18 / 60)
    sideways = FaceState(np.array([160, 120, 0.0, 200.0, 60.0, 1.2, 0.0]), np.eye(7))
    assert walking(sideways, Orientation(90))[1] == pytest.approx(speed)
    assert walking(sideways, UPRIGHT)[1] == 0.0


def test_who_stops_keeps_looking_there_for_a_while():
    heading = followed(state(across=300.0))
    still = followed(state(), seconds=MEMORY - 0.5, start=2.0, heading=heading)
    assert still.facing == pytest.approx(0.0, abs=0.01)
    assert followed(state(), seconds=1.0, start=2.0 + MEMORY, heading=heading).facing == 1.0


def test_a_new_way_after_a_while_is_believed_at_once():
    heading = followed(state(rate=1.0))
    heading.update(2.0 + 2 * MEMORY, 1 / 15, state(rate=-1.0), UPRIGHT)
    assert heading.facing == pytest.approx(1.0)


@pytest.mark.parametrize(('speed', 'sure'), [(-0.8, True), (0.8, False)])
def test_readings_of_who_walks_away_are_in_doubt(speed, sure):
    detector = KnownBoxes()
    tracker = FaceTracker(FaceTrackerParameters(distance=MODEL), detector)
    for k in range(25):
        distance = (2.6 if speed < 0 else 1.4) + speed * k / 15
        box = box_at(160, 120, float(MODEL.height(distance)))
        detector.boxes = [box]
        tracked = tracker.update(image(k / 15, with_face(room(seed=k), box)))
    assert (tracked.faces[0].temperature_std < 0.2) == sure
    assert sure or tracked.faces[0].temperature_std > 1.0

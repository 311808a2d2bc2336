"""The node track_associator over DDS: radar tracks and faces in, screenings out."""

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2: run `make test`')
sys.path.append(str(Path(__file__).parent.parent / 'core'))

from node_graph import clean
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo
from thermal_radar_fusion.msg import (
    ContactArray,
    FaceTrackArray,
    PersonArray,
    RadarTrackArray,
    ScreeningArray,
)
from walking_faces import INTRINSICS, MOUNTING, face_track, faces, radar_track

from thermal_radar_fusion.deployment import parse_deployment
from thermal_radar_fusion.fusion.room_screening import CameraSetup, RoomScreening
from thermal_radar_fusion.node_specs import node_specs
from thermal_radar_fusion.nodes import conversions

LATCHED = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
SHAPE = INTRINSICS.height, INTRINSICS.width
CAMERA = {
    'room': 'lab',
    'mounting': dict(zip('xyz', MOUNTING.translation.tolist(), strict=True)),
    'screening': {'rule': 'fixed', 'threshold': 37.0},
    'temperature': {'correction': {'a1': 0.0033}},
}


def deployment(**changes):
    return parse_deployment({'rooms': {'lab': {}}, 'cameras': {'thermal': {**CAMERA, **changes}}})


def specs(deployed, *executables):
    return [s for s in node_specs(deployed) if s.executable in executables]


def empty(stamp):
    return conversions.faces_message(faces(stamp), SHAPE, 'thermal')


def no_tracks(stamp):
    return conversions.tracks_message('lab', stamp, [], 'map')


def info(intrinsics=INTRINSICS):
    return conversions.WRITER.camera_info(99.0, intrinsics, 'thermal')


def walk(seconds=3.0, start=100.0):
    """Return messages of tracks and of faces of two people; the second is warm."""
    for index in range(round(seconds * 10)):
        time = index / 10
        stamp = start + time
        places = (6.0 - 0.5 * time, 0.8), (4.5 - 0.3 * time, -0.7)
        tracks = [radar_track(n, place, stamp) for n, place in enumerate(places, start=1)]
        seen = [
            face_track(10 + n, place, 35.5 + 2 * n, stamp + 0.03) for n, place in enumerate(places)
        ]
        yield (
            conversions.tracks_message('lab', stamp, tracks, 'map'),
            conversions.faces_message(faces(stamp + 0.03, *seen), SHAPE, 'thermal'),
        )


class Associator:
    """One associator under test, and what it says."""

    def __init__(self, graph, deployed, camera=INTRINSICS):
        (spec,) = specs(deployed, 'track_associator')
        self.process = graph.start_spec(spec)
        self._graph = graph
        self.heard = graph.listen(ScreeningArray, '/lab/screenings')
        self._faces = graph.publisher(FaceTrackArray, '/lab/thermal/faces')
        self._tracks = graph.publisher(RadarTrackArray, '/lab/radar/tracks')
        graph.handshake(self._faces, empty, self.heard)
        self._info = None if camera is None else info(camera)
        if camera is not None:
            self._infos = graph.publisher(CameraInfo, '/lab/thermal/camera_info')

    def meet(self):
        """Play walks of later until the node has heard of the camera; a jump back forgets them."""
        start = 200.0
        while not all(s.track_id for s in self.play(walk(1.0, start))):
            start += 1.0
            assert start < 260.0, 'no camera_info has arrived'
        self.play([(no_tracks(99.0), empty(99.03))])

    def play(self, messages):
        for tracks, seen in messages:
            self._tracks.publish(tracks)
            if self._info is not None:
                self._infos.publish(self._info)
            # Nothing answers a track: the order of arrival on two topics is nobody's to choose.
            self._graph.exchange(self._faces, [seen], self.heard)
        return conversions.screenings_from(self.heard[-1])


def test_same_people_as_the_core(graph):
    deployed = deployment()
    associator = Associator(graph, deployed)
    associator.meet()
    said = associator.play(walk())
    core = RoomScreening(
        'lab', {'thermal': CameraSetup(MOUNTING, deployed.cameras['thermal'].people)}
    )
    core.set_intrinsics('thermal', INTRINSICS)
    for tracks, seen in walk():
        stamp = conversions.seconds(tracks.header.stamp)
        core.radar(stamp, conversions.radar_tracks(tracks))
        expected = core.faces('thermal', faces_of(seen))
    assert [s.track_id for s in said] == [s.track_id for s in expected] == [1, 2]
    for ours, theirs in zip(said, expected, strict=True):
        assert (ours.face_id, ours.samples, ours.elevated, ours.room, ours.camera) == (
            theirs.face_id,
            theirs.samples,
            theirs.elevated,
            'lab',
            'thermal',
        )
        figures = ('temperature', 'temperature_std', 'threshold', 'margin', 'confidence')
        for name in figures:
            # A track may arrive after the image that follows it: 0.1 s of walking, 0.1 m.
            np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), atol=0.02)
    assert [s.elevated for s in said] == [False, True]
    assert associator.heard[-1].header.frame_id == 'map'
    assert clean(associator.process.stop())


def faces_of(message):
    from thermal_radar_fusion.thermal_messages import faces_from

    return faces_from(message)[0]


def test_late_joiners_learn_of_everybody(graph):
    associator = Associator(graph, deployment())
    associator.meet()
    associator.play(walk())
    late = graph.listen(ScreeningArray, '/lab/screenings', LATCHED)
    graph.wait(lambda: late, 'a late joiner hears nothing')
    assert [s.track_id for s in late[-1].screenings] == [1, 2]


def test_extrinsics_that_were_never_calibrated_are_one_line(graph):
    associator = Associator(graph, deployment(mounting=None))
    said = associator.play(walk())
    assert [s.track_id for s in said] == [0, 0]
    assert [s.elevated for s in said] == [False, True]
    ended = associator.process.stop()
    assert clean(ended)
    assert ended[2].count('thermal: where it hangs was never calibrated') == 1


def test_a_camera_info_of_other_images_is_one_line(graph):
    from dataclasses import replace

    associator = Associator(graph, deployment(), replace(INTRINSICS, width=320, height=256))
    said = associator.play(walk())
    assert [s.track_id for s in said] == [0, 0]
    assert all(s.is_measured for s in said)
    ended = associator.process.stop()
    assert clean(ended)
    assert ended[2].count('camera_info is for images of 320 x 256, these are 640 x 512') == 1


def test_no_camera_info_at_all_is_one_line(graph):
    associator = Associator(graph, deployment(), camera=None)
    said = associator.play(walk(4.0))
    assert [s.track_id for s in said] == [0, 0]
    assert associator.process.stop()[2].count('neither camera_info nor intrinsics') == 1


def test_a_camera_matrix_that_is_given_needs_no_camera_info(graph):
    given = {name: getattr(INTRINSICS, name) for name in ('fx', 'fy', 'cx', 'cy')}
    size = {'width': INTRINSICS.width, 'height': INTRINSICS.height}
    associator = Associator(graph, deployment(intrinsics={**given, **size}), camera=None)
    said = associator.play(walk())
    assert [s.track_id for s in said] == [1, 2]


def test_another_threshold_while_it_runs(graph):
    associator = Associator(graph, deployment())
    messages = list(walk(4.0))
    before = associator.play(messages[:30])
    (answer,) = graph.set_parameters(associator.process, thermal__screening__threshold=35.0)
    assert answer.successful, answer.reason
    after = associator.play(messages[30:])
    assert [s.elevated for s in before] == [False, True]
    assert [s.elevated for s in after] == [True, True]
    (refused,) = graph.set_parameters(associator.process, thermal__screening__threshold=3.0)
    assert not refused.successful


def test_people_and_contacts_learn_of_temperatures(graph):
    deployed = deployment()
    for spec in specs(deployed, 'contact_tracer'):
        graph.start_spec(spec)
    people = graph.listen(PersonArray, '/people')
    contacts = graph.listen(ContactArray, '/contacts')
    tracks = graph.publisher(RadarTrackArray, '/lab/radar/tracks')
    screenings = graph.publisher(ScreeningArray, '/lab/screenings')
    graph.handshake(tracks, no_tracks, people)
    graph.handshake(tracks, no_tracks, contacts)
    core = RoomScreening(
        'lab', {'thermal': CameraSetup(MOUNTING, deployed.cameras['thermal'].people)}
    )
    core.set_intrinsics('thermal', INTRINSICS)
    for message, seen in walk():
        core.radar(conversions.seconds(message.header.stamp), conversions.radar_tracks(message))
        said = core.faces('thermal', faces_of(seen))
    header = conversions.header(103.0, 'map')
    screenings.publish(conversions.screenings_message(header, said))
    pair = [radar_track(1, (2.0, 0.0), 104.0), radar_track(2, (2.0, 0.8), 104.0)]

    sent = iter(range(1000))

    def told():
        stamp = 104.0 + next(sent) / 10
        message = conversions.tracks_message('lab', stamp, pair, 'map')
        graph.exchange(tracks, [message], contacts)
        return any(contact.elevated for contact in contacts[-1].contacts)

    graph.wait(told, 'no contact with somebody who has a temperature')
    graph.wait(lambda: people[-1].people, 'nobody is there')
    first, second = people[-1].people
    assert (first.elevated, second.elevated) == (False, True)
    assert second.temperature == pytest.approx(37.5, abs=0.2)
    assert second.temperature_std > 0


def test_impossible_parameters_end_it_with_one_line(graph):
    status, _, errors = graph.start(
        'track_associator', cameras=['thermal'], calibrated=['door']
    ).finish()
    assert status == 2
    assert "calibrated: 'door' is none of the cameras" in errors
    assert 'Traceback' not in errors

"""The node visualizer: markers appear, follow and go."""

import math

import numpy as np
import pytest

pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2: run `make test`')

from geometry_msgs.msg import Point
from rclpy.qos import DurabilityPolicy, QoSProfile
from test_contact_tracer import meeting, track
from thermal_radar_fusion.msg import (
    Contact,
    ContactArray,
    IdentityArray,
    RadarTrackArray,
    ScreeningArray,
)
from visualization_msgs.msg import Marker, MarkerArray

from thermal_radar_fusion.fusion.screened import NOTICE, Screening
from thermal_radar_fusion.nodes import conversions, markers
from thermal_radar_fusion.reid.followed import Identity, IdentityState

LATCHED = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def by_name(message):
    return {(marker.ns, marker.id): marker for marker in message.markers}


def deleted(message):
    return sorted(key for key, m in by_name(message).items() if m.action == Marker.DELETE)


def test_outline_waits_for_a_late_rviz(graph):
    graph.start(
        'visualizer',
        namespace='/',
        rooms=['lab'],
        area__lab__bounds=[0.0, 0.0, 7.0, 0.0, 7.0, 4.0, 0.0, 4.0],
        area__lab__exclusion_zones=['zone_0'],
        area__lab__zone_0=[1.0, 1.0, 2.0, 1.0, 2.0, 2.0],
    )
    outlines = graph.listen(MarkerArray, '/outlines', LATCHED)
    graph.wait(lambda: outlines, 'no outline')
    shown = by_name(outlines[-1])
    corners = [(point.x, point.y) for point in shown['lab/bounds', 0].points]
    assert corners == [(0, 0), (7, 0), (7, 4), (0, 4), (0, 0)]
    assert len(shown['lab/exclusion', 0].points) == 4


def test_tracks_and_contacts_come_and_go(graph):
    graph.start('visualizer', namespace='/', rooms=['lab'])
    shown = graph.listen(MarkerArray, '/markers')
    tracks = graph.publisher(RadarTrackArray, '/lab/radar/tracks')
    contacts = graph.publisher(ContactArray, '/contacts')
    graph.wait(lambda: _answered(graph, tracks, shown), 'no markers')
    graph.exchange(tracks, [next(meeting())], shown)
    people = by_name(shown[-1])
    assert people['lab/name', 2].text == 'lab#2'
    assert people['lab/position', 2].pose.position.x == 1.0
    arrow = people['lab/velocity', 2].points
    assert arrow[1].x > arrow[0].x

    graph.wait(lambda: _line(graph, contacts, shown), 'no line of a contact')
    line = by_name(shown[-1])['contacts/line', 0]
    assert [(end.x, end.y) for end in line.points] == [(0.0, 0.0), (1.0, 0.0)]
    assert '1.00 ± 0.20 m' in by_name(shown[-1])['contacts/distance', 0].text

    contacts.publish(contact(Contact.END))
    graph.wait(
        lambda: deleted(shown[-1]) == [('contacts/distance', 0), ('contacts/line', 0)],
        'the contact stays on display',
    )

    alone = conversions.tracks_message('lab', 101.0, [track(1, 0.0, 0.0)], 'map')
    tracks.publish(alone)
    # Markers carry no stamp to know an answer by: late answers to probes may come before.
    gone = [('lab/name', 2), ('lab/position', 2), ('lab/velocity', 2)]
    graph.wait(lambda: deleted(shown[-1]) == gone, 'somebody who left stays on display')


def identities(track_id, person):
    found = [Identity('lab', track_id, IdentityState.KNOWN, person, 0.97, {person: 0.97})]
    return conversions.identities_message(conversions.header(100.0, 'map'), 'lab', found)


def test_names_stand_before_those_of_the_tracks(graph):
    graph.start('visualizer', namespace='/', rooms=['lab'])
    shown = graph.listen(MarkerArray, '/markers')
    tracks = graph.publisher(RadarTrackArray, '/lab/radar/tracks')
    named = graph.publisher(IdentityArray, '/identities')
    named.publish(identities(2, 'P7'))

    def is_named():
        tracks.publish(next(meeting()))
        return shown and by_name(shown[-1])['lab/name', 2].text == 'P7 lab#2'

    graph.wait(is_named, 'the name is missing')
    assert by_name(shown[-1])['lab/name', 1].text == 'lab#1'


def screenings(track_id, temperature, elevated):
    """Return what is said of one track's temperature."""
    figures = {'temperature': temperature, 'temperature_std': 0.3, 'elevated': elevated}
    found = [Screening('lab', 'thermal', track_id, 5, **figures)]
    return conversions.screenings_message(conversions.header(100.0, 'map'), found)


def test_temperatures_stand_beside_people_and_what_they_are_not_at_the_wall(graph):
    bounds = [0.0, -2.0, 7.0, -2.0, 7.0, 2.0]
    graph.start(
        'visualizer', namespace='/', rooms=['lab'], screened=['lab'], area__lab__bounds=bounds
    )
    outlines = graph.listen(MarkerArray, '/outlines', LATCHED)
    graph.wait(lambda: outlines, 'no outline')
    assert by_name(outlines[-1])['lab/notice', 0].text == NOTICE
    shown = graph.listen(MarkerArray, '/markers')
    tracks = graph.publisher(RadarTrackArray, '/lab/radar/tracks')
    found = graph.publisher(ScreeningArray, '/lab/screenings')
    graph.wait(lambda: _answered(graph, tracks, shown), 'no markers')
    for temperature, elevated, text in ((36.04, False, '36.0 ± 0.3 °C'), (38.1, True, '38.1')):
        found.publish(screenings(2, temperature, elevated))

        def told(text=text):
            graph.exchange(tracks, [next(meeting())], shown)
            marker = by_name(shown[-1]).get(('lab/temperature', 2))
            return marker is not None and text in marker.text

        graph.wait(told, 'no temperature beside the track')
        marker = by_name(shown[-1])['lab/temperature', 2]
        assert ('elevated' in marker.text) is elevated
        assert (marker.color.g < 0.5) is elevated
    assert ('lab/temperature', 1) not in by_name(shown[-1])


def _answered(graph, tracks, shown):
    """Probe until the way there and back is known to work."""
    tracks.publish(next(meeting(1.0)))
    return bool(shown)


def _line(graph, contacts, shown):
    contacts.publish(contact(Contact.ONGOING))
    return ('contacts/line', 0) in by_name(shown[-1])


def contact(state):
    message = Contact(state=state, person_a='lab#1', person_b='lab#2', room='lab')
    message.distance, message.distance_stddev = 1.0, 0.2
    return ContactArray(header=conversions.header(100.0, 'map'), contacts=[message])


def test_ellipse_has_the_covariance_s_axes():
    turn = np.array([[math.cos(0.5), -math.sin(0.5)], [math.sin(0.5), math.cos(0.5)]])
    (minor, major), yaw = markers.ellipse_axes(turn @ np.diag([0.04, 0.01]) @ turn.T)
    assert minor == pytest.approx(0.1 * markers.ELLIPSE_SIGMAS)
    assert major == pytest.approx(0.2 * markers.ELLIPSE_SIGMAS)
    assert yaw % math.pi == pytest.approx(0.5)


def test_colours_of_neighbouring_ids_differ():
    tracks = conversions.tracks_message('lab', 1.0, [track(i, 0, 0) for i in range(1, 9)], 'map')
    colours = {
        (m.color.r, m.color.g, m.color.b)
        for t in tracks.tracks
        for m in markers.track_markers(tracks, t)[:1]
    }
    assert len(colours) == 8


def test_ledger_deletes_only_what_is_gone():
    ledger = markers.MarkerLedger()
    header = conversions.header(1.0, 'map')
    square = [(0, 0), (1, 0), (1, 1)]
    ledger.replace('a', [markers.polygon_marker(header, 'a', n, square) for n in (0, 1)])
    ledger.replace('b', [markers.polygon_marker(header, 'b', 0, square)])
    left = ledger.replace('a', [markers.polygon_marker(header, 'a', 1, square)])
    assert [(m.ns, m.id, m.action) for m in left.markers] == [
        ('a', 1, Marker.ADD),
        ('a', 0, Marker.DELETE),
    ]
    assert left.markers[0].points[0] == Point()

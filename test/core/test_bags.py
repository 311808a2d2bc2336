"""Bags: what is written comes back, and what is no bag is told in one line."""

import contextlib
import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rosbags.highlevel import AnyReader

from thermal_radar_fusion import bag_messages, bags
from thermal_radar_fusion.bags import (
    BagError,
    BagWriter,
    open_bag,
    read_recording,
    write_recording,
)
from thermal_radar_fusion.contacts.proximity import Contact, ContactState
from thermal_radar_fusion.datasets.recording import NOBODY, Recording, TruePerson
from thermal_radar_fusion.radar.cloud_fields import FieldMapping
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import RadarTrack, TrackStatus
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import simulate

ANY_TIME = st.floats(1.0, 2e9, allow_nan=False)
FLOAT32 = st.floats(-1e6, 1e6, allow_nan=False, width=32)
QUIET = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def assert_same_recording(read: Recording, written: Recording) -> None:
    """Compare two recordings; points to the precision of a bag's float32."""
    assert (read.room, read.people, len(read.frames)) == (
        written.room,
        written.people,
        len(written.frames),
    )
    for ours, theirs in zip(read.frames, written.frames, strict=True):
        assert ours.stamp == pytest.approx(theirs.stamp, abs=1e-9)
        assert ours.sensor == theirs.sensor
        np.testing.assert_array_equal(ours.points, theirs.points.astype(np.float32))


@pytest.fixture(scope='module')
def recording() -> Recording:
    return simulate(load_scenario('crossing'), 1, 4.0)[0]


@pytest.mark.parametrize('storage', bags.STORAGES)
def test_a_labelled_recording_comes_back_whole(tmp_path, recording, storage):
    write_recording(tmp_path / 'bag', recording, storage=storage)
    (read,) = read_recording(tmp_path / 'bag')
    assert_same_recording(read, recording)
    for ours, theirs in zip(read.point_people, recording.point_people, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for ours, theirs in zip(read.truth, recording.truth, strict=True):
        assert [p.person for p in ours] == sorted(p.person for p in theirs)
        by_name = {p.person: p for p in theirs}
        for person in ours:
            np.testing.assert_array_equal(person.position, by_name[person.person].position)
            np.testing.assert_array_equal(person.velocity, by_name[person.person].velocity)


def test_a_single_storage_file_can_be_read_without_its_folder(tmp_path, recording):
    write_recording(tmp_path / 'bag', recording)
    lonely = tmp_path / 'alone.mcap'
    shutil.copy(tmp_path / 'bag' / 'bag.mcap', lonely)
    (read,) = read_recording(lonely)
    # The names are in the metadata beside it; the truth knows the same people.
    assert sorted(read.people) == sorted(recording.people)
    assert len(read.frames) == len(recording.frames)


@QUIET
@given(
    stamps=st.lists(ANY_TIME, min_size=1, max_size=4, unique=True).map(sorted),
    counts=st.lists(st.integers(0, 5), min_size=4, max_size=4),
    values=st.lists(FLOAT32, min_size=100, max_size=100),
)
def test_any_values_and_empty_frames_come_back(tmp_path, stamps, counts, values):
    table = np.array(values).reshape(20, 5)
    frames = tuple(
        RadarFrame(stamp, table[:count], 'sensor')
        for stamp, count in zip(stamps, counts, strict=False)
    )
    write_recording(tmp_path / 'bag', Recording(frames), force=True)
    (read,) = read_recording(tmp_path / 'bag')
    assert read.point_people is None
    assert read.truth is None
    assert_same_recording(read, Recording(frames))


def test_points_that_are_not_finite_are_left_out_with_their_person(tmp_path):
    points = np.arange(15.0).reshape(3, 5)
    points[1, 3] = np.nan
    people = (np.array([1, 0, NOBODY]),)
    truth = ((TruePerson('a', np.zeros(3), np.zeros(3)), TruePerson('b', np.ones(3), np.ones(3))),)
    recording = Recording((RadarFrame(5.0, points),), people, truth, ('a', 'b'))
    write_recording(tmp_path / 'bag', recording)
    (read,) = read_recording(tmp_path / 'bag')
    np.testing.assert_array_equal(read.frames[0].points, points[[0, 2]])
    np.testing.assert_array_equal(read.point_people[0], [1, NOBODY])


def test_rooms_are_told_apart_and_can_be_chosen(tmp_path, recording):
    other = dataclasses.replace(simulate(load_scenario('free'), 2, 2.0)[0], room='hall')
    write_recording(tmp_path / 'bag', recording, other)
    hall, lab = read_recording(tmp_path / 'bag')
    assert_same_recording(hall, other)
    assert_same_recording(lab, recording)
    assert len(lab.truth[-1]) == 2
    (alone,) = read_recording(tmp_path / 'bag', room='lab')
    assert_same_recording(alone, recording)
    with pytest.raises(BagError, match="no room 'attic'; it has hall, lab"):
        read_recording(tmp_path / 'bag', room='attic')


def test_nobody_in_the_truth_is_nobody_in_the_room(tmp_path):
    person = TruePerson('a', np.zeros(3), np.zeros(3))
    frames = tuple(RadarFrame(10.0 + 0.1 * i, np.zeros((1, 5))) for i in range(3))
    recording = Recording(frames, None, ((person,), (), (person,)), ('a',))
    write_recording(tmp_path / 'bag', recording)
    (read,) = read_recording(tmp_path / 'bag')
    assert [len(people) for people in read.truth] == [1, 0, 1]


TRACK = RadarTrack(
    track_id=7,
    status=TrackStatus.COASTING,
    state=np.array([1.0, -2.0, 0.5, 0.25]),
    covariance=np.arange(16.0).reshape(4, 4),
    height=1.25,
    spread=np.arange(4.0).reshape(2, 2),
    existence=0.5,
    points=12,
    first_seen=100.25,
    last_seen=101.5,
)
CONTACT = Contact(
    ContactState.ONGOING, 'lab#1', 'lab#7', 'lab', 90.5, 101.5, 1.25, 0.125, 0.5, 1.0
)


def test_tracks_and_contacts_come_back(tmp_path):
    with BagWriter(tmp_path / 'bag') as bag:
        bag.tracks('lab', 101.5, [TRACK])
        bag.people('lab', 101.5, [TRACK])
        bag.contacts(101.5, [CONTACT])
        bag.contacts(101.75, [])
    with open_bag(tmp_path / 'bag') as bag:
        ((room, stamp, (track,)),) = bag.tracks()
        first, second = bag.contacts()
    assert (room, stamp) == ('lab', 101.5)
    for name in ('track_id', 'status', 'height', 'existence', 'points', 'first_seen', 'last_seen'):
        assert getattr(track, name) == getattr(TRACK, name), name
    for name in ('state', 'covariance', 'spread'):
        np.testing.assert_array_equal(getattr(track, name), getattr(TRACK, name))
    assert first == (101.5, (CONTACT,))
    assert second == (101.75, ())


def test_the_bag_says_what_ros2_bag_play_needs(tmp_path, recording):
    write_recording(tmp_path / 'bag', recording)
    with AnyReader([tmp_path / 'bag']) as reader:
        kinds = {c.topic: (c.msgtype, c.msgcount) for c in reader.connections}
        profiles = [c.ext.offered_qos_profiles for c in reader.connections]
        assert all(c.msgdef.data for c in reader.connections)
        assert all(c.digest.startswith('RIHS01_') for c in reader.connections)
    frames = len(recording.frames)
    assert kinds == {
        '/lab/radar/points': ('sensor_msgs/msg/PointCloud2', frames),
        '/ground_truth': ('thermal_radar_fusion/msg/PersonArray', frames),
    }
    assert all(len(p) == 1 and p[0].reliability.name == 'RELIABLE' for p in profiles)
    metadata = (tmp_path / 'bag' / 'metadata.yaml').read_text()
    assert 'storage_identifier: mcap' in metadata
    assert f'message_count: {2 * frames}' in metadata


def driver_cloud(names: list[str], values: np.ndarray, stamp: float) -> object:
    """Return a PointCloud2 of float32 fields as some driver sends it."""
    rows = np.ascontiguousarray(values, dtype=np.float32)
    fields = [
        bag_messages.message(
            'sensor_msgs/msg/PointField', name=n, offset=4 * i, datatype=7, count=1
        )
        for i, n in enumerate(names)
    ]
    return bag_messages.message(
        bag_messages.CLOUD,
        header=bag_messages.WRITER.header(stamp, 'ti_mmwave'),
        height=1,
        width=len(rows),
        fields=fields,
        is_bigendian=False,
        point_step=4 * len(names),
        row_step=rows.nbytes,
        data=rows.view(np.uint8).ravel(),
        is_dense=True,
    )


def write_driver_bag(path: Path, names: list[str], values: np.ndarray) -> None:
    """Write a bag with one cloud that has no stamp, on a driver's topic."""
    with BagWriter(path) as bag:
        data = bag_messages.serialized(bag_messages.CLOUD, driver_cloud(names, values, 0.0))
        bag.serialized('/ti_mmwave/radar_scan_pcl', bag_messages.CLOUD, 12_500_000_000, data)


def test_the_clouds_of_a_driver_are_read_too(tmp_path):
    write_driver_bag(tmp_path / 'bag', ['x', 'y', 'z', 'intensity'], np.arange(8.0).reshape(2, 4))
    (read,) = read_recording(tmp_path / 'bag')
    (frame,) = read.frames
    assert (read.room, frame.sensor, frame.stamp) == ('room', 'ti_mmwave', 12.5)
    np.testing.assert_array_equal(frame.points, [[0, 1, 2, 0, 3], [4, 5, 6, 0, 7]])


def test_a_driver_is_given_its_room_its_name_and_its_axes(tmp_path):
    write_driver_bag(tmp_path / 'bag', ['x', 'y', 'z', 'v'], np.array([[1.0, 2.0, 3.0, 4.0]]))
    mapping = FieldMapping(axes='ti', doppler_sign=-1, velocity='v')
    sources = {'/ti_mmwave/radar_scan_pcl': bags.RadarSource('lab', 'radar_a', mapping)}
    (read,) = read_recording(tmp_path / 'bag', sources=sources)
    assert (read.room, read.frames[0].sensor) == ('lab', 'radar_a')
    np.testing.assert_array_equal(read.frames[0].points, [[2.0, -1.0, 3.0, -4.0, 0.0]])


def test_what_ingestion_made_of_a_driver_is_not_taken_twice(tmp_path):
    with BagWriter(tmp_path / 'bag') as bag:
        cloud = driver_cloud(['x', 'y', 'z', 'v'], np.ones((1, 4)), 5.0)
        data = bag_messages.serialized(bag_messages.CLOUD, cloud)
        bag.serialized('/ti/radar_scan_pcl', bag_messages.CLOUD, 5_000_000_000, data)
        bag.frame('lab', RadarFrame(5.0, np.ones((1, 5))))
    sources = {'/ti/radar_scan_pcl': bags.RadarSource('lab', 'radar_a')}
    (read,) = read_recording(tmp_path / 'bag', sources=sources)
    assert len(read.frames) == 1
    sources = {'/ti/radar_scan_pcl': bags.RadarSource('hall', 'radar_a')}
    assert [r.room for r in read_recording(tmp_path / 'bag', sources=sources)] == ['hall', 'lab']


def test_the_truth_of_a_bag_that_was_looped_is_found(tmp_path):
    def truth(x: float) -> list[TruePerson]:
        return [TruePerson('a', np.array([x, 0.0, 0.0]), np.zeros(3))]

    stamps = [10.0, 10.1, 10.2, 10.0, 10.1, 10.2]
    with BagWriter(tmp_path / 'bag') as bag:
        for number, stamp in enumerate(stamps):
            frame = bag_messages.WRITER.cloud(RadarFrame(stamp, np.zeros((1, 5))), 'radar')
            points = bag_messages.serialized(bag_messages.CLOUD, frame)
            person = bag_messages.WRITER.truth('lab', stamp, truth(stamp), 'map')
            people = bag_messages.serialized(bag_messages.PEOPLE, person)
            time = (20 + number) * 1_000_000_000
            bag.serialized('/lab/radar/points', bag_messages.CLOUD, time, points)
            bag.serialized('/ground_truth', bag_messages.PEOPLE, time, people)
    (read,) = read_recording(tmp_path / 'bag')
    assert [frame.stamp for frame in read.frames] == pytest.approx(stamps)
    assert [people[0].position[0] for people in read.truth] == pytest.approx(stamps)


def test_a_cloud_without_positions_is_told(tmp_path):
    write_driver_bag(tmp_path / 'bag', ['range', 'v'], np.ones((1, 2)))
    with pytest.raises(BagError, match='radar_scan_pcl: no field for x'):
        read_recording(tmp_path / 'bag')


def test_a_bag_without_radar_lists_what_it_has(tmp_path):
    with BagWriter(tmp_path / 'bag') as bag:
        bag.contacts(1.0, [])
        bag.tracks('lab', 1.0, [])
    with pytest.raises(BagError, match='no radar topic; it has /contacts, /lab/radar/tracks'):
        read_recording(tmp_path / 'bag')


def test_what_is_no_bag_is_told(tmp_path):
    text = tmp_path / 'notes.txt'
    text.write_text('hello')
    with pytest.raises(BagError, match='does not exist'):
        read_recording(tmp_path / 'missing')
    with pytest.raises(BagError, match='is no bag'):
        read_recording(text)
    with pytest.raises(BagError, match=r'no metadata\.yaml'):
        read_recording(tmp_path)
    pretender = tmp_path / 'pretender.mcap'
    pretender.write_text('hello, I am a text file that calls itself a bag')
    with pytest.raises(BagError, match='damaged or truncated'):
        read_recording(pretender)


@pytest.mark.parametrize('storage', bags.STORAGES)
@pytest.mark.parametrize('missing', [1, 40, 0.01, 0.3, 0.7, 0.999, 1.0])
def test_a_truncated_bag_is_told_in_one_line(tmp_path, recording, storage, missing):
    write_recording(tmp_path / 'bag', recording, storage=storage)
    (file,) = (p for p in (tmp_path / 'bag').iterdir() if p.suffix in ('.mcap', '.db3'))
    data = file.read_bytes()
    cut = missing if isinstance(missing, int) else int(missing * len(data))
    file.write_bytes(data[: len(data) - cut])
    with pytest.raises(BagError, match='damaged or truncated') as caught:
        read_recording(tmp_path / 'bag')
    assert '\n' not in str(caught.value)


@QUIET
@given(st.data())
def test_damage_anywhere_in_a_bag_raises_nothing_but_a_bag_error(tmp_path, recording, data):
    if not (tmp_path / 'bag').exists():
        write_recording(tmp_path / 'bag', recording)
    whole = (tmp_path / 'bag' / 'bag.mcap').read_bytes()
    position = data.draw(st.integers(0, len(whole) - 9))
    damage = data.draw(st.binary(min_size=1, max_size=8))
    damaged = tmp_path / 'damaged.mcap'
    damaged.write_bytes(whole[:position] + damage + whole[position + len(damage) :])
    with contextlib.suppress(BagError):
        read_recording(damaged)


def test_a_bag_is_overwritten_only_by_force(tmp_path, recording):
    write_recording(tmp_path / 'bag', recording)
    with pytest.raises(BagError, match='--force'):
        write_recording(tmp_path / 'bag', recording)
    shorter = recording.excerpt(0.0, 1.0)
    write_recording(tmp_path / 'bag', shorter, force=True)
    (read,) = read_recording(tmp_path / 'bag')
    assert len(read.frames) == len(shorter.frames)


def test_what_is_no_bag_is_not_overwritten_even_by_force(tmp_path, recording):
    (tmp_path / 'thesis').mkdir()
    (tmp_path / 'thesis' / 'chapter.txt').write_text('years of work')
    with pytest.raises(BagError, match='is no bag'):
        write_recording(tmp_path / 'thesis', recording, force=True)
    assert (tmp_path / 'thesis' / 'chapter.txt').read_text() == 'years of work'


@pytest.mark.parametrize('error', [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_bag_leaves_nothing_and_keeps_the_old_one(tmp_path, recording, error):
    write_recording(tmp_path / 'bag', recording)
    before = (tmp_path / 'bag' / 'bag.mcap').read_bytes()

    def interrupted() -> None:
        with BagWriter(tmp_path / 'bag', force=True) as bag:
            bag.frame('lab', recording.frames[0])
            raise error

    with pytest.raises(error):
        interrupted()
    assert [path.name for path in tmp_path.iterdir()] == ['bag']
    assert (tmp_path / 'bag' / 'bag.mcap').read_bytes() == before


def test_nothing_is_not_written(tmp_path):
    with pytest.raises(BagError, match='no frames'):
        write_recording(tmp_path / 'bag', Recording(()))
    assert not (tmp_path / 'bag').exists()


@pytest.mark.parametrize('stamp', [-1.0, 1e10])
def test_a_stamp_that_ros_cannot_tell_is_told(tmp_path, stamp):
    frame = RadarFrame(stamp, np.zeros((1, 5)))
    with pytest.raises(BagError, match='no time that ROS can tell'):
        write_recording(tmp_path / 'bag', Recording((frame,)))


def test_a_folder_that_cannot_be_written_is_told(tmp_path, recording):
    (tmp_path / 'file').write_text('')
    with pytest.raises(BagError, match='cannot be written'):
        write_recording(tmp_path / 'file' / 'bag', recording)

"""The report: valid HTML that needs nothing else, with the figures and numbers of the run."""

import dataclasses
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from thermal_radar_fusion import pipeline
from thermal_radar_fusion.bags import open_bag, write_recording
from thermal_radar_fusion.contacts.proximity import Contact, ContactState
from thermal_radar_fusion.deployment import (
    Deployment,
    Mounting,
    Radar,
    Room,
    parse_deployment,
)
from thermal_radar_fusion.fusion.screened import NOTICE, Screening
from thermal_radar_fusion.processed_bag import ProcessedBag, ProcessedFrame
from thermal_radar_fusion.radar.area import MonitoredArea
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.radar.track import RadarTrack, TrackedFrame, TrackStatus
from thermal_radar_fusion.report import figures, render, temperatures, write_report
from thermal_radar_fusion.report.history import History
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import simulate
from thermal_radar_fusion.thermal.faces import TrackedFaces
from thermal_radar_fusion.thermal_pipeline import ProcessedImage

VOID = {'meta', 'br', 'link', 'img', 'hr', 'input'}
SECTIONS = (
    'Floor plan of lab',
    'Distance between people',
    'Who was where',
    'Who was there when',
    'Points per frame',
    'Latency',
    'Contacts',
    'People',
    'Tracks',
)


class Page(HTMLParser):
    """Checks that every element is closed, and collects ids, references and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.ids, self.references, self.text = [], [], [], ''
        self.svgs = 0
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.handle_startendtag(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.svgs += tag == 'svg'
        for name, value in attributes:
            if name == 'id':
                self.ids.append(value)
            if name in ('src', 'href', 'xlink:href'):
                self.references.append(value)

    def handle_endtag(self, tag):
        assert self.open, f'</{tag}> closes nothing'
        assert self.open.pop() == tag

    def handle_data(self, data):
        if 'style' not in self.open:
            self.text += data


@pytest.fixture(scope='module')
def deployment():
    area = MonitoredArea(((0, -2), (7, -2), (7, 2), (0, 2)), (((5, 1), (6, 1), (6, 2)),))
    radar = Radar('radar', 'lab', Mounting(z=1.0))
    return Deployment(rooms={'lab': Room('lab', area)}, radars={'radar': radar})


@pytest.fixture(scope='module')
def crossed(tmp_path_factory, deployment):
    """Return a processed recording with contacts, and its truth."""
    bag = tmp_path_factory.mktemp('report') / 'bag'
    recording = simulate(load_scenario('parallel'), 0, 16.0)[0]
    write_recording(bag, recording)
    with open_bag(bag) as opened:
        return pipeline.process_recordings([recording], deployment), opened.truth()


@pytest.fixture(scope='module')
def page(crossed, deployment):
    processed, truth = crossed
    return Page(render(processed, deployment, truth, title='A <crossing> & more'))


def test_every_section_and_figure_is_there(page):
    for section in SECTIONS:
        assert section in page.text
    assert page.svgs == 6


def test_it_is_one_file_that_needs_nothing_else(crossed, deployment):
    processed, truth = crossed
    text = render(processed, deployment, truth, title='Crossing')
    assert text.startswith('<!DOCTYPE html>')
    assert '<script' not in text
    addresses = set(re.findall(r'https?://[^\s"\'<>]+', text))
    assert {a for a in addresses if not a.startswith('http://www.w3.org/')} == set()
    assert all(reference.startswith('#') for reference in Page(text).references)


def test_ids_are_unique_and_references_lead_somewhere(page):
    assert len(page.ids) == len(set(page.ids))
    assert {reference[1:] for reference in page.references} <= set(page.ids)


def test_colours_and_fonts_come_from_the_page(crossed, deployment):
    processed, truth = crossed
    text = render(processed, deployment, truth, title='Crossing')
    for stand_in in ('#010101', '#020202', '#030303', '#040404', '#050505'):
        assert stand_in not in text
    assert 'prefers-color-scheme: dark' in text
    assert 'var(--ink)' in text
    svgs = ''.join(re.findall(r'<svg.*?</svg>', text, flags=re.DOTALL))
    assert 'DejaVu' not in svgs


def test_the_numbers_are_those_of_the_run(page, crossed):
    processed, _ = crossed
    assert str(len(processed.frames)) in page.text
    assert f'{max(c.duration for c in processed.contacts):.1f} s' in page.text
    for track in History(processed).tracks:
        assert track.name in page.text
    for contact in processed.contacts:
        assert f'{contact.distance_min:.2f} m' in page.text


def test_titles_are_escaped(page):
    assert 'A <crossing> & more' in page.text


def test_truth_is_drawn_where_it_is_known(crossed, deployment):
    processed, truth = crossed
    assert 'Dashed: where people really were' in render(processed, deployment, truth, title='')
    assert 'Dashed' not in render(processed, deployment, title='')


@pytest.mark.parametrize('frames', [0, 1, 30])
def test_nobody_is_no_error(frames, deployment, tmp_path):
    empty = [('lab', RadarFrame(5.0 + i / 15, np.empty((0, 5)))) for i in range(frames)]
    write_report(tmp_path / 'r.html', pipeline.process(empty), deployment, title='Nobody')
    text = Page((tmp_path / 'r.html').read_text()).text
    assert 'Nobody was tracked' in text
    assert 'There were never two people at a time' in text
    assert 'Nobody was near anybody' in text


def one_track(track_id: int, x: float, y: float, status=TrackStatus.CONFIRMED) -> RadarTrack:
    covariance = np.diag([0.04, 0.01, 1.0, 1.0])
    state = np.array([x, y, 0.0, 0.0])
    return RadarTrack(track_id, status, state, covariance, 1.0, np.eye(2), 1.0, 9, 0.0, 0.0)


def processed_bag(entries: list[tuple[float, list[RadarTrack]]], contacts=()) -> ProcessedBag:
    frames = [
        ProcessedFrame(
            'lab',
            TrackedFrame(RadarFrame(stamp, np.zeros((3, 5))), tuple(tracks), np.full(3, -1)),
            (),
            0.001,
        )
        for stamp, tracks in entries
    ]
    return ProcessedBag(frames, list(contacts))


def test_a_long_recording_of_many_people_stays_small(deployment):
    random = np.random.default_rng(0)
    walks = np.cumsum(random.normal(0, 0.05, (4500, 12, 2)), axis=0)
    entries = [
        (1e9 + i / 15, [one_track(k + 1, *walks[i, k]) for k in range(12)]) for i in range(4500)
    ]
    contacts = [
        Contact(
            ContactState.END,
            f'lab#{1 + i % 5}',
            f'lab#{6 + i % 7}',
            'lab',
            1e9 + 5 * i,
            1e9 + 5 * i + 4,
            1.0,
            0.1,
            0.5,
            0.8,
        )
        for i in range(40)
    ]
    text = render(processed_bag(entries, contacts), deployment, title='Long')
    assert len(text) < 2_500_000
    assert Page(text).svgs == 5
    assert '6 of 66 pairs are shown' in text
    assert '09 September 2001' in text


def test_several_rooms_have_a_plan_each(deployment):
    recording = simulate(load_scenario('crossing'), 0, 3.0)[0]
    other = dataclasses.replace(simulate(load_scenario('crossing'), 1, 3.0)[0], room='hall')
    processed = pipeline.process_recordings([recording, other], deployment)
    text = Page(render(processed, deployment, title='Two rooms')).text
    assert 'Floor plan of lab' in text
    assert 'Floor plan of hall' in text


def test_a_contact_is_placed_where_the_two_were():
    entries = [(10.0 + i, [one_track(1, i, 0.0), one_track(2, i, 1.0)]) for i in range(10)]
    contact = Contact(ContactState.END, 'lab#1', 'lab#2', 'lab', 12.0, 16.0, 1, 0.1, 1, 1)
    history = History(processed_bag(entries, [contact]))
    np.testing.assert_allclose(history.place(contact), [4.0, 0.5])


def test_distances_are_those_of_the_time_in_which_both_are_known():
    entries = [(float(i), [one_track(1, 0, 0)]) for i in range(3)]
    entries += [(float(i), [one_track(1, 0, 0), one_track(2, i, 0)]) for i in range(3, 6)]
    (pair,) = History(processed_bag(entries)).pairs
    np.testing.assert_allclose(pair.times, [3, 4, 5])
    np.testing.assert_allclose(pair.distances, [3, 4, 5])
    assert pair.nearest == 3.0


def test_a_missed_frame_is_not_told_but_a_longer_absence_is():
    statuses = [TrackStatus.CONFIRMED] * 5 + [TrackStatus.COASTING] + [TrackStatus.CONFIRMED] * 4
    statuses += [TrackStatus.COASTING] * 10
    entries = [(i / 10, [one_track(1, i, 0, status)]) for i, status in enumerate(statuses)]
    (track,) = History(processed_bag(entries)).tracks
    assert track.seen[:10].all()
    assert not track.seen[-5:].any()


def test_a_path_is_as_long_as_it_was_walked():
    entries = [(i / 10, [one_track(1, 0.12 * i, 0.01 * (-1) ** i)]) for i in range(101)]
    (track,) = History(processed_bag(entries)).tracks
    assert track.path_length == pytest.approx(12.0, rel=0.05)
    np.testing.assert_allclose(track.deviations, 0.2)


def test_people_keep_their_colour():
    tracks = History(processed_bag([(0.0, [one_track(k, k, 0) for k in range(1, 15)])])).tracks
    shades = figures.colors(tracks)
    assert len(set(list(shades.values())[:12])) == 12
    assert set(shades) == {track.name for track in tracks}


def with_temperatures(processed: ProcessedBag) -> ProcessedBag:
    """Return a recording with images in which lab#1 is found to be warm."""
    found = Screening('lab', 'thermal', 1, 5, 1.0, 0.9, 38.1, 0.3, 40, 37.0, 1.1, True)
    other = Screening('lab', 'thermal', 2, 6, 1.0, 0.9, 36.0, 0.3, 40, 37.0, -1.0)
    poster = Screening('lab', 'thermal', 0, 9, temperature=40.0, samples=9)
    images = [
        ProcessedImage(
            'lab',
            'thermal',
            TrackedFaces(frame.stamp, ()),
            (256, 320),
            (found, other, poster),
            0.01,
        )
        for frame in processed.frames
    ]
    return dataclasses.replace(processed, images=images)


def test_temperatures_are_told_with_what_they_are_not(deployment):
    entries = [(float(i), [one_track(1, i, 0), one_track(2, i, 1)]) for i in range(9)]
    contact = Contact(ContactState.END, 'lab#1', 'lab#2', 'lab', 1.0, 6.0, 1, 0.1, 1, 1, True)
    processed = with_temperatures(processed_bag(entries, [contact]))
    page = Page(render(processed, deployment, title='Warm'))
    assert page.text.count(NOTICE) >= 2
    assert '38.10 ± 0.30 °C' in page.text
    assert '+1.10 K' in page.text
    assert 'one elevated' in page.text
    assert 'people measured' in page.text
    # A face that the radar knows nothing of is no person.
    assert '40.00' not in page.text
    first, second = temperatures.histories(History(processed))
    assert (first.name, second.name) == ('lab#1', 'lab#2')
    np.testing.assert_array_equal(first.times, np.arange(9.0))
    np.testing.assert_array_equal(second.thresholds, 37.0)


def test_a_recording_without_images_says_nothing_of_temperatures(deployment):
    page = Page(render(processed_bag([(0.0, [one_track(1, 1, 0)])]), deployment, title='Cold'))
    assert NOTICE not in page.text
    assert 'elevated' not in page.text


def test_images_without_anybody_are_no_error(deployment):
    empty = ProcessedImage('lab', 'thermal', TrackedFaces(0.0, ()), (4, 4), (), 0.01)
    page = Page(render(ProcessedBag(images=[empty]), deployment, title='Empty'))
    assert 'Nobody was measured' in page.text


def test_cameras_are_on_the_floor_plan_where_it_is_known_where_they_hang():
    content = {'rooms': {'lab': {}}, 'cameras': {'door': {'room': 'lab', 'mounting': {'x': 1}}}}
    history = History(processed_bag([(0.0, [one_track(1, 1, 0)])]))
    for mounting, names in (({'x': 1.0}, ['door']), (None, [])):
        content['cameras']['door']['mounting'] = mounting
        figure = figures.floor_plan(history, 'lab', parse_deployment(content))
        drawn = [text.get_text() for text in figure.axes[0].texts]
        assert [text for text in drawn if text == 'door'] == names

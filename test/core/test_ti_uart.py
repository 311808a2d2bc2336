"""The parser of TI's data port: three firmwares, faults, any chunking, any bytes."""

import itertools
import math
import os
import struct

import numpy as np
import pytest
import ti_packet_builder as build
from hypothesis import given, settings
from hypothesis import strategies as st

from thermal_radar_fusion.radar.ti_content import NO_TARGET
from thermal_radar_fusion.radar.ti_packet import MAX_PACKET
from thermal_radar_fusion.radar.ti_uart import UartParser

PERIOD = 20_000_000  # ticks of a tenth of a second


def parsed(data, chunk=None, **kwargs):
    parser = UartParser(**kwargs)
    chunk = chunk or max(1, len(data))
    frames = [
        frame
        for start in range(0, len(data), chunk)
        for frame in parser.feed(data[start : start + chunk])
    ]
    return frames + parser.close(), parser.stats


def one(data, **kwargs):
    (frame,), stats = parsed(data, **kwargs)
    assert stats.bytes_skipped == 0
    return frame


def stream(count=5):
    """Packets of one radar, each different."""
    return [
        build.people(
            [(2.0 + i, 0.1 * k, 0.0, 0.5) for k in range(i % 4)],
            [(3, 1.0, 2.0, 0.0, 0.0)],
            number=10 + i,
            ticks=PERIOD * (10 + i),
            padding=i,
        )
        for i in range(count)
    ]


def out_of_box(count=5):
    return [
        build.sdk3([(0.5, 2.0 + i, 0.1 * k, 0.5) for k in range(1 + i % 4)], 10 + i, PERIOD * i)
        for i in range(count)
    ]


# --- what the three firmwares say ---------------------------------------------------------------


def test_sdk2_fixed_point_objects_become_ros_axes():
    frame = one(build.sdk2([(0.5, 3.0, -0.25, -4, 99)]), doppler_step=0.25)
    np.testing.assert_allclose(frame.points, [[3.0, -0.5, -0.25, -1.0, 20.0]])
    assert frame.has_velocity
    assert str(frame.firmware) == 'out-of-box demo, SDK 2.1.0.4, xWR1443'


def test_sdk2_without_a_doppler_step_has_no_velocity():
    frame = one(build.sdk2([(0.5, 3.0, 0.0, -4, 99)]))
    assert frame.points[0, 3] == 0
    assert not frame.has_velocity


def test_sdk3_floats_and_side_information():
    frame = one(build.sdk3([(0.5, 3.0, -0.25, 1.5), (1.0, 2.0, 0.0, -0.5)], number=7))
    np.testing.assert_allclose(
        frame.points, [[3.0, -0.5, -0.25, 1.5, 20.0], [2.0, -1.0, 0.0, -0.5, 20.1]]
    )
    assert frame.number == 7
    assert str(frame.firmware) == 'out-of-box demo, SDK 3.6.0.0, xWR6843'


def test_people_tracking_spherical_cloud_and_targets():
    azimuth, elevation = math.radians(30), math.radians(10)
    frame = one(
        build.people(
            [(2.0, azimuth, elevation, 0.5), (4.0, 0.0, 0.0, 0.0)],
            [(5, 1.0, 2.0, 0.3, -0.4)],
            index=[5, 254],
        )
    )
    floor = 2.0 * math.cos(elevation)
    expected = [floor * math.cos(azimuth), -floor * math.sin(azimuth), 2.0 * math.sin(elevation)]
    np.testing.assert_allclose(frame.points[0, :3], expected, rtol=1e-6)
    np.testing.assert_allclose(frame.points[:, 3:], [[0.5, 20.0], [0.0, 20.1]])
    assert frame.point_targets.tolist() == [5, NO_TARGET]
    assert frame.targets['id'].tolist() == [5]
    np.testing.assert_allclose(frame.targets['position'], [[2.0, -1.0]])
    np.testing.assert_allclose(frame.targets['velocity'], [[-0.4, -0.3]], rtol=1e-6)
    assert str(frame.firmware) == 'people tracking, SDK 3.3.0.1, xWR6843'


def test_compressed_cloud_of_the_radar_toolbox():
    units = struct.pack('<5f', 0.01, 0.02, 0.1, 0.001, 0.5)
    cloud = units + struct.pack('<2bh2H', 0, 50, -5, 2000, 40)
    target = struct.pack('<I27f', 9, 1.0, 2.0, 0.5, 0.1, 0.2, *[0.0] * 22)
    body = build.tlv(1020, cloud) + build.tlv(1010, target)
    words = (0x03060000, 40 + len(body), 0xA6843, 1, 1, 1, 2, 0)
    frame = one(build.MAGIC + struct.pack('<8I', *words) + body)
    expected = [2.0 * math.cos(1.0), -2.0 * math.sin(1.0), 0.0, -0.5, 20.0]
    np.testing.assert_allclose(frame.points, [expected], rtol=1e-6)
    np.testing.assert_allclose(frame.targets['position'], [[2.0, -1.0]])


@pytest.mark.parametrize('packet', [build.sdk2([]), build.sdk3([]), build.people([])])
def test_empty_frames_are_passed_on(packet):
    assert one(packet).points.shape == (0, 5)


def test_firmware_can_be_forced():
    packet = bytearray(build.sdk3([(1, 2, 3, 4)]))
    packet[16:20] = b'\0\0\0\0'  # no platform: the header alone does not tell
    assert parsed(bytes(packet))[1].packets.corrupt == {'unknown header': 1}
    assert len(parsed(bytes(packet), firmware='sdk3')[0]) == 1
    with pytest.raises(ValueError):
        UartParser(firmware='sdk9')


def test_impossible_points_are_dropped_and_counted():
    points = [
        (math.nan, 1, 0, 0),
        (1, 2, 0, math.inf),
        (1e30, 2, 0, 0),
        (1, 2, 0, 900),
        (1, 2, 0, 0),
    ]
    (frame,), stats = parsed(build.sdk3(points))
    assert len(frame.points) == 1
    assert stats.points_dropped == 4


def test_two_parts_that_agree_outvote_the_count_in_the_header():
    assert len(one(build.sdk3([(1, 2, 0, 0)] * 13, objects=10)).points) == 13


# --- faults -------------------------------------------------------------------------------------


def test_stray_bytes_between_packets_are_skipped_and_cost_no_frame():
    packets = stream()
    frames, stats = parsed(b'\x07' + b'\x02'.join(packets) + b'\x02\x01')
    assert [frame.number for frame in frames] == [10, 11, 12, 13, 14]
    assert stats.packets.skipped == {'between packets': 7}
    assert stats.corrupt_frames == 0


@pytest.mark.parametrize('make', [stream, out_of_box])
@given(data=st.data())
def test_a_lost_or_stray_run_of_bytes_costs_one_frame(make, data):
    packets = make()
    clean, _ = parsed(b''.join(packets))
    start = data.draw(st.integers(0, len(packets[2]) - 1))
    lost = data.draw(st.integers(0, len(packets[2]) - start))
    stray = data.draw(st.binary(max_size=9))
    packets[2] = packets[2][:start] + stray + packets[2][start + lost :]
    frames, _ = parsed(b''.join(packets))
    others = {10: 0, 11: 1, 13: 3, 14: 4}
    found = {frame.number: frame for frame in frames}
    for number, index in others.items():
        np.testing.assert_array_equal(found[number].points, clean[index].points)


def test_bytes_lost_at_the_end_leave_the_next_frame_whole_and_give_this_one_up():
    packets = stream()
    for lost in range(1, 8):
        data = packets[0][:-lost] + packets[1]
        frames, stats = parsed(data)
        assert [frame.number for frame in frames] == [11]
        assert stats.packets.corrupt == {'truncated': 1}
        assert stats.bytes_skipped == len(packets[0]) - lost


@pytest.mark.parametrize(
    ('offset', 'reason'), [(24, 'bad checksum'), (8, 'bad checksum'), (12, 'unknown header')]
)
def test_corrupt_headers_are_counted_by_reason(offset, reason):
    packets = stream()
    bad = bytearray(packets[1])
    bad[offset] ^= 0x10
    bad[offset + 2] ^= 0x10
    frames, stats = parsed(packets[0] + bytes(bad) + packets[2])
    assert [frame.number for frame in frames] == [10, 12]
    assert stats.packets.corrupt == {reason: 1}
    assert stats.packets.skipped == {reason: len(bad)}


@pytest.mark.parametrize('length', [0, 39, MAX_PACKET + 1, 0xFFFFFFFF])
def test_a_bad_length_is_not_believed(length):
    packets = out_of_box(3)
    bad = packets[1][:12] + struct.pack('<I', length) + packets[1][16:]
    frames, stats = parsed(packets[0] + bad + packets[2])
    assert [frame.number for frame in frames] == [10, 12]
    assert stats.packets.corrupt == {'bad length': 1}


def test_parts_that_do_not_fit_are_a_corrupt_frame():
    bad = [
        build.people_packet(build.tlv(6, bytes(15)), 1),
        build.people_packet(build.tlv(6, bytes(16)) + build.tlv(9, bytes(8)), 2),
        build.people_packet(build.tlv(7, bytes(41)), 1),
        build.people_packet(struct.pack('<2I', 6, 1000), 1),
        build.people_packet(b'', 3),
    ]
    frames, stats = parsed(b''.join(bad))
    assert frames == []
    assert stats.packets.corrupt == {'bad tlv': len(bad)}


def test_a_packet_without_its_end_is_cut_off():
    data = stream()[3]
    frames, stats = parsed(data[:-1])
    assert frames == []
    assert stats.packets.corrupt == {'cut off': 1}
    assert stats.bytes_skipped == len(data) - 1


def test_a_frame_comes_out_with_its_last_byte():
    parser = UartParser()
    packet = build.people([(1, 0, 0, 0)], padding=3)
    assert parser.feed(packet[:-1]) == []
    assert len(parser.feed(packet[-1:])) == 1


def test_a_frame_that_ends_like_a_magic_word_waits_for_the_next_byte_or_release():
    packet = build.people([], [], index=[2], number=1)
    assert packet.endswith(b'\x02')
    parser = UartParser()
    assert parser.feed(packet) == []
    assert len(parser.feed(b'\x02')) == 1
    parser = UartParser()
    assert parser.feed(packet) == []
    assert len(parser.release()) == 1
    assert parser.stats.bytes_pending == 0


# --- any bytes ----------------------------------------------------------------------------------


@st.composite
def streams(draw):
    """Real packets, garbage, and packets with bytes changed, lost or added."""
    parts = []
    for packet in stream(6) + out_of_box(6) + [build.sdk2([(1, 2, 0, 3, 4)], padding=5)]:
        fault = draw(st.sampled_from(['none', 'none', 'cut', 'garbage', 'change']))
        if fault == 'cut':
            packet = packet[: draw(st.integers(0, len(packet)))]
        if fault == 'garbage':
            packet += draw(st.binary(max_size=12))
        if fault == 'change':
            changed = bytearray(packet)
            changed[draw(st.integers(0, len(packet) - 1))] = draw(st.integers(0, 255))
            packet = bytes(changed)
        parts.append(packet)
    return b''.join(draw(st.permutations(parts)))


@settings(max_examples=60, deadline=None)
@given(streams(), st.lists(st.integers(1, 300), min_size=1, max_size=20))
def test_chunking_changes_nothing(data, sizes):
    whole, stats = parsed(data)
    parser, start, frames = UartParser(), 0, []
    while start < len(data):
        size = sizes[start % len(sizes)]
        frames += parser.feed(data[start : start + size])
        start += size
    frames += parser.close()
    assert parser.stats.as_dict() == stats.as_dict()
    assert [(f.number, f.stamp) for f in frames] == [(f.number, f.stamp) for f in whole]
    for frame, other in zip(frames, whole, strict=True):
        np.testing.assert_array_equal(frame.points, other.points)


@settings(max_examples=60, deadline=None)
@given(streams())
def test_every_byte_is_accounted_for(data):
    frames, stats = parsed(data, chunk=97)
    assert stats.bytes == len(data)
    assert stats.bytes_pending == 0
    assert 0 <= stats.bytes_skipped <= len(data)
    if not frames:
        assert stats.bytes_skipped == len(data)
    assert all(np.isfinite(frame.points).all() for frame in frames)
    stamps = [frame.stamp for frame in frames]
    assert all(later > earlier for earlier, later in itertools.pairwise(stamps))


KNOWN_TLVS = [1, 2, 4, 6, 7, 8, 9, 1010, 1011, 1020]


@pytest.mark.filterwarnings('error')
@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(KNOWN_TLVS), st.binary(max_size=60)), max_size=5),
    st.sampled_from(['sdk2', 'sdk3', 'people']),
    st.integers(0, 4),
)
def test_any_content_of_a_sound_packet_decodes_or_is_counted(parts, generation, objects):
    body = b''.join(build.tlv(kind, value) for kind, value in parts)
    if generation == 'people':
        packet = build.people_packet(body, len(parts))
    else:
        size = 36 if generation == 'sdk2' else 40
        words = (0x03060000, size + len(body), 0xA1443, 1, 1, objects, len(parts), 0)
        packet = build.MAGIC + struct.pack('<8I', *words)[: size - 8] + body
    frames, stats = parsed(packet, firmware=generation)
    assert len(frames) + stats.corrupt_frames == 1


@pytest.mark.filterwarnings('error')
def test_ten_million_random_and_mutated_bytes_raise_nothing():
    """TRF_FUZZ_BYTES sets another number of bytes."""
    total = int(os.environ.get('TRF_FUZZ_BYTES', '10000000'))
    random = np.random.default_rng(0)
    parser, fed = UartParser(), 0
    real = [np.frombuffer(packet, np.uint8) for packet in stream(8) + out_of_box(8)]
    while fed < total:
        data = _mutated(random, real)
        for frame in parser.feed(data):
            assert np.isfinite(frame.points).all()
            assert np.isfinite(frame.targets['position']).all()
        assert parser.stats.bytes_pending <= MAX_PACKET + 8
        fed += len(data)
    parser.close()
    stats = parser.stats
    print(f'{fed} bytes: {stats.frames} frames, {stats.corrupt_frames} corrupt packets')
    assert stats.bytes == fed
    assert stats.frames > 0
    assert set(stats.packets.corrupt) >= {'bad checksum', 'unknown header', 'truncated', 'bad tlv'}


def _mutated(random, real):
    """Some packets with a few bytes changed and lost, sound packets of noise, then noise."""
    chosen = np.concatenate([real[i] for i in random.integers(0, len(real), 20)])
    changed = chosen.copy()
    at = random.integers(0, len(changed), random.integers(0, 30))
    changed[at] = random.integers(0, 256, len(at))
    kept = np.delete(changed, random.integers(0, len(changed), random.integers(0, 10)))
    kinds = random.choice(KNOWN_TLVS, 3)
    parts = [build.tlv(kind, random.bytes(8 * random.integers(0, 12))) for kind in kinds]
    packet = build.people_packet(b''.join(parts), len(parts))
    noise = random.bytes(1000)
    return kept.tobytes() + packet + noise + build.MAGIC + noise[:50]


def test_memory_stays_bounded_under_a_packet_that_never_ends():
    parser = UartParser()
    endless = build.MAGIC + struct.pack('<8I', 0x03060000, MAX_PACKET, 0xA6843, 1, 1, 0, 0, 0)
    parser.feed(endless)
    for _ in range(2 * MAX_PACKET // 4096):
        parser.feed(bytes(4096))
        assert parser.stats.bytes_pending <= MAX_PACKET


# --- time and numbers ---------------------------------------------------------------------------


def stamps_of(ticks, numbers=None):
    numbers = numbers or range(1, len(ticks) + 1)
    data = b''.join(
        build.sdk3([], number=number, ticks=tick % 2**32)
        for number, tick in zip(numbers, ticks, strict=True)
    )
    frames, stats = parsed(data)
    return np.array([frame.stamp for frame in frames]), stats


def test_stamps_go_on_over_the_wrap_of_the_timer():
    ticks = np.arange(0, 500) * PERIOD + 2**32 - 3 * PERIOD
    stamps, _ = stamps_of(ticks.tolist())
    np.testing.assert_allclose(np.diff(stamps), 0.1, atol=1e-9)


@pytest.mark.parametrize('lost', [1, 50, 150, 300, 1000])
def test_gaps_longer_than_the_wrap_are_measured_by_the_frame_numbers(lost):
    numbers = [1, 2, 3, 4 + lost, 5 + lost]
    stamps, stats = stamps_of([n * PERIOD for n in numbers], numbers)
    np.testing.assert_allclose(np.diff(stamps), [0.1, 0.1, 0.1 * (lost + 1), 0.1], atol=1e-6)
    assert stats.lost_frames == lost


def test_restart_of_counter_and_timer():
    numbers = [100, 101, 102, 1, 2, 3, 4, 5]
    ticks = [n * PERIOD for n in numbers]
    stamps, stats = stamps_of(ticks, numbers)
    assert (np.diff(stamps) > 0).all()
    np.testing.assert_allclose(np.diff(stamps), 0.1, atol=1e-6)
    assert (stats.counter.restarts, stats.lost_frames) == (1, 0)


def test_one_faulty_number_or_timer_moves_nothing():
    numbers = [11, 12, 10, 14, 15, 16, 17, 18]
    ticks = [PERIOD * n for n in range(8)]
    ticks[5] -= 3 * 2**24
    stamps, stats = stamps_of(ticks, numbers)
    np.testing.assert_allclose(stamps, np.arange(8) * 0.1, atol=1e-6)
    assert (stats.counter.faults, stats.counter.restarts, stats.lost_frames) == (1, 0, 0)


def test_a_number_that_is_corrupted_upwards_does_not_move_the_time():
    numbers = [1, 2, 3, 4 + 4096, 5, 6, 7]
    stamps, _ = stamps_of([PERIOD * n for n in range(7)], numbers)
    np.testing.assert_allclose(stamps, np.arange(7) * 0.1, atol=1e-6)


def test_stats_before_anything_arrived():
    assert UartParser().stats.as_dict()['firmware'] == 'unknown'

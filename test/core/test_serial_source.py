"""A radar on a serial port that is pulled and plugged again, over a pseudo terminal."""

import itertools
import threading

import numpy as np
import pytest
import ti_packet_builder as build
from pseudo_terminal import Firmware, Port

from thermal_radar_fusion.radar.cloud_fields import IngestParameters
from thermal_radar_fusion.radar.serial_source import FIRST_DELAY, LONGEST_DELAY, SerialSource
from thermal_radar_fusion.radar.ti_clock import HostClock
from thermal_radar_fusion.radar.ti_command import CommandError

PERIOD = 20_000_000


class Clock:
    """A clock that the test moves."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def port(tmp_path):
    return Port(tmp_path / 'ttyUSB1')


def source_of(port, **kwargs):
    """Return a source on the port, its log and its clock."""
    lines, clock = [], Clock()
    source = SerialSource(port.path, log=lines.append, clock=clock, **kwargs)
    return source, lines, clock


def frames_of(source, count):
    """Poll until so many frames came; the poll waits, so a lost one ends in a failure."""
    frames = []
    for _ in range(200):
        frames += source.poll(0.05)
        if len(frames) >= count:
            return frames
    raise AssertionError(f'{len(frames)} of {count} frames: {source.problem}')


def packet(number):
    return build.people([(2.0, 0.0, 0.0, 0.5)], number=number, ticks=number * PERIOD, padding=4)


def test_frames_arrive_with_axes_name_and_stamp_on_the_hosts_clock(port):
    port.plug()
    source, lines, _ = source_of(port, sensor='radar_lab', wall_clock=lambda: 5000.0)
    assert source.poll(0.01) == []
    port.send(packet(1))
    (frame,) = frames_of(source, 1)
    np.testing.assert_allclose(frame.points, [[2.0, 0.0, 0.0, 0.5, 20.0]])
    assert frame.sensor == 'radar_lab'
    assert frame.stamp == pytest.approx(5000.0 - len(packet(1)) * 10 / 921600)
    assert lines == [f'{port.path}: connected']
    source.close()
    port.unplug()


def test_a_packet_in_pieces_comes_out_once(port):
    port.plug()
    source, _, _ = source_of(port)
    source.poll(0.01)
    for start in range(0, len(packet(1)), 40):
        port.send(packet(1)[start : start + 40])
        frames = source.poll(0.05)
    assert len(frames or frames_of(source, 1)) == 1
    assert source.stats.bytes_skipped == 0
    source.close()
    port.unplug()


def test_a_frame_that_waits_for_its_successor_is_released_by_silence(port):
    port.plug()
    source, _, _ = source_of(port)
    source.poll(0.01)
    port.send(build.people([], [], index=[2]))
    assert len(frames_of(source, 1)) == 1
    source.close()
    port.unplug()


def test_doppler_sign(port):
    port.plug()
    source, _, _ = source_of(port, doppler_sign=-1)
    source.poll(0.01)
    port.send(packet(1))
    assert frames_of(source, 1)[0].points[0, 3] == -0.5
    source.close()
    port.unplug()


def test_pulled_and_plugged_again(port):
    port.plug()
    source, lines, clock = source_of(port)
    source.poll(0.01)
    port.send(packet(1) + packet(2)[:30])
    frames_of(source, 1)
    port.unplug()
    while source.connected:
        source.poll(0.05)
    assert source.stats.packets.corrupt == {'cut off': 1}
    assert 'connection lost' in lines[-1]
    port.plug()
    clock.now += LONGEST_DELAY
    source.poll(0.01)
    assert source.connected
    assert source.connections == 2
    port.send(packet(3))
    assert len(frames_of(source, 1)) == 1
    assert len(lines) == 3
    source.close()
    port.unplug()


def test_a_missing_device_is_one_line_and_is_tried_ever_more_rarely(port):
    source, lines, clock = source_of(port)
    tries, attempts = [], 0
    source._connect = lambda connect=source._connect: (tries.append(clock.now), connect())
    while attempts < 4000:
        assert source.poll(0.0) == []
        clock.now += 0.05
        attempts += 1
    waits = [round(after - before, 2) for before, after in itertools.pairwise(tries)]
    assert waits[0] == pytest.approx(FIRST_DELAY, abs=0.06)
    assert waits[:5] == sorted(waits[:5])
    assert max(waits) == pytest.approx(LONGEST_DELAY, abs=0.06)
    assert len(lines) == 1
    assert 'there is no such device' in lines[0]
    port.plug()
    clock.now += LONGEST_DELAY
    source.poll(0.01)
    assert source.connected
    source.close()
    port.unplug()


def test_close_ends_the_waiting_of_another_thread(port):
    source, _, _ = source_of(port)
    source.poll(0.0)
    thread = threading.Thread(target=source.poll, args=(FIRST_DELAY * 1000,))
    thread.start()
    source.close()
    thread.join(60)
    assert not thread.is_alive()
    assert source.poll(10.0) == []


def test_close_ends_the_reading_of_another_thread(port):
    port.plug()
    source, lines, _ = source_of(port)
    source.poll(0.01)
    thread = threading.Thread(target=source.poll, args=(1000.0,))
    thread.start()
    source.close()
    thread.join(60)
    assert not thread.is_alive()
    assert len(lines) == 1
    port.unplug()


def test_a_new_connection_configures_the_radar_again(tmp_path, port):
    command = Port(tmp_path / 'ttyUSB0').plug()
    firmware = Firmware(command, lambda line: 'Done\n')
    firmware.start()
    config = tmp_path / 'radar.cfg'
    config.write_text('frameCfg 0 1 128 0 50 1 0\nsensorStart\n')
    parameters = IngestParameters(
        source='ti_uart',
        data_port=port.path,
        command_port=command.path,
        config_file=str(config),
    )
    source = SerialSource.from_parameters(parameters, 'radar')
    assert source.frame_period == 0.05
    port.plug()
    source.poll(0.01)
    assert source.connected
    port.unplug()
    while source.connected:
        source.poll(0.05)
    port.plug()
    for _ in range(200):
        source.poll(0.05)
        if source.connected:
            break
    assert firmware.received.count('sensorStart') == 2
    source.close()
    firmware.stop()
    command.unplug()
    port.unplug()


def test_a_refused_configuration_is_logged_and_the_radar_not_read(port):
    port.plug()

    def refuse():
        raise CommandError('radar.cfg: line 1: refused')

    source, lines, _ = source_of(port, prepare=refuse)
    assert source.poll(0.0) == []
    assert not source.connected
    assert lines == ['radar.cfg: line 1: refused']
    source.close()
    port.unplug()


def test_a_missing_configuration_file_is_refused_at_once(tmp_path):
    parameters = IngestParameters(
        source='ti_uart', command_port='/dev/x', config_file=str(tmp_path / 'gone.cfg')
    )
    with pytest.raises(CommandError, match=r'gone\.cfg'):
        SerialSource.from_parameters(parameters)


def test_host_clock_takes_the_jitter_of_the_line_out():
    clock, random = HostClock(), np.random.default_rng(0)
    stamps = np.arange(600) * 0.1
    late = random.exponential(0.02, 600)
    out = np.array([clock.translate(s, 1000.0 + s + d) for s, d in zip(stamps, late, strict=True)])
    error = out - (1000.0 + stamps)
    assert (error >= -1e-9).all()
    assert error[100:].max() < 0.003
    assert np.abs(np.diff(out)[100:] - 0.1).max() < 0.003


def test_host_clock_follows_drift_and_steps():
    clock = HostClock()
    stamps = np.arange(0, 3600, 0.5)
    out = [clock.translate(s, 1000.0 + s * (1 + 5e-5)) for s in stamps]
    assert out[-1] == pytest.approx(1000.0 + stamps[-1] * (1 + 5e-5), abs=1e-3)
    assert clock.translate(4000.0, 9000.0) == pytest.approx(9000.0)

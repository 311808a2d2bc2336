"""Configuration over the command port, a pseudo terminal playing the firmware."""

import math

import pytest
from pseudo_terminal import Firmware, Port

from thermal_radar_fusion.radar.serial_port import PortError, open_port
from thermal_radar_fusion.radar.ti_command import CommandError, configure, read_config

CONFIG = """% people counting
dfeDataOutputMode 1   % frames

profileCfg 0 61.00 35 6 43.0 0 0 8.241 1 125 3433 0 0 48
frameCfg 0 1 128 0 100 1 0
# the end
sensorStart
"""
COMMANDS = [
    'dfeDataOutputMode 1',
    'profileCfg 0 61.00 35 6 43.0 0 0 8.241 1 125 3433 0 0 48',
    'frameCfg 0 1 128 0 100 1 0',
    'sensorStart',
]


@pytest.fixture
def config(tmp_path):
    path = tmp_path / 'radar.cfg'
    path.write_text(CONFIG)
    return read_config(path)


@pytest.fixture
def radar(tmp_path):
    """Return a function that starts firmware with given answers and opens its port."""
    started = []

    def start(answer):
        port = Port(tmp_path / 'ttyUSB0').plug()
        firmware = Firmware(port, answer)
        firmware.start()
        device = open_port(port.path, 115200, timeout=0.02)
        started.append((port, firmware, device))
        return device, firmware

    yield start
    for port, firmware, device in started:
        device.close()
        firmware.stop()
        port.unplug()


def test_comments_and_blank_lines_are_left_out_and_lines_keep_their_numbers(config):
    assert [command.text for command in config.commands] == COMMANDS
    assert [command.line for command in config.commands] == [2, 4, 5, 7]


def test_facts_of_the_configuration(config):
    # by hand: wavelength 4.914 mm, two chirps of 78 us per loop, 128 loops
    wavelength = 299_792_458 / 61e9
    assert config.frame_period == 0.1
    assert config.velocity_step == pytest.approx(wavelength / (2 * 156e-6 * 128))
    assert config.max_velocity == pytest.approx(wavelength / (4 * 156e-6))
    assert config.max_velocity == pytest.approx(64 * config.velocity_step)
    assert config.range_step == pytest.approx(0.4995, abs=1e-3)


@pytest.mark.parametrize(
    'text', ['sensorStart', 'frameCfg', 'frameCfg 0 1 x 0 y 1', 'profileCfg 0 0 0 0 0 0 0 0 0 0 0']
)
def test_facts_that_a_file_does_not_hold_are_unknown(tmp_path, text):
    path = tmp_path / 'radar.cfg'
    path.write_text(text)
    config = read_config(path)
    assert config.frame_period is None
    assert config.velocity_step is None
    assert config.max_velocity is None
    assert config.range_step is None
    assert all(math.isnan(n) for c in config.commands for n in c.numbers if n != n)


def test_every_command_is_sent_in_order_after_the_radar_was_stopped(radar, config):
    device, firmware = radar(lambda line: 'Done\n')
    configure(device, config)
    assert firmware.received == ['sensorStop', 'flushCfg', *COMMANDS]


def test_a_running_radar_and_chatter_are_no_errors(radar, config):
    answers = {
        'sensorStop': 'Ignored: Sensor is already stopped\nDone\n',
        'flushCfg': "'flushCfg' is not recognized as a CLI command\n",
        'sensorStart': 'Debug: Init Calibration Status = 0x1ffe\nDone\n',
    }
    device, firmware = radar(lambda line: answers.get(line, 'Done\n'))
    configure(device, config)
    assert firmware.received[-1] == 'sensorStart'


@pytest.mark.parametrize(
    ('answer', 'words'),
    [
        ('Error -1\n', 'Error -1'),
        ("'frameCfg' is not recognized as a CLI command\n", 'not recognized as a CLI command'),
        ('Error: Invalid usage of the CLI command\n', 'Error: Invalid usage'),
        ('', 'the radar answers'),
    ],
)
def test_a_refused_command_is_named_with_its_line_and_nothing_follows(
    radar, config, answer, words
):
    device, firmware = radar(lambda line: answer if line.startswith('frameCfg') else 'Done\n')
    with pytest.raises(CommandError, match=words) as caught:
        configure(device, config, timeout=0.5)
    assert "line 5: 'frameCfg 0 1 128 0 100 1 0'" in str(caught.value)
    assert 'radar.cfg' in str(caught.value)
    assert '\n' not in str(caught.value)
    assert firmware.received[-1].startswith('frameCfg')


def test_a_silent_port_is_said_to_be_silent(tmp_path, config):
    port = Port(tmp_path / 'ttyUSB0').plug()
    device = open_port(port.path, 115200, timeout=0.01)
    with pytest.raises(CommandError, match=r'line 2: .* the radar does not answer'):
        configure(device, config, timeout=0.05)
    device.close()
    port.unplug()


@pytest.mark.parametrize(
    ('content', 'words'),
    [(None, 'No such file'), (b'', 'holds no command'), (b'\xff', 'is not a text file')],
)
def test_bad_files_give_one_clear_line(tmp_path, content, words):
    path = tmp_path / 'radar.cfg'
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=words) as caught:
        read_config(path)
    assert 'radar.cfg' in str(caught.value)


def test_a_missing_port_gives_one_clear_line(tmp_path):
    with pytest.raises(PortError, match='there is no such device') as caught:
        open_port(str(tmp_path / 'ttyUSB9'), 115200)
    assert 'ttyUSB9' in str(caught.value)


def test_a_file_that_is_no_port_gives_one_clear_line(tmp_path):
    path = tmp_path / 'file'
    path.write_text('')
    with pytest.raises(PortError, match='file: ') as caught:
        open_port(str(path), 115200)
    assert '\n' not in str(caught.value)


def test_a_port_in_use_gives_one_clear_line(tmp_path):
    port = Port(tmp_path / 'ttyUSB0').plug()
    with open_port(port.path, 115200), pytest.raises(PortError, match='another program'):
        open_port(port.path, 115200)
    port.unplug()

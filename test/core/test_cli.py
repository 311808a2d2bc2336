"""`trf`: what it writes, and that bad input is one line and exit code 2."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from thermal_radar_fusion import cli
from thermal_radar_fusion.bags import open_bag, read_recording, write_recording
from thermal_radar_fusion.datasets.recording import Recording
from thermal_radar_fusion.radar.point_cloud import RadarFrame
from thermal_radar_fusion.simulation.scenario import load_scenario
from thermal_radar_fusion.simulation.simulation import simulate

HEADER = 'Frame #,# Obj,X,Y,Z,Doppler,Intensity,y,m,d,h,m,s'
COMMANDS = ('demo', 'simulate', 'up', 'replay', 'process', 'import', 'evaluate', 'bench')
COMMANDS += ('calibrate', 'train', 'reid')
PROCESS_KEYS = {'frames', 'duration_s', 'confirmed_tracks', 'coverage', 'realtime_factor'}
PROCESS_KEYS |= {'latency_ms', 'contacts', 'images', 'image_latency_ms', 'temperatures'}
PROCESS_KEYS |= {'identities'}
SCORE_KEYS = {'duration_s', 'mota', 'idf1', 'id_switches', 'position_error_p80_m'}
SCORE_KEYS |= {'distance_error_p80_m', 'separation_ratio', 'people'}


@pytest.fixture(scope='module')
def recording():
    return simulate(load_scenario('parallel', {'people.count': 3}), 0, 12.0)[0]


@pytest.fixture(scope='module')
def bag(tmp_path_factory, recording):
    path = tmp_path_factory.mktemp('bags') / 'parallel'
    write_recording(path, recording)
    return path


def mmgait_file(path: Path, seed: int, frames: int = 150) -> Path:
    """Write one walking person as mmGait does: x right, y forward, ten frames a second."""
    random = np.random.default_rng(seed)
    rows = [HEADER]
    for index in range(frames):
        y = 3.0 + 1.5 * np.sin(0.08 * index + seed)
        for _ in range(14):
            x, dy, z = random.normal([0.8 * seed - 0.4, 0, 0], [0.1, 0.1, 0.3])
            doppler = random.normal(1.2 * np.cos(0.08 * index + seed), 0.2)
            numbers = [index, 14, x, y + dy, z, doppler, 100, 2019, 6, 1, 10, index // 600]
            rows.append(','.join(f'{n:.4f}' for n in [*numbers, index / 10 % 60]))
    path.write_text('\n'.join(rows) + '\n')
    return path


def trf(*arguments: object) -> int:
    return cli.run([str(argument) for argument in arguments])


def read_json(path: Path) -> dict:
    return json.loads(path.read_text(), parse_constant=pytest.fail)


def test_process_writes_the_figures_of_the_contract(bag, tmp_path, recording, capsys):
    assert trf('process', bag, '--json', tmp_path / 'f.json') == 0
    figures = read_json(tmp_path / 'f.json')
    assert set(figures) == PROCESS_KEYS
    assert figures['frames'] == len(recording.frames)
    assert figures['confirmed_tracks'] >= 2
    assert {'person_a', 'person_b', 'duration_s'} <= set(figures['contacts'][0])
    output = capsys.readouterr()
    assert 'confirmed tracks' in output.out
    assert output.err == ''


def test_process_leaves_tables_a_bag_and_a_report(bag, tmp_path, capsys):
    assert trf('process', bag, '-o', tmp_path / 'out') == 0
    with (tmp_path / 'out' / 'tracks.csv').open() as file:
        rows = list(csv.DictReader(file))
    with open_bag(tmp_path / 'out' / 'results') as results:
        tracks = [track for _, _, tracks in results.tracks() for track in tracks]
    assert len(rows) == len(tracks) > 300
    assert [int(row['track_id']) for row in rows] == [track.track_id for track in tracks]
    np.testing.assert_allclose(
        [float(row['x']) for row in rows], [t.position[0] for t in tracks], atol=1e-4
    )
    with (tmp_path / 'out' / 'contacts.csv').open() as file:
        assert len(list(csv.DictReader(file))) >= 1
    assert '<svg' in (tmp_path / 'out' / 'report.html').read_text()
    assert trf('process', bag, '-o', tmp_path / 'out') == 2
    assert '--force' in capsys.readouterr().err
    assert trf('process', bag, '-o', tmp_path / 'out', '--force') == 0


def test_a_parameter_can_be_set(bag, tmp_path):
    assert (
        trf('process', bag, '--set', 'contacts.begin_time=60', '--json', tmp_path / 'f.json') == 0
    )
    assert read_json(tmp_path / 'f.json')['contacts'] == []


def test_a_configuration_is_used(bag, tmp_path):
    config = tmp_path / 'config.yaml'
    config.write_text(
        'rooms: {lab: {area: {bounds: [[90, 90], [91, 90], [91, 91]]}}}\n'
        'radars: {radar: {room: lab}}\n'
    )
    assert trf('process', bag, '--config', config, '--json', tmp_path / 'f.json') == 0
    assert read_json(tmp_path / 'f.json')['confirmed_tracks'] == 0


def test_settings_reach_a_room_that_no_configuration_names(bag, tmp_path):
    setting = 'tracker.life_cycle.confirm_time=60'
    assert trf('process', bag, '--set', setting, '--json', tmp_path / 'f.json') == 0
    assert read_json(tmp_path / 'f.json')['confirmed_tracks'] == 0


def test_evaluate_writes_the_figures_of_the_contract(bag, tmp_path, capsys):
    assert trf('evaluate', 'tracking', bag, '--json', tmp_path / 'f.json') == 0
    figures = read_json(tmp_path / 'f.json')
    assert set(figures) >= SCORE_KEYS
    assert figures['people'] == 3
    assert figures['mota'] > 0.8
    assert figures['position_error_p80_m'] < 0.2
    assert 'mota' in capsys.readouterr().out


def test_evaluate_a_folder_compares_with_the_plain_tracker(tmp_path, capsys):
    folder = tmp_path / 'room1' / '77Ghz_radar'
    folder.mkdir(parents=True)
    for seed in (1, 2):
        mmgait_file(folder / f'{seed:03}.csv', seed, frames=400)
    assert trf('evaluate', 'tracking', tmp_path, '--json', tmp_path / 'f.json') == 0
    figures = read_json(tmp_path / 'f.json')
    methods = {row['method'] for row in figures['files']}
    assert len(methods) == 2
    assert 'plain' in methods
    assert {row['group'] for row in figures['summary']} >= {'1 person', 'overlaid'}
    assert 'MOTA' in capsys.readouterr().out


def test_mmgait_files_become_bags(tmp_path, capsys):
    one, two = (mmgait_file(tmp_path / f'{i}.csv', i) for i in (1, 2))
    assert trf('import', 'mmgait', one, '-o', tmp_path / 'one', '--json', tmp_path / 'f.json') == 0
    assert read_json(tmp_path / 'f.json')['frames'] == 150
    assert trf('import', 'mmgait', one, two, '--merge', '-o', tmp_path / 'two') == 0
    (alone,), (both,) = (read_recording(tmp_path / name) for name in ('one', 'two'))
    assert alone.truth is None
    assert both.people == ('1', '2')
    assert {len(truth) for truth in both.truth} == {2}
    assert both.point_people is not None
    assert trf('import', 'mmgait', one, two, '-o', tmp_path / 'three') == 2
    assert '--merge' in capsys.readouterr().err


def test_a_part_of_a_file_can_be_taken(tmp_path):
    one = mmgait_file(tmp_path / '1.csv', 1)
    arguments = ('--start', 5, '--duration', 4, '-o', tmp_path / 'bag')
    assert trf('import', 'mmgait', one, *arguments) == 0
    (read,) = read_recording(tmp_path / 'bag')
    assert len(read.frames) == 41


def test_bench_tracker_compares_methods(bag, tmp_path, capsys):
    assert (
        trf('bench', 'tracker', '--bag', bag, '--seconds', 5, '--json', tmp_path / 'f.json') == 0
    )
    figures = read_json(tmp_path / 'f.json')
    assert len(figures['methods']) == 3
    assert all(method['p50'] > 0 for method in figures['methods'].values())
    assert 'ratio' in capsys.readouterr().out


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.fixture
def bad(tmp_path, bag):
    """Make things that are no good."""
    truncated = tmp_path / 'truncated.mcap'
    data = (bag / f'{bag.name}.mcap').read_bytes()
    truncated.write_bytes(data[: len(data) // 2])
    frames = (RadarFrame(5.0, np.ones((3, 5))), RadarFrame(5.1, np.ones((3, 5))))
    write_recording(tmp_path / 'untrue', Recording(frames))
    write(tmp_path / 'twice.yaml', 'rooms: {lab: {}}\nradars: {a: {room: lab}, a: {room: lab}}')
    write(tmp_path / 'elsewhere.yaml', 'rooms: {attic: {}}')
    write(tmp_path / 'unknown.yaml', 'rooms: {lab: {tracker: {speed: 3}}}')
    write(tmp_path / 'impossible.yaml', 'rooms: {lab: {tracker: {gate: {max_range: -3}}}}')
    serial = '{room: lab, ingest: {source: ti_uart, data_port: /dev/ttyNOT}}'
    write(tmp_path / 'serial.yaml', f'rooms: {{lab: {{}}}}\nradars: {{a: {serial}}}')
    write(tmp_path / 'text.txt', 'hello')
    return tmp_path


BAD_INPUT = [
    ('process missing', 'missing: does not exist'),
    ('process text.txt', 'is no bag'),
    ('process .', 'no metadata.yaml'),
    ('process truncated.mcap', 'damaged or truncated'),
    ('process untrue --set tracker.speed=3', "unknown parameter 'speed'"),
    ('process untrue --set speed=3', "unknown parameter 'speed'"),
    ('process untrue --set tracker.gate', 'expected KEY=VALUE'),
    ('process untrue --set tracker.gate.max_range=-3', 'max_range must lie in'),
    ('process untrue --set contacts.end_distance=0.1', 'end_distance'),
    ('process untrue --set tracker.gate.max_range=[', 'is no value'),
    ('process untrue --set reidentification.windows=3', "unknown parameter 'windows'"),
    ('process untrue --gallery text.txt', 'is a damaged gallery, or none'),
    ('process untrue --gallery text.txt/gallery', 'cannot be written'),
    ('process untrue --config missing.yaml', 'no such file'),
    ('process untrue --config twice.yaml', "'a' is given twice"),
    ('process untrue --config unknown.yaml', "unknown parameter 'speed'"),
    ('process untrue --config impossible.yaml', 'max_range must lie in'),
    ('process untrue --config elsewhere.yaml', "no room 'room' as untrue has"),
    ('process untrue --json text.txt/f.json', 'cannot be written'),
    ('process untrue -o text.txt/out', 'cannot be written'),
    ('process', "missing argument 'bag'"),
    ('process untrue --frobnicate', 'No such option'),
    ('frobnicate', 'No such command'),
    ('evaluate tracking untrue', 'no ground truth'),
    ('evaluate tracking missing', 'does not exist'),
    ('evaluate tracking untrue --room attic', "no room 'attic'"),
    ('import mmgait missing.csv -o new', 'missing.csv'),
    ('import mmgait text.txt -o new', 'no mmGait header'),
    ('import radhar text.txt -o new', 'text.txt'),
    ('import ti-uart missing.bin -o new', 'missing.bin'),
    ('import ti-uart text.txt -o new', 'text.txt'),
    ('import ti-uart text.txt -o new --storage tape', 'tape'),
    ('up missing.yaml', 'no such file'),
    ('up twice.yaml', "'a' is given twice"),
    ('demo --duration 1', 'duration'),
    ('reid list missing', 'there is no such file'),
    ('reid list text.txt', 'is a damaged gallery, or none'),
    ('reid forget P1 --gallery missing', 'there is no such file'),
    ('reid forget P1', 'either --gallery FILE or --node NAME'),
]


@pytest.mark.parametrize(('command', 'text'), BAD_INPUT)
def test_bad_input_is_one_line_and_exit_code_2(bad, monkeypatch, capsys, command, text):
    monkeypatch.chdir(bad)
    assert trf(*command.split()) == cli.BAD_INPUT
    output = capsys.readouterr()
    assert output.err.count('\n') == 1, output.err
    assert output.err.startswith('trf: ')
    assert text.lower() in output.err.lower()
    assert not Path('new').exists()


def subprocess_trf(*arguments: object, **options: object) -> subprocess.CompletedProcess:
    """Run the command as a user's shell does."""
    root = Path(cli.__file__).parents[2]
    code = 'from thermal_radar_fusion.cli import main; main()'
    return subprocess.run(
        [sys.executable, '-c', code, *map(str, arguments)],
        env={**os.environ, 'PYTHONPATH': f'{root}{os.pathsep}{os.environ.get("PYTHONPATH", "")}'},
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )


@pytest.mark.parametrize('command', ['process truncated.mcap', 'up serial.yaml'])
def test_a_real_process_ends_with_code_2_and_no_traceback(bad, command):
    if command.startswith('up'):
        pytest.importorskip('thermal_radar_fusion.msg', reason='needs ROS 2')
    result = subprocess_trf(*command.split(), cwd=bad)
    assert result.returncode == 2
    assert result.stderr.count('\n') == 1
    assert result.stdout == ''


def test_help_names_every_command_and_imports_nothing_heavy():
    code = (
        'import sys; from thermal_radar_fusion.cli import run; run(["--help"]);'
        'print(sorted({"numpy", "scipy", "matplotlib", "rosbags", "rclpy"} & set(sys.modules)))'
    )
    root = Path(cli.__file__).parents[2]
    result = subprocess.run(
        [sys.executable, '-c', code], cwd=root, capture_output=True, text=True, timeout=120
    )
    assert result.stdout.splitlines()[-1] == '[]'
    for command in COMMANDS:
        assert command in result.stdout


def test_every_command_explains_itself(capsys):
    for command in (
        'demo',
        'simulate',
        'up',
        'replay',
        'process',
        'import mmgait',
        'evaluate tracking',
        'reid list',
        'reid forget',
    ):
        assert trf(*command.split(), '--help') == 0
        assert 'Usage: trf' in capsys.readouterr().out


@pytest.mark.parametrize(
    'group', ['', 'import', 'evaluate', 'bench', 'calibrate', 'train', 'reid']
)
def test_a_group_without_a_command_shows_its_help(capsys, group):
    assert trf(*group.split()) == 0
    output = capsys.readouterr()
    assert 'Commands' in output.out
    assert output.err == ''


def test_the_version_is_told(capsys):
    assert trf('--version') == 0
    assert capsys.readouterr().out.startswith('trf ')


def test_an_error_of_our_own_is_not_called_bad_input(monkeypatch, bag):
    def fail(*_: object) -> None:
        raise ValueError('a bug')

    monkeypatch.setattr('thermal_radar_fusion.pipeline.process', fail)
    with pytest.raises(ValueError, match='a bug'):
        trf('process', bag)


def test_one_thread_unless_told_otherwise():
    code = 'import os, thermal_radar_fusion.cli; print(os.environ["OPENBLAS_NUM_THREADS"])'
    root = Path(cli.__file__).parents[2]
    for given, expected in ((None, '1'), ('3', '3')):
        variables = {k: v for k, v in os.environ.items() if k != 'OPENBLAS_NUM_THREADS'}
        variables |= {} if given is None else {'OPENBLAS_NUM_THREADS': given}
        result = subprocess.run(
            [sys.executable, '-c', code], cwd=root, env=variables, capture_output=True, text=True
        )
        assert result.stdout.strip() == expected
